/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands of memsnoopctl, and how one is found, told its arguments and run. */
#pragma once

#include "command-error.h"

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _MemsnoopInvocation MemsnoopInvocation;

/**
 * MemsnoopCommand:
 * @operands: what comes behind the options, as the usage line shows it.
 * @summary: one line for the list of commands, without a full stop.
 * @description: the rest of the help: what it does, and examples.
 * @run: does it. %FALSE with an error decides the exit status.
 */
typedef struct
{
  const gchar *name;
  const gchar *operands;
  const gchar *summary;
  const gchar *description;
  gboolean   (*run) (MemsnoopInvocation *invocation,
                     GError            **error);
} MemsnoopCommand;

/* In the order in which the help lists them; NULL at the end. */
extern const MemsnoopCommand *const memsnoop_commands[];

extern const MemsnoopCommand memsnoop_status_command;
extern const MemsnoopCommand memsnoop_top_command;
extern const MemsnoopCommand memsnoop_start_command;
extern const MemsnoopCommand memsnoop_stop_command;
extern const MemsnoopCommand memsnoop_report_command;
extern const MemsnoopCommand memsnoop_export_command;
extern const MemsnoopCommand memsnoop_diff_command;
extern const MemsnoopCommand memsnoop_flame_command;
extern const MemsnoopCommand memsnoop_stats_command;
extern const MemsnoopCommand memsnoop_watch_command;
extern const MemsnoopCommand memsnoop_suspects_command;
extern const MemsnoopCommand memsnoop_history_command;
extern const MemsnoopCommand memsnoop_ignore_command;
extern const MemsnoopCommand memsnoop_unignore_command;

/** Returns: (nullable): the command of this name. */
const MemsnoopCommand *memsnoop_command_find (const gchar *name);

/**
 * memsnoop_command_line_run:
 * @arguments: the whole command line, with the program's name first.
 *
 * Runs the command that the command line names, prints errors to standard error and returns
 * the exit status.
 */
int memsnoop_command_line_run (const gchar *const *arguments);

/**
 * MemsnoopInvocation:
 * @arguments: until memsnoop_invocation_parse(): the command's name and what followed
 *   it; afterwards the operands alone.
 */
struct _MemsnoopInvocation
{
  const MemsnoopCommand *command;
  gchar                **arguments;
  gboolean               json;
  gboolean               no_ask_password;
  gchar                 *bus_address;
  /* Asks for a password, if it had to be started. */
  GSubprocess           *password_agent;
};

/**
 * memsnoop_invocation_parse:
 * @entries: (nullable): the command's own options; it has --json, --bus-address, --no-ask-password and --help
 *   anyway.
 * @minimum, @maximum: how many operands it takes.
 */
gboolean         memsnoop_invocation_parse   (MemsnoopInvocation *self,
                                              const GOptionEntry *entries,
                                              guint               minimum,
                                              guint               maximum,
                                              GError            **error);

/** The connection to the bus that the options name. Returns: (transfer full). */
GDBusConnection *memsnoop_invocation_connect (MemsnoopInvocation *self,
                                              GError            **error);

/**
 * memsnoop_invocation_connect_to_ask:
 *
 * The same for calls that may need a password: where polkit finds nobody to ask for it, it is asked for in the terminal
 * until the command ends. Returns: (transfer full).
 */
GDBusConnection *memsnoop_invocation_connect_to_ask (MemsnoopInvocation *self,
                                                     GError            **error);

G_END_DECLS
