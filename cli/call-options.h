/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command line says, as options of a call on the bus. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * Each adds the option @key of what @text says. Nothing is added when that is NULL: it was not given. @what is what the
 * person calls it, for the message of an error.
 */

/** A number from @minimum to the largest of 32 bits. */
gboolean memsnoop_call_options_add_number   (GVariantDict *options,
                                             const gchar  *key,
                                             const gchar  *text,
                                             const gchar  *what,
                                             guint32       minimum,
                                             GError      **error);

/** Seconds. */
gboolean memsnoop_call_options_add_duration (GVariantDict *options,
                                             const gchar  *key,
                                             const gchar  *text,
                                             const gchar  *what,
                                             GError      **error);

/** A share of one. */
gboolean memsnoop_call_options_add_share    (GVariantDict *options,
                                             const gchar  *key,
                                             const gchar  *text,
                                             const gchar  *what,
                                             GError      **error);

/** Bytes. */
gboolean memsnoop_call_options_add_size     (GVariantDict *options,
                                             const gchar  *key,
                                             const gchar  *text,
                                             const gchar  *what,
                                             GError      **error);

G_END_DECLS
