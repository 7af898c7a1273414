/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "growth-end.h"

#include "dictionary.h"
#include "quantity.h"

gboolean
memsnoop_growth_end_find (GVariant *evidence, guint64 read, guint64 *last)
{
  guint64 seconds, growth;

  if (memsnoop_dictionary_lookup_number (evidence, "time-to-exhaustion", &seconds) ||
      !memsnoop_dictionary_lookup_number (evidence, "last-growth", &growth) ||
      memsnoop_quantity_seconds_between (growth, read) < MEMSNOOP_GROWTH_END_SECONDS)
    return FALSE;
  *last = growth;
  return TRUE;
}
