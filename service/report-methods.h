/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The methods that tell what a session recorded; the context of their calls is the MemsnoopManager. */
#pragma once

#include "bus-call.h"

G_BEGIN_DECLS

gboolean memsnoop_get_report_prepare (MemsnoopBusCall  *call,
                                      GError          **error);
void     memsnoop_get_report_run     (MemsnoopBusCall  *call);

gboolean memsnoop_export_prepare     (MemsnoopBusCall  *call,
                                      GError          **error);
void     memsnoop_export_run         (MemsnoopBusCall  *call);

G_END_DECLS
