/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/** Before the confinement, which forbids it. Returns: 0 or a negative errno. */
int memsnoop_opener_prepare (void);

/** Tells whether the opener is ready: @error is 0 or an errno. Returns: 0 or a negative errno. */
int memsnoop_opener_announce (int socket, int error);

/**
 * memsnoop_opener_serve:
 *
 * Answers requests until the service closes the socket. Each has a process of its own, because a file system may never answer.
 *
 * Returns: 0, or a negative errno; -EPROTO for a message that is no request.
 */
int memsnoop_opener_serve (int socket);
