/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A call stack in one line, as tools that draw flame graphs read it: "outermost;...;innermost weight". */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Appends a frame and, when it is not the first of @line, the semicolon before it. @raw: any bytes. */
void memsnoop_folded_line_add    (GString     *line,
                                  const gchar *raw);

/** Appends the frame of a process, "comm (pid)". @comm: (nullable): any bytes. */
void memsnoop_folded_line_add_process (GString     *line,
                                       const gchar *comm,
                                       guint32      pid);

/** Appends the weight and ends the line. */
void memsnoop_folded_line_finish (GString     *line,
                                  guint64      weight);

G_END_DECLS
