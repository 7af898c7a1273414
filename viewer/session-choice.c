/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session-choice.h"

#include "recorder.h"

#include <unistd.h>

static gboolean
records_kernel (const MemsnoopSessionQuestion *question)
{
  return g_str_equal (question->source, MEMSNOOP_RECORDER_KERNEL);
}

/* One of kernel memory without processes is of every process. */
static gboolean
has_process (const MemsnoopSessionQuestion *question, MemsnoopBusSession *session)
{
  GVariant *pids = memsnoop_bus_session_get_pids (session);
  gsize n;
  const guint32 *numbers;

  if (pids == NULL || !g_variant_is_of_type (pids, G_VARIANT_TYPE ("au")))
    return FALSE;
  numbers = g_variant_get_fixed_array (pids, &n, sizeof *numbers);
  if (n == 0)
    return records_kernel (question);
  for (gsize i = 0; i < n && question->pid != 0; i++)
    if (numbers[i] == question->pid)
      return TRUE;
  return FALSE;
}

static gboolean
is_readable (MemsnoopBusSession *session)
{
  return memsnoop_bus_session_get_owner (session) == getuid ();
}

/* One that has stopped is of interest while its figures are kept. It may be of an earlier process
 * that had the same number. */
static gboolean
was_of_process (const MemsnoopSessionQuestion *question, MemsnoopBusSession *session)
{
  if (g_strcmp0 (question->own, g_dbus_proxy_get_object_path (G_DBUS_PROXY (session))) == 0)
    return TRUE;
  return is_readable (session) && question->start_time != 0 &&
         g_strcmp0 (memsnoop_bus_session_get_state (session), "failed") != 0 &&
         memsnoop_bus_session_get_started_at (session) >= question->start_time;
}

static gboolean
is_of_interest (const MemsnoopSessionQuestion *question, MemsnoopBusSession *session)
{
  const gchar *const *sources = memsnoop_bus_session_get_sources (session);
  const gchar *state = memsnoop_bus_session_get_state (session);

  return sources != NULL && g_strv_contains (sources, question->source) &&
         has_process (question, session) &&
         (g_strcmp0 (state, "recording") == 0 || g_strcmp0 (state, "starting") == 0 ||
          was_of_process (question, session));
}

/* One that records is better than one that has stopped, and one's own than another's. */
static guint
rank (const MemsnoopSessionQuestion *question, MemsnoopBusSession *session)
{
  gboolean records = g_strcmp0 (memsnoop_bus_session_get_state (session), "recording") == 0;
  gboolean own =
      g_strcmp0 (question->own, g_dbus_proxy_get_object_path (G_DBUS_PROXY (session))) == 0;

  return records * 4u + is_readable (session) * 2u + own;
}

/* Of equal ones the later. */
static gboolean
is_better (const MemsnoopSessionQuestion *question,
           MemsnoopBusSession *session,
           MemsnoopBusSession *other)
{
  guint one = rank (question, session), two = rank (question, other);

  return one > two || (one == two && memsnoop_bus_session_get_started_at (session) >
                                         memsnoop_bus_session_get_started_at (other));
}

MemsnoopBusSession *
memsnoop_session_choice_find (const MemsnoopSessionQuestion *question, GDBusObjectManager *sessions)
{
  GList *objects = g_dbus_object_manager_get_objects (sessions);
  g_autoptr (MemsnoopBusSession) best = NULL;

  for (GList *link = objects; link != NULL; link = link->next)
    {
      MemsnoopBusSession *session = memsnoop_bus_object_peek_session (link->data);

      if (session != NULL && is_of_interest (question, session) &&
          (best == NULL || is_better (question, session, best)))
        g_set_object (&best, session);
    }
  g_list_free_full (objects, g_object_unref);
  return g_steal_pointer (&best);
}
