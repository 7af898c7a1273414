/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Events that the kernel skipped because they came in the middle of another one. */
#pragma once

#include <bpf/libbpf.h>
#include <glib.h>

G_BEGIN_DECLS

/** Runs of the loaded programs of @object that the kernel skipped: events that are in no figure. Microseconds. */
guint64 memsnoop_recursion_misses_count (struct bpf_object *object);

G_END_DECLS
