/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "application.h"

#include <glib/gi18n.h>
#include <locale.h>

int
main (int argc, char **argv)
{
  g_autoptr (MemsnoopApplication) application = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, MEMSNOOP_LOCALE_DIRECTORY);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  application = memsnoop_application_new ();
  return g_application_run (G_APPLICATION (application), argc, argv);
}
