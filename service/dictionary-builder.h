/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entries of the dictionaries (a{sv}) that statistics are told in. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** @value: a floating one is taken. */
void memsnoop_dictionary_add           (GVariantBuilder *builder,
                                        const gchar     *key,
                                        GVariant        *value);

void memsnoop_dictionary_add_number    (GVariantBuilder *builder,
                                        const gchar     *key,
                                        guint64          value);

/** As a(tt): 2^i and @counts[i], of those that are not 0. */
void memsnoop_dictionary_add_histogram (GVariantBuilder *builder,
                                        const gchar     *key,
                                        const guint64   *counts,
                                        guint            n);

/** @history: (nullable): of MemsnoopHistoryPoint, told as a(tt). */
void memsnoop_dictionary_add_history   (GVariantBuilder *builder,
                                        const gchar     *key,
                                        const GArray    *history);

G_END_DECLS
