/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading JSON from elsewhere without trusting it: a member that is missing or has another type than expected is as
 * good as absent. What is returned belongs to the object or array.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_json_parse:
 * @name: of where @text is from, for the message.
 *
 * Returns: (transfer full): the root; %NULL with %MEMSNOOP_COMMAND_ERROR_FAILED when @text is no JSON, no UTF-8, or nested
 *   deeper than any report.
 */
JsonNode    *memsnoop_json_parse          (const gchar *text,
                                           gsize        length,
                                           const gchar *name,
                                           GError     **error);

/** A number that is not negative, without its fraction; 0 when there is none. */
guint64      memsnoop_json_get_number     (JsonObject  *object,
                                           const gchar *name);

/** Any finite number; 0 when there is none. */
gdouble      memsnoop_json_get_decimal    (JsonObject  *object,
                                           const gchar *name);

gboolean     memsnoop_json_get_boolean    (JsonObject  *object,
                                           const gchar *name,
                                           gboolean     fallback);

/** Empty when there is no text. */
const gchar *memsnoop_json_get_text       (JsonObject  *object,
                                           const gchar *name);

/** Returns: (nullable). */
JsonObject  *memsnoop_json_get_object     (JsonObject  *object,
                                           const gchar *name);

/** Returns: (nullable). */
JsonArray   *memsnoop_json_get_array      (JsonObject  *object,
                                           const gchar *name);

/** @array: (nullable). Returns: (nullable). */
JsonObject  *memsnoop_json_element_object (JsonArray   *array,
                                           guint64      index);

/** @array: (nullable). @fallback when it has no number there that is not negative. */
guint64      memsnoop_json_element_number (JsonArray   *array,
                                           guint64      index,
                                           guint64      fallback);

/** @array: (nullable). Empty when it has no text there. */
const gchar *memsnoop_json_element_text   (JsonArray   *array,
                                           guint64      index);

G_END_DECLS
