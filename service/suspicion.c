/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspicion.h"

#include "printable-text.h"
#include "process-identity.h"

#include <math.h>

/* A rate that has changed by this factor is news. */
#define RATE_FACTOR 2.0

MemsnoopSuspicion *
memsnoop_suspicion_new (guint64 id, MemsnoopSuspicionKind kind)
{
  MemsnoopSuspicion *self = g_new0 (MemsnoopSuspicion, 1);

  self->id = id;
  self->kind = kind;
  self->comm = g_strdup ("");
  self->executable = g_strdup ("");
  self->session = g_strdup ("/");
  self->time_to_exhaustion = MEMSNOOP_NEVER;
  self->told_seconds = MEMSNOOP_NEVER;
  self->sites = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_suspicion_site_free);
  return self;
}

void
memsnoop_suspicion_free (MemsnoopSuspicion *self)
{
  if (self == NULL)
    return;
  g_free (self->comm);
  g_free (self->executable);
  g_free (self->session);
  g_ptr_array_unref (self->sites);
  g_free (self);
}

MemsnoopSuspicionSite *
memsnoop_suspicion_site_new (guint64 bytes, guint64 count, const gchar *frame, const gchar *cache)
{
  MemsnoopSuspicionSite *site = g_new0 (MemsnoopSuspicionSite, 1);

  site->bytes = bytes;
  site->count = count;
  site->frames = g_new0 (gchar *, 2);
  site->frames[0] = g_strdup (frame);
  site->cache = g_strdup (cache);
  return site;
}

MemsnoopSuspicionSite *
memsnoop_suspicion_site_new_stack (guint64 bytes, guint64 count, GStrv frames)
{
  MemsnoopSuspicionSite *site = g_new0 (MemsnoopSuspicionSite, 1);

  site->bytes = bytes;
  site->count = count;
  site->frames = frames;
  for (guint i = MEMSNOOP_SUSPICION_FRAMES, n = g_strv_length (frames); i < n; i++)
    g_clear_pointer (&frames[i], g_free);
  return site;
}

void
memsnoop_suspicion_site_free (MemsnoopSuspicionSite *site)
{
  if (site == NULL)
    return;
  g_strfreev (site->frames);
  g_free (site->cache);
  g_free (site->evidence);
  g_free (site);
}

static guint64
grown (const MemsnoopSuspicion *self, guint64 current)
{
  return current - MIN (self->bytes_before, current);
}

static void
take_confidence (MemsnoopSuspicion *self)
{
  self->confidence = 1 - (1 - self->verdict.confidence) * (1 - self->strength);
}

void
memsnoop_suspicion_strengthen (MemsnoopSuspicion *self, gdouble strength)
{
  self->strength = CLAMP (strength, 0, 1);
  take_confidence (self);
}

void
memsnoop_suspicion_update (MemsnoopSuspicion *self,
                           const MemsnoopGrowthVerdict *verdict,
                           guint64 now,
                           guint64 current)
{
  gboolean earlier = self->judged_at == 0 || verdict->since <= self->since;

  if (earlier)
    {
      self->since = verdict->since;
      self->bytes_before = current - MIN (verdict->bytes, current);
    }
  /* A verdict whose window begins later than the growth knows only the latter part of it. */
  self->bytes = earlier ? verdict->bytes : MAX (verdict->bytes, grown (self, current));
  self->rate = verdict->rate;
  self->verdict = *verdict;
  take_confidence (self);
  self->judged_at = now;
  self->judged_bytes = current;
}

void
memsnoop_suspicion_rest (MemsnoopSuspicion *self, guint64 current)
{
  self->bytes = grown (self, current);
  self->time_to_exhaustion = MEMSNOOP_NEVER;
}

/* @rate: bytes per second that it has to keep up to some degree. */
static gboolean
has_stopped (const MemsnoopSuspicion *self, const MemsnoopGrowthSeries *series, gdouble rate)
{
  MemsnoopGrowthVerdict verdict = self->verdict;

  verdict.rate = rate;
  return memsnoop_growth_detector_has_stopped (series, &verdict, self->judged_at,
                                               self->judged_bytes);
}

/* Everything rises faster than by -INFINITY: what is over nevertheless is so because memory was
 * given back. */
MemsnoopSuspicionReason
memsnoop_suspicion_find_end (const MemsnoopSuspicion *self, const MemsnoopGrowthSeries *series)
{
  if (!has_stopped (self, series, self->verdict.rate))
    return MEMSNOOP_SUSPICION_NOT_CLEARED;
  return has_stopped (self, series, -INFINITY) ? MEMSNOOP_SUSPICION_RELEASED
                                               : MEMSNOOP_SUSPICION_STOPPED;
}

static gboolean
has_another_rate (gdouble told, gdouble rate)
{
  return rate != told && (rate >= RATE_FACTOR * told || rate * RATE_FACTOR <= told);
}

/* Soon, and whoever listens does not know it. */
static gboolean
has_become_pressing (const MemsnoopSuspicion *self)
{
  return self->time_to_exhaustion <= MEMSNOOP_SUSPICION_SOON &&
         self->told_seconds > MEMSNOOP_SUSPICION_SOON;
}

/* What does not grow at this moment may go on growing at the next. */
static gboolean
presses_no_more (const MemsnoopSuspicion *self)
{
  return self->told_seconds <= MEMSNOOP_SUSPICION_SOON &&
         self->time_to_exhaustion > MEMSNOOP_SUSPICION_NOT_SOON &&
         self->time_to_exhaustion != MEMSNOOP_NEVER;
}

gboolean
memsnoop_suspicion_is_worth_telling (const MemsnoopSuspicion *self)
{
  return self->level != self->told_level || (self->retained != 0) != self->told_retained ||
         has_another_rate (self->told_rate, self->rate) || has_become_pressing (self) ||
         presses_no_more (self);
}

/* A rate that goes up and down is no news. */
gboolean
memsnoop_suspicion_is_due (const MemsnoopSuspicion *self, guint64 now, guint64 pause)
{
  gboolean worse = self->level > self->told_level || has_become_pressing (self);

  return memsnoop_suspicion_is_worth_telling (self) && (worse || now >= self->told_at + pause);
}

void
memsnoop_suspicion_set_told (MemsnoopSuspicion *self, MemsnoopSuspicionState state, guint64 now)
{
  self->state = state;
  self->told_level = self->level;
  self->told_rate = self->rate;
  self->told_retained = self->retained != 0;
  self->told_seconds = self->time_to_exhaustion;
  self->told_at = now;
}

static void
add (GVariantBuilder *builder, const gchar *key, GVariant *value)
{
  g_variant_builder_add (builder, "{sv}", key, value);
}

static void
add_number (GVariantBuilder *builder, const gchar *key, guint64 value)
{
  add (builder, key, g_variant_new_uint64 (value));
}

static void
add_name (GVariantBuilder *builder, const gchar *key, const gchar *name)
{
  add (builder, key, g_variant_new_string (name));
}

/* Text that is raw bytes. */
static void
add_text (GVariantBuilder *builder, const gchar *key, const gchar *raw)
{
  add (builder, key, g_variant_new_take_string (memsnoop_printable_text (raw)));
}

static void
add_evidence (GVariantBuilder *builder, const MemsnoopSuspicion *self)
{
  add_number (builder, "id", self->id);
  add_name (builder, "state", memsnoop_suspicion_state_name (self->state));
  if (self->state == MEMSNOOP_SUSPICION_CLEARED)
    add_name (builder, "reason", memsnoop_suspicion_reason_name (self->reason));
  add_name (builder, "level", memsnoop_suspicion_level_name (self->level));
  add_name (builder, "kind", memsnoop_suspicion_kind_name (self->kind));
  add (builder, "confidence", g_variant_new_double (self->confidence));
  add_number (builder, "bytes", self->bytes);
  add (builder, "rate", g_variant_new_double (self->rate));
  add_number (builder, "since", self->since);
  add_number (builder, "last-growth", self->judged_at);
  if (self->time_to_exhaustion != MEMSNOOP_NEVER)
    add_number (builder, "time-to-exhaustion", self->time_to_exhaustion);
  if (self->retained != 0)
    add_number (builder, "retained", self->retained);
  add (builder, "uid", g_variant_new_uint32 (self->uid));
  add_number (builder, "start-time", memsnoop_round_start_time (self->start_time));
}

GVariant *
memsnoop_suspicion_write_evidence (const MemsnoopSuspicion *self)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_evidence (&builder, self);
  return g_variant_builder_end (&builder);
}

static GVariant *
write_frames (const MemsnoopSuspicionSite *site)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_STRING_ARRAY);
  for (guint i = 0; site->frames[i] != NULL; i++)
    g_variant_builder_add_value (
        &builder, g_variant_new_take_string (memsnoop_printable_text (site->frames[i])));
  return g_variant_builder_end (&builder);
}

static void
add_site_evidence (GVariantBuilder *builder, const MemsnoopSuspicionEvidence *evidence)
{
  add_number (builder, "growth", evidence->growth);
  add (builder, "growth-rate", g_variant_new_double (evidence->growth_rate));
  add_number (builder, "alloc-count", evidence->alloc_count);
  add_number (builder, "free-count", evidence->free_count);
  add_number (builder, "oldest-age", evidence->oldest_age);
  if (evidence->free_count != 0)
    add_number (builder, "mean-lifetime", evidence->mean_lifetime);
  if (*evidence->reason == '\0')
    return;
  add_name (builder, "reason", evidence->reason);
  add (builder, "survival", g_variant_new_double (evidence->survival));
}

static GVariant *
write_site (const MemsnoopSuspicionSite *site)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_number (&builder, "bytes", site->bytes);
  add_number (&builder, "count", site->count);
  add (&builder, "frames", write_frames (site));
  if (site->cache != NULL)
    add_text (&builder, "cache", site->cache);
  if (site->evidence != NULL)
    add_site_evidence (&builder, site->evidence);
  return g_variant_builder_end (&builder);
}

static GVariant *
write_sites (const GPtrArray *sites)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("aa{sv}"));
  for (guint i = 0; i < sites->len; i++)
    g_variant_builder_add_value (&builder, write_site (g_ptr_array_index (sites, i)));
  return g_variant_builder_end (&builder);
}

GVariant *
memsnoop_suspicion_write_row (const MemsnoopSuspicion *self, gboolean with_sites)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_evidence (&builder, self);
  add (&builder, "pid", g_variant_new_uint32 (self->pid));
  add_text (&builder, "comm", self->comm);
  add_text (&builder, "exe", self->executable);
  if (with_sites)
    add (&builder, "sites", write_sites (self->sites));
  if (with_sites && self->sites_at != 0)
    add_number (&builder, "sites-time", self->sites_at);
  return g_variant_builder_end (&builder);
}

MemsnoopSuspicionKind
memsnoop_suspicion_judged_kind (MemsnoopSuspicionKind kind)
{
  return kind == MEMSNOOP_SUSPICION_HEAP ? MEMSNOOP_SUSPICION_RSS : kind;
}

const gchar *
memsnoop_suspicion_kind_name (MemsnoopSuspicionKind kind)
{
  static const gchar *const names[MEMSNOOP_SUSPICION_N_KINDS] = {
    [MEMSNOOP_SUSPICION_RSS] = "rss",
    [MEMSNOOP_SUSPICION_SHMEM] = "shmem",
    [MEMSNOOP_SUSPICION_HEAP] = "heap",
    [MEMSNOOP_SUSPICION_KERNEL] = "kernel",
  };

  g_return_val_if_fail ((guint) kind < G_N_ELEMENTS (names), "");
  return names[kind];
}

const gchar *
memsnoop_suspicion_level_name (MemsnoopSuspicionLevel level)
{
  return level == MEMSNOOP_SUSPICION_PROBABLE ? "probable" : "growth";
}

const gchar *
memsnoop_suspicion_state_name (MemsnoopSuspicionState state)
{
  static const gchar *const names[] = {
    [MEMSNOOP_SUSPICION_RAISED] = "raised",
    [MEMSNOOP_SUSPICION_CHANGED] = "changed",
    [MEMSNOOP_SUSPICION_CLEARED] = "cleared",
  };

  g_return_val_if_fail ((guint) state < G_N_ELEMENTS (names), "");
  return names[state];
}

const gchar *
memsnoop_suspicion_reason_name (MemsnoopSuspicionReason reason)
{
  static const gchar *const names[MEMSNOOP_SUSPICION_N_REASONS] = {
    [MEMSNOOP_SUSPICION_EXITED] = "exited",
    [MEMSNOOP_SUSPICION_RELEASED] = "released",
    [MEMSNOOP_SUSPICION_STOPPED] = "stopped",
    [MEMSNOOP_SUSPICION_IGNORED] = "ignored",
    [MEMSNOOP_SUSPICION_NOT_RECORDED] = "not-recorded",
    [MEMSNOOP_SUSPICION_OTHER_PROGRAM] = "other-program",
    [MEMSNOOP_SUSPICION_DISPLACED] = "displaced",
  };

  g_return_val_if_fail (
      reason > MEMSNOOP_SUSPICION_NOT_CLEARED && (guint) reason < G_N_ELEMENTS (names), "");
  return names[reason];
}
