/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session-choice.h"

#include "terminal-text.h"

#include <unistd.h>

static void
tell_choice (const MemsnoopSessionEntry *session, guint n_sessions)
{
  g_autofree gchar *description = memsnoop_session_entry_describe (session);
  g_autofree gchar *printable =
      memsnoop_terminal_text_escape (description, memsnoop_terminal_text_is_unicode ());

  g_printerr ("memsnoopctl: this is session %s; there are %u, which 'memsnoopctl status' lists\n",
              printable, n_sessions);
}

/* Whether others might be meant just as well: not when it is the only one that runs. */
static gboolean
is_unclear (GPtrArray *sessions, const MemsnoopSessionEntry *chosen)
{
  guint n_running = 0;

  for (guint i = 0; i < sessions->len; i++)
    n_running += memsnoop_session_entry_is_running (sessions->pdata[i]);
  return sessions->len > 1 && !(memsnoop_session_entry_is_running (chosen) && n_running == 1);
}

const MemsnoopSessionEntry *
memsnoop_session_choose_to_read (GPtrArray *sessions, const gchar *name, GError **error)
{
  const MemsnoopSessionEntry *session;

  if (name != NULL)
    return memsnoop_session_list_find (sessions, name, error);
  session = memsnoop_session_list_choose_to_read (sessions, getuid (), error);
  if (session != NULL && is_unclear (sessions, session))
    tell_choice (session, sessions->len);
  return session;
}

gchar *
memsnoop_session_find_to_read (GDBusConnection *connection,
                               const MemsnoopBriefRecording *recording,
                               const gchar *name,
                               GError **error)
{
  g_autoptr (GPtrArray) sessions = NULL;
  const MemsnoopSessionEntry *session;

  if (recording->options != NULL)
    return memsnoop_brief_recording_make (recording, connection, error);
  sessions = memsnoop_session_list_load (connection, error);
  session = sessions != NULL ? memsnoop_session_choose_to_read (sessions, name, error) : NULL;
  return session != NULL ? g_strdup (session->path) : NULL;
}
