/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspect-item.h"

#include "dictionary.h"
#include "growth-end.h"
#include "quantity.h"
#include "wording.h"

#include <glib/gi18n.h>

struct _MemsnoopSuspectItem
{
  GObject parent_instance;

  guint64 id;
  guint32 pid;
  gchar *comm;
  gchar *name;
  gchar *executable;
  GVariant *evidence;
  /* When the evidence was read, CLOCK_BOOTTIME nanoseconds. */
  guint64 read;
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE (MemsnoopSuspectItem, memsnoop_suspect_item, G_TYPE_OBJECT)

static void
memsnoop_suspect_item_finalize (GObject *object)
{
  MemsnoopSuspectItem *self = MEMSNOOP_SUSPECT_ITEM (object);

  g_free (self->comm);
  g_free (self->name);
  g_free (self->executable);
  g_clear_pointer (&self->evidence, g_variant_unref);
  G_OBJECT_CLASS (memsnoop_suspect_item_parent_class)->finalize (object);
}

static void
memsnoop_suspect_item_class_init (MemsnoopSuspectItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = memsnoop_suspect_item_finalize;
  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
memsnoop_suspect_item_init (MemsnoopSuspectItem *self)
{
}

MemsnoopSuspectItem *
memsnoop_suspect_item_new (guint64 id)
{
  MemsnoopSuspectItem *self = g_object_new (MEMSNOOP_TYPE_SUSPECT_ITEM, NULL);

  self->id = id;
  return self;
}

void
memsnoop_suspect_item_update (MemsnoopSuspectItem *self, GVariant *evidence)
{
  g_variant_ref (evidence);
  g_clear_pointer (&self->evidence, g_variant_unref);
  self->evidence = evidence;
  self->read = memsnoop_quantity_boot_time ();
  g_signal_emit (self, changed_signal, 0);
}

void
memsnoop_suspect_item_set (MemsnoopSuspectItem *self,
                           guint32 pid,
                           const gchar *comm,
                           GVariant *evidence)
{
  g_autofree gchar *executable = memsnoop_dictionary_lookup_string (evidence, "exe");

  self->pid = pid;
  g_free (self->comm);
  self->comm = g_strdup (comm);
  g_free (self->name);
  self->name = memsnoop_wording_name (comm, MEMSNOOP_WORDING_NAME_MAX);
  if (executable != NULL && *executable != '\0')
    {
      g_free (self->executable);
      self->executable = g_steal_pointer (&executable);
    }
  memsnoop_suspect_item_update (self, evidence);
}

static guint64
time_left (MemsnoopSuspectItem *self)
{
  guint64 seconds;

  return memsnoop_dictionary_lookup_number (self->evidence, "time-to-exhaustion", &seconds)
             ? seconds
             : G_MAXUINT64;
}

static gdouble
confidence (MemsnoopSuspectItem *self)
{
  gdouble value;

  return memsnoop_dictionary_lookup_double (self->evidence, "confidence", &value)
             ? CLAMP (value, 0, 1)
             : 0;
}

gint
memsnoop_suspect_item_compare (MemsnoopSuspectItem *a, MemsnoopSuspectItem *b)
{
  guint64 soon = time_left (a), other = time_left (b);
  gdouble sure = confidence (a), other_sure = confidence (b);

  if (soon != other)
    return soon < other ? -1 : 1;
  if (sure > other_sure || sure < other_sure)
    return sure > other_sure ? -1 : 1;
  return a->id < b->id ? -1 : a->id > b->id;
}

guint64
memsnoop_suspect_item_get_id (MemsnoopSuspectItem *self)
{
  return self->id;
}

guint32
memsnoop_suspect_item_get_pid (MemsnoopSuspectItem *self)
{
  return self->pid;
}

const gchar *
memsnoop_suspect_item_get_name (MemsnoopSuspectItem *self)
{
  return self->name;
}

const gchar *
memsnoop_suspect_item_get_executable (MemsnoopSuspectItem *self)
{
  return self->executable;
}

GVariant *
memsnoop_suspect_item_get_evidence (MemsnoopSuspectItem *self)
{
  return self->evidence;
}

gboolean
memsnoop_suspect_item_is_probable (MemsnoopSuspectItem *self)
{
  g_autofree gchar *level = memsnoop_dictionary_lookup_string (self->evidence, "level");

  return g_strcmp0 (level, "probable") == 0;
}

gchar *
memsnoop_suspect_item_title (MemsnoopSuspectItem *self)
{
  return memsnoop_wording_suspicion_title (self->pid, self->comm, self->evidence);
}

static gchar *
describe_certainty (MemsnoopSuspectItem *self)
{
  const gchar *level =
      memsnoop_suspect_item_is_probable (self) ? _ ("Probable leak") : _ ("Steady growth");
  gdouble confidence;

  if (!memsnoop_dictionary_lookup_double (self->evidence, "confidence", &confidence))
    return g_strdup (level);
  /* Translators: how sure it is that a program leaks, and in percent. */
  return g_strdup_printf (_ ("%s (%.0f %% sure)"), level, CLAMP (confidence, 0, 1) * 100);
}

static gchar *
describe_speed (MemsnoopSuspectItem *self)
{
  gdouble rate;
  guint64 last;

  if (memsnoop_growth_end_find (self->evidence, self->read, &last) ||
      !memsnoop_dictionary_lookup_double (self->evidence, "rate", &rate))
    return NULL;
  return memsnoop_wording_rate (rate);
}

static gchar *
describe_time_left (MemsnoopSuspectItem *self)
{
  g_autofree gchar *span = NULL;
  guint64 seconds;

  if (!memsnoop_dictionary_lookup_number (self->evidence, "time-to-exhaustion", &seconds))
    return NULL;
  span = memsnoop_wording_duration (seconds);
  return g_strdup_printf (_ ("memory full in %s"), span);
}

gchar *
memsnoop_suspect_item_summary (MemsnoopSuspectItem *self)
{
  gchar *parts[4] = { describe_certainty (self), describe_speed (self), NULL, NULL };
  gchar *text;

  parts[parts[1] != NULL ? 2 : 1] = describe_time_left (self);
  text = g_strjoinv (" · ", parts);
  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    g_free (parts[i]);
  return text;
}

gchar *
memsnoop_suspect_item_sentences (MemsnoopSuspectItem *self)
{
  return memsnoop_wording_suspicion (self->evidence, self->read, memsnoop_quantity_boot_time ());
}
