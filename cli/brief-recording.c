/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "brief-recording.h"

#include "command-error.h"
#include "connection.h"
#include "output.h"
#include "quantity.h"
#include "session-calls.h"
#include "session-wait.h"
#include "start-arguments.h"

#include <string.h>

#define DURATION_DEFAULT "10s"

/* When it is looked at in between, at the latest. */
#define LOOK_MILLISECONDS_MAX 30000

static gboolean
refuse (const gchar *message, GError **error)
{
  g_set_error_literal (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE, message);
  return FALSE;
}

/* What is to be recorded, and of which process. */
static gboolean
check_process (const MemsnoopBriefRecording *self, const gchar *other, GError **error)
{
  const gchar *pid = self->heap != NULL ? self->heap : self->growth;

  if (self->heap != NULL && self->growth != NULL && strcmp (self->heap, self->growth) != 0)
    return refuse ("--heap and --growth are of the same process here; 'memsnoopctl start' records "
                   "several",
                   error);
  if (other == NULL)
    return TRUE;
  g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
               "--%s %s is about a new recording, '%s' about one that there is: leave out one of "
               "them",
               self->heap != NULL ? "heap" : "growth", pid, other);
  return FALSE;
}

gboolean
memsnoop_brief_recording_check (MemsnoopBriefRecording *self, const gchar *other, GError **error)
{
  gchar *pids[] = { self->heap != NULL ? self->heap : self->growth, NULL };
  MemsnoopStartArguments arguments = {
    .heap = self->heap != NULL,
    .growth = self->growth != NULL,
    .foreground = TRUE,
    .pids = pids,
    .duration = self->duration != NULL ? self->duration : (gchar *) DURATION_DEFAULT,
    .sample_interval = self->sample_interval,
  };

  if (pids[0] == NULL && (self->duration != NULL || self->sample_interval != NULL))
    return refuse ("--duration and --sample-interval are of a new recording: they need --heap PID "
                   "or --growth PID",
                   error);
  if (pids[0] == NULL)
    return TRUE;
  if (!check_process (self, other, error))
    return FALSE;
  self->options = memsnoop_start_arguments_to_options (&arguments, error);
  if (self->options == NULL)
    return FALSE;
  g_variant_ref_sink (self->options);
  return TRUE;
}

static gchar *
describe (const MemsnoopBriefRecording *self)
{
  if (self->heap == NULL)
    return g_strdup_printf ("growth of %s", self->growth);
  return g_strdup_printf ("heap%s of %s", self->growth != NULL ? " and the growth" : "",
                          self->heap);
}

static void
tell_duration (const MemsnoopBriefRecording *self, guint32 seconds)
{
  g_autofree gchar *what = describe (self);
  g_autofree gchar *text = memsnoop_quantity_format_duration (seconds);

  if (seconds > 0)
    memsnoop_output_remark ("Recording the %s for %s; Ctrl-C ends it sooner.", what, text);
  else
    memsnoop_output_remark ("Recording the %s; Ctrl-C ends it.", what);
}

static guint32
get_duration (const MemsnoopBriefRecording *self)
{
  guint32 seconds = 0;

  g_variant_lookup (self->options, "duration", "u", &seconds);
  return seconds;
}

/* A session that is looked at while it records. */
typedef struct
{
  GDBusConnection *connection;
  const gchar *path;
} Look;

/* Growth is known from two looks on, and in the first seconds everything grows: it is new. */
static gboolean
look (gpointer user_data)
{
  const Look *self = user_data;
  g_autoptr (MemsnoopBusManager) manager = memsnoop_connection_get_manager (self->connection, NULL);

  if (manager != NULL)
    memsnoop_bus_manager_call_get_report (manager, self->path, "folded",
                                          g_variant_new ("a{sv}", NULL), G_DBUS_CALL_FLAGS_NONE, -1,
                                          NULL, NULL, NULL);
  return G_SOURCE_REMOVE;
}

gchar *
memsnoop_brief_recording_make (const MemsnoopBriefRecording *self,
                               GDBusConnection *connection,
                               GError **error)
{
  g_autofree gchar *path = memsnoop_session_start (connection, self->options, error);
  guint seconds = get_duration (self);
  Look half_time = { .connection = connection, .path = path };
  g_autoptr (GSource) source = NULL;
  gboolean ended;

  if (path == NULL)
    return NULL;
  tell_duration (self, seconds);
  source = g_timeout_source_new (seconds > 0 ? MIN (seconds * 500ull, LOOK_MILLISECONDS_MAX)
                                             : LOOK_MILLISECONDS_MAX);
  g_source_set_callback (source, look, &half_time, NULL);
  g_source_attach (source, NULL);
  ended = memsnoop_session_wait_to_end (connection, path, error);
  g_source_destroy (source);
  return ended ? g_steal_pointer (&path) : NULL;
}

void
memsnoop_brief_recording_clear (MemsnoopBriefRecording *self)
{
  g_clear_pointer (&self->heap, g_free);
  g_clear_pointer (&self->growth, g_free);
  g_clear_pointer (&self->duration, g_free);
  g_clear_pointer (&self->sample_interval, g_free);
  g_clear_pointer (&self->options, g_variant_unref);
}
