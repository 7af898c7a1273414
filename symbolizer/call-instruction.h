/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "module-file.h"

G_BEGIN_DECLS

/**
 * memsnoop_call_instruction_ends:
 * @offset: in the file.
 *
 * Whether the bytes before @offset may be a call, so that @offset may be a return address. It is true of
 * all that are, and of few other places.
 */
gboolean memsnoop_call_instruction_ends (const MemsnoopModuleFile *file,
                                         guint64                   offset);

/**
 * memsnoop_call_instruction_get_length:
 * @code: @room bytes of code.
 *
 * Returns: the bytes of the call that begins there, without a prefix; 0 when none does, or there is no room for the whole.
 */
gsize    memsnoop_call_instruction_get_length   (const guint8             *code,
                                                 gsize                     room);

/* Of a call as above: whether it tells in itself where it goes, and how far that is from its end. */
gboolean memsnoop_call_instruction_get_distance (const guint8             *code,
                                                 gint64                   *distance);

G_END_DECLS
