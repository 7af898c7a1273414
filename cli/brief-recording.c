/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "brief-recording.h"

#include "command-error.h"
#include "output.h"
#include "quantity.h"
#include "session-calls.h"
#include "session-wait.h"
#include "start-arguments.h"

#define DURATION_DEFAULT "10s"

static gboolean
refuse (const gchar *message, GError **error)
{
  g_set_error_literal (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE, message);
  return FALSE;
}

gboolean
memsnoop_brief_recording_check (MemsnoopBriefRecording *self, const gchar *other, GError **error)
{
  gchar *pids[] = { self->heap, NULL };
  MemsnoopStartArguments arguments = {
    .heap = TRUE,
    .foreground = TRUE,
    .pids = pids,
    .duration = self->duration != NULL ? self->duration : (gchar *) DURATION_DEFAULT,
    .sample_interval = self->sample_interval,
  };

  if (self->heap == NULL && (self->duration != NULL || self->sample_interval != NULL))
    return refuse ("--duration and --sample-interval are of a new recording: they need --heap PID",
                   error);
  if (self->heap == NULL)
    return TRUE;
  if (other != NULL)
    {
      g_set_error (
          error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
          "--heap %s is about a new recording, '%s' about one that there is: leave out one "
          "of them",
          self->heap, other);
      return FALSE;
    }
  self->options = memsnoop_start_arguments_to_options (&arguments, error);
  if (self->options == NULL)
    return FALSE;
  g_variant_ref_sink (self->options);
  return TRUE;
}

static void
tell_duration (const MemsnoopBriefRecording *self)
{
  g_autofree gchar *text = NULL;
  guint32 seconds;

  g_variant_lookup (self->options, "duration", "u", &seconds);
  text = memsnoop_quantity_format_duration (seconds);
  if (seconds > 0)
    memsnoop_output_remark ("Recording the heap of %s for %s; Ctrl-C ends it sooner.", self->heap,
                            text);
  else
    memsnoop_output_remark ("Recording the heap of %s; Ctrl-C ends it.", self->heap);
}

gchar *
memsnoop_brief_recording_make (const MemsnoopBriefRecording *self,
                               GDBusConnection *connection,
                               GError **error)
{
  g_autofree gchar *path = memsnoop_session_start (connection, self->options, error);

  if (path == NULL)
    return NULL;
  tell_duration (self);
  return memsnoop_session_wait_to_end (connection, path, error) ? g_steal_pointer (&path) : NULL;
}

void
memsnoop_brief_recording_clear (MemsnoopBriefRecording *self)
{
  g_clear_pointer (&self->heap, g_free);
  g_clear_pointer (&self->duration, g_free);
  g_clear_pointer (&self->sample_interval, g_free);
  g_clear_pointer (&self->options, g_variant_unref);
}
