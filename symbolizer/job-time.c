/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "job-time.h"

#include <sys/resource.h>
#include <time.h>

void
memsnoop_job_time_renew (void)
{
  struct timespec used = { 0, 0 };
  struct rlimit limit;

  if (clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &used) != 0 || getrlimit (RLIMIT_CPU, &limit) != 0)
    return;
  limit.rlim_cur = MIN ((rlim_t) used.tv_sec + 1 + MEMSNOOP_JOB_TIME, limit.rlim_max);
  setrlimit (RLIMIT_CPU, &limit);
}
