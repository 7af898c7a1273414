/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "system-call-filter.h"

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* Without conditions: each works on what the process has already. */
static const int allowed[] = {
  SCMP_SYS (brk),
  SCMP_SYS (clock_gettime),
  SCMP_SYS (close),
  SCMP_SYS (exit),
  SCMP_SYS (exit_group),
  SCMP_SYS (fstat),
  SCMP_SYS (futex),
  SCMP_SYS (getrandom),
  SCMP_SYS (lseek),
  SCMP_SYS (madvise),
  SCMP_SYS (mremap),
  SCMP_SYS (munmap),
  SCMP_SYS (pread64),
  SCMP_SYS (recvmsg),
  SCMP_SYS (restart_syscall),
  SCMP_SYS (rt_sigreturn),
  SCMP_SYS (sendmsg),
  /* qsort() asks how much memory there is. */
  SCMP_SYS (sysinfo),
};

/* What libdw tries, and does without: supplementary files by path, and where a descriptor's file
 * lies. */
static const int refused[] = {
  SCMP_SYS (access),     SCMP_SYS (faccessat), SCMP_SYS (faccessat2), SCMP_SYS (getcwd),
  SCMP_SYS (lstat),      SCMP_SYS (open),      SCMP_SYS (openat),     SCMP_SYS (readlink),
  SCMP_SYS (readlinkat), SCMP_SYS (stat),      SCMP_SYS (statx),
};

static int
add_lists (scmp_filter_ctx filter)
{
  int result = 0;

  for (guint i = 0; i < G_N_ELEMENTS (allowed) && result == 0; i++)
    result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, allowed[i], 0);
  for (guint i = 0; i < G_N_ELEMENTS (refused) && result == 0; i++)
    result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (EACCES), refused[i], 0);
  return result;
}

/* Memory that is not executable, and fstat() in its other shape. */
static int
add_conditions (scmp_filter_ctx filter)
{
  const struct scmp_arg_cmp not_executable = SCMP_A2_64 (SCMP_CMP_MASKED_EQ, PROT_EXEC, 0);
  const struct scmp_arg_cmp on_descriptor =
      SCMP_A3_64 (SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH);
  const struct scmp_arg_cmp by_path = SCMP_A3_64 (SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, 0);
  int result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (mmap), 1, not_executable);

  if (result == 0)
    result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (mprotect), 1, not_executable);
  if (result == 0)
    result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (newfstatat), 1, on_descriptor);
  if (result == 0)
    result = seccomp_rule_add (filter, SCMP_ACT_ERRNO (EACCES), SCMP_SYS (newfstatat), 1, by_path);
  return result;
}

/* Whether a descriptor is open, and the process's own limit on processor time. */
static int
add_queries (scmp_filter_ctx filter)
{
  int result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (fcntl), 1,
                                 SCMP_A1_64 (SCMP_CMP_EQ, F_GETFD));

  if (result == 0)
    result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (fcntl), 1,
                               SCMP_A1_64 (SCMP_CMP_EQ, F_GETFL));
  if (result == 0)
    result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (prlimit64), 2,
                               SCMP_A0_64 (SCMP_CMP_EQ, 0), SCMP_A1_64 (SCMP_CMP_EQ, RLIMIT_CPU));
  return result;
}

int
memsnoop_system_call_filter_load (void)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_KILL_PROCESS);
  int result;

  if (filter == NULL)
    return -ENOMEM;
  result = add_lists (filter);
  if (result == 0)
    result = add_conditions (filter);
  if (result == 0)
    result = add_queries (filter);
  if (result == 0)
    result = seccomp_load (filter);
  seccomp_release (filter);
  return result;
}
