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

gchar *
memsnoop_session_cost_text (const MemsnoopSessionEntry *session)
{
  g_autofree gchar *cost = memsnoop_quantity_format_share (session->cpu_cost);
  g_autofree gchar *budget = memsnoop_quantity_format_share (session->cpu_budget);
  g_autoptr (GString) text = g_string_new (NULL);

  if (session->probes == 0 && !(session->cpu_cost > 0) && !(session->cpu_budget > 0))
    return NULL;
  g_string_append_printf (text, "%" G_GUINT64_FORMAT ": %s of a core in probes", session->number,
                          cost);
  if (session->cpu_budget > 0)
    g_string_append_printf (text, ", of %s that they may take", budget);
  append_steps (text, session);
  append_probes (text, session);
  return g_string_free (g_steal_pointer (&text), FALSE);
}
