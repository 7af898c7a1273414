/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-item.h"

#include "program-icons.h"
#include "user-name.h"
#include "wording.h"

struct _MemsnoopProcessItem
{
  GObject parent_instance;

  guint32 pid;
  guint64 start_time;
  gchar *comm;
  gchar *name;
  guint32 uid;
  gchar *user;
  /* All that is searched, casefolded. */
  gchar *searched;
  GIcon *icon;
  gchar *suspicion;
  MemsnoopProcessFigures figures;
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE (MemsnoopProcessItem, memsnoop_process_item, G_TYPE_OBJECT)

static void
memsnoop_process_item_finalize (GObject *object)
{
  MemsnoopProcessItem *self = MEMSNOOP_PROCESS_ITEM (object);

  g_free (self->comm);
  g_free (self->name);
  g_free (self->searched);
  g_free (self->suspicion);
  g_free (self->user);
  g_clear_object (&self->icon);
  G_OBJECT_CLASS (memsnoop_process_item_parent_class)->finalize (object);
}

static void
memsnoop_process_item_class_init (MemsnoopProcessItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = memsnoop_process_item_finalize;
  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
memsnoop_process_item_init (MemsnoopProcessItem *self)
{
  self->uid = MEMSNOOP_PROCESS_NO_USER;
}

MemsnoopProcessItem *
memsnoop_process_item_new (guint32 pid, guint64 start_time)
{
  MemsnoopProcessItem *self = g_object_new (MEMSNOOP_TYPE_PROCESS_ITEM, NULL);

  self->pid = pid;
  self->start_time = start_time;
  return self;
}

static const gchar *
name_of (guint32 uid)
{
  return uid != MEMSNOOP_PROCESS_NO_USER ? memsnoop_user_name (uid) : "";
}

/* Users and icons may be found some time later. */
static gboolean
is_identity (MemsnoopProcessItem *self, const gchar *comm, guint32 uid)
{
  return self->uid == uid && g_strcmp0 (self->comm, comm) == 0 &&
         g_strcmp0 (self->user, name_of (uid)) == 0 &&
         self->icon == memsnoop_program_icons_find (comm);
}

static void
set_identity (MemsnoopProcessItem *self, const gchar *comm, guint32 uid)
{
  g_autofree gchar *searched = NULL;

  g_free (self->comm);
  g_free (self->name);
  g_free (self->searched);
  self->comm = g_strdup (comm);
  self->name = memsnoop_wording_name (comm, MEMSNOOP_WORDING_NAME_MAX);
  self->uid = uid;
  g_free (self->user);
  self->user = g_strdup (name_of (uid));
  g_set_object (&self->icon, memsnoop_program_icons_find (comm));
  searched = g_strdup_printf ("%s\n%u\n%s", self->name, self->pid, self->user);
  self->searched = g_utf8_casefold (searched, -1);
}

void
memsnoop_process_item_set (MemsnoopProcessItem *self,
                           const gchar *comm,
                           guint32 uid,
                           const MemsnoopProcessFigures *figures)
{
  gboolean same = is_identity (self, comm, uid);

  if (same && memcmp (&self->figures, figures, sizeof *figures) == 0)
    return;
  if (!same)
    set_identity (self, comm, uid);
  self->figures = *figures;
  g_signal_emit (self, changed_signal, 0);
}

guint32
memsnoop_process_item_get_pid (MemsnoopProcessItem *self)
{
  return self->pid;
}

guint64
memsnoop_process_item_get_start_time (MemsnoopProcessItem *self)
{
  return self->start_time;
}

const gchar *
memsnoop_process_item_get_name (MemsnoopProcessItem *self)
{
  return self->name;
}

const gchar *
memsnoop_process_item_get_user (MemsnoopProcessItem *self)
{
  return self->user;
}

const MemsnoopProcessFigures *
memsnoop_process_item_get_figures (MemsnoopProcessItem *self)
{
  return &self->figures;
}

GIcon *
memsnoop_process_item_get_icon (MemsnoopProcessItem *self)
{
  return self->icon;
}

void
memsnoop_process_item_set_suspicion (MemsnoopProcessItem *self, const gchar *summary)
{
  if (g_strcmp0 (self->suspicion, summary) == 0)
    return;
  g_free (self->suspicion);
  self->suspicion = g_strdup (summary);
  g_signal_emit (self, changed_signal, 0);
}

const gchar *
memsnoop_process_item_get_suspicion (MemsnoopProcessItem *self)
{
  return self->suspicion;
}

guint32
memsnoop_process_item_get_uid (MemsnoopProcessItem *self)
{
  return self->uid;
}

gboolean
memsnoop_process_item_matches (MemsnoopProcessItem *self, const gchar *needle)
{
  return strstr (self->searched, needle) != NULL;
}
