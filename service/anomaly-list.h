/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The anomalies of all recorded processes: which are there now, so that each is told once when it begins and once when it is over.
 */
#pragma once

#include "anomaly.h"
#include "ignore-list.h"

G_BEGIN_DECLS

typedef struct _MemsnoopAnomalyList MemsnoopAnomalyList;

typedef void (*MemsnoopAnomalyFunction) (const MemsnoopAnomaly *anomaly, gpointer user_data);

/**
 * memsnoop_anomaly_list_new:
 * @thresholds: outlive the list.
 * @ignored: of processes that run these executables nothing is told. What is there when one comes to be ignored is told as
 *   over then; when it is ignored no more, what begins from then on is told.
 * @tell: called for whatever begins or ends.
 */
MemsnoopAnomalyList *memsnoop_anomaly_list_new  (const MemsnoopAnomalyThresholds *thresholds,
                                                 MemsnoopIgnoreList              *ignored,
                                                 MemsnoopAnomalyFunction          tell,
                                                 gpointer                         user_data);
void                 memsnoop_anomaly_list_free (MemsnoopAnomalyList             *self);

/** Looks at one running process, once in an interval. Between memsnoop_anomaly_list_begin() and _end(). */
void memsnoop_anomaly_list_look  (MemsnoopAnomalyList          *self,
                                  const MemsnoopProcessFigures *figures);

/** Begins a round of looks at @now, CLOCK_BOOTTIME nanoseconds. */
void memsnoop_anomaly_list_begin (MemsnoopAnomalyList *self, guint64 now);

/** Ends it: processes that were not looked at are gone, and so are their anomalies. */
void memsnoop_anomaly_list_end   (MemsnoopAnomalyList *self);

/** All are over: nothing is recorded any more. */
void memsnoop_anomaly_list_clear (MemsnoopAnomalyList *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopAnomalyList, memsnoop_anomaly_list_free)

G_END_DECLS
