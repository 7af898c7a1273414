/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot-time.h"

#include <time.h>

guint64
memsnoop_boot_time (void)
{
  struct timespec time;

  clock_gettime (CLOCK_BOOTTIME, &time);
  return (guint64) time.tv_sec * MEMSNOOP_SECOND + (guint64) time.tv_nsec;
}
