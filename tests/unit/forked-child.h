/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Processes that wait to be looked at. */
#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

#define NOBODY 65534

/**
 * forked_child_start:
 * @prepare: (nullable): runs in the child first.
 *
 * Returns: a child of this process that is ready; to be ended with forked_child_end().
 */
pid_t forked_child_start         (void (*prepare) (void));
void  forked_child_end           (pid_t child);

/** For @prepare: makes the child wholly one of the user NOBODY, as a program of theirs is. Needs root. */
void  forked_child_become_nobody (void);

G_END_DECLS
