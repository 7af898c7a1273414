/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configuration.h"
#include "daemon.h"
#include "free-memory.h"
#include "module-opener.h"
#include "privileges.h"
#include "slab-info.h"
#include "state-folder.h"
#include "time-slice.h"

#include <errno.h>
#include <locale.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/resource.h>

/* As in memsnoopd.service. */
#define NICENESS (-10)
/* Nanoseconds: the shortest time slice that a task may ask for. */
#define TIME_SLICE 100000
/* Bytes: glibc's own threshold as long as it is not moved. */
#define LARGE_BLOCK (128 * 1024)

typedef struct
{
  gchar *configuration_path;
  gboolean version;
} Arguments;

static gboolean
parse_arguments (int *count, char ***values, Arguments *arguments, GError **error)
{
  const GOptionEntry entries[] = {
    { "config", 'c', G_OPTION_FLAG_NONE, G_OPTION_ARG_FILENAME, &arguments->configuration_path,
      "Read the configuration from FILE", "FILE" },
    { "version", 0, G_OPTION_FLAG_NONE, G_OPTION_ARG_NONE, &arguments->version,
      "Print the version and exit", NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);

  g_option_context_set_summary (
      context, "Records how every process uses memory, and tells on the system bus.");
  g_option_context_set_description (context,
                                    "Serves org.memsnoop1 on the system bus; the environment "
                                    "variable DBUS_SYSTEM_BUS_ADDRESS names another bus.\n"
                                    "See memsnoopd(8), memsnoopd.conf(5) and memsnoopctl(1).");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, count, values, error))
    return FALSE;
  if (*count > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
                   "memsnoopd takes no arguments, but was given “%s”; see memsnoopd --help",
                   (*values)[1]);
      return FALSE;
    }
  return TRUE;
}

/* The usual file may be missing; one that was asked for may not. */
static MemsnoopConfiguration *
load_configuration (const gchar *path, GError **error)
{
  g_autoptr (GError) load_error = NULL;
  MemsnoopConfiguration *configuration;

  configuration = memsnoop_configuration_load (
      path != NULL ? path : MEMSNOOP_CONFIGURATION_DEFAULT_PATH, &load_error);
  if (configuration != NULL)
    return configuration;
  if (path == NULL && g_error_matches (load_error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return memsnoop_configuration_new ();
  g_propagate_error (error, g_steal_pointer (&load_error));
  return NULL;
}

/*
 * Answers are to come in time also when every core is busy. An answer is little work in several
 * steps, each of which may have to wait for whoever runs. Under systemd the unit has said so
 * already.
 */
static void
ask_for_priority (void)
{
  int result;

  if (setpriority (PRIO_PROCESS, 0, NICENESS) != 0)
    g_debug ("The service keeps its niceness: %s", g_strerror (errno));
  result = memsnoop_time_slice_set (TIME_SLICE);
  if (result != 0)
    g_debug ("The service keeps its time slice: %s", g_strerror (-result));
}

/*
 * Each look at all processes and each snapshot needs large arrays for a moment. Left to itself
 * glibc takes such ones from its heap after the first was freed, where what is small and stays
 * keeps it from shrinking: beside programs that come and go the service grew three times as much.
 */
static void
give_large_blocks_back (void)
{
#ifdef M_MMAP_THRESHOLD
  mallopt (M_MMAP_THRESHOLD, LARGE_BLOCK);
#endif
}

/* What only root may open or make is opened and made before; and no thread exists yet, which would
 * keep its own. */
static gboolean
give_up_privileges (const MemsnoopConfiguration *configuration,
                    gchar **state_folder,
                    GError **error)
{
  *state_folder = memsnoop_state_folder_prepare (configuration->user);
  memsnoop_slab_info_open ();
  memsnoop_free_memory_open ();
  memsnoop_module_opener_start (NULL);
  ask_for_priority ();
  if (!memsnoop_privileges_drop (configuration->user, error))
    return FALSE;
  *state_folder = memsnoop_state_folder_confirm (*state_folder);
  return TRUE;
}

int
main (int count, char **values)
{
  g_autofree gchar *path = NULL;
  g_autofree gchar *state_folder = NULL;
  g_autoptr (MemsnoopConfiguration) configuration = NULL;
  g_autoptr (GError) error = NULL;
  Arguments arguments = { 0 };
  gboolean done;

  /* Messages and numbers are the same everywhere; only the character set is the user's. */
  setlocale (LC_CTYPE, "");
  give_large_blocks_back ();
  done = parse_arguments (&count, &values, &arguments, &error);
  path = arguments.configuration_path;
  if (done && arguments.version)
    {
      g_print ("memsnoopd " MEMSNOOP_VERSION "\n");
      return EXIT_SUCCESS;
    }

  done = done && (configuration = load_configuration (path, &error)) != NULL &&
         give_up_privileges (configuration, &state_folder, &error) &&
         memsnoop_daemon_run (configuration, state_folder, &error);
  if (!done)
    g_printerr ("memsnoopd: %s\n", error->message);
  return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
