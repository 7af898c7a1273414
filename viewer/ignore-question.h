/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "suspect-list.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * memsnoop_ignore_question_ask:
 * @widget: whose window the question is in front of.
 *
 * Ignores the program of @item. Where its process is called otherwise, such as a script after itself, or it is known to
 * be an interpreter, the user is asked first, since the program may run many others.
 */
void memsnoop_ignore_question_ask (GtkWidget           *widget,
                                   MemsnoopSuspectList *list,
                                   MemsnoopSuspectItem *item);

G_END_DECLS
