/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal on standard input and output, taken over for a full screen: keys come
 * as they are pressed, what was there before comes back at the end, also when the
 * program is stopped (Ctrl-Z) or told to end.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _MemsnoopTerminal MemsnoopTerminal;

typedef enum
{
  /* A key was pressed. */
  MEMSNOOP_TERMINAL_KEY,
  /* The size has changed, or the screen is ours again: it is to be drawn anew. */
  MEMSNOOP_TERMINAL_REDRAW,
  /* The program is to end: a signal says so, or the terminal is gone. */
  MEMSNOOP_TERMINAL_END,
} MemsnoopTerminalEvent;

typedef void (*MemsnoopTerminalFunction) (MemsnoopTerminalEvent event,
                                          guint                 key,
                                          gpointer              user_data);

/** Whether a full screen can be shown: there is a terminal that understands escape sequences. */
gboolean          memsnoop_terminal_is_usable     (void);

/**
 * memsnoop_terminal_block_signals:
 *
 * The signals of a full screen are to reach memsnoop_terminal_new() alone, which blocks them
 * in its thread. Others inherit what their creator blocks: so block them while they are made,
 * as the bus is connected to, and do not afterwards, so that Ctrl-C works until the
 * screen is there.
 */
void              memsnoop_terminal_block_signals (gboolean blocked);

/**
 * memsnoop_terminal_new:
 * @function: called from the main loop.
 *
 * Takes the terminal over.
 */
MemsnoopTerminal *memsnoop_terminal_new           (MemsnoopTerminalFunction  function,
                                                   gpointer                  user_data,
                                                   GError                  **error);

/** Gives the terminal back as it was. */
void              memsnoop_terminal_free          (MemsnoopTerminal *self);

/** The size of the terminal on standard output in characters; 80 by 24 when it does not tell. */
void              memsnoop_terminal_get_size      (guint            *columns,
                                                   guint            *lines);

/** Whether it can be expected to have Braille, by its type: the console of the kernel has not. */
gboolean          memsnoop_terminal_has_braille   (void);

/**
 * memsnoop_terminal_draw:
 * @lines: at most as many as there are on the screen, none wider than it; may contain
 *   escape sequences for colours.
 *
 * Replaces what is on the screen, in one write, so that it does not flicker.
 */
gboolean          memsnoop_terminal_draw          (MemsnoopTerminal  *self,
                                                   const GPtrArray   *lines,
                                                   GError           **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopTerminal, memsnoop_terminal_free)

G_END_DECLS
