/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Members of JSON objects, as all reports write them. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

void   memsnoop_json_add_number    (JsonObject    *object,
                                    const gchar   *name,
                                    guint64        value);

/** @share: 0 to 1, written with six digits. */
void   memsnoop_json_add_share     (JsonObject    *object,
                                    const gchar   *name,
                                    gdouble        share);

/** Any number, to a thousandth; 0 for what is none. */
void   memsnoop_json_add_decimal   (JsonObject    *object,
                                    const gchar   *name,
                                    gdouble        value);

/** @raw: any bytes; see memsnoop_printable_text(). */
void   memsnoop_json_add_text      (JsonObject    *object,
                                    const gchar   *name,
                                    const gchar   *raw);

/** Pairs of 2^i bytes and @counts[i], for those that are not 0. */
void   memsnoop_json_add_histogram (JsonObject    *object,
                                    const gchar   *name,
                                    const guint64 *counts,
                                    guint          n);

/** Returns: (transfer full): the text of @object (transfer full), in one line. */
gchar *memsnoop_json_take_object   (JsonObject    *object);

G_END_DECLS
