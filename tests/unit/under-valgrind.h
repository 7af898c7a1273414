/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

/* Whether this runs under valgrind, where what is repeated many times for its numbers alone takes
 * long and shows nothing more. The setup in tests/meson.build says so. */
static inline gboolean
under_valgrind (void)
{
  return g_getenv ("MEMSNOOP_UNDER_VALGRIND") != NULL;
}
