/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session-cost.h"

#include "quantity.h"

static void
append_probes (GString *text, const MemsnoopSessionEntry *session)
{
  guint64 slow = session->probes - MIN (session->fast_probes, session->probes);

  if (session->probes == 0)
    return;
  g_string_append_printf (text, "; %" G_GUINT64_FORMAT " functions probed", session->probes);
  if (slow > 0)
    g_string_append_printf (text, ", %" G_GUINT64_FORMAT " of them dearly", slow);
}

static void
append_steps (GString *text, const MemsnoopSessionEntry *session)
{
  g_autofree gchar *interval = memsnoop_quantity_format_size (session->sample_interval);
  g_autofree gchar *share = memsnoop_quantity_format_share (session->recorded_share);

  if (session->sample_interval > 0)
    g_string_append_printf (text, "; a sample for each %s", interval);
  if (session->recorded_share < 1)
    g_string_append_printf (text, "; %s recorded for %s of the time",
                            session->frees_missed ? "all is" : "new blocks are", share);
}

/* What is not nothing is not told as nothing. */
static gchar *
describe_cost (gdouble cost)
{
  if (cost > 0 && cost < 0.0005)
    return g_strdup ("less than 0.1 %");
  return memsnoop_quantity_format_share (cost);
}

static gboolean
records (const MemsnoopSessionEntry *session, const gchar *source)
{
  return g_strv_contains ((const gchar *const *) session->sources, source);
}

/* Where the programs are whose cost is known. */
static const gchar *
name_place (const MemsnoopSessionEntry *session)
{
  if (!records (session, "growth"))
    return "in probes";
  return records (session, "heap") ? "in probes and at tracepoints" : "at tracepoints";
}

gchar *
memsnoop_session_cost_text (const MemsnoopSessionEntry *session)
{
  g_autofree gchar *cost = describe_cost (session->cpu_cost);
  g_autofree gchar *budget = memsnoop_quantity_format_share (session->cpu_budget);
  g_autoptr (GString) text = g_string_new (NULL);

  if (session->probes == 0 && !(session->cpu_cost > 0) && !(session->cpu_budget > 0))
    return NULL;
  g_string_append_printf (text, "%" G_GUINT64_FORMAT ": %s of a core %s", session->number, cost,
                          name_place (session));
  if (session->cpu_budget > 0)
    g_string_append_printf (text, ", of %s that %s may take", budget,
                            records (session, "growth") ? "probes" : "they");
  append_steps (text, session);
  append_probes (text, session);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
