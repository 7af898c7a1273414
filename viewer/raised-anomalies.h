/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which anomalies are raised now and not cleared, as AnomalyDetected tells. The service has no list of them: what began before is not known. */
#pragma once

#include "service.h"

G_BEGIN_DECLS

/* More than this are not kept: the oldest give way. */
#define MEMSNOOP_RAISED_ANOMALIES_MAX 4096

/**
 * MemsnoopRaisedAnomaly:
 * @kind: fit for showing: what the service says, but for what hides or is too long.
 * @value: finite, or NAN where it is not known; its unit is that of the kind. So is @threshold.
 * @since: when it was heard of first, CLOCK_BOOTTIME nanoseconds.
 */
typedef struct
{
  guint32 pid;
  gchar *kind;
  gdouble value;
  gdouble threshold;
  guint64 since;
} MemsnoopRaisedAnomaly;

#define MEMSNOOP_TYPE_RAISED_ANOMALIES (memsnoop_raised_anomalies_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopRaisedAnomalies, memsnoop_raised_anomalies, MEMSNOOP, RAISED_ANOMALIES, GObject)

/**
 * memsnoop_raised_anomalies_new:
 *
 * Follows the service, and forgets everything when that is not ready.
 *
 * Signal: "changed" (guint pid): those of this process have changed; 0 for every process.
 */
MemsnoopRaisedAnomalies *memsnoop_raised_anomalies_new  (MemsnoopService         *service);
/** Takes in what AnomalyDetected told; whatever is not "cleared" is there. Of impossible @pid nothing is kept. */
void                     memsnoop_raised_anomalies_take (MemsnoopRaisedAnomalies *self,
                                                         guint32                  pid,
                                                         const gchar             *kind,
                                                         GVariant                *details);
/** Returns: (transfer container): of MemsnoopRaisedAnomaly, the oldest first; until the next change. */
GPtrArray               *memsnoop_raised_anomalies_list (MemsnoopRaisedAnomalies *self,
                                                         guint32                  pid);

G_END_DECLS
