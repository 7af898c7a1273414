/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Asks polkit whether a caller may do something. Nothing waits for the answer, which a user may
 * take minutes to give. root may do everything, so that the service works on a bus without
 * polkitd.
 */
#pragma once

#include "caller.h"

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_AUTHORITY (memsnoop_authority_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopAuthority, memsnoop_authority, MEMSNOOP, AUTHORITY, GObject)

MemsnoopAuthority *memsnoop_authority_new          (void);

/** Whether @caller may do everything, so that nobody has to be asked. */
gboolean           memsnoop_authority_trusts       (MemsnoopAuthority    *self,
                                                    MemsnoopCaller       *caller);

/**
 * memsnoop_authority_check_async:
 * @action: a polkit action.
 * @interactive: whether the caller's user may be asked for a password.
 *
 * A check ends with an error when its caller leaves the bus.
 */
void               memsnoop_authority_check_async  (MemsnoopAuthority    *self,
                                                    MemsnoopCaller       *caller,
                                                    const gchar          *action,
                                                    gboolean              interactive,
                                                    GAsyncReadyCallback   callback,
                                                    gpointer              user_data);

/**
 * memsnoop_authority_check_finish:
 *
 * Fails with %G_DBUS_ERROR_ACCESS_DENIED, with
 * %MEMSNOOP_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED when only asking the user could have
 * helped, or with %G_DBUS_ERROR_LIMITS_EXCEEDED.
 */
gboolean           memsnoop_authority_check_finish (MemsnoopAuthority    *self,
                                                    GAsyncResult         *result,
                                                    GError              **error);

G_END_DECLS
