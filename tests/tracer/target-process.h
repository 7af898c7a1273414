/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A program of tests/targets, driven as target.h says. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct
{
  GPid        pid;
  int         input;  /* what the target reads */
  int         output; /* what it writes */
  GHashTable *truth;  /* key to value, as text, of the last phase */
} TargetProcess;

/** Starts @name from MEMSNOOP_TARGETS with up to two arguments, which may be NULL, and waits until it is ready. */
TargetProcess *target_process_start   (const gchar   *name,
                                       const gchar   *first_argument,
                                       const gchar   *second_argument,
                                       gchar        **environment);

/** The same with a program of any path, or one in PATH, and its arguments, which end with NULL. */
TargetProcess *target_process_start_command (const gchar *const *arguments,
                                             gchar             **environment);

/** Gives @command and waits for the end of the phase. */
void           target_process_command (TargetProcess *self,
                                       const gchar   *command);

/** What the last phase told of @key; 0 when it told nothing. */
gint64         target_process_truth   (TargetProcess *self,
                                       const gchar   *key);

/** Lets it exit and waits for that. */
void           target_process_end     (TargetProcess *self);

G_END_DECLS
