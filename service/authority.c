/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "authority.h"

#include "error.h"
#include "memsnoop-names.h"

#include <polkit/polkit.h>

struct _MemsnoopAuthority
{
  GObject parent_instance;

  /* NULL until the first check. */
  PolkitAuthority *polkit;
  /* GTask of the checks that wait for it. */
  GQueue waiting;
};

G_DEFINE_FINAL_TYPE (MemsnoopAuthority, memsnoop_authority, G_TYPE_OBJECT)

/* One check. */
typedef struct
{
  MemsnoopCaller *caller;
  gchar *action;
  gboolean interactive;
} Check;

static void
memsnoop_authority_finalize (GObject *object)
{
  g_clear_object (&MEMSNOOP_AUTHORITY (object)->polkit);
  G_OBJECT_CLASS (memsnoop_authority_parent_class)->finalize (object);
}

static void
memsnoop_authority_class_init (MemsnoopAuthorityClass *class)
{
  G_OBJECT_CLASS (class)->finalize = memsnoop_authority_finalize;
}

static void
memsnoop_authority_init (MemsnoopAuthority *self)
{
  g_queue_init (&self->waiting);
}

MemsnoopAuthority *
memsnoop_authority_new (void)
{
  return g_object_new (MEMSNOOP_TYPE_AUTHORITY, NULL);
}

static void
check_free (gpointer data)
{
  Check *check = data;

  memsnoop_caller_end_check (check->caller);
  g_object_unref (check->caller);
  g_free (check->action);
  g_free (check);
}

static void
return_polkit_error (GTask *task, const GError *error)
{
  const Check *check = g_task_get_task_data (task);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ||
      memsnoop_caller_has_vanished (check->caller))
    g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                             "The caller left before %s was granted", check->action);
  else if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
           g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER))
    g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                             "This needs the authorization %s, and there is no polkitd on the bus "
                             "to grant it",
                             check->action);
  else
    g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                             "This needs the authorization %s, which polkit did not decide on: %s",
                             check->action, error->message);
}

static void
return_refusal (GTask *task, PolkitAuthorizationResult *answer)
{
  const Check *check = g_task_get_task_data (task);

  if (polkit_authorization_result_get_is_challenge (answer) && !check->interactive)
    g_task_return_new_error (task, MEMSNOOP_ERROR,
                             MEMSNOOP_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
                             "This needs the authorization %s, for which the user must be asked; "
                             "the call did not allow that",
                             check->action);
  else if (polkit_authorization_result_get_dismissed (answer))
    g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                             "This needs the authorization %s, and " MEMSNOOP_QUESTION_DISMISSED,
                             check->action);
  else if (polkit_authorization_result_get_is_challenge (answer))
    g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                             "This needs the authorization %s, for which the user must be asked, "
                             "and polkit knows no agent that could do so",
                             check->action);
  else
    g_task_return_new_error (task, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED,
                             "This needs the authorization %s, which was refused", check->action);
}

static void
check_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (PolkitAuthorizationResult) answer = NULL;

  answer = polkit_authority_check_authorization_finish (POLKIT_AUTHORITY (source), result, &error);
  if (answer == NULL)
    {
      g_dbus_error_strip_remote_error (error);
      return_polkit_error (task, error);
    }
  else if (polkit_authorization_result_get_is_authorized (answer))
    g_task_return_boolean (task, TRUE);
  else
    return_refusal (task, answer);
}

static void
ask_polkit (MemsnoopAuthority *self, GTask *task)
{
  const Check *check = g_task_get_task_data (task);
  g_autoptr (PolkitSubject) subject =
      polkit_system_bus_name_new (memsnoop_caller_get_name (check->caller));

  polkit_authority_check_authorization (
      self->polkit, subject, check->action, NULL,
      check->interactive ? POLKIT_CHECK_AUTHORIZATION_FLAGS_ALLOW_USER_INTERACTION
                         : POLKIT_CHECK_AUTHORIZATION_FLAGS_NONE,
      memsnoop_caller_get_cancellable (check->caller), check_answered, task);
}

static void
polkit_ready (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopAuthority) self = user_data;
  g_autoptr (GError) error = NULL;
  /* Answers can lead to further checks, which wait for a further attempt. */
  GQueue waiting = self->waiting;
  GTask *task;

  g_queue_init (&self->waiting);
  self->polkit = polkit_authority_get_finish (result, &error);
  while ((task = g_queue_pop_head (&waiting)) != NULL)
    if (self->polkit != NULL)
      ask_polkit (self, task);
    else
      {
        return_polkit_error (task, error);
        g_object_unref (task);
      }
}

/* Polkit's library is asked for its object once at a time: a second request would block until the
 * first is answered. */
static void
wait_for_polkit (MemsnoopAuthority *self, GTask *task)
{
  g_queue_push_tail (&self->waiting, task);
  if (g_queue_get_length (&self->waiting) == 1)
    polkit_authority_get_async (NULL, polkit_ready, g_object_ref (self));
}

gboolean
memsnoop_authority_trusts (MemsnoopAuthority *self, MemsnoopCaller *caller)
{
  return memsnoop_caller_get_uid (caller) == 0;
}

void
memsnoop_authority_check_async (MemsnoopAuthority *self,
                                MemsnoopCaller *caller,
                                const gchar *action,
                                gboolean interactive,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  GError *error = NULL;
  Check *check;

  g_task_set_source_tag (task, memsnoop_authority_check_async);
  if (memsnoop_authority_trusts (self, caller))
    {
      g_task_return_boolean (task, TRUE);
      return;
    }
  if (!memsnoop_caller_begin_check (caller, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  check = g_new (Check, 1);
  check->caller = g_object_ref (caller);
  check->action = g_strdup (action);
  check->interactive = interactive;
  g_task_set_task_data (task, check, check_free);
  if (self->polkit != NULL)
    ask_polkit (self, g_steal_pointer (&task));
  else
    wait_for_polkit (self, g_steal_pointer (&task));
}

gboolean
memsnoop_authority_check_finish (MemsnoopAuthority *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}
