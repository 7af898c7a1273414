/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Anomalies in words, in the language of the desktop. */
#pragma once

#include "raised-anomalies.h"

G_BEGIN_DECLS

/** What the process does: "Allocates kernel memory unusually fast". Of a kind that is not known, its name. Returns: (transfer full). */
gchar *memsnoop_anomaly_title     (const MemsnoopRaisedAnomaly *anomaly);
/** How much, from how much on that is abnormal, and how long before @now it was noticed, as far as that is known. Returns: (transfer full). */
gchar *memsnoop_anomaly_sentences (const MemsnoopRaisedAnomaly *anomaly,
                                   guint64                      now);

G_END_DECLS
