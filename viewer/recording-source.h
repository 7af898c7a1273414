/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What can be recorded, in words. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MemsnoopRecordingSource:
 * @name: as on the bus.
 * @title: of what was found.
 * @record, @stop: of the buttons, with mnemonics.
 * @explanation: what is recorded, and what that costs, before it is.
 *
 * All but @name has to be translated.
 */
typedef struct
{
  const gchar *name;
  const gchar *title;
  const gchar *record;
  const gchar *stop;
  const gchar *explanation;
} MemsnoopRecordingSource;

/** @name: MEMSNOOP_RECORDER_HEAP, MEMSNOOP_RECORDER_GROWTH or MEMSNOOP_RECORDER_KERNEL. */
const MemsnoopRecordingSource *memsnoop_recording_source_find (const gchar *name);

G_END_DECLS
