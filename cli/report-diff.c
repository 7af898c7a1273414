/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report-diff.h"

#include "command-error.h"
#include "json-reading.h"
#include "reported-memory.h"

#include <stdlib.h>

/* The version of reports that this understands. */
#define REPORT_VERSION 1

/*
 * @changes: by a key of all that tells sites apart.
 * @before, @after: by the owner of sites, the JSON object that says when its figures are of.
 */
typedef struct
{
  MemsnoopReportDiff *diff;
  GHashTable *changes;
  GHashTable *before;
  GHashTable *after;
  gboolean one_heap_each;
  gboolean one_growth_each;
} Comparison;

static void
change_free (gpointer data)
{
  MemsnoopSiteChange *change = data;

  g_free (change->process);
  g_strfreev (change->frames);
  g_free (change->cache);
  g_free (change);
}

void
memsnoop_report_diff_free (MemsnoopReportDiff *self)
{
  g_ptr_array_unref (self->changes);
  g_free (self);
}

static gint64
get_number (JsonObject *object, const gchar *name)
{
  return (gint64) MIN (memsnoop_json_get_number (object, name), MEMSNOOP_REPORTED_MAXIMUM);
}

/* The objects of an array. Returns: (transfer container). */
static GPtrArray *
get_objects (JsonObject *object, const gchar *name)
{
  JsonArray *array = memsnoop_json_get_array (object, name);
  GPtrArray *objects = g_ptr_array_new ();

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    {
      JsonObject *element = memsnoop_json_element_object (array, i);

      if (element != NULL)
        g_ptr_array_add (objects, element);
    }
  return objects;
}

static gchar **
get_frames (JsonObject *site)
{
  JsonArray *array = memsnoop_json_get_array (site, "frames");
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; array != NULL && i < json_array_get_length (array); i++)
    g_strv_builder_add (builder, memsnoop_json_element_text (array, i));
  return g_strv_builder_end (builder);
}

static void
add (gint64 *sum, gint64 number)
{
  *sum = (gint64) memsnoop_reported_sum ((guint64) *sum, (guint64) number);
}

static gboolean
is_same_recording (JsonObject *before, JsonObject *after)
{
  static const gchar *const members[] = { "pid", "start-time", "since" };

  for (gsize i = 0; i < G_N_ELEMENTS (members); i++)
    if (get_number (before, members[i]) != get_number (after, members[i]))
      return FALSE;
  return get_number (after, "since") > 0;
}

/* Seconds between the figures of an owner of sites, negative when the second are earlier; 0 when
 * they are of different recordings, or when one is missing. */
static gdouble
find_seconds (Comparison *comparison, const gchar *owner)
{
  JsonObject *before = g_hash_table_lookup (comparison->before, owner);
  JsonObject *after = g_hash_table_lookup (comparison->after, owner);

  if (before == NULL || after == NULL || !is_same_recording (before, after))
    return 0;
  return (gdouble) (get_number (after, "taken-at") - get_number (before, "taken-at")) / 1e9;
}

static MemsnoopSiteChange *
find_change (Comparison *comparison, const gchar *owner, JsonObject *site)
{
  g_auto (GStrv) frames = get_frames (site);
  g_autofree gchar *stack = g_strjoinv ("\n", frames);
  const gchar *cache = memsnoop_json_get_text (site, "cache");
  g_autofree gchar *key = g_strjoin ("\n\n", owner, cache, stack, NULL);
  MemsnoopSiteChange *change = g_hash_table_lookup (comparison->changes, key);

  if (change != NULL)
    return change;
  change = g_new0 (MemsnoopSiteChange, 1);
  change->frames = g_steal_pointer (&frames);
  change->cache = *cache != '\0' ? g_strdup (cache) : NULL;
  change->seconds = MAX (find_seconds (comparison, owner), 0);
  g_hash_table_insert (comparison->changes, g_steal_pointer (&key), change);
  return change;
}

/* @owner: of the sites of @object, which has those that @process has. */
static void
add_sites (Comparison *comparison,
           JsonObject *object,
           const gchar *owner,
           const gchar *process,
           gboolean is_after)
{
  g_autoptr (GPtrArray) sites = get_objects (object, "sites");
  JsonObject *left_out = memsnoop_json_get_object (object, "left-out");
  MemsnoopReportTotals *totals = is_after ? &comparison->diff->after : &comparison->diff->before;

  if (left_out != NULL)
    add (&totals->left_out, get_number (left_out, "sites"));
  for (guint i = 0; i < sites->len; i++)
    {
      MemsnoopSiteChange *change = find_change (comparison, owner, sites->pdata[i]);

      g_free (change->process);
      change->process = g_strdup (process);
      add (is_after ? &change->after_bytes : &change->before_bytes,
           get_number (sites->pdata[i], "bytes"));
      add (is_after ? &change->after_count : &change->before_count,
           get_number (sites->pdata[i], "count"));
    }
}

static void
add_totals (MemsnoopReportTotals *totals, JsonObject *figures, gint64 taken_at)
{
  add (&totals->bytes, get_number (figures, "current-bytes"));
  add (&totals->count, get_number (figures, "current-count"));
  totals->taken_at = MAX (totals->taken_at, taken_at);
}

static gboolean
has_one_each (Comparison *comparison, const gchar *kind)
{
  return g_str_equal (kind, "heaps") ? comparison->one_heap_each : comparison->one_growth_each;
}

/* @kind: the member of reports in which it is. */
static gchar *
stacked_owner (Comparison *comparison, const gchar *kind, JsonObject *stacked)
{
  if (has_one_each (comparison, kind))
    return g_strdup (kind);
  return g_strdup_printf ("%s %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, kind,
                          get_number (stacked, "pid"), get_number (stacked, "start-time"));
}

static void
note_kind (Comparison *comparison, const gchar *kind, JsonObject *report, GHashTable *moments)
{
  g_autoptr (GPtrArray) all = get_objects (report, kind);

  for (guint i = 0; i < all->len; i++)
    g_hash_table_insert (moments, stacked_owner (comparison, kind, all->pdata[i]), all->pdata[i]);
}

static void
note_moments (Comparison *comparison, JsonObject *report, GHashTable *moments)
{
  JsonObject *recording = memsnoop_json_get_object (report, "recording");

  if (recording != NULL)
    g_hash_table_insert (moments, g_strdup ("kernel"), recording);
  note_kind (comparison, "heaps", report, moments);
  note_kind (comparison, "growth", report, moments);
}

/* One time for all, when there is one for each. */
static void
set_time (Comparison *comparison)
{
  MemsnoopReportDiff *diff = comparison->diff;
  guint n = g_hash_table_size (comparison->after);
  gboolean known = n > 0 && n == g_hash_table_size (comparison->before);
  GHashTableIter iterator;
  gpointer owner;

  g_hash_table_iter_init (&iterator, comparison->after);
  while (g_hash_table_iter_next (&iterator, &owner, NULL))
    {
      gdouble seconds = find_seconds (comparison, owner);

      diff->reversed = diff->reversed || seconds < 0;
      known = known && seconds > 0;
      diff->seconds = MAX (diff->seconds, seconds);
    }
  if (!known)
    diff->seconds = 0;
}

static void
add_stacked (Comparison *comparison, const gchar *kind, JsonObject *stacked, gboolean is_after)
{
  MemsnoopReportTotals *totals = is_after ? &comparison->diff->after : &comparison->diff->before;
  gboolean is_growth = g_str_equal (kind, "growth");
  g_autofree gchar *process =
      g_strdup_printf ("%s%s (%" G_GINT64_FORMAT ")", is_growth ? "growth of " : "",
                       memsnoop_json_get_text (stacked, "comm"), get_number (stacked, "pid"));
  g_autofree gchar *owner = stacked_owner (comparison, kind, stacked);

  add (&totals->bytes, get_number (stacked, is_growth ? "bytes" : "current-bytes"));
  add (&totals->count, get_number (stacked, is_growth ? "faults" : "current-count"));
  totals->taken_at = MAX (totals->taken_at, get_number (stacked, "taken-at"));
  add_sites (comparison, stacked, owner, process, is_after);
}

static void
add_kind (Comparison *comparison, const gchar *kind, JsonObject *report, gboolean is_after)
{
  g_autoptr (GPtrArray) all = get_objects (report, kind);

  for (guint i = 0; i < all->len; i++)
    add_stacked (comparison, kind, all->pdata[i], is_after);
}

static void
add_report (Comparison *comparison, JsonObject *report, gboolean is_after)
{
  JsonObject *recording = memsnoop_json_get_object (report, "recording");
  JsonObject *totals = memsnoop_json_get_object (report, "totals");

  if (recording != NULL && totals != NULL)
    {
      add_totals (is_after ? &comparison->diff->after : &comparison->diff->before, totals,
                  get_number (recording, "taken-at"));
      add_sites (comparison, report, "kernel", NULL, is_after);
    }
  add_kind (comparison, "heaps", report, is_after);
  add_kind (comparison, "growth", report, is_after);
}

static gboolean
check_report (JsonNode *node, const gchar *name, GError **error)
{
  JsonObject *report =
      node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  gint64 version = report != NULL ? get_number (report, "report-version") : 0;

  if (version == REPORT_VERSION)
    return TRUE;
  if (version == 0)
    g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
                 "'%s' is no report of Memsnoop: write one with 'memsnoopctl export -f json'",
                 name);
  else
    g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
                 "'%s' is a report of version %" G_GINT64_FORMAT "; this program knows version %d",
                 name, version, REPORT_VERSION);
  return FALSE;
}

static gboolean
is_one_each (JsonNode *before, JsonNode *after, const gchar *kind)
{
  g_autoptr (GPtrArray) first = get_objects (json_node_get_object (before), kind);
  g_autoptr (GPtrArray) second = get_objects (json_node_get_object (after), kind);

  return first->len == 1 && second->len == 1;
}

static gint64
change_bytes (const MemsnoopSiteChange *change)
{
  return change->after_bytes - change->before_bytes;
}

static gint
compare_changes (gconstpointer a, gconstpointer b)
{
  const MemsnoopSiteChange *left = *(MemsnoopSiteChange *const *) a;
  const MemsnoopSiteChange *right = *(MemsnoopSiteChange *const *) b;
  gint64 left_size = llabs (change_bytes (left)), right_size = llabs (change_bytes (right));
  gboolean left_grows = memsnoop_site_change_is_growth (left);
  g_autofree gchar *left_stack = NULL, *right_stack = NULL;

  if (left_grows != memsnoop_site_change_is_growth (right))
    return left_grows ? -1 : 1;
  if (left_size != right_size)
    return left_size > right_size ? -1 : 1;
  left_stack = g_strjoinv ("\n", left->frames);
  right_stack = g_strjoinv ("\n", right->frames);
  return g_strcmp0 (left_stack, right_stack);
}

static void
collect_changes (Comparison *comparison)
{
  GHashTableIter iterator;
  gpointer value;

  g_hash_table_iter_init (&iterator, comparison->changes);
  while (g_hash_table_iter_next (&iterator, NULL, &value))
    {
      const MemsnoopSiteChange *change = value;

      if (change->before_bytes == change->after_bytes &&
          change->before_count == change->after_count)
        change_free (value);
      else
        g_ptr_array_add (comparison->diff->changes, value);
    }
  g_ptr_array_sort (comparison->diff->changes, compare_changes);
}

MemsnoopReportDiff *
memsnoop_report_diff_new (JsonNode *before,
                          const gchar *before_name,
                          JsonNode *after,
                          const gchar *after_name,
                          GError **error)
{
  g_autoptr (GHashTable) changes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) moments_before =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GHashTable) moments_after =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Comparison comparison = { .changes = changes, .before = moments_before, .after = moments_after };

  if (!check_report (before, before_name, error) || !check_report (after, after_name, error))
    return NULL;
  comparison.one_heap_each = is_one_each (before, after, "heaps");
  comparison.one_growth_each = is_one_each (before, after, "growth");
  comparison.diff = g_new0 (MemsnoopReportDiff, 1);
  comparison.diff->changes = g_ptr_array_new_with_free_func (change_free);
  note_moments (&comparison, json_node_get_object (before), moments_before);
  note_moments (&comparison, json_node_get_object (after), moments_after);
  set_time (&comparison);
  add_report (&comparison, json_node_get_object (before), FALSE);
  add_report (&comparison, json_node_get_object (after), TRUE);
  collect_changes (&comparison);
  return comparison.diff;
}

MemsnoopSiteState
memsnoop_site_change_get_state (const MemsnoopSiteChange *self)
{
  if (self->before_bytes == 0 && self->before_count == 0)
    return MEMSNOOP_SITE_NEW;
  if (self->after_bytes == 0 && self->after_count == 0)
    return MEMSNOOP_SITE_GONE;
  if (self->before_bytes == self->after_bytes)
    return self->after_count > self->before_count ? MEMSNOOP_SITE_GROWN : MEMSNOOP_SITE_SHRUNK;
  return self->after_bytes > self->before_bytes ? MEMSNOOP_SITE_GROWN : MEMSNOOP_SITE_SHRUNK;
}

gboolean
memsnoop_site_change_is_growth (const MemsnoopSiteChange *self)
{
  MemsnoopSiteState state = memsnoop_site_change_get_state (self);

  return state == MEMSNOOP_SITE_GROWN || state == MEMSNOOP_SITE_NEW;
}

gdouble
memsnoop_report_diff_rate (gint64 before, gint64 after, gdouble seconds)
{
  return seconds > 0 ? (gdouble) (after - before) / seconds : 0;
}
