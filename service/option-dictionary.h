/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What every method with an a{sv} of options has in common: unknown keys, repeated keys and
 * wrong types are refused. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct
{
  const gchar *key;
  const gchar *type; /* a D-Bus signature */
} MemsnoopOption;

/**
 * memsnoop_option_dictionary_check:
 * @method: the method, for messages.
 * @options: an a{sv}.
 * @known: the options that exist, @n_known of them.
 *
 * Fails with %G_DBUS_ERROR_INVALID_ARGS, naming the key, what was given and what is known.
 */
gboolean memsnoop_option_dictionary_check (const gchar           *method,
                                           GVariant              *options,
                                           const MemsnoopOption  *known,
                                           gsize                  n_known,
                                           GError               **error);

G_END_DECLS
