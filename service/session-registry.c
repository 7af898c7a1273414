/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session-registry.h"

#include "error.h"
#include "memsnoop-names.h"
#include "quoted-text.h"

#include <unistd.h>

/* Between two updates of the properties. */
#define UPDATE_SECONDS 5

struct _MemsnoopSessionRegistry
{
  GObject parent_instance;

  GDBusObjectManagerServer *objects;
  const MemsnoopConfiguration *configuration;
  /* Object path to MemsnoopSession. */
  GHashTable *sessions;
  /* Of those, the ones that have stopped, the oldest first. */
  GQueue kept;
  guint64 last_number;
  guint update_timer;
};

G_DEFINE_FINAL_TYPE (MemsnoopSessionRegistry, memsnoop_session_registry, G_TYPE_OBJECT)

enum
{
  SIGNAL_UPDATED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
memsnoop_session_registry_dispose (GObject *object)
{
  MemsnoopSessionRegistry *self = MEMSNOOP_SESSION_REGISTRY (object);
  GHashTableIter iterator;
  gpointer session;

  g_clear_handle_id (&self->update_timer, g_source_remove);
  g_queue_clear (&self->kept);
  g_hash_table_iter_init (&iterator, self->sessions);
  while (g_hash_table_iter_next (&iterator, NULL, &session))
    {
      g_signal_handlers_disconnect_by_data (session, self);
      g_hash_table_iter_remove (&iterator);
    }
  G_OBJECT_CLASS (memsnoop_session_registry_parent_class)->dispose (object);
}

static void
memsnoop_session_registry_finalize (GObject *object)
{
  MemsnoopSessionRegistry *self = MEMSNOOP_SESSION_REGISTRY (object);

  g_hash_table_unref (self->sessions);
  g_object_unref (self->objects);
  G_OBJECT_CLASS (memsnoop_session_registry_parent_class)->finalize (object);
}

static void
memsnoop_session_registry_class_init (MemsnoopSessionRegistryClass *class)
{
  GObjectClass *object_class = G_OBJECT_CLASS (class);

  object_class->dispose = memsnoop_session_registry_dispose;
  object_class->finalize = memsnoop_session_registry_finalize;

  signals[SIGNAL_UPDATED] = g_signal_new ("updated", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST,
                                          0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
memsnoop_session_registry_init (MemsnoopSessionRegistry *self)
{
  self->sessions = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  g_queue_init (&self->kept);
}

MemsnoopSessionRegistry *
memsnoop_session_registry_new (GDBusObjectManagerServer *objects,
                               const MemsnoopConfiguration *configuration)
{
  MemsnoopSessionRegistry *self = g_object_new (MEMSNOOP_TYPE_SESSION_REGISTRY, NULL);

  self->objects = g_object_ref (objects);
  self->configuration = configuration;
  return self;
}

/* Sessions that run, of the user @uid in @n_own. */
static guint
count_running (MemsnoopSessionRegistry *self, guint32 uid, guint *n_own)
{
  GHashTableIter iterator;
  gpointer session;
  guint n_running = 0;

  *n_own = 0;
  g_hash_table_iter_init (&iterator, self->sessions);
  while (g_hash_table_iter_next (&iterator, NULL, &session))
    if (memsnoop_session_is_running (session))
      {
        n_running++;
        if (memsnoop_session_get_owner (session) == uid)
          ++*n_own;
      }
  return n_running;
}

gboolean
memsnoop_session_registry_check_room (MemsnoopSessionRegistry *self, guint32 uid, GError **error)
{
  guint n_own;
  guint n_running = count_running (self, uid, &n_own);

  if (n_own >= self->configuration->max_sessions_per_caller)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
                   "The user %u has %u sessions; at most %u are possible: stop one first", uid,
                   n_own, self->configuration->max_sessions_per_caller);
      return FALSE;
    }
  if (n_running >= self->configuration->max_sessions)
    {
      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
                   "There are %u sessions; at most %u are possible", n_running,
                   self->configuration->max_sessions);
      return FALSE;
    }
  return TRUE;
}

static void
add_to_set (gpointer recording, gpointer set)
{
  g_hash_table_add (set, recording);
}

/* Of heaps and of growth: both take tables and attention of the same kind. */
static void
add_recordings (MemsnoopLeaseSet *leases, GHashTable *set)
{
  memsnoop_lease_set_foreach_heap (leases, add_to_set, set);
  memsnoop_lease_set_foreach_growth (leases, add_to_set, set);
}

/* The set of MemsnoopHeapRecording that sessions of the user have leases on, whoever began them. */
static GHashTable *
find_heaps_of (MemsnoopSessionRegistry *self, guint32 uid)
{
  GHashTable *heaps = g_hash_table_new (NULL, NULL);
  GHashTableIter iterator;
  gpointer session;

  g_hash_table_iter_init (&iterator, self->sessions);
  while (g_hash_table_iter_next (&iterator, NULL, &session))
    if (memsnoop_session_is_running (session) && memsnoop_session_get_owner (session) == uid &&
        memsnoop_session_get_leases (session) != NULL)
      add_recordings (memsnoop_session_get_leases (session), heaps);
  return heaps;
}

static gboolean
check_heaps (
    MemsnoopSessionRegistry *self, guint32 uid, GHashTable *heaps, guint n_before, GError **error)
{
  guint n = g_hash_table_size (heaps), most = self->configuration->max_heaps_per_caller;

  /* Who administers the machine can stop everybody's sessions anyway. */
  if (uid == 0 || n == n_before || n <= most)
    return TRUE;
  g_set_error (
      error, G_DBUS_ERROR, G_DBUS_ERROR_LIMITS_EXCEEDED,
      "The user %u has %u recordings of heaps and of growth, and this is %u more; one user "
      "can have %u at a time: stop a session first, or name fewer processes",
      uid, n_before, n - n_before, most);
  return FALSE;
}

gboolean
memsnoop_session_registry_check_heaps (MemsnoopSessionRegistry *self,
                                       guint32 uid,
                                       MemsnoopLeaseSet *wanted,
                                       GError **error)
{
  g_autoptr (GHashTable) heaps = find_heaps_of (self, uid);
  guint n_before = g_hash_table_size (heaps);

  add_recordings (wanted, heaps);
  return check_heaps (self, uid, heaps, n_before, error);
}

gboolean
memsnoop_session_registry_check_heap (MemsnoopSessionRegistry *self,
                                      guint32 uid,
                                      MemsnoopHeapRecording *wanted,
                                      GError **error)
{
  g_autoptr (GHashTable) heaps = find_heaps_of (self, uid);
  guint n_before = g_hash_table_size (heaps);

  g_hash_table_add (heaps, wanted);
  return check_heaps (self, uid, heaps, n_before, error);
}

static void
remove_session (MemsnoopSessionRegistry *self, MemsnoopSession *session)
{
  const gchar *path = memsnoop_session_get_path (session);

  g_debug ("%s goes", path);
  g_signal_handlers_disconnect_by_data (session, self);
  g_queue_remove (&self->kept, session);
  g_dbus_object_manager_server_unexport (self->objects, path);
  g_hash_table_remove (self->sessions, path);
}

static void
session_expired (MemsnoopSessionRegistry *self, MemsnoopSession *session)
{
  remove_session (self, session);
}

static guint
count_kept (MemsnoopSessionRegistry *self, guint32 owner)
{
  guint n = 0;

  for (const GList *link = self->kept.head; link != NULL; link = link->next)
    n += memsnoop_session_get_owner (link->data) == owner;
  return n;
}

/* The oldest session of the user who has most of them, so that nobody loses his to another's many.
 */
static MemsnoopSession *
find_dispensable (MemsnoopSessionRegistry *self)
{
  MemsnoopSession *found = NULL;
  guint most = 0;

  for (const GList *link = self->kept.head; link != NULL; link = link->next)
    {
      guint n = count_kept (self, memsnoop_session_get_owner (link->data));

      if (n > most)
        {
          found = link->data;
          most = n;
        }
    }
  return found;
}

/* The session has just stopped: it is kept, and older ones may have to go for it. */
static void
keep_session (MemsnoopSessionRegistry *self, MemsnoopSession *session)
{
  g_queue_push_tail (&self->kept, session);
  while (g_queue_get_length (&self->kept) > self->configuration->max_kept_sessions)
    remove_session (self, find_dispensable (self));
}

static gboolean
update (gpointer user_data)
{
  MemsnoopSessionRegistry *self = user_data;
  GHashTableIter iterator;
  gpointer session;

  g_hash_table_iter_init (&iterator, self->sessions);
  while (g_hash_table_iter_next (&iterator, NULL, &session))
    if (memsnoop_session_get_phase (session) == MEMSNOOP_SESSION_PHASE_RECORDING)
      memsnoop_session_update (session);
  g_signal_emit (self, signals[SIGNAL_UPDATED], 0);
  return G_SOURCE_CONTINUE;
}

static gboolean
any_recording (MemsnoopSessionRegistry *self)
{
  GHashTableIter iterator;
  gpointer session;

  g_hash_table_iter_init (&iterator, self->sessions);
  while (g_hash_table_iter_next (&iterator, NULL, &session))
    if (memsnoop_session_get_phase (session) == MEMSNOOP_SESSION_PHASE_RECORDING)
      return TRUE;
  return FALSE;
}

/* Nothing wakes the service while no session records. */
static void
arm_update_timer (MemsnoopSessionRegistry *self)
{
  gboolean wanted = any_recording (self);

  if (wanted && self->update_timer == 0)
    self->update_timer = g_timeout_add_seconds (UPDATE_SECONDS, update, self);
  else if (!wanted)
    g_clear_handle_id (&self->update_timer, g_source_remove);
}

static void
session_stopped (MemsnoopSessionRegistry *self, MemsnoopSession *session)
{
  g_message ("%s stopped", memsnoop_session_get_path (session));
  if (memsnoop_session_get_keep (session) == 0)
    remove_session (self, session);
  else
    keep_session (self, session);
}

static void
phase_changed (MemsnoopSessionRegistry *self, MemsnoopSession *session)
{
  MemsnoopSessionPhase phase = memsnoop_session_get_phase (session);

  if (phase == MEMSNOOP_SESSION_PHASE_FAILED)
    remove_session (self, session);
  else if (phase == MEMSNOOP_SESSION_PHASE_STOPPED)
    session_stopped (self, session);
  arm_update_timer (self);
  g_signal_emit (self, signals[SIGNAL_UPDATED], 0);
}

static void
export_session (MemsnoopSessionRegistry *self, MemsnoopSession *session)
{
  g_autoptr (MemsnoopBusObjectSkeleton) object =
      memsnoop_bus_object_skeleton_new (memsnoop_session_get_path (session));

  memsnoop_bus_object_skeleton_set_session (object, memsnoop_session_get_interface (session));
  g_dbus_object_manager_server_export (self->objects, G_DBUS_OBJECT_SKELETON (object));
}

static void
log_start (const gchar *path, guint32 uid, const MemsnoopStartOptions *options)
{
  const gchar *sources[4] = { NULL };
  g_autofree gchar *what = NULL;
  guint n = 0;

  if (options->kernel)
    sources[n++] = "kernel memory";
  if (options->heap)
    sources[n++] = "the heap";
  if (options->growth)
    sources[n++] = "the growth";
  what = g_strjoinv (" and ", (gchar **) sources);

  if (options->pids->len == 0)
    g_message ("%s starts for the user %u: %s of every process", path, uid, what);
  else
    g_message ("%s starts for the user %u: %s of %u processes", path, uid, what,
               options->pids->len);
}

MemsnoopSession *
memsnoop_session_registry_add (MemsnoopSessionRegistry *self,
                               MemsnoopLeaseSet *leases,
                               MemsnoopCaller *caller,
                               MemsnoopStartOptions *options,
                               MemsnoopScope *scope)
{
  g_autofree gchar *path =
      g_strdup_printf (MEMSNOOP_SESSION_PATH_PREFIX "/%" G_GUINT64_FORMAT, ++self->last_number);
  MemsnoopSession *session;

  log_start (path, caller != NULL ? memsnoop_caller_get_uid (caller) : getuid (), options);
  session = memsnoop_session_new (path, leases, caller, options, scope);
  g_hash_table_insert (self->sessions, (gpointer) memsnoop_session_get_path (session), session);
  g_signal_connect_swapped (session, "phase-changed", G_CALLBACK (phase_changed), self);
  g_signal_connect_swapped (session, "expired", G_CALLBACK (session_expired), self);
  export_session (self, session);
  return session;
}

MemsnoopSession *
memsnoop_session_registry_find (MemsnoopSessionRegistry *self, const gchar *path, GError **error)
{
  MemsnoopSession *session = g_hash_table_lookup (self->sessions, path);

  if (session == NULL)
    {
      g_autofree gchar *quoted_path = memsnoop_quoted_text (path);

      g_set_error (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_NO_SUCH_SESSION,
                   "There is no session %s; sessions are named " MEMSNOOP_SESSION_PATH_PREFIX
                   "/NUMBER and go some time after they stop",
                   quoted_path);
    }
  return session;
}

static gboolean
names_process (const MemsnoopScope *scope, guint32 pid)
{
  gsize n;
  const guint32 *pids = memsnoop_scope_get_pids (scope, &n);

  for (gsize i = 0; pids != NULL && i < n; i++)
    if (pids[i] == pid)
      return TRUE;
  return FALSE;
}

const gchar *
memsnoop_session_registry_find_showing (MemsnoopSessionRegistry *self, guint32 pid)
{
  const gchar *of_all = NULL;
  GHashTableIter iterator;
  gpointer session;

  g_hash_table_iter_init (&iterator, self->sessions);
  while (g_hash_table_iter_next (&iterator, NULL, &session))
    {
      if (memsnoop_session_get_phase (session) != MEMSNOOP_SESSION_PHASE_RECORDING ||
          !memsnoop_lease_set_has_kernel (memsnoop_session_get_leases (session)))
        continue;
      if (memsnoop_scope_is_everything (memsnoop_session_get_scope (session)))
        of_all = memsnoop_session_get_path (session);
      else if (names_process (memsnoop_session_get_scope (session), pid))
        return memsnoop_session_get_path (session);
    }
  return of_all;
}

typedef struct
{
  guint32 pid;
  guint64 start_time;
  gboolean found;
} HeapSearch;

static void
compare_heap (gpointer recording, gpointer user_data)
{
  HeapSearch *search = user_data;

  search->found |= memsnoop_heap_recording_get_pid (recording) == search->pid &&
                   memsnoop_round_start_time (memsnoop_heap_recording_get_start_time (recording)) ==
                       memsnoop_round_start_time (search->start_time);
}

static gboolean
shows_heap (MemsnoopSession *session, guint32 pid, guint64 start_time)
{
  HeapSearch search = { pid, start_time, FALSE };
  MemsnoopSessionFigures *figures = memsnoop_session_get_last_figures (session);
  const MemsnoopHeapSnapshot *heap;

  if (memsnoop_session_get_phase (session) == MEMSNOOP_SESSION_PHASE_RECORDING)
    memsnoop_lease_set_foreach_heap (memsnoop_session_get_leases (session), compare_heap, &search);
  if (figures == NULL)
    return search.found;
  heap = memsnoop_session_figures_find_heap (figures, pid);
  return heap != NULL &&
         memsnoop_round_start_time (heap->start_time) == memsnoop_round_start_time (start_time);
}

const gchar *
memsnoop_session_registry_find_showing_heap (MemsnoopSessionRegistry *self,
                                             guint32 pid,
                                             guint64 start_time)
{
  MemsnoopSession *found = NULL;
  GHashTableIter iterator;
  gpointer session;

  g_hash_table_iter_init (&iterator, self->sessions);
  while (g_hash_table_iter_next (&iterator, NULL, &session))
    if (shows_heap (session, pid, start_time) &&
        (found == NULL ||
         memsnoop_session_get_phase (session) < memsnoop_session_get_phase (found)))
      found = session;
  return found != NULL ? memsnoop_session_get_path (found) : NULL;
}

static void
foreach_recording (MemsnoopSessionRegistry *self,
                   void (*of_leases) (MemsnoopLeaseSet *, GFunc, gpointer),
                   GFunc function,
                   gpointer user_data)
{
  g_autoptr (GHashTable) recordings = g_hash_table_new (NULL, NULL);
  GHashTableIter iterator;
  gpointer item;

  g_hash_table_iter_init (&iterator, self->sessions);
  while (g_hash_table_iter_next (&iterator, NULL, &item))
    if (memsnoop_session_get_phase (item) == MEMSNOOP_SESSION_PHASE_RECORDING)
      of_leases (memsnoop_session_get_leases (item), add_to_set, recordings);
  g_hash_table_iter_init (&iterator, recordings);
  while (g_hash_table_iter_next (&iterator, &item, NULL))
    function (item, user_data);
}

void
memsnoop_session_registry_foreach_heap (MemsnoopSessionRegistry *self,
                                        GFunc function,
                                        gpointer user_data)
{
  foreach_recording (self, memsnoop_lease_set_foreach_heap, function, user_data);
}

void
memsnoop_session_registry_foreach_growth (MemsnoopSessionRegistry *self,
                                          GFunc function,
                                          gpointer user_data)
{
  foreach_recording (self, memsnoop_lease_set_foreach_growth, function, user_data);
}

static void
one_of_all_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  guint *n_waiting = g_task_get_task_data (task);

  memsnoop_session_stop_finish (MEMSNOOP_SESSION (source), result);
  if (--*n_waiting == 0)
    g_task_return_boolean (task, TRUE);
}

void
memsnoop_session_registry_stop_all_async (MemsnoopSessionRegistry *self,
                                          GAsyncReadyCallback callback,
                                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  g_autoptr (GList) sessions = g_hash_table_get_values (self->sessions);
  guint *n_waiting = g_new (guint, 1);

  g_task_set_source_tag (task, memsnoop_session_registry_stop_all_async);
  g_task_set_task_data (task, n_waiting, g_free);
  *n_waiting = g_list_length (sessions);
  if (sessions == NULL)
    g_task_return_boolean (task, TRUE);
  for (GList *link = sessions; link != NULL; link = link->next)
    memsnoop_session_stop_async (link->data, one_of_all_stopped, g_object_ref (task));
}

void
memsnoop_session_registry_stop_all_finish (MemsnoopSessionRegistry *self, GAsyncResult *result)
{
  g_task_propagate_boolean (G_TASK (result), NULL);
}
