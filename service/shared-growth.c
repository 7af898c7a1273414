/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shared-growth.h"

#include "memory-outlook.h"

/* The machine's other shared memory comes and goes meanwhile. */
#define NEW_PART 2

static guint64
beginning_of (const MemsnoopGrowthLevel *level)
{
  return level->end - MIN (level->end, level->n_values * level->spacing);
}

/* The finest level that goes back to @since, or that which goes back farthest; %NULL when nothing
 * was seen. */
static const MemsnoopGrowthLevel *
find_level (const MemsnoopGrowthSeries *series, guint64 since)
{
  const MemsnoopGrowthLevel *oldest = NULL;

  for (guint i = 0; i < series->n_levels; i++)
    {
      const MemsnoopGrowthLevel *level = &series->levels[i];

      if (level->n_values == 0 || level->spacing == 0)
        continue;
      if (beginning_of (level) <= since)
        return level;
      if (oldest == NULL || beginning_of (level) < beginning_of (oldest))
        oldest = level;
    }
  return oldest;
}

/* What was there at @since: the value of the block with that time, or of the next that was seen. */
static guint64
find_bytes (const MemsnoopGrowthLevel *level, guint64 since)
{
  for (guint i = 0; i < level->n_values; i++)
    {
      guint64 end = level->end - (level->n_values - 1 - i) * level->spacing;

      if (end > since && level->values[i] != MEMSNOOP_USAGE_GAP)
        return level->values[i];
    }
  return MEMSNOOP_USAGE_GAP;
}

gboolean
memsnoop_shared_growth_is_new (const MemsnoopGrowthSeries *machine,
                               const MemsnoopGrowthVerdict *verdict)
{
  const MemsnoopGrowthLevel *level = find_level (machine, verdict->since);
  guint64 before = level != NULL ? find_bytes (level, verdict->since) : MEMSNOOP_USAGE_GAP;

  return before != MEMSNOOP_USAGE_GAP && machine->current >= before &&
         machine->current - before >= verdict->bytes / NEW_PART;
}

gboolean
memsnoop_shared_growth_is_of_machine (const MemsnoopUsageHistory *history,
                                      MemsnoopProcessTable *table,
                                      guint64 current,
                                      const MemsnoopGrowthVerdict *verdict)
{
  MemsnoopGrowthSeries series;

  if (current == MEMSNOOP_MEMORY_UNKNOWN)
    return FALSE;
  memsnoop_growth_series_fill (&series, history, MEMSNOOP_USAGE_SHARED,
                               memsnoop_process_table_get_interval (table),
                               memsnoop_process_table_get_page_size (table), current);
  return memsnoop_shared_growth_is_new (&series, verdict);
}
