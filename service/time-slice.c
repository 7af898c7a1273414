/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's header and glibc's <sched.h>, which most others include, exclude each other. */
#include <linux/sched.h>
#include <linux/sched/types.h>

#include "time-slice.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

int
memsnoop_time_slice_set (unsigned long nanoseconds)
{
  struct sched_attr attributes = { .size = sizeof attributes };

  if (syscall (SYS_sched_getattr, 0, &attributes, sizeof attributes, 0) != 0)
    return -errno;
  attributes.sched_runtime = nanoseconds;
  return syscall (SYS_sched_setattr, 0, &attributes, 0) == 0 ? 0 : -errno;
}
