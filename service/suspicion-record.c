/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspicion-record.h"

#include <string.h>

#define SITES_MAXIMUM 16
/* A record has its bounds: of all call stacks, the innermost functions stay. */
#define FRAMES_SIZE_MAXIMUM 4096
/* Frames are lines of text. */
#define FRAME_SEPARATOR "\n"

static void
add_verdict (GByteArray *record, const MemsnoopGrowthVerdict *verdict)
{
  memsnoop_state_record_add_number (record, verdict->reason);
  memsnoop_state_record_add_number (record, verdict->since);
  memsnoop_state_record_add_number (record, verdict->bytes);
  memsnoop_state_record_add_real (record, verdict->rate);
  memsnoop_state_record_add_real (record, verdict->confidence);
  memsnoop_state_record_add_number (record, verdict->window);
}

static void
take_verdict (MemsnoopStateCursor *cursor, MemsnoopGrowthVerdict *verdict)
{
  verdict->reason =
      (MemsnoopGrowthReason) memsnoop_state_cursor_take_bounded (cursor, MEMSNOOP_GROWTH_SUSPECTED);
  verdict->since = memsnoop_state_cursor_take_number (cursor);
  verdict->bytes = memsnoop_state_cursor_take_number (cursor);
  verdict->rate = memsnoop_state_cursor_take_real (cursor);
  verdict->confidence = memsnoop_state_cursor_take_real (cursor);
  verdict->window = memsnoop_state_cursor_take_number (cursor);
}

/* As many of the innermost as there is room for. */
static void
add_frames (GByteArray *record, gchar **frames)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; frames[i] != NULL; i++)
    {
      if (i > 0 && text->len + strlen (frames[i]) >= FRAMES_SIZE_MAXIMUM)
        break;
      g_string_append_printf (text, "%s%s", i > 0 ? FRAME_SEPARATOR : "", frames[i]);
    }
  memsnoop_state_record_add_text (record, text->str);
}

static void
add_sites (GByteArray *record, const GPtrArray *sites)
{
  guint n_sites = MIN (sites->len, SITES_MAXIMUM);

  memsnoop_state_record_add_number (record, n_sites);
  for (guint i = 0; i < n_sites; i++)
    {
      const MemsnoopSuspicionSite *site = g_ptr_array_index (sites, i);

      memsnoop_state_record_add_number (record, site->bytes);
      memsnoop_state_record_add_number (record, site->count);
      add_frames (record, site->frames);
      memsnoop_state_record_add_text (record, site->cache);
    }
}

static MemsnoopSuspicionSite *
take_site (MemsnoopStateCursor *cursor)
{
  guint64 bytes = memsnoop_state_cursor_take_number (cursor);
  guint64 count = memsnoop_state_cursor_take_number (cursor);
  g_autofree gchar *frames = memsnoop_state_cursor_take_text (cursor);
  g_autofree gchar *cache = memsnoop_state_cursor_take_text (cursor);
  MemsnoopSuspicionSite *site = memsnoop_suspicion_site_new_stack (
      bytes, count, g_strsplit (frames, FRAME_SEPARATOR, MEMSNOOP_SUSPICION_FRAMES));

  if (*cache != '\0')
    site->cache = g_steal_pointer (&cache);
  return site;
}

static void
take_sites (MemsnoopStateCursor *cursor, GPtrArray *sites)
{
  guint64 n_sites = memsnoop_state_cursor_take_bounded (cursor, SITES_MAXIMUM);

  for (guint i = 0; i < n_sites && !cursor->failed; i++)
    g_ptr_array_add (sites, take_site (cursor));
}

static void
add_process (GByteArray *record, const MemsnoopSuspicion *suspicion)
{
  memsnoop_state_record_add_number (record, suspicion->pid);
  memsnoop_state_record_add_number (record, suspicion->uid);
  memsnoop_state_record_add_number (record, suspicion->start_time);
  memsnoop_state_record_add_number (record, suspicion->execution);
  memsnoop_state_record_add_text (record, suspicion->comm);
  memsnoop_state_record_add_text (record, suspicion->executable);
}

static void
take_process (MemsnoopStateCursor *cursor, MemsnoopSuspicion *suspicion)
{
  suspicion->pid = (guint32) memsnoop_state_cursor_take_bounded (cursor, G_MAXINT32);
  suspicion->uid = (guint32) memsnoop_state_cursor_take_bounded (cursor, G_MAXUINT32);
  suspicion->start_time = memsnoop_state_cursor_take_number (cursor);
  suspicion->execution = memsnoop_state_cursor_take_number (cursor);
  g_free (suspicion->comm);
  suspicion->comm = memsnoop_state_cursor_take_text (cursor);
  g_free (suspicion->executable);
  suspicion->executable = memsnoop_state_cursor_take_text (cursor);
}

static void
add_findings (GByteArray *record, const MemsnoopSuspicion *suspicion)
{
  memsnoop_state_record_add_number (record, suspicion->level);
  memsnoop_state_record_add_number (record, suspicion->state);
  memsnoop_state_record_add_number (record, suspicion->since);
  memsnoop_state_record_add_number (record, suspicion->bytes);
  memsnoop_state_record_add_number (record, suspicion->bytes_before);
  memsnoop_state_record_add_real (record, suspicion->rate);
  memsnoop_state_record_add_real (record, suspicion->confidence);
  memsnoop_state_record_add_real (record, suspicion->strength);
  memsnoop_state_record_add_number (record, suspicion->time_to_exhaustion);
  memsnoop_state_record_add_number (record, suspicion->judged_at);
  memsnoop_state_record_add_number (record, suspicion->judged_bytes);
  memsnoop_state_record_add_number (record, suspicion->told_level);
  memsnoop_state_record_add_real (record, suspicion->told_rate);
  memsnoop_state_record_add_number (record, suspicion->told_at);
}

static void
take_findings (MemsnoopStateCursor *cursor, MemsnoopSuspicion *suspicion)
{
  suspicion->level = (MemsnoopSuspicionLevel) memsnoop_state_cursor_take_bounded (
      cursor, MEMSNOOP_SUSPICION_PROBABLE);
  suspicion->state = (MemsnoopSuspicionState) memsnoop_state_cursor_take_bounded (
      cursor, MEMSNOOP_SUSPICION_CHANGED);
  suspicion->since = memsnoop_state_cursor_take_number (cursor);
  suspicion->bytes = memsnoop_state_cursor_take_number (cursor);
  suspicion->bytes_before = memsnoop_state_cursor_take_number (cursor);
  suspicion->rate = memsnoop_state_cursor_take_real (cursor);
  suspicion->confidence = memsnoop_state_cursor_take_real (cursor);
  suspicion->strength = memsnoop_state_cursor_take_real (cursor);
  suspicion->time_to_exhaustion = memsnoop_state_cursor_take_number (cursor);
  suspicion->judged_at = memsnoop_state_cursor_take_number (cursor);
  suspicion->judged_bytes = memsnoop_state_cursor_take_number (cursor);
  suspicion->told_level = (MemsnoopSuspicionLevel) memsnoop_state_cursor_take_bounded (
      cursor, MEMSNOOP_SUSPICION_PROBABLE);
  suspicion->told_rate = memsnoop_state_cursor_take_real (cursor);
  /* That it is soon is told as soon as it is known. */
  suspicion->told_seconds = suspicion->time_to_exhaustion;
  suspicion->told_at = memsnoop_state_cursor_take_number (cursor);
}

void
memsnoop_suspicion_record_add (GByteArray *record, const MemsnoopSuspicion *suspicion)
{
  memsnoop_state_record_add_number (record, suspicion->id);
  memsnoop_state_record_add_number (record, suspicion->kind);
  add_process (record, suspicion);
  add_findings (record, suspicion);
  add_verdict (record, &suspicion->verdict);
  add_sites (record, suspicion->sites);
}

MemsnoopSuspicion *
memsnoop_suspicion_record_take (MemsnoopStateCursor *cursor)
{
  guint64 id = memsnoop_state_cursor_take_number (cursor);
  guint64 kind = memsnoop_state_cursor_take_bounded (cursor, MEMSNOOP_SUSPICION_N_KINDS - 1);
  g_autoptr (MemsnoopSuspicion) suspicion =
      memsnoop_suspicion_new (id, (MemsnoopSuspicionKind) kind);

  take_process (cursor, suspicion);
  take_findings (cursor, suspicion);
  take_verdict (cursor, &suspicion->verdict);
  take_sites (cursor, suspicion->sites);
  return cursor->failed ? NULL : g_steal_pointer (&suspicion);
}
