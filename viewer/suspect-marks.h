/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tells the items of processes what is suspected of them. */
#pragma once

#include "process-list.h"
#include "suspect-list.h"

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_SUSPECT_MARKS (memsnoop_suspect_marks_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopSuspectMarks, memsnoop_suspect_marks, MEMSNOOP, SUSPECT_MARKS, GObject)

/** Follows both as long as it lives. */
MemsnoopSuspectMarks *memsnoop_suspect_marks_new (MemsnoopProcessList *processes,
                                                  MemsnoopSuspectList *suspects);

G_END_DECLS
