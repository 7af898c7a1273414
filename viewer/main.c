/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "application.h"

#include <glib/gi18n.h>
#include <locale.h>

/* Little moves in this window, and a driver for OpenGL takes more memory than all the rest of it:
 * for a program that shows what takes memory, the processor draws well enough. Whoever sets the
 * variable knows better. */
static void
choose_renderer (void)
{
  g_setenv ("GSK_RENDERER", "cairo", FALSE);
}

int
main (int argc, char **argv)
{
  g_autoptr (MemsnoopApplication) application = NULL;

  choose_renderer ();
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, MEMSNOOP_LOCALE_DIRECTORY);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  application = memsnoop_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
