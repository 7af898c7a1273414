/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-session-fixture.h"

#include "fake-heap-recording.h"
#include "forked-child.h"

void
heap_session_set_up (HeapSessions *fixture, gconstpointer data)
{
  fixture->service = service_new (NULL);
  fixture->heaps = memsnoop_heap_recordings_new (NULL);
  memsnoop_manager_set_heaps (fixture->service->manager, fixture->heaps, NULL);
  memsnoop_manager_set_growth (fixture->service->manager, fixture->heaps, NULL);
  fixture->first = forked_child_start (NULL);
  fixture->second = forked_child_start (NULL);
}

void
heap_session_tear_down (HeapSessions *fixture, gconstpointer data)
{
  service_free (fixture->service);
  memsnoop_heap_recordings_free (fixture->heaps);
  g_assert_cmpuint (fake_heap_count_leases (fixture->first), ==, 0);
  g_assert_cmpuint (fake_heap_count_leases (fixture->second), ==, 0);
  fake_heap_reset ();
  forked_child_end (fixture->first);
  forked_child_end (fixture->second);
}

gchar *
heap_session_start (
    HeapSessions *fixture, GDBusConnection *client, pid_t pid, const gchar *more, GError **error)
{
  g_autofree gchar *options =
      g_strdup_printf ("{'sources': <['heap']>, 'pids': <[uint32 %d]>%s}", pid, more);

  return service_start (fixture->service, client, options, error);
}

gchar *
heap_session_start_both (HeapSessions *fixture, const gchar *sources, GError **error)
{
  g_autofree gchar *options = g_strdup_printf ("{'sources': <[%s]>, 'pids': <[uint32 %d, %d]>}",
                                               sources, fixture->first, fixture->second);

  return service_start (fixture->service, fixture->service->client, options, error);
}

void
heap_session_stop (HeapSessions *fixture, const gchar *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = service_call (fixture->service, fixture->service->client, "Stop",
                                             g_variant_new ("(o)", path), &error);

  g_assert_no_error (error);
}

gchar *
heap_session_report (HeapSessions *fixture,
                     GDBusConnection *client,
                     const gchar *path,
                     const gchar *format,
                     const gchar *options,
                     GError **error)
{
  g_autoptr (GVariant) dictionary =
      g_variant_parse (G_VARIANT_TYPE_VARDICT, options, NULL, NULL, NULL);
  g_autoptr (GVariant) reply = NULL;
  gchar *text = NULL;

  g_assert_nonnull (dictionary);
  reply = service_call (fixture->service, client, "GetReport",
                        g_variant_new ("(os@a{sv})", path, format, dictionary), error);
  if (reply != NULL)
    g_variant_get (reply, "(s)", &text);
  return text;
}

gboolean
heap_session_has_no_lease (gpointer user_data)
{
  return fake_heap_count_leases (GPOINTER_TO_UINT (user_data)) == 0;
}
