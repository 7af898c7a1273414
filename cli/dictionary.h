/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading the a{sv} dictionaries of the bus without trusting them: a key that is missing
 * or has another type than expected is as good as absent.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Any whole number that is not negative, of whatever integer type. */
gboolean  memsnoop_dictionary_lookup_number  (GVariant    *dictionary,
                                              const gchar *key,
                                              guint64     *value);

/** Any finite number, of whatever type. */
gboolean  memsnoop_dictionary_lookup_double  (GVariant    *dictionary,
                                              const gchar *key,
                                              gdouble     *value);

/** Returns: (transfer full) (nullable). */
gchar    *memsnoop_dictionary_lookup_string  (GVariant    *dictionary,
                                              const gchar *key);

/** @fallback when there is no boolean of this name. */
gboolean  memsnoop_dictionary_lookup_boolean (GVariant    *dictionary,
                                              const gchar *key,
                                              gboolean     fallback);

G_END_DECLS
