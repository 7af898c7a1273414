/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is recorded, by whomever, and the recording of kernel memory. */
#pragma once

#include "process-list.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_RECORDINGS_PAGE (memsnoop_recordings_page_get_type ())
/** Signals: "activated" (guint pid): a process is to be shown; "failed" (const gchar *what, GError *error). */
G_DECLARE_FINAL_TYPE (MemsnoopRecordingsPage, memsnoop_recordings_page, MEMSNOOP, RECORDINGS_PAGE, AdwBin)

/** Once, after it was made. */
void memsnoop_recordings_page_set_service (MemsnoopRecordingsPage *self,
                                           MemsnoopService        *service,
                                           MemsnoopProcessList    *processes);

G_END_DECLS
