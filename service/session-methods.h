/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The methods about sessions; the context of their calls is the MemsnoopManager. */
#pragma once

#include "bus-call.h"

G_BEGIN_DECLS

gboolean memsnoop_start_prepare        (MemsnoopBusCall  *call,
                                        GError          **error);
void     memsnoop_start_run            (MemsnoopBusCall  *call);

/** Stop of the manager, whose argument is the session. */
gboolean memsnoop_stop_prepare         (MemsnoopBusCall  *call,
                                        GError          **error);
/** Stop of a session itself. */
gboolean memsnoop_session_stop_prepare (MemsnoopBusCall  *call,
                                        GError          **error);
void     memsnoop_stop_run             (MemsnoopBusCall  *call);

G_END_DECLS
