/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "confinement.h"

#include "mapping.h"
#include "memsnoop-opener-protocol.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <pwd.h>
#include <seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define ARRAY_LENGTH(array) (sizeof (array) / sizeof *(array))
/* The account that owns nothing, by convention of the kernel (its overflowuid) and distributions.
 */
#define NOBODY 65534
#define DESCRIPTORS_MAX 32

static const unsigned int kept[] = { CAP_CHECKPOINT_RESTORE, CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE };

/* Rights */

/* Prepares libcap-ng's state. Returns: whether there is all that is needed. */
static bool
select_capabilities (void)
{
  bool complete = true;

  capng_get_caps_process ();
  for (size_t i = 0; i < ARRAY_LENGTH (kept); i++)
    complete = complete && capng_have_capability (CAPNG_PERMITTED, kept[i]) != 0;
  capng_clear (CAPNG_SELECT_ALL);
  for (size_t i = 0; complete && i < ARRAY_LENGTH (kept); i++)
    capng_update (CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, kept[i]);
  return complete;
}

static int
change_user (const char *user)
{
  const struct passwd *account = getpwnam (user);
  bool known = account != NULL && account->pw_uid != 0;

  return capng_change_id (known ? (int) account->pw_uid : NOBODY,
                          known ? (int) account->pw_gid : NOBODY,
                          CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING | CAPNG_CLEAR_AMBIENT);
}

static int
keep_capabilities (const char *user)
{
  if (!select_capabilities ())
    return -EPERM;
  if (geteuid () == 0)
    return change_user (user) == 0 ? 0 : -EPERM;
  if (prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
    return -errno;
  return capng_apply (CAPNG_SELECT_CAPS) == 0 ? 0 : -EPERM;
}

static int
set_flags (void)
{
  /* A change of user clears the first. */
  if (prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0 ||
      prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    return -errno;
  return 0;
}

static int
set_limits (void)
{
  const struct rlimit none = { 0, 0 };
  const struct rlimit few = { DESCRIPTORS_MAX, DESCRIPTORS_MAX };

  if (setrlimit (RLIMIT_NOFILE, &few) != 0 || setrlimit (RLIMIT_FSIZE, &none) != 0 ||
      setrlimit (RLIMIT_CORE, &none) != 0 || setrlimit (RLIMIT_MEMLOCK, &none) != 0)
    return -errno;
  return 0;
}

static int
close_others (void)
{
  if (close_range (0, MEMSNOOP_OPENER_SOCKET - 1, 0) != 0 ||
      close_range (MEMSNOOP_OPENER_SOCKET + 1, UINT_MAX, 0) != 0)
    return -errno;
  /* So that no file that is opened becomes the standard error. */
  for (int i = 0; i <= STDERR_FILENO; i++)
    if (openat (AT_FDCWD, "/dev/null", O_RDWR | O_CLOEXEC) < 0)
      return -errno;
  return 0;
}

/* System calls */

/* Each works on what the process has, or ends it. */
static const int allowed[] = {
  SCMP_SYS (alarm),        SCMP_SYS (close),   SCMP_SYS (exit),      SCMP_SYS (exit_group),
  SCMP_SYS (fstat),        SCMP_SYS (read),    SCMP_SYS (recvmsg),   SCMP_SYS (restart_syscall),
  SCMP_SYS (rt_sigreturn), SCMP_SYS (sendmsg), SCMP_SYS (setitimer), SCMP_SYS (wait4),
};

static int
add_conditions (scmp_filter_ctx filter)
{
  const struct scmp_arg_cmp for_reading =
      SCMP_A2_64 (SCMP_CMP_MASKED_EQ, O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND, O_RDONLY);
  const struct scmp_arg_cmp on_descriptor =
      SCMP_A3_64 (SCMP_CMP_MASKED_EQ, AT_EMPTY_PATH, AT_EMPTY_PATH);
  const struct scmp_arg_cmp query = SCMP_A1_64 (SCMP_CMP_EQ, memsnoop_mapping_query);
  /* A process like this one, and nothing else that clone() can make. */
  const struct scmp_arg_cmp process = SCMP_A0_64 (SCMP_CMP_EQ, SIGCHLD);
  const struct scmp_arg_cmp death_signal = SCMP_A0_64 (SCMP_CMP_EQ, PR_SET_PDEATHSIG);
  int result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (openat), 1, for_reading);

  if (result == 0)
    result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (newfstatat), 1, on_descriptor);
  if (result == 0)
    result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (ioctl), 1, query);
  if (result == 0)
    result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (clone), 1, process);
  if (result == 0)
    result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, SCMP_SYS (prctl), 1, death_signal);
  return result;
}

int
memsnoop_confinement_load_filter (void)
{
  scmp_filter_ctx filter = seccomp_init (SCMP_ACT_KILL_PROCESS);
  int result = 0;

  if (filter == NULL)
    return -ENOMEM;
  for (size_t i = 0; i < ARRAY_LENGTH (allowed) && result == 0; i++)
    result = seccomp_rule_add (filter, SCMP_ACT_ALLOW, allowed[i], 0);
  if (result == 0)
    result = add_conditions (filter);
  if (result == 0)
    result = seccomp_load (filter);
  seccomp_release (filter);
  return result;
}

int
memsnoop_confinement_enter (const char *user, const char **what)
{
  int result;

  *what = "keep CAP_CHECKPOINT_RESTORE, CAP_DAC_READ_SEARCH and CAP_SYS_PTRACE and no other right";
  result = keep_capabilities (user);
  if (result != 0)
    return result;
  *what = "die with the service, unseen by others and without new privileges";
  result = set_flags ();
  if (result != 0)
    return result;
  *what = "limit its resources";
  result = set_limits ();
  if (result != 0)
    return result;
  *what = "close the descriptors that are not needed";
  result = close_others ();
  if (result != 0)
    return result;
  *what = "load the system call filter";
  return memsnoop_confinement_load_filter ();
}
