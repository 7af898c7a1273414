/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The watch as a whole, which looks at this very process. */
#include "watch.h"

#include "fake-tracer.h"

#include <unistd.h>

#define DEADLINE_SECONDS 20

typedef struct
{
  MemsnoopFakeTracer *tracer;
  MemsnoopRecording *recording;
  MemsnoopIgnoreList *ignored;
  MemsnoopConfiguration *configuration;
  MemsnoopWatch *watch;
  /* Why the last suspicion was cleared. */
  MemsnoopSuspicionReason reason;
  gboolean late;
} Fixture;

static void
note (MemsnoopWatch *watch, MemsnoopSuspicion *suspicion, gpointer user_data)
{
  Fixture *fixture = user_data;

  if (suspicion->state == MEMSNOOP_SUSPICION_CLEARED)
    fixture->reason = suspicion->reason;
}

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->tracer = memsnoop_fake_tracer_new ();
  fixture->recording = memsnoop_recording_new (MEMSNOOP_TRACER (fixture->tracer));
  fixture->ignored = memsnoop_ignore_list_new (NULL);
  fixture->configuration = memsnoop_configuration_new ();
  fixture->watch =
      memsnoop_watch_new (fixture->recording, fixture->ignored, fixture->configuration);
  g_signal_connect (fixture->watch, "suspicion", G_CALLBACK (note), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  memsnoop_watch_stop (fixture->watch);
  g_object_unref (fixture->watch);
  memsnoop_configuration_free (fixture->configuration);
  g_object_unref (fixture->ignored);
  g_object_unref (fixture->recording);
  g_object_unref (fixture->tracer);
}

/* As the watch reads it. */
static guint64
own_start_time (void)
{
  g_autoptr (GArray) processes = memsnoop_process_memory_read_all (NULL);

  g_assert_nonnull (processes);
  for (guint i = 0; i < processes->len; i++)
    if (g_array_index (processes, MemsnoopProcessMemory, i).pid == (guint32) getpid ())
      return g_array_index (processes, MemsnoopProcessMemory, i).start_time;
  g_assert_not_reached ();
}

static MemsnoopSuspicion *
suspect_self (MemsnoopSuspicionKind kind)
{
  MemsnoopSuspicion *suspicion = memsnoop_suspicion_new (17, kind);

  suspicion->pid = getpid ();
  suspicion->start_time = own_start_time ();
  return suspicion;
}

static gboolean
be_late (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

static void
wait_until_cleared (Fixture *fixture)
{
  guint timer = g_timeout_add_seconds (DEADLINE_SECONDS, be_late, &fixture->late);

  memsnoop_watch_start (fixture->watch);
  while (fixture->reason == MEMSNOOP_SUSPICION_NOT_CLEARED && !fixture->late)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (timer);
}

static void
test_growth_of_kernel_memory_is_not_recorded_after_a_restart (Fixture *fixture,
                                                              gconstpointer unused)
{
  memsnoop_watch_adopt_suspicion (fixture->watch, suspect_self (MEMSNOOP_SUSPICION_KERNEL));
  wait_until_cleared (fixture);
  g_assert_cmpint (fixture->reason, ==, MEMSNOOP_SUSPICION_NOT_RECORDED);
}

static void
test_another_program_since_a_restart_is_not_suspected (Fixture *fixture, gconstpointer unused)
{
  MemsnoopSuspicion *suspicion = suspect_self (MEMSNOOP_SUSPICION_RSS);

  /* No process's. */
  suspicion->execution = G_MAXUINT64;
  memsnoop_watch_adopt_suspicion (fixture->watch, suspicion);
  wait_until_cleared (fixture);
  g_assert_cmpint (fixture->reason, ==, MEMSNOOP_SUSPICION_OTHER_PROGRAM);
}

static void
add (const gchar *name, void (*function) (Fixture *, gconstpointer))
{
  g_autofree gchar *path = g_strconcat ("/watch/", name, NULL);

  g_test_add (path, Fixture, NULL, set_up, function, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("growth-of-kernel-memory-is-not-recorded-after-a-restart",
       test_growth_of_kernel_memory_is_not_recorded_after_a_restart);
  add ("another-program-since-a-restart-is-not-suspected",
       test_another_program_since_a_restart_is_not_suspected);
  return g_test_run ();
}
