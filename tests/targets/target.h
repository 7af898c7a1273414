/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a target program and the test that drives it talk.
 *
 * The program prints lines "key=value", its known truth, and ends each phase with
 * "at=PHASE"; it waits between phases for a line on its standard input, so that a
 * recording is started before a phase and read after it. At the end of its input it
 * exits: no target outlives its test. It writes and reads without buffers, so that it
 * allocates nothing meanwhile.
 */
#pragma once

#include <stdbool.h>

/** The argument at @index as a number from @least up, or @fallback when there is none. Exits with 2
 * on anything else. */
long target_number (int argc, char **argv, int index, long least, long fallback);

/** Prints @key and @value. */
void target_tell (const char *key, long long value);

/** Ends a phase. */
void target_at (const char *phase);

/** Prints the pid and ends the phase "ready". */
void target_ready (void);

/** The next command; valid until the next call. Exits with 0 at the end of the input. */
const char *target_next_command (void);

/** Waits for @command; exits with 2 when another one comes. */
void target_await (const char *command);

/** Waits for "exit" or the end of the input, and exits with 0. */
void target_await_exit (void) __attribute__ ((noreturn));

/** A command without arguments, and what it does. */
typedef struct
{
  const char *name;
  void (*run) (void);
} TargetCommand;

/** Runs the commands that come, of which the last of @commands has no name, and ends the phase "done" after each; until "exit"
 * or the end of the input. Exits with 2 when another one comes. */
void target_serve (const TargetCommand *commands);

/** Exits with 2 and says which command is not known. */
void target_refuse (const char *command) __attribute__ ((noreturn));

/** Prints @what and the text of errno; exits with 1. */
void target_fail (const char *what) __attribute__ ((noreturn));

/** Raises the soft limit of open files to the hard one; exits with 1 when @count do not fit. */
void target_allow_files (long count);

/** Opens @count eventfds into @files; exits with 1 on failure. */
void target_open_eventfds (int *files, long count);

/** Closes @count files. */
void target_close_files (const int *files, long count);

/** Memory for @count numbers, touched, so that later use of it allocates nothing. Never freed. */
int *target_file_array (long count);
