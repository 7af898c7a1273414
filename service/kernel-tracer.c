/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel-tracer.h"

#include "boot-time.h"
#include "kernel-maps.h"
#include "kernel-snapshot.h"
#include "kernel-symbols.h"
#include "kernel-tracepoints.h"
#include "pid-namespace.h"
#include "process-records.h"
#include "slab-info.h"

#include <bpf/libbpf.h>
#include <errno.h>

#define KERNEL_SYMBOLS "/proc/kallsyms"
#define STALE_SEARCH_SECONDS 60
/* kfree_rcu() collects blocks for five seconds before it frees them. */
#define STALE_AGE_EPOCHS 2

struct _MemsnoopKernelTracer
{
  MemsnoopTracer parent_instance;

  gboolean probed;
  gchar *refusal; /* why it cannot run here; NULL when it can */
  MemsnoopKernelTracepoints tracepoints;

  MemsnoopKernelMaps *maps; /* NULL while not started */
  MemsnoopKernelSymbols *symbols;
  GArray *retiring;      /* guint32: records between the steps of retirement */
  guint8 *doubtful;      /* by record: holds blocks that are probably free already */
  guint64 searched_at;   /* when stale blocks were last searched for */
  gboolean contradicted; /* the last snapshot had more blocks than the kernel */
};

G_DEFINE_TYPE (MemsnoopKernelTracer, memsnoop_kernel_tracer, MEMSNOOP_TYPE_TRACER)

static int
log_libbpf (enum libbpf_print_level level, const char *format, va_list arguments)
{
  g_autofree gchar *message = g_strchomp (g_strdup_vprintf (format, arguments));

  if (level == LIBBPF_WARN)
    g_warning ("%s", message);
  else
    g_debug ("%s", message);
  return 0;
}

static gchar *
find_refusal (MemsnoopKernelTracer *self)
{
  g_autoptr (GError) error = NULL;
  struct btf *btf;
  gchar *reason = NULL;

  if (!memsnoop_pid_namespace_require_initial (&error))
    return g_strdup_printf ("%s.", error->message);
  if (!memsnoop_kernel_maps_permitted (&reason))
    return reason;
  btf = btf__load_vmlinux_btf ();
  if (btf == NULL)
    return g_strdup_printf ("The kernel does not describe its types: /sys/kernel/btf/vmlinux "
                            "cannot be read (%s); it needs CONFIG_DEBUG_INFO_BTF.",
                            g_strerror (errno));
  memsnoop_kernel_tracepoints_read (btf, &self->tracepoints, &reason);
  btf__free (btf);
  return reason;
}

static gboolean
kernel_tracer_probe (MemsnoopTracer *tracer, gchar **reason)
{
  MemsnoopKernelTracer *self = MEMSNOOP_KERNEL_TRACER (tracer);

  if (!self->probed)
    self->refusal = find_refusal (self);
  self->probed = TRUE;
  if (self->refusal != NULL && reason != NULL)
    *reason = g_strdup (self->refusal);
  return self->refusal == NULL;
}

static gboolean
kernel_tracer_start (MemsnoopTracer *tracer, guint64 map_memory, GError **error)
{
  MemsnoopKernelTracer *self = MEMSNOOP_KERNEL_TRACER (tracer);
  g_autoptr (GError) symbol_error = NULL;

  if (!kernel_tracer_probe (tracer, NULL))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, self->refusal);
      return FALSE;
    }
  self->maps = memsnoop_kernel_maps_load (&self->tracepoints, map_memory, error);
  if (self->maps == NULL)
    return FALSE;
  self->contradicted = FALSE;
  self->searched_at = self->maps->since;
  self->doubtful = g_new0 (guint8, self->maps->n_records);
  /* Read at each start, for modules come and go. */
  self->symbols = memsnoop_kernel_symbols_load (KERNEL_SYMBOLS, &symbol_error);
  if (self->symbols == NULL)
    g_message ("Call sites will be shown as addresses: %s", symbol_error->message);
  return TRUE;
}

static void
kernel_tracer_stop (MemsnoopTracer *tracer)
{
  MemsnoopKernelTracer *self = MEMSNOOP_KERNEL_TRACER (tracer);

  g_clear_pointer (&self->maps, memsnoop_kernel_maps_free);
  g_clear_pointer (&self->symbols, memsnoop_kernel_symbols_free);
  g_clear_pointer (&self->doubtful, g_free);
  g_array_set_size (self->retiring, 0);
}

static void
kernel_tracer_advance_epoch (MemsnoopTracer *tracer)
{
  MemsnoopKernelTracer *self = MEMSNOOP_KERNEL_TRACER (tracer);

  memsnoop_process_records_advance (self->maps);
}

static void
kernel_tracer_make_room (MemsnoopTracer *tracer)
{
  MemsnoopKernelTracer *self = MEMSNOOP_KERNEL_TRACER (tracer);

  memsnoop_process_records_make_room (self->maps, self->retiring);
  for (guint i = 0; i < self->retiring->len; i++)
    self->doubtful[g_array_index (self->retiring, guint32, i)] = FALSE;
}

static void
read_record (MemsnoopKernelTracer *self, guint32 index, MemsnoopProcessFigures *figures)
{
  memsnoop_process_record_read (self->maps, index, figures);
  figures->exact = figures->exact && !self->doubtful[index];
}

static gboolean
kernel_tracer_lookup (MemsnoopTracer *tracer, guint32 pid, MemsnoopProcessFigures *figures)
{
  MemsnoopKernelTracer *self = MEMSNOOP_KERNEL_TRACER (tracer);
  const struct memsnoop_process_record *records = self->maps->records;
  guint32 end = memsnoop_kernel_maps_records_end (self->maps), found = 0;

  for (guint32 i = MEMSNOOP_RECORD_FIRST; i < end; i++)
    {
      if (records[i].pid != pid || records[i].state == MEMSNOOP_PROCESS_FREE)
        continue;
      if (found == 0 || records[i].state == MEMSNOOP_PROCESS_RUNNING ||
          records[i].exited_at > records[found].exited_at)
        found = i;
      if (records[i].state == MEMSNOOP_PROCESS_RUNNING)
        break;
    }
  if (found != 0)
    read_record (self, found, figures);
  return found != 0;
}

static void
kernel_tracer_foreach (MemsnoopTracer *tracer, MemsnoopFiguresFunction function, gpointer user_data)
{
  MemsnoopKernelTracer *self = MEMSNOOP_KERNEL_TRACER (tracer);

  for (guint32 i = 0; i < memsnoop_kernel_maps_records_end (self->maps); i++)
    {
      MemsnoopProcessFigures figures;

      if (!memsnoop_process_record_is_used (&self->maps->records[i], i))
        continue;
      read_record (self, i, &figures);
      function (&figures, user_data);
    }
}

/* From the records themselves, for a counter of all events would cost each of them. */
static void
sum_records (MemsnoopKernelTracer *self, MemsnoopTracerTotals *totals)
{
  guint64 allocations = 0, frees = 0;

  for (guint32 i = 0; i < memsnoop_kernel_maps_records_end (self->maps); i++)
    {
      const struct memsnoop_process_record *record = &self->maps->records[i];

      if (!memsnoop_process_record_is_used (record, i))
        continue;
      frees += record->free_count;
      for (guint bucket = 0; bucket < MEMSNOOP_SIZE_BUCKETS; bucket++)
        allocations += record->size_histogram[bucket];
    }
  totals->live_entries = allocations > frees ? allocations - frees : 0;
  totals->events_seen = allocations + frees;
}

static void
kernel_tracer_get_totals (MemsnoopTracer *tracer, MemsnoopTracerTotals *totals)
{
  MemsnoopKernelTracer *self = MEMSNOOP_KERNEL_TRACER (tracer);
  guint64 counters[MEMSNOOP_COUNTERS];

  memset (totals, 0, sizeof *totals);
  memsnoop_kernel_maps_read_counters (self->maps, counters);
  sum_records (self, totals);
  totals->since = self->maps->since;
  totals->table_full = counters[MEMSNOOP_COUNTER_TABLE_FULL];
  totals->processes_full = counters[MEMSNOOP_COUNTER_PROCESSES_FULL];
  totals->recursion_misses = memsnoop_kernel_maps_recursion_misses (self->maps);
  totals->other_lost = counters[MEMSNOOP_COUNTER_CACHES_FULL] +
                       counters[MEMSNOOP_COUNTER_FAR_CALL_SITES] +
                       counters[MEMSNOOP_COUNTER_UNSEEN_SITES_FULL];
  totals->unseen_frees = counters[MEMSNOOP_COUNTER_UNSEEN_FREES];
  totals->events_lost =
      totals->table_full + totals->processes_full + totals->recursion_misses + totals->other_lost;
  totals->events_seen += counters[MEMSNOOP_COUNTER_UNTRACKED_FREES] + totals->table_full +
                         totals->processes_full - totals->unseen_frees;
  totals->live_capacity = self->maps->live_capacity;
  totals->map_bytes = self->maps->bytes;
}

void
memsnoop_kernel_tracer_search_stale_blocks (MemsnoopKernelTracer *self)
{
  self->searched_at = memsnoop_boot_time ();
  memsnoop_kernel_maps_drop_stale (self->maps, STALE_AGE_EPOCHS);
}

/* Regularly, and soon when the kernel has shown that there must be some. */
static gboolean
must_search (MemsnoopKernelTracer *self)
{
  return self->contradicted ||
         memsnoop_boot_time () - self->searched_at >= STALE_SEARCH_SECONDS * MEMSNOOP_SECOND;
}

static MemsnoopSnapshot *
kernel_tracer_gather (MemsnoopTracer *tracer)
{
  MemsnoopKernelTracer *self = MEMSNOOP_KERNEL_TRACER (tracer);
  MemsnoopSnapshot *snapshot;

  if (must_search (self))
    memsnoop_kernel_tracer_search_stale_blocks (self);
  snapshot = memsnoop_kernel_snapshot_gather (self->maps, self->symbols, self->doubtful);
  self->contradicted = FALSE;
  for (guint i = 0; i < snapshot->caches->len; i++)
    if (g_array_index (snapshot->caches, MemsnoopCacheFigures, i).contradicted)
      self->contradicted = TRUE;
  kernel_tracer_get_totals (tracer, &snapshot->totals);
  return snapshot;
}

static void
add_feature (
    GHashTable *features, GHashTable *reasons, const gchar *name, gboolean present, gchar *reason)
{
  g_hash_table_replace (features, (gpointer) name, GINT_TO_POINTER (present));
  if (present)
    g_free (reason);
  else
    g_hash_table_replace (reasons, (gpointer) name, reason);
}

/* The kernel lists the symbols to all, and hides their addresses by zeros. */
static gboolean
symbols_are_shown (gchar **reason)
{
  FILE *file = fopen (KERNEL_SYMBOLS, "re");
  unsigned long long address = 0;

  /* The first symbols are per-CPU variables, which begin at 0 on some kernels. */
  while (file != NULL && address == 0 && fscanf (file, "%llx%*[^\n]", &address) == 1)
    ;
  if (file != NULL)
    fclose (file);
  if (address == 0)
    *reason = g_strdup (KERNEL_SYMBOLS " shows no addresses: kernel.kptr_restrict must be below "
                                       "2, and the service needs CAP_SYSLOG.");
  return address != 0;
}

void
memsnoop_kernel_tracer_add_features (MemsnoopTracer *tracer,
                                     GHashTable *features,
                                     GHashTable *reasons)
{
  MemsnoopKernelTracer *self = MEMSNOOP_KERNEL_TRACER (tracer);
  gchar *reason = NULL;
  gboolean kernel = kernel_tracer_probe (tracer, &reason);
  gboolean bulk_frees = kernel && self->tracepoints.bulk_free;
  gboolean present;

  add_feature (features, reasons, "kernel", kernel, g_strdup (reason));
  add_feature (features, reasons, "interrupt-context", kernel, g_strdup (reason));
  add_feature (features, reasons, "bulk-frees", bulk_frees,
               kernel ? g_strdup ("The kernel was built without CONFIG_RCU_TRACE, so frees by "
                                  "kfree_rcu() are noticed only when the address is used again.")
                      : g_strdup (reason));
  add_feature (features, reasons, "stale-block-search", kernel && self->tracepoints.cache_lookup,
               kernel ? g_strdup ("The kernel has no bpf_get_kmem_cache(), so blocks that were "
                                  "freed unseen stay in the figures until their address is used "
                                  "again.")
                      : g_strdup (reason));
  g_clear_pointer (&reason, g_free);
  present = symbols_are_shown (&reason);
  add_feature (features, reasons, "kernel-symbols", present, g_steal_pointer (&reason));
  present = memsnoop_slab_info_available (&reason);
  add_feature (features, reasons, "slab-comparison", present, g_steal_pointer (&reason));
}

static void
memsnoop_kernel_tracer_finalize (GObject *object)
{
  MemsnoopKernelTracer *self = MEMSNOOP_KERNEL_TRACER (object);

  kernel_tracer_stop (MEMSNOOP_TRACER (self));
  g_array_unref (self->retiring);
  g_free (self->refusal);
  G_OBJECT_CLASS (memsnoop_kernel_tracer_parent_class)->finalize (object);
}

static void
memsnoop_kernel_tracer_class_init (MemsnoopKernelTracerClass *class)
{
  MemsnoopTracerClass *tracer_class = MEMSNOOP_TRACER_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = memsnoop_kernel_tracer_finalize;
  tracer_class->probe = kernel_tracer_probe;
  tracer_class->start = kernel_tracer_start;
  tracer_class->stop = kernel_tracer_stop;
  tracer_class->advance_epoch = kernel_tracer_advance_epoch;
  tracer_class->make_room = kernel_tracer_make_room;
  tracer_class->lookup = kernel_tracer_lookup;
  tracer_class->foreach = kernel_tracer_foreach;
  tracer_class->gather = kernel_tracer_gather;
  tracer_class->get_totals = kernel_tracer_get_totals;
  libbpf_set_print (log_libbpf);
}

static void
memsnoop_kernel_tracer_init (MemsnoopKernelTracer *self)
{
  self->retiring = g_array_new (FALSE, FALSE, sizeof (guint32));
}

MemsnoopTracer *
memsnoop_kernel_tracer_new (void)
{
  return g_object_new (MEMSNOOP_TYPE_KERNEL_TRACER, NULL);
}
