/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The life of the service: from a connection to the bus to the last session's end. */
#pragma once

#include "configuration.h"

G_BEGIN_DECLS

/**
 * memsnoop_daemon_run:
 * @state_folder: (nullable): what keeps state over a restart; %NULL to keep none.
 *
 * Serves org.memsnoop1 on the system bus until SIGTERM or SIGINT; then everything is detached from
 * the kernel before the name is given back.
 *
 * Returns: %FALSE when the bus cannot be reached or goes away, or the name belongs to another.
 */
gboolean memsnoop_daemon_run (const MemsnoopConfiguration  *configuration,
                              const gchar                  *state_folder,
                              GError                      **error);

G_END_DECLS
