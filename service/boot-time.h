/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The clock of every time in Memsnoop. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MEMSNOOP_SECOND G_GUINT64_CONSTANT (1000000000)

/** Now, in CLOCK_BOOTTIME nanoseconds: it goes on while the machine sleeps, and never jumps. */
guint64 memsnoop_boot_time (void);

G_END_DECLS
