/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anomaly.h"

#include "boot-time.h"

/* Looks that the running mean of the rate looks back on; fewer are too few to call anything a
 * burst. */
#define PAST_LOOKS 30
/* Of control charts: W. A. Shewhart, 1931; with running means: S. W. Roberts, 1959. */
#define DEVIATIONS 3.0
/* A look so many times later than usual comes after a pause: the machine slept, or nobody looked.
 */
#define PAUSE_FACTOR 10
/* One so many times sooner than usual is too soon to tell a rate. */
#define HASTE_FACTOR 100
/* How far a share, or a rate, has to fall below its threshold before it is over. */
#define SHARE_HYSTERESIS 0.9
#define RATE_HYSTERESIS 0.5

/* How many looks in a row it takes for one kind to begin and to be over. */
typedef struct
{
  guint8 to_raise;
  guint8 to_clear;
} Patience;

static const Patience patience[MEMSNOOP_ANOMALY_N_KINDS] = {
  [MEMSNOOP_ANOMALY_CHURN] = { 5, 15 },
  /* One alone is one. */
  [MEMSNOOP_ANOMALY_LARGE_ALLOCATION] = { 1, 30 },
  [MEMSNOOP_ANOMALY_FRAGMENTATION] = { 5, 15 },
  [MEMSNOOP_ANOMALY_BURST] = { 1, 5 },
};

/* @value and @threshold are those of the last look that was over it. */
typedef struct
{
  gdouble value;
  gdouble threshold;
  guint8 looks;
  guint8 raised;
} State;

struct _MemsnoopAnomalyMemory
{
  /* The last look, 0 before the first, and the nanoseconds to it from the one before. */
  guint64 time;
  guint64 step;
  guint64 alloc_count;
  guint64 alloc_bytes;
  /* Of the rate of allocated bytes per second, over @looks. */
  gdouble rate_mean;
  gdouble rate_variance;
  State states[MEMSNOOP_ANOMALY_N_KINDS];
  /* Modulo 2^32: only what is added from look to look counts. */
  guint32 size_histogram[MEMSNOOP_SIZE_HISTOGRAM_BUCKETS];
  guint32 looks;
};

G_STATIC_ASSERT (sizeof (MemsnoopAnomalyMemory) <= MEMSNOOP_ANOMALY_MEMORY_SIZE);

/* What happened from one look to the next; without @seconds, it is not known in how much time. */
typedef struct
{
  const MemsnoopProcessFigures *figures;
  const MemsnoopAnomalyThresholds *thresholds;
  gdouble seconds;
  gdouble allocations;
  gdouble bytes;
} Look;

/* What a look says of one kind: it begins, or goes on if it has begun, or neither. */
typedef struct
{
  gboolean known;
  gboolean begins;
  gboolean goes_on;
  gdouble value;
  gdouble threshold;
} Finding;

MemsnoopAnomalyMemory *
memsnoop_anomaly_memory_new (void)
{
  return g_new0 (MemsnoopAnomalyMemory, 1);
}

void
memsnoop_anomaly_memory_free (MemsnoopAnomalyMemory *self)
{
  g_free (self);
}

static Finding
find_churn (const MemsnoopAnomalyMemory *self, const Look *look)
{
  gdouble churn = look->figures->churn, threshold = look->thresholds->churn;
  gdouble rate, least = look->thresholds->churn_rate;

  if (look->seconds <= 0)
    return (Finding){ 0 };
  rate = look->allocations / look->seconds;
  return (Finding){ .known = TRUE,
                    .begins = churn > threshold && rate >= least,
                    .goes_on =
                        churn > threshold * SHARE_HYSTERESIS && rate >= least * RATE_HYSTERESIS,
                    .value = churn,
                    .threshold = threshold };
}

/* The bucket of the largest blocks that were allocated since the last look; -1 without any. */
static gint
find_largest_bucket (const MemsnoopAnomalyMemory *self, const MemsnoopProcessFigures *figures)
{
  for (gint i = MEMSNOOP_SIZE_HISTOGRAM_BUCKETS - 1; i >= 0; i--)
    if ((gint32) ((guint32) figures->size_histogram[i] - self->size_histogram[i]) > 0)
      return i;
  return -1;
}

/* Large blocks are whole powers of two of pages, so that the bucket's lower bound is their size. */
static Finding
find_large_allocation (const MemsnoopAnomalyMemory *self, const Look *look)
{
  gdouble factor = look->thresholds->large_allocation_factor, mean, size;
  gint bucket = find_largest_bucket (self, look->figures);
  Finding finding = { .known = TRUE };

  if (self->alloc_count == 0 || bucket < 0)
    return finding;
  mean = (gdouble) self->alloc_bytes / (gdouble) self->alloc_count;
  size = (gdouble) (G_GUINT64_CONSTANT (1) << bucket);
  finding.value = size;
  finding.threshold = MAX ((gdouble) look->thresholds->large_allocation, factor * mean);
  finding.begins = finding.goes_on = size > finding.threshold;
  return finding;
}

static Finding
find_fragmentation (const MemsnoopAnomalyMemory *self, const Look *look)
{
  gdouble share = memsnoop_process_figures_internal_fragmentation (look->figures);
  gdouble threshold = look->thresholds->fragmentation;
  gdouble live = (gdouble) look->figures->current_bytes;
  gdouble least = (gdouble) look->thresholds->fragmentation_bytes;

  return (Finding){ .known = TRUE,
                    .begins = share >= threshold && live >= least,
                    .goes_on =
                        share >= threshold * SHARE_HYSTERESIS && live >= least * RATE_HYSTERESIS,
                    .value = share,
                    .threshold = threshold };
}

/* Compares the squares, which needs no root. */
static gboolean
is_far (const MemsnoopAnomalyMemory *self, gdouble rate)
{
  gdouble distance = rate - self->rate_mean;

  return distance > 0 && distance * distance >= DEVIATIONS * DEVIATIONS * self->rate_variance;
}

static Finding
find_burst (const MemsnoopAnomalyMemory *self, const Look *look)
{
  Finding finding = { 0 };

  if (look->seconds <= 0 || self->looks < PAST_LOOKS)
    return finding;
  finding.known = TRUE;
  finding.value = look->bytes / look->seconds;
  finding.threshold = MAX ((gdouble) look->thresholds->burst_rate,
                           look->thresholds->burst_factor * self->rate_mean);
  finding.begins = finding.value >= finding.threshold && is_far (self, finding.value);
  /* The mean comes after, so what lasts ends by becoming usual. */
  finding.goes_on = finding.value >= finding.threshold * RATE_HYSTERESIS;
  return finding;
}

static Finding (*const find[MEMSNOOP_ANOMALY_N_KINDS]) (const MemsnoopAnomalyMemory *,
                                                        const Look *) = {
  [MEMSNOOP_ANOMALY_CHURN] = find_churn,
  [MEMSNOOP_ANOMALY_LARGE_ALLOCATION] = find_large_allocation,
  [MEMSNOOP_ANOMALY_FRAGMENTATION] = find_fragmentation,
  [MEMSNOOP_ANOMALY_BURST] = find_burst,
};

/* Returns whether it begins or is over with this look. */
static gboolean
take_in (State *state, const Patience *looks, const Finding *finding)
{
  gboolean holds = state->raised ? finding->goes_on : finding->begins;

  if (!finding->known)
    return FALSE;
  if (holds)
    {
      state->value = finding->value;
      state->threshold = finding->threshold;
    }
  if (holds == state->raised)
    {
      state->looks = 0;
      return FALSE;
    }
  if (++state->looks < (state->raised ? looks->to_clear : looks->to_raise))
    return FALSE;
  state->looks = 0;
  state->raised = !state->raised;
  return TRUE;
}

static MemsnoopAnomaly
describe (const State *state, MemsnoopAnomalyKind kind)
{
  return (MemsnoopAnomaly){
    .kind = kind, .raised = state->raised, .value = state->value, .threshold = state->threshold
  };
}

/* An exponentially weighted mean and variance, which begin as those of all looks so far. */
static void
learn_rate (MemsnoopAnomalyMemory *self, const Look *look)
{
  gdouble distance, weight;

  if (look->seconds <= 0)
    return;
  self->looks = MIN (self->looks + 1, PAST_LOOKS);
  weight = 1.0 / self->looks;
  distance = look->bytes / look->seconds - self->rate_mean;
  self->rate_mean += weight * distance;
  self->rate_variance = (1 - weight) * (self->rate_variance + weight * distance * distance);
}

static void
remember (MemsnoopAnomalyMemory *self, const MemsnoopProcessFigures *figures, guint64 now)
{
  self->time = now;
  self->alloc_count = figures->alloc_count;
  self->alloc_bytes = figures->alloc_bytes;
  for (guint i = 0; i < MEMSNOOP_SIZE_HISTOGRAM_BUCKETS; i++)
    self->size_histogram[i] = (guint32) figures->size_histogram[i];
}

/* Counters only grow: when they did not, they are another recording's, of which nothing is known.
 */
static gboolean
is_another_recording (const MemsnoopAnomalyMemory *self, const MemsnoopProcessFigures *figures)
{
  return figures->alloc_count < self->alloc_count || figures->alloc_bytes < self->alloc_bytes;
}

static void
begin_again (MemsnoopAnomalyMemory *self, const MemsnoopProcessFigures *figures, guint64 now)
{
  self->step = 0;
  self->looks = 0;
  self->rate_mean = 0;
  self->rate_variance = 0;
  remember (self, figures, now);
}

/* Also where time stands still. */
static gboolean
is_too_soon (const MemsnoopAnomalyMemory *self, guint64 now)
{
  return self->time != 0 && (now <= self->time || now - self->time < self->step / HASTE_FACTOR);
}

static Look
make_look (MemsnoopAnomalyMemory *self,
           const MemsnoopProcessFigures *figures,
           const MemsnoopAnomalyThresholds *thresholds,
           guint64 now)
{
  guint64 step = now - self->time;
  gboolean pause = self->step != 0 && step / PAUSE_FACTOR > self->step;
  Look look = { .figures = figures, .thresholds = thresholds };

  look.allocations = (gdouble) (figures->alloc_count - self->alloc_count);
  look.bytes = (gdouble) (figures->alloc_bytes - self->alloc_bytes);
  look.seconds = pause ? 0 : (gdouble) step / (gdouble) MEMSNOOP_SECOND;
  /* What comes again and again is no pause. */
  self->step = pause ? self->step * PAUSE_FACTOR : step;
  return look;
}

guint
memsnoop_anomaly_judge (MemsnoopAnomalyMemory *self,
                        const MemsnoopProcessFigures *figures,
                        const MemsnoopAnomalyThresholds *thresholds,
                        guint64 now,
                        MemsnoopAnomaly found[MEMSNOOP_ANOMALY_N_KINDS])
{
  guint n_found = 0;
  Look look;

  if (is_too_soon (self, now))
    return 0;
  if (self->time == 0 || is_another_recording (self, figures))
    {
      begin_again (self, figures, now);
      return 0;
    }
  look = make_look (self, figures, thresholds, now);
  for (guint kind = 0; kind < MEMSNOOP_ANOMALY_N_KINDS; kind++)
    {
      Finding finding = find[kind](self, &look);

      if (take_in (&self->states[kind], &patience[kind], &finding))
        found[n_found++] = describe (&self->states[kind], kind);
    }
  for (guint i = 0; i < n_found; i++)
    {
      found[i].pid = figures->pid;
      found[i].comm = figures->comm;
    }
  learn_rate (self, &look);
  remember (self, figures, now);
  return n_found;
}

guint
memsnoop_anomaly_clear (MemsnoopAnomalyMemory *self,
                        MemsnoopAnomaly found[MEMSNOOP_ANOMALY_N_KINDS])
{
  guint n_found = 0;

  for (guint kind = 0; kind < MEMSNOOP_ANOMALY_N_KINDS; kind++)
    {
      State *state = &self->states[kind];

      if (!state->raised)
        continue;
      state->raised = FALSE;
      state->looks = 0;
      found[n_found++] = describe (state, kind);
    }
  return n_found;
}

const gchar *
memsnoop_anomaly_kind_name (MemsnoopAnomalyKind kind)
{
  static const gchar *const names[] = {
    [MEMSNOOP_ANOMALY_CHURN] = "churn",
    [MEMSNOOP_ANOMALY_LARGE_ALLOCATION] = "large-allocation",
    [MEMSNOOP_ANOMALY_FRAGMENTATION] = "fragmentation",
    [MEMSNOOP_ANOMALY_BURST] = "burst",
  };

  return names[kind];
}
