/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is left to a process under a filter of system calls: each attempt is made in a process of its own. */
#pragma once

/** Returns: 0 when all is as it should be. */
typedef int (*FilterAttempt) (void);

/** Puts the process under its filter. Returns: 0 on success. */
typedef int (*FilterLoader) (void);

/** The filter ends the process for it. */
void filter_attempt_assert_killed  (FilterLoader load, FilterAttempt attempt);

/** It succeeds. */
void filter_attempt_assert_allowed (FilterLoader load, FilterAttempt attempt);
