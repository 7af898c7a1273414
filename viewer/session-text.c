/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session-text.h"

#include "quantity.h"
#include "user-name.h"
#include "wording.h"

#include <glib/gi18n.h>
#include <math.h>
#include <unistd.h>

#define MOST_CORES 100000
#define SEPARATOR " · "

gboolean
memsnoop_session_text_is_recording (MemsnoopBusSession *session)
{
  const gchar *state = memsnoop_bus_session_get_state (session);

  return g_strcmp0 (state, "recording") == 0 || g_strcmp0 (state, "starting") == 0;
}

static const guint32 *
list_pids (MemsnoopBusSession *session, gsize *n)
{
  GVariant *pids = memsnoop_bus_session_get_pids (session);

  *n = 0;
  if (pids == NULL || !g_variant_is_of_type (pids, G_VARIANT_TYPE ("au")))
    return NULL;
  return g_variant_get_fixed_array (pids, n, sizeof (guint32));
}

guint32
memsnoop_session_text_get_pid (MemsnoopBusSession *session)
{
  gsize n;
  const guint32 *pids = list_pids (session, &n);

  return n == 1 ? pids[0] : 0;
}

static const gchar *
translate_source (const gchar *source)
{
  if (g_str_equal (source, "kernel"))
    return _ ("Kernel memory");
  if (g_str_equal (source, "heap"))
    return _ ("Heap");
  return g_str_equal (source, "growth") ? _ ("Growth") : NULL;
}

static gchar *
join_sources (MemsnoopBusSession *session)
{
  const gchar *const *sources = memsnoop_bus_session_get_sources (session);
  g_autoptr (GPtrArray) words = g_ptr_array_new_with_free_func (g_free);

  for (gsize i = 0; sources != NULL && sources[i] != NULL; i++)
    {
      const gchar *word = translate_source (sources[i]);

      g_ptr_array_add (words, word != NULL
                                  ? g_strdup (word)
                                  : memsnoop_wording_name (sources[i], MEMSNOOP_WORDING_NAME_MAX));
    }
  g_ptr_array_add (words, NULL);
  return words->len > 1 ? g_strjoinv (", ", (gchar **) words->pdata) : g_strdup (_ ("Recording"));
}

gchar *
memsnoop_session_text_title (MemsnoopBusSession *session, MemsnoopProcessList *processes)
{
  g_autofree gchar *sources = join_sources (session);
  g_autofree gchar *name = NULL;
  MemsnoopProcessItem *item;
  gsize n;
  const guint32 *pids = list_pids (session, &n);

  if (n == 0)
    /* Translators: what is recorded, one or more: "Kernel memory" or "Heap, Growth". */
    return g_strdup_printf (_ ("%s of every process"), sources);
  if (n > 1)
    /* Translators: what is recorded, one or more: "Heap" or "Heap, Growth". */
    return g_strdup_printf (g_dngettext (NULL, "%s of %u process", "%s of %u processes", n),
                            sources, (guint) n);
  item = memsnoop_process_list_find (processes, pids[0]);
  if (item == NULL)
    /* Translators: what is recorded, one or more, and the number of the process. */
    return g_strdup_printf (_ ("%s of process %u"), sources, pids[0]);
  name = memsnoop_wording_name_within (memsnoop_process_item_get_name (item));
  /* Translators: what is recorded, one or more, a program's name, and the number of its process. */
  return g_strdup_printf (_ ("%s of %s (%u)"), sources, name, pids[0]);
}

static gchar *
describe_state (MemsnoopBusSession *session, guint64 now)
{
  const gchar *state = memsnoop_bus_session_get_state (session);
  guint64 started = memsnoop_bus_session_get_started_at (session);
  g_autofree gchar *span =
      memsnoop_wording_duration (memsnoop_quantity_seconds_between (started, now));

  if (g_strcmp0 (state, "recording") == 0)
    return g_strdup_printf (_ ("Recording for %s"), span);
  if (g_strcmp0 (state, "starting") == 0)
    return g_strdup (_ ("Starting"));
  if (g_strcmp0 (state, "over-budget") == 0)
    return g_strdup (_ ("Ended, because it would have cost more than allowed"));
  if (g_strcmp0 (state, "failed") == 0)
    return g_strdup (_ ("Failed"));
  return g_strdup (_ ("Stopped; its figures are kept for some minutes"));
}

gchar *
memsnoop_session_text_state (MemsnoopBusSession *session, guint64 now)
{
  guint32 owner = memsnoop_bus_session_get_owner (session);
  g_autofree gchar *state = describe_state (session, now);

  if (owner == getuid ())
    return g_steal_pointer (&state);
  /* Translators: "Recording for 3 minutes", and the name of the user who started that. */
  return g_strdup_printf (_ ("%s · started by %s"), state, memsnoop_user_name (owner));
}

static void
add (GString *text, gchar *part)
{
  if (text->len > 0)
    g_string_append (text, SEPARATOR);
  g_string_append (text, part);
  g_free (part);
}

static gboolean
is_partial (MemsnoopBusSession *session)
{
  gdouble share = memsnoop_bus_session_get_recorded_share (session);

  return isfinite (share) && share > 0 && share < 1;
}

/* What makes the figures less than exact. */
static void
add_limits (GString *text, MemsnoopBusSession *session)
{
  guint64 interval = memsnoop_bus_session_get_sample_interval (session);
  gdouble share = memsnoop_bus_session_get_recorded_share (session);

  if (interval > 0)
    {
      g_autofree gchar *size = memsnoop_wording_size (interval);

      add (text, g_strdup_printf (_ ("one sample each %s"), size));
    }
  if (is_partial (session))
    add (text, g_strdup_printf (_ ("%.0f %% of the time recorded"), share * 100));
  if (memsnoop_bus_session_get_frees_missed (session))
    add (text, g_strdup (_ ("frees were missed")));
}

static void
add_cost (GString *text, MemsnoopBusSession *session)
{
  gdouble cost = memsnoop_bus_session_get_cpu_cost (session);
  gdouble budget = memsnoop_bus_session_get_cpu_budget (session);

  /* What no machine has is no cost, and what is not nothing is not told as nothing. */
  if (cost > 0 && cost < 0.0005)
    add (text, g_strdup_printf (_ ("costs less than %.1f %% of a core"), 0.1));
  else if (cost > 0 && cost < MOST_CORES)
    add (text, g_strdup_printf (_ ("costs %.1f %% of a core"), cost * 100));
  if (budget > 0 && budget < MOST_CORES)
    add (text, g_strdup_printf (_ ("allowed %.1f %%"), budget * 100));
}

gchar *
memsnoop_session_text_figures (MemsnoopBusSession *session)
{
  GString *text = g_string_new (NULL);
  guint64 children = memsnoop_bus_session_get_children_recorded (session);
  guint64 left_out = memsnoop_bus_session_get_children_not_recorded (session);
  guint64 events = memsnoop_bus_session_get_events_seen (session);
  g_autofree gchar *seen = memsnoop_quantity_format_count (events);
  g_autofree gchar *lost =
      memsnoop_quantity_format_count (memsnoop_bus_session_get_events_lost (session));
  g_autofree gchar *memory = memsnoop_wording_size (memsnoop_bus_session_get_memory_used (session));

  add (text, g_strdup_printf (g_dngettext (NULL, "%s event", "%s events", (gulong) events), seen));
  add (text, g_strdup_printf (_ ("%s lost"), lost));
  if (memsnoop_session_text_is_recording (session))
    add_cost (text, session);
  add (text, g_strdup_printf (_ ("%s of tables"), memory));
  if (children > 0)
    add (text,
         g_strdup_printf (g_dngettext (NULL, "%u child recorded", "%u children recorded", children),
                          (guint) MIN (children, G_MAXUINT)));
  if (left_out > 0)
    add (text, g_strdup_printf (g_dngettext (NULL, "%u child not recorded",
                                             "%u children not recorded", left_out),
                                (guint) MIN (left_out, G_MAXUINT)));
  add_limits (text, session);
  return g_string_free (text, FALSE);
}

static void
add_losses (GPtrArray *sentences, MemsnoopBusSession *session)
{
  guint64 lost = memsnoop_bus_session_get_events_lost (session);
  g_autofree gchar *count = memsnoop_quantity_format_count (lost);

  if (is_partial (session))
    g_ptr_array_add (sentences,
                     g_strdup (_ ("To stay within the allowed cost, recording paused: what "
                                  "was allocated meanwhile is missing.")));
  if (memsnoop_bus_session_get_frees_missed (session))
    g_ptr_array_add (sentences,
                     g_strdup (_ ("Some frees were not seen: what seems live may be free "
                                  "already.")));
  if (lost > 0)
    g_ptr_array_add (
        sentences,
        g_strdup_printf (g_dngettext (NULL, "%s event was lost: figures may be off by it.",
                                      "%s events were lost: figures may be off by them.",
                                      (gulong) lost),
                         count));
}

gchar *
memsnoop_session_text_doubts (MemsnoopBusSession *session, const gchar *source)
{
  g_autoptr (GPtrArray) sentences = g_ptr_array_new_with_free_func (g_free);
  guint64 interval = memsnoop_bus_session_get_sample_interval (session);
  g_autofree gchar *size = memsnoop_wording_size (interval);

  if (g_str_equal (source, "kernel"))
    g_ptr_array_add (sentences,
                     g_strdup (_ ("What a process held before the recording began is not "
                                  "in these figures, and the kernel does not tell of "
                                  "every free: some of it may be free already.")));
  if (g_str_equal (source, "growth"))
    g_ptr_array_add (sentences, g_strdup (_ ("Memory that was given back since is still in these "
                                             "figures.")));
  if (interval > 0 && g_str_equal (source, "heap"))
    g_ptr_array_add (sentences, g_strdup_printf (_ ("Figures are estimates, from a sample of one "
                                                    "block for each %s allocated."),
                                                 size));
  add_losses (sentences, session);
  if (sentences->len == 0)
    g_ptr_array_add (sentences,
                     g_strdup (_ ("Figures are exact: every allocation and free since the "
                                  "recording began is in them.")));
  g_ptr_array_add (sentences, NULL);
  return g_strjoinv (" ", (gchar **) sentences->pdata);
}
