/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "caught-messages.h"

#include <string.h>

typedef struct
{
  GLogLevelFlags level;
  gchar *text;
} Message;

/* Message; threads log, too. */
static GMutex lock;
static GPtrArray *messages;

static void
message_free (gpointer data)
{
  Message *message = data;

  g_free (message->text);
  g_free (message);
}

static gchar *
find_text (const GLogField *fields, gsize n_fields)
{
  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "MESSAGE"))
      return fields[i].length < 0 ? g_strdup (fields[i].value)
                                  : g_strndup (fields[i].value, (gsize) fields[i].length);
  return g_strdup ("");
}

static GLogWriterOutput
keep (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  Message *message;

  if ((level & (G_LOG_LEVEL_WARNING | G_LOG_LEVEL_MESSAGE)) == 0)
    return g_log_writer_default (level, fields, n_fields, user_data);
  message = g_new (Message, 1);
  message->level = level & G_LOG_LEVEL_MASK;
  message->text = find_text (fields, n_fields);
  g_mutex_lock (&lock);
  g_ptr_array_add (messages, message);
  g_mutex_unlock (&lock);
  return G_LOG_WRITER_HANDLED;
}

void
caught_messages_install (void)
{
  messages = g_ptr_array_new_with_free_func (message_free);
  g_log_set_writer_func (keep, NULL, NULL);
}

guint
caught_messages_take (GLogLevelFlags level, const gchar *text)
{
  guint n_taken = 0;

  g_mutex_lock (&lock);
  for (guint i = messages->len; i-- > 0;)
    {
      const Message *message = g_ptr_array_index (messages, i);

      if (message->level != level || strstr (message->text, text) == NULL)
        continue;
      g_ptr_array_remove_index (messages, i);
      n_taken++;
    }
  g_mutex_unlock (&lock);
  return n_taken;
}

void
caught_messages_assert_none (void)
{
  g_mutex_lock (&lock);
  for (guint i = 0; i < messages->len; i++)
    g_test_message ("%s", ((const Message *) g_ptr_array_index (messages, i))->text);
  g_assert_cmpuint (messages->len, ==, 0);
  g_mutex_unlock (&lock);
}
