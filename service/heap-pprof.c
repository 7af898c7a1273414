/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-pprof.h"

#include "pprof-profile.h"

#include "boot-time.h"
#include "figure-text.h"
#include "frame-text.h"
#include "printable-text.h"

#include <gio/gio.h>

static const gchar mapping[] = "[mapping]";
static const gchar unknown[] = "[unknown]";
static const gchar growth[] = "[growth]";

static gchar *
process_text (const MemsnoopHeapSnapshot *heap)
{
  g_autofree gchar *comm = memsnoop_printable_line (heap->comm != NULL ? heap->comm : "");

  return g_strdup_printf ("%s (%u)", comm, heap->pid);
}

static void
add_site (MemsnoopPprofProfile *profile,
          const MemsnoopHeapSite *site,
          MemsnoopStackSource source,
          const gchar *process)
{
  const gint64 values[MEMSNOOP_PPROF_VALUES] = {
    [MEMSNOOP_PPROF_ALLOC_OBJECTS] = (gint64) site->alloc_count,
    [MEMSNOOP_PPROF_ALLOC_SPACE] = (gint64) site->alloc_bytes,
    [MEMSNOOP_PPROF_INUSE_OBJECTS] = (gint64) site->live_count,
    [MEMSNOOP_PPROF_INUSE_SPACE] = (gint64) site->live_bytes,
  };

  memsnoop_pprof_profile_begin_sample (profile, values, process);
  if (site->is_mapping)
    memsnoop_pprof_profile_add_name (profile, mapping);
  for (guint i = 0; i < site->n_frames; i++)
    memsnoop_pprof_profile_add_frame (profile, site->frames[i]);
  if (!site->complete)
    memsnoop_pprof_profile_add_name (profile, unknown);
  if (source == MEMSNOOP_STACK_SOURCE_GROWTH)
    memsnoop_pprof_profile_add_name (profile, growth);
  memsnoop_pprof_profile_end_sample (profile);
}

static void
add_comment (MemsnoopPprofProfile *profile, const MemsnoopHeapSnapshot *heap, const gchar *process)
{
  guint64 lost = memsnoop_heap_snapshot_get_lost (heap);
  g_autofree gchar *interval = memsnoop_figure_text_size (heap->sample_interval);
  g_autofree gchar *estimates =
      heap->sample_interval > 0
          ? g_strdup_printf ("; estimates from a sample for each %s allocated", interval)
          : g_strdup (heap->exact ? "; exact" : "");
  g_autofree gchar *losses =
      lost > 0 ? g_strdup_printf ("; %" G_GUINT64_FORMAT " calls lost", lost) : g_strdup ("");
  g_autofree gchar *comment = g_strdup_printf (
      "%s of %s, Memsnoop %s%s%s", heap->source == MEMSNOOP_STACK_SOURCE_GROWTH ? "Growth" : "Heap",
      process, MEMSNOOP_VERSION, estimates, losses);

  memsnoop_pprof_profile_add_comment (profile, comment);
}

static void
add_heap (MemsnoopPprofProfile *profile, const MemsnoopHeapSnapshot *heap)
{
  g_autofree gchar *process = process_text (heap);

  add_comment (profile, heap, process);
  if (heap->executable != NULL && heap->executable[0] != '\0')
    memsnoop_pprof_profile_add_module (profile, heap->executable);
  for (guint i = 0; i < heap->sites->len; i++)
    add_site (profile, &g_array_index (heap->sites, MemsnoopHeapSite, i), heap->source, process);
}

/* The time that all of the recordings are of. */
static void
set_time (MemsnoopPprofProfile *profile, MemsnoopHeapSnapshot *const *heaps, guint n)
{
  guint64 since = G_MAXUINT64, until = 0, interval = 0;
  gint64 ago;

  for (guint i = 0; i < n; i++)
    {
      since = MIN (since, heaps[i]->since);
      until = MAX (until, heaps[i]->taken_at);
      interval = MAX (interval, heaps[i]->sample_interval);
    }
  if (n == 0 || until < since)
    return;
  ago = (gint64) (memsnoop_boot_time () - since);
  memsnoop_pprof_profile_set_time (profile, g_get_real_time () * 1000 - ago,
                                   (gint64) (until - since));
  memsnoop_pprof_profile_set_period (profile, (gint64) MAX (interval, 1));
}

static GBytes *
compress (GBytes *profile, GError **error)
{
  g_autoptr (GZlibCompressor) compressor =
      g_zlib_compressor_new (G_ZLIB_COMPRESSOR_FORMAT_GZIP, -1);
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();
  g_autoptr (GOutputStream) stream =
      g_converter_output_stream_new (memory, G_CONVERTER (compressor));
  gsize size;
  gconstpointer data = g_bytes_get_data (profile, &size);

  if (!g_output_stream_write_all (stream, data, size, NULL, NULL, error) ||
      !g_output_stream_close (stream, NULL, error))
    return NULL;
  return g_memory_output_stream_steal_as_bytes (G_MEMORY_OUTPUT_STREAM (memory));
}

GBytes *
memsnoop_heap_pprof_write (MemsnoopHeapSnapshot *const *heaps, guint n, GError **error)
{
  g_autoptr (MemsnoopPprofProfile) profile = memsnoop_pprof_profile_new ();
  g_autoptr (GBytes) plain = NULL;

  set_time (profile, heaps, n);
  for (guint i = 0; i < n; i++)
    add_heap (profile, heaps[i]);
  plain = memsnoop_pprof_profile_pack (profile);
  return compress (plain, error);
}
