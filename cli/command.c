/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include "connection.h"
#include "output.h"
#include "password-agent.h"
#include "similar-name.h"
#include "terminal-text.h"

#include <signal.h>
#include <string.h>

#define PROGRAM "memsnoopctl"

const MemsnoopCommand *const memsnoop_commands[] = {
  &memsnoop_status_command,   &memsnoop_top_command,     &memsnoop_watch_command,
  &memsnoop_suspects_command, &memsnoop_history_command, &memsnoop_ignore_command,
  &memsnoop_unignore_command, &memsnoop_start_command,   &memsnoop_stop_command,
  &memsnoop_report_command,   &memsnoop_export_command,  &memsnoop_diff_command,
  &memsnoop_flame_command,    &memsnoop_stats_command,   NULL,
};

static const gchar introduction[] =
    "Asks the Memsnoop service how processes use memory and which of them grow and should not,\n"
    "and tells it what to record.";

static const gchar examples[] =
    "Examples:\n"
    "  memsnoopctl top                 who uses how much memory, and who grows, live\n"
    "  memsnoopctl watch               which process is suspected of a leak, as it happens\n"
    "  memsnoopctl suspects            which are now\n"
    "  memsnoopctl history 4711        the course of a process's memory, drawn\n"
    "  memsnoopctl report --heap 4711  which code of a running program holds its memory\n"
    "  memsnoopctl start --heap 4711   record that for longer\n"
    "  memsnoopctl start               record the kernel memory of every process\n"
    "  memsnoopctl report              what the recording found so far\n"
    "  memsnoopctl flame -o heap.html  the same as a graph, a page for a browser\n"
    "  memsnoopctl stats 4711          everything known about one process\n"
    "  memsnoopctl stop                end the recording\n"
    "\n"
    "'memsnoopctl COMMAND --help' explains a command. The exit status is 0 on success, 1 when\n"
    "something failed, 2 for a wrong command line and 3 when the service refused for lack of\n"
    "authorisation.";

const MemsnoopCommand *
memsnoop_command_find (const gchar *name)
{
  for (gsize i = 0; memsnoop_commands[i] != NULL; i++)
    if (strcmp (memsnoop_commands[i]->name, name) == 0)
      return memsnoop_commands[i];
  return NULL;
}

static gchar *
describe_commands (void)
{
  GString *text = g_string_new ("Commands:\n");

  for (gsize i = 0; memsnoop_commands[i] != NULL; i++)
    g_string_append_printf (text, "  %-9s %s\n", memsnoop_commands[i]->name,
                            memsnoop_commands[i]->summary);
  g_string_append_printf (text, "  %-9s %s\n\n", "help", "Explain a command");
  g_string_append (text, examples);
  return g_string_free (text, FALSE);
}

static void
add_common_entries (GOptionContext *context, MemsnoopInvocation *invocation)
{
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &invocation->json, "Print JSON, for programs", NULL },
    { "bus-address", 0, 0, G_OPTION_ARG_STRING, &invocation->bus_address,
      "Bus on which the service is (default: the system bus)", "ADDRESS" },
    { "no-ask-password", 0, 0, G_OPTION_ARG_NONE, &invocation->no_ask_password,
      "Fail where a password would be asked for", NULL },
    G_OPTION_ENTRY_NULL,
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

gboolean
memsnoop_invocation_parse (MemsnoopInvocation *self,
                           const GOptionEntry *entries,
                           guint minimum,
                           guint maximum,
                           GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (self->command->operands);
  guint count;

  g_option_context_set_summary (context, self->command->summary);
  g_option_context_set_description (context, self->command->description);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, NULL);
  add_common_entries (context, self);
  if (!g_option_context_parse_strv (context, &self->arguments, error))
    return FALSE;

  /* The first one is the command's name. */
  count = g_strv_length (self->arguments) - 1;
  g_free (self->arguments[0]);
  memmove (self->arguments, self->arguments + 1, (count + 1) * sizeof (gchar *));
  /* A '--' that ended the options is still there. */
  if (count > 0 && strcmp (self->arguments[0], "--") == 0)
    {
      g_free (self->arguments[0]);
      memmove (self->arguments, self->arguments + 1, count-- * sizeof (gchar *));
    }

  if (count > maximum)
    g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                 "'%s' is too much: %s takes %s", self->arguments[maximum], self->command->name,
                 maximum == 0 ? "options only" : self->command->operands);
  else if (count < minimum)
    g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE, "%s needs %s",
                 self->command->name, self->command->operands);
  return count >= minimum && count <= maximum;
}

GDBusConnection *
memsnoop_invocation_connect (MemsnoopInvocation *self, GError **error)
{
  return memsnoop_connection_open (self->bus_address, error);
}

GDBusConnection *
memsnoop_invocation_connect_to_ask (MemsnoopInvocation *self, GError **error)
{
  GDBusConnection *connection = memsnoop_invocation_connect (self, error);

  memsnoop_connection_allow_questions (!self->no_ask_password);
  if (connection != NULL && !self->no_ask_password && self->password_agent == NULL)
    self->password_agent = memsnoop_password_agent_start (self->bus_address);
  return connection;
}

static void
memsnoop_invocation_clear (MemsnoopInvocation *self)
{
  g_clear_pointer (&self->arguments, g_strfreev);
  g_clear_pointer (&self->bus_address, g_free);
  g_clear_pointer (&self->password_agent, memsnoop_password_agent_stop);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MemsnoopInvocation, memsnoop_invocation_clear)

/* Options in front of the command. */
static GOptionContext *
make_common_context (MemsnoopInvocation *invocation, gboolean *version)
{
  GOptionContext *context = g_option_context_new ("COMMAND [ARGUMENT...]");
  g_autofree gchar *commands = describe_commands ();
  const GOptionEntry entries[] = {
    { "version", 0, 0, G_OPTION_ARG_NONE, version, "Print the version and exit", NULL },
    G_OPTION_ENTRY_NULL,
  };

  g_option_context_set_summary (context, introduction);
  g_option_context_set_description (context, commands);
  g_option_context_set_strict_posix (context, TRUE);
  g_option_context_add_main_entries (context, entries, NULL);
  add_common_entries (context, invocation);
  return context;
}

static gboolean
check_encoding (const gchar *const *arguments, GError **error)
{
  for (gsize i = 0; arguments[i] != NULL; i++)
    if (!g_utf8_validate (arguments[i], -1, NULL))
      {
        g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                     "the arguments are to be UTF-8, which '%s' is not", arguments[i]);
        return FALSE;
      }
  return TRUE;
}

static gboolean
print_help (GOptionContext *context, GError **error)
{
  g_autofree gchar *help = g_option_context_get_help (context, TRUE, NULL);

  return memsnoop_output_write (help, error);
}

/* 'help COMMAND' is 'COMMAND --help'. */
static gboolean
rewrite_help (gchar **arguments, GError **error)
{
  if (strcmp (arguments[0], "help") != 0)
    return TRUE;
  if (arguments[2] != NULL)
    {
      g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                   "'%s' is too much: help takes one COMMAND", arguments[2]);
      return FALSE;
    }

  g_free (arguments[0]);
  arguments[0] = g_steal_pointer (&arguments[1]);
  arguments[1] = g_strdup ("--help");
  return TRUE;
}

static void
set_unknown_command_error (const gchar *name, GError **error)
{
  const gchar *names[G_N_ELEMENTS (memsnoop_commands)] = { NULL };
  const gchar *similar;

  for (gsize i = 0; memsnoop_commands[i] != NULL; i++)
    names[i] = memsnoop_commands[i]->name;
  similar = memsnoop_similar_name_find (names, name);
  if (similar != NULL)
    g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                 "there is no command '%s'; did you mean '%s'?", name, similar);
  else
    g_set_error (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                 "there is no command '%s'", name);
}

static gboolean
run_named_command (MemsnoopInvocation *invocation, GError **error)
{
  g_autofree gchar *program = NULL;

  if (!rewrite_help (invocation->arguments, error))
    return FALSE;
  invocation->command = memsnoop_command_find (invocation->arguments[0]);
  if (invocation->command == NULL)
    {
      set_unknown_command_error (invocation->arguments[0], error);
      return FALSE;
    }

  program = g_strconcat (PROGRAM " ", invocation->command->name, NULL);
  g_set_prgname (program);
  return invocation->command->run (invocation, error);
}

static gboolean
run (const gchar *const *arguments, GError **error)
{
  g_auto (MemsnoopInvocation) invocation = { NULL };
  g_autoptr (GOptionContext) context = NULL;
  gboolean version = FALSE;

  g_set_prgname (PROGRAM);
  if (!check_encoding (arguments, error))
    return FALSE;

  invocation.arguments = g_strdupv ((gchar **) arguments);
  context = make_common_context (&invocation, &version);
  if (!g_option_context_parse_strv (context, &invocation.arguments, error))
    return FALSE;
  if (version)
    return memsnoop_output_write (PROGRAM " " MEMSNOOP_VERSION "\n", error);
  if (invocation.arguments[1] == NULL)
    {
      g_set_error_literal (error, MEMSNOOP_COMMAND_ERROR, MEMSNOOP_COMMAND_ERROR_USAGE,
                           "a command is missing");
      return FALSE;
    }

  g_free (invocation.arguments[0]);
  memmove (invocation.arguments, invocation.arguments + 1,
           g_strv_length (invocation.arguments + 1) * sizeof (gchar *) + sizeof (gchar *));
  if (strcmp (invocation.arguments[0], "help") == 0 && invocation.arguments[1] == NULL)
    return print_help (context, error);
  return run_named_command (&invocation, error);
}

/* GLib prints its help with g_print(). */
static void
print_text (const gchar *text)
{
  memsnoop_output_write (text, NULL);
}

int
memsnoop_command_line_run (const gchar *const *arguments)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *description = NULL;
  g_autofree gchar *printable = NULL;

  g_set_print_handler (print_text);
  if (run (arguments, &error))
    return MEMSNOOP_EXIT_SUCCESS;

  /* The reader has had enough: end as any other program in a pipe does. GIO ignores the signal. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE))
    {
      signal (SIGPIPE, SIG_DFL);
      raise (SIGPIPE);
    }

  description = memsnoop_command_error_describe (error);
  printable =
      memsnoop_terminal_text_escape_lines (description, memsnoop_terminal_text_is_unicode ());
  g_printerr ("%s", printable);
  return memsnoop_command_error_exit_status (error);
}
