/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "debug-units.h"

#include <dwarf.h>

/* Of a browser's 30,000 units there are some 600,000. */
#define RANGES_MAX (8 * 1024 * 1024)
/* Damaged ranges may overlap: so many before the nearest one are looked at, too. */
#define OVERLAPS_MAX 8

typedef struct
{
  guint64 start;
  guint64 end;
  Dwarf_Off unit;
} Range;

struct MemsnoopDebugUnits
{
  Dwarf *dwarf;
  /* Range, by start. */
  GArray *ranges;
};

static gint
compare (gconstpointer a, gconstpointer b)
{
  const Range *first = a;
  const Range *second = b;

  return (first->start > second->start) - (first->start < second->start);
}

static void
add_ranges (MemsnoopDebugUnits *units, Dwarf_Die *unit)
{
  Range range = { .unit = dwarf_dieoffset (unit) };
  Dwarf_Addr base;
  ptrdiff_t position = 0;

  while (units->ranges->len < RANGES_MAX &&
         (position = dwarf_ranges (unit, position, &base, &range.start, &range.end)) > 0)
    /* What the linker dropped is at 0 or 1. */
    if (range.start > 1 && range.start < range.end)
      g_array_append_val (units->ranges, range);
}

MemsnoopDebugUnits *
memsnoop_debug_units_new (Dwarf *dwarf)
{
  MemsnoopDebugUnits *units = g_new0 (MemsnoopDebugUnits, 1);
  Dwarf_CU *unit = NULL;
  Dwarf_Half version;
  uint8_t type;
  Dwarf_Die die;
  Dwarf_Die inner;

  units->dwarf = dwarf;
  units->ranges = g_array_new (FALSE, FALSE, sizeof (Range));
  while (dwarf_get_units (dwarf, unit, &unit, &version, &type, &die, &inner) == 0)
    if (type == DW_UT_compile || type == DW_UT_skeleton)
      add_ranges (units, &die);
  g_array_sort (units->ranges, compare);
  return units;
}

void
memsnoop_debug_units_free (MemsnoopDebugUnits *units)
{
  g_array_unref (units->ranges);
  g_free (units);
}

/* How many ranges start at @address or before. */
static guint
count_before (const GArray *ranges, guint64 address)
{
  guint low = 0;
  guint high = ranges->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (ranges, Range, middle).start <= address)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

gboolean
memsnoop_debug_units_find (const MemsnoopDebugUnits *units, guint64 address, Dwarf_Die *unit)
{
  guint n = count_before (units->ranges, address);

  for (guint i = 0; i < MIN (n, OVERLAPS_MAX); i++)
    {
      const Range *range = &g_array_index (units->ranges, Range, n - 1 - i);

      if (address < range->end)
        return dwarf_offdie (units->dwarf, range->unit, unit) != NULL;
    }
  return FALSE;
}
