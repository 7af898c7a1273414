/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "walk-rules.h"

static struct memsnoop_walk_rule *
place (const MemsnoopWalkRules *self, guint64 key, guint probe)
{
  return &self->table[(MEMSNOOP_WALK_HOME (key) + probe) & (self->length - 1)];
}

const struct memsnoop_walk_rule *
memsnoop_walk_rules_find (const MemsnoopWalkRules *self, guint64 address, guint32 program)
{
  guint64 key = MEMSNOOP_WALK_KEY (address, program);

  for (guint probe = 0; probe < MEMSNOOP_WALK_PROBES; probe++)
    {
      const struct memsnoop_walk_rule *rule = place (self, key, probe);

      if (rule->key == key)
        return rule;
      if (rule->key == 0)
        return NULL;
    }
  return NULL;
}

/* Returns: (nullable): where the rule is, or else can be. */
static struct memsnoop_walk_rule *
find_place (const MemsnoopWalkRules *self, guint64 key)
{
  struct memsnoop_walk_rule *dropped = NULL;

  for (guint probe = 0; probe < MEMSNOOP_WALK_PROBES; probe++)
    {
      struct memsnoop_walk_rule *rule = place (self, key, probe);

      if (rule->key == key)
        return rule;
      if (rule->key == MEMSNOOP_WALK_KEY_DROPPED && dropped == NULL)
        dropped = rule;
      if (rule->key == 0)
        return dropped != NULL ? dropped : rule;
    }
  return dropped;
}

static gboolean
is_same (const struct memsnoop_walk_rule *a, const struct memsnoop_walk_rule *b)
{
  return a->kind == b->kind && a->cfa == b->cfa && a->return_slot == b->return_slot &&
         a->frame_slot == b->frame_slot;
}

gboolean
memsnoop_walk_rules_enter (MemsnoopWalkRules *self,
                           guint64 address,
                           guint32 program,
                           const struct memsnoop_walk_rule *rule)
{
  guint64 key = MEMSNOOP_WALK_KEY (address, program);
  struct memsnoop_walk_rule *entered = find_place (self, key);

  if (entered == NULL)
    {
      self->refused++;
      return FALSE;
    }
  if (entered->key == key && is_same (entered, rule))
    return TRUE;
  self->used += entered->key == 0;
  /* Nobody in the kernel is to take half of it for the whole. */
  if (entered->key != 0)
    __atomic_store_n (&entered->key, MEMSNOOP_WALK_KEY_DROPPED, __ATOMIC_SEQ_CST);
  entered->kind = rule->kind;
  entered->cfa = rule->cfa;
  entered->return_slot = rule->return_slot;
  entered->frame_slot = rule->frame_slot;
  __atomic_store_n (&entered->key, key, __ATOMIC_RELEASE);
  return TRUE;
}

void
memsnoop_walk_rules_drop (MemsnoopWalkRules *self,
                          guint32 program,
                          MemsnoopWalkRuleFunction function,
                          gpointer user_data)
{
  const guint64 addresses = (G_GUINT64_CONSTANT (1) << MEMSNOOP_WALK_ADDRESS_BITS) - 1;

  for (gsize i = 0; i < self->length; i++)
    {
      guint64 key = self->table[i].key;
      guint64 address = key & addresses;
      guint64 own = MEMSNOOP_WALK_KEY (address, program);

      if (key == 0 || key == MEMSNOOP_WALK_KEY_DROPPED)
        continue;
      if ((key & ~MEMSNOOP_WALK_EXACT) != own || function == NULL || function (address, user_data))
        __atomic_store_n (&self->table[i].key, MEMSNOOP_WALK_KEY_DROPPED, __ATOMIC_RELAXED);
    }
}
