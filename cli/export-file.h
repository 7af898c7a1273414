/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an export goes. A file appears under its name when all of it is there, so that one of before is never
 * lost to a failure; standard output gets everything at once.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MemsnoopExportFile MemsnoopExportFile;

/**
 * memsnoop_export_file_open:
 * @path: (nullable): %NULL or "-" for standard output. What is there already and no regular file, such as a pipe, is
 *   written to as it is.
 */
MemsnoopExportFile *memsnoop_export_file_open           (const gchar         *path,
                                                         GError             **error);

/** What to write to; owned by the file. */
int                 memsnoop_export_file_get_descriptor (MemsnoopExportFile  *self);

/** Puts what was written to its place. */
gboolean            memsnoop_export_file_commit         (MemsnoopExportFile  *self,
                                                         GError             **error);

/** Without a commit nothing is left of it. */
void                memsnoop_export_file_free           (MemsnoopExportFile  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopExportFile, memsnoop_export_file_free)

G_END_DECLS
