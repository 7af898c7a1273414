/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session-text.h"

#include <unistd.h>

#define SECOND G_GUINT64_CONSTANT (1000000000)

static MemsnoopBusSession *
make_session (const gchar *source, const guint32 *pids, gsize n, const gchar *state)
{
  const gchar *const sources[] = { source, NULL };
  MemsnoopBusSession *session = memsnoop_bus_session_skeleton_new ();

  memsnoop_bus_session_set_sources (session, sources);
  memsnoop_bus_session_set_pids (
      session, g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, pids, n, sizeof *pids));
  memsnoop_bus_session_set_state (session, state);
  memsnoop_bus_session_set_owner (session, getuid ());
  memsnoop_bus_session_set_started_at (session, 5 * SECOND);
  memsnoop_bus_session_set_recorded_share (session, 1);
  return session;
}

static void
assert_title (MemsnoopBusSession *session, const gchar *expected)
{
  g_autoptr (MemsnoopService) service = memsnoop_service_new ();
  g_autoptr (MemsnoopProcessList) list = memsnoop_process_list_new (service);
  g_autoptr (GVariant) rows = g_variant_parse (
      G_VARIANT_TYPE ("aa{sv}"), "[{'pid': <uint32 7>, 'comm': <'tree'>}]", NULL, NULL, NULL);
  g_autofree gchar *title = NULL;

  memsnoop_process_list_take (list, rows);
  title = memsnoop_session_text_title (session, list);
  g_assert_cmpstr (title, ==, expected);
}

static void
test_titles_tell_what_is_recorded_of_whom (void)
{
  const guint32 pids[] = { 7, 8 };
  g_autoptr (MemsnoopBusSession) kernel = make_session ("kernel", NULL, 0, "recording");
  g_autoptr (MemsnoopBusSession) heap = make_session ("heap", pids, 1, "recording");
  g_autoptr (MemsnoopBusSession) unknown = make_session ("growth", pids + 1, 1, "recording");
  g_autoptr (MemsnoopBusSession) several = make_session ("of the\nfuture", pids, 2, "recording");

  assert_title (kernel, "Kernel memory of every process");
  assert_title (heap, "Heap of tree (7)");
  assert_title (unknown, "Growth of process 8");
  assert_title (several, "of the\\x0afuture of 2 processes");
}

static void
assert_state (const gchar *state, const gchar *expected, gboolean recording)
{
  g_autoptr (MemsnoopBusSession) session = make_session ("heap", NULL, 0, state);
  g_autofree gchar *text = memsnoop_session_text_state (session, 65 * SECOND);

  g_assert_cmpstr (text, ==, expected);
  g_assert_cmpint (memsnoop_session_text_is_recording (session), ==, recording);
}

static void
test_states_are_told_in_words (void)
{
  assert_state ("recording", "Recording for 60 seconds", TRUE);
  assert_state ("starting", "Starting", TRUE);
  assert_state ("stopped", "Stopped; its figures are kept for some minutes", FALSE);
  assert_state ("over-budget", "Ended, because it would have cost more than allowed", FALSE);
  assert_state ("failed", "Failed", FALSE);
}

static void
test_it_is_told_who_records_for_others (void)
{
  g_autoptr (MemsnoopBusSession) session = make_session ("heap", NULL, 0, "recording");
  g_autofree gchar *text = NULL;

  /* There is no such user. */
  memsnoop_bus_session_set_owner (session, 4000000000u);
  text = memsnoop_session_text_state (session, 65 * SECOND);
  g_assert_cmpstr (text, ==, "Recording for 60 seconds · started by 4000000000");
}

static void
test_figures_tell_losses_and_limits (void)
{
  g_autoptr (MemsnoopBusSession) session = make_session ("heap", NULL, 0, "recording");
  g_autofree gchar *text = NULL;

  memsnoop_bus_session_set_events_seen (session, 1234);
  memsnoop_bus_session_set_events_lost (session, 5);
  memsnoop_bus_session_set_cpu_cost (session, 0.031);
  memsnoop_bus_session_set_memory_used (session, 64 * 1024 * 1024);
  memsnoop_bus_session_set_children_recorded (session, 2);
  memsnoop_bus_session_set_recorded_share (session, 0.5);
  memsnoop_bus_session_set_frees_missed (session, TRUE);
  text = memsnoop_session_text_figures (session);
  g_assert_cmpstr (text, ==,
                   "1,234 events · 5 lost · costs 3.1 % of a core · 64.0\u00a0MiB of tables · 2 "
                   "children recorded · "
                   "50 % of the time recorded · frees were missed");
}

static void
test_a_single_event_is_one (void)
{
  g_autoptr (MemsnoopBusSession) session = make_session ("heap", NULL, 0, "stopped");
  g_autofree gchar *text = NULL;

  memsnoop_bus_session_set_events_seen (session, 1);
  text = memsnoop_session_text_figures (session);
  g_assert_true (g_str_has_prefix (text, "1 event · 0 lost · "));
}

static void
assert_doubts (MemsnoopBusSession *session, const gchar *source, const gchar *expected)
{
  g_autofree gchar *text = memsnoop_session_text_doubts (session, source);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_what_makes_figures_less_than_exact_is_told (void)
{
  g_autoptr (MemsnoopBusSession) session = make_session ("heap", NULL, 0, "recording");

  assert_doubts (session, "heap",
                 "Figures are exact: every allocation and free since the recording began is in "
                 "them.");
  assert_doubts (session, "growth", "Memory that was given back since is still in these figures.");
  memsnoop_bus_session_set_sample_interval (session, 64 * 1024);
  memsnoop_bus_session_set_events_lost (session, 1);
  assert_doubts (session, "heap",
                 "Figures are estimates, from a sample of one block for each 64.0\u00a0KiB "
                 "allocated. 1 event was lost: figures may be off by it.");
  memsnoop_bus_session_set_sample_interval (session, 0);
  memsnoop_bus_session_set_events_lost (session, 0);
  memsnoop_bus_session_set_recorded_share (session, 0.5);
  memsnoop_bus_session_set_frees_missed (session, TRUE);
  assert_doubts (session, "heap",
                 "To stay within the allowed cost, recording paused: what was allocated meanwhile "
                 "is missing. Some frees were not seen: what seems live may be free already.");
}

static void
test_what_has_stopped_costs_nothing (void)
{
  g_autoptr (MemsnoopBusSession) session = make_session ("heap", NULL, 0, "stopped");
  g_autofree gchar *text = NULL;

  memsnoop_bus_session_set_cpu_cost (session, 0.031);
  text = memsnoop_session_text_figures (session);
  g_assert_null (strstr (text, "costs"));
}

static void
test_a_small_cost_is_not_told_as_none (void)
{
  g_autoptr (MemsnoopBusSession) session = make_session ("growth", NULL, 0, "recording");
  g_autofree gchar *little = NULL, *more = NULL;

  memsnoop_bus_session_set_cpu_cost (session, 0.0004);
  little = memsnoop_session_text_figures (session);
  g_assert_nonnull (strstr (little, " · costs less than 0.1 % of a core · "));
  memsnoop_bus_session_set_cpu_cost (session, 0.0005);
  more = memsnoop_session_text_figures (session);
  g_assert_nonnull (strstr (more, " · costs 0.1 % of a core · "));
}

static void
test_absurd_figures_are_survived (void)
{
  g_autoptr (MemsnoopBusSession) session = memsnoop_bus_session_skeleton_new ();
  g_autofree gchar *text = NULL, *state = NULL;

  memsnoop_bus_session_set_cpu_cost (session, -1);
  memsnoop_bus_session_set_cpu_budget (session, -1);
  memsnoop_bus_session_set_recorded_share (session, -1e308);
  memsnoop_bus_session_set_children_recorded (session, G_MAXUINT64);
  memsnoop_bus_session_set_started_at (session, G_MAXUINT64);
  text = memsnoop_session_text_figures (session);
  state = memsnoop_session_text_state (session, 0);
  g_assert_null (strstr (text, "costs"));
  assert_title (session, "Recording of every process");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/session-text/titles-tell-what-is-recorded-of-whom",
                   test_titles_tell_what_is_recorded_of_whom);
  g_test_add_func ("/session-text/states-are-told-in-words", test_states_are_told_in_words);
  g_test_add_func ("/session-text/it-is-told-who-records-for-others",
                   test_it_is_told_who_records_for_others);
  g_test_add_func ("/session-text/figures-tell-losses-and-limits",
                   test_figures_tell_losses_and_limits);
  g_test_add_func ("/session-text/a-single-event-is-one", test_a_single_event_is_one);
  g_test_add_func ("/session-text/what-makes-figures-less-than-exact-is-told",
                   test_what_makes_figures_less_than_exact_is_told);
  g_test_add_func ("/session-text/what-has-stopped-costs-nothing",
                   test_what_has_stopped_costs_nothing);
  g_test_add_func ("/session-text/a-small-cost-is-not-told-as-none",
                   test_a_small_cost_is_not_told_as_none);
  g_test_add_func ("/session-text/absurd-figures-are-survived", test_absurd_figures_are_survived);
  return g_test_run ();
}
