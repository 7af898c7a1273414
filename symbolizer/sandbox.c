/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sandbox.h"

#include "system-call-filter.h"

#include <cap-ng.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

G_DEFINE_QUARK (memsnoop - sandbox - error - quark, memsnoop_sandbox_error)

/* Bytes of address space: what a gigabyte of debug files needs, and tables made of them. */
#define ADDRESS_SPACE_MAX (3 * G_GUINT64_CONSTANT (1073741824))
/* The files of the cache, those of the largest table, and some. */
#define DESCRIPTORS_MAX 8192
/* The account that owns nothing, by convention of the kernel (its overflowuid) and distributions.
 */
#define NOBODY 65534

static gboolean
set_failed (GError **error, const gchar *what, int number)
{
  g_set_error (error, MEMSNOOP_SANDBOX_ERROR, MEMSNOOP_SANDBOX_ERROR_FAILED, "Cannot %s: %s", what,
               g_strerror (number));
  return FALSE;
}

static gboolean
close_others (int socket, GError **error)
{
  int nowhere;

  if ((socket > 0 && close_range (0, (guint) socket - 1, 0) != 0) ||
      close_range ((guint) socket + 1, G_MAXUINT, 0) != 0)
    return set_failed (error, "close the descriptors that are not needed", errno);
  /* Whatever still writes to its standard output must not meet a file that was sent. */
  for (int i = 0; i <= STDERR_FILENO; i++)
    {
      nowhere = open ("/dev/null", O_RDWR | O_CLOEXEC);
      if (nowhere < 0)
        return set_failed (error, "open /dev/null", errno);
    }
  return TRUE;
}

static gboolean
may_change_user (void)
{
  return geteuid () == 0 && capng_have_capability (CAPNG_EFFECTIVE, CAP_SETUID) != 0 &&
         capng_have_capability (CAPNG_EFFECTIVE, CAP_SETGID) != 0;
}

static gboolean
change_user (const gchar *user, GError **error)
{
  const struct passwd *account = getpwnam (user);
  int uid = account != NULL && account->pw_uid != 0 ? (int) account->pw_uid : NOBODY;
  int gid = account != NULL && account->pw_uid != 0 ? (int) account->pw_gid : NOBODY;
  int flags = CAPNG_DROP_SUPP_GRP;

  if (capng_have_capability (CAPNG_EFFECTIVE, CAP_SETPCAP) != 0)
    flags |= CAPNG_CLEAR_BOUNDING;
  capng_clear (CAPNG_SELECT_BOTH);
  if (capng_change_id (uid, gid, (capng_flags_t) flags) == 0)
    return TRUE;
  return set_failed (error, "change to a user without rights", errno);
}

static gboolean
drop_rights (const gchar *user, GError **error)
{
  capng_get_caps_process ();
  if (prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
    return set_failed (error, "clear the ambient capabilities", errno);
  if (may_change_user ())
    return change_user (user, error);
  capng_clear (CAPNG_SELECT_CAPS);
  if (capng_apply (CAPNG_SELECT_CAPS) != 0)
    return set_failed (error, "give up all capabilities", errno);
  return TRUE;
}

static gboolean
limit (int resource, guint64 maximum, const gchar *what, GError **error)
{
  struct rlimit current;
  rlim_t value = (rlim_t) maximum;

  if (getrlimit ((__rlimit_resource_t) resource, &current) == 0)
    {
      value = MIN (value, current.rlim_max);
      current = (struct rlimit){ value, value };
      if (setrlimit ((__rlimit_resource_t) resource, &current) == 0)
        return TRUE;
    }
  return set_failed (error, what, errno);
}

static gboolean
set_limits (GError **error)
{
#if !defined(__SANITIZE_ADDRESS__)
  /* AddressSanitizer reserves terabytes. */
  if (!limit (RLIMIT_AS, ADDRESS_SPACE_MAX, "limit the address space", error))
    return FALSE;
#endif
  return limit (RLIMIT_NOFILE, DESCRIPTORS_MAX, "limit the number of descriptors", error) &&
         limit (RLIMIT_FSIZE, 0, "limit the size of files", error) &&
         limit (RLIMIT_CORE, 0, "limit the size of core dumps", error) &&
         limit (RLIMIT_MEMLOCK, 0, "limit the locked memory", error);
}

static gboolean
set_process_flags (GError **error)
{
  /* A change of user clears the first. */
  if (prctl (PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0)
    return set_failed (error, "die with the service", errno);
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    return set_failed (error, "forbid new privileges", errno);
  if (prctl (PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
    return set_failed (error, "make the process not dumpable", errno);
  return TRUE;
}

/* A file may be such that reading it takes all memory that the limit leaves: then this is what the
 * kernel is to end, not some other process. Where it cannot be had, the limit is all there is. */
static void
offer_to_be_ended (void)
{
  int descriptor = open ("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

  if (descriptor < 0 || write (descriptor, "1000", 4) != 4)
    g_debug ("Cannot offer to be ended when memory is short: %s", g_strerror (errno));
  if (descriptor >= 0)
    close (descriptor);
}

gboolean
memsnoop_sandbox_enter (int socket, const gchar *user, GError **error)
{
  int result;

  /* As long as this process's files are its own. */
  offer_to_be_ended ();
  /* The descriptors last, so that what fails before can be told. */
  if (!drop_rights (user, error) || !set_limits (error) || !set_process_flags (error) ||
      !close_others (socket, error))
    return FALSE;
  result = memsnoop_system_call_filter_load ();
  return result == 0 || set_failed (error, "load the system call filter", -result);
}
