/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is suspected now. */
#pragma once

#include "suspect-list.h"

#include <adwaita.h>

G_BEGIN_DECLS

#define MEMSNOOP_TYPE_SUSPECTS_PAGE (memsnoop_suspects_page_get_type ())
/** Signal "activated" (guint pid): a process is to be shown. */
G_DECLARE_FINAL_TYPE (MemsnoopSuspectsPage, memsnoop_suspects_page, MEMSNOOP, SUSPECTS_PAGE, AdwBin)

/** Once, after it was made. */
void memsnoop_suspects_page_set_list (MemsnoopSuspectsPage *self,
                                      MemsnoopService      *service,
                                      MemsnoopSuspectList  *list);

G_END_DECLS
