/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Of whom anomalies are told: with figures of this very process that the test writes. */
#include "anomaly-list.h"

#include "boot-time.h"
#include "process-identity.h"

#include <unistd.h>

#define INTERVAL (2 * MEMSNOOP_SECOND)
/* More than any anomaly needs to begin. */
#define LOOKS 20

typedef struct
{
  MemsnoopAnomalyThresholds thresholds;
  MemsnoopIgnoreList *ignored;
  MemsnoopAnomalyList *list;
  MemsnoopProcessFigures figures;
  gchar *executable;
  guint64 now;
  guint begun;
  guint over;
} Fixture;

static void
note (const MemsnoopAnomaly *anomaly, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_cmpuint (anomaly->pid, ==, getpid ());
  g_assert_cmpint (anomaly->kind, ==, MEMSNOOP_ANOMALY_CHURN);
  if (anomaly->raised)
    fixture->begun++;
  else
    fixture->over++;
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (MemsnoopProcessIdentity) self = memsnoop_process_identity_open (getpid (), NULL);

  fixture->thresholds = (MemsnoopAnomalyThresholds){ .churn = 0.9,
                                                     .churn_rate = 1000,
                                                     .large_allocation = 1 << 20,
                                                     .large_allocation_factor = 10,
                                                     .burst_factor = 10,
                                                     .burst_rate = 1e18,
                                                     .fragmentation = 0.4,
                                                     .fragmentation_bytes = 1 << 30 };
  fixture->ignored = memsnoop_ignore_list_new (NULL);
  fixture->list = memsnoop_anomaly_list_new (&fixture->thresholds, fixture->ignored, note, fixture);
  fixture->figures.pid = self->pid;
  fixture->figures.start_time = self->start_time;
  fixture->executable = memsnoop_process_identity_read_executable (self);
  fixture->now = 1000 * MEMSNOOP_SECOND;
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  memsnoop_anomaly_list_free (fixture->list);
  g_object_unref (fixture->ignored);
  g_free (fixture->executable);
}

static void
churn (Fixture *fixture)
{
  for (guint i = 0; i < LOOKS; i++)
    {
      fixture->now += INTERVAL;
      fixture->figures.alloc_count += 100000;
      fixture->figures.alloc_bytes += 6400000;
      fixture->figures.size_histogram[6] += 100000;
      fixture->figures.churn = 0.99;
      memsnoop_anomaly_list_begin (fixture->list, fixture->now);
      memsnoop_anomaly_list_look (fixture->list, &fixture->figures);
      memsnoop_anomaly_list_end (fixture->list);
    }
}

static void
on_changed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

static void
wait_for (const gboolean *done)
{
  while (!*done)
    g_main_context_iteration (NULL, TRUE);
}

static void
ignore (Fixture *fixture)
{
  gboolean done = FALSE;

  memsnoop_ignore_list_add_async (fixture->ignored, fixture->executable, on_changed, &done);
  wait_for (&done);
}

static void
unignore (Fixture *fixture)
{
  gboolean done = FALSE;

  memsnoop_ignore_list_remove_async (fixture->ignored, fixture->executable, on_changed, &done);
  wait_for (&done);
}

static void
assert_told (const Fixture *fixture, guint begun, guint over)
{
  g_assert_cmpuint (fixture->begun, ==, begun);
  g_assert_cmpuint (fixture->over, ==, over);
}

static void
test_what_begins_and_ends_is_told_once (Fixture *fixture, gconstpointer unused)
{
  churn (fixture);
  assert_told (fixture, 1, 0);
  memsnoop_anomaly_list_clear (fixture->list);
  assert_told (fixture, 1, 1);
}

static void
test_of_what_is_ignored_neither_begin_nor_end_is_told (Fixture *fixture, gconstpointer unused)
{
  ignore (fixture);
  churn (fixture);
  memsnoop_anomaly_list_clear (fixture->list);
  assert_told (fixture, 0, 0);
}

static void
test_what_was_told_is_over_when_it_comes_to_be_ignored (Fixture *fixture, gconstpointer unused)
{
  churn (fixture);
  ignore (fixture);
  assert_told (fixture, 1, 1);
  churn (fixture);
  memsnoop_anomaly_list_clear (fixture->list);
  assert_told (fixture, 1, 1);
}

static void
test_what_begins_after_it_was_ignored_is_told (Fixture *fixture, gconstpointer unused)
{
  ignore (fixture);
  churn (fixture);
  unignore (fixture);
  assert_told (fixture, 0, 0);
  memsnoop_anomaly_list_clear (fixture->list);
  churn (fixture);
  assert_told (fixture, 1, 0);
}

static void
add (const gchar *name, void (*function) (Fixture *, gconstpointer))
{
  g_autofree gchar *path = g_strconcat ("/anomaly-list/", name, NULL);

  g_test_add (path, Fixture, NULL, set_up, function, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("what-begins-and-ends-is-told-once", test_what_begins_and_ends_is_told_once);
  add ("of-what-is-ignored-neither-begin-nor-end-is-told",
       test_of_what_is_ignored_neither_begin_nor_end_is_told);
  add ("what-was-told-is-over-when-it-comes-to-be-ignored",
       test_what_was_told_is_over_when_it_comes_to_be_ignored);
  add ("what-begins-after-it-was-ignored-is-told", test_what_begins_after_it_was_ignored_is_told);
  return g_test_run ();
}
