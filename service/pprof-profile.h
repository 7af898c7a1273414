/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile in the format of pprof while it is put together. Texts, functions and places are in it once. */
#pragma once

#include "heap-snapshot.h"

G_BEGIN_DECLS

/* In the order in which other heap profiles have them; viewers show the last one at first. */
typedef enum
{
  MEMSNOOP_PPROF_ALLOC_OBJECTS,
  MEMSNOOP_PPROF_ALLOC_SPACE,
  MEMSNOOP_PPROF_INUSE_OBJECTS,
  MEMSNOOP_PPROF_INUSE_SPACE,
  MEMSNOOP_PPROF_VALUES,
} MemsnoopPprofValue;

typedef struct _MemsnoopPprofProfile MemsnoopPprofProfile;

MemsnoopPprofProfile *memsnoop_pprof_profile_new          (void);
void                  memsnoop_pprof_profile_free         (MemsnoopPprofProfile *self);

/** @time: nanoseconds since the epoch at the beginning; @duration: nanoseconds. */
void                  memsnoop_pprof_profile_set_time     (MemsnoopPprofProfile *self,
                                                           gint64                time,
                                                           gint64                duration);

/** @bytes: mean distance of samples; 1 for all of them. */
void                  memsnoop_pprof_profile_set_period   (MemsnoopPprofProfile *self,
                                                           gint64                bytes);

void                  memsnoop_pprof_profile_add_comment  (MemsnoopPprofProfile *self,
                                                           const gchar          *comment);

/** The first module is what viewers take for the program. @build_id: (nullable): in hexadecimal digits. */
void                  memsnoop_pprof_profile_add_module   (MemsnoopPprofProfile *self,
                                                           const gchar          *module,
                                                           const gchar          *build_id);

/** @values: (array fixed-size=4); @process: label of the sample. Its frames follow, the innermost first. */
void                  memsnoop_pprof_profile_begin_sample (MemsnoopPprofProfile *self,
                                                           const gint64         *values,
                                                           const gchar          *process);
/** @frame: stays valid until the profile is packed. */
void                  memsnoop_pprof_profile_add_frame    (MemsnoopPprofProfile *self,
                                                           const MemsnoopFrame  *frame);
/** In place of frames that are not known, or that the code has not. @name: lives as long as the program. */
void                  memsnoop_pprof_profile_add_name     (MemsnoopPprofProfile *self,
                                                           const gchar          *name);
void                  memsnoop_pprof_profile_end_sample   (MemsnoopPprofProfile *self);

/** Returns: (transfer full): the whole profile, not compressed. */
GBytes               *memsnoop_pprof_profile_pack         (MemsnoopPprofProfile *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopPprofProfile, memsnoop_pprof_profile_free)

G_END_DECLS
