/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "caller-cache.h"

struct _MemsnoopCallerCache
{
  GObject parent_instance;

  GDBusConnection *connection;
  /* Unique name to MemsnoopCaller. */
  GHashTable *callers;
  /* Unique name to a GPtrArray of GTask that wait for the bus to answer. */
  GHashTable *waiting;
};

G_DEFINE_FINAL_TYPE (MemsnoopCallerCache, memsnoop_caller_cache, G_TYPE_OBJECT)

static void caller_vanished (MemsnoopCallerCache *self, MemsnoopCaller *caller);

static void
memsnoop_caller_cache_dispose (GObject *object)
{
  MemsnoopCallerCache *self = MEMSNOOP_CALLER_CACHE (object);
  GHashTableIter iterator;
  gpointer caller;

  g_hash_table_iter_init (&iterator, self->callers);
  while (g_hash_table_iter_next (&iterator, NULL, &caller))
    {
      g_signal_handlers_disconnect_by_func (caller, caller_vanished, self);
      g_hash_table_iter_remove (&iterator);
    }
  G_OBJECT_CLASS (memsnoop_caller_cache_parent_class)->dispose (object);
}

static void
memsnoop_caller_cache_finalize (GObject *object)
{
  MemsnoopCallerCache *self = MEMSNOOP_CALLER_CACHE (object);

  g_hash_table_unref (self->callers);
  g_hash_table_unref (self->waiting);
  g_object_unref (self->connection);
  G_OBJECT_CLASS (memsnoop_caller_cache_parent_class)->finalize (object);
}

static void
memsnoop_caller_cache_class_init (MemsnoopCallerCacheClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = memsnoop_caller_cache_dispose;
  object_class->finalize = memsnoop_caller_cache_finalize;
}

static void
memsnoop_caller_cache_init (MemsnoopCallerCache *self)
{
  self->callers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  self->waiting =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
}

MemsnoopCallerCache *
memsnoop_caller_cache_new (GDBusConnection *connection)
{
  MemsnoopCallerCache *self = g_object_new (MEMSNOOP_TYPE_CALLER_CACHE, NULL);

  self->connection = g_object_ref (connection);
  return self;
}

static void
forget (MemsnoopCallerCache *self, MemsnoopCaller *caller)
{
  g_signal_handlers_disconnect_by_func (caller, caller_vanished, self);
  g_hash_table_remove (self->callers, memsnoop_caller_get_name (caller));
}

static void
caller_vanished (MemsnoopCallerCache *self, MemsnoopCaller *caller)
{
  forget (self, caller);
}

/* Forgets one caller that nobody but the cache holds. */
static gboolean
make_room (MemsnoopCallerCache *self)
{
  GHashTableIter iterator;
  gpointer caller;

  g_hash_table_iter_init (&iterator, self->callers);
  while (g_hash_table_iter_next (&iterator, NULL, &caller))
    if (G_OBJECT (caller)->ref_count == 1)
      {
        forget (self, caller);
        return TRUE;
      }
  return FALSE;
}

/* A caller that finds no room is served all the same, and asked after again the next time. */
static void
remember (MemsnoopCallerCache *self, MemsnoopCaller *caller)
{
  if (g_hash_table_size (self->callers) >= MEMSNOOP_CALLER_CACHE_MAX && !make_room (self))
    return;
  g_hash_table_insert (self->callers, (gpointer) memsnoop_caller_get_name (caller),
                       g_object_ref (caller));
  g_signal_connect_object (caller, "vanished", G_CALLBACK (caller_vanished), self,
                           G_CONNECT_SWAPPED);
}

MemsnoopCaller *
memsnoop_caller_cache_peek (MemsnoopCallerCache *self, const gchar *name)
{
  return g_hash_table_lookup (self->callers, name);
}

typedef struct
{
  MemsnoopCallerCache *cache;
  gchar *name;
} Question;

static void
answer (GPtrArray *tasks, MemsnoopCaller *caller, const GError *error)
{
  for (guint i = 0; i < tasks->len; i++)
    if (caller != NULL)
      g_task_return_pointer (tasks->pdata[i], g_object_ref (caller), g_object_unref);
    else
      g_task_return_error (tasks->pdata[i], g_error_copy (error));
}

static void
caller_identified (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Question *question = user_data;
  g_autoptr (MemsnoopCallerCache) self = question->cache;
  g_autofree gchar *name = question->name;
  g_autofree gchar *key = NULL;
  g_autoptr (GPtrArray) tasks = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopCaller) caller = memsnoop_caller_identify_finish (result, &error);

  g_free (question);
  if (caller != NULL && !memsnoop_caller_has_vanished (caller))
    remember (self, caller);
  g_hash_table_steal_extended (self->waiting, name, (gpointer *) &key, (gpointer *) &tasks);
  answer (tasks, caller, error);
}

static void
ask (MemsnoopCallerCache *self, const gchar *name)
{
  Question *question = g_new (Question, 1);

  question->cache = g_object_ref (self);
  question->name = g_strdup (name);
  memsnoop_caller_identify_async (self->connection, name, caller_identified, question);
}

void
memsnoop_caller_cache_identify_async (MemsnoopCallerCache *self,
                                      const gchar *name,
                                      GAsyncReadyCallback callback,
                                      gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  MemsnoopCaller *known = memsnoop_caller_cache_peek (self, name);
  GPtrArray *tasks;

  g_task_set_source_tag (task, memsnoop_caller_cache_identify_async);
  if (known != NULL)
    {
      g_task_return_pointer (task, g_object_ref (known), g_object_unref);
      return;
    }
  tasks = g_hash_table_lookup (self->waiting, name);
  if (tasks == NULL)
    {
      tasks = g_ptr_array_new_with_free_func (g_object_unref);
      g_hash_table_insert (self->waiting, g_strdup (name), tasks);
      ask (self, name);
    }
  g_ptr_array_add (tasks, g_steal_pointer (&task));
}

MemsnoopCaller *
memsnoop_caller_cache_identify_finish (MemsnoopCallerCache *self,
                                       GAsyncResult *result,
                                       GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
