/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How long the scheduler lets us run at a time, and with that how soon. */
#pragma once

/**
 * memsnoop_time_slice_set:
 * @nanoseconds: 100,000 to 100,000,000.
 *
 * Asks for slices of this length, for this thread and those that it starts. Since Linux 6.12 a thread with a
 * short slice need not wait until others have used up theirs; kernels before ignore the request. It costs
 * nobody CPU time: the share stays the same. Needs no rights. Returns: 0 or -errno.
 */
int memsnoop_time_slice_set (unsigned long nanoseconds);
