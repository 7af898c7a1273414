/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of the service's recordings is the one that a page shows. */
#pragma once

#include "service.h"

G_BEGIN_DECLS

typedef struct
{
  /* A MEMSNOOP_RECORDER_... */
  const gchar *source;
  /* 0 for kernel memory of every process. */
  guint32 pid;
  /* Of the process, nanoseconds of CLOCK_BOOTTIME; 0 when it is not known. */
  guint64 start_time;
  /* The path of the one that was started here; %NULL for none. */
  const gchar *own;
} MemsnoopSessionQuestion;

/**
 * memsnoop_session_choice_find:
 *
 * One that records is better than one that has stopped, one's own user's than another's, the one that was started here than others,
 * and of equal ones the later.
 *
 * Returns: (transfer full) (nullable).
 */
MemsnoopBusSession *memsnoop_session_choice_find (const MemsnoopSessionQuestion *question,
                                                  GDBusObjectManager            *sessions);

G_END_DECLS
