/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watch-sentence.h"

#include "dictionary.h"
#include "growth-end.h"
#include "quantity.h"
#include "terminal-text.h"

#include <string.h>

/* A rate that is this many times the one before is told as another. */
#define NOTABLE_FACTOR 1.5

gchar *
memsnoop_watch_sentence_process (guint32 pid, const gchar *comm, gboolean unicode)
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
  g_autofree gchar *process = memsnoop_watch_sentence_process (pid, comm, unicode);
  g_autofree gchar *kind = memsnoop_dictionary_lookup_string (evidence, "kind");

  for (gsize i = 0; kind != NULL && i < G_N_ELEMENTS (kinds); i++)
    if (strcmp (kind, kinds[i].kind) == 0)
      return g_strdup_printf ("%s of %s", kinds[i].memory, process);
  return g_steal_pointer (&process);
}

/* "40 minutes"; %NULL when that is not known, or no time at all. */
static gchar *
span_in_words (GVariant *evidence, guint64 end)
{
  guint64 since, seconds;

  if (!memsnoop_dictionary_lookup_number (evidence, "since", &since))
    return NULL;
  seconds = memsnoop_quantity_seconds_between (since, end);
  return seconds > 0 ? memsnoop_quantity_duration_in_words (seconds) : NULL;
}

/* "12 MiB a minute"; %NULL when that is not known. */
static gchar *
rate_in_words (GVariant *evidence)
{
  gdouble rate;

  if (evidence == NULL || !memsnoop_dictionary_lookup_double (evidence, "rate", &rate))
    return NULL;
  return memsnoop_quantity_format_rate (rate);
}

static gchar *
bytes_in_words (GVariant *evidence)
{
  guint64 bytes;

  if (!memsnoop_dictionary_lookup_number (evidence, "bytes", &bytes))
    return NULL;
  return memsnoop_quantity_format_rounded_size (bytes);
}

/* @last: when it grew last. */
static void
append_past_growth (GString *sentence, GVariant *evidence, guint64 last, guint64 now)
{
  g_autofree gchar *rate = rate_in_words (evidence);
  g_autofree gchar *span = span_in_words (evidence, last);
  g_autofree gchar *bytes = bytes_in_words (evidence);
  g_autofree gchar *ago =
      memsnoop_quantity_duration_in_words (memsnoop_quantity_seconds_between (last, now));

  g_string_append (sentence, " has grown");
  if (bytes != NULL)
    g_string_append_printf (sentence, " by %s", bytes);
  if (span != NULL)
    g_string_append_printf (sentence, " in %s", span);
  g_string_append_printf (sentence, "; it last grew %s ago", ago);
  if (rate != NULL)
    g_string_append_printf (sentence, ", by %s then", rate);
}

static void
append_growth (GString *sentence, GVariant *evidence, guint64 now)
{
  g_autofree gchar *rate = rate_in_words (evidence);
  g_autofree gchar *span = span_in_words (evidence, now);
  g_autofree gchar *bytes = bytes_in_words (evidence);

  g_string_append (sentence, " has grown");
  if (rate != NULL)
    g_string_append_printf (sentence, " by %s", rate);
  if (span != NULL)
    g_string_append_printf (sentence, " for %s", span);
  if (bytes != NULL)
    g_string_append_printf (sentence, ", %s in all", bytes);
}

/* The evidence was read just now. */
static void
append_any_growth (GString *sentence, GVariant *evidence, guint64 now)
{
  guint64 last;

  if (memsnoop_growth_end_find (evidence, now, &last))
    append_past_growth (sentence, evidence, last, now);
  else
    append_growth (sentence, evidence, now);
}

/* How the rate compares with what was told before, when that is known and makes a difference. */
static const gchar *
compare_rates (GVariant *evidence, GVariant *before)
{
  gdouble rate, rate_before;

  if (before == NULL || !memsnoop_dictionary_lookup_double (before, "rate", &rate_before) ||
      !memsnoop_dictionary_lookup_double (evidence, "rate", &rate))
    return NULL;
  if (rate >= rate_before * NOTABLE_FACTOR)
    return "grows faster";
  return rate <= rate_before / NOTABLE_FACTOR ? "grows more slowly" : NULL;
}

static void
append_changed_growth (GString *sentence, GVariant *evidence, GVariant *before, guint64 now)
{
  const gchar *comparison = compare_rates (evidence, before);
  g_autofree gchar *rate = rate_in_words (evidence);
  g_autofree gchar *rate_before = rate_in_words (before);
  g_autofree gchar *bytes = bytes_in_words (evidence);
  g_autofree gchar *span = span_in_words (evidence, now);

  g_string_append_printf (sentence, " %s", comparison != NULL ? comparison : "still grows");
  if (rate != NULL)
    g_string_append_printf (sentence, ", now by %s", rate);
  if (comparison != NULL)
    g_string_append_printf (sentence, " (before: %s)", rate_before);
  if (bytes != NULL)
    g_string_append_printf (sentence, ", %s in %s", bytes, span != NULL ? span : "all");
}

gchar *
memsnoop_watch_sentence_exhaustion (GVariant *evidence)
{
  g_autofree gchar *span = NULL;
  guint64 seconds;

  if (!memsnoop_dictionary_lookup_number (evidence, "time-to-exhaustion", &seconds))
    return NULL;
  span = memsnoop_quantity_duration_in_words (seconds);
  return g_strdup_printf ("memory is full in about %s", span);
}

const gchar *
memsnoop_watch_sentence_verdict (GVariant *evidence)
{
  g_autofree gchar *level = memsnoop_dictionary_lookup_string (evidence, "level");
  guint64 retained;

  if (memsnoop_dictionary_lookup_number (evidence, "retained", &retained))
    return "no leak of its code is seen: the heap that is recorded has not grown";
  if (g_strcmp0 (level, "growth") == 0)
    return "a leak is suspected, though growth alone is no proof";
  if (g_strcmp0 (level, "probable") == 0)
    return "probably a leak: there is code that allocates this and does not free it";
  if (g_strcmp0 (level, "definite") == 0)
    return "a leak: nothing refers to this memory any more";
  return "a leak is suspected";
}

/* " (suspicion 12, confidence 80 %)", as far as it is known. */
static void
append_reference (GString *sentence, GVariant *evidence, gboolean with_confidence)
{
  guint64 id;
  gdouble confidence;
  gboolean has_id = memsnoop_dictionary_lookup_number (evidence, "id", &id);
  gboolean has_confidence =
      with_confidence && memsnoop_dictionary_lookup_double (evidence, "confidence", &confidence);

  if (!has_id && !has_confidence)
    return;

  g_string_append (sentence, " (");
  if (has_id)
    g_string_append_printf (sentence, "suspicion %" G_GUINT64_FORMAT, id);
  if (has_confidence)
    g_string_append_printf (sentence, "%sconfidence %.0f %%", has_id ? ", " : "",
                            CLAMP (confidence, 0, 1) * 100);
  g_string_append_c (sentence, ')');
}

static void
append_consequence (GString *sentence, GVariant *evidence)
{
  g_autofree gchar *exhaustion = memsnoop_watch_sentence_exhaustion (evidence);

  if (exhaustion != NULL)
    g_string_append_printf (sentence, "; %s", exhaustion);
  g_string_append_printf (sentence, "; %s", memsnoop_watch_sentence_verdict (evidence));
  append_reference (sentence, evidence, TRUE);
}

/* Why a suspicion was withdrawn; %NULL when that is not known. */
static const gchar *
explain_clearing (GVariant *evidence)
{
  static const struct
  {
    const gchar *reason;
    const gchar *words;
  } reasons[] = {
    { "exited", "the process has exited" },
    { "released", "more than half of what had grown was given back" },
    { "stopped", "the growth has stopped" },
    { "ignored", "its program is ignored now" },
    { "not-recorded", "the recording that showed it has ended, not the leak" },
    { "other-program", "the process runs another program now" },
    { "displaced", "others have grown more and only so many are listed" },
  };
  g_autofree gchar *reason = memsnoop_dictionary_lookup_string (evidence, "reason");

  for (gsize i = 0; reason != NULL && i < G_N_ELEMENTS (reasons); i++)
    if (strcmp (reason, reasons[i].reason) == 0)
      return reasons[i].words;
  return NULL;
}

static gchar *
tell_cleared (guint32 pid, const gchar *comm, GVariant *evidence, guint64 now, gboolean unicode)
{
  g_autofree gchar *memory = name_memory (pid, comm, evidence, unicode);
  g_autofree gchar *span = span_in_words (evidence, now);
  const gchar *why = explain_clearing (evidence);
  GString *sentence = g_string_new (memory);

  g_string_append (sentence, " is no longer suspected of a leak");
  if (why != NULL)
    g_string_append_printf (sentence, ", as %s", why);
  if (span != NULL)
    g_string_append_printf (
        sentence, why != NULL ? "; its growth began %s ago" : ", %s after its growth began", span);
  append_reference (sentence, evidence, FALSE);
  return g_string_free (sentence, FALSE);
}

gchar *
memsnoop_watch_sentence_growth (
    guint32 pid, const gchar *comm, GVariant *evidence, guint64 now, gboolean unicode)
{
  g_autofree gchar *memory = name_memory (pid, comm, evidence, unicode);
  GString *sentence = g_string_new (memory);

  append_any_growth (sentence, evidence, now);
  return g_string_free (sentence, FALSE);
}

gchar *
memsnoop_watch_sentence_standing (
    guint32 pid, const gchar *comm, GVariant *evidence, guint64 now, gboolean unicode)
{
  g_autofree gchar *growth = memsnoop_watch_sentence_growth (pid, comm, evidence, now, unicode);
  GString *sentence = g_string_new (growth);

  append_consequence (sentence, evidence);
  return g_string_free (sentence, FALSE);
}

gchar *
memsnoop_watch_sentence_leak (guint32 pid,
                              const gchar *comm,
                              GVariant *evidence,
                              GVariant *before,
                              guint64 now,
                              gboolean unicode)
{
  g_autofree gchar *state = memsnoop_dictionary_lookup_string (evidence, "state");
  g_autofree gchar *memory = NULL;
  GString *sentence;
  guint64 last;

  if (g_strcmp0 (state, "cleared") == 0)
    return tell_cleared (pid, comm, evidence, now, unicode);
  if (g_strcmp0 (state, "changed") != 0 || memsnoop_growth_end_find (evidence, now, &last))
    return memsnoop_watch_sentence_standing (pid, comm, evidence, now, unicode);

  memory = name_memory (pid, comm, evidence, unicode);
  sentence = g_string_new (memory);
  append_changed_growth (sentence, evidence, before, now);
  append_consequence (sentence, evidence);
  return g_string_free (sentence, FALSE);
}

/* A value of an anomaly, in the unit of its kind. */
static gchar *
format_anomaly_value (const gchar *kind, gdouble value)
{
  g_autofree gchar *size = NULL;

  if (strcmp (kind, "churn") == 0 || strcmp (kind, "fragmentation") == 0)
    return memsnoop_quantity_format_share (value);
  if (strcmp (kind, "large-allocation") != 0 && strcmp (kind, "burst") != 0)
    return g_strdup_printf ("%.4g", value);

  size = memsnoop_quantity_format_rounded_size ((guint64) CLAMP (value, 0, 1e18));
  return g_strconcat (size, strcmp (kind, "burst") == 0 ? " a second" : "", NULL);
}

typedef struct
{
  const gchar *kind;
  /* Behind the process's name; the value follows the first one. */
  const gchar *raised;
  const gchar *cleared;
} AnomalyWords;

static const AnomalyWords anomaly_words[] = {
  { "churn", "frees most of the kernel memory that it allocates soon after",
    "no longer frees most of the kernel memory that it allocates soon after" },
  { "large-allocation", "has allocated an unusually large block of kernel memory",
    "allocates no more unusually large blocks of kernel memory" },
  { "fragmentation", "has kernel memory of which much was never asked for",
    "no longer has kernel memory of which much was never asked for" },
  { "burst", "allocates kernel memory unusually fast",
    "no longer allocates kernel memory unusually fast" },
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

/* ": 95.0 % (limit 90.0 %)", as far as it is known. */
static void
append_anomaly_value (GString *sentence, const gchar *kind, GVariant *details)
{
  g_autofree gchar *value_text = NULL, *limit = NULL;
  gdouble value, threshold;

  if (!memsnoop_dictionary_lookup_double (details, "value", &value))
    return;

  value_text = format_anomaly_value (kind, value);
  g_string_append_printf (sentence, ": %s", value_text);
  if (!memsnoop_dictionary_lookup_double (details, "threshold", &threshold))
    return;
  limit = format_anomaly_value (kind, threshold);
  g_string_append_printf (sentence, " (limit %s)", limit);
}

gchar *
memsnoop_watch_sentence_anomaly (
    guint32 pid, const gchar *comm, const gchar *kind, GVariant *details, gboolean unicode)
{
  g_autofree gchar *process = memsnoop_watch_sentence_process (pid, comm, unicode);
  g_autofree gchar *state = memsnoop_dictionary_lookup_string (details, "state");
  GString *sentence = g_string_new (process);
  gboolean cleared = g_strcmp0 (state, "cleared") == 0;

  append_anomaly (sentence, kind, cleared, unicode);
  if (!cleared)
    append_anomaly_value (sentence, kind, details);
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
