/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One line of memsnoopctl watch: a sentence, or a JSON object. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/** Returns: (transfer full): an event that happens now, to which members are to be added. */
JsonObject *memsnoop_watch_event_new   (const gchar *name);

/** Prints @event when @json, else @sentence with the time of day. */
gboolean    memsnoop_watch_event_print (JsonObject  *event,
                                        const gchar *sentence,
                                        gboolean     json,
                                        GError     **error);

G_END_DECLS
