/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Removes a test's folder with all that is in it; follows no symbolic links. */
void temporary_folder_remove (const gchar *folder);

G_END_DECLS
