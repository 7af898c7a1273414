/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The errors of Memsnoop's own, registered with GDBus under their names on the bus. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MEMSNOOP_ERROR (memsnoop_error_quark ())

typedef enum
{
  MEMSNOOP_ERROR_FAILED,
  MEMSNOOP_ERROR_NO_SUCH_SESSION,
  MEMSNOOP_ERROR_NO_SUCH_SUSPECT,
  MEMSNOOP_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED,
  /* Of use inside the service only. */
  MEMSNOOP_ERROR_NOT_RECORDING,
} MemsnoopError;

GQuark memsnoop_error_quark (void);

/**
 * memsnoop_error_set_errno:
 * @negative_errno: as libbpf and the kernel return it; its sign does not matter.
 * @format: what was tried, as a sentence without a full stop.
 *
 * The one place where an errno becomes a #GError: in the GIO domain, with the
 * system's text for it behind the message.
 */
void   memsnoop_error_set_errno (GError      **error,
                                 int           negative_errno,
                                 const gchar  *format,
                                 ...) G_GNUC_PRINTF (3, 4);

G_END_DECLS
