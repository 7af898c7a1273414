/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The anomalies of a process on its page, a row for each that is raised; hidden while there is none. */
#pragma once

#include "raised-anomalies.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* Rows that are shown at most, which is more than there are kinds. */
#define MEMSNOOP_ANOMALY_GROUP_ROWS_MAX 16

#define MEMSNOOP_TYPE_ANOMALY_GROUP (memsnoop_anomaly_group_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopAnomalyGroup, memsnoop_anomaly_group, MEMSNOOP, ANOMALY_GROUP, AdwPreferencesGroup)

/** To be called once: shows those of process @pid from now on. */
void memsnoop_anomaly_group_follow (MemsnoopAnomalyGroup    *self,
                                    MemsnoopRaisedAnomalies *anomalies,
                                    guint32                  pid);

G_END_DECLS
