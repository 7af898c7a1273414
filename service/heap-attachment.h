/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The probes of one heap recording: attaching them, taking them away for a while and putting them back. Blocks: for
 * worker threads, one after the other whichever it is.
 */
#pragma once

#include "uprobe-link.h"

#include <linux/types.h>

#include "memsnoop-heap-layout.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MemsnoopHeapProbe:
 * @module: descriptor of the file that defines the function; needed only while it is added.
 * @function: what it does.
 * @offset: in the file: where to probe its entry. Argument registers and stack pointer are there
 *   what they were at its first instruction.
 * @n_returns: 0 for a function whose return may be probed by the kernel's way.
 * @returns: else the offsets of all its return instructions: for a function that may throw, or whose stack moves.
 * @code_before, @code_after: for mmap() and mremap(): bytes of the module's code before and from @offset on; calls from
 *   there are the C library's own and do not count. 0 where they do, as in a program that is linked statically.
 * @allocator_start, @allocator_end: also for these: addresses of the allocator's code, whose calls do not count either; 0 when
 *   there is none elsewhere. Of the program that runs, not of one that it executes.
 * @single_stepped: whether the kernel has to single-step the instruction there, which is dear.
 *
 * One function of an allocator. Names may share a function: each address once.
 */
typedef struct
{
  int                        module;
  enum memsnoop_heap_function function;
  guint64                    offset;
  const guint64             *returns;
  gsize                      n_returns;
  guint64                    code_before;
  guint64                    code_after;
  guint64                    allocator_start;
  guint64                    allocator_end;
  gboolean                   single_stepped;
} MemsnoopHeapProbe;

/**
 * MemsnoopHeapPause:
 * @MEMSNOOP_HEAP_PAUSE_NONE: everything is attached.
 * @MEMSNOOP_HEAP_PAUSE_BEGINNINGS: only what ends blocks is, or gives them another size: what is recorded stays right.
 * @MEMSNOOP_HEAP_PAUSE_ALL: nothing is: blocks that are freed meanwhile stay in the live table, until their address is
 *   allocated again.
 */
typedef enum
{
  MEMSNOOP_HEAP_PAUSE_NONE,
  MEMSNOOP_HEAP_PAUSE_BEGINNINGS,
  MEMSNOOP_HEAP_PAUSE_ALL,
} MemsnoopHeapPause;

/**
 * MemsnoopHeapPrograms:
 * @session: for places and returns; the kernel needs to have sessions.
 * @place, @at_return: for each of these, on other kernels.
 *
 * Those that are not loaded are not used.
 */
typedef struct
{
  struct bpf_program *session;
  struct bpf_program *place;
  struct bpf_program *at_return;
} MemsnoopHeapPrograms;

typedef struct _MemsnoopHeapAttachment MemsnoopHeapAttachment;

/** @pid: the process, which the caller keeps from being another one. Nothing is attached yet. */
MemsnoopHeapAttachment *memsnoop_heap_attachment_new       (const MemsnoopHeapPrograms  *programs,
                                                            MemsnoopUprobeSupport        support,
                                                            guint32                      pid);

/** Attaches @probes, unless this is a pause or the end: then they are when that is over, or never. */
gboolean                memsnoop_heap_attachment_add       (MemsnoopHeapAttachment      *self,
                                                            const MemsnoopHeapProbe     *probes,
                                                            gsize                        n_probes,
                                                            GError                     **error);

/**
 * memsnoop_heap_attachment_pause:
 * @pause: MEMSNOOP_HEAP_PAUSE_NONE to go on.
 *
 * On error what could not be attached is not.
 */
gboolean                memsnoop_heap_attachment_pause     (MemsnoopHeapAttachment      *self,
                                                            MemsnoopHeapPause            pause,
                                                            GError                     **error);

/** The process has forked others, which have its probes: see memsnoop_uprobe_sweep(). Any thread; does not wait. */
void                    memsnoop_heap_attachment_note_fork (MemsnoopHeapAttachment      *self);

/** Takes the probes out of such processes, if there can be any. */
void                    memsnoop_heap_attachment_sweep     (MemsnoopHeapAttachment      *self);

/** Detaches everything, for good. */
void                    memsnoop_heap_attachment_end       (MemsnoopHeapAttachment      *self);

/**
 * memsnoop_heap_attachment_get_paused:
 * @frees_missed: (out): whether there was a pause without probes on what ends blocks.
 *
 * Any thread; does not wait while something is attached.
 *
 * Returns: nanoseconds of pauses until now.
 */
guint64                 memsnoop_heap_attachment_get_paused (MemsnoopHeapAttachment     *self,
                                                             gboolean                   *frees_missed);

void                    memsnoop_heap_attachment_free      (MemsnoopHeapAttachment      *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopHeapAttachment, memsnoop_heap_attachment_free)

G_END_DECLS
