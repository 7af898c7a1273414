/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A place in a call stack as text: in every report and on the bus the same. */
#pragma once

#include "heap-snapshot.h"

G_BEGIN_DECLS

/** As many functions as there are to tell of a frame: the inlined ones too, and at least one. */
guint        memsnoop_frame_n_texts    (const MemsnoopFrame *frame);

/** Whether the function number @index of @frame is inlined into the next one. */
gboolean     memsnoop_frame_is_inlined (const MemsnoopFrame *frame,
                                        guint                index);

/** Its module without folders: "libc.so.6"; %NULL for code that lies in no file. */
const gchar *memsnoop_frame_module     (const MemsnoopFrame *frame);

/**
 * memsnoop_frame_text:
 * @index: which of memsnoop_frame_n_texts(), the innermost first.
 *
 * "function (file.c:12)", without a source file "function (module)", without a name "module+0x123", and
 * "0x7f0012345678" for code that lies in no file. Those that are inlined end in " [inlined]". Folders of modules and
 * sources are left out.
 *
 * Returns: (transfer full): one line, as of memsnoop_printable_line().
 */
gchar       *memsnoop_frame_text       (const MemsnoopFrame *frame,
                                        guint                index);

/**
 * memsnoop_frame_texts:
 * @n_frames: of @frames, the innermost first.
 *
 * Returns: (transfer full): the texts of a whole call stack, the innermost first, %NULL-terminated.
 */
GStrv        memsnoop_frame_texts      (const MemsnoopFrame *const *frames,
                                        guint                       n_frames);

G_END_DECLS
