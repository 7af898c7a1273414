/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers and texts in a row of bytes, for files that the machine that wrote them reads. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

void     memsnoop_state_record_add_number (GByteArray           *record,
                                           guint64               number);
void     memsnoop_state_record_add_real   (GByteArray           *record,
                                           gdouble               real);
/** @text: raw bytes; %NULL is taken for "". */
void     memsnoop_state_record_add_text   (GByteArray           *record,
                                           const gchar          *text);

/**
 * MemsnoopStateCursor:
 * @data, @length: what has not been taken yet.
 * @failed: something that was to be taken was not there; all that is taken from then on is 0 or empty.
 */
typedef struct
{
  const guint8 *data;
  gsize         length;
  gboolean      failed;
} MemsnoopStateCursor;

guint64  memsnoop_state_cursor_take_number (MemsnoopStateCursor *self);

/** A number that is at most @maximum; another one is a failure. */
guint64  memsnoop_state_cursor_take_bounded (MemsnoopStateCursor *self,
                                             guint64              maximum);

/** A finite number; another one is a failure. */
gdouble  memsnoop_state_cursor_take_real   (MemsnoopStateCursor *self);

/** Returns: (transfer full): without bytes of 0; never %NULL. */
gchar   *memsnoop_state_cursor_take_text   (MemsnoopStateCursor *self);

G_END_DECLS
