/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "service-fixture.h"

#include <string.h>

static gchar *
get_report (Service *service, const gchar *path, const gchar *format, GError **error)
{
  g_autoptr (GVariant) reply =
      service_call (service, service->client, "GetReport",
                    g_variant_new ("(osa{sv})", path, format, NULL), error);
  gchar *report = NULL;

  if (reply != NULL)
    g_variant_get (reply, "(s)", &report);
  return report;
}

static void
test_reports_are_read_while_recording_and_afterwards (void)
{
  Service *service = service_new (NULL);
  MemsnoopProcessFigures figures = {
    .pid = 77, .start_time = 5, .comm = "leaky", .current_bytes = 1 << 20, .exact = TRUE
  };
  g_autofree gchar *path = service_start (service, service->client, "{}", NULL);
  g_autofree gchar *during = NULL;
  g_autofree gchar *afterwards = NULL;
  g_autoptr (GError) error = NULL;

  memsnoop_fake_tracer_set_process (service->tracer, &figures);
  during = get_report (service, path, "text", &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (during, "leaky"));

  service_stop (service, path);
  afterwards = get_report (service, path, "json", &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (afterwards, "leaky"));
  service_free (service);
}

static void
test_bad_report_requests_are_refused (void)
{
  Service *service = service_new (NULL);
  g_autofree gchar *path = service_start (service, service->client, "{}", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (get_report (service, path, "yaml", &error));
  g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
  g_clear_error (&error);
  g_assert_null (get_report (service, "/org/memsnoop1/session/99", "text", &error));
  service_assert_remote_error (error, "org.memsnoop1.Error.NoSuchSession");
  g_clear_error (&error);
  g_assert_null (get_report (service, "/", "text", &error));
  service_assert_remote_error (error, "org.memsnoop1.Error.NoSuchSession");
  service_free (service);
}

static void
take_report (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static gboolean
is_true (gpointer user_data)
{
  return *(gboolean *) user_data;
}

static void
test_a_report_waits_for_figures_on_their_way (void)
{
  Service *service = service_new (NULL);
  g_autofree gchar *path = service_start (service, service->client, "{}", NULL);
  gboolean reported = FALSE;

  memsnoop_fake_tracer_set_delay (service->tracer, 0, 200000, 200000);
  service_call_async (service, service->client, "Stop", g_variant_new ("(o)", path),
                      service_ignore_reply, NULL);
  service_call_async (service, service->client, "GetReport",
                      g_variant_new ("(osa{sv})", path, "text", NULL), take_report, &reported);
  service_wait (is_true, &reported);
  service_free (service);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  service_bus_start ();
  g_test_add_func ("/report-methods/reports-are-read-while-recording-and-afterwards",
                   test_reports_are_read_while_recording_and_afterwards);
  g_test_add_func ("/report-methods/bad-report-requests-are-refused",
                   test_bad_report_requests_are_refused);
  g_test_add_func ("/report-methods/a-report-waits-for-figures-on-their-way",
                   test_a_report_waits_for_figures_on_their_way);
  status = g_test_run ();
  service_bus_stop ();
  return status;
}
