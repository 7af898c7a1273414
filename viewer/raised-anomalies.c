/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "raised-anomalies.h"

#include "dictionary.h"
#include "quantity.h"
#include "wording.h"

#include <math.h>

struct _MemsnoopRaisedAnomalies
{
  GObject parent_instance;

  MemsnoopService *service;
  /* As they began, and where in that each is, by pid and kind. */
  GQueue order;
  GHashTable *links;
  /* That some had no room was said. */
  gboolean told;
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE (MemsnoopRaisedAnomalies, memsnoop_raised_anomalies, G_TYPE_OBJECT)

static guint
hash (gconstpointer key)
{
  const MemsnoopRaisedAnomaly *anomaly = key;

  return g_str_hash (anomaly->kind) * 31 + anomaly->pid;
}

static gboolean
is_same (gconstpointer a, gconstpointer b)
{
  const MemsnoopRaisedAnomaly *anomaly = a, *other = b;

  return anomaly->pid == other->pid && g_str_equal (anomaly->kind, other->kind);
}

static void
anomaly_free (gpointer data)
{
  MemsnoopRaisedAnomaly *anomaly = data;

  g_free (anomaly->kind);
  g_free (anomaly);
}

static void
remove_link (MemsnoopRaisedAnomalies *self, GList *link)
{
  g_hash_table_remove (self->links, link->data);
  anomaly_free (link->data);
  g_queue_delete_link (&self->order, link);
}

static void
make_room (MemsnoopRaisedAnomalies *self)
{
  const MemsnoopRaisedAnomaly *oldest = g_queue_peek_head (&self->order);
  guint32 pid;

  if (self->order.length < MEMSNOOP_RAISED_ANOMALIES_MAX)
    return;
  if (!self->told)
    g_message ("More than %d anomalies are raised: the oldest are not shown",
               MEMSNOOP_RAISED_ANOMALIES_MAX);
  self->told = TRUE;
  pid = oldest->pid;
  remove_link (self, self->order.head);
  g_signal_emit (self, changed_signal, 0, pid);
}

/* Takes the kind. */
static MemsnoopRaisedAnomaly *
add (MemsnoopRaisedAnomalies *self, guint32 pid, gchar *kind)
{
  MemsnoopRaisedAnomaly *anomaly = g_new0 (MemsnoopRaisedAnomaly, 1);

  anomaly->pid = pid;
  anomaly->kind = kind;
  anomaly->since = memsnoop_quantity_boot_time ();
  make_room (self);
  g_queue_push_tail (&self->order, anomaly);
  g_hash_table_insert (self->links, anomaly, self->order.tail);
  return anomaly;
}

static gdouble
look_up (GVariant *details, const gchar *key)
{
  gdouble value;

  return memsnoop_dictionary_lookup_double (details, key, &value) ? value : NAN;
}

void
memsnoop_raised_anomalies_take (MemsnoopRaisedAnomalies *self,
                                guint32 pid,
                                const gchar *kind,
                                GVariant *details)
{
  g_autofree gchar *state = memsnoop_dictionary_lookup_string (details, "state");
  g_autofree gchar *shown = memsnoop_wording_name (kind, MEMSNOOP_WORDING_NAME_MAX);
  const MemsnoopRaisedAnomaly sought = { .pid = pid, .kind = shown };
  GList *link = g_hash_table_lookup (self->links, &sought);
  gboolean cleared = g_strcmp0 (state, "cleared") == 0;
  MemsnoopRaisedAnomaly *anomaly;

  if (pid == 0 || pid > G_MAXINT32 || (cleared && link == NULL))
    return;
  if (cleared)
    remove_link (self, link);
  else
    {
      anomaly = link != NULL ? link->data : add (self, pid, g_steal_pointer (&shown));
      anomaly->value = look_up (details, "value");
      anomaly->threshold = look_up (details, "threshold");
    }
  g_signal_emit (self, changed_signal, 0, pid);
}

GPtrArray *
memsnoop_raised_anomalies_list (MemsnoopRaisedAnomalies *self, guint32 pid)
{
  GPtrArray *found = g_ptr_array_new ();

  for (GList *link = self->order.head; link != NULL; link = link->next)
    if (((MemsnoopRaisedAnomaly *) link->data)->pid == pid)
      g_ptr_array_add (found, link->data);
  return found;
}

static void
forget (MemsnoopRaisedAnomalies *self)
{
  g_hash_table_remove_all (self->links);
  g_queue_clear_full (&self->order, anomaly_free);
  self->told = FALSE;
}

static void
on_anomaly (MemsnoopService *service,
            guint pid,
            const gchar *comm,
            const gchar *kind,
            GVariant *details,
            MemsnoopRaisedAnomalies *self)
{
  memsnoop_raised_anomalies_take (self, pid, kind, details);
}

/* Of a service that is not heard it is not known what it has cleared. */
static void
on_state (MemsnoopRaisedAnomalies *self)
{
  if (memsnoop_service_get_state (self->service) == MEMSNOOP_SERVICE_READY)
    return;
  forget (self);
  g_signal_emit (self, changed_signal, 0, 0);
}

/* The object */

static void
memsnoop_raised_anomalies_finalize (GObject *object)
{
  MemsnoopRaisedAnomalies *self = MEMSNOOP_RAISED_ANOMALIES (object);

  forget (self);
  g_hash_table_unref (self->links);
  g_clear_object (&self->service);
  G_OBJECT_CLASS (memsnoop_raised_anomalies_parent_class)->finalize (object);
}

static void
memsnoop_raised_anomalies_class_init (MemsnoopRaisedAnomaliesClass *class)
{
  G_OBJECT_CLASS (class)->finalize = memsnoop_raised_anomalies_finalize;
  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
memsnoop_raised_anomalies_init (MemsnoopRaisedAnomalies *self)
{
  g_queue_init (&self->order);
  self->links = g_hash_table_new (hash, is_same);
}

MemsnoopRaisedAnomalies *
memsnoop_raised_anomalies_new (MemsnoopService *service)
{
  MemsnoopRaisedAnomalies *self = g_object_new (MEMSNOOP_TYPE_RAISED_ANOMALIES, NULL);

  self->service = g_object_ref (service);
  g_signal_connect_object (service, "anomaly", G_CALLBACK (on_anomaly), self, 0);
  g_signal_connect_object (service, "notify::state", G_CALLBACK (on_state), self,
                           G_CONNECT_SWAPPED);
  return self;
}
