/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The programs that are ignored, which are taken back here. */
#pragma once

#include "service.h"

#include <adwaita.h>

G_BEGIN_DECLS

/** More than the service keeps are not shown. */
#define MEMSNOOP_IGNORED_MAX 1024

#define MEMSNOOP_TYPE_IGNORED_WINDOW (memsnoop_ignored_window_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopIgnoredWindow, memsnoop_ignored_window, MEMSNOOP, IGNORED_WINDOW, AdwWindow)

/** Asks the service for them, and the user for a password where that needs one. @parent: it is in front of. */
GtkWidget *memsnoop_ignored_window_new (GtkWindow       *parent,
                                        MemsnoopService *service);

G_END_DECLS
