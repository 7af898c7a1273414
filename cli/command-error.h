/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a command fails: what is printed, and the exit status. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Documented in the manual; scripts rely on them. */
typedef enum
{
  MEMSNOOP_EXIT_SUCCESS = 0,
  MEMSNOOP_EXIT_FAILED = 1,
  MEMSNOOP_EXIT_USAGE = 2,
  MEMSNOOP_EXIT_NOT_AUTHORISED = 3,
} MemsnoopExitStatus;

#define MEMSNOOP_COMMAND_ERROR (memsnoop_command_error_quark ())

typedef enum
{
  MEMSNOOP_COMMAND_ERROR_FAILED,
  /* The command line makes no sense. */
  MEMSNOOP_COMMAND_ERROR_USAGE,
  /* The bus itself cannot be reached. */
  MEMSNOOP_COMMAND_ERROR_NO_BUS,
  /* Nobody answers to the service's name. */
  MEMSNOOP_COMMAND_ERROR_NO_SERVICE,
} MemsnoopCommandError;

GQuark             memsnoop_command_error_quark       (void);

/** Whether @error says that the service is not there, could not be started, or went away during the call. */
gboolean           memsnoop_command_error_is_absence  (const GError *error);

/** The exit status of a command that failed with @error. */
MemsnoopExitStatus memsnoop_command_error_exit_status (const GError *error);

/**
 * memsnoop_command_error_describe:
 *
 * What to tell a person about @error: a message without the bus's error names, and where
 * there is one a second line with what to do about it. Returns: (transfer full): lines
 * that end with a line feed, not yet escaped for a terminal.
 */
gchar             *memsnoop_command_error_describe    (const GError *error);

G_END_DECLS
