/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch-sentence.h"

#include "dictionary.h"
#include "quantity.h"
#include "terminal-text.h"

#include <string.h>

/* "firefox (4711)" */
static gchar *
name_process (guint32 pid, const gchar *comm, gboolean unicode)
{
  g_autofree gchar *name = memsnoop_terminal_text_escape (comm, unicode);

  return g_strdup_printf ("%s (%u)", *name != '\0' ? name : "process", pid);
}

/* What grows, as the subject of a sentence: "the kernel memory of firefox (4711)". */
static gchar *
name_memory (guint32 pid, const gchar *comm, GVariant *evidence, gboolean unicode)
{
  static const struct
  {
    const gchar *kind;
    const gchar *memory;
  } kinds[] = {
    { "shmem", "the shared memory" },
    { "heap", "the heap" },
    { "kernel", "the kernel memory" },
  };
  g_autofree gchar *process = name_process (pid, comm, unicode);
  g_autofree gchar *kind = memsnoop_dictionary_lookup_string (evidence, "kind");

  for (gsize i = 0; kind != NULL && i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kind, kinds[i].kind) == 0)
      return g_strdup_printf ("%s of %s", kinds[i].memory, process);
  return g_steal_pointer (&process);
}

/* " for 40 minutes", or nothing. */
static gchar *
since_in_words (GVariant *evidence, guint64 now)
{
  g_autofree gchar *span = NULL;
  guint64 since, seconds;

  if (!memsnoop_dictionary_lookup_number (evidence, "since", &since))
    return g_strdup ("");
  seconds = memsnoop_quantity_seconds_between (since, now);
  if (seconds == 0)
    return g_strdup ("");

  span = memsnoop_quantity_duration_in_words (seconds);
  return g_strdup_printf (" for %s", span);
}

static void
append_growth (GString *sentence, GVariant *evidence, guint64 now)
{
  g_autofree gchar *span = since_in_words (evidence, now);
  g_autofree gchar *amount = NULL;
  gdouble rate;

  g_string_append (sentence, " has grown");
  if (memsnoop_dictionary_lookup_double (evidence, "rate", &rate))
    {
      amount = memsnoop_quantity_format_rate (rate);
      g_string_append_printf (sentence, " by %s", amount);
    }
  g_string_append (sentence, span);
}

static void
append_changed_growth (GString *sentence, GVariant *evidence)
{
  g_autofree gchar *amount = NULL;
  gdouble rate;

  g_string_append (sentence, " still grows");
  if (!memsnoop_dictionary_lookup_double (evidence, "rate", &rate))
    return;

  amount = memsnoop_quantity_format_rate (rate);
  g_string_append_printf (sentence, ", now by %s", amount);
}

static void
append_consequence (GString *sentence, GVariant *evidence)
{
  g_autofree gchar *level = memsnoop_dictionary_lookup_string (evidence, "level");
  guint64 number;
  gdouble confidence;

  if (memsnoop_dictionary_lookup_number (evidence, "bytes", &number))
    {
      g_autofree gchar *size = memsnoop_quantity_format_size (number);

      g_string_append_printf (sentence, ", %s in all", size);
    }
  if (memsnoop_dictionary_lookup_number (evidence, "time-to-exhaustion", &number))
    {
      g_autofree gchar *span = memsnoop_quantity_duration_in_words (number);

      g_string_append_printf (sentence, "; memory is full in about %s", span);
    }

  if (g_strcmp0 (level, "probable") == 0)
    g_string_append (sentence, "; it probably leaks");
  else if (g_strcmp0 (level, "definite") == 0)
    g_string_append (sentence, "; it leaks");
  if (memsnoop_dictionary_lookup_double (evidence, "confidence", &confidence))
    g_string_append_printf (sentence, " (confidence %.0f %%)", CLAMP (confidence, 0, 1) * 100);
}

gchar *
memsnoop_watch_sentence_leak (
    guint32 pid, const gchar *comm, GVariant *evidence, guint64 now, gboolean unicode)
{
  g_autofree gchar *memory = name_memory (pid, comm, evidence, unicode);
  g_autofree gchar *state = memsnoop_dictionary_lookup_string (evidence, "state");
  GString *sentence = g_string_new (memory);

  if (g_strcmp0 (state, "cleared") == 0)
    {
      g_autofree gchar *span = since_in_words (evidence, now);

      g_string_append (sentence, " is no longer suspected of a leak");
      if (*span != '\0')
        g_string_append_printf (sentence, ", as it was%s", span);
    }
  else
    {
      if (g_strcmp0 (state, "changed") == 0)
        append_changed_growth (sentence, evidence);
      else
        append_growth (sentence, evidence, now);
      append_consequence (sentence, evidence);
    }
  return g_string_free (sentence, FALSE);
}

/* A value of an anomaly, in the unit of its kind. */
static gchar *
format_anomaly_value (const gchar *kind, gdouble value)
{
  if (strcmp (kind, "churn") == 0 || strcmp (kind, "fragmentation") == 0)
    return memsnoop_quantity_format_share (value);
  if (strcmp (kind, "large-allocation") == 0)
    return memsnoop_quantity_format_size ((guint64) CLAMP (value, 0, 1e18));
  if (value >= 1000)
    return memsnoop_quantity_format_count ((guint64) MIN (value, 1e18));
  return g_strdup_printf ("%.4g", value);
}

typedef struct
{
  const gchar *kind;
  /* Behind the process's name. */
  const gchar *raised;
  const gchar *cleared;
} AnomalyWords;

static const AnomalyWords anomaly_words[] = {
  { "churn", "soon frees most of what it allocates",
    "no longer soon frees most of what it allocates" },
  { "large-allocation", "has allocated an unusually large block",
    "has allocated no more unusually large blocks" },
  { "fragmentation", "wastes an unusual share of what it allocates",
    "no longer wastes an unusual share of what it allocates" },
  { "burst", "allocates unusually much", "no longer allocates unusually much" },
};

static void
append_anomaly (GString *sentence, const gchar *kind, gboolean cleared, gboolean unicode)
{
  g_autofree gchar *printable = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (anomaly_words); i++)
    if (strcmp (kind, anomaly_words[i].kind) == 0)
      {
        g_string_append_printf (sentence, " %s",
                                cleared ? anomaly_words[i].cleared : anomaly_words[i].raised);
        return;
      }

  printable = memsnoop_terminal_text_escape (kind, unicode);
  g_string_append_printf (sentence, " %s an anomaly (%s)", cleared ? "no longer shows" : "shows",
                          printable);
}

gchar *
memsnoop_watch_sentence_anomaly (
    guint32 pid, const gchar *comm, const gchar *kind, GVariant *details, gboolean unicode)
{
  g_autofree gchar *process = name_process (pid, comm, unicode);
  g_autofree gchar *state = memsnoop_dictionary_lookup_string (details, "state");
  GString *sentence = g_string_new (process);
  gboolean cleared = g_strcmp0 (state, "cleared") == 0;
  gdouble value, threshold;

  append_anomaly (sentence, kind, cleared, unicode);
  if (!cleared && memsnoop_dictionary_lookup_double (details, "value", &value))
    {
      g_autofree gchar *text = format_anomaly_value (kind, value);

      g_string_append_printf (sentence, ": %s", text);
      if (memsnoop_dictionary_lookup_double (details, "threshold", &threshold))
        {
          g_autofree gchar *limit = format_anomaly_value (kind, threshold);

          g_string_append_printf (sentence, " (limit %s)", limit);
        }
    }
  return g_string_free (sentence, FALSE);
}

gchar *
memsnoop_watch_sentence_session (const gchar *path,
                                 const gchar *state,
                                 const gchar *owner,
                                 const gchar *subject,
                                 gboolean unicode)
{
  const gchar *slash = strrchr (path, '/');
  g_autofree gchar *number =
      memsnoop_terminal_text_escape (slash != NULL ? slash + 1 : path, unicode);
  g_autofree gchar *printable = NULL;

  if (state == NULL)
    return g_strdup_printf ("session %s is gone, and its figures with it", number);
  if (strcmp (state, "recording") == 0)
    return g_strdup_printf ("session %s of %s records %s", number, owner, subject);
  if (strcmp (state, "starting") == 0)
    return g_strdup_printf ("session %s of %s is about to record %s", number, owner, subject);
  if (strcmp (state, "stopped") == 0)
    return g_strdup_printf ("session %s has ended; its last figures can still be read", number);
  if (strcmp (state, "failed") == 0)
    return g_strdup_printf ("session %s has failed; the service's log tells why", number);
  if (strcmp (state, "over-budget") == 0)
    return g_strdup_printf ("session %s has ended, as it needed more than its share of the CPU",
                            number);

  printable = memsnoop_terminal_text_escape (state, unicode);
  return g_strdup_printf ("session %s is now in the state %s", number, printable);
}
