/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The call stacks of a report as a tree, which the flame graph and the table of calls show. Does not change. */
#pragma once

#include "flame-tree.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MemsnoopCall:
 * @text: the function and its source line, as reports tell it, fit for showing.
 * @source, @module: empty when not known.
 * @start: of all values side by side, where this one begins; a call's children lie within it, from its beginning on.
 * @value: with all that it called; @own: without.
 * @parent: its number; the root's is its own.
 * @path: a hash of it and the functions above it.
 * @end: the number behind its last descendant: the next sibling's, if there is one.
 */
typedef struct
{
  gchar       *text;
  const gchar *source;
  const gchar *module;
  guint        level;
  guint        parent;
  guint        path;
  guint        end;
  guint64      start;
  guint64      value;
  guint64      own;
} MemsnoopCall;

/** The memories of a report that are put together. */
typedef enum
{
  MEMSNOOP_CALL_PROFILE_HEAP,
  MEMSNOOP_CALL_PROFILE_GROWTH,
  MEMSNOOP_CALL_PROFILE_KERNEL,
} MemsnoopCallProfileSource;

#define MEMSNOOP_TYPE_CALL_PROFILE (memsnoop_call_profile_get_type ())
G_DECLARE_FINAL_TYPE (MemsnoopCallProfile, memsnoop_call_profile, MEMSNOOP, CALL_PROFILE, GObject)

/**
 * memsnoop_call_profile_new:
 * @memories: (element-type MemsnoopReportedMemory): nothing of it is needed afterwards.
 */
MemsnoopCallProfile *memsnoop_call_profile_new         (GPtrArray            *memories,
                                                        MemsnoopFlameValue    value);
/**
 * memsnoop_call_profile_read_async:
 * @report: JSON (docs/report-format.md), which is not trusted. Read in a thread, for it may be long.
 * @source: what is taken of it; a session may record several things.
 */
void                 memsnoop_call_profile_read_async  (GBytes                    *report,
                                                        MemsnoopCallProfileSource  source,
                                                        MemsnoopFlameValue         value,
                                                        GCancellable              *cancellable,
                                                        GAsyncReadyCallback        callback,
                                                        gpointer                   user_data);
MemsnoopCallProfile *memsnoop_call_profile_read_finish (GAsyncResult         *result,
                                                        GError              **error);
/** At least 1: the root. */
guint                memsnoop_call_profile_get_n_calls (MemsnoopCallProfile  *self);
/** @number: in front of those of what it called. */
const MemsnoopCall  *memsnoop_call_profile_get_call    (MemsnoopCallProfile  *self,
                                                        guint                 number);
/** Whether a call of this profile has the same functions above it, and is the same, as one of @other. */
gboolean             memsnoop_call_profile_is_same_path (MemsnoopCallProfile *self,
                                                         guint                number,
                                                         MemsnoopCallProfile *other,
                                                         guint                other_number);
/** The call with the path that @other_number has in @other, or the last of its callers that there is; 0, the root, at worst. */
guint                memsnoop_call_profile_find_path    (MemsnoopCallProfile *self,
                                                         MemsnoopCallProfile *other,
                                                         guint                other_number);
/** Levels there are: the depth of the deepest stack. */
guint                memsnoop_call_profile_get_depth   (MemsnoopCallProfile  *self);
/** What the values are of. */
MemsnoopFlameValue   memsnoop_call_profile_get_value   (MemsnoopCallProfile  *self);
/** "4.0 MiB" or "64 blocks". Returns: (transfer full). */
gchar               *memsnoop_call_profile_format      (MemsnoopCallProfile  *self,
                                                        guint64               value);

G_END_DECLS
