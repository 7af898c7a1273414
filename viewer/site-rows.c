/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "site-rows.h"

#include "dictionary.h"
#include "quantity.h"
#include "wording.h"

#include <glib/gi18n.h>

/* Those with the most bytes come first; the others are behind one row. */
#define SITES_SHOWN 3
/* More than the service tells are not shown. */
#define SITES_MAX 32
#define FRAMES_MAX 256
#define FRAME_MAX 300

/* What is shown of a site. */
typedef struct
{
  gchar *title;
  guint64 bytes;
  guint64 count;
  gboolean has_count;
  gchar *caller;
  gchar *cache;
  gchar *size;
  gchar *frames;
  /* What it is found again by. */
  gchar *key;
} Site;

/* A row and what it is of. */
typedef struct
{
  gchar *key;
  GtkWidget *row;
} SiteRow;

struct _MemsnoopSiteRows
{
  AdwPreferencesGroup *group;
  GArray *first;  /* of SiteRow: each an expander */
  GArray *behind; /* of SiteRow: each a row of @others */
  AdwExpanderRow *others;
  AdwActionRow *note;
};

/* Sites */

static void
clear_site (gpointer data)
{
  Site *site = data;

  g_free (site->title);
  g_free (site->caller);
  g_free (site->cache);
  g_free (site->size);
  g_free (site->frames);
  g_free (site->key);
}

static void
clear_row (gpointer data)
{
  g_free (((SiteRow *) data)->key);
}

static gchar *
describe_memory (const Site *site)
{
  g_autofree gchar *size = memsnoop_wording_size (site->bytes), *blocks = NULL;

  if (site->cache != NULL)
    return g_strdup_printf (_ ("%s of %s"), size, site->cache);
  if (!site->has_count)
    return g_steal_pointer (&size);
  blocks = memsnoop_quantity_format_count (site->count);
  return g_strdup_printf (
      g_dngettext (NULL, "%s in %s block", "%s in %s blocks", (gulong) site->count), size, blocks);
}

static gchar *
describe_size (const Site *site)
{
  g_autofree gchar *memory = describe_memory (site);

  if (site->caller == NULL)
    return g_steal_pointer (&memory);
  /* Translators: how much memory, and the function that called the one that it is about. */
  return g_strdup_printf (_ ("%s, called by %s"), memory, site->caller);
}

/* A call stack, innermost first; each line is a function. */
static gchar *
describe_frames (GVariant *site, gchar **innermost, gchar **caller)
{
  g_autoptr (GVariant) frames = g_variant_lookup_value (site, "frames", G_VARIANT_TYPE ("as"));
  g_autoptr (GString) lines = g_string_new (NULL);
  gsize n = frames != NULL ? g_variant_n_children (frames) : 0;

  for (gsize i = 0; i < MIN (n, FRAMES_MAX); i++)
    {
      const gchar *frame;
      g_autofree gchar *text = NULL;

      g_variant_get_child (frames, i, "&s", &frame);
      text = memsnoop_wording_name (frame, FRAME_MAX);
      if (i < 2)
        *(i == 0 ? innermost : caller) = g_strdup (text);
      g_string_append_printf (lines, "%s%s", i > 0 ? "\n" : "", text);
    }
  return g_string_free (g_steal_pointer (&lines), FALSE);
}

static Site *
find_site (GArray *sites, const gchar *key)
{
  for (guint i = 0; i < sites->len; i++)
    if (g_str_equal (g_array_index (sites, Site, i).key, key))
      return &g_array_index (sites, Site, i);
  return NULL;
}

static void
read_amounts (Site *site, GVariant *dictionary)
{
  guint64 bytes = 0, count = 0;

  memsnoop_dictionary_lookup_number (dictionary, "bytes", &bytes);
  site->has_count |= memsnoop_dictionary_lookup_number (dictionary, "count", &count);
  site->bytes += MIN (bytes, G_MAXUINT64 - site->bytes);
  site->count += MIN (count, G_MAXUINT64 - site->count);
}

/* The compiler may have made several calls of one line: for people that is one place. */
static void
add_site (GArray *sites, GVariant *dictionary)
{
  g_autofree gchar *cache = memsnoop_dictionary_lookup_string (dictionary, "cache");
  Site site = { .title = NULL }, *known;

  site.frames = describe_frames (dictionary, &site.title, &site.caller);
  if (cache != NULL)
    site.cache = memsnoop_wording_name (cache, MEMSNOOP_WORDING_NAME_MAX);
  if (site.title == NULL)
    site.title = g_strdup (_ ("Unknown code"));
  site.key = g_strdup_printf ("%s\n%s", cache != NULL ? cache : "", site.frames);
  known = find_site (sites, site.key);
  if (known != NULL)
    {
      read_amounts (known, dictionary);
      clear_site (&site);
      return;
    }
  read_amounts (&site, dictionary);
  g_array_append_val (sites, site);
}

static GArray *
read_sites (GVariant *dictionaries)
{
  GArray *sites = g_array_new (FALSE, FALSE, sizeof (Site));
  gsize n = dictionaries != NULL ? MIN (g_variant_n_children (dictionaries), SITES_MAX) : 0;

  g_array_set_clear_func (sites, clear_site);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) dictionary = g_variant_get_child_value (dictionaries, i);

      add_site (sites, dictionary);
    }
  for (guint i = 0; i < sites->len; i++)
    g_array_index (sites, Site, i).size = describe_size (&g_array_index (sites, Site, i));
  return sites;
}

/* Rows */

static GtkWidget *
make_stack (const gchar *frames)
{
  GtkWidget *label = gtk_label_new (frames);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_widget_add_css_class (label, "monospace");
  gtk_widget_set_margin_top (label, 12);
  gtk_widget_set_margin_bottom (label, 12);
  gtk_widget_set_margin_start (label, 12);
  gtk_widget_set_margin_end (label, 12);
  return label;
}

static void
remember (GArray *rows, const Site *site, GtkWidget *row)
{
  SiteRow remembered = { .key = g_strdup (site->key), .row = row };

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), site->title);
  g_array_append_val (rows, remembered);
}

static void
add_first (MemsnoopSiteRows *self, const Site *site)
{
  GtkWidget *row = adw_expander_row_new ();

  remember (self->first, site, row);
  if (*site->frames != '\0')
    adw_expander_row_add_row (ADW_EXPANDER_ROW (row), make_stack (site->frames));
  adw_preferences_group_add (self->group, row);
}

static void
add_others (MemsnoopSiteRows *self, guint n)
{
  g_autofree gchar *title =
      g_strdup_printf (g_dngettext (NULL, "%u more place", "%u more places", n), n);

  self->others = ADW_EXPANDER_ROW (adw_expander_row_new ());
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->others), title);
  adw_preferences_group_add (self->group, GTK_WIDGET (self->others));
}

static void
add_rows (MemsnoopSiteRows *self, GArray *sites)
{
  for (guint i = 0; i < sites->len; i++)
    {
      const Site *site = &g_array_index (sites, Site, i);
      GtkWidget *row;

      if (i < SITES_SHOWN)
        {
          add_first (self, site);
          continue;
        }
      if (self->others == NULL)
        add_others (self, sites->len - SITES_SHOWN);
      row = adw_action_row_new ();
      remember (self->behind, site, row);
      adw_expander_row_add_row (self->others, row);
    }
}

static void
remove_row (MemsnoopSiteRows *self, gpointer row)
{
  if (row != NULL)
    adw_preferences_group_remove (self->group, row);
}

static void
remove_all (MemsnoopSiteRows *self)
{
  for (guint i = 0; i < self->first->len; i++)
    remove_row (self, g_array_index (self->first, SiteRow, i).row);
  remove_row (self, g_steal_pointer (&self->others));
  remove_row (self, g_steal_pointer (&self->note));
  g_array_set_size (self->first, 0);
  g_array_set_size (self->behind, 0);
}

static GtkWidget *
find_row (GArray *rows, const gchar *key)
{
  for (guint i = 0; i < rows->len; i++)
    if (g_str_equal (g_array_index (rows, SiteRow, i).key, key))
      return g_array_index (rows, SiteRow, i).row;
  return NULL;
}

/* Whether there are rows of just these sites, in whatever order among those that are seen. */
static gboolean
has_rows (MemsnoopSiteRows *self, GArray *sites)
{
  if (sites->len != self->first->len + self->behind->len)
    return FALSE;
  for (guint i = 0; i < sites->len; i++)
    if (find_row (i < SITES_SHOWN ? self->first : self->behind,
                  g_array_index (sites, Site, i).key) == NULL)
      return FALSE;
  return TRUE;
}

static void
set_texts (MemsnoopSiteRows *self, GArray *sites)
{
  for (guint i = 0; i < sites->len; i++)
    {
      const Site *site = &g_array_index (sites, Site, i);
      GtkWidget *row = find_row (self->first, site->key);
      g_autofree gchar *text = g_strdup_printf ("%s\n%s", site->size, site->frames);

      if (row != NULL)
        adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (row), site->size);
      else if ((row = find_row (self->behind, site->key)) != NULL)
        adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text);
    }
}

/* What a person did to the rows */

typedef struct
{
  GHashTable *opened;
  gboolean others;
  gchar *focused;
} Looks;

static void
remember_looks (MemsnoopSiteRows *self, Looks *looks)
{
  looks->opened = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  looks->others = self->others != NULL && adw_expander_row_get_expanded (self->others);
  looks->focused = NULL;
  for (guint i = 0; i < self->first->len; i++)
    {
      SiteRow row = g_array_index (self->first, SiteRow, i);

      if (adw_expander_row_get_expanded (ADW_EXPANDER_ROW (row.row)))
        g_hash_table_add (looks->opened, g_strdup (row.key));
      if (gtk_widget_get_focus_child (row.row) != NULL)
        looks->focused = g_strdup (row.key);
    }
}

static void
restore_looks (MemsnoopSiteRows *self, Looks *looks)
{
  if (self->others != NULL)
    adw_expander_row_set_expanded (self->others, looks->others);
  for (guint i = 0; i < self->first->len; i++)
    {
      SiteRow row = g_array_index (self->first, SiteRow, i);

      if (g_hash_table_contains (looks->opened, row.key))
        adw_expander_row_set_expanded (ADW_EXPANDER_ROW (row.row), TRUE);
      if (g_strcmp0 (looks->focused, row.key) == 0)
        gtk_widget_child_focus (row.row, GTK_DIR_TAB_FORWARD);
    }
  g_hash_table_unref (looks->opened);
  g_free (looks->focused);
}

MemsnoopSiteRows *
memsnoop_site_rows_new (AdwPreferencesGroup *group)
{
  MemsnoopSiteRows *self = g_new0 (MemsnoopSiteRows, 1);

  self->group = group;
  self->first = g_array_new (FALSE, FALSE, sizeof (SiteRow));
  self->behind = g_array_new (FALSE, FALSE, sizeof (SiteRow));
  g_array_set_clear_func (self->first, clear_row);
  g_array_set_clear_func (self->behind, clear_row);
  return self;
}

void
memsnoop_site_rows_free (MemsnoopSiteRows *self)
{
  g_array_unref (self->first);
  g_array_unref (self->behind);
  g_free (self);
}

void
memsnoop_site_rows_set (MemsnoopSiteRows *self, GVariant *dictionaries)
{
  g_autoptr (GArray) sites = read_sites (dictionaries);
  Looks looks;

  if (self->note != NULL || !has_rows (self, sites))
    {
      remember_looks (self, &looks);
      remove_all (self);
      add_rows (self, sites);
      restore_looks (self, &looks);
    }
  set_texts (self, sites);
}

gboolean
memsnoop_site_rows_has_sites (MemsnoopSiteRows *self)
{
  return self->first->len > 0;
}

void
memsnoop_site_rows_set_note (MemsnoopSiteRows *self, const gchar *text)
{
  if (self->note == NULL)
    {
      remove_all (self);
      self->note = ADW_ACTION_ROW (adw_action_row_new ());
      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->note), FALSE);
      adw_preferences_group_add (self->group, GTK_WIDGET (self->note));
    }
  adw_action_row_set_subtitle (self->note, text);
}
