/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <linux/types.h>

#include "memsnoop-kernel-layout.h"

#include <glib.h>

G_BEGIN_DECLS

/** The allocations and frees that all process records together have counted. */
guint64 bench_record_events (const struct memsnoop_process_record *records,
                             gsize                                 n_records);

G_END_DECLS
