/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspect-marks.h"

struct _MemsnoopSuspectMarks
{
  GObject parent_instance;

  MemsnoopProcessList *processes;
  MemsnoopSuspectList *suspects;
  guint idle;
};

G_DEFINE_FINAL_TYPE (MemsnoopSuspectMarks, memsnoop_suspect_marks, G_TYPE_OBJECT)

/* Returns: (transfer full): of pids to what is suspected; the surest counts. */
static GHashTable *
list_summaries (GListModel *suspects)
{
  GHashTable *summaries = g_hash_table_new_full (NULL, NULL, NULL, g_free);

  for (guint i = 0; i < g_list_model_get_n_items (suspects); i++)
    {
      g_autoptr (MemsnoopSuspectItem) item = g_list_model_get_item (suspects, i);
      gpointer pid = GUINT_TO_POINTER (memsnoop_suspect_item_get_pid (item));

      if (memsnoop_suspect_item_is_probable (item) || !g_hash_table_contains (summaries, pid))
        g_hash_table_insert (summaries, pid, memsnoop_suspect_item_summary (item));
    }
  return summaries;
}

static void
mark (MemsnoopSuspectMarks *self)
{
  GListModel *processes = memsnoop_process_list_get_model (self->processes);
  g_autoptr (GHashTable) summaries =
      list_summaries (memsnoop_suspect_list_get_model (self->suspects));

  for (guint i = 0; i < g_list_model_get_n_items (processes); i++)
    {
      g_autoptr (MemsnoopProcessItem) item = g_list_model_get_item (processes, i);
      gpointer pid = GUINT_TO_POINTER (memsnoop_process_item_get_pid (item));

      memsnoop_process_item_set_suspicion (item, g_hash_table_lookup (summaries, pid));
    }
}

static gboolean
on_idle (gpointer user_data)
{
  MemsnoopSuspectMarks *self = user_data;

  self->idle = 0;
  mark (self);
  return G_SOURCE_REMOVE;
}

/* A list that is read again tells of each suspect by itself. Before the window is drawn. */
static void
mark_soon (MemsnoopSuspectMarks *self)
{
  if (self->idle == 0)
    self->idle = g_idle_add_full (G_PRIORITY_HIGH_IDLE, on_idle, self, NULL);
}

static void
on_suspects (
    GListModel *suspects, guint position, guint removed, guint added, MemsnoopSuspectMarks *self)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (MemsnoopSuspectItem) item = g_list_model_get_item (suspects, i);

      /* It may have come to another place alone. */
      g_signal_handlers_disconnect_by_func (item, mark_soon, self);
      g_signal_connect_object (item, "changed", G_CALLBACK (mark_soon), self, G_CONNECT_SWAPPED);
    }
  mark_soon (self);
}

static void
memsnoop_suspect_marks_finalize (GObject *object)
{
  MemsnoopSuspectMarks *self = MEMSNOOP_SUSPECT_MARKS (object);

  g_clear_handle_id (&self->idle, g_source_remove);
  g_object_unref (self->processes);
  g_object_unref (self->suspects);
  G_OBJECT_CLASS (memsnoop_suspect_marks_parent_class)->finalize (object);
}

static void
memsnoop_suspect_marks_class_init (MemsnoopSuspectMarksClass *class)
{
  G_OBJECT_CLASS (class)->finalize = memsnoop_suspect_marks_finalize;
}

static void
memsnoop_suspect_marks_init (MemsnoopSuspectMarks *self)
{
}

MemsnoopSuspectMarks *
memsnoop_suspect_marks_new (MemsnoopProcessList *processes, MemsnoopSuspectList *suspects)
{
  MemsnoopSuspectMarks *self = g_object_new (MEMSNOOP_TYPE_SUSPECT_MARKS, NULL);
  GListModel *model = memsnoop_suspect_list_get_model (suspects);

  self->processes = g_object_ref (processes);
  self->suspects = g_object_ref (suspects);
  g_signal_connect_object (memsnoop_process_list_get_model (processes), "items-changed",
                           G_CALLBACK (mark), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (model, "items-changed", G_CALLBACK (on_suspects), self, 0);
  on_suspects (model, 0, 0, g_list_model_get_n_items (model), self);
  return self;
}
