/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "family.h"

#define MILLISECOND MEMSNOOP_FAMILY_MILLISECOND

typedef struct
{
  MemsnoopFamily *family;
  guint64 now;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer user_data)
{
  fixture->family = memsnoop_family_new (TRUE);
  fixture->now = 1000 * MILLISECOND;
  memsnoop_family_add_named (fixture->family, 1, 100);
}

static void
tear_down (Fixture *fixture, gconstpointer user_data)
{
  memsnoop_family_free (fixture->family);
}

static const MemsnoopRelative *
tell (Fixture *fixture, enum memsnoop_family_event_type type, guint32 pid, guint32 parent)
{
  const struct memsnoop_family_event event = {
    .type = type, .pid = pid, .parent_pid = parent, .start_time = 1000 + pid
  };

  return memsnoop_family_take_event (fixture->family, &event, fixture->now);
}

static guint32
next (Fixture *fixture)
{
  guint64 due;
  const MemsnoopRelative *relative = memsnoop_family_next (fixture->family, fixture->now, &due);

  return relative != NULL ? relative->pid : 0;
}

static guint64
next_due (Fixture *fixture)
{
  guint64 due;

  g_assert_null (memsnoop_family_next (fixture->family, fixture->now, &due));
  return due - fixture->now;
}

static gboolean
conclude (Fixture *fixture, guint32 pid, MemsnoopRecordingOutcome outcome)
{
  return memsnoop_family_set_outcome (fixture->family, pid, 1000 + pid, outcome, fixture->now);
}

/* One that is recorded from its fork on. */
static void
record (Fixture *fixture, guint32 pid)
{
  tell (fixture, MEMSNOOP_FAMILY_FORK, pid, 1);
  fixture->now += MEMSNOOP_FAMILY_FORK_DELAY;
  g_assert_cmpuint (next (fixture), ==, pid);
  g_assert_true (conclude (fixture, pid, MEMSNOOP_OUTCOME_RECORDED));
}

static void
assert_counts (Fixture *fixture, guint64 recorded, MemsnoopChildLoss loss, guint64 lost)
{
  MemsnoopChildCounts counts;

  memsnoop_family_get_counts (fixture->family, &counts);
  g_assert_true (counts.followed);
  g_assert_cmpuint (counts.recorded, ==, recorded);
  g_assert_cmpuint (counts.lost[loss], ==, lost);
  g_assert_cmpuint (memsnoop_child_counts_sum_lost (&counts), ==, lost);
}

static void
test_a_forked_child_is_recorded_after_the_delay (Fixture *fixture, gconstpointer user_data)
{
  g_assert_cmpuint (next (fixture), ==, 0);
  g_assert_nonnull (tell (fixture, MEMSNOOP_FAMILY_FORK, 2, 1));
  g_assert_cmpuint (next_due (fixture), ==, MEMSNOOP_FAMILY_FORK_DELAY);
  fixture->now += MEMSNOOP_FAMILY_FORK_DELAY;
  g_assert_cmpuint (next (fixture), ==, 2);
  assert_counts (fixture, 0, MEMSNOOP_CHILD_SHORT_LIVED, 0);
  g_assert_true (conclude (fixture, 2, MEMSNOOP_OUTCOME_RECORDED));
  assert_counts (fixture, 1, MEMSNOOP_CHILD_SHORT_LIVED, 0);
  g_assert_cmpint (tell (fixture, MEMSNOOP_FAMILY_EXIT, 2, 0)->phase, ==,
                   MEMSNOOP_RELATIVE_RECORDED);
  g_assert_false (memsnoop_family_contains (fixture->family, 2));
  assert_counts (fixture, 1, MEMSNOOP_CHILD_SHORT_LIVED, 0);
}

static void
test_a_child_that_executes_a_program_is_set_up_once (Fixture *fixture, gconstpointer user_data)
{
  tell (fixture, MEMSNOOP_FAMILY_FORK, 2, 1);
  fixture->now += 40 * MILLISECOND;
  tell (fixture, MEMSNOOP_FAMILY_EXEC, 2, 0);
  fixture->now += 15 * MILLISECOND;
  g_assert_cmpuint (next (fixture), ==, 0);
  fixture->now += 5 * MILLISECOND;
  g_assert_cmpuint (next (fixture), ==, 2);
  conclude (fixture, 2, MEMSNOOP_OUTCOME_RECORDED);
  g_assert_cmpint (tell (fixture, MEMSNOOP_FAMILY_EXEC, 2, 0)->phase, ==,
                   MEMSNOOP_RELATIVE_RECORDED);
  g_assert_cmpuint (next_due (fixture), ==, G_MAXUINT64 - fixture->now);
  assert_counts (fixture, 1, MEMSNOOP_CHILD_SHORT_LIVED, 0);
}

static void
test_a_child_of_vfork_is_none_until_it_executes (Fixture *fixture, gconstpointer user_data)
{
  const struct memsnoop_family_event event = {
    .type = MEMSNOOP_FAMILY_FORK, .pid = 2, .parent_pid = 1, .shares_memory = 1
  };

  memsnoop_family_take_event (fixture->family, &event, fixture->now);
  fixture->now += 1000 * MILLISECOND;
  g_assert_cmpuint (next (fixture), ==, 0);
  tell (fixture, MEMSNOOP_FAMILY_EXIT, 2, 0);
  assert_counts (fixture, 0, MEMSNOOP_CHILD_SHORT_LIVED, 0);
  memsnoop_family_take_event (fixture->family, &event, fixture->now);
  tell (fixture, MEMSNOOP_FAMILY_EXEC, 2, 0);
  g_assert_cmpuint (next_due (fixture), ==, MEMSNOOP_FAMILY_EXEC_DELAY);
}

static void
test_grandchildren_are_members_and_strangers_are_not (Fixture *fixture, gconstpointer user_data)
{
  tell (fixture, MEMSNOOP_FAMILY_FORK, 2, 1);
  tell (fixture, MEMSNOOP_FAMILY_FORK, 3, 2);
  tell (fixture, MEMSNOOP_FAMILY_EXIT, 2, 0);
  g_assert_true (memsnoop_family_contains (fixture->family, 3));
  g_assert_null (tell (fixture, MEMSNOOP_FAMILY_FORK, 5, 4));
  g_assert_null (tell (fixture, MEMSNOOP_FAMILY_EXEC, 4, 0));
  g_assert_null (tell (fixture, MEMSNOOP_FAMILY_FORK, 6, 2));
  fixture->now += MEMSNOOP_FAMILY_FORK_DELAY;
  g_assert_cmpuint (next (fixture), ==, 3);
  assert_counts (fixture, 0, MEMSNOOP_CHILD_SHORT_LIVED, 1);
}

static void
test_children_that_come_and_go_are_counted (Fixture *fixture, gconstpointer user_data)
{
  for (guint32 pid = 2; pid < 5002; pid++)
    {
      tell (fixture, MEMSNOOP_FAMILY_FORK, pid, 1);
      tell (fixture, MEMSNOOP_FAMILY_EXEC, pid, 0);
      tell (fixture, MEMSNOOP_FAMILY_EXIT, pid, 0);
      fixture->now += MILLISECOND;
    }
  g_assert_cmpuint (next (fixture), ==, 0);
  assert_counts (fixture, 0, MEMSNOOP_CHILD_SHORT_LIVED, 5000);
}

static void
test_one_recording_begins_at_a_time (Fixture *fixture, gconstpointer user_data)
{
  tell (fixture, MEMSNOOP_FAMILY_FORK, 2, 1);
  fixture->now += MILLISECOND;
  tell (fixture, MEMSNOOP_FAMILY_FORK, 3, 1);
  fixture->now += 2 * MEMSNOOP_FAMILY_FORK_DELAY;
  g_assert_cmpuint (next (fixture), ==, 2);
  g_assert_cmpuint (next (fixture), ==, 0);
  /* Also of one that exits meanwhile, whose recording nobody wants then. */
  tell (fixture, MEMSNOOP_FAMILY_EXIT, 2, 0);
  g_assert_cmpuint (next (fixture), ==, 0);
  g_assert_false (conclude (fixture, 2, MEMSNOOP_OUTCOME_RECORDED));
  g_assert_cmpuint (next (fixture), ==, 3);
  assert_counts (fixture, 0, MEMSNOOP_CHILD_SHORT_LIVED, 1);
}

static void
test_a_pid_that_is_used_again_is_another_child (Fixture *fixture, gconstpointer user_data)
{
  const struct memsnoop_family_event again = {
    .type = MEMSNOOP_FAMILY_FORK, .pid = 2, .parent_pid = 1, .start_time = 5000
  };

  tell (fixture, MEMSNOOP_FAMILY_FORK, 2, 1);
  fixture->now += MEMSNOOP_FAMILY_FORK_DELAY;
  g_assert_cmpuint (next (fixture), ==, 2);
  memsnoop_family_take_event (fixture->family, &again, fixture->now);
  g_assert_false (conclude (fixture, 2, MEMSNOOP_OUTCOME_RECORDED));
  assert_counts (fixture, 0, MEMSNOOP_CHILD_SHORT_LIVED, 1);
  g_assert_cmpuint (next_due (fixture), ==, MEMSNOOP_FAMILY_FORK_DELAY);
}

static void
test_those_without_room_wait_and_are_told (Fixture *fixture, gconstpointer user_data)
{
  for (guint32 pid = 2; pid < 2 + MEMSNOOP_FAMILY_RECORDED_MAX; pid++)
    record (fixture, pid);
  tell (fixture, MEMSNOOP_FAMILY_FORK, 100, 1);
  fixture->now += MEMSNOOP_FAMILY_FORK_DELAY;
  g_assert_cmpuint (next_due (fixture), ==, MEMSNOOP_FAMILY_ROOM_DELAY);
  assert_counts (fixture, MEMSNOOP_FAMILY_RECORDED_MAX, MEMSNOOP_CHILD_NO_ROOM, 1);
  tell (fixture, MEMSNOOP_FAMILY_EXIT, 5, 0);
  fixture->now += MEMSNOOP_FAMILY_ROOM_DELAY;
  g_assert_cmpuint (next (fixture), ==, 100);
  conclude (fixture, 100, MEMSNOOP_OUTCOME_NO_ROOM);
  fixture->now += MEMSNOOP_FAMILY_ROOM_DELAY;
  g_assert_cmpuint (next (fixture), ==, 100);
  conclude (fixture, 100, MEMSNOOP_OUTCOME_RECORDED);
  assert_counts (fixture, MEMSNOOP_FAMILY_RECORDED_MAX + 1, MEMSNOOP_CHILD_NO_ROOM, 0);
}

static void
test_the_queue_of_those_that_wait_is_bounded (Fixture *fixture, gconstpointer user_data)
{
  for (guint32 pid = 2; pid < 2 + MEMSNOOP_FAMILY_WAITING_MAX + 10; pid++)
    tell (fixture, MEMSNOOP_FAMILY_FORK, pid, 1);
  assert_counts (fixture, 0, MEMSNOOP_CHILD_NO_ROOM, 10);
  for (guint32 pid = 2; pid < 2 + MEMSNOOP_FAMILY_WAITING_MAX + 10; pid++)
    tell (fixture, MEMSNOOP_FAMILY_EXIT, pid, 0);
  g_assert_cmpuint (next (fixture), ==, 0);
}

static void
test_an_allocator_that_is_not_there_yet_is_looked_for_again (Fixture *fixture,
                                                             gconstpointer user_data)
{
  tell (fixture, MEMSNOOP_FAMILY_FORK, 2, 1);
  tell (fixture, MEMSNOOP_FAMILY_EXEC, 2, 0);
  fixture->now += MEMSNOOP_FAMILY_EXEC_DELAY;
  for (guint i = 1; i <= MEMSNOOP_FAMILY_ATTEMPTS_MAX; i++)
    {
      g_assert_cmpuint (next (fixture), ==, 2);
      conclude (fixture, 2, MEMSNOOP_OUTCOME_NO_HEAP);
      fixture->now += MEMSNOOP_FAMILY_EXEC_DELAY << i;
    }
  g_assert_cmpuint (next (fixture), ==, 0);
  assert_counts (fixture, 0, MEMSNOOP_CHILD_NO_HEAP, 1);
  /* The next program may have one. */
  tell (fixture, MEMSNOOP_FAMILY_EXEC, 2, 0);
  fixture->now += MEMSNOOP_FAMILY_EXEC_DELAY;
  g_assert_cmpuint (next (fixture), ==, 2);
  conclude (fixture, 2, MEMSNOOP_OUTCOME_RECORDED);
  assert_counts (fixture, 1, MEMSNOOP_CHILD_NO_HEAP, 0);
}

static void
test_a_program_executed_while_its_recording_begins_is_looked_at_again (Fixture *fixture,
                                                                       gconstpointer user_data)
{
  tell (fixture, MEMSNOOP_FAMILY_FORK, 2, 1);
  fixture->now += MEMSNOOP_FAMILY_FORK_DELAY;
  g_assert_cmpuint (next (fixture), ==, 2);
  tell (fixture, MEMSNOOP_FAMILY_EXEC, 2, 0);
  conclude (fixture, 2, MEMSNOOP_OUTCOME_FAILED);
  g_assert_cmpuint (next_due (fixture), ==, MEMSNOOP_FAMILY_EXEC_DELAY);
  assert_counts (fixture, 0, MEMSNOOP_CHILD_FAILED, 0);
}

static void
test_one_that_may_not_be_recorded_any_more_was_not (Fixture *fixture, gconstpointer user_data)
{
  record (fixture, 2);
  record (fixture, 3);
  memsnoop_family_leave_out (fixture->family, 2);
  assert_counts (fixture, 1, MEMSNOOP_CHILD_NOT_OWN, 1);
  tell (fixture, MEMSNOOP_FAMILY_EXIT, 2, 0);
  assert_counts (fixture, 1, MEMSNOOP_CHILD_NOT_OWN, 1);
  tell (fixture, MEMSNOOP_FAMILY_EXIT, 3, 0);
  memsnoop_family_leave_out (fixture->family, 3);
  assert_counts (fixture, 0, MEMSNOOP_CHILD_NOT_OWN, 2);
}

static void
test_children_are_strangers_unless_they_are_followed (void)
{
  g_autoptr (MemsnoopFamily) family = memsnoop_family_new (FALSE);
  const struct memsnoop_family_event fork = { .type = MEMSNOOP_FAMILY_FORK,
                                              .pid = 2,
                                              .parent_pid = 1 };
  const struct memsnoop_family_event exec = { .type = MEMSNOOP_FAMILY_EXEC, .pid = 1 };

  memsnoop_family_add_named (family, 1, 100);
  g_assert_null (memsnoop_family_take_event (family, &fork, 0));
  g_assert_cmpint (memsnoop_family_take_event (family, &exec, 0)->phase, ==,
                   MEMSNOOP_RELATIVE_NAMED);
}

static void
test_reports_tell_the_children (void)
{
  const MemsnoopChildCounts none = { 0 };
  const MemsnoopChildCounts counts = {
    .followed = TRUE,
    .recorded = 40,
    .forgotten = 8,
    .lost = { [MEMSNOOP_CHILD_SHORT_LIVED] = 990, [MEMSNOOP_CHILD_NO_ROOM] = 10 },
  };
  g_autofree gchar *untouched =
      memsnoop_child_counts_add (&none, g_strdup ("x"), MEMSNOOP_REPORT_FORMAT_TEXT);
  g_autofree gchar *text =
      memsnoop_child_counts_add (&counts, g_strdup ("x\n"), MEMSNOOP_REPORT_FORMAT_TEXT);
  g_autofree gchar *json = memsnoop_child_counts_add (&counts, g_strdup ("{\"heaps\":[{}]}\n"),
                                                      MEMSNOOP_REPORT_FORMAT_JSON);

  g_assert_cmpstr (untouched, ==, "x");
  g_assert_cmpstr (
      text, ==,
      "x\n\nChildren: 40 recorded (of which 8 have exited and are not shown any more); "
      "1000 were not recorded: 990 exited before their recording had begun, 10 found no "
      "room beside those recorded at that time.\n");
  g_assert_cmpstr (
      json, ==,
      "{\"heaps\":[{}],\n\"children\":{\"recorded\":40,\"forgotten\":8,\"not-recorded\":"
      "{\"short-lived\":990,\"no-room\":10,\"not-own\":0,\"no-heap\":0,\"failed\":0,"
      "\"unseen\":0}}}\n");
}

#define ADD(name) g_test_add ("/family/" #name, Fixture, NULL, set_up, test_##name, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD (a_forked_child_is_recorded_after_the_delay);
  ADD (a_child_that_executes_a_program_is_set_up_once);
  ADD (a_child_of_vfork_is_none_until_it_executes);
  ADD (grandchildren_are_members_and_strangers_are_not);
  ADD (children_that_come_and_go_are_counted);
  ADD (one_recording_begins_at_a_time);
  ADD (a_pid_that_is_used_again_is_another_child);
  ADD (those_without_room_wait_and_are_told);
  ADD (the_queue_of_those_that_wait_is_bounded);
  ADD (an_allocator_that_is_not_there_yet_is_looked_for_again);
  ADD (a_program_executed_while_its_recording_begins_is_looked_at_again);
  ADD (one_that_may_not_be_recorded_any_more_was_not);
  g_test_add_func ("/family/children_are_strangers_unless_they_are_followed",
                   test_children_are_strangers_unless_they_are_followed);
  g_test_add_func ("/family/reports_tell_the_children", test_reports_tell_the_children);
  return g_test_run ();
}
