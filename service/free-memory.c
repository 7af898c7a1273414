/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "free-memory.h"

#include "error.h"
#include "printable-text.h"
#include "quoted-text.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define BUDDY_INFO "/proc/buddyinfo"

static int buddy_info = -1;
static int buddy_info_errno = 0;

void
memsnoop_free_memory_open (void)
{
  if (buddy_info >= 0)
    return;
  buddy_info = open (BUDDY_INFO, O_RDONLY | O_CLOEXEC);
  buddy_info_errno = buddy_info < 0 ? errno : 0;
}

static guint64
add_up (guint64 a, guint64 b)
{
  return a > G_MAXUINT64 - b ? G_MAXUINT64 : a + b;
}

/* The counts of one zone. */
static gboolean
parse_counts (const gchar *text, MemsnoopFreeMemory *self)
{
  guint order = 0;

  for (;; order++)
    {
      gchar *end;
      guint64 count;

      text += strspn (text, " \t");
      if (*text == '\0')
        break;
      if (!g_ascii_isdigit (*text) || order == MEMSNOOP_FREE_MEMORY_ORDERS)
        return FALSE;
      count = g_ascii_strtoull (text, &end, 10);
      self->blocks[order] = add_up (self->blocks[order], count);
      text = end;
    }
  self->n_orders = MAX (self->n_orders, order);
  return order > 0;
}

/* "Node 0, zone   Normal    949    323    155" */
static gboolean
parse_line (const gchar *line, MemsnoopFreeMemory *self)
{
  const gchar *zone = strstr (line, ", zone ");

  if (!g_str_has_prefix (line, "Node ") || zone == NULL)
    return FALSE;
  zone += strlen (", zone ");
  zone += strspn (zone, " ");
  return parse_counts (zone + strcspn (zone, " "), self);
}

static gboolean
refuse (MemsnoopFreeMemory *self, const gchar *found, GError **error)
{
  memset (self, 0, sizeof *self);
  g_set_error (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED,
               BUDDY_INFO " has %s, where lines like “Node 0, zone Normal 9 3 1” were expected, "
                          "with at most %d numbers",
               found, MEMSNOOP_FREE_MEMORY_ORDERS);
  return FALSE;
}

gboolean
memsnoop_free_memory_parse (const gchar *text,
                            guint64 page_size,
                            MemsnoopFreeMemory *self,
                            GError **error)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  *self = (MemsnoopFreeMemory){ .page_size = page_size };
  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_autofree gchar *printable = NULL;
      g_autofree gchar *quoted = NULL;

      if (lines[i][0] == '\0' || parse_line (lines[i], self))
        continue;
      printable = memsnoop_printable_line (lines[i]);
      quoted = memsnoop_quoted_text (printable);
      return refuse (self, quoted, error);
    }
  return self->n_orders > 0 || refuse (self, "no zone", error);
}

gboolean
memsnoop_free_memory_read (MemsnoopFreeMemory *self, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gchar part[4096];
  ssize_t n;

  memset (self, 0, sizeof *self);
  if (buddy_info < 0)
    {
      memsnoop_error_set_errno (error, buddy_info_errno != 0 ? buddy_info_errno : EBADF,
                                "Cannot open " BUDDY_INFO);
      return FALSE;
    }
  /* At an offset of its own, so that threads can read at the same time. */
  while ((n = pread (buddy_info, part, sizeof part, (off_t) text->len)) > 0)
    g_string_append_len (text, part, n);
  if (n < 0)
    {
      memsnoop_error_set_errno (error, errno, "Cannot read " BUDDY_INFO);
      return FALSE;
    }
  return memsnoop_free_memory_parse (text->str, (guint64) sysconf (_SC_PAGESIZE), self, error);
}

/* Of the blocks of less than 2^@order pages. */
static guint64
sum_bytes (const MemsnoopFreeMemory *self, guint order)
{
  guint64 sum = 0;

  for (guint i = 0; i < MIN (order, self->n_orders); i++)
    {
      guint64 size = self->page_size << i, bytes;

      if (!g_uint64_checked_mul (&bytes, self->blocks[i], size))
        return G_MAXUINT64;
      sum = add_up (sum, bytes);
    }
  return sum;
}

guint64
memsnoop_free_memory_get_bytes (const MemsnoopFreeMemory *self)
{
  return sum_bytes (self, self->n_orders);
}

guint
memsnoop_free_memory_find_order (const MemsnoopFreeMemory *self, guint64 bytes)
{
  guint order = 0;

  while (order < MEMSNOOP_FREE_MEMORY_ORDERS && self->page_size << order < bytes)
    order++;
  return order;
}

gdouble
memsnoop_free_memory_get_unusable (const MemsnoopFreeMemory *self, guint order)
{
  guint64 all = memsnoop_free_memory_get_bytes (self);

  return all == 0 ? 0 : (gdouble) sum_bytes (self, order) / (gdouble) all;
}
