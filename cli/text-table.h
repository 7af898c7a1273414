/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table as wide as its cells need, for output that is read from top to bottom. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MemsnoopTextTable MemsnoopTextTable;

/**
 * memsnoop_text_table_new:
 * @alignments: a letter for each column: 'l' or 'r'.
 */
MemsnoopTextTable *memsnoop_text_table_new     (const gchar       *alignments);
void               memsnoop_text_table_free    (MemsnoopTextTable *self);

/**
 * memsnoop_text_table_add_row:
 * @cells: (transfer full): as many as there are columns, NULL at the end; fit for a terminal.
 */
void               memsnoop_text_table_add_row (MemsnoopTextTable *self,
                                                gchar            **cells);

/** Appends the table, each line behind @indent spaces. */
void               memsnoop_text_table_append  (MemsnoopTextTable *self,
                                                GString           *text,
                                                guint              indent);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopTextTable, memsnoop_text_table_free)

G_END_DECLS
