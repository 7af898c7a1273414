/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The program: one service for all its windows. `memsnoop-viewer --process PID[:START]` opens a process's page, `--suspects` what is suspected. */
#pragma once

#include "service.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define MEMSNOOP_VIEWER_ID "org.memsnoop1.Viewer"

#define MEMSNOOP_TYPE_APPLICATION (memsnoop_application_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopApplication, memsnoop_application, MEMSNOOP, APPLICATION, AdwApplication)

MemsnoopApplication *memsnoop_application_new (void);

G_END_DECLS
