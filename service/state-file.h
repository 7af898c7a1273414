/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of the state folder that is too large to be held in memory: written and read piece by piece, complete or not at
 * all, and with a checksum (SHA-256) at its end. Everything here blocks. One thread at a time.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MemsnoopStateWriter MemsnoopStateWriter;

/**
 * memsnoop_state_writer_new:
 * @suffix: of the file that is written until it is complete: NAMEsuffix. Of two writers of one file, each has its own.
 */
MemsnoopStateWriter *memsnoop_state_writer_new    (const gchar          *folder,
                                                   const gchar          *name,
                                                   const gchar          *suffix,
                                                   GError              **error);
gboolean             memsnoop_state_writer_write  (MemsnoopStateWriter  *self,
                                                   const guint8         *data,
                                                   gsize                 length,
                                                   GError              **error);

/** Ends the file and puts it, once it is on the disk, in the place of what was there. */
gboolean             memsnoop_state_writer_commit (MemsnoopStateWriter  *self,
                                                   GError              **error);

/** Leaves nothing behind unless it was committed. */
void                 memsnoop_state_writer_free   (MemsnoopStateWriter  *self);

typedef struct _MemsnoopStateReader MemsnoopStateReader;

/**
 * memsnoop_state_reader_open:
 *
 * Opens a file and checks it all. Fails as memsnoop_state_folder_open() does, and with %G_IO_ERROR_INVALID_DATA when the
 * checksum is wrong.
 */
MemsnoopStateReader *memsnoop_state_reader_open   (const gchar          *folder,
                                                   const gchar          *name,
                                                   guint64               maximum,
                                                   GError              **error);

/** Exactly @length bytes; fails when there are not so many left before the checksum. */
gboolean             memsnoop_state_reader_read   (MemsnoopStateReader  *self,
                                                   gpointer              data,
                                                   gsize                 length,
                                                   GError              **error);

/** Bytes left before the checksum. */
guint64              memsnoop_state_reader_get_left (MemsnoopStateReader *self);

/** Goes to @left bytes before the checksum, as memsnoop_state_reader_get_left() has told them. */
gboolean             memsnoop_state_reader_go_back (MemsnoopStateReader  *self,
                                                    guint64               left,
                                                    GError              **error);
void                 memsnoop_state_reader_free   (MemsnoopStateReader  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopStateWriter, memsnoop_state_writer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopStateReader, memsnoop_state_reader_free)

G_END_DECLS
