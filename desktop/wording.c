/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wording.h"

#include "dictionary.h"
#include "growth-end.h"
#include "quantity.h"
#include "terminal-text.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#define ELLIPSIS "…"
#define FIRST_STRONG_ISOLATE "\u2068"
#define POP_DIRECTIONAL_ISOLATE "\u2069"

gchar *
memsnoop_wording_name (const gchar *text, guint most)
{
  g_autofree gchar *line = memsnoop_terminal_text_escape (text != NULL ? text : "", TRUE);
  glong length = g_utf8_strlen (line, -1);
  glong begin = ((glong) most - 1) / 2;
  g_autofree gchar *left = NULL, *right = NULL;

  if (length <= (glong) most)
    return g_steal_pointer (&line);
  left = g_utf8_substring (line, 0, begin);
  right = g_utf8_substring (line, length - ((glong) most - 1 - begin), length);
  return g_strconcat (left, ELLIPSIS, right, NULL);
}

/* Blocks whose letters read from the right, and what of them is not assigned yet (Unicode's
 * DerivedBidiClass.txt: R and AL by default). */
static gboolean
reads_from_right (gunichar letter)
{
  static const struct
  {
    gunichar first, last;
  } blocks[] = {
    { 0x590, 0x8ff },     { 0xfb1d, 0xfdff },   { 0xfe70, 0xfeff },
    { 0x10800, 0x10fff }, { 0x1e800, 0x1efff },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (blocks); i++)
    if (letter >= blocks[i].first && letter <= blocks[i].last)
      return TRUE;
  return FALSE;
}

gchar *
memsnoop_wording_name_within (const gchar *name)
{
  for (const gchar *next = name; *next != '\0'; next = g_utf8_next_char (next))
    if (reads_from_right (g_utf8_get_char (next)))
      return g_strconcat (FIRST_STRONG_ISOLATE, name, POP_DIRECTIONAL_ISOLATE, NULL);
  return g_strdup (name);
}

gchar *
memsnoop_wording_size (guint64 bytes)
{
  return g_format_size_full (bytes, G_FORMAT_SIZE_IEC_UNITS);
}

/* What a rate of whatever sign amounts to in a minute, or in an hour when it is slow; %NULL for
 * none. */
static gchar *
amount_of_rate (gdouble bytes_per_second, gboolean *hourly)
{
  gdouble per_minute = fabs (bytes_per_second) * 60;
  gdouble amount;

  *hourly = per_minute < 1024;
  amount = round (*hourly ? per_minute * 60 : per_minute);
  return amount >= 1 ? memsnoop_wording_size ((guint64) MIN (amount, 1e18)) : NULL;
}

gchar *
memsnoop_wording_rate (gdouble bytes_per_second)
{
  gboolean hourly;
  g_autofree gchar *amount = amount_of_rate (bytes_per_second, &hourly);

  if (amount == NULL)
    return g_strdup (_ ("nothing"));
  return g_strdup_printf (hourly ? _ ("%s an hour") : _ ("%s a minute"), amount);
}

gchar *
memsnoop_wording_short_rate (gdouble bytes_per_second)
{
  gboolean hourly;
  g_autofree gchar *amount = amount_of_rate (bytes_per_second, &hourly);
  const gchar *sign = bytes_per_second < 0 ? "−" : "+";

  if (amount == NULL)
    return g_strdup ("");
  return g_strdup_printf (hourly ? _ ("%s%s/h") : _ ("%s%s/min"), sign, amount);
}

/* One unit is rounded: one and a half is still told in the smaller unit. */
gchar *
memsnoop_wording_duration (guint64 seconds)
{
  guint64 minutes, hours, days;

  /* Room to round. */
  seconds = MIN (seconds, G_MAXUINT64 / 2);
  minutes = (seconds + 30) / 60, hours = (seconds + 1800) / 3600;
  days = (seconds + 43200) / 86400;

  if (seconds < 120)
    return g_strdup_printf (g_dngettext (NULL, "%u second", "%u seconds", (gulong) seconds),
                            (guint) seconds);
  if (seconds < 2 * 3600)
    return g_strdup_printf (g_dngettext (NULL, "%u minute", "%u minutes", (gulong) minutes),
                            (guint) minutes);
  if (seconds < 2 * 86400)
    return g_strdup_printf (g_dngettext (NULL, "%u hour", "%u hours", (gulong) hours),
                            (guint) hours);
  return g_strdup_printf (g_dngettext (NULL, "%u day", "%u days", (gulong) days),
                          (guint) MIN (days, G_MAXUINT));
}

static gboolean
has_text (GVariant *dictionary, const gchar *key, const gchar *expected)
{
  g_autofree gchar *text = memsnoop_dictionary_lookup_string (dictionary, key);

  return g_strcmp0 (text, expected) == 0;
}

gchar *
memsnoop_wording_suspicion_title (guint32 pid, const gchar *comm, GVariant *evidence)
{
  g_autofree gchar *text = memsnoop_wording_name (comm, MEMSNOOP_WORDING_NAME_MAX);
  g_autofree gchar *name = memsnoop_wording_name_within (*text != '\0' ? text : _ ("A process"));

  if (has_text (evidence, "level", "probable"))
    /* Translators: a program's name, and the number of its process. */
    return g_strdup_printf (_ ("%s (%u) is probably leaking memory"), name, pid);
  return g_strdup_printf (_ ("%s (%u) may be leaking memory"), name, pid);
}

/* Of kinds that are not known yet it is memory in general. */
static gchar *
growth_in_words (GVariant *evidence, const gchar *size, const gchar *span, const gchar *speed)
{
  if (has_text (evidence, "kind", "heap"))
    return g_strdup_printf (_ ("Its heap has grown by %s in %s, now by %s."), size, span, speed);
  if (has_text (evidence, "kind", "kernel"))
    return g_strdup_printf (_ ("Its kernel memory has grown by %s in %s, now by %s."), size, span,
                            speed);
  if (has_text (evidence, "kind", "shmem"))
    return g_strdup_printf (_ ("Its shared memory has grown by %s in %s, now by %s."), size, span,
                            speed);
  return g_strdup_printf (_ ("Its memory has grown by %s in %s, now by %s."), size, span, speed);
}

/* The same of what grows no longer. */
static gchar *
past_growth_in_words (GVariant *evidence, const gchar *size, const gchar *span)
{
  if (has_text (evidence, "kind", "heap"))
    return g_strdup_printf (_ ("Its heap has grown by %s in %s."), size, span);
  if (has_text (evidence, "kind", "kernel"))
    return g_strdup_printf (_ ("Its kernel memory has grown by %s in %s."), size, span);
  if (has_text (evidence, "kind", "shmem"))
    return g_strdup_printf (_ ("Its shared memory has grown by %s in %s."), size, span);
  return g_strdup_printf (_ ("Its memory has grown by %s in %s."), size, span);
}

static void
append_sentence (GString *text, const gchar *sentence)
{
  if (text->len > 0)
    g_string_append_c (text, ' ');
  g_string_append (text, sentence);
}

static void
append_last_growth (GString *text, guint64 last, guint64 now, const gchar *speed)
{
  g_autofree gchar *ago = memsnoop_wording_duration (memsnoop_quantity_seconds_between (last, now));
  /* Translators: a duration, and a rate: "12 MiB a minute". */
  g_autofree gchar *sentence = g_strdup_printf (_ ("It last grew %s ago, by %s then."), ago, speed);

  append_sentence (text, sentence);
}

static void
append_growth (GString *text, GVariant *evidence, guint64 read, guint64 now)
{
  guint64 bytes, since, last;
  gdouble rate;
  gboolean over = memsnoop_growth_end_find (evidence, read, &last);
  g_autofree gchar *size = NULL, *span = NULL, *speed = NULL, *sentence = NULL;

  if (!memsnoop_dictionary_lookup_number (evidence, "bytes", &bytes) ||
      !memsnoop_dictionary_lookup_number (evidence, "since", &since) ||
      !memsnoop_dictionary_lookup_double (evidence, "rate", &rate))
    return;
  size = memsnoop_wording_size (bytes);
  span = memsnoop_wording_duration (memsnoop_quantity_seconds_between (since, over ? last : now));
  speed = memsnoop_wording_rate (rate);
  sentence = over ? past_growth_in_words (evidence, size, span)
                  : growth_in_words (evidence, size, span, speed);
  append_sentence (text, sentence);
  if (over)
    append_last_growth (text, last, now, speed);
}

static void
append_exhaustion (GString *text, GVariant *evidence)
{
  guint64 seconds;
  g_autofree gchar *span = NULL, *sentence = NULL;

  if (!memsnoop_dictionary_lookup_number (evidence, "time-to-exhaustion", &seconds))
    return;
  span = memsnoop_wording_duration (seconds);
  sentence = g_strdup_printf (_ ("At this rate memory is full in about %s."), span);
  append_sentence (text, sentence);
}

static void
append_verdict (GString *text, GVariant *evidence)
{
  guint64 retained;
  g_autofree gchar *size = NULL, *sentence = NULL;

  if (memsnoop_dictionary_lookup_number (evidence, "retained", &retained))
    {
      size = memsnoop_wording_size (retained);
      sentence = g_strdup_printf (_ ("Its recorded heap has not grown: %s are kept by its "
                                     "allocator or come from elsewhere."),
                                  size);
      append_sentence (text, sentence);
    }
  else if (has_text (evidence, "level", "probable"))
    append_sentence (text, _ ("Code was found that allocates what grows and does not free it."));
  else
    append_sentence (text, _ ("Steady growth alone is no proof."));
}

gchar *
memsnoop_wording_suspicion (GVariant *evidence, guint64 read, guint64 now)
{
  GString *text = g_string_new (NULL);

  append_growth (text, evidence, read, now);
  append_exhaustion (text, evidence);
  append_verdict (text, evidence);
  return g_string_free (text, FALSE);
}
