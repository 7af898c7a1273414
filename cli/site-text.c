/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "site-text.h"

#include "dictionary.h"
#include "quantity.h"
#include "terminal-text.h"

/* Where the names of functions begin. */
#define FRAME_COLUMN 50

static void
append_frames (GString *text, GVariant *site, gboolean unicode)
{
  g_autoptr (GVariant) frames =
      g_variant_lookup_value (site, "frames", G_VARIANT_TYPE_STRING_ARRAY);
  gsize n_frames = frames != NULL ? g_variant_n_children (frames) : 0;

  for (gsize i = 0; i < n_frames; i++)
    {
      g_autoptr (GVariant) frame = g_variant_get_child_value (frames, i);
      g_autofree gchar *name =
          memsnoop_terminal_text_escape (g_variant_get_string (frame, NULL), unicode);

      if (i == 0)
        g_string_append_printf (text, "  %s", name);
      else
        g_string_append_printf (text, "\n%*s%s", FRAME_COLUMN, "", name);
    }
}

/* What keeps the figures from being a proof, on a line of its own; without it nothing does, or it
 * is not known. */
static void
append_reservations (GString *text, GVariant *site)
{
  gboolean reclaimable = memsnoop_dictionary_lookup_boolean (site, "reclaimable", FALSE);
  gboolean exact = memsnoop_dictionary_lookup_boolean (site, "exact", TRUE);

  if (reclaimable)
    g_string_append_printf (text, "\n%*s[the kernel can take back what nobody uses]", FRAME_COLUMN,
                            "");
  if (!exact)
    g_string_append_printf (text, "\n%*s[some of it may be free already]", FRAME_COLUMN, "");
}

static void
append_site (GString *text, GVariant *site, gboolean unicode)
{
  g_autofree gchar *cache = memsnoop_dictionary_lookup_string (site, "cache");
  g_autofree gchar *size = NULL, *number = NULL, *printable_cache = NULL;
  guint64 bytes = 0, count = 0;

  memsnoop_dictionary_lookup_number (site, "bytes", &bytes);
  memsnoop_dictionary_lookup_number (site, "count", &count);
  size = memsnoop_quantity_format_size (bytes);
  number = memsnoop_quantity_format_count (count);
  printable_cache = memsnoop_terminal_text_escape (cache != NULL ? cache : "", unicode);

  g_string_append (text, "  ");
  memsnoop_terminal_text_append_fitted (text, size, 12, TRUE, unicode);
  g_string_append_printf (text, "  %10s  ", number);
  memsnoop_terminal_text_append_fitted (text, printable_cache, 20, FALSE, unicode);
  append_frames (text, site, unicode);
  append_reservations (text, site);
  g_string_append_c (text, '\n');
}

void
memsnoop_site_text_append (GString *text, GVariant *sites, gboolean unicode)
{
  g_string_append_printf (text, "  %12s  %10s  %-20s  %s\n", "BYTES", "BLOCKS", "CACHE",
                          "ALLOCATED BY");
  for (gsize i = 0; i < g_variant_n_children (sites); i++)
    {
      g_autoptr (GVariant) site = g_variant_get_child_value (sites, i);

      append_site (text, site, unicode);
    }
}
