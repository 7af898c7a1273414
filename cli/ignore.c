/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands ignore and unignore. */
#include "command.h"
#include "connection.h"
#include "dictionary.h"
#include "executable-path.h"
#include "output.h"
#include "program.h"
#include "quantity.h"
#include "terminal-text.h"

/* As given on the command line. */
typedef struct
{
  gchar **pids;
  gboolean list;
} IgnoreArguments;

static void
ignore_arguments_clear (IgnoreArguments *self)
{
  g_strfreev (self->pids);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (IgnoreArguments, ignore_arguments_clear)

static gboolean
print_json (const gchar *name, gchar **paths, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (gsize i = 0; paths[i] != NULL; i++)
    json_builder_add_string_value (builder, paths[i]);
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  return memsnoop_output_write_json (root, error);
}

/* One line about each path, with @prefix in front. */
static gboolean
print_paths (const gchar *prefix, gchar **paths, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; paths[i] != NULL; i++)
    {
      g_autofree gchar *path =
          memsnoop_terminal_text_escape (paths[i], memsnoop_terminal_text_is_unicode ());

      g_string_append_printf (text, "%s%s\n", prefix, path);
    }
  return memsnoop_output_write (text->str, error);
}

/* The executable of a process, by what the service says: our /proc may be another. */
static gchar *
find_executable (MemsnoopBusManager *manager, guint32 pid, GError **error)
{
  g_autoptr (GVariant) stats = NULL;
  g_autofree gchar *executable = NULL;

  if (!memsnoop_bus_manager_call_get_process_stats_sync (
          manager, pid, memsnoop_connection_get_call_flags (), MEMSNOOP_CONNECTION_CALL_TIMEOUT,
          &stats, NULL, error))
    return NULL;

  executable = memsnoop_dictionary_lookup_string (stats, "exe");
  if (executable == NULL || *executable == '\0')
    {
      g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_FAILED,
                   "the executable of process %u is not known", pid);
      return NULL;
    }
  return memsnoop_executable_path_strip_deleted (executable);
}

static gboolean
parse_pids (gchar **texts, GArray *pids, GError **error)
{
  for (gsize i = 0; texts != NULL && texts[i] != NULL; i++)
    {
      guint64 number;
      guint32 pid;

      if (!memsnoop_quantity_parse_number (texts[i], "--pid", 1, G_MAXINT32, &number, error))
        return FALSE;
      pid = (guint32) number;
      g_array_append_val (pids, pid);
    }
  return TRUE;
}

/* Appends the executables of the processes to @paths. */
static gboolean
add_executables (MemsnoopBusManager *manager, const GArray *pids, GPtrArray *paths, GError **error)
{
  for (guint i = 0; i < pids->len; i++)
    {
      gchar *path = find_executable (manager, g_array_index (pids, guint32, i), error);

      if (path == NULL)
        return FALSE;
      g_ptr_array_add (paths, path);
    }
  return TRUE;
}

/* When it does not do what may be meant. */
static void
warn_of_effect (const gchar *path)
{
  g_autofree gchar *printable =
      memsnoop_terminal_text_escape (path, memsnoop_terminal_text_is_unicode ());

  if (memsnoop_executable_path_is_script (path))
    g_printerr ("memsnoopctl: %s is a script: its processes run its interpreter, so that ignoring "
                "it has no effect\n",
                printable);
  else if (memsnoop_program_is_interpreter (path))
    g_printerr ("memsnoopctl: %s is an interpreter: all programs that it runs are ignored\n",
                printable);
}

static gboolean
call_ignore (MemsnoopBusManager *manager, const gchar *path, GError **error)
{
  return memsnoop_bus_manager_call_ignore_sync (manager, path,
                                                memsnoop_connection_get_call_flags (),
                                                MEMSNOOP_CONNECTION_CALL_TIMEOUT, NULL, error);
}

static gboolean
call_unignore (MemsnoopBusManager *manager, const gchar *path, GError **error)
{
  return memsnoop_bus_manager_call_unignore_sync (manager, path,
                                                  memsnoop_connection_get_call_flags (),
                                                  MEMSNOOP_CONNECTION_CALL_TIMEOUT, NULL, error);
}

static MemsnoopBusManager *
connect_to_manager (MemsnoopInvocation *invocation, GError **error)
{
  g_autoptr (GDBusConnection) connection = memsnoop_invocation_connect_to_ask (invocation, error);

  return connection != NULL ? memsnoop_connection_get_manager (connection, error) : NULL;
}

static gboolean
list_ignored (MemsnoopInvocation *invocation, GError **error)
{
  g_autoptr (MemsnoopBusManager) manager = connect_to_manager (invocation, error);
  g_auto (GStrv) paths = NULL;

  if (manager == NULL || !memsnoop_bus_manager_call_list_ignored_sync (
                             manager, memsnoop_connection_get_call_flags (),
                             MEMSNOOP_CONNECTION_CALL_TIMEOUT, &paths, NULL, error))
    return FALSE;
  if (invocation->json)
    return print_json ("ignored", paths, error);
  /* Not on the output, which other programs read. */
  if (paths[0] == NULL)
    g_printerr ("Nothing is ignored.\n");
  return print_paths ("", paths, error);
}

/* All operands are checked before anything changes. */
static GPtrArray *
resolve_operands (gchar **names, GError **error)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; names[i] != NULL; i++)
    {
      gchar *path = memsnoop_executable_path_resolve (names[i], error);

      if (path == NULL)
        return NULL;
      g_ptr_array_add (paths, path);
    }
  return g_steal_pointer (&paths);
}

/* What has changed, and for how many processes. */
static gboolean
confirm (const gchar *path, gboolean already, GError **error)
{
  g_autofree gchar *printable =
      memsnoop_terminal_text_escape (path, memsnoop_terminal_text_is_unicode ());
  guint count = memsnoop_program_count_processes (path);
  g_autofree gchar *users =
      count > 0
          ? g_strdup_printf (" (%u %s it)", count, count == 1 ? "process runs" : "processes run")
          : g_strdup ("");
  g_autofree gchar *line = g_strconcat (
      already ? "ignored already: " : "ignored from now on: ", printable, users, "\n", NULL);

  return memsnoop_output_write (line, error);
}

/* Says so when it was among @ignored before, as far as that is known. */
static gboolean
ignore_path (MemsnoopInvocation *invocation,
             MemsnoopBusManager *manager,
             const gchar *path,
             gchar **ignored,
             GError **error)
{
  gboolean already = ignored != NULL && g_strv_contains ((const gchar *const *) ignored, path);

  if (!call_ignore (manager, path, error))
    return FALSE;
  warn_of_effect (path);
  return invocation->json || confirm (path, already, error);
}

static gboolean
ignore_paths (MemsnoopInvocation *invocation, const GArray *pids, GError **error)
{
  g_autoptr (GPtrArray) paths = resolve_operands (invocation->arguments, error);
  g_autoptr (MemsnoopBusManager) manager = NULL;
  g_auto (GStrv) ignored = NULL;

  if (paths == NULL)
    return FALSE;
  manager = connect_to_manager (invocation, error);
  if (manager == NULL || !add_executables (manager, pids, paths, error))
    return FALSE;

  /* To read the list is another authorisation, which is not worth a question. */
  memsnoop_bus_manager_call_list_ignored_sync (manager, G_DBUS_CALL_FLAGS_NONE, -1, &ignored, NULL,
                                               NULL);
  g_ptr_array_add (paths, NULL);
  for (gsize i = 0; paths->pdata[i] != NULL; i++)
    if (!ignore_path (invocation, manager, paths->pdata[i], ignored, error))
      return FALSE;
  return !invocation->json || print_json ("ignored", (gchar **) paths->pdata, error);
}

static gboolean
run_ignore (MemsnoopInvocation *invocation, GError **error)
{
  g_auto (IgnoreArguments) arguments = { NULL };
  g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (guint32));
  gboolean named;
  const GOptionEntry entries[] = {
    { "pid", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &arguments.pids,
      "The executable that this process runs; may be given several times", "PID" },
    { "list", 'l', 0, G_OPTION_ARG_NONE, &arguments.list, "List what is ignored", NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!memsnoop_invocation_parse (invocation, entries, 0, G_MAXUINT, error) ||
      !parse_pids (arguments.pids, pids, error))
    return FALSE;
  named = invocation->arguments[0] != NULL || pids->len > 0;
  if (arguments.list && named)
    {
      g_set_error_literal (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                           "name what is to be ignored or give --list, not both");
      return FALSE;
    }
  return named ? ignore_paths (invocation, pids, error) : list_ignored (invocation, error);
}

/*
 * What is in the list may be gone by now, or be a link: if the path that the operand leads to is
 * not in it, the operand itself may be.
 */
static gchar *
unignore_path (MemsnoopBusManager *manager, const gchar *name, GError **error)
{
  g_autofree gchar *absolute = memsnoop_executable_path_absolute (name);
  g_autofree gchar *resolved = memsnoop_executable_path_resolve (name, NULL);
  g_autoptr (GError) refusal = NULL;

  if (resolved != NULL && g_strcmp0 (resolved, absolute) != 0)
    {
      if (call_unignore (manager, resolved, &refusal))
        return g_steal_pointer (&resolved);
      if (!g_error_matches (refusal, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS))
        {
          g_propagate_error (error, g_steal_pointer (&refusal));
          return NULL;
        }
    }
  return call_unignore (manager, absolute, error) ? g_steal_pointer (&absolute) : NULL;
}

static gboolean
unignore_paths (MemsnoopInvocation *invocation, const GArray *pids, GError **error)
{
  g_autoptr (MemsnoopBusManager) manager = connect_to_manager (invocation, error);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; invocation->arguments[i] != NULL; i++)
    g_ptr_array_add (names, g_strdup (invocation->arguments[i]));
  if (manager == NULL || !add_executables (manager, pids, names, error))
    return FALSE;

  for (guint i = 0; i < names->len; i++)
    {
      gchar *path = unignore_path (manager, names->pdata[i], error);
      gchar *one[] = { path, NULL };

      if (path == NULL)
        return FALSE;
      g_ptr_array_add (paths, path);
      if (!invocation->json && !print_paths ("no longer ignored: ", one, error))
        return FALSE;
    }
  g_ptr_array_add (paths, NULL);
  return !invocation->json || print_json ("unignored", (gchar **) paths->pdata, error);
}

static gboolean
run_unignore (MemsnoopInvocation *invocation, GError **error)
{
  g_auto (IgnoreArguments) arguments = { NULL };
  g_autoptr (GArray) pids = g_array_new (FALSE, FALSE, sizeof (guint32));
  const GOptionEntry entries[] = {
    { "pid", 'p', 0, G_OPTION_ARG_STRING_ARRAY, &arguments.pids,
      "The executable that this process runs; may be given several times", "PID" },
    G_OPTION_ENTRY_NULL,
  };

  if (!memsnoop_invocation_parse (invocation, entries, 0, G_MAXUINT, error) ||
      !parse_pids (arguments.pids, pids, error))
    return FALSE;
  if (invocation->arguments[0] == NULL && pids->len == 0)
    {
      g_set_error_literal (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                           "unignore needs PATH or --pid; 'memsnoopctl ignore' lists what is "
                           "ignored");
      return FALSE;
    }
  return unignore_paths (invocation, pids, error);
}

const MemsnoopCommand memsnoop_ignore_command = {
  .name = "ignore",
  .operands = "[PATH...]",
  .summary = "Report no more growth of certain programs, or list them",
  .description =
      "PATH is the executable of processes that are not to be reported: some programs\n"
      "may grow. It is taken as a shell takes it, relative to the working directory, and\n"
      "symbolic links are followed; the command prints which path that was. --pid takes\n"
      "the executable that a process runs. What is suspected of these processes is\n"
      "withdrawn. It lasts over restarts, until 'memsnoopctl unignore'.\n"
      "\n"
      "It holds for every process that runs this executable: that of a program in\n"
      "Python, Java or a shell is the interpreter, and with it all of its programs are\n"
      "ignored. The command warns of that, and tells how many processes run it.\n"
      "\n"
      "Without PATH, or with --list, it lists what is ignored, a path in each line.\n"
      "\n"
      "To change the list, or to read it, needs an administrator's authorisation.\n"
      "\n"
      "Examples:\n"
      "  memsnoopctl ignore\n"
      "  memsnoopctl ignore /usr/bin/redis-server\n"
      "  memsnoopctl ignore --pid 4711\n"
      "  memsnoopctl ignore \"$(command -v redis-server)\"",
  .run = run_ignore,
};

const MemsnoopCommand memsnoop_unignore_command = {
  .name = "unignore",
  .operands = "PATH...",
  .summary = "Report growth of these programs again",
  .description =
      "PATH is an executable as 'memsnoopctl ignore' lists it, or one that leads there.\n"
      "Its processes are judged again: one that still grows is suspected anew. It needs an\n"
      "administrator's authorisation.\n"
      "\n"
      "Examples:\n"
      "  memsnoopctl unignore /usr/bin/redis-server\n"
      "  memsnoopctl unignore --pid 4711\n"
      "  memsnoopctl ignore | xargs -d '\\n' memsnoopctl unignore    everything",
  .run = run_unignore,
};
