/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "state-record.h"

#include <math.h>
#include <string.h>

void
memsnoop_state_record_add_number (GByteArray *record, guint64 number)
{
  g_byte_array_append (record, (const guint8 *) &number, sizeof number);
}

void
memsnoop_state_record_add_real (GByteArray *record, gdouble real)
{
  g_byte_array_append (record, (const guint8 *) &real, sizeof real);
}

void
memsnoop_state_record_add_text (GByteArray *record, const gchar *text)
{
  gsize length = text != NULL ? strlen (text) : 0;

  memsnoop_state_record_add_number (record, length);
  if (length > 0)
    g_byte_array_append (record, (const guint8 *) text, (guint) length);
}

static const guint8 *
take (MemsnoopStateCursor *self, gsize length)
{
  const guint8 *data = self->data;

  self->failed = self->failed || length > self->length;
  if (self->failed)
    return NULL;
  self->data += length;
  self->length -= length;
  return data;
}

guint64
memsnoop_state_cursor_take_number (MemsnoopStateCursor *self)
{
  guint64 number = 0;
  const guint8 *data = take (self, sizeof number);

  if (data != NULL)
    memcpy (&number, data, sizeof number);
  return number;
}

guint64
memsnoop_state_cursor_take_bounded (MemsnoopStateCursor *self, guint64 maximum)
{
  guint64 number = memsnoop_state_cursor_take_number (self);

  self->failed = self->failed || number > maximum;
  return self->failed ? 0 : number;
}

gdouble
memsnoop_state_cursor_take_real (MemsnoopStateCursor *self)
{
  gdouble real = 0;
  const guint8 *data = take (self, sizeof real);

  if (data != NULL)
    memcpy (&real, data, sizeof real);
  self->failed = self->failed || !isfinite (real);
  return self->failed ? 0 : real;
}

gchar *
memsnoop_state_cursor_take_text (MemsnoopStateCursor *self)
{
  gsize length = memsnoop_state_cursor_take_bounded (self, G_MAXUINT32);
  const guint8 *data = take (self, length);

  self->failed = self->failed || memchr (data, '\0', length) != NULL;
  return self->failed ? g_strdup ("") : g_strndup ((const gchar *) data, length);
}
