/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Seconds of processor time for one request. The service waits for less, and kills the worker itself; this is for when it
 * cannot. */
#define MEMSNOOP_JOB_TIME 60

/* Begins a request: the kernel ends the process when it takes longer. */
void memsnoop_job_time_renew (void);

G_END_DECLS
