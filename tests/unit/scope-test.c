/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scope.h"

#include "snapshot-builder.h"

#define SECOND G_GUINT64_CONSTANT (1000000000)
#define TICK (SECOND / 100)

/* The pids that a scope selects, in order, as text; each is also asked for alone. */
static gchar *
selected_pids (const MemsnoopScope *scope, const MemsnoopSnapshot *snapshot)
{
  g_autoptr (GPtrArray) selected = memsnoop_scope_select (scope, snapshot);
  g_autoptr (GString) pids = g_string_new (NULL);

  for (guint i = 0; i < snapshot->processes->len; i++)
    {
      const MemsnoopProcessSnapshot *process =
          &g_array_index (snapshot->processes, MemsnoopProcessSnapshot, i);
      gboolean contained = memsnoop_scope_contains (scope, snapshot, &process->figures);

      g_assert_cmpint (contained, ==, g_ptr_array_find (selected, process, NULL));
      if (contained)
        g_string_append_printf (pids, "%s%u", pids->len > 0 ? " " : "", process->figures.pid);
    }
  return g_string_free (g_steal_pointer (&pids), FALSE);
}

static void
assert_selects (guint32 pid,
                guint64 start_time,
                gboolean follow,
                const MemsnoopSnapshot *snapshot,
                const gchar *expected)
{
  g_autoptr (MemsnoopScope) scope = memsnoop_scope_new (&pid, &start_time, 1, follow);
  g_autofree gchar *pids = selected_pids (scope, snapshot);

  g_assert_cmpstr (pids, ==, expected);
}

/* 10 forked 11, which forked 12, which forked 13; 20 forked 21; the younger of each stands first.
 */
static MemsnoopSnapshot *
family_snapshot (void)
{
  MemsnoopSnapshot *snapshot = memsnoop_snapshot_new ();

  add_child (snapshot, 13, 13 * SECOND, 12, 12 * SECOND);
  add_child (snapshot, 12, 12 * SECOND, 11, 11 * SECOND);
  add_child (snapshot, 11, 11 * SECOND, 10, 10 * SECOND);
  add_process (snapshot, 10, 10 * SECOND, "parent", 64);
  add_child (snapshot, 21, 21 * SECOND, 20, 20 * SECOND);
  add_process (snapshot, 20, 20 * SECOND, "other", 64);
  return snapshot;
}

static void
test_no_pids_are_everything (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = family_snapshot ();
  g_autoptr (MemsnoopScope) scope = memsnoop_scope_new (NULL, NULL, 0, TRUE);
  g_autofree gchar *pids = NULL;
  gsize n;

  add_process (snapshot, 0, 0, "", 64)->figures.kind = MEMSNOOP_PROCESS_KIND_INTERRUPTS;
  pids = selected_pids (scope, snapshot);
  g_assert_cmpstr (pids, ==, "13 12 11 10 21 20 0");
  g_assert_true (memsnoop_scope_is_everything (scope));
  g_assert_null (memsnoop_scope_get_pids (scope, &n));
  g_assert_cmpuint (n, ==, 0);
  g_assert_true (memsnoop_scope_is_everything (NULL));
}

static void
test_pids_are_told_in_their_order (void)
{
  static const guint32 pids[] = { 30, 10, 20 };
  static const guint64 start_times[] = { 0, 10 * SECOND, 20 * SECOND };
  g_autoptr (MemsnoopSnapshot) snapshot = family_snapshot ();
  g_autoptr (MemsnoopScope) scope = memsnoop_scope_new (pids, start_times, 3, FALSE);
  g_autofree gchar *selected = selected_pids (scope, snapshot);
  const guint32 *told;
  gsize n;

  g_assert_cmpstr (selected, ==, "10 20");
  told = memsnoop_scope_get_pids (scope, &n);
  g_assert_cmpmem (told, n * sizeof *told, pids, sizeof pids);
  g_assert_false (memsnoop_scope_is_everything (scope));
  g_assert_false (memsnoop_scope_get_follow (scope));
}

static void
test_only_the_process_without_follow (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = family_snapshot ();

  assert_selects (11, 11 * SECOND, FALSE, snapshot, "11");
}

static void
test_descendants_with_follow (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = family_snapshot ();

  assert_selects (10, 10 * SECOND, TRUE, snapshot, "13 12 11 10");
  assert_selects (12, 12 * SECOND, TRUE, snapshot, "13 12");
  assert_selects (20, 20 * SECOND, TRUE, snapshot, "21 20");
}

static void
test_a_limit_leaves_out_children_of_other_users (void)
{
  static const guint32 pid = 10;
  static const guint64 start_time = 10 * SECOND;
  g_autoptr (MemsnoopSnapshot) snapshot = memsnoop_snapshot_new ();
  g_autoptr (MemsnoopScope) scope = memsnoop_scope_new (&pid, &start_time, 1, TRUE);
  g_autofree gchar *selected = NULL;
  const MemsnoopProcessSnapshot *processes;

  add_process (snapshot, 10, 10 * SECOND, "parent", 64);
  add_child (snapshot, 11, 11 * SECOND, 10, 10 * SECOND);
  add_child (snapshot, 12, 12 * SECOND, 10, 10 * SECOND);
  add_child (snapshot, 13, 13 * SECOND, 12, 12 * SECOND);
  g_array_index (snapshot->processes, MemsnoopProcessSnapshot, 1).figures.several_users = TRUE;
  g_array_index (snapshot->processes, MemsnoopProcessSnapshot, 2).figures.uid = 0;
  memsnoop_scope_limit_to_user (scope, 1000);

  selected = selected_pids (scope, snapshot);
  g_assert_cmpstr (selected, ==, "10 13");
  processes = (const MemsnoopProcessSnapshot *) (gconstpointer) snapshot->processes->data;
  g_assert_true (memsnoop_scope_contains (scope, snapshot, &processes[0].figures));
  g_assert_false (memsnoop_scope_contains (scope, snapshot, &processes[1].figures));
  g_assert_false (memsnoop_scope_contains (scope, snapshot, &processes[2].figures));
}

static void
test_start_times_count_within_a_tick (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = memsnoop_snapshot_new ();

  add_process (snapshot, 10, 10 * SECOND + TICK - 1, "exact", 64);
  add_child (snapshot, 11, 11 * SECOND, 10, 10 * SECOND + TICK - 1);
  assert_selects (10, 10 * SECOND, TRUE, snapshot, "10 11");
  assert_selects (10, 10 * SECOND - 1, TRUE, snapshot, "");
}

static void
test_a_reused_pid_is_another_process (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = memsnoop_snapshot_new ();

  add_process (snapshot, 10, 10 * SECOND, "first", 64);
  add_process (snapshot, 10, 50 * SECOND, "second", 64);
  add_child (snapshot, 11, 51 * SECOND, 10, 50 * SECOND);
  assert_selects (10, 10 * SECOND, TRUE, snapshot, "10");
  assert_selects (10, 50 * SECOND, TRUE, snapshot, "10 11");
}

static void
test_children_stay_when_the_parent_is_forgotten (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = memsnoop_snapshot_new ();

  add_child (snapshot, 11, 11 * SECOND, 10, 10 * SECOND);
  add_child (snapshot, 12, 12 * SECOND, 11, 11 * SECOND);
  assert_selects (10, 10 * SECOND, TRUE, snapshot, "11 12");
}

static void
test_circles_end (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = memsnoop_snapshot_new ();

  add_child (snapshot, 11, SECOND, 12, SECOND);
  add_child (snapshot, 12, SECOND, 11, SECOND);
  add_child (snapshot, 13, SECOND, 13, SECOND);
  assert_selects (10, SECOND, TRUE, snapshot, "");
  assert_selects (11, SECOND, TRUE, snapshot, "11 12");
}

static void
test_interrupts_are_nobodys (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = memsnoop_snapshot_new ();

  add_process (snapshot, 0, 0, "", 64)->figures.kind = MEMSNOOP_PROCESS_KIND_INTERRUPTS;
  add_process (snapshot, 0, 0, "", 64)->figures.kind = MEMSNOOP_PROCESS_KIND_RETIRED;
  assert_selects (0, 0, TRUE, snapshot, "");
}

/* A chain of 65,536 processes, the longest there is: seconds if each walked all the way. */
static void
test_long_chains_are_selected_at_once (void)
{
  g_autoptr (MemsnoopSnapshot) snapshot = memsnoop_snapshot_new ();
  guint32 pid = 2;
  guint64 start_time = 2 * SECOND;
  g_autoptr (MemsnoopScope) scope = memsnoop_scope_new (&pid, &start_time, 1, TRUE);
  g_autoptr (GPtrArray) selected = NULL;

  for (guint i = 65536; i > 1; i--)
    add_child (snapshot, i, i * SECOND, i - 1, (i - 1) * SECOND);
  selected = memsnoop_scope_select (scope, snapshot);
  g_assert_cmpuint (selected->len, ==, 65535);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/scope/no-pids-are-everything", test_no_pids_are_everything);
  g_test_add_func ("/scope/pids-are-told-in-their-order", test_pids_are_told_in_their_order);
  g_test_add_func ("/scope/only-the-process-without-follow", test_only_the_process_without_follow);
  g_test_add_func ("/scope/descendants-with-follow", test_descendants_with_follow);
  g_test_add_func ("/scope/a-limit-leaves-out-children-of-other-users",
                   test_a_limit_leaves_out_children_of_other_users);
  g_test_add_func ("/scope/start-times-count-within-a-tick", test_start_times_count_within_a_tick);
  g_test_add_func ("/scope/a-reused-pid-is-another-process", test_a_reused_pid_is_another_process);
  g_test_add_func ("/scope/children-stay-when-the-parent-is-forgotten",
                   test_children_stay_when_the_parent_is_forgotten);
  g_test_add_func ("/scope/circles-end", test_circles_end);
  g_test_add_func ("/scope/interrupts-are-nobodys", test_interrupts_are_nobodys);
  g_test_add_func ("/scope/long-chains-are-selected-at-once",
                   test_long_chains_are_selected_at_once);
  return g_test_run ();
}
