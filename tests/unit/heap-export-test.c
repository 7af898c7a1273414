/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-export.h"

#include "descriptor-writer.h"
#include "heap-reports.h"
#include "heap-sample.h"

#include <glib/gstdio.h>

#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define LONG 10000
#define SHORT 200

typedef struct
{
  guint waiting;
  GError *error;
} Outcome;

static GPtrArray *
sample_heaps (void)
{
  GPtrArray *heaps = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_heap_snapshot_unref);

  g_ptr_array_add (heaps, heap_sample_new ());
  return heaps;
}

static void
exported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;
  GError *error = NULL;

  outcome->waiting--;
  if (memsnoop_heap_export_finish (result, &error))
    return;
  /* The first is enough. */
  if (outcome->error == NULL)
    outcome->error = error;
  else
    g_error_free (error);
}

static void
begin_export (Outcome *outcome, MemsnoopHeapExportForm form, gint descriptor, guint milliseconds)
{
  g_autoptr (GPtrArray) heaps = sample_heaps ();

  outcome->waiting++;
  memsnoop_heap_export_async (heaps, form, descriptor, milliseconds, exported, outcome);
}

static void
await (Outcome *outcome)
{
  while (outcome->waiting > 0)
    g_main_context_iteration (NULL, TRUE);
}

/* Takes @descriptor; NULL when it was written to. */
static GError *
export_to (gint descriptor, guint milliseconds)
{
  Outcome outcome = { 0 };

  begin_export (&outcome, MEMSNOOP_HEAP_EXPORT_FOLDED, descriptor, milliseconds);
  await (&outcome);
  return outcome.error;
}

static gchar *
expected_text (void)
{
  g_autoptr (GPtrArray) heaps = sample_heaps ();
  g_autoptr (GString) text = g_string_new (NULL);

  memsnoop_heap_reports_append_folded (text, heaps, 0, G_MAXSIZE);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
assert_arrived (gint descriptor)
{
  g_autofree gchar *expected = expected_text ();
  gchar data[4096] = "";

  g_assert_cmpint (read (descriptor, data, sizeof data - 1), ==, (gssize) strlen (expected));
  g_assert_cmpstr (data, ==, expected);
}

static void
open_pipe (gint ends[2])
{
  g_assert_cmpint (pipe2 (ends, O_CLOEXEC), ==, 0);
}

static void
fill_pipe (gint descriptor)
{
  gint flags = fcntl (descriptor, F_GETFL);
  gchar page[4096] = "";

  g_assert_cmpint (fcntl (descriptor, F_SETFL, flags | O_NONBLOCK), ==, 0);
  while (write (descriptor, page, sizeof page) > 0)
    ;
  g_assert_cmpint (fcntl (descriptor, F_SETFL, flags), ==, 0);
}

static void
test_a_file_gets_all_of_it (void)
{
  gint file = memfd_create ("export", MFD_CLOEXEC);
  g_autoptr (GError) error = export_to (dup (file), LONG);

  g_assert_no_error (error);
  g_assert_cmpint (lseek (file, 0, SEEK_SET), ==, 0);
  assert_arrived (file);
  close (file);
}

static void
test_a_pipe_and_its_flags_stay_as_they_are (void)
{
  gint ends[2];
  gint flags;
  g_autoptr (GError) error = NULL;

  open_pipe (ends);
  flags = fcntl (ends[1], F_GETFL);
  error = export_to (dup (ends[1]), LONG);
  g_assert_no_error (error);
  g_assert_cmpint (fcntl (ends[1], F_GETFL), ==, flags);
  close (ends[1]);
  assert_arrived (ends[0]);
  close (ends[0]);
}

static void
test_a_socket_gets_all_of_it (void)
{
  gint ends[2];
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
  error = export_to (ends[1], LONG);
  g_assert_no_error (error);
  assert_arrived (ends[0]);
  close (ends[0]);
}

static gpointer
read_slowly (gpointer data)
{
  gint descriptor = GPOINTER_TO_INT (data);
  gchar page[4096];
  gsize total = 0;
  gssize size;

  while ((size = read (descriptor, page, sizeof page)) > 0)
    {
      total += (gsize) size;
      g_usleep (1000);
    }
  return GSIZE_TO_POINTER (total);
}

static void
test_a_slow_reader_gets_all_of_it (void)
{
  gint ends[2];
  GThread *reader;
  gsize full = 0;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *expected = expected_text ();

  open_pipe (ends);
  fill_pipe (ends[1]);
  full = (gsize) fcntl (ends[1], F_GETPIPE_SZ);
  reader = g_thread_new ("reader", read_slowly, GINT_TO_POINTER (ends[0]));
  error = export_to (ends[1], LONG);
  g_assert_no_error (error);
  g_assert_cmpuint (GPOINTER_TO_SIZE (g_thread_join (reader)), ==, full + strlen (expected));
  close (ends[0]);
}

static void
test_a_pipe_that_nobody_reads_is_given_up (void)
{
  gint ends[2];
  g_autoptr (GError) error = NULL;
  gint64 before = g_get_monotonic_time ();

  open_pipe (ends);
  fill_pipe (ends[1]);
  error = export_to (ends[1], SHORT);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_nonnull (strstr (error->message, "took 0 of "));
  g_assert_cmpint (g_get_monotonic_time () - before, <, (SHORT + 800) * 1000);
  close (ends[0]);
}

static void
test_a_socket_that_nobody_reads_is_given_up (void)
{
  gint ends[2];
  gchar page[4096] = "";
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), ==, 0);
  while (send (ends[1], page, sizeof page, MSG_DONTWAIT) > 0)
    ;
  error = export_to (ends[1], SHORT);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  close (ends[0]);
}

static void
test_a_reader_that_has_gone_is_an_error (void)
{
  gint ends[2];
  g_autoptr (GError) error = NULL;

  open_pipe (ends);
  close (ends[0]);
  error = export_to (ends[1], LONG);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
}

static void
test_a_full_disk_is_an_error (void)
{
  g_autoptr (GError) error = export_to (open ("/dev/full", O_WRONLY | O_CLOEXEC), LONG);

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NO_SPACE);
}

static void
assert_refused (gint descriptor, const gchar *reason)
{
  g_autoptr (GError) error = export_to (descriptor, LONG);

  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_assert_nonnull (strstr (error->message, reason));
}

static void
test_a_descriptor_that_is_not_writable_is_refused (void)
{
  gint ends[2];

  open_pipe (ends);
  assert_refused (dup (ends[0]), "not open for writing");
  assert_refused (open ("/dev/null", O_RDONLY | O_CLOEXEC), "not open for writing");
  assert_refused (open ("/dev/null", O_PATH | O_CLOEXEC), "not open for writing");
  assert_refused (open ("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC), "not open for writing");
  close (ends[0]);
  close (ends[1]);
}

static void
test_a_closed_descriptor_is_refused (void)
{
  gint ends[2];

  open_pipe (ends);
  close (ends[0]);
  close (ends[1]);
  assert_refused (ends[1], "is not open");
}

static void
test_what_gives_orders_is_refused (void)
{
  gint ends[2];

  assert_refused (open ("/proc/self/comm", O_WRONLY | O_CLOEXEC), "controls the kernel");
  assert_refused (eventfd (0, EFD_CLOEXEC), "is no file");
  assert_refused (open ("/dev/random", O_WRONLY | O_CLOEXEC), "a device");
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, ends), ==, 0);
  assert_refused (ends[1], "no stream");
  close (ends[0]);
}

static void
test_no_more_than_some_are_written_at_once (void)
{
  Outcome hanging = { 0 }, one_more = { 0 };
  gint ends[2];

  open_pipe (ends);
  fill_pipe (ends[1]);
  for (guint i = 0; i < MEMSNOOP_DESCRIPTOR_WRITERS_MAX; i++)
    begin_export (&hanging, MEMSNOOP_HEAP_EXPORT_FOLDED, dup (ends[1]), LONG);
  begin_export (&one_more, MEMSNOOP_HEAP_EXPORT_FOLDED, dup (ends[1]), LONG);
  await (&one_more);
  g_assert_error (one_more.error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED);
  g_clear_error (&one_more.error);
  g_assert_cmpuint (hanging.waiting, ==, MEMSNOOP_DESCRIPTOR_WRITERS_MAX);
  close (ends[0]);
  await (&hanging);
  g_assert_error (hanging.error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE);
  g_clear_error (&hanging.error);
  close (ends[1]);
  begin_export (&one_more, MEMSNOOP_HEAP_EXPORT_FOLDED, open ("/dev/null", O_WRONLY | O_CLOEXEC),
                LONG);
  await (&one_more);
  g_assert_no_error (one_more.error);
}

static void
written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->waiting--;
  memsnoop_descriptor_write_finish (result, &outcome->error);
}

/* Holds the thread fast until the mutex is free, as a file system does that does not answer. */
static GBytes *
hang (gpointer user_data, GError **error)
{
  GMutex *mutex = user_data;

  g_mutex_lock (mutex);
  g_mutex_unlock (mutex);
  return g_bytes_new_static ("late", 4);
}

static void
is_free (gpointer user_data)
{
  GMutex *mutex = user_data;

  g_mutex_clear (mutex);
  g_free (mutex);
}

static void
test_a_thread_that_hangs_does_not_hold_the_answer (void)
{
  GMutex *mutex = g_new0 (GMutex, 1);
  gint file = memfd_create ("export", MFD_CLOEXEC);
  Outcome outcome = { .waiting = 1 };
  Outcome others = { 0 };

  g_mutex_init (mutex);
  g_mutex_lock (mutex);
  memsnoop_descriptor_write_async (dup (file), SHORT, hang, mutex, is_free, written, &outcome);
  await (&outcome);
  g_assert_error (outcome.error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_clear_error (&outcome.error);
  /* It still counts. */
  for (guint i = 0; i < MEMSNOOP_DESCRIPTOR_WRITERS_MAX; i++)
    begin_export (&others, MEMSNOOP_HEAP_EXPORT_FOLDED, dup (file), LONG);
  g_mutex_unlock (mutex);
  await (&others);
  g_assert_error (others.error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED);
  g_clear_error (&others.error);
  close (file);
}

static void
test_every_form_is_written (void)
{
  static const struct
  {
    const gchar *name;
    const gchar *beginning;
  } forms[] = { { "folded", "tree (1234);" },
                { "json", "{\"report-version\":1" },
                { "pprof", "\x1f\x8b" } };

  for (guint i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      gint file = memfd_create ("export", MFD_CLOEXEC);
      MemsnoopHeapExportForm form;
      Outcome outcome = { 0 };
      gchar data[64] = "";
      g_autoptr (GError) error = NULL;

      g_assert_true (memsnoop_heap_export_parse_form (forms[i].name, &form, &error));
      g_assert_no_error (error);
      begin_export (&outcome, form, dup (file), LONG);
      await (&outcome);
      g_assert_no_error (outcome.error);
      g_assert_cmpint (pread (file, data, sizeof data - 1, 0), ==, sizeof data - 1);
      g_assert_true (g_str_has_prefix (data, forms[i].beginning));
      close (file);
    }
}

static void
test_another_form_is_refused (void)
{
  MemsnoopHeapExportForm form;
  g_autoptr (GError) error = NULL;

  g_assert_false (memsnoop_heap_export_parse_form ("text", &form, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_assert_nonnull (strstr (error->message, "folded, pprof, json"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/heap-export/a-file-gets-all-of-it", test_a_file_gets_all_of_it);
  g_test_add_func ("/heap-export/a-pipe-and-its-flags-stay-as-they-are",
                   test_a_pipe_and_its_flags_stay_as_they_are);
  g_test_add_func ("/heap-export/a-socket-gets-all-of-it", test_a_socket_gets_all_of_it);
  g_test_add_func ("/heap-export/a-slow-reader-gets-all-of-it", test_a_slow_reader_gets_all_of_it);
  g_test_add_func ("/heap-export/a-pipe-that-nobody-reads-is-given-up",
                   test_a_pipe_that_nobody_reads_is_given_up);
  g_test_add_func ("/heap-export/a-socket-that-nobody-reads-is-given-up",
                   test_a_socket_that_nobody_reads_is_given_up);
  g_test_add_func ("/heap-export/a-reader-that-has-gone-is-an-error",
                   test_a_reader_that_has_gone_is_an_error);
  g_test_add_func ("/heap-export/a-full-disk-is-an-error", test_a_full_disk_is_an_error);
  g_test_add_func ("/heap-export/a-descriptor-that-is-not-writable-is-refused",
                   test_a_descriptor_that_is_not_writable_is_refused);
  g_test_add_func ("/heap-export/a-closed-descriptor-is-refused",
                   test_a_closed_descriptor_is_refused);
  g_test_add_func ("/heap-export/what-gives-orders-is-refused", test_what_gives_orders_is_refused);
  g_test_add_func ("/heap-export/no-more-than-some-are-written-at-once",
                   test_no_more_than_some_are_written_at_once);
  g_test_add_func ("/heap-export/a-thread-that-hangs-does-not-hold-the-answer",
                   test_a_thread_that_hangs_does_not_hold_the_answer);
  g_test_add_func ("/heap-export/every-form-is-written", test_every_form_is_written);
  g_test_add_func ("/heap-export/another-form-is-refused", test_another_form_is_refused);
  return g_test_run ();
}
