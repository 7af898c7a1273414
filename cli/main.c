/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "command.h"

#include <locale.h>

int
main (int argc, char **argv)
{
  setlocale (LC_ALL, "");
  return memsnoop_command_line_run ((const gchar *const *) argv);
}
