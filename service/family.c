/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "family.h"

struct _MemsnoopFamily
{
  GHashTable *relatives; /* pid to MemsnoopRelative */
  gboolean follow;
  guint n_waiting;
  guint n_recorded;
  guint32 starting; /* its pid; 0: none */
  MemsnoopRelative gone;
  MemsnoopChildCounts counts;
};

MemsnoopFamily *
memsnoop_family_new (gboolean follow)
{
  MemsnoopFamily *self = g_new0 (MemsnoopFamily, 1);

  self->relatives = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->follow = follow;
  self->counts.followed = follow;
  return self;
}

void
memsnoop_family_free (MemsnoopFamily *self)
{
  g_hash_table_unref (self->relatives);
  g_free (self);
}

static MemsnoopRelative *
find (MemsnoopFamily *self, guint32 pid)
{
  return g_hash_table_lookup (self->relatives, GUINT_TO_POINTER (pid));
}

const MemsnoopRelative *
memsnoop_family_find (MemsnoopFamily *self, guint32 pid)
{
  return find (self, pid);
}

gboolean
memsnoop_family_contains (MemsnoopFamily *self, guint32 pid)
{
  return find (self, pid) != NULL;
}

/* The one place where the numbers of those that wait and are recorded change. */
static void
set_phase (MemsnoopFamily *self, MemsnoopRelative *relative, MemsnoopRelativePhase phase)
{
  self->n_waiting -= relative->phase == MEMSNOOP_RELATIVE_WAITING;
  self->n_recorded -= relative->phase == MEMSNOOP_RELATIVE_RECORDED;
  relative->phase = phase;
  self->n_waiting += phase == MEMSNOOP_RELATIVE_WAITING;
  self->n_recorded += phase == MEMSNOOP_RELATIVE_RECORDED;
}

static MemsnoopRelative *
add (MemsnoopFamily *self, guint32 pid, guint64 start_time, MemsnoopRelativePhase phase)
{
  MemsnoopRelative *relative = g_new0 (MemsnoopRelative, 1);

  relative->pid = pid;
  relative->start_time = start_time;
  relative->phase = phase;
  relative->loss = MEMSNOOP_CHILD_SHORT_LIVED;
  g_hash_table_insert (self->relatives, GUINT_TO_POINTER (pid), relative);
  return relative;
}

void
memsnoop_family_add_named (MemsnoopFamily *self, guint32 pid, guint64 start_time)
{
  add (self, pid, start_time, MEMSNOOP_RELATIVE_NAMED);
}

static void
count_recorded (MemsnoopFamily *self, MemsnoopRelative *relative)
{
  self->counts.recorded += !relative->counted;
  relative->counted = TRUE;
}

static void
wait_until (MemsnoopFamily *self, MemsnoopRelative *relative, guint64 due)
{
  if (relative->phase != MEMSNOOP_RELATIVE_WAITING &&
      self->n_waiting >= MEMSNOOP_FAMILY_WAITING_MAX)
    {
      relative->loss = MEMSNOOP_CHILD_NO_ROOM;
      set_phase (self, relative, MEMSNOOP_RELATIVE_LEFT_OUT);
      return;
    }
  relative->due = due;
  set_phase (self, relative, MEMSNOOP_RELATIVE_WAITING);
}

/* Counts a process that never was recorded, and that no longer can be. */
static void
remove_relative (MemsnoopFamily *self, MemsnoopRelative *relative)
{
  gboolean had_heap =
      relative->phase != MEMSNOOP_RELATIVE_NAMED && relative->phase != MEMSNOOP_RELATIVE_SHARING;

  if (had_heap && !relative->counted)
    self->counts.lost[relative->loss]++;
  self->gone = *relative;
  set_phase (self, relative, MEMSNOOP_RELATIVE_LEFT_OUT);
  g_hash_table_remove (self->relatives, GUINT_TO_POINTER (relative->pid));
}

static const MemsnoopRelative *
take_fork (MemsnoopFamily *self, const struct memsnoop_family_event *event, guint64 now)
{
  MemsnoopRelative *relative = find (self, event->pid);

  if (!memsnoop_family_contains (self, event->parent_pid))
    return NULL;
  /* The exit of the one that had the pid before was not told. */
  if (relative != NULL && relative->phase != MEMSNOOP_RELATIVE_NAMED)
    remove_relative (self, relative);
  relative = add (self, event->pid, event->start_time, MEMSNOOP_RELATIVE_SHARING);
  if (!event->shares_memory)
    wait_until (self, relative, now + MEMSNOOP_FAMILY_FORK_DELAY);
  return relative;
}

static const MemsnoopRelative *
take_exec (MemsnoopFamily *self, MemsnoopRelative *relative, guint64 now)
{
  relative->attempts = 0;
  switch (relative->phase)
    {
    case MEMSNOOP_RELATIVE_SHARING:
    case MEMSNOOP_RELATIVE_WAITING:
    case MEMSNOOP_RELATIVE_LEFT_OUT:
      relative->loss = relative->loss == MEMSNOOP_CHILD_NO_ROOM ? MEMSNOOP_CHILD_NO_ROOM
                                                                : MEMSNOOP_CHILD_SHORT_LIVED;
      wait_until (self, relative, now + MEMSNOOP_FAMILY_EXEC_DELAY);
      break;
    case MEMSNOOP_RELATIVE_STARTING:
      relative->executed = TRUE;
      break;
    case MEMSNOOP_RELATIVE_NAMED:
    case MEMSNOOP_RELATIVE_RECORDED:
    default:
      break;
    }
  return relative;
}

const MemsnoopRelative *
memsnoop_family_take_event (MemsnoopFamily *self,
                            const struct memsnoop_family_event *event,
                            guint64 now)
{
  MemsnoopRelative *relative;

  if (event->type == MEMSNOOP_FAMILY_FORK)
    return self->follow ? take_fork (self, event, now) : NULL;
  relative = find (self, event->pid);
  if (relative == NULL)
    return NULL;
  if (event->type == MEMSNOOP_FAMILY_EXEC)
    return take_exec (self, relative, now);
  /* Those that are named stay for the session's whole life, and nobody else gets their pids as long
   * as they are held. */
  remove_relative (self, relative);
  return &self->gone;
}

/* It is an exit that makes room. */
static void
postpone (MemsnoopRelative *relative, guint64 now)
{
  relative->loss = MEMSNOOP_CHILD_NO_ROOM;
  relative->due = now + MEMSNOOP_FAMILY_ROOM_DELAY;
}

/* The one that is due first. */
static MemsnoopRelative *
find_first (MemsnoopFamily *self, guint64 now)
{
  gboolean has_room = self->n_recorded < MEMSNOOP_FAMILY_RECORDED_MAX;
  MemsnoopRelative *first = NULL;
  GHashTableIter iterator;
  gpointer value;

  g_hash_table_iter_init (&iterator, self->relatives);
  while (g_hash_table_iter_next (&iterator, NULL, &value))
    {
      MemsnoopRelative *relative = value;

      if (relative->phase != MEMSNOOP_RELATIVE_WAITING)
        continue;
      if (!has_room && relative->due <= now)
        postpone (relative, now);
      if (first == NULL || relative->due < first->due)
        first = relative;
    }
  return first;
}

const MemsnoopRelative *
memsnoop_family_next (MemsnoopFamily *self, guint64 now, guint64 *due)
{
  MemsnoopRelative *first;

  *due = G_MAXUINT64;
  if (self->starting != 0 || self->n_waiting == 0)
    return NULL;
  first = find_first (self, now);
  *due = first->due;
  if (first->due > now)
    return NULL;
  set_phase (self, first, MEMSNOOP_RELATIVE_STARTING);
  first->executed = FALSE;
  self->starting = first->pid;
  return first;
}

static void
try_again (MemsnoopFamily *self, MemsnoopRelative *relative, guint64 now)
{
  relative->loss = MEMSNOOP_CHILD_NO_HEAP;
  if (++relative->attempts >= MEMSNOOP_FAMILY_ATTEMPTS_MAX)
    set_phase (self, relative, MEMSNOOP_RELATIVE_LEFT_OUT);
  else
    wait_until (self, relative, now + (MEMSNOOP_FAMILY_EXEC_DELAY << relative->attempts));
}

static void
apply_outcome (MemsnoopFamily *self,
               MemsnoopRelative *relative,
               MemsnoopRecordingOutcome outcome,
               guint64 now)
{
  switch (outcome)
    {
    case MEMSNOOP_OUTCOME_RECORDED:
      count_recorded (self, relative);
      set_phase (self, relative, MEMSNOOP_RELATIVE_RECORDED);
      break;
    case MEMSNOOP_OUTCOME_NO_ROOM:
      relative->loss = MEMSNOOP_CHILD_NO_ROOM;
      wait_until (self, relative, now + MEMSNOOP_FAMILY_ROOM_DELAY);
      break;
    case MEMSNOOP_OUTCOME_NO_HEAP:
      try_again (self, relative, now);
      break;
    case MEMSNOOP_OUTCOME_NOT_OWN:
      relative->loss = MEMSNOOP_CHILD_NOT_OWN;
      set_phase (self, relative, MEMSNOOP_RELATIVE_LEFT_OUT);
      break;
    case MEMSNOOP_OUTCOME_GONE:
      set_phase (self, relative, MEMSNOOP_RELATIVE_LEFT_OUT);
      break;
    case MEMSNOOP_OUTCOME_FAILED:
    default:
      relative->loss = MEMSNOOP_CHILD_FAILED;
      set_phase (self, relative, MEMSNOOP_RELATIVE_LEFT_OUT);
      break;
    }
}

gboolean
memsnoop_family_set_outcome (MemsnoopFamily *self,
                             guint32 pid,
                             guint64 start_time,
                             MemsnoopRecordingOutcome outcome,
                             guint64 now)
{
  MemsnoopRelative *relative = find (self, pid);

  self->starting = 0;
  if (relative == NULL || relative->start_time != start_time ||
      relative->phase != MEMSNOOP_RELATIVE_STARTING)
    return FALSE;
  /* What was looked at was the program before. */
  if (relative->executed && outcome != MEMSNOOP_OUTCOME_RECORDED)
    wait_until (self, relative, now + MEMSNOOP_FAMILY_EXEC_DELAY);
  else
    apply_outcome (self, relative, outcome, now);
  return TRUE;
}

void
memsnoop_family_leave_out (MemsnoopFamily *self, guint32 pid)
{
  MemsnoopRelative *relative = find (self, pid);

  if (relative == NULL && self->gone.pid == pid && self->gone.counted)
    {
      self->counts.recorded--;
      self->counts.lost[MEMSNOOP_CHILD_NOT_OWN]++;
      self->gone.counted = FALSE;
    }
  if (relative == NULL)
    return;
  relative->loss = MEMSNOOP_CHILD_NOT_OWN;
  /* It was recorded, but nobody gets to see that. */
  self->counts.recorded -= relative->counted;
  relative->counted = FALSE;
  set_phase (self, relative, MEMSNOOP_RELATIVE_LEFT_OUT);
}

void
memsnoop_family_get_counts (MemsnoopFamily *self, MemsnoopChildCounts *counts)
{
  GHashTableIter iterator;
  gpointer value;

  *counts = self->counts;
  g_hash_table_iter_init (&iterator, self->relatives);
  while (g_hash_table_iter_next (&iterator, NULL, &value))
    {
      const MemsnoopRelative *relative = value;

      if (relative->counted)
        continue;
      if (relative->phase == MEMSNOOP_RELATIVE_LEFT_OUT ||
          (relative->phase == MEMSNOOP_RELATIVE_WAITING &&
           relative->loss == MEMSNOOP_CHILD_NO_ROOM))
        counts->lost[relative->loss]++;
    }
}

void
memsnoop_family_foreach (MemsnoopFamily *self, GFunc function, gpointer user_data)
{
  GHashTableIter iterator;
  gpointer pid;

  g_hash_table_iter_init (&iterator, self->relatives);
  while (g_hash_table_iter_next (&iterator, &pid, NULL))
    function (pid, user_data);
}
