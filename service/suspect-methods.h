/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The methods about suspicions and about what is ignored; the context of their calls is the MemsnoopManager. */
#pragma once

#include "bus-call.h"

G_BEGIN_DECLS

gboolean memsnoop_list_suspects_prepare (MemsnoopBusCall  *call,
                                         GError          **error);
void     memsnoop_list_suspects_run     (MemsnoopBusCall  *call);

gboolean memsnoop_get_suspect_prepare   (MemsnoopBusCall  *call,
                                         GError          **error);
void     memsnoop_get_suspect_run       (MemsnoopBusCall  *call);

gboolean memsnoop_ignore_prepare        (MemsnoopBusCall  *call,
                                         GError          **error);
void     memsnoop_ignore_run            (MemsnoopBusCall  *call);

gboolean memsnoop_unignore_prepare      (MemsnoopBusCall  *call,
                                         GError          **error);
void     memsnoop_unignore_run          (MemsnoopBusCall  *call);

gboolean memsnoop_list_ignored_prepare  (MemsnoopBusCall  *call,
                                         GError          **error);
void     memsnoop_list_ignored_run      (MemsnoopBusCall  *call);

G_END_DECLS
