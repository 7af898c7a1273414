/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "privileges.h"

#include "error.h"

#include <cap-ng.h>
#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

static const guint kept_capabilities[] = {
  CAP_BPF,
  CAP_PERFMON,
  CAP_SYS_PTRACE,
  CAP_SYSLOG,
};

static gboolean
check_single_thread (GError **error)
{
  g_autoptr (GDir) threads = g_dir_open ("/proc/self/task", 0, error);
  guint n = 0;

  if (threads == NULL)
    return FALSE;
  while (g_dir_read_name (threads) != NULL)
    n++;
  if (n == 1)
    return TRUE;
  g_set_error (
      error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED,
      "Cannot give up privileges while there are %u threads: each has its own, and only the "
      "first may exist",
      n);
  return FALSE;
}

gboolean
memsnoop_privileges_find_account (const gchar *user, uid_t *uid, gid_t *gid, GError **error)
{
  struct passwd *account;

  errno = 0;
  account = getpwnam (user);
  if (account != NULL)
    {
      *uid = account->pw_uid;
      *gid = account->pw_gid;
      return TRUE;
    }
  /* What getpwnam() may say of an account that does not exist; see its man page. */
  if (errno != 0 && errno != ENOENT && errno != ESRCH && errno != EBADF && errno != EPERM)
    {
      memsnoop_error_set_errno (error, errno, "Cannot look up the account %s", user);
      return FALSE;
    }
  *uid = 0;
  *gid = 0;
  return TRUE;
}

/* Prepares libcap-ng's state: a capability that we do not have, as in a container, cannot be kept.
 */
static void
select_capabilities (void)
{
  gboolean held[G_N_ELEMENTS (kept_capabilities)];

  capng_get_caps_process ();
  for (guint i = 0; i < G_N_ELEMENTS (kept_capabilities); i++)
    held[i] = capng_have_capability (CAPNG_PERMITTED, kept_capabilities[i]) != 0;
  capng_clear (CAPNG_SELECT_ALL);
  for (guint i = 0; i < G_N_ELEMENTS (kept_capabilities); i++)
    if (held[i])
      capng_update (CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, kept_capabilities[i]);
}

static gboolean
change_user (uid_t uid, gid_t gid, GError **error)
{
  int result = capng_change_id ((int) uid, (int) gid,
                                CAPNG_DROP_SUPP_GRP | CAPNG_CLEAR_BOUNDING | CAPNG_CLEAR_AMBIENT);

  if (result == 0)
    return TRUE;
  g_set_error (
      error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED,
      "Cannot change to the user %u and group %u with only the capabilities that are needed: "
      "capng_change_id() failed with %d",
      uid, gid, result);
  return FALSE;
}

static gboolean
stay_root (GError **error)
{
  int result;

  if (setgroups (0, NULL) != 0)
    {
      memsnoop_error_set_errno (error, errno, "Cannot leave the supplementary groups");
      return FALSE;
    }
  result = capng_apply (CAPNG_SELECT_ALL);
  if (result == 0)
    return TRUE;
  g_set_error (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED,
               "Cannot give up the capabilities that are not needed: capng_apply() failed with %d",
               result);
  return FALSE;
}

static gboolean
drop_root (const gchar *user, GError **error)
{
  uid_t uid;
  gid_t gid;

  if (!check_single_thread (error) || !memsnoop_privileges_find_account (user, &uid, &gid, error))
    return FALSE;
  if (uid == 0 && !g_str_equal (user, "root"))
    g_message ("There is no account %s to change to: staying root, without root's rights", user);
  select_capabilities ();
  return uid == 0 ? stay_root (error) : change_user (uid, gid, error);
}

static gboolean
stop_inheritance (GError **error)
{
  if (prctl (PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
    {
      memsnoop_error_set_errno (error, errno, "Cannot clear the ambient capabilities");
      return FALSE;
    }
  return TRUE;
}

gboolean
memsnoop_privileges_drop (const gchar *user, GError **error)
{
  if (geteuid () == 0 ? !drop_root (user, error) : !stop_inheritance (error))
    return FALSE;
  if (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
    {
      memsnoop_error_set_errno (error, errno, "Cannot forbid new privileges");
      return FALSE;
    }
  return TRUE;
}
