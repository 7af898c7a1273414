/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report on a heap for programs. Sites are made by json-glib one by one, and put together here,
 * so that it can end at a site when it grows too long. What is known of places in the code stands
 * in a table of its own, since most are in many call stacks.
 */
#include "heap-report.h"

#include "frame-text.h"
#include "json-members.h"

/*
 * @numbers: of the first place of each frame in the table.
 * @places: rows of the table, of the sites that are written; @next is where the number goes on.
 * @new_places: those of the site that is being written.
 */
typedef struct
{
  GHashTable *numbers;
  GString *places;
  GString *new_places;
  guint next;
} Places;

static JsonObject *
place_object (const MemsnoopFrame *frame, guint index)
{
  JsonObject *object = json_object_new ();
  const MemsnoopFunction *function = index < frame->n_functions ? &frame->functions[index] : NULL;

  if (frame->module != NULL)
    memsnoop_json_add_text (object, "module", frame->module);
  memsnoop_json_add_number (object, "offset", frame->offset);
  if (function != NULL && function->name != NULL)
    memsnoop_json_add_text (object, "function", function->name);
  if (function != NULL && function->file != NULL)
    {
      memsnoop_json_add_text (object, "file", function->file);
      memsnoop_json_add_number (object, "line", function->line);
    }
  json_object_set_boolean_member (object, "inlined", memsnoop_frame_is_inlined (frame, index));
  return object;
}

/* The number of the frame's first place; those of the functions it is inlined into follow. */
static guint
number_frame (Places *places, const MemsnoopFrame *frame)
{
  gpointer number;
  guint first = places->next;

  if (g_hash_table_lookup_extended (places->numbers, frame, NULL, &number))
    return GPOINTER_TO_UINT (number);
  g_hash_table_insert (places->numbers, (gpointer) frame, GUINT_TO_POINTER (first));
  for (guint i = 0; i < memsnoop_frame_n_texts (frame); i++)
    {
      g_autofree gchar *row = memsnoop_json_take_object (place_object (frame, i));

      g_string_append_printf (places->new_places, "%s\n%s", places->next > 0 ? "," : "", row);
      places->next++;
    }
  return first;
}

static void
add_frames (JsonObject *object, const MemsnoopHeapSite *site, Places *places)
{
  JsonArray *texts = json_array_new ();
  JsonArray *numbers = json_array_new ();

  for (guint i = 0; i < site->n_frames; i++)
    {
      const MemsnoopFrame *frame = site->frames[i];
      guint first = number_frame (places, frame);

      for (guint j = 0; j < memsnoop_frame_n_texts (frame); j++)
        {
          g_autofree gchar *text = memsnoop_frame_text (frame, j);

          json_array_add_string_element (texts, text);
          json_array_add_int_element (numbers, first + j);
        }
    }
  json_object_set_array_member (object, "frames", texts);
  json_object_set_array_member (object, "places", numbers);
}

static JsonObject *
growth_site_object (const MemsnoopHeapSite *site, Places *places)
{
  JsonObject *object = json_object_new ();

  memsnoop_json_add_number (object, "bytes", site->live_bytes);
  memsnoop_json_add_number (object, "count", site->live_count);
  memsnoop_json_add_decimal (object, "growth-rate", site->growth_rate);
  json_object_set_boolean_member (object, "complete", site->complete);
  add_frames (object, site, places);
  return object;
}

static JsonObject *
site_object (const MemsnoopHeapSite *site, Places *places)
{
  JsonObject *object = json_object_new ();
  JsonArray *ages = json_array_new ();

  memsnoop_json_add_number (object, "bytes", site->live_bytes);
  memsnoop_json_add_number (object, "count", site->live_count);
  memsnoop_json_add_number (object, "alloc-bytes", site->alloc_bytes);
  memsnoop_json_add_number (object, "alloc-count", site->alloc_count);
  memsnoop_json_add_number (object, "free-bytes", site->free_bytes);
  memsnoop_json_add_number (object, "free-count", site->free_count);
  memsnoop_json_add_decimal (object, "growth-rate", site->growth_rate);
  memsnoop_json_add_decimal (object, "standard-error", site->standard_error);
  memsnoop_json_add_number (object, "oldest-age", site->oldest_age);
  for (guint i = 0; i < MEMSNOOP_HEAP_AGES; i++)
    json_array_add_int_element (ages, (gint64) site->bytes_by_age[i]);
  json_object_set_array_member (object, "bytes-by-age", ages);
  json_object_set_boolean_member (object, "complete", site->complete);
  json_object_set_boolean_member (object, "mapping", site->is_mapping);
  add_frames (object, site, places);
  return object;
}

static JsonObject *
losses_object (const MemsnoopHeapLoss *loss)
{
  JsonObject *object = json_object_new ();

  memsnoop_json_add_number (object, "table-full", loss->table_full);
  memsnoop_json_add_number (object, "recursion-misses", loss->recursion_misses);
  memsnoop_json_add_number (object, "unseen-frees", loss->unseen_frees);
  memsnoop_json_add_number (object, "other", loss->other);
  memsnoop_json_add_number (object, "contexts-full", loss->contexts_full);
  memsnoop_json_add_number (object, "stacks-lost", loss->stacks_lost);
  memsnoop_json_add_number (object, "stacks-not-unwound", loss->stacks_not_unwound);
  memsnoop_json_add_number (object, "stacks-in-part", loss->stacks_in_part);
  memsnoop_json_add_number (object, "rules-full", loss->rules_full);
  memsnoop_json_add_number (object, "depth-lowered-to", loss->depth);
  return object;
}

static void
add_identity (JsonObject *object, const MemsnoopHeapSnapshot *heap)
{
  memsnoop_json_add_number (object, "pid", heap->pid);
  memsnoop_json_add_number (object, "start-time", heap->start_time);
  memsnoop_json_add_number (object, "exited-at", heap->exited_at);
  memsnoop_json_add_text (object, "comm", heap->comm != NULL ? heap->comm : "");
  memsnoop_json_add_text (object, "exe", heap->executable != NULL ? heap->executable : "");
  memsnoop_json_add_number (object, "uid", heap->uid);
}

static void
add_cost (JsonObject *object, const MemsnoopHeapSnapshot *heap)
{
  memsnoop_json_add_share (object, "cpu-budget", heap->cpu_budget);
  memsnoop_json_add_share (object, "cpu-cost", heap->expense.cpu_cost);
  memsnoop_json_add_number (object, "sample-interval-now", heap->expense.sample_interval);
  memsnoop_json_add_share (object, "recorded-share", heap->expense.recorded_share);
  json_object_set_boolean_member (object, "frees-missed", heap->expense.frees_missed);
}

static JsonObject *
probe_object (const MemsnoopProbeDetail *probe)
{
  JsonObject *object = json_object_new ();

  memsnoop_json_add_text (object, "functions", probe->functions);
  memsnoop_json_add_text (object, "module", probe->module);
  memsnoop_json_add_number (object, "offset", probe->offset);
  memsnoop_json_add_number (object, "place", probe->place);
  json_object_set_boolean_member (object, "fast", probe->fast);
  json_object_set_boolean_member (object, "skips-null", probe->skips_null);
  memsnoop_json_add_text (object, "placement", probe->placement);
  memsnoop_json_add_text (object, "returns", probe->returns);
  memsnoop_json_add_number (object, "return-instructions", probe->n_returns);
  memsnoop_json_add_text (object, "links", probe->links);
  return object;
}

static void
add_probes (JsonObject *object, const MemsnoopHeapSnapshot *heap)
{
  JsonArray *probes = json_array_new ();

  for (guint i = 0; i < heap->probes->len; i++)
    json_array_add_object_element (probes, probe_object (heap->probes->pdata[i]));
  json_object_set_array_member (object, "probes", probes);
}

static JsonObject *
growth_object (const MemsnoopHeapSnapshot *growth)
{
  JsonObject *object = json_object_new ();

  add_identity (object, growth);
  memsnoop_json_add_number (object, "since", growth->since);
  memsnoop_json_add_number (object, "taken-at", growth->taken_at);
  memsnoop_json_add_number (object, "faults", growth->alloc_count);
  memsnoop_json_add_number (object, "bytes", growth->alloc_bytes);
  memsnoop_json_add_number (object, "kernel-faults", growth->by_kernel_count);
  memsnoop_json_add_number (object, "kernel-bytes", growth->by_kernel_bytes);
  memsnoop_json_add_number (object, "swap-faults", growth->from_swap_count);
  memsnoop_json_add_number (object, "swap-bytes", growth->from_swap_bytes);
  memsnoop_json_add_number (object, "last-thread", growth->last_thread);
  if (growth->resident_anonymous > 0)
    memsnoop_json_add_number (object, "resident-anonymous", growth->resident_anonymous);
  memsnoop_json_add_number (object, "lost", memsnoop_heap_snapshot_get_lost (growth));
  json_object_set_object_member (object, "losses", losses_object (&growth->loss));
  json_object_set_boolean_member (object, "exact", growth->exact);
  memsnoop_json_add_number (object, "memory-used", growth->map_bytes);
  memsnoop_json_add_histogram (object, "size-histogram", growth->size_histogram,
                               MEMSNOOP_HEAP_SIZE_HISTOGRAM_BUCKETS);
  return object;
}

static JsonObject *
heap_object (const MemsnoopHeapSnapshot *heap)
{
  JsonObject *object = json_object_new ();

  add_identity (object, heap);
  memsnoop_json_add_number (object, "since", heap->since);
  memsnoop_json_add_number (object, "taken-at", heap->taken_at);
  memsnoop_json_add_number (object, "sample-interval", heap->sample_interval);
  memsnoop_json_add_number (object, "alloc-count", heap->alloc_count);
  memsnoop_json_add_number (object, "free-count", heap->free_count);
  memsnoop_json_add_number (object, "alloc-bytes", heap->alloc_bytes);
  memsnoop_json_add_number (object, "free-bytes", heap->free_bytes);
  memsnoop_json_add_number (object, "current-bytes", heap->current_bytes);
  memsnoop_json_add_number (object, "current-count", memsnoop_heap_snapshot_get_live_count (heap));
  memsnoop_json_add_number (object, "peak-bytes", heap->peak_bytes);
  memsnoop_json_add_number (object, "map-count", heap->mmap_count);
  memsnoop_json_add_number (object, "map-bytes", heap->mmap_bytes);
  memsnoop_json_add_number (object, "unmap-count", heap->munmap_count);
  memsnoop_json_add_number (object, "unmap-bytes", heap->munmap_bytes);
  memsnoop_json_add_share (object, "churn", heap->churn);
  memsnoop_json_add_number (object, "last-thread", heap->last_thread);
  memsnoop_json_add_number (object, "untracked-frees", heap->untracked_frees);
  if (heap->resident_anonymous > 0)
    {
      memsnoop_json_add_number (object, "resident-anonymous", heap->resident_anonymous);
      memsnoop_json_add_number (object, "retained", memsnoop_heap_snapshot_retained (heap));
    }
  memsnoop_json_add_number (object, "lost", memsnoop_heap_snapshot_get_lost (heap));
  json_object_set_object_member (object, "losses", losses_object (&heap->loss));
  json_object_set_boolean_member (object, "exact", heap->exact);
  memsnoop_json_add_number (object, "memory-used", heap->map_bytes);
  add_cost (object, heap);
  add_probes (object, heap);
  memsnoop_json_add_histogram (object, "size-histogram", heap->size_histogram,
                               MEMSNOOP_HEAP_SIZE_HISTOGRAM_BUCKETS);
  return object;
}

/* Returns how many sites are written. Places of one that finds no room are not. */
static guint
append_sites (
    GString *text, const MemsnoopHeapSnapshot *heap, guint wanted, gsize end, Places *places)
{
  guint i;

  for (i = 0; i < wanted; i++)
    {
      const MemsnoopHeapSite *site = &g_array_index (heap->sites, MemsnoopHeapSite, i);
      g_autofree gchar *row = NULL;

      g_string_truncate (places->new_places, 0);
      row = memsnoop_json_take_object (heap->source == MEMSNOOP_STACK_SOURCE_GROWTH
                                           ? growth_site_object (site, places)
                                           : site_object (site, places));
      if (text->len + strlen (row) + places->places->len + places->new_places->len > end)
        break;
      g_string_append_printf (text, "%s\n%s", i > 0 ? "," : "", row);
      g_string_append (places->places, places->new_places->str);
    }
  return i;
}

gboolean
memsnoop_heap_report_append_json (GString *text,
                                  const MemsnoopHeapSnapshot *heap,
                                  guint limit,
                                  gsize size)
{
  gsize end = size > G_MAXSIZE - text->len ? G_MAXSIZE : text->len + size;
  guint wanted = limit == 0 ? heap->sites->len : MIN (heap->sites->len, limit);
  g_autoptr (GHashTable) numbers = g_hash_table_new (NULL, NULL);
  g_autoptr (GString) rows = g_string_new (NULL);
  g_autoptr (GString) new_rows = g_string_new (NULL);
  Places places = { .numbers = numbers, .places = rows, .new_places = new_rows };
  g_autofree gchar *head = memsnoop_json_take_object (
      heap->source == MEMSNOOP_STACK_SOURCE_GROWTH ? growth_object (heap) : heap_object (heap));
  guint written;

  /* The object goes on after its last member. */
  g_string_append_len (text, head, (gssize) strlen (head) - 1);
  g_string_append (text, ",\n\"sites\":[");
  written = append_sites (text, heap, wanted, end, &places);
  g_string_append_printf (text, "],\n\"places\":[%s],\n", rows->str);
  g_string_append_printf (text, "\"left-out\":{\"sites\":%u},\"truncated\":%s}",
                          heap->sites->len - written, written < wanted ? "true" : "false");
  return written < wanted;
}
