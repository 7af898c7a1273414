/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What happens to the processes that sessions follow, for all sessions from one place: the programs in the kernel are
 * there while somebody listens. For the main loop.
 */
#pragma once

#include "family-tracer.h"

G_BEGIN_DECLS

/**
 * MemsnoopFamilyListener:
 * @take_event: what happened; whether the process, or for a fork its parent, is of this listener's family. Events of one process come in
 *   their order.
 * @contains: whether a process is of this listener's family.
 */
typedef struct
{
  gboolean (*take_event) (const struct memsnoop_family_event *event,
                          gpointer                            user_data);
  gboolean (*contains)   (guint32                             pid,
                          gpointer                            user_data);
  gpointer   user_data;
} MemsnoopFamilyListener;

typedef struct _MemsnoopProcessFamilies MemsnoopProcessFamilies;

MemsnoopProcessFamilies *memsnoop_process_families_new          (void);

/** Nobody listens any more. */
void                     memsnoop_process_families_free         (MemsnoopProcessFamilies       *self);

/**
 * memsnoop_process_families_join_async:
 * @listener: is called from when this has finished until it leaves; stays the caller's.
 *
 * Fails when the kernel cannot tell.
 */
void                     memsnoop_process_families_join_async   (MemsnoopProcessFamilies       *self,
                                                                 const MemsnoopFamilyListener  *listener,
                                                                 GAsyncReadyCallback            callback,
                                                                 gpointer                       user_data);
gboolean                 memsnoop_process_families_join_finish  (MemsnoopProcessFamilies       *self,
                                                                 GAsyncResult                  *result,
                                                                 GError                       **error);

/**
 * memsnoop_process_families_leave_async:
 *
 * The listener is not called again. With the last one everything is detached. Cannot fail.
 */
void                     memsnoop_process_families_leave_async  (MemsnoopProcessFamilies       *self,
                                                                 const MemsnoopFamilyListener  *listener,
                                                                 GAsyncReadyCallback            callback,
                                                                 gpointer                       user_data);
void                     memsnoop_process_families_leave_finish (MemsnoopProcessFamilies       *self,
                                                                 GAsyncResult                  *result);

/** See memsnoop_family_tracer_add(); somebody listens. */
gboolean                 memsnoop_process_families_add          (MemsnoopProcessFamilies       *self,
                                                                 guint32                        pid,
                                                                 gboolean                       follow,
                                                                 GError                       **error);

/** Takes a process out that nobody's family contains any more. */
void                     memsnoop_process_families_remove       (MemsnoopProcessFamilies       *self,
                                                                 guint32                        pid);

/** Children of all families that could not be followed, since the first listener came; 0 without any. */
guint64                  memsnoop_process_families_count_unseen (MemsnoopProcessFamilies       *self);

/** Events of all families that could not be told. */
guint64                  memsnoop_process_families_count_lost   (MemsnoopProcessFamilies       *self);

G_END_DECLS
