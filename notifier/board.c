/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "board.h"

#include "card.h"
#include "dictionary.h"
#include "quantity.h"
#include "window-opener.h"

#include <glib/gi18n.h>

#define ICON "org.memsnoop1.Viewer"
/* Of the notification about those that are not told one by one; suspicions have small numbers. */
#define SUMMARY_KEY G_MAXUINT64
/* Of notifications that nothing is to be known of any more. */
#define MESSAGE_KEY (G_MAXUINT64 - 1)
#define GATHERING_SECONDS 2

struct _MemsnoopBoard
{
  GObject parent_instance;

  MemsnoopNotificationServer *server;
  GHashTable *cards; /* id of the suspicion to MemsnoopCard */
  MemsnoopAllowance allowance;
  guint update_seconds;
  guint update;
  /* Those for which there was no allowance, the card that stands for them, and how many it tells.
   */
  GHashTable *untold;
  MemsnoopCard *summary;
  guint told_untold;
  guint gathering;
};

G_DEFINE_FINAL_TYPE (MemsnoopBoard, memsnoop_board, G_TYPE_OBJECT)

static guint chosen_signal;

/* Showing */

static void update_summary (MemsnoopBoard *self);
static gboolean on_update (gpointer user_data);

static void
wait_for_update (MemsnoopBoard *self)
{
  if (self->update == 0)
    self->update = g_timeout_add_seconds (self->update_seconds, on_update, self);
}

static MemsnoopCardAction
decide (MemsnoopBoard *self, const MemsnoopCard *card, MemsnoopUrgency urgency, gint64 now)
{
  return memsnoop_card_decide (card, urgency, now, self->update_seconds * G_USEC_PER_SEC);
}

/* The default action, a click on the notification, has no label: some servers show a button for it
 * that has one, beside that of the action that says the same. */
static void
show_card (MemsnoopBoard *self, MemsnoopCard *card)
{
  const gchar *const actions[] = { "ignore", _ ("Ignore This Program"), NULL };
  const gchar *const actions_with_window[] = { "default",  "",       "show",
                                               _ ("Show"), "ignore", _ ("Ignore This Program"),
                                               NULL };
  g_autoptr (MemsnoopNotification) notification = memsnoop_notification_new (
      card->pid, card->comm, card->evidence, card->read, memsnoop_quantity_boot_time ());

  memsnoop_card_set_sent (card, notification->urgency, g_get_monotonic_time ());
  memsnoop_notification_server_show (
      self->server, card->id, card->notification, notification,
      memsnoop_window_opener_is_there () ? actions_with_window : actions, ICON);
  if (g_hash_table_remove (self->untold, card))
    update_summary (self);
}

static void
count_card (MemsnoopBoard *self, MemsnoopCard *card)
{
  card->state = MEMSNOOP_CARD_COUNTED;
  card->urgency = memsnoop_notification_urgency (card->evidence);
  g_hash_table_add (self->untold, card);
  update_summary (self);
}

static void
consider (MemsnoopBoard *self, MemsnoopCard *card)
{
  gint64 now = g_get_monotonic_time ();
  MemsnoopUrgency urgency = memsnoop_notification_urgency (card->evidence);
  MemsnoopCardAction action = decide (self, card, urgency, now);

  /* When it is ready all are considered again. */
  if (action == MEMSNOOP_CARD_REST || !memsnoop_notification_server_is_ready (self->server))
    return;
  if (action == MEMSNOOP_CARD_WAIT)
    wait_for_update (self);
  else if (action == MEMSNOOP_CARD_UPDATE || memsnoop_allowance_take (&self->allowance, now))
    show_card (self, card);
  else
    count_card (self, card);
}

static void
consider_all (MemsnoopBoard *self)
{
  GHashTableIter iterator;
  gpointer card;

  g_hash_table_iter_init (&iterator, self->cards);
  while (g_hash_table_iter_next (&iterator, NULL, &card))
    consider (self, card);
  update_summary (self);
}

static gboolean
on_update (gpointer user_data)
{
  MemsnoopBoard *self = user_data;

  self->update = 0;
  consider_all (self);
  return G_SOURCE_REMOVE;
}

/* The summary */

static MemsnoopUrgency
urgency_of_untold (MemsnoopBoard *self)
{
  MemsnoopUrgency most = MEMSNOOP_URGENCY_LOW;
  GHashTableIter iterator;
  gpointer card;

  g_hash_table_iter_init (&iterator, self->untold);
  while (g_hash_table_iter_next (&iterator, NULL, &card))
    most = MAX (most, ((MemsnoopCard *) card)->urgency);
  return most;
}

static void
show_summary (MemsnoopBoard *self, MemsnoopUrgency urgency)
{
  const gchar *const actions[] = { "default", "", "show", _ ("Show"), NULL };
  gboolean has_window = memsnoop_window_opener_is_there ();
  g_autoptr (MemsnoopNotification) notification =
      memsnoop_notification_new_summary (g_hash_table_size (self->untold), urgency, has_window);

  memsnoop_card_set_sent (self->summary, urgency, g_get_monotonic_time ());
  self->told_untold = g_hash_table_size (self->untold);
  memsnoop_notification_server_show (self->server, SUMMARY_KEY, self->summary->notification,
                                     notification, has_window ? actions : NULL, ICON);
}

static void
close_summary (MemsnoopBoard *self)
{
  if (self->summary->notification != 0)
    memsnoop_notification_server_close (self->server, self->summary->notification);
  self->summary->notification = 0;
  self->summary->state = MEMSNOOP_CARD_NEW;
}

/* After one that was closed there is another only as often as there is a new notification. */
static gboolean
may_have_summary (const MemsnoopCard *summary, gint64 now)
{
  return summary->told_at == 0 ||
         now - summary->told_at >= MEMSNOOP_CARD_INTERVAL_SECONDS * G_USEC_PER_SEC;
}

/* Those that come at once are counted before the first summary. */
static gboolean
on_gathered (gpointer user_data)
{
  MemsnoopBoard *self = user_data;

  self->gathering = 0;
  if (g_hash_table_size (self->untold) > 0 && memsnoop_notification_server_is_ready (self->server))
    show_summary (self, urgency_of_untold (self));
  return G_SOURCE_REMOVE;
}

static void
gather (MemsnoopBoard *self)
{
  if (self->gathering == 0)
    self->gathering = g_timeout_add_seconds (GATHERING_SECONDS, on_gathered, self);
}

static void
update_summary (MemsnoopBoard *self)
{
  gint64 now = g_get_monotonic_time ();
  MemsnoopUrgency urgency = urgency_of_untold (self);
  MemsnoopCardAction action;

  if (g_hash_table_size (self->untold) == 0)
    {
      close_summary (self);
      return;
    }
  self->summary->changed = self->told_untold != g_hash_table_size (self->untold);
  action = decide (self, self->summary, urgency, now);
  if (action == MEMSNOOP_CARD_REST || !memsnoop_notification_server_is_ready (self->server))
    return;
  if (action == MEMSNOOP_CARD_UPDATE)
    show_summary (self, urgency);
  else if (action == MEMSNOOP_CARD_SHOW && may_have_summary (self->summary, now))
    gather (self);
  else
    wait_for_update (self);
}

/* Who has closed the summary has seen those that it counted. */
static void
close_counted (MemsnoopBoard *self)
{
  GHashTableIter iterator;
  gpointer card;

  g_hash_table_iter_init (&iterator, self->untold);
  while (g_hash_table_iter_next (&iterator, NULL, &card))
    ((MemsnoopCard *) card)->state = MEMSNOOP_CARD_CLOSED;
  g_hash_table_remove_all (self->untold);
  self->summary->notification = 0;
  self->summary->state = MEMSNOOP_CARD_NEW;
}

/* What the notification server says */

static MemsnoopCard *
find_shown (MemsnoopBoard *self, guint notification)
{
  GHashTableIter iterator;
  gpointer card;

  if (notification == 0)
    return NULL;
  if (notification == self->summary->notification)
    return self->summary;
  g_hash_table_iter_init (&iterator, self->cards);
  while (g_hash_table_iter_next (&iterator, NULL, &card))
    if (((MemsnoopCard *) card)->notification == notification)
      return card;
  return NULL;
}

static void
on_action (MemsnoopNotificationServer *server,
           guint id,
           const gchar *action,
           const gchar *token,
           MemsnoopBoard *self)
{
  MemsnoopCard *card = find_shown (self, id);
  guint64 start_time = 0;

  if (card != NULL && card->evidence != NULL)
    memsnoop_dictionary_lookup_number (card->evidence, "start-time", &start_time);
  if (card != NULL)
    g_signal_emit (self, chosen_signal, 0, card != self->summary ? card->id : (guint64) 0,
                   card != self->summary ? card->pid : 0, start_time, action, token);
}

static void
on_shown (MemsnoopNotificationServer *server, guint64 key, guint id, MemsnoopBoard *self)
{
  MemsnoopCard *card = key == SUMMARY_KEY ? self->summary : g_hash_table_lookup (self->cards, &key);

  if (key == MESSAGE_KEY)
    return;
  if (card == NULL || card->state != MEMSNOOP_CARD_SENT)
    {
      /* Withdrawn meanwhile. */
      if (id != 0)
        memsnoop_notification_server_close (server, id);
      return;
    }
  if (!memsnoop_card_set_shown (card, id) && id != 0)
    memsnoop_notification_server_close (server, id);
  if (card == self->summary)
    update_summary (self);
  else
    consider (self, card);
}

static void
on_closed (MemsnoopNotificationServer *server, guint id, MemsnoopBoard *self)
{
  MemsnoopCard *card = find_shown (self, id);

  if (card == NULL)
    return;
  if (card == self->summary)
    {
      close_counted (self);
      return;
    }
  memsnoop_card_set_closed (card);
}

static void
on_ready (MemsnoopNotificationServer *server, gboolean anew, MemsnoopBoard *self)
{
  GHashTableIter iterator;
  gpointer card;

  if (anew)
    {
      memsnoop_card_set_lost (self->summary);
      g_hash_table_iter_init (&iterator, self->cards);
      while (g_hash_table_iter_next (&iterator, NULL, &card))
        memsnoop_card_set_lost (card);
    }
  consider_all (self);
}

/* The object */

static void
memsnoop_board_dispose (GObject *object)
{
  MemsnoopBoard *self = MEMSNOOP_BOARD (object);

  g_clear_handle_id (&self->update, g_source_remove);
  g_clear_handle_id (&self->gathering, g_source_remove);
  if (self->server != NULL)
    g_signal_handlers_disconnect_by_data (self->server, self);
  g_clear_object (&self->server);
  G_OBJECT_CLASS (memsnoop_board_parent_class)->dispose (object);
}

static void
memsnoop_board_finalize (GObject *object)
{
  MemsnoopBoard *self = MEMSNOOP_BOARD (object);

  g_hash_table_unref (self->untold);
  g_hash_table_unref (self->cards);
  memsnoop_card_free (self->summary);
  G_OBJECT_CLASS (memsnoop_board_parent_class)->finalize (object);
}

static void
memsnoop_board_class_init (MemsnoopBoardClass *class)
{
  G_OBJECT_CLASS (class)->dispose = memsnoop_board_dispose;
  G_OBJECT_CLASS (class)->finalize = memsnoop_board_finalize;
  chosen_signal = g_signal_new ("chosen", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                NULL, NULL, G_TYPE_NONE, 5, G_TYPE_UINT64, G_TYPE_UINT,
                                G_TYPE_UINT64, G_TYPE_STRING, G_TYPE_STRING);
}

static void
memsnoop_board_init (MemsnoopBoard *self)
{
  self->cards = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL,
                                       (GDestroyNotify) memsnoop_card_free);
  self->untold = g_hash_table_new (NULL, NULL);
  self->summary = memsnoop_card_new (SUMMARY_KEY);
  memsnoop_allowance_init (&self->allowance, g_get_monotonic_time ());
}

MemsnoopBoard *
memsnoop_board_new (MemsnoopNotificationServer *server, guint update_seconds)
{
  MemsnoopBoard *self = g_object_new (MEMSNOOP_TYPE_BOARD, NULL);

  self->server = g_object_ref (server);
  self->update_seconds = update_seconds;
  g_signal_connect (server, "action", G_CALLBACK (on_action), self);
  g_signal_connect (server, "shown", G_CALLBACK (on_shown), self);
  g_signal_connect (server, "closed", G_CALLBACK (on_closed), self);
  g_signal_connect (server, "ready", G_CALLBACK (on_ready), self);
  return self;
}

GArray *
memsnoop_board_get_suspicions (MemsnoopBoard *self)
{
  GArray *ids = g_array_new (FALSE, FALSE, sizeof (guint64));
  GHashTableIter iterator;
  gpointer id;

  g_hash_table_iter_init (&iterator, self->cards);
  while (g_hash_table_iter_next (&iterator, &id, NULL))
    g_array_append_vals (ids, id, 1);
  return ids;
}

static MemsnoopCard *
find_card (MemsnoopBoard *self, guint64 id)
{
  MemsnoopCard *card = g_hash_table_lookup (self->cards, &id);

  if (card != NULL || g_hash_table_size (self->cards) >= MEMSNOOP_BOARD_CARDS_MAX)
    return card;
  card = memsnoop_card_new (id);
  g_hash_table_insert (self->cards, &card->id, card);
  return card;
}

void
memsnoop_board_set (MemsnoopBoard *self,
                    guint64 id,
                    guint32 pid,
                    const gchar *comm,
                    GVariant *evidence,
                    gboolean news)
{
  MemsnoopCard *card = id < MESSAGE_KEY ? find_card (self, id) : NULL;

  if (card == NULL)
    return;
  memsnoop_card_set (card, pid, comm, evidence, news);
  card->read = memsnoop_quantity_boot_time ();
  consider (self, card);
}

void
memsnoop_board_withdraw (MemsnoopBoard *self, guint64 id)
{
  MemsnoopCard *card = g_hash_table_lookup (self->cards, &id);
  gboolean counted;

  if (card == NULL)
    return;
  if (card->notification != 0)
    memsnoop_notification_server_close (self->server, card->notification);
  counted = g_hash_table_remove (self->untold, card);
  g_hash_table_remove (self->cards, &id);
  if (counted)
    update_summary (self);
}

void
memsnoop_board_withdraw_all (MemsnoopBoard *self)
{
  GHashTableIter iterator;
  gpointer card;

  close_summary (self);
  g_hash_table_iter_init (&iterator, self->cards);
  while (g_hash_table_iter_next (&iterator, NULL, &card))
    if (((MemsnoopCard *) card)->notification != 0)
      memsnoop_notification_server_close (self->server, ((MemsnoopCard *) card)->notification);
}

void
memsnoop_board_show_message (MemsnoopBoard *self, const gchar *title, const gchar *text)
{
  const MemsnoopNotification notification = { (gchar *) title, (gchar *) text,
                                              MEMSNOOP_URGENCY_NORMAL };

  memsnoop_notification_server_show (self->server, MESSAGE_KEY, 0, &notification, NULL, ICON);
}
