/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A service with fake recordings of heaps and of growth, and two processes that can be recorded. */
#pragma once

#include "heap-recordings.h"
#include "service-fixture.h"

#include <sys/types.h>

G_BEGIN_DECLS

typedef struct
{
  Service *service;
  MemsnoopHeapRecordings *heaps;
  pid_t first;
  pid_t second;
} HeapSessions;

/** For g_test_add(); the tear-down asserts that no lease is left. */
void     heap_session_set_up       (HeapSessions     *fixture,
                                    gconstpointer     data);
void     heap_session_tear_down    (HeapSessions     *fixture,
                                    gconstpointer     data);

/** @more: further options in GVariant's text form, each behind a comma. Returns: (transfer full) (nullable): the session's path. */
gchar   *heap_session_start        (HeapSessions     *fixture,
                                    GDBusConnection  *client,
                                    pid_t             pid,
                                    const gchar      *more,
                                    GError          **error);

/** @sources: in GVariant's text form, of both processes. */
gchar   *heap_session_start_both   (HeapSessions     *fixture,
                                    const gchar      *sources,
                                    GError          **error);
void     heap_session_stop         (HeapSessions     *fixture,
                                    const gchar      *path);

/** Calls GetReport; @options in GVariant's text form. */
gchar   *heap_session_report       (HeapSessions     *fixture,
                                    GDBusConnection  *client,
                                    const gchar      *path,
                                    const gchar      *format,
                                    const gchar      *options,
                                    GError          **error);

/** For service_wait(); @pid: GUINT_TO_POINTER of a process. */
gboolean heap_session_has_no_lease (gpointer          pid);

G_END_DECLS
