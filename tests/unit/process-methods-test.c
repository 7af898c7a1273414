/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service-fixture.h"

#include "process-identity.h"

#include <unistd.h>

/* No process has it: the kernel's pids end earlier. */
#define GONE_PID 4194999

static GVariant *
get_stats (Service *service, guint32 pid, GError **error)
{
  g_autoptr (GVariant) reply =
      service_call (service, service->client, "GetProcessStats", g_variant_new ("(u)", pid), error);

  return reply == NULL ? NULL : g_variant_get_child_value (reply, 0);
}

static guint64
number (GVariant *dictionary, const gchar *key)
{
  guint64 value = 0;

  if (!g_variant_lookup (dictionary, key, "t", &value))
    g_error ("There is no number %s", key);
  return value;
}

static GVariant *
dictionary (GVariant *stats, const gchar *key)
{
  return g_variant_lookup_value (stats, key, G_VARIANT_TYPE_VARDICT);
}

static guint64
own_start_time (void)
{
  g_autoptr (MemsnoopProcessIdentity) identity =
      memsnoop_process_identity_open ((guint32) getpid (), NULL);

  return identity->start_time;
}

static MemsnoopProcessFigures
some_figures (guint32 pid, guint64 start_time)
{
  MemsnoopProcessFigures figures = {
    .pid = pid,
    .start_time = start_time,
    .uid = 4711,
    .comm = "ex\377ited",
    .exe = "/usr/bin/exited",
    .alloc_count = 30,
    .free_count = 10,
    .alloc_bytes = 4096,
    .free_bytes = 1024,
    .requested_bytes = 3072,
    .current_bytes = 3072,
    .peak_bytes = 4000,
    .churn = 0.5,
    .size_histogram = { [6] = 20, [7] = 10 },
    .recent_sizes = { 64, 96, 128 },
    .n_recent_sizes = 3,
    .last_thread = 99,
    .lost = 2,
    .unseen_frees = 3,
  };

  return figures;
}

static void
assert_kernel_figures (GVariant *kernel)
{
  g_autofree gchar *histogram = NULL;
  g_autofree gchar *sizes = NULL;
  g_autoptr (GVariant) histogram_value = g_variant_lookup_value (kernel, "size-histogram", NULL);
  g_autoptr (GVariant) sizes_value = g_variant_lookup_value (kernel, "recent-sizes", NULL);
  gdouble fraction = 0;
  gboolean exact = TRUE;

  g_assert_cmpuint (number (kernel, "alloc-count"), ==, 30);
  g_assert_cmpuint (number (kernel, "free-count"), ==, 10);
  g_assert_cmpuint (number (kernel, "current-bytes"), ==, 3072);
  g_assert_cmpuint (number (kernel, "peak-bytes"), ==, 4000);
  g_assert_cmpuint (number (kernel, "lost"), ==, 2);
  g_assert_cmpuint (number (kernel, "unseen-frees"), ==, 3);
  g_assert_cmpuint (number (kernel, "sites-age"), <, 5 * G_GUINT64_CONSTANT (1000000000));
  g_assert_true (g_variant_lookup (kernel, "internal-fragmentation", "d", &fraction));
  g_assert_cmpfloat (fraction, ==, 0.25);
  g_assert_true (g_variant_lookup (kernel, "exact", "b", &exact));
  g_assert_false (exact);
  histogram = g_variant_print (histogram_value, FALSE);
  g_assert_cmpstr (histogram, ==, "[(64, 20), (128, 10)]");
  sizes = g_variant_print (sizes_value, FALSE);
  g_assert_cmpstr (sizes, ==, "[64, 96, 128]");
}

static void
assert_one_site (GVariant *kernel)
{
  g_autoptr (GVariant) sites = g_variant_lookup_value (kernel, "sites", G_VARIANT_TYPE ("aa{sv}"));
  g_autoptr (GVariant) site = NULL;
  g_autofree const gchar **frames = NULL;
  const gchar *cache;

  g_assert_nonnull (sites);
  g_assert_cmpuint (g_variant_n_children (sites), ==, 1);
  site = g_variant_get_child_value (sites, 0);
  g_assert_cmpuint (number (site, "bytes"), ==, 3072);
  g_assert_true (g_variant_lookup (site, "frames", "^a&s", &frames));
  g_assert_cmpstr (frames[0], ==, "fake_allocation+0x10");
  g_assert_true (g_variant_lookup (site, "cache", "&s", &cache));
  g_assert_cmpstr (cache, ==, "fake-cache");
}

static void
start_session (Service *service)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = service_start (service, service->client, "{}", &error);

  g_assert_no_error (error);
}

static void
test_a_process_is_described_without_a_recording (void)
{
  Service *service = service_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) stats = get_stats (service, (guint32) getpid (), &error);
  g_autoptr (GVariant) memory = NULL;
  /* Written so that valgrind, which runs the test's program under its own, does not answer for it.
   */
  g_autofree gchar *link = g_strdup_printf ("/proc/%d/./exe", getpid ());
  g_autofree gchar *expected = g_file_read_link (link, NULL);
  const gchar *executable;

  g_assert_no_error (error);
  g_assert_true (g_variant_lookup (stats, "exe", "&s", &executable));
  g_assert_cmpstr (executable, ==, expected);
  g_assert_cmpuint (number (stats, "start-time"), ==, own_start_time ());
  memory = dictionary (stats, "memory");
  g_assert_cmpuint (number (memory, "rss-anon"), >, 0);
  g_assert_cmpuint (number (memory, "uss"), >, 0);
  g_assert_cmpuint (number (memory, "pss"), >=, number (memory, "uss"));
  g_assert_null (dictionary (stats, "kernel"));
  service_free (service);
}

static void
test_recorded_figures_are_added (void)
{
  Service *service = service_new (NULL);
  MemsnoopProcessFigures figures = some_figures ((guint32) getpid (), own_start_time () + 5);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) stats = NULL;
  g_autoptr (GVariant) kernel = NULL;

  memsnoop_fake_tracer_set_process (service->tracer, &figures);
  start_session (service);
  stats = get_stats (service, (guint32) getpid (), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (number (stats, "start-time"), ==, own_start_time ());
  kernel = dictionary (stats, "kernel");
  g_assert_nonnull (kernel);
  assert_kernel_figures (kernel);
  assert_one_site (kernel);
  service_free (service);
}

static void
test_figures_of_an_earlier_process_are_left_out (void)
{
  Service *service = service_new (NULL);
  MemsnoopProcessFigures figures =
      some_figures ((guint32) getpid (), own_start_time () - G_GUINT64_CONSTANT (1000000000));
  g_autoptr (GVariant) stats = NULL;

  memsnoop_fake_tracer_set_process (service->tracer, &figures);
  start_session (service);
  stats = get_stats (service, (guint32) getpid (), NULL);
  g_assert_nonnull (stats);
  g_assert_null (dictionary (stats, "kernel"));
  service_free (service);
}

static void
test_a_process_that_has_exited_is_known_to_the_recording (void)
{
  Service *service = service_new (NULL);
  MemsnoopProcessFigures figures = some_figures (GONE_PID, 7);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) stats = NULL;
  g_autoptr (GVariant) kernel = NULL;
  const gchar *comm;

  figures.exited_at = 1000;
  memsnoop_fake_tracer_set_process (service->tracer, &figures);
  g_assert_null (get_stats (service, GONE_PID, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN);
  g_clear_error (&error);

  start_session (service);
  stats = get_stats (service, GONE_PID, &error);
  g_assert_no_error (error);
  g_assert_null (dictionary (stats, "memory"));
  kernel = dictionary (stats, "kernel");
  assert_kernel_figures (kernel);
  g_assert_true (g_variant_lookup (stats, "comm", "&s", &comm));
  g_assert_cmpstr (comm, ==, "ex\\xffited");
  service_free (service);
}

static void
test_pids_without_a_process_are_unknown (void)
{
  Service *service = service_new (NULL);
  const guint32 pids[] = { 0, GONE_PID, G_MAXUINT32 };

  start_session (service);
  for (gsize i = 0; i < G_N_ELEMENTS (pids); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (get_stats (service, pids[i], &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN);
    }
  service_free (service);
}

static void
note_reply (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, NULL);

  *(gboolean *) user_data = TRUE;
}

static gboolean
is_true (gpointer user_data)
{
  return *(gboolean *) user_data;
}

static void
test_a_slow_snapshot_does_not_delay_others (void)
{
  Service *service = service_new (NULL);
  MemsnoopProcessFigures figures = some_figures ((guint32) getpid (), own_start_time ());
  g_autoptr (GError) error = NULL;
  gboolean answered = FALSE;

  memsnoop_fake_tracer_set_process (service->tracer, &figures);
  memsnoop_fake_tracer_set_delay (service->tracer, 0, 0, 1000000);
  start_session (service);
  service_call_async (service, service->client, "GetProcessStats",
                      g_variant_new ("(u)", (guint32) getpid ()), note_reply, &answered);
  g_assert_null (get_stats (service, GONE_PID, &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN);
  g_assert_false (answered);
  service_wait (is_true, &answered);
  service_free (service);
}

static void
test_lists_join_memory_and_recording (void)
{
  Service *service = service_new (NULL);
  MemsnoopProcessFigures figures = some_figures ((guint32) getpid (), own_start_time () + 5);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) rows = NULL;
  g_autoptr (GVariant) row = NULL;
  GVariant *options;

  memsnoop_fake_tracer_set_process (service->tracer, &figures);
  start_session (service);
  options = g_variant_new_parsed ("({'sort': <'kernel.current-bytes'>, 'limit': <uint32 1>},)");
  reply = service_call (service, service->client, "ListProcesses", options, &error);
  g_assert_no_error (error);
  rows = g_variant_get_child_value (reply, 0);
  g_assert_cmpuint (g_variant_n_children (rows), ==, 1);
  row = g_variant_get_child_value (rows, 0);
  g_assert_cmpuint (number (row, "kernel.current-bytes"), ==, 3072);
  g_assert_cmpuint (number (row, "start-time"), ==, own_start_time ());
  g_assert_cmpuint (number (row, "rss-anon"), >, 0);
  service_free (service);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  service_bus_start ();
  g_test_add_func ("/process-methods/a-process-is-described-without-a-recording",
                   test_a_process_is_described_without_a_recording);
  g_test_add_func ("/process-methods/recorded-figures-are-added", test_recorded_figures_are_added);
  g_test_add_func ("/process-methods/figures-of-an-earlier-process-are-left-out",
                   test_figures_of_an_earlier_process_are_left_out);
  g_test_add_func ("/process-methods/a-process-that-has-exited-is-known-to-the-recording",
                   test_a_process_that_has_exited_is_known_to_the_recording);
  g_test_add_func ("/process-methods/pids-without-a-process-are-unknown",
                   test_pids_without_a_process_are_unknown);
  g_test_add_func ("/process-methods/a-slow-snapshot-does-not-delay-others",
                   test_a_slow_snapshot_does_not_delay_others);
  g_test_add_func ("/process-methods/lists-join-memory-and-recording",
                   test_lists_join_memory_and_recording);
  status = g_test_run ();
  service_bus_stop ();
  return status;
}
