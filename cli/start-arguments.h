/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What memsnoopctl start is told, and what it tells the service. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* As given on the command line; %NULL for what was not. */
typedef struct
{
  gboolean heap;
  gboolean growth;
  gboolean kernel;
  gchar  **pids;
  gboolean no_follow;
  gchar   *duration;
  gchar   *keep;
  gchar   *map_memory;
  gchar   *sample_interval;
  gchar   *stack_depth;
  gchar   *cpu_budget;
  gboolean foreground;
} MemsnoopStartArguments;

void      memsnoop_start_arguments_clear (MemsnoopStartArguments *self);

/** Adds @pids to those that were given with an option. */
void      memsnoop_start_arguments_add_pids (MemsnoopStartArguments *self,
                                             gchar *const           *pids);

/**
 * memsnoop_start_arguments_to_options:
 *
 * Returns: (transfer none): the options of Start, floating; or %NULL with an error that names
 * the argument that is wrong.
 */
GVariant *memsnoop_start_arguments_to_options (const MemsnoopStartArguments *self,
                                               GError                      **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MemsnoopStartArguments, memsnoop_start_arguments_clear)

G_END_DECLS
