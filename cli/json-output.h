/* SPDX-License-Identifier: GPL-2.0-or-later */
/* JSON for --json: what the bus says, in the same names. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/**
 * memsnoop_json_output_from_variant:
 *
 * Dictionaries become objects, arrays and tuples arrays. Integers stay integers; one that
 * does not fit into 63 bits becomes the largest that does. A number that is not finite,
 * which JSON cannot say, becomes null. Returns: (transfer full).
 */
JsonNode *memsnoop_json_output_from_variant (GVariant *variant);

/** Returns: (transfer full): @node in one line without a line feed. */
gchar    *memsnoop_json_output_to_line      (JsonNode *node);

/** Returns: (transfer full): @node over several indented lines, with a line feed at the end. */
gchar    *memsnoop_json_output_to_text      (JsonNode *node);

G_END_DECLS
