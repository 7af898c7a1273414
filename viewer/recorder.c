/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recorder.h"

#include "recording-file.h"
#include "service-error.h"
#include "session-choice.h"

#include <glib/gi18n.h>
#include <unistd.h>

#define SHORTEST_PAUSE 5
#define LONGEST_PAUSE 300
/* Reading takes a tenth of the time at most. */
#define PAUSE_FACTOR 10
/* Names of functions may be found, and figures taken, without further events. */
#define LONGEST_SAME (20 * G_TIME_SPAN_SECOND)

struct _MemsnoopRecorder
{
  GObject parent_instance;

  MemsnoopService *service;
  guint32 pid;
  gchar *source;
  GCancellable *cancellable;
  MemsnoopBusSession *session;
  /* Of the process; 0 before it is known. */
  guint64 start_time;
  /* The path of the one that was started here; %NULL before. */
  gchar *own;
  gboolean busy;
  gboolean reading;
  GCancellable *reading_cancellable;
  guint idle;
  gboolean refused;
  gboolean has_nothing;
  /* When the reading that goes on, or the last one, was begun; 0 before the session was read. */
  gint64 begun;
  gint64 taken;
  /* Of the session when that was begun, and how many readings before it found the same. */
  guint64 events;
  gboolean recording;
  guint n_same;
};

static guint changed_signal;
static guint profile_signal;
static guint failed_signal;

G_DEFINE_FINAL_TYPE (MemsnoopRecorder, memsnoop_recorder, G_TYPE_OBJECT)

static void
tell_failure (MemsnoopRecorder *self, const gchar *what, GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_dbus_error_strip_remote_error (error);
  g_signal_emit (self, failed_signal, 0, what, error);
}

/* What is recorded */

static gboolean
records_kernel (MemsnoopRecorder *self)
{
  return g_str_equal (self->source, MEMSNOOP_RECORDER_KERNEL);
}

static MemsnoopCallProfileSource
profile_source (MemsnoopRecorder *self)
{
  if (records_kernel (self))
    return MEMSNOOP_CALL_PROFILE_KERNEL;
  return g_str_equal (self->source, MEMSNOOP_RECORDER_GROWTH) ? MEMSNOOP_CALL_PROFILE_GROWTH
                                                              : MEMSNOOP_CALL_PROFILE_HEAP;
}

static MemsnoopBusSession *
choose_session (MemsnoopRecorder *self)
{
  const MemsnoopSessionQuestion question = {
    .source = self->source, .pid = self->pid, .start_time = self->start_time, .own = self->own
  };
  GDBusObjectManager *sessions = memsnoop_service_get_sessions (self->service);

  return sessions != NULL ? memsnoop_session_choice_find (&question, sessions) : NULL;
}

static void
on_properties (MemsnoopRecorder *self)
{
  g_signal_emit (self, changed_signal, 0);
}

static void
choose (MemsnoopRecorder *self)
{
  g_autoptr (MemsnoopBusSession) session = choose_session (self);

  if (session != self->session)
    {
      if (self->session != NULL)
        g_signal_handlers_disconnect_by_data (self->session, self);
      g_set_object (&self->session, session);
      self->refused = FALSE;
      self->has_nothing = FALSE;
      self->begun = 0;
      if (session != NULL)
        g_signal_connect_swapped (session, "g-properties-changed", G_CALLBACK (on_properties),
                                  self);
    }
  g_signal_emit (self, changed_signal, 0);
}

static gboolean
on_idle (gpointer user_data)
{
  MemsnoopRecorder *self = user_data;

  self->idle = 0;
  choose (self);
  return G_SOURCE_REMOVE;
}

/* They may come in crowds. */
static void
choose_soon (MemsnoopRecorder *self)
{
  if (self->idle == 0)
    self->idle = g_idle_add (on_idle, self);
}

static void
on_state (MemsnoopRecorder *self)
{
  GDBusObjectManager *sessions = memsnoop_service_get_sessions (self->service);

  if (sessions != NULL)
    {
      g_signal_handlers_disconnect_by_func (sessions, choose_soon, self);
      g_signal_connect_object (sessions, "object-added", G_CALLBACK (choose_soon), self,
                               G_CONNECT_SWAPPED);
      g_signal_connect_object (sessions, "object-removed", G_CALLBACK (choose_soon), self,
                               G_CONNECT_SWAPPED);
    }
  choose (self);
}

MemsnoopBusSession *
memsnoop_recorder_get_session (MemsnoopRecorder *self)
{
  return self->session;
}

void
memsnoop_recorder_set_start_time (MemsnoopRecorder *self, guint64 start_time)
{
  if (self->start_time == start_time)
    return;
  self->start_time = start_time;
  choose (self);
}

gboolean
memsnoop_recorder_is_shared (MemsnoopRecorder *self)
{
  GVariant *pids = self->session != NULL ? memsnoop_bus_session_get_pids (self->session) : NULL;

  return self->pid != 0 && pids != NULL && g_variant_n_children (pids) == 0;
}

gboolean
memsnoop_recorder_is_refused (MemsnoopRecorder *self)
{
  return self->refused;
}

gboolean
memsnoop_recorder_has_nothing (MemsnoopRecorder *self)
{
  return self->has_nothing;
}

gboolean
memsnoop_recorder_is_busy (MemsnoopRecorder *self)
{
  return self->busy;
}

/* Starting and stopping */

static void
set_busy (MemsnoopRecorder *self, gboolean busy)
{
  self->busy = busy;
  g_signal_emit (self, changed_signal, 0);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopRecorder) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);

  if (reply == NULL)
    tell_failure (self,
                  self->pid == 0 ? _ ("Kernel memory cannot be recorded")
                                 : _ ("The process cannot be recorded"),
                  error);
  else
    {
      g_free (self->own);
      g_variant_get (reply, "(o)", &self->own);
      choose (self);
    }
  set_busy (self, FALSE);
}

void
memsnoop_recorder_start (MemsnoopRecorder *self)
{
  const gchar *const sources[] = { self->source, NULL };
  GVariantDict options;

  if (self->busy)
    return;
  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "sources", "^as", sources);
  if (self->pid != 0)
    g_variant_dict_insert_value (
        &options, "pids",
        g_variant_new_fixed_array (G_VARIANT_TYPE_UINT32, &self->pid, 1, sizeof self->pid));
  set_busy (self, TRUE);
  memsnoop_service_call (self->service, "Start",
                         g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "(o)", TRUE, -1,
                         self->cancellable, on_started, g_object_ref (self));
}

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopRecorder) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);

  if (reply == NULL)
    tell_failure (self, _ ("The recording cannot be stopped"), error);
  set_busy (self, FALSE);
}

void
memsnoop_recorder_stop (MemsnoopRecorder *self)
{
  const gchar *path;

  if (self->busy || self->session == NULL)
    return;
  path = g_dbus_proxy_get_object_path (G_DBUS_PROXY (self->session));
  set_busy (self, TRUE);
  memsnoop_service_call (self->service, "Stop", g_variant_new ("(o)", path), "()", TRUE, -1,
                         self->cancellable, on_stopped, g_object_ref (self));
}

/* Reading */

/* @asks: whether a person may be asked for a password. */
typedef struct
{
  MemsnoopRecorder *recorder;
  gint descriptor;
  gboolean asks;
} Reading;

guint
memsnoop_recorder_pause_after (gint64 taken)
{
  return (guint) CLAMP (taken * PAUSE_FACTOR / G_TIME_SPAN_SECOND, SHORTEST_PAUSE, LONGEST_PAUSE);
}

guint
memsnoop_recorder_get_pause (MemsnoopRecorder *self)
{
  return memsnoop_recorder_pause_after (self->taken);
}

static gboolean
is_recording (MemsnoopBusSession *session)
{
  return g_strcmp0 (memsnoop_bus_session_get_state (session), "recording") == 0;
}

static gboolean
is_same (MemsnoopRecorder *self)
{
  return self->begun != 0 && self->recording == is_recording (self->session) &&
         self->events == memsnoop_bus_session_get_events_seen (self->session);
}

/* The next one may be better, without further events. */
static void
forget_reading (MemsnoopRecorder *self)
{
  self->reading = FALSE;
  self->begun = 0;
}

/* What is reported may be some seconds older than what the session says: it is read twice. */
static gboolean
is_known (MemsnoopRecorder *self)
{
  return is_same (self) && self->n_same > 0 && g_get_monotonic_time () - self->begun < LONGEST_SAME;
}

static void
begin_reading (MemsnoopRecorder *self)
{
  self->n_same = is_same (self) ? self->n_same + 1 : 0;
  self->begun = g_get_monotonic_time ();
  self->events = memsnoop_bus_session_get_events_seen (self->session);
  self->recording = is_recording (self->session);
  self->reading = TRUE;
}

static void
reading_free (Reading *reading)
{
  g_object_unref (reading->recorder);
  close (reading->descriptor);
  g_free (reading);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reading, reading_free)

static GVariant *
describe_export (MemsnoopRecorder *self, const gchar *format)
{
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  if (self->pid != 0)
    g_variant_dict_insert (&options, "pid", "u", self->pid);
  return g_variant_new ("(osh@a{sv})", g_dbus_proxy_get_object_path (G_DBUS_PROXY (self->session)),
                        format, 0, g_variant_dict_end (&options));
}

static void
on_profile (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopRecorder) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopCallProfile) profile = memsnoop_call_profile_read_finish (result, &error);

  self->reading = FALSE;
  self->taken = g_get_monotonic_time () - self->begun;
  if (profile != NULL)
    {
      self->has_nothing = FALSE;
      g_signal_emit (self, profile_signal, 0, profile);
    }
  else
    {
      forget_reading (self);
      tell_failure (self, _ ("The call stacks cannot be read"), error);
    }
}

/* Kernel memory tells nothing of a process that has allocated none, and who was not asked for a
 * password has not failed. */
static void
tell_unread (MemsnoopRecorder *self, GError *error, gboolean asked)
{
  gboolean nothing = records_kernel (self) &&
                     g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN);

  self->has_nothing = nothing;
  self->refused = memsnoop_service_error_is_refusal (error);
  if (!nothing && (!self->refused || asked))
    tell_failure (self, _ ("The call stacks cannot be read"), error);
  if (nothing || self->refused)
    g_signal_emit (self, changed_signal, 0);
}

static void
on_exported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Reading) reading = user_data;
  MemsnoopRecorder *self = reading->recorder;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);
  g_autoptr (GBytes) report = NULL;

  if (reading->asks)
    self->begun = g_get_monotonic_time ();
  if (reply != NULL)
    report = memsnoop_recording_file_read (reading->descriptor, &error);
  if (report == NULL)
    {
      forget_reading (self);
      tell_unread (self, error, reading->asks);
      return;
    }
  memsnoop_call_profile_read_async (report, profile_source (self), MEMSNOOP_FLAME_BYTES,
                                    self->reading_cancellable, on_profile, g_object_ref (self));
}

static Reading *
reading_new (MemsnoopRecorder *self, gboolean ask, GError **error)
{
  Reading *reading;
  gint descriptor = memsnoop_recording_file_open (error);

  if (descriptor < 0)
    return NULL;
  reading = g_new0 (Reading, 1);
  reading->recorder = g_object_ref (self);
  reading->descriptor = descriptor;
  reading->asks = ask;
  return reading;
}

static gboolean
read_session (MemsnoopRecorder *self, gboolean ask)
{
  g_autoptr (GError) error = NULL;
  Reading *reading;

  /* What is starting has nothing to be read; it tells when it has. */
  if (self->reading || self->refused || self->session == NULL || is_known (self) ||
      g_strcmp0 (memsnoop_bus_session_get_state (self->session), "starting") == 0)
    return FALSE;
  reading = reading_new (self, ask, &error);
  if (reading == NULL)
    {
      tell_failure (self, _ ("The call stacks cannot be read"), error);
      return TRUE;
    }
  begin_reading (self);
  memsnoop_service_call (self->service, "Export", describe_export (self, "json"), "()", ask,
                         reading->descriptor, self->reading_cancellable, on_exported, reading);
  return TRUE;
}

gboolean
memsnoop_recorder_read (MemsnoopRecorder *self)
{
  return read_session (self, FALSE);
}

void
memsnoop_recorder_read_again (MemsnoopRecorder *self, gboolean ask)
{
  if (!self->refused)
    return;
  self->refused = FALSE;
  self->begun = 0;
  read_session (self, ask);
  g_signal_emit (self, changed_signal, 0);
}

void
memsnoop_recorder_stop_reading (MemsnoopRecorder *self)
{
  g_cancellable_cancel (self->reading_cancellable);
}

/* Exporting */

void
memsnoop_recorder_export_async (MemsnoopRecorder *self,
                                GFile *file,
                                const gchar *format,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autofree gchar *path = g_file_get_path (file);
  const gchar *problem = NULL;

  if (self->session == NULL)
    problem = _ ("Nothing is recorded");
  else if (path == NULL)
    problem = _ ("Only files of this machine can be written");
  if (problem != NULL)
    g_task_report_new_error (self, callback, user_data, memsnoop_recorder_export_async, G_IO_ERROR,
                             G_IO_ERROR_NOT_SUPPORTED, "%s", problem);
  else
    memsnoop_recording_file_write_async (path, self->service, describe_export (self, format),
                                         cancellable, callback, user_data);
}

gboolean
memsnoop_recorder_export_finish (GAsyncResult *result, GError **error)
{
  return memsnoop_recording_file_write_finish (result, error);
}

/* The object */

static void
memsnoop_recorder_dispose (GObject *object)
{
  MemsnoopRecorder *self = MEMSNOOP_RECORDER (object);

  g_clear_handle_id (&self->idle, g_source_remove);
  g_cancellable_cancel (self->cancellable);
  g_cancellable_cancel (self->reading_cancellable);
  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  if (self->service != NULL)
    g_signal_handlers_disconnect_by_data (self->service, self);
  g_clear_object (&self->session);
  g_clear_object (&self->service);
  G_OBJECT_CLASS (memsnoop_recorder_parent_class)->dispose (object);
}

static void
memsnoop_recorder_finalize (GObject *object)
{
  MemsnoopRecorder *self = MEMSNOOP_RECORDER (object);

  g_object_unref (self->cancellable);
  g_object_unref (self->reading_cancellable);
  g_free (self->source);
  g_free (self->own);
  G_OBJECT_CLASS (memsnoop_recorder_parent_class)->finalize (object);
}

static void
memsnoop_recorder_class_init (MemsnoopRecorderClass *class)
{
  GType type = G_TYPE_FROM_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = memsnoop_recorder_dispose;
  G_OBJECT_CLASS (class)->finalize = memsnoop_recorder_finalize;
  changed_signal =
      g_signal_new ("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  profile_signal = g_signal_new ("profile", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                 G_TYPE_NONE, 1, MEMSNOOP_TYPE_CALL_PROFILE);
  failed_signal = g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                2, G_TYPE_STRING, G_TYPE_ERROR);
}

static void
memsnoop_recorder_init (MemsnoopRecorder *self)
{
  self->cancellable = g_cancellable_new ();
  self->reading_cancellable = g_cancellable_new ();
}

MemsnoopRecorder *
memsnoop_recorder_new (MemsnoopService *service, guint32 pid, const gchar *source)
{
  MemsnoopRecorder *self = g_object_new (MEMSNOOP_TYPE_RECORDER, NULL);

  self->service = g_object_ref (service);
  self->pid = pid;
  self->source = g_strdup (source);
  g_signal_connect_swapped (service, "notify::state", G_CALLBACK (on_state), self);
  on_state (self);
  return self;
}
