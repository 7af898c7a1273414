/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "event-counter.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <math.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PAIRS 20000
#define TRACEPOINTS "/sys/kernel/tracing/events/kmem/"

const gchar *const bench_tracepoint_names[BENCH_TRACEPOINTS] = {
  "kmalloc", "kmalloc_node", "kmem_cache_alloc", "kmem_cache_alloc_node", "kfree", "kmem_cache_free"
};

#define FIRST_FREE 4

/* A counter of this thread's events that @filter lets pass, -1 with errno when there is none. */
static gint
open_counter (const gchar *tracepoint, const gchar *filter)
{
  g_autofree gchar *path = g_strdup_printf (TRACEPOINTS "%s/id", tracepoint);
  g_autofree gchar *text = NULL;
  struct perf_event_attr attributes = { .type = PERF_TYPE_TRACEPOINT, .size = sizeof attributes };
  gint counter;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    {
      errno = ENOENT;
      return -1;
    }
  attributes.config = g_ascii_strtoull (text, NULL, 10);
  counter = (gint) syscall (SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
  if (counter >= 0 && filter != NULL && ioctl (counter, PERF_EVENT_IOC_SET_FILTER, filter) != 0)
    {
      gint number = errno;

      close (counter);
      errno = number;
      return -1;
    }
  return counter;
}

static gboolean
count_tracepoint (const BenchWorkload *workload,
                  guint index,
                  const gchar *filter,
                  gdouble *per_pair,
                  GError **error)
{
  gint counter = open_counter (bench_tracepoint_names[index], filter);
  guint64 before = 0, after = 0;

  *per_pair = 0;
  if (counter < 0 && errno == ENOENT && strstr (bench_tracepoint_names[index], "_node") != NULL)
    return TRUE;
  if (counter < 0)
    {
      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno),
                   "The events of kmem:%s cannot be counted: %s; this needs root, and tracefs at "
                   "/sys/kernel/tracing",
                   bench_tracepoint_names[index], g_strerror (errno));
      return FALSE;
    }
  if (read (counter, &before, sizeof before) == sizeof before)
    workload->run (PAIRS);
  if (read (counter, &after, sizeof after) == sizeof after)
    *per_pair = (gdouble) (after - before) / PAIRS;
  close (counter);
  return TRUE;
}

gboolean
bench_count_events (const BenchWorkload *workload, BenchEventCounts *counts, GError **error)
{
  *counts = (BenchEventCounts){ 0 };
  if (workload->prepare != NULL && !workload->prepare (error))
    return FALSE;
  for (guint i = 0; i < BENCH_TRACEPOINTS; i++)
    {
      gdouble all;

      if (!count_tracepoint (workload, i, "ptr != 0", &counts->per_pair[i], error) ||
          !count_tracepoint (workload, i, NULL, &all, error))
        return FALSE;
      if (i < FIRST_FREE)
        counts->allocations += counts->per_pair[i];
      else
        counts->frees += counts->per_pair[i];
      counts->null_frees += MAX (all - counts->per_pair[i], 0);
    }
  return TRUE;
}
