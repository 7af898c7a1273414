/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent.h"

#include "executable-path.h"
#include "notification.h"
#include "program.h"
#include "service-error.h"
#include "suspicions.h"
#include "window-opener.h"
#include "wording.h"

#include <glib/gi18n.h>

#define NO_SUCH_SUSPECT "org.memsnoop1.Error.NoSuchSuspect"
/* Until a service that is there, and did not say what it suspects, is asked again; each time it
 * takes twice as long. */
#define RETRY_SECONDS 5
#define RETRY_SECONDS_MAX 300

struct _MemsnoopAgent
{
  GObject parent_instance;

  GDBusConnection *bus;
  MemsnoopService *service;
  MemsnoopBoard *board;
  guint32 uid;
  GCancellable *cancellable;
  guint retry;
  guint retry_seconds;
};

G_DEFINE_FINAL_TYPE (MemsnoopAgent, memsnoop_agent, G_TYPE_OBJECT)

/* What the service says */

static void
on_evidence (guint64 id, guint32 pid, const gchar *comm, GVariant *row, gpointer user_data)
{
  MemsnoopAgent *self = user_data;

  if (memsnoop_notification_concerns (row, self->uid))
    memsnoop_board_set (self->board, id, pid, comm, row, FALSE);
}

static void
on_suspicion (MemsnoopService *service,
              guint pid,
              const gchar *comm,
              GVariant *evidence,
              const gchar *session,
              MemsnoopAgent *self)
{
  guint64 id;
  gboolean cleared;

  if (!memsnoop_suspicion_identify (evidence, &id, &cleared) ||
      !memsnoop_notification_concerns (evidence, self->uid))
    return;
  if (cleared)
    memsnoop_board_withdraw (self->board, id);
  else
    memsnoop_board_set (self->board, id, pid, comm, evidence, TRUE);
}

static void list (MemsnoopAgent *self);

static gboolean
on_retry (gpointer user_data)
{
  MemsnoopAgent *self = user_data;

  self->retry = 0;
  list (self);
  return G_SOURCE_REMOVE;
}

/* Nothing is watched, or it is of another version: that does not change while it runs. */
static gboolean
is_final (const GError *error)
{
  return g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED) ||
         g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNKNOWN_METHOD);
}

/* Otherwise what stood before would never be told, or never be withdrawn. */
static void
retry_later (MemsnoopAgent *self, const gchar *what, const GError *error)
{
  g_autofree gchar *why = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->retry != 0)
    return;
  why = memsnoop_service_error_describe (error);
  if (is_final (error))
    {
      g_message ("%s: %s", what, why);
      return;
    }
  g_message ("%s; it is tried again in %u seconds: %s", what, self->retry_seconds, why);
  self->retry = g_timeout_add_seconds (self->retry_seconds, on_retry, self);
  self->retry_seconds = MIN (2 * self->retry_seconds, RETRY_SECONDS_MAX);
}

typedef struct
{
  MemsnoopAgent *agent;
  guint64 id;
} Check;

/* What has been cleared while nobody listened: the service knows no such suspicion any more.
 * Whoever may not see it is refused instead, and then it stands. */
static void
on_checked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Check *check = user_data;
  g_autoptr (MemsnoopAgent) self = check->agent;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);
  g_autofree gchar *name = error != NULL ? g_dbus_error_get_remote_error (error) : NULL;

  if (g_strcmp0 (name, NO_SUCH_SUSPECT) == 0)
    memsnoop_board_withdraw (self->board, check->id);
  else if (error != NULL && !memsnoop_service_error_is_refusal (error))
    retry_later (self, "Whether a suspicion stands is not known", error);
}

static void
check (MemsnoopAgent *self, guint64 id)
{
  Check *check = g_new0 (Check, 1);

  check->agent = g_object_ref (self);
  check->id = id;
  memsnoop_service_call (self->service, "GetSuspect", g_variant_new ("(t)", id), "(a{sv})", FALSE,
                         -1, self->cancellable, on_checked, check);
}

/* The list has the user's own processes only, or all. */
static void
check_all_but (MemsnoopAgent *self, GHashTable *standing)
{
  g_autoptr (GArray) ids = memsnoop_board_get_suspicions (self->board);

  for (guint i = 0; i < ids->len; i++)
    if (!g_hash_table_contains (standing, &g_array_index (ids, guint64, i)))
      check (self, g_array_index (ids, guint64, i));
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopAgent) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) rows =
      memsnoop_suspicions_list_finish (MEMSNOOP_SERVICE (source), result, &error);
  g_autoptr (GHashTable) standing = NULL;

  if (rows == NULL)
    {
      retry_later (self, "What is suspected now cannot be listed", error);
      return;
    }
  standing = memsnoop_suspicions_read (rows, on_evidence, self);
  check_all_but (self, standing);
}

static void
list (MemsnoopAgent *self)
{
  if (memsnoop_service_get_state (self->service) == MEMSNOOP_SERVICE_READY)
    memsnoop_suspicions_list_async (self->service, self->cancellable, on_listed,
                                    g_object_ref (self));
}

/* From here on, and again when signals may have been missed. */
static void
on_state (MemsnoopAgent *self)
{
  g_clear_handle_id (&self->retry, g_source_remove);
  self->retry_seconds = RETRY_SECONDS;
  list (self);
}

/* What the user does */

static void
tell_failure (MemsnoopAgent *self, const gchar *what, GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
      memsnoop_service_error_is_dismissal (error))
    return;
  g_dbus_error_strip_remote_error (error);
  memsnoop_board_show_message (self->board, what, error->message);
}

/* Whoever ignores a script has ignored all that its interpreter runs. */
static void
tell_extent (MemsnoopAgent *self, const gchar *path)
{
  g_autofree gchar *executable = memsnoop_executable_path_strip_deleted (path);
  g_autofree gchar *program = memsnoop_wording_name (executable, MEMSNOOP_WORDING_NAME_MAX);
  g_autofree gchar *title = NULL, *text = NULL;

  if (!memsnoop_program_is_interpreter (executable))
    return;
  title = g_strdup_printf (_ ("“%s” is ignored"), program);
  text =
      g_strdup_printf (_ ("Nothing that it runs is suspected any more. “memsnoopctl unignore %s” "
                          "takes that back."),
                       program);
  memsnoop_board_show_message (self->board, title, text);
}

static void
on_ignored (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopAgent) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = memsnoop_suspicion_ignore_finish (result, &error);

  if (path == NULL)
    tell_failure (self, _ ("The program is not ignored"), error);
  else
    tell_extent (self, path);
}

static void
on_opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopAgent) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!memsnoop_window_opener_open_finish (result, &error))
    tell_failure (self, _ ("The window cannot be opened"), error);
}

static void
on_chosen (MemsnoopBoard *board,
           guint64 id,
           guint pid,
           guint64 start_time,
           const gchar *action,
           const gchar *token,
           MemsnoopAgent *self)
{
  if (id != 0 && g_str_equal (action, "ignore"))
    memsnoop_suspicion_ignore_async (self->service, id, NULL, self->cancellable, on_ignored,
                                     g_object_ref (self));
  else
    memsnoop_window_opener_open_async (self->bus, pid, start_time, token, self->cancellable,
                                       on_opened, g_object_ref (self));
}

/* The object */

static void
memsnoop_agent_dispose (GObject *object)
{
  MemsnoopAgent *self = MEMSNOOP_AGENT (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->retry, g_source_remove);
  if (self->service != NULL)
    g_signal_handlers_disconnect_by_data (self->service, self);
  if (self->board != NULL)
    g_signal_handlers_disconnect_by_data (self->board, self);
  g_clear_object (&self->bus);
  g_clear_object (&self->service);
  g_clear_object (&self->board);
  G_OBJECT_CLASS (memsnoop_agent_parent_class)->dispose (object);
}

static void
memsnoop_agent_finalize (GObject *object)
{
  g_object_unref (MEMSNOOP_AGENT (object)->cancellable);
  G_OBJECT_CLASS (memsnoop_agent_parent_class)->finalize (object);
}

static void
memsnoop_agent_class_init (MemsnoopAgentClass *class)
{
  G_OBJECT_CLASS (class)->dispose = memsnoop_agent_dispose;
  G_OBJECT_CLASS (class)->finalize = memsnoop_agent_finalize;
}

static void
memsnoop_agent_init (MemsnoopAgent *self)
{
  self->cancellable = g_cancellable_new ();
}

MemsnoopAgent *
memsnoop_agent_new (GDBusConnection *bus,
                    MemsnoopService *service,
                    MemsnoopBoard *board,
                    guint32 uid)
{
  MemsnoopAgent *self = g_object_new (MEMSNOOP_TYPE_AGENT, NULL);

  self->bus = g_object_ref (bus);
  self->service = g_object_ref (service);
  self->board = g_object_ref (board);
  self->uid = uid;
  g_signal_connect (service, "suspicion", G_CALLBACK (on_suspicion), self);
  g_signal_connect_swapped (service, "notify::state", G_CALLBACK (on_state), self);
  g_signal_connect (board, "chosen", G_CALLBACK (on_chosen), self);
  on_state (self);
  return self;
}
