/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The methods about processes; the context of their calls is the MemsnoopManager. */
#pragma once

#include "bus-call.h"

G_BEGIN_DECLS

gboolean memsnoop_get_process_stats_prepare (MemsnoopBusCall  *call,
                                             GError          **error);
void     memsnoop_get_process_stats_run     (MemsnoopBusCall  *call);

gboolean memsnoop_list_processes_prepare    (MemsnoopBusCall  *call,
                                             GError          **error);
void     memsnoop_list_processes_run        (MemsnoopBusCall  *call);

/** The answer of memsnoop_list_processes_run() has columns then. */
gboolean memsnoop_list_process_columns_prepare (MemsnoopBusCall  *call,
                                                GError          **error);

G_END_DECLS
