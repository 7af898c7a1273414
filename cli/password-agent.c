/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "password-agent.h"

#include "output.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#define PROGRAM "pkttyagent"
/* Its number for the end of the pipe that it closes when it is ready. */
#define READY_DESCRIPTOR 3

static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

/* A desktop has an agent of its own, which is to be preferred. Without one the terminal's must not
 * be a fallback: where logind knows no session of the user, polkit (122) overlooks those. */
static const gchar *
find_precedence (void)
{
  return g_getenv ("WAYLAND_DISPLAY") != NULL || g_getenv ("DISPLAY") != NULL ? "--fallback" : NULL;
}

/* Without --process it asks on behalf of its parent. */
static GSubprocess *
spawn (const gchar *program, const gchar *bus_address, int ready, GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autofree gchar *descriptor = g_strdup_printf ("%d", READY_DESCRIPTOR);

  g_subprocess_launcher_take_fd (launcher, ready, READY_DESCRIPTOR);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  if (bus_address != NULL)
    g_subprocess_launcher_setenv (launcher, "DBUS_SYSTEM_BUS_ADDRESS", bus_address, TRUE);
  return g_subprocess_launcher_spawn (launcher, error, program, "--notify-fd", descriptor,
                                      find_precedence (), NULL);
}

/* Until it closes its end, also by ending. */
static void
wait_until_ready (int descriptor)
{
  gchar byte;
  gssize n_read;

  do
    n_read = read (descriptor, &byte, 1);
  while (n_read > 0 || (n_read < 0 && errno == EINTR));
  close (descriptor);
}

GSubprocess *
memsnoop_password_agent_start (const gchar *bus_address)
{
  g_autofree gchar *program = NULL;
  g_autoptr (GError) error = NULL;
  GSubprocess *self;
  int ends[2];

  if (geteuid () == 0 || !isatty (STDIN_FILENO))
    return NULL;
  program = g_find_program_in_path (PROGRAM);
  if (program == NULL || !g_unix_open_pipe (ends, FD_CLOEXEC, NULL))
    return NULL;

  self = spawn (program, bus_address, ends[1], &error);
  if (self == NULL)
    memsnoop_output_remark ("Nothing can ask for a password here: %s", error->message);
  wait_until_ready (ends[0]);
  return self;
}

void
memsnoop_password_agent_stop (GSubprocess *self)
{
  g_subprocess_send_signal (self, SIGTERM);
  g_subprocess_send_signal (self, SIGCONT);
  g_subprocess_wait (self, NULL, NULL);
  g_object_unref (self);
}
