/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The callers we know, by unique name, so that the bus is asked once for each. They are forgotten
 * when they leave the bus. */
#pragma once

#include "caller.h"

G_BEGIN_DECLS

/* Callers in the cache. When there are more at once, those that nothing waits for go first. */
#define MEMSNOOP_CALLER_CACHE_MAX 1024

#define MEMSNOOP_TYPE_CALLER_CACHE (memsnoop_caller_cache_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopCallerCache, memsnoop_caller_cache, MEMSNOOP, CALLER_CACHE, GObject)

MemsnoopCallerCache *memsnoop_caller_cache_new             (GDBusConnection      *connection);

/** Returns: (transfer none) (nullable): the caller, if it is known already. */
MemsnoopCaller      *memsnoop_caller_cache_peek            (MemsnoopCallerCache  *self,
                                                            const gchar          *name);

/** Identifies a caller; requests for one name share one question to the bus. */
void                 memsnoop_caller_cache_identify_async  (MemsnoopCallerCache  *self,
                                                            const gchar          *name,
                                                            GAsyncReadyCallback   callback,
                                                            gpointer              user_data);
/** Returns: (transfer full): the caller. */
MemsnoopCaller      *memsnoop_caller_cache_identify_finish (MemsnoopCallerCache  *self,
                                                            GAsyncResult         *result,
                                                            GError              **error);

G_END_DECLS
