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

G_END_DECLS
