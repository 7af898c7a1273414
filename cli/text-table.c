/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "text-table.h"

#include "terminal-text.h"

#include <string.h>

struct _MemsnoopTextTable
{
  gchar *alignments;
  guint n_columns;
  GPtrArray *rows; /* gchar ** */
};

MemsnoopTextTable *
memsnoop_text_table_new (const gchar *alignments)
{
  MemsnoopTextTable *self = g_new0 (MemsnoopTextTable, 1);

  self->alignments = g_strdup (alignments);
  self->n_columns = (guint) strlen (alignments);
  self->rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  return self;
}

void
memsnoop_text_table_free (MemsnoopTextTable *self)
{
  g_free (self->alignments);
  g_ptr_array_unref (self->rows);
  g_free (self);
}

void
memsnoop_text_table_add_row (MemsnoopTextTable *self, gchar **cells)
{
  g_return_if_fail (g_strv_length (cells) == self->n_columns);

  g_ptr_array_add (self->rows, cells);
}

static guint
column_width (MemsnoopTextTable *self, guint column)
{
  guint width = 0;

  for (guint i = 0; i < self->rows->len; i++)
    {
      gchar **cells = self->rows->pdata[i];

      width = MAX (width, memsnoop_terminal_text_width (cells[column]));
    }
  return width;
}

static void
remove_trailing_spaces (GString *text)
{
  while (text->len > 0 && text->str[text->len - 1] == ' ')
    g_string_truncate (text, text->len - 1);
}

void
memsnoop_text_table_append (MemsnoopTextTable *self, GString *text, guint indent)
{
  g_autofree guint *widths = g_new0 (guint, self->n_columns);

  for (guint column = 0; column < self->n_columns; column++)
    widths[column] = column_width (self, column);

  for (guint i = 0; i < self->rows->len; i++)
    {
      gchar **cells = self->rows->pdata[i];

      g_string_append_printf (text, "%*s", (int) indent, "");
      for (guint column = 0; column < self->n_columns; column++)
        {
          if (column > 0)
            g_string_append (text, "  ");
          memsnoop_terminal_text_append_fitted (text, cells[column], widths[column],
                                                self->alignments[column] == 'r', TRUE);
        }
      remove_trailing_spaces (text);
      g_string_append_c (text, '\n');
    }
}
