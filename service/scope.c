/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scope.h"

/* /proc/PID/stat tells start times in ticks of USER_HZ, which is 100 everywhere. */
#define CLOCK_TICK (10 * G_GUINT64_CONSTANT (1000000))

/* Parents start before their children, so that no chain of them is a circle; should figures ever
 * say otherwise, this ends it. */
#define ANCESTORS_MAXIMUM 4096

/* A process, for a hash table. */
typedef struct
{
  guint64 start_time;
  guint32 pid;
} Identity;

struct _MemsnoopScope
{
  GArray *members; /* Identity, by pid */
  guint32 *pids;   /* in the order given */
  gboolean follow;
  gboolean limited; /* to the processes of this user */
  guint32 uid;
};

static gint
compare_pids (gconstpointer a, gconstpointer b)
{
  guint32 left = ((const Identity *) a)->pid, right = ((const Identity *) b)->pid;

  return left < right ? -1 : left > right;
}

MemsnoopScope *
memsnoop_scope_new (const guint32 *pids, const guint64 *start_times, gsize n, gboolean follow)
{
  MemsnoopScope *self = g_new0 (MemsnoopScope, 1);

  self->members = g_array_sized_new (FALSE, FALSE, sizeof (Identity), (guint) n);
  for (gsize i = 0; i < n; i++)
    {
      Identity member = { .start_time = start_times[i], .pid = pids[i] };

      g_array_append_val (self->members, member);
    }
  g_array_sort (self->members, compare_pids);
  self->pids = n > 0 ? g_memdup2 (pids, n * sizeof *pids) : NULL;
  self->follow = follow;
  return self;
}

void
memsnoop_scope_limit_to_user (MemsnoopScope *self, guint32 uid)
{
  self->limited = TRUE;
  self->uid = uid;
}

gboolean
memsnoop_scope_get_user (const MemsnoopScope *self, guint32 *uid)
{
  *uid = self->uid;
  return self->limited;
}

void
memsnoop_scope_free (MemsnoopScope *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->members);
  g_free (self->pids);
  g_free (self);
}

gboolean
memsnoop_scope_is_everything (const MemsnoopScope *self)
{
  return self == NULL || self->members->len == 0;
}

const guint32 *
memsnoop_scope_get_pids (const MemsnoopScope *self, gsize *n)
{
  *n = self == NULL ? 0 : self->members->len;
  return self == NULL ? NULL : self->pids;
}

gboolean
memsnoop_scope_get_follow (const MemsnoopScope *self)
{
  return self != NULL && self->follow;
}

static gboolean
same_tick (guint64 a, guint64 b)
{
  return (a > b ? a - b : b - a) < CLOCK_TICK;
}

static gboolean
is_member (const MemsnoopScope *self, guint32 pid, guint64 start_time)
{
  Identity wanted = { .pid = pid };
  guint index;

  if (!g_array_binary_search (self->members, &wanted, compare_pids, &index))
    return FALSE;
  while (index > 0 && g_array_index (self->members, Identity, index - 1).pid == pid)
    index--;
  for (; index < self->members->len; index++)
    {
      const Identity *member = &g_array_index (self->members, Identity, index);

      if (member->pid != pid)
        break;
      if (same_tick (member->start_time, start_time))
        return TRUE;
    }
  return FALSE;
}

static gboolean
is_allowed (const MemsnoopScope *self, const MemsnoopProcessFigures *figures)
{
  return !self->limited || (figures->uid == self->uid && !figures->several_users);
}

/* Interrupts and retired records have a pid of 0 and are nobody's. */
static gboolean
is_process (const MemsnoopProcessFigures *figures)
{
  return figures->kind == MEMSNOOP_PROCESS_KIND_PROGRAM ||
         figures->kind == MEMSNOOP_PROCESS_KIND_KERNEL_THREAD;
}

static const MemsnoopProcessFigures *
find_parent (const MemsnoopSnapshot *snapshot, const MemsnoopProcessFigures *child)
{
  if (child->parent_pid == 0)
    return NULL;
  for (guint i = 0; i < snapshot->processes->len; i++)
    {
      const MemsnoopProcessFigures *figures =
          &g_array_index (snapshot->processes, MemsnoopProcessSnapshot, i).figures;

      if (figures->pid == child->parent_pid && figures->start_time == child->parent_start_time)
        return figures;
    }
  return NULL;
}

gboolean
memsnoop_scope_contains (const MemsnoopScope *self,
                         const MemsnoopSnapshot *snapshot,
                         const MemsnoopProcessFigures *figures)
{
  if (memsnoop_scope_is_everything (self))
    return TRUE;
  if (!is_process (figures) || !is_allowed (self, figures))
    return FALSE;
  for (guint i = 0; figures != NULL && i < ANCESTORS_MAXIMUM; i++)
    {
      if (is_member (self, figures->pid, figures->start_time))
        return TRUE;
      if (!self->follow)
        return FALSE;
      /* The parent may have no record of its own any more. */
      if (is_member (self, figures->parent_pid, figures->parent_start_time))
        return TRUE;
      figures = find_parent (snapshot, figures);
    }
  return FALSE;
}

static guint
identity_hash (gconstpointer key)
{
  const Identity *identity = key;

  return identity->pid ^ (guint) (identity->start_time >> 10);
}

static gboolean
identity_equal (gconstpointer a, gconstpointer b)
{
  const Identity *left = a, *right = b;

  return left->pid == right->pid && left->start_time == right->start_time;
}

typedef enum
{
  UNKNOWN,
  ON_THE_WAY, /* an ancestor of the process that is being decided */
  INSIDE,
  OUTSIDE,
} Membership;

typedef struct
{
  const MemsnoopScope *scope;
  const MemsnoopSnapshot *snapshot;
  Identity *identities; /* one for each process of the snapshot */
  GHashTable *indexes;  /* from identity to index in the snapshot plus one */
  guint8 *memberships;
} Selection;

static const MemsnoopProcessFigures *
selection_figures (const Selection *selection, guint index)
{
  return &g_array_index (selection->snapshot->processes, MemsnoopProcessSnapshot, index).figures;
}

static void
selection_index (Selection *selection)
{
  for (guint i = 0; i < selection->snapshot->processes->len; i++)
    {
      const MemsnoopProcessFigures *figures = selection_figures (selection, i);

      selection->identities[i].pid = figures->pid;
      selection->identities[i].start_time = figures->start_time;
      if (is_process (figures))
        g_hash_table_insert (selection->indexes, &selection->identities[i],
                             GUINT_TO_POINTER (i + 1));
      else
        selection->memberships[i] = OUTSIDE;
    }
}

/* Decides a process without its ancestors where that is possible; else @parent is the index of the
 * one that decides. */
static Membership
selection_decide_alone (const Selection *selection, guint index, guint *parent)
{
  const MemsnoopProcessFigures *figures = selection_figures (selection, index);
  Identity identity = { figures->parent_start_time, figures->parent_pid };
  guint found;

  if (is_member (selection->scope, figures->pid, figures->start_time))
    return INSIDE;
  if (!selection->scope->follow || identity.pid == 0)
    return OUTSIDE;
  if (is_member (selection->scope, identity.pid, identity.start_time))
    return INSIDE;
  found = GPOINTER_TO_UINT (g_hash_table_lookup (selection->indexes, &identity));
  if (found == 0)
    return OUTSIDE;
  *parent = found - 1;
  return UNKNOWN;
}

/* Walks up from a process to one that is decided, and decides all on the way: each process is
 * walked over once. */
static void
selection_decide (Selection *selection, guint index, GArray *way)
{
  Membership membership = selection->memberships[index];
  guint parent = index;

  g_array_set_size (way, 0);
  while (membership == UNKNOWN)
    {
      index = parent;
      selection->memberships[index] = ON_THE_WAY;
      g_array_append_val (way, index);
      membership = selection_decide_alone (selection, index, &parent);
      if (membership == UNKNOWN)
        membership = selection->memberships[parent];
    }
  if (membership == ON_THE_WAY)
    membership = OUTSIDE;
  for (guint i = 0; i < way->len; i++)
    selection->memberships[g_array_index (way, guint, i)] = (guint8) membership;
}

static void
select_members (const MemsnoopScope *self, const MemsnoopSnapshot *snapshot, GPtrArray *selected)
{
  guint n = snapshot->processes->len;
  g_autoptr (GArray) way = g_array_new (FALSE, FALSE, sizeof (guint));
  g_autoptr (GHashTable) indexes = g_hash_table_new (identity_hash, identity_equal);
  g_autofree Identity *identities = g_new0 (Identity, n);
  g_autofree guint8 *memberships = g_new0 (guint8, n);
  Selection selection = { self, snapshot, identities, indexes, memberships };

  selection_index (&selection);
  for (guint i = 0; i < n; i++)
    {
      selection_decide (&selection, i, way);
      if (memberships[i] == INSIDE && is_allowed (self, selection_figures (&selection, i)))
        g_ptr_array_add (selected,
                         &g_array_index (snapshot->processes, MemsnoopProcessSnapshot, i));
    }
}

GPtrArray *
memsnoop_scope_select (const MemsnoopScope *self, const MemsnoopSnapshot *snapshot)
{
  g_autoptr (GPtrArray) selected = g_ptr_array_new ();

  if (!memsnoop_scope_is_everything (self))
    select_members (self, snapshot, selected);
  else
    for (guint i = 0; i < snapshot->processes->len; i++)
      g_ptr_array_add (selected, &g_array_index (snapshot->processes, MemsnoopProcessSnapshot, i));
  return g_steal_pointer (&selected);
}
