/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the call stacks of a flame graph come from: a file, a session, or the session that records a process. */
#pragma once

#include "brief-recording.h"
#include "command.h"

G_BEGIN_DECLS

/** Whether an operand names a file (or standard input) instead of a process or the path of a session. */
gboolean   memsnoop_flame_source_is_file      (const gchar        *operand);

/**
 * memsnoop_flame_source_load:
 * @operand: (nullable): a file, a process id or a session's path.
 * @session: (nullable): a session's number or path, whose heap of that process is meant, or all of it.
 * @recording: to be made first, if it is wanted; it is meant then, and the others are %NULL.
 *
 * Without any of them, the session is taken that is most likely meant. Returns: (transfer container) (element-type MemsnoopReportedMemory).
 */
GPtrArray *memsnoop_flame_source_load         (MemsnoopInvocation            *invocation,
                                               const gchar                   *operand,
                                               const gchar                   *session,
                                               const MemsnoopBriefRecording  *recording,
                                               GError                       **error);

G_END_DECLS
