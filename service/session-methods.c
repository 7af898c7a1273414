/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session-methods.h"

#include "manager.h"
#include "memsnoop-names.h"
#include "process-identity.h"

/* What Start keeps while the caller's right is checked. */
typedef struct
{
  MemsnoopStartOptions *options;
  /* guint64, one for each of the options' pids. */
  GArray *start_times;
} StartRequest;

static void
start_request_free (gpointer data)
{
  StartRequest *request = data;

  g_clear_pointer (&request->options, memsnoop_start_options_free);
  g_array_unref (request->start_times);
  g_free (request);
}

/* Checks the processes of @options and notes when they started. @all_own: whether they are all the
 * caller's. */
static gboolean
check_processes (MemsnoopBusCall *call, StartRequest *request, gboolean *all_own, GError **error)
{
  const GArray *pids = request->options->pids;
  guint32 uid = memsnoop_caller_get_uid (call->caller);

  *all_own = pids->len > 0;
  for (guint i = 0; i < pids->len; i++)
    {
      guint32 pid = g_array_index (pids, guint32, i);
      g_autoptr (MemsnoopProcessIdentity) identity = memsnoop_process_identity_open (pid, error);

      if (identity == NULL)
        return FALSE;
      if (identity->kernel_thread)
        {
          g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                       "The process %u of the option “pids” is a kernel thread; only programs can "
                       "be reported on alone",
                       pid);
          return FALSE;
        }
      g_array_append_val (request->start_times, identity->start_time);
      *all_own = *all_own && memsnoop_process_identity_is_own (identity, uid);
    }
  return TRUE;
}

gboolean
memsnoop_start_prepare (MemsnoopBusCall *call, GError **error)
{
  MemsnoopManager *manager = call->context;
  g_autoptr (GVariant) given = g_variant_get_child_value (call->parameters, 0);
  StartRequest *request = g_new0 (StartRequest, 1);
  gboolean all_own;

  request->start_times = g_array_new (FALSE, FALSE, sizeof (guint64));
  memsnoop_bus_call_set_data (call, request, start_request_free);
  request->options = memsnoop_start_options_parse (given, error);
  if (request->options == NULL || !memsnoop_manager_can_record (manager, request->options, error) ||
      !check_processes (call, request, &all_own, error) ||
      !memsnoop_session_registry_check_room (memsnoop_manager_get_sessions (manager),
                                             memsnoop_caller_get_uid (call->caller), error))
    return FALSE;

  call->action = all_own ? MEMSNOOP_ACTION_RECORD_OWN : MEMSNOOP_ACTION_RECORD_ANY;
  return TRUE;
}

/* Whether the processes still are what was checked before the user was asked. */
static gboolean
check_processes_again (MemsnoopBusCall *call, const StartRequest *request, GError **error)
{
  const GArray *pids = request->options->pids;
  gboolean must_be_own = g_str_equal (call->action, MEMSNOOP_ACTION_RECORD_OWN);

  for (guint i = 0; i < pids->len; i++)
    {
      guint32 pid = g_array_index (pids, guint32, i);
      g_autoptr (MemsnoopProcessIdentity) identity = memsnoop_process_identity_open_again (
          pid, g_array_index (request->start_times, guint64, i), error);

      if (identity == NULL)
        return FALSE;
      if (must_be_own &&
          !memsnoop_process_identity_is_own (identity, memsnoop_caller_get_uid (call->caller)))
        {
          g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                       "The process %u has changed its user meanwhile", pid);
          return FALSE;
        }
    }
  return TRUE;
}

static gboolean
check_caller_waits (MemsnoopBusCall *call, const StartRequest *request, GError **error)
{
  if (request->options->linger || !memsnoop_caller_has_vanished (call->caller))
    return TRUE;
  g_set_error_literal (error, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                       "The caller has left the bus, and its session with it");
  return FALSE;
}

static void
session_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopBusCall *call = user_data;
  MemsnoopSession *session = MEMSNOOP_SESSION (source);
  GError *error = NULL;

  if (memsnoop_session_start_finish (session, result, &error))
    memsnoop_bus_call_return_value (call,
                                    g_variant_new ("(o)", memsnoop_session_get_path (session)));
  else
    memsnoop_bus_call_return_error (call, error);
}

static gboolean
add_heap_lease (MemsnoopManager *manager,
                MemsnoopLeaseSet *leases,
                guint32 pid,
                guint64 start_time,
                const MemsnoopHeapOptions *options,
                GError **error)
{
  g_autoptr (MemsnoopHeapRecording) recording =
      memsnoop_heap_recordings_get (memsnoop_manager_get_heaps (manager), pid, error);

  if (recording == NULL || !memsnoop_lease_set_check_process (recording, start_time, error))
    return FALSE;
  memsnoop_lease_set_add_heap (leases, recording, options);
  return TRUE;
}

static MemsnoopHeapOptions
get_heap_options (MemsnoopManager *manager, const MemsnoopStartOptions *options)
{
  const MemsnoopConfiguration *configuration = memsnoop_manager_get_configuration (manager);
  MemsnoopHeapOptions heap_options = {
    .map_memory = options->map_memory != 0 ? options->map_memory : configuration->heap_map_memory,
    .sample_interval = options->sample_interval,
    .stack_depth = options->stack_depth,
    /* Each has its part, as all of them run at the same time. */
    .cpu_budget = options->cpu_budget / MAX (options->pids->len, 1),
  };

  return heap_options;
}

static gboolean
add_growth_lease (MemsnoopManager *manager,
                  MemsnoopLeaseSet *leases,
                  guint32 pid,
                  guint64 start_time,
                  const MemsnoopHeapOptions *options,
                  GError **error)
{
  g_autoptr (MemsnoopHeapRecording) recording =
      memsnoop_heap_recordings_get_growth (memsnoop_manager_get_growth (manager), pid, error);

  if (recording == NULL || !memsnoop_lease_set_check_process (recording, start_time, error))
    return FALSE;
  memsnoop_lease_set_add_growth (leases, recording, options);
  return TRUE;
}

static gboolean
add_heap_leases (MemsnoopManager *manager,
                 MemsnoopLeaseSet *leases,
                 const StartRequest *request,
                 GError **error)
{
  const MemsnoopStartOptions *options = request->options;
  MemsnoopHeapOptions heap_options = get_heap_options (manager, options);

  for (guint i = 0; i < options->pids->len; i++)
    if (!add_heap_lease (manager, leases, g_array_index (options->pids, guint32, i),
                         g_array_index (request->start_times, guint64, i), &heap_options, error))
      return FALSE;
  return TRUE;
}

static gboolean
add_growth_leases (MemsnoopManager *manager,
                   MemsnoopLeaseSet *leases,
                   const StartRequest *request,
                   GError **error)
{
  const MemsnoopConfiguration *configuration = memsnoop_manager_get_configuration (manager);
  const MemsnoopStartOptions *options = request->options;
  MemsnoopHeapOptions growth_options = {
    .map_memory = options->map_memory != 0 ? options->map_memory : configuration->heap_map_memory,
    .stack_depth = options->stack_depth,
  };

  for (guint i = 0; i < options->pids->len; i++)
    if (!add_growth_lease (manager, leases, g_array_index (options->pids, guint32, i),
                           g_array_index (request->start_times, guint64, i), &growth_options,
                           error))
      return FALSE;
  return TRUE;
}

/* What the session is to record; nothing is taken yet. */
static MemsnoopLeaseSet *
collect_leases (MemsnoopBusCall *call, const StartRequest *request, GError **error)
{
  MemsnoopManager *manager = call->context;
  const MemsnoopConfiguration *configuration = memsnoop_manager_get_configuration (manager);
  const MemsnoopStartOptions *options = request->options;
  g_autoptr (MemsnoopLeaseSet) leases = memsnoop_lease_set_new ();

  if (options->kernel)
    memsnoop_lease_set_add_kernel (leases, memsnoop_manager_get_recording (manager),
                                   options->map_memory != 0 ? options->map_memory
                                                            : configuration->map_memory);
  if (options->heap && !add_heap_leases (manager, leases, request, error))
    return NULL;
  if (options->growth && !add_growth_leases (manager, leases, request, error))
    return NULL;
  if (!memsnoop_session_registry_check_heaps (memsnoop_manager_get_sessions (manager),
                                              memsnoop_caller_get_uid (call->caller), leases,
                                              error))
    return NULL;
  return g_steal_pointer (&leases);
}

typedef struct
{
  MemsnoopSessionRegistry *sessions;
  guint32 owner;
} Room;

/* Children count among the heaps of the session's user. */
static gboolean
has_room (MemsnoopHeapRecording *recording, gpointer user_data, GError **error)
{
  const Room *room = user_data;

  return memsnoop_session_registry_check_heap (room->sessions, room->owner, recording, error);
}

static void
add_family (MemsnoopManager *manager,
            MemsnoopSession *session,
            MemsnoopLeaseSet *leases,
            const MemsnoopHeapOptions *options,
            gboolean follow)
{
  g_autoptr (MemsnoopFamilyRecorder) family = NULL;
  guint32 uid;
  gboolean limited = memsnoop_scope_get_user (memsnoop_session_get_scope (session), &uid);
  Room room = { memsnoop_manager_get_sessions (manager), memsnoop_session_get_owner (session) };

  family = memsnoop_family_recorder_new (memsnoop_manager_get_families (manager),
                                         memsnoop_manager_get_heaps (manager), leases, options,
                                         follow, limited, uid);
  memsnoop_family_recorder_set_room (family, has_room, g_memdup2 (&room, sizeof room), g_free);
  memsnoop_session_set_family (session, family);
}

static MemsnoopSession *
add_session (MemsnoopBusCall *call, StartRequest *request, MemsnoopLeaseSet *leases)
{
  MemsnoopManager *manager = call->context;
  const GArray *pids = request->options->pids;
  MemsnoopScope *scope = memsnoop_scope_new (
      (const guint32 *) pids->data, (const guint64 *) (gconstpointer) request->start_times->data,
      pids->len, request->options->follow);
  gboolean follows = (request->options->heap || request->options->growth) &&
                     memsnoop_manager_get_families (manager) != NULL;
  gboolean follow = request->options->follow;
  MemsnoopHeapOptions heap_options = get_heap_options (manager, request->options);
  MemsnoopSession *session;

  /* The right to record one's own processes does not reach to what they or their children become.
   */
  if (g_str_equal (call->action, MEMSNOOP_ACTION_RECORD_OWN) &&
      memsnoop_caller_get_uid (call->caller) != 0)
    memsnoop_scope_limit_to_user (scope, memsnoop_caller_get_uid (call->caller));
  session =
      memsnoop_session_registry_add (memsnoop_manager_get_sessions (manager), leases, call->caller,
                                     g_steal_pointer (&request->options), scope);
  if (follows)
    add_family (manager, session, leases, &heap_options, follow);
  memsnoop_manager_adopt_session (manager, session);
  return session;
}

/* Everything that may have changed while polkit was asked. */
static gboolean
check_again (MemsnoopBusCall *call, const StartRequest *request, GError **error)
{
  MemsnoopManager *manager = call->context;

  return check_caller_waits (call, request, error) &&
         memsnoop_manager_can_record (manager, request->options, error) &&
         (!call->waited || check_processes_again (call, request, error)) &&
         memsnoop_session_registry_check_room (memsnoop_manager_get_sessions (manager),
                                               memsnoop_caller_get_uid (call->caller), error);
}

void
memsnoop_start_run (MemsnoopBusCall *call)
{
  StartRequest *request = call->data;
  g_autoptr (MemsnoopLeaseSet) leases = NULL;
  GError *error = NULL;

  /* From the count of the sessions to the new one nothing else can come in between. */
  if (check_again (call, request, &error))
    leases = collect_leases (call, request, &error);
  if (leases == NULL)
    memsnoop_bus_call_return_error (call, error);
  else
    memsnoop_session_start_async (add_session (call, request, leases), session_started, call);
}

static gboolean
prepare_stop_of (MemsnoopBusCall *call, const gchar *path, GError **error)
{
  MemsnoopManager *manager = call->context;
  MemsnoopSession *session =
      memsnoop_session_registry_find (memsnoop_manager_get_sessions (manager), path, error);

  if (session == NULL)
    return FALSE;
  memsnoop_bus_call_set_data (call, g_object_ref (session), g_object_unref);
  if (memsnoop_session_get_owner (session) != memsnoop_caller_get_uid (call->caller))
    call->action = MEMSNOOP_ACTION_STOP_ANY;
  return TRUE;
}

gboolean
memsnoop_stop_prepare (MemsnoopBusCall *call, GError **error)
{
  const gchar *path;

  g_variant_get (call->parameters, "(&o)", &path);
  return prepare_stop_of (call, path, error);
}

gboolean
memsnoop_session_stop_prepare (MemsnoopBusCall *call, GError **error)
{
  return prepare_stop_of (call, g_dbus_method_invocation_get_object_path (call->invocation), error);
}

static void
session_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  memsnoop_session_stop_finish (MEMSNOOP_SESSION (source), result);
  memsnoop_bus_call_return_value (user_data, NULL);
}

void
memsnoop_stop_run (MemsnoopBusCall *call)
{
  memsnoop_session_stop_async (call->data, session_stopped, call);
}
