/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "similar-name.h"

#include <string.h>

/* More are hardly typing mistakes. */
#define MOST_CHANGES 2
/* No name is as long, and the table stays small. */
#define LONGEST_NAME 32

guint
memsnoop_similar_name_distance (const gchar *first, const gchar *second)
{
  gsize rows = strlen (first) + 1, columns = strlen (second) + 1;
  g_autofree guint *table = g_new (guint, rows * columns);

  for (gsize i = 0; i < rows; i++)
    for (gsize j = 0; j < columns; j++)
      {
        guint *cell = table + i * columns + j;

        *cell = (guint) MAX (i, j);
        if (i == 0 || j == 0)
          continue;
        *cell = MIN (cell[-1], *(cell - columns)) + 1;
        *cell = MIN (*cell, *(cell - columns - 1) + (first[i - 1] != second[j - 1]));
        if (i > 1 && j > 1 && first[i - 1] == second[j - 2] && first[i - 2] == second[j - 1])
          *cell = MIN (*cell, *(cell - 2 * columns - 2) + 1);
      }
  return table[rows * columns - 1];
}

const gchar *
memsnoop_similar_name_find (const gchar *const *names, const gchar *name)
{
  gsize length = strlen (name);
  const gchar *found = NULL;
  guint least = MIN (MOST_CHANGES, length > 0 ? (guint) (length - 1) / 2 : 0) + 1;

  if (length == 0 || length > LONGEST_NAME)
    return NULL;
  for (gsize i = 0; names[i] != NULL; i++)
    {
      guint distance = memsnoop_similar_name_distance (name, names[i]);

      if (g_str_has_prefix (names[i], name))
        return names[i];
      if (distance < least)
        {
          least = distance;
          found = names[i];
        }
    }
  return found;
}
