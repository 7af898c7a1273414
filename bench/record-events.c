/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record-events.h"

guint64
bench_record_events (const struct memsnoop_process_record *records, gsize n_records)
{
  guint64 events = 0;

  for (gsize i = 0; i < n_records; i++)
    {
      events += records[i].free_count;
      for (guint bucket = 0; bucket < MEMSNOOP_SIZE_BUCKETS; bucket++)
        events += records[i].size_histogram[bucket];
    }
  return events;
}
