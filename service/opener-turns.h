/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose turn it is to ask memsnoop-opener, which answers few requests at a time. A program that provides a file system can keep
 * a request for ever: what has begun to wait for it not even SIGKILL ends. Such a request takes one of the few places of the user
 * whose process it is about, until it has ended, and none of other users.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Requests of one user's processes at a time, those included that hang. */
#define MEMSNOOP_OPENER_TURNS_OF_USER 4

/**
 * memsnoop_opener_turns_take:
 * @seconds: how long to wait for a place.
 *
 * Waits until a request about a process of @uid may be made. Any thread.
 *
 * Returns: %FALSE when all places of the user are taken by requests that hang, or none became free in time.
 */
gboolean memsnoop_opener_turns_take    (guint32 uid, guint seconds);

/**
 * memsnoop_opener_turns_give_back:
 * @hanging: the socket on which an answer was awaited in vain, which this takes over; or -1 when the request has ended. The
 *   request has ended when its other end is closed, or an answer comes after all, which nobody wants any more.
 *
 * After memsnoop_opener_turns_take() of the same @uid.
 */
void     memsnoop_opener_turns_give_back (guint32 uid, int hanging);

G_END_DECLS
