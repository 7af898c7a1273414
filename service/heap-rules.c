/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-rules.h"

typedef struct
{
  const MemsnoopModuleTable *before;
  const MemsnoopModuleTable *now;
} Change;

void
memsnoop_heap_rules_learn (MemsnoopWalkRules *rules,
                           const MemsnoopHeapCapture *capture,
                           const MemsnoopUnwoundStack *unwound)
{
  for (guint i = 0; i < unwound->n_frames; i++)
    {
      const MemsnoopUnwoundFrame *frame = &unwound->frames[i];
      /* The first is known to the worker by its instruction only. */
      guint64 address = i == 0 ? capture->walk.pc : frame->address;

      memsnoop_walk_rules_enter (rules, address, capture->program, &frame->rule);
    }
}

/* Returns: (nullable): the module of an instruction. */
static const MemsnoopModuleEntry *
find_entry (const MemsnoopModuleTable *table, guint64 address)
{
  guint index = memsnoop_module_table_find (table, address);

  if (index >= memsnoop_module_table_get_length (table))
    return NULL;
  return memsnoop_module_table_get (table, index);
}

static gboolean
is_another_module (guint64 address, gpointer user_data)
{
  const Change *change = user_data;
  const MemsnoopModuleEntry *before = find_entry (change->before, address - 1);
  const MemsnoopModuleEntry *now = find_entry (change->now, address - 1);

  if (before == NULL || now == NULL)
    return before != now;
  return before->start != now->start || before->offset != now->offset ||
         g_strcmp0 (before->key, now->key) != 0;
}

void
memsnoop_heap_rules_follow (MemsnoopWalkRules *rules,
                            guint32 program,
                            const MemsnoopModuleTable *before,
                            const MemsnoopModuleTable *now)
{
  Change change = { before, now };

  memsnoop_walk_rules_drop (rules, program, is_another_module, &change);
}

gboolean
memsnoop_heap_rules_leads_nowhere (const MemsnoopHeapCapture *capture,
                                   const MemsnoopModuleTable *table)
{
  for (guint i = 0; i < capture->addresses->len; i++)
    {
      guint64 address = g_array_index (capture->addresses, guint64, i) & ~MEMSNOOP_WALK_EXACT;

      if (find_entry (table, address - 1) == NULL)
        return TRUE;
    }
  return FALSE;
}
