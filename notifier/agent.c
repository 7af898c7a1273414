/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent.h"

#include "card.h"
#include "dictionary.h"
#include "quantity.h"
#include "wording.h"

#include <glib/gi18n.h>

#define ICON "org.memsnoop1.Viewer"
/* Of the notification about those that are not told one by one; no suspicion has this number. */
#define SUMMARY_KEY G_MAXUINT64
#define VIEWER "memsnoop-viewer"

struct _MemsnoopAgent
{
  GObject parent_instance;

  MemsnoopService *service;
  MemsnoopNotificationServer *server;
  guint32 uid;
  GCancellable *cancellable;
  GHashTable *cards; /* id of the suspicion to MemsnoopCard */
  MemsnoopAllowance allowance;
  guint update;
  /* Those that are suspected, and for which there was no allowance. */
  GHashTable *untold;
  guint summary;
};

G_DEFINE_FINAL_TYPE (MemsnoopAgent, memsnoop_agent, G_TYPE_OBJECT)

/* Showing */

static void
show_card (MemsnoopAgent *self, MemsnoopCard *card)
{
  const gchar *const actions[] = { "default",  _ ("Show"), "show",
                                   _ ("Show"), "ignore",   _ ("Ignore This Program"),
                                   NULL };
  g_autoptr (MemsnoopNotification) notification = memsnoop_notification_new (
      card->pid, card->comm, card->evidence, memsnoop_quantity_boot_time ());

  memsnoop_card_set_told (card, g_get_monotonic_time ());
  memsnoop_notification_server_show (self->server, card->id, card->notification, notification,
                                     actions, ICON);
}

static void
update_summary (MemsnoopAgent *self)
{
  const gchar *const actions[] = { "default", _ ("Show"), NULL };
  guint n = g_hash_table_size (self->untold);
  g_autoptr (MemsnoopNotification) notification = NULL;

  if (n == 0)
    {
      if (self->summary != 0)
        memsnoop_notification_server_close (self->server, self->summary);
      self->summary = 0;
      return;
    }
  notification = memsnoop_notification_new_summary (n);
  memsnoop_notification_server_show (self->server, SUMMARY_KEY, self->summary, notification,
                                     actions, ICON);
}

static gboolean on_update (gpointer user_data);

static void
show_if_allowed (MemsnoopAgent *self, MemsnoopCard *card)
{
  if (memsnoop_allowance_take (&self->allowance, g_get_monotonic_time ()))
    {
      show_card (self, card);
      return;
    }
  if (!g_hash_table_add (self->untold, g_memdup2 (&card->id, sizeof card->id)))
    return;
  card->told = TRUE;
  card->urgency = memsnoop_notification_urgency (card->evidence);
  update_summary (self);
}

static void
consider (MemsnoopAgent *self, MemsnoopCard *card)
{
  switch (memsnoop_card_decide (card, g_get_monotonic_time ()))
    {
    case MEMSNOOP_CARD_SHOW:
      show_if_allowed (self, card);
      break;
    case MEMSNOOP_CARD_UPDATE:
      show_card (self, card);
      break;
    case MEMSNOOP_CARD_WAIT:
      if (self->update == 0)
        self->update = g_timeout_add_seconds (MEMSNOOP_CARD_UPDATE_SECONDS, on_update, self);
      break;
    case MEMSNOOP_CARD_REST:
      break;
    }
}

static gboolean
on_update (gpointer user_data)
{
  MemsnoopAgent *self = user_data;
  GHashTableIter iterator;
  gpointer card;

  self->update = 0;
  g_hash_table_iter_init (&iterator, self->cards);
  while (g_hash_table_iter_next (&iterator, NULL, &card))
    if (((MemsnoopCard *) card)->notification != 0)
      consider (self, card);
  return G_SOURCE_REMOVE;
}

/* What the service says */

static void
withdraw (MemsnoopAgent *self, guint64 id)
{
  MemsnoopCard *card = g_hash_table_lookup (self->cards, &id);

  if (card != NULL && card->notification != 0)
    memsnoop_notification_server_close (self->server, card->notification);
  g_hash_table_remove (self->cards, &id);
  if (g_hash_table_remove (self->untold, &id))
    update_summary (self);
}

static MemsnoopCard *
find_card (MemsnoopAgent *self, guint64 id)
{
  MemsnoopCard *card = g_hash_table_lookup (self->cards, &id);

  if (card != NULL || g_hash_table_size (self->cards) >= MEMSNOOP_AGENT_CARDS_MAX)
    return card;
  card = memsnoop_card_new (id);
  g_hash_table_insert (self->cards, &card->id, card);
  return card;
}

static void
take_in (MemsnoopAgent *self, guint32 pid, const gchar *comm, GVariant *evidence)
{
  g_autofree gchar *state = memsnoop_dictionary_lookup_string (evidence, "state");
  MemsnoopCard *card;
  guint64 id;

  if (!memsnoop_dictionary_lookup_number (evidence, "id", &id) ||
      !memsnoop_notification_concerns (evidence, self->uid))
    return;
  if (g_strcmp0 (state, "cleared") == 0)
    {
      withdraw (self, id);
      return;
    }
  card = find_card (self, id);
  if (card == NULL)
    return;
  memsnoop_card_set (card, pid, comm, evidence);
  consider (self, card);
}

static void
on_suspicion (MemsnoopService *service,
              guint pid,
              const gchar *comm,
              GVariant *evidence,
              const gchar *session,
              MemsnoopAgent *self)
{
  take_in (self, pid, comm, evidence);
}

/* What has been cleared while nobody listened. Of other users' processes the list tells nothing:
 * those stay until a signal clears them. */
static void
forget_all_but (MemsnoopAgent *self, GHashTable *standing)
{
  g_autoptr (GList) cards = g_hash_table_get_values (self->cards);

  for (GList *link = cards; link != NULL; link = link->next)
    {
      MemsnoopCard *card = link->data;
      guint64 uid = 0;

      memsnoop_dictionary_lookup_number (card->evidence, "uid", &uid);
      if (uid == self->uid && !g_hash_table_contains (standing, &card->id))
        withdraw (self, card->id);
    }
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopAgent) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);
  g_autoptr (GHashTable) standing =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  g_autoptr (GVariantIter) rows = NULL;
  GVariant *row;

  if (reply == NULL)
    {
      if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        g_message ("What is suspected now cannot be listed: %s", error->message);
      return;
    }
  g_variant_get (reply, "(aa{sv})", &rows);
  while ((row = g_variant_iter_next_value (rows)) != NULL)
    {
      g_autofree gchar *comm = memsnoop_dictionary_lookup_string (row, "comm");
      guint64 pid = 0, id = 0;

      memsnoop_dictionary_lookup_number (row, "pid", &pid);
      if (memsnoop_dictionary_lookup_number (row, "id", &id))
        g_hash_table_add (standing, g_memdup2 (&id, sizeof id));
      take_in (self, (guint32) pid, comm, row);
      g_variant_unref (row);
    }
  forget_all_but (self, standing);
}

static void
on_state (MemsnoopAgent *self)
{
  if (memsnoop_service_get_state (self->service) == MEMSNOOP_SERVICE_READY)
    memsnoop_service_call (self->service, "ListSuspects", NULL, "(aa{sv})", FALSE, -1,
                           self->cancellable, on_listed, g_object_ref (self));
}

/* What the user does */

static void
tell_failure (MemsnoopAgent *self, const gchar *what, GError *error)
{
  MemsnoopNotification notification = { .urgency = MEMSNOOP_URGENCY_NORMAL };

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_dbus_error_strip_remote_error (error);
  notification.summary = (gchar *) what;
  notification.body = error->message;
  memsnoop_notification_server_show (self->server, 0, 0, &notification, NULL, ICON);
}

static void
on_ignored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopAgent) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);

  if (reply == NULL)
    tell_failure (self, _ ("The program is not ignored"), error);
}

static void
on_suspect (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopAgent) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);
  g_autoptr (GVariant) suspect = NULL;
  g_autofree gchar *executable = NULL;

  if (reply == NULL)
    {
      tell_failure (self, _ ("The program is not ignored"), error);
      return;
    }
  suspect = g_variant_get_child_value (reply, 0);
  executable = memsnoop_dictionary_lookup_string (suspect, "exe");
  memsnoop_service_call (self->service, "Ignore",
                         g_variant_new ("(s)", executable != NULL ? executable : ""), "()", TRUE,
                         -1, self->cancellable, on_ignored, g_object_ref (self));
}

static void
ignore_program (MemsnoopAgent *self, const MemsnoopCard *card)
{
  memsnoop_service_call (self->service, "GetSuspect", g_variant_new ("(t)", card->id), "(a{sv})",
                         TRUE, -1, self->cancellable, on_suspect, g_object_ref (self));
}

/* The window, at a process's page or, with 0, at all that is suspected. */
static void
open_viewer (MemsnoopAgent *self, guint32 pid)
{
  g_autofree gchar *number = g_strdup_printf ("%u", pid);
  const gchar *const of_process[] = { VIEWER, "--process", number, NULL };
  const gchar *const of_suspects[] = { VIEWER, "--suspects", NULL };
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) viewer =
      g_subprocess_newv (pid != 0 ? of_process : of_suspects, G_SUBPROCESS_FLAGS_NONE, &error);

  if (viewer == NULL)
    tell_failure (self, _ ("The window cannot be opened"), error);
}

static MemsnoopCard *
find_shown (MemsnoopAgent *self, guint notification)
{
  GHashTableIter iterator;
  gpointer card;

  g_hash_table_iter_init (&iterator, self->cards);
  while (g_hash_table_iter_next (&iterator, NULL, &card))
    if (((MemsnoopCard *) card)->notification == notification)
      return card;
  return NULL;
}

static void
on_action (MemsnoopNotificationServer *server, guint id, const gchar *action, MemsnoopAgent *self)
{
  MemsnoopCard *card = id != 0 ? find_shown (self, id) : NULL;

  if (card == NULL)
    {
      if (id != 0 && id == self->summary)
        open_viewer (self, 0);
    }
  else if (g_str_equal (action, "ignore"))
    ignore_program (self, card);
  else
    open_viewer (self, card->pid);
}

/* What the notification server says */

static void
on_shown (MemsnoopNotificationServer *server, guint64 key, guint id, MemsnoopAgent *self)
{
  MemsnoopCard *card = g_hash_table_lookup (self->cards, &key);

  if (card != NULL)
    card->notification = id;
  else if (key == SUMMARY_KEY && g_hash_table_size (self->untold) > 0)
    self->summary = id;
  else if (key != 0)
    /* Withdrawn meanwhile. */
    memsnoop_notification_server_close (server, id);
}

static void
on_closed (MemsnoopNotificationServer *server, guint id, gboolean by_user, MemsnoopAgent *self)
{
  MemsnoopCard *card = find_shown (self, id);

  if (card != NULL)
    card->notification = 0;
  if (id == self->summary)
    self->summary = 0;
}

static void
on_restarted (MemsnoopNotificationServer *server, MemsnoopAgent *self)
{
  GHashTableIter iterator;
  gpointer card;

  self->summary = 0;
  g_hash_table_iter_init (&iterator, self->cards);
  while (g_hash_table_iter_next (&iterator, NULL, &card))
    ((MemsnoopCard *) card)->notification = 0;
}

/* The object */

static void
memsnoop_agent_dispose (GObject *object)
{
  MemsnoopAgent *self = MEMSNOOP_AGENT (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->update, g_source_remove);
  if (self->service != NULL)
    g_signal_handlers_disconnect_by_data (self->service, self);
  if (self->server != NULL)
    g_signal_handlers_disconnect_by_data (self->server, self);
  g_clear_object (&self->service);
  g_clear_object (&self->server);
  G_OBJECT_CLASS (memsnoop_agent_parent_class)->dispose (object);
}

static void
memsnoop_agent_finalize (GObject *object)
{
  MemsnoopAgent *self = MEMSNOOP_AGENT (object);

  g_object_unref (self->cancellable);
  g_hash_table_unref (self->untold);
  g_hash_table_unref (self->cards);
  G_OBJECT_CLASS (memsnoop_agent_parent_class)->finalize (object);
}

static void
memsnoop_agent_class_init (MemsnoopAgentClass *class)
{
  G_OBJECT_CLASS (class)->dispose = memsnoop_agent_dispose;
  G_OBJECT_CLASS (class)->finalize = memsnoop_agent_finalize;
}

static void
memsnoop_agent_init (MemsnoopAgent *self)
{
  self->cancellable = g_cancellable_new ();
  self->cards = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL,
                                       (GDestroyNotify) memsnoop_card_free);
  self->untold = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  memsnoop_allowance_init (&self->allowance, g_get_monotonic_time ());
}

MemsnoopAgent *
memsnoop_agent_new (MemsnoopService *service, MemsnoopNotificationServer *server, guint32 uid)
{
  MemsnoopAgent *self = g_object_new (MEMSNOOP_TYPE_AGENT, NULL);

  self->service = g_object_ref (service);
  self->server = g_object_ref (server);
  self->uid = uid;
  g_signal_connect (service, "suspicion", G_CALLBACK (on_suspicion), self);
  g_signal_connect_swapped (service, "notify::state", G_CALLBACK (on_state), self);
  g_signal_connect (server, "action", G_CALLBACK (on_action), self);
  g_signal_connect (server, "shown", G_CALLBACK (on_shown), self);
  g_signal_connect (server, "closed", G_CALLBACK (on_closed), self);
  g_signal_connect (server, "restarted", G_CALLBACK (on_restarted), self);
  on_state (self);
  return self;
}
