/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links between a BPF program and many places in a module of a process (uprobes). One link for all places where
 * the kernel has such links, made by a call of our own, so that libbpf need not know them; else a perf event
 * for each place.
 */
#pragma once

#include <bpf/libbpf.h>
#include <glib.h>

G_BEGIN_DECLS

/**
 * MemsnoopUprobeSupport:
 * @MEMSNOOP_UPROBE_CLASSIC: one perf event for each place, slow to detach.
 * @MEMSNOOP_UPROBE_MULTI: one link for many places (Linux 6.6, and only where a link that is restricted to a process
 *   sees all its threads).
 * @MEMSNOOP_UPROBE_SESSION: and one program for entry and return, whose entry may decline the return (Linux 6.13).
 *
 * What the running kernel can do; each can what the one before can.
 */
typedef enum
{
  MEMSNOOP_UPROBE_CLASSIC,
  MEMSNOOP_UPROBE_MULTI,
  MEMSNOOP_UPROBE_SESSION,
} MemsnoopUprobeSupport;

/**
 * MemsnoopUprobeKind:
 * @MEMSNOOP_UPROBE_AT_PLACE: the program runs whenever the place is reached.
 * @MEMSNOOP_UPROBE_AT_RETURN: the program runs when the function that begins at the place returns.
 * @MEMSNOOP_UPROBE_AT_BOTH: both, in one program; needs MEMSNOOP_UPROBE_SESSION.
 */
typedef enum
{
  MEMSNOOP_UPROBE_AT_PLACE,
  MEMSNOOP_UPROBE_AT_RETURN,
  MEMSNOOP_UPROBE_AT_BOTH,
} MemsnoopUprobeKind;

/**
 * MemsnoopUprobePlace:
 * @offset: in the module's file.
 * @cookie: what bpf_get_attach_cookie() tells the program.
 */
typedef struct
{
  guint64 offset;
  guint64 cookie;
} MemsnoopUprobePlace;

typedef struct _MemsnoopUprobeLink MemsnoopUprobeLink;

/**
 * memsnoop_uprobe_support:
 *
 * Tries, once, by probing a function of this program from another thread. Milliseconds; any thread.
 */
MemsnoopUprobeSupport  memsnoop_uprobe_support     (void);

/** Tells @program, before it is loaded, how it will be linked. */
void                   memsnoop_uprobe_prepare     (struct bpf_program         *program,
                                                    MemsnoopUprobeSupport       support,
                                                    MemsnoopUprobeKind          kind);

/**
 * memsnoop_uprobe_link_new:
 * @program: loaded, and prepared with the same @support and @kind.
 * @module: descriptor of the module's file; needed only during the call.
 * @pid: the process (thread group) to which the link is restricted, or 0 for every process. The classic way
 *   restricts where the breakpoints are, not who runs the program: check the process there, too.
 * @n_places: at least 1.
 * @link: (out) (transfer full): what memsnoop_uprobe_link_free() detaches.
 *
 * Tens of milliseconds, more with the classic way: for worker threads.
 *
 * Returns: 0 or a negative errno: -ESRCH when the process is gone, -EINVAL for an offset outside of the file's
 *   code; then nothing is attached.
 */
int                    memsnoop_uprobe_link_new    (struct bpf_program         *program,
                                                    MemsnoopUprobeSupport       support,
                                                    MemsnoopUprobeKind          kind,
                                                    int                         module,
                                                    guint32                     pid,
                                                    const MemsnoopUprobePlace  *places,
                                                    gsize                       n_places,
                                                    MemsnoopUprobeLink        **link);

/** Detaches. Blocks, with the classic way for a tenth of a second for each place: for worker threads. */
void                   memsnoop_uprobe_link_free   (MemsnoopUprobeLink         *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopUprobeLink, memsnoop_uprobe_link_free)

G_END_DECLS
