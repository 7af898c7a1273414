/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "notification.h"

#include "dictionary.h"
#include "wording.h"

#include <glib/gi18n.h>

/* Users of people begin there on the usual systems (login.defs' UID_MIN). */
#define FIRST_PERSON 1000

MemsnoopUrgency
memsnoop_notification_urgency (GVariant *evidence)
{
  g_autofree gchar *level = memsnoop_dictionary_lookup_string (evidence, "level");
  guint64 seconds;

  if (memsnoop_dictionary_lookup_number (evidence, "time-to-exhaustion", &seconds) &&
      seconds <= MEMSNOOP_NOTIFICATION_CRITICAL_SECONDS)
    return MEMSNOOP_URGENCY_CRITICAL;
  return level == NULL || g_str_equal (level, "growth") ? MEMSNOOP_URGENCY_LOW
                                                        : MEMSNOOP_URGENCY_NORMAL;
}

MemsnoopNotification *
memsnoop_notification_new (
    guint32 pid, const gchar *comm, GVariant *evidence, guint64 read, guint64 now)
{
  MemsnoopNotification *self = g_new0 (MemsnoopNotification, 1);

  self->summary = memsnoop_wording_suspicion_title (pid, comm, evidence);
  self->body = memsnoop_wording_suspicion (evidence, read, now);
  self->urgency = memsnoop_notification_urgency (evidence);
  return self;
}

MemsnoopNotification *
memsnoop_notification_new_summary (guint n, MemsnoopUrgency urgency, gboolean has_window)
{
  MemsnoopNotification *self = g_new0 (MemsnoopNotification, 1);

  self->summary = g_strdup_printf (g_dngettext (NULL, "%u more process may be leaking memory",
                                                "%u more processes may be leaking memory", n),
                                   n);
  self->body = g_strdup (has_window ? _ ("The window shows all that is suspected.")
                                    : _ ("“memsnoopctl suspects” tells all that is suspected."));
  self->urgency = urgency;
  return self;
}

void
memsnoop_notification_free (MemsnoopNotification *self)
{
  g_free (self->summary);
  g_free (self->body);
  g_free (self);
}

gboolean
memsnoop_notification_concerns (GVariant *evidence, guint32 uid)
{
  guint64 owner;

  return memsnoop_dictionary_lookup_number (evidence, "uid", &owner) &&
         (owner == uid || owner < FIRST_PERSON);
}
