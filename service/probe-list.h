/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the probes of a heap recording sit, for those who may read its session. Any thread. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MemsnoopProbeDetail:
 * @functions: names of the function, of which there may be several.
 * @module: path of its file as the process sees it.
 * @offset: of the function in that file.
 * @place: bytes from its entry to the probe.
 * @fast: whether the kernel emulates the instruction there; else it single-steps it.
 * @skips_null: calls with NULL do not pass there, and cost nothing.
 * @placement: why it is there, for people.
 * @returns: how its return is seen: "session" (one link for both, which leaves out those of no interest), "return-probe",
 *   "instructions" (probes on its return instructions) or "none" (of no interest).
 * @n_returns: probes on return instructions, each of which is single-stepped.
 * @links: "one" link for all places of the file, or one for "each".
 *
 * One function that is probed. Belongs to whoever has a reference (g_atomic_rc_box_acquire()).
 */
typedef struct
{
  gchar       *functions;
  gchar       *module;
  guint64      offset;
  guint32      place;
  gboolean     fast;
  gboolean     skips_null;
  gchar       *placement;
  const gchar *returns;
  guint        n_returns;
  const gchar *links;
} MemsnoopProbeDetail;

MemsnoopProbeDetail *memsnoop_probe_detail_new    (void);
void                 memsnoop_probe_detail_unref  (MemsnoopProbeDetail  *self);

/** Grows while somebody reads it. */
typedef struct _MemsnoopProbeList MemsnoopProbeList;

MemsnoopProbeList   *memsnoop_probe_list_new      (void);
void                 memsnoop_probe_list_free     (MemsnoopProbeList    *self);

/** @details: (element-type MemsnoopProbeDetail): are added. */
void                 memsnoop_probe_list_add      (MemsnoopProbeList    *self,
                                                   const GPtrArray      *details);

/** Returns: (transfer full) (element-type MemsnoopProbeDetail): as it is now. */
GPtrArray           *memsnoop_probe_list_copy     (MemsnoopProbeList    *self);

/** How many functions are probed, and how many of them at a fast place, with returns that are not single-stepped. */
void                 memsnoop_probe_list_count    (MemsnoopProbeList    *self,
                                                   guint                *n,
                                                   guint                *n_fast);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopProbeDetail, memsnoop_probe_detail_unref)

G_END_DECLS
