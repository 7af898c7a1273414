/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/**
 * memsnoop_confinement_enter:
 * @user: the account to change to when started as root; the account that owns nothing where it is missing.
 * @what: (out): what failed, for people.
 *
 * Keeps the three capabilities that opening takes and gives up everything else for good: users, groups, capabilities, descriptors but
 * MEMSNOOP_OPENER_SOCKET, the possibility to be looked into, and, by a filter, every system call
 * but those of opening for reading, asking for a mapping and answering.
 *
 * Returns: 0 or a negative errno; -EPERM when there is not even one of the capabilities to keep.
 */
int memsnoop_confinement_enter (const char *user, const char **what);

/** Only the filter; for tests. Returns: 0 or a negative errno. */
int memsnoop_confinement_load_filter (void);
