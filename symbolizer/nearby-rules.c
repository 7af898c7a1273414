/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nearby-rules.h"

#include "call-instruction.h"
#include "walk-rule.h"

#include <unistd.h>

#define PAGE 4096
/* Bytes behind the page that a call which begins in it may take. */
#define BEYOND 8
/* From a place without unwind tables to the next that is looked at: functions begin at such
 * multiples. */
#define STEP 16
/* Pages of one process that are remembered. */
#define PAGES_MAX 100000

typedef struct
{
  const MemsnoopMapping *mapping;
  guint64 begin;
  guint64 end;
  guint8 code[PAGE + BEYOND];
  gsize length;
} Page;

static gboolean
read_page (Page *page, const MemsnoopMapping *mapping, guint64 address)
{
  const MemsnoopModuleFile *file = mapping->module->files[MEMSNOOP_WORKER_ROLE_MODULE];
  guint64 begin = address & ~(guint64) (PAGE - 1);
  ssize_t length;

  page->mapping = mapping;
  page->begin = MAX (begin, mapping->start);
  page->end = MIN (begin + PAGE, mapping->end);
  if (file == NULL)
    return FALSE;
  length = pread (memsnoop_module_file_get_descriptor (file), page->code,
                  page->end - page->begin + BEYOND,
                  (off_t) (page->begin - mapping->start + mapping->offset));
  page->length = (gsize) MAX (length, 0);
  return length > 0;
}

/* A call that is part of a module goes to that module. */
static gboolean
is_call (const Page *page, guint64 address, gsize length)
{
  gint64 distance;

  if (length == 0 ||
      !memsnoop_call_instruction_get_distance (page->code + (address - page->begin), &distance))
    return length > 0;
  address += length + (guint64) distance;
  return address >= page->mapping->start && address < page->mapping->end;
}

/* Calls from @begin on that have returned before @end, where one rule holds. */
static void
add_calls (const Page *page,
           guint64 begin,
           guint64 end,
           const MemsnoopWalkRule *rule,
           GArray *rules,
           guint most)
{
  for (guint64 address = begin; address < end && rules->len < most; address++)
    {
      gsize position = address - page->begin;
      gsize length = position < page->length ? memsnoop_call_instruction_get_length (
                                                   page->code + position, page->length - position)
                                             : 0;
      struct memsnoop_walk_rule call = {
        .key = address + length,
        .kind = rule->kind,
        .cfa = rule->cfa,
        .return_slot = rule->return_slot,
        .frame_slot = rule->frame_slot,
      };

      if (length > 0 && address + length <= end && is_call (page, address, length))
        g_array_append_val (rules, call);
    }
}

static void
add_page (const Page *page, GArray *rules, guint most)
{
  guint64 address = page->begin;

  while (address < page->end && rules->len < most)
    {
      MemsnoopWalkRule rule;
      guint64 end;

      if (!memsnoop_walk_rule_find (page->mapping, address, &rule, &end) || end <= address)
        {
          address = (address + STEP) & ~(guint64) (STEP - 1);
          continue;
        }
      if (rule.kind != MEMSNOOP_WALK_STOP)
        add_calls (page, address, MIN (end, page->end), &rule, rules, most);
      address = end;
    }
}

void
memsnoop_nearby_rules_add (MemsnoopProcessImage *image,
                           const MemsnoopMapping *mapping,
                           guint64 address,
                           GArray *rules,
                           guint most)
{
  gpointer number = GSIZE_TO_POINTER (address / PAGE);
  Page page;

  if (rules->len >= most || g_hash_table_contains (image->pages, number))
    return;
  if (g_hash_table_size (image->pages) < PAGES_MAX)
    g_hash_table_add (image->pages, number);
  if (read_page (&page, mapping, address))
    add_page (&page, rules, most);
}
