/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "site-text.h"

#include "dictionary.h"
#include "quantity.h"
#include "terminal-text.h"

/* Where the names of functions begin, beside the caches of kernel memory and without. */
#define FRAME_COLUMN_WITH_CACHE 50
#define FRAME_COLUMN 28

static void
append_frames (GString *text, GVariant *site, int column, gboolean unicode)
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
        g_string_append_printf (text, "\n%*s%s", column, "", name);
    }
}

/* What keeps the figures from being a proof, on a line of its own; without it nothing does, or it
 * is not known. */
static void
append_reservations (GString *text, GVariant *site, int column)
{
  gboolean complete = memsnoop_dictionary_lookup_boolean (site, "complete", TRUE);
  gboolean reclaimable = memsnoop_dictionary_lookup_boolean (site, "reclaimable", FALSE);
  gboolean exact = memsnoop_dictionary_lookup_boolean (site, "exact", TRUE);

  if (!complete)
    g_string_append_printf (text, "\n%*s[callers unknown]", column, "");
  if (reclaimable)
    g_string_append_printf (text, "\n%*s[the kernel can take back what nobody uses]", column, "");
  if (!exact)
    g_string_append_printf (text, "\n%*s[some of it may be free already]", column, "");
}

/* Why the site is told. @reason: of the service, which may have others by now. */
static gchar *
describe_reason (GVariant *site, const gchar *reason)
{
  g_autofree gchar *allocated = NULL, *freed = NULL, *age = NULL;
  guint64 alloc_count = 0, free_count = 0, oldest_age = 0;

  memsnoop_dictionary_lookup_number (site, "alloc-count", &alloc_count);
  memsnoop_dictionary_lookup_number (site, "free-count", &free_count);
  memsnoop_dictionary_lookup_number (site, "oldest-age", &oldest_age);
  allocated = memsnoop_quantity_format_count (alloc_count);
  freed = memsnoop_quantity_format_count (free_count);
  age = memsnoop_quantity_format_duration (oldest_age / G_GUINT64_CONSTANT (1000000000));
  if (g_strcmp0 (reason, "never-freed") == 0)
    return g_strdup_printf ("of %s blocks %s were freed", allocated, freed);
  if (g_strcmp0 (reason, "old-stay") == 0)
    return g_strdup_printf ("what grows old stays, for %s by now", age);
  if (g_strcmp0 (reason, "peaks-stay") == 0)
    return g_strdup ("what is allocated at new peaks stays");
  if (g_strcmp0 (reason, "reallocated") == 0)
    return g_strdup ("realloc() makes it larger again and again, and nothing frees it");
  return g_strdup (reason == NULL ? "whether it stays is not known" : "it stays");
}

/* Of the heap of a suspect. */
static void
append_evidence (GString *text, GVariant *site, int column)
{
  g_autofree gchar *name = memsnoop_dictionary_lookup_string (site, "reason");
  g_autofree gchar *size = NULL, *reason = NULL;
  guint64 growth;

  if (!memsnoop_dictionary_lookup_number (site, "growth", &growth))
    return;
  size = memsnoop_quantity_format_size (growth);
  reason = describe_reason (site, name);
  g_string_append_printf (text, "\n%*s[grew by %s; %s]", column, "", size, reason);
}

static void
append_cache (GString *text, GVariant *site, gboolean unicode)
{
  g_autofree gchar *cache = memsnoop_dictionary_lookup_string (site, "cache");
  g_autofree gchar *printable = memsnoop_terminal_text_escape (cache != NULL ? cache : "", unicode);

  g_string_append (text, "  ");
  memsnoop_terminal_text_append_fitted (text, printable, 20, FALSE, unicode);
}

static void
append_site (GString *text, GVariant *site, gboolean has_caches, gboolean unicode)
{
  int column = has_caches ? FRAME_COLUMN_WITH_CACHE : FRAME_COLUMN;
  g_autofree gchar *size = NULL, *number = NULL;
  guint64 bytes = 0, count = 0;

  memsnoop_dictionary_lookup_number (site, "bytes", &bytes);
  memsnoop_dictionary_lookup_number (site, "count", &count);
  size = memsnoop_quantity_format_size (bytes);
  number = memsnoop_quantity_format_count (count);

  g_string_append (text, "  ");
  memsnoop_terminal_text_append_fitted (text, size, 12, TRUE, unicode);
  g_string_append_printf (text, "  %10s", number);
  if (has_caches)
    append_cache (text, site, unicode);
  append_frames (text, site, column, unicode);
  append_evidence (text, site, column);
  append_reservations (text, site, column);
  g_string_append_c (text, '\n');
}

/* Kernel memory comes from caches, a heap does not. */
static gboolean
has_caches (GVariant *sites)
{
  for (gsize i = 0; i < g_variant_n_children (sites); i++)
    {
      g_autoptr (GVariant) site = g_variant_get_child_value (sites, i);
      g_autofree gchar *cache = memsnoop_dictionary_lookup_string (site, "cache");

      if (cache != NULL)
        return TRUE;
    }
  return FALSE;
}

void
memsnoop_site_text_append (GString *text, GVariant *sites, gboolean unicode)
{
  gboolean with_caches = has_caches (sites);

  g_string_append_printf (text, "  %12s  %10s  %s%s\n", "BYTES", "BLOCKS",
                          with_caches ? "CACHE                 " : "", "ALLOCATED BY");
  for (gsize i = 0; i < g_variant_n_children (sites); i++)
    {
      g_autoptr (GVariant) site = g_variant_get_child_value (sites, i);

      append_site (text, site, with_caches, unicode);
    }
}
