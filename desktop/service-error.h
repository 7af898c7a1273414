/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the errors of calls to the service mean. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** Characters of a message of the service that are shown. */
#define MEMSNOOP_SERVICE_MESSAGE_MAX 500

/** Returns: (transfer full): what an error of a call says, as one line that may be shown. */
gchar    *memsnoop_service_error_describe   (const GError *error);
/** Whether the user closed the question for the password: a choice, of which nothing has to be told but that. */
gboolean  memsnoop_service_error_is_dismissal (const GError *error);
/** Whether an error of a call means that the caller was not authorised, or did not want to be. */
gboolean  memsnoop_service_error_is_refusal (const GError *error);

G_END_DECLS
