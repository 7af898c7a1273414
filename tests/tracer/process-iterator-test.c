/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens when the process iterator is loaded and cannot be read. */
#include "../unit/caught-messages.h"
#include "kernel-tracer.h"
#include "known-process.h"
#include "watch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
find_iterator (void)
{
  g_autoptr (GDir) directory = g_dir_open ("/proc/self/fd", 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree gchar *path = g_build_filename ("/proc/self/fd", name, NULL);
      g_autofree gchar *target = g_file_read_link (path, NULL);

      if (target != NULL && strstr (target, "bpf_link") != NULL)
        return atoi (name);
    }
  return -1;
}

/* Another file takes the place of the iterator's link; the link itself is returned, for mend(). */
static int
spoil (int iterator)
{
  int link = fcntl (iterator, F_DUPFD_CLOEXEC, 0);
  int other = open ("/dev/null", O_RDONLY | O_CLOEXEC);

  g_assert_cmpint (link, >=, 0);
  g_assert_cmpint (dup3 (other, iterator, O_CLOEXEC), ==, iterator);
  close (other);
  return link;
}

static void
mend (int iterator, int link)
{
  g_assert_cmpint (dup3 (link, iterator, O_CLOEXEC), ==, iterator);
  close (link);
}

static void
read_all (void)
{
  g_autoptr (GArray) processes = known_process_read_all ();

  g_assert_nonnull (known_process_find (processes, getpid ()));
}

/* Once. */
static void
assert_told (GLogLevelFlags level, const gchar *text)
{
  g_assert_cmpuint (caught_messages_take (level, text), ==, 1);
}

static gboolean
can_iterate (void)
{
  g_autofree gchar *reason = NULL;

  if (memsnoop_process_memory_iterator_available (&reason))
    return TRUE;
  g_test_skip (reason);
  return FALSE;
}

static void
test_a_failure_is_told_once (void)
{
  g_autofree gchar *reason = NULL;
  int iterator, link;

  if (!can_iterate ())
    return;
  iterator = find_iterator ();
  link = spoil (iterator);
  read_all ();
  read_all ();
  assert_told (G_LOG_LEVEL_WARNING, "Cannot start the process iterator: ");
  g_assert_false (memsnoop_process_memory_iterator_available (&reason));
  g_assert_true (g_str_has_prefix (reason, "Cannot start the process iterator: "));
  g_assert_true (g_str_has_suffix (reason, "."));
  mend (iterator, link);
  read_all ();
  g_assert_true (memsnoop_process_memory_iterator_available (NULL));
  assert_told (G_LOG_LEVEL_MESSAGE, "The process iterator works again");
}

typedef struct
{
  guint n_changes;
  gboolean available;
  gboolean reason;
} Shown;

static void
show (Shown *shown, gboolean available, const gchar *reason)
{
  shown->n_changes++;
  shown->available = available;
  shown->reason = reason != NULL;
}

static void
await_change (const Shown *shown, guint n_changes)
{
  while (shown->n_changes < n_changes)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (shown->n_changes, ==, n_changes);
}

static MemsnoopWatch *
start_watch (const MemsnoopConfiguration *configuration, Shown *shown)
{
  g_autoptr (MemsnoopTracer) tracer = memsnoop_kernel_tracer_new ();
  g_autoptr (MemsnoopRecording) recording = memsnoop_recording_new (tracer);
  g_autoptr (MemsnoopIgnoreList) ignored = memsnoop_ignore_list_new (NULL);
  MemsnoopWatch *watch;

  watch = memsnoop_watch_new (recording, ignored, configuration);
  g_signal_connect_swapped (watch, "iterator", G_CALLBACK (show), shown);
  memsnoop_watch_start (watch);
  return watch;
}

static void
test_the_watch_tells_of_failures (void)
{
  g_autoptr (MemsnoopConfiguration) configuration = memsnoop_configuration_new ();
  Shown shown = { 0 };
  MemsnoopWatch *watch;
  int iterator, link;

  if (!can_iterate ())
    return;
  iterator = find_iterator ();
  configuration->watch_interval = MEMSNOOP_INTERVAL_MINIMUM;
  watch = start_watch (configuration, &shown);
  await_change (&shown, 1);
  g_assert_true (shown.available);
  link = spoil (iterator);
  await_change (&shown, 2);
  g_assert_false (shown.available);
  g_assert_true (shown.reason);
  mend (iterator, link);
  await_change (&shown, 3);
  g_assert_true (shown.available);
  assert_told (G_LOG_LEVEL_WARNING, "; processes are read from /proc one by one");
  assert_told (G_LOG_LEVEL_MESSAGE, "The process iterator works again");
  memsnoop_watch_stop (watch);
  g_object_unref (watch);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  caught_messages_install ();
  g_test_add_func ("/process-iterator/a-failure-is-told-once", test_a_failure_is_told_once);
  g_test_add_func ("/process-iterator/the-watch-tells-of-failures",
                   test_the_watch_tells_of_failures);
  return g_test_run ();
}
