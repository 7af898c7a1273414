/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose turn it is to have something done that may hang for ever. A program that provides a file system can keep whoever
 * reads from it, also whoever reads the memory of a process that has mapped one of its files, and what has begun to wait for it
 * not even SIGKILL ends. So the processes of one user have few places; what hangs takes one of these until it has ended, and none
 * of other users.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* At a time, those included that hang. */
#define MEMSNOOP_USER_TURNS_MAX      4

/* Seconds after which nobody waits any more for a turn to end. */
#define MEMSNOOP_USER_TURN_HANGS     2

/* The places for one thing, shared by all users. */
typedef struct
{
  GMutex  mutex;
  GCond   changed;
  /* (nullable) */
  GArray *turns;
  guint64 last_number;
} MemsnoopUserTurns;

/**
 * memsnoop_user_turns_take:
 * @self: zero at first, and for ever.
 * @uid: whose process it is about.
 * @seconds: how long to wait for a place.
 *
 * Waits until there is a place. Any thread.
 *
 * Returns: the number of the turn; 0 when all places of the user are taken by what hangs, or none became free in time.
 */
guint64 memsnoop_user_turns_take      (MemsnoopUserTurns *self,
                                       guint32            uid,
                                       guint              seconds);

/**
 * memsnoop_user_turns_give_back:
 * @number: of the turn, which ends.
 * @hanging: -1; or a socket on which an answer was awaited in vain, which this takes over: the turn ends when its other end is
 *   closed, or an answer comes after all, which nobody wants any more.
 */
void    memsnoop_user_turns_give_back (MemsnoopUserTurns *self,
                                       guint64            number,
                                       int                hanging);

G_END_DECLS
