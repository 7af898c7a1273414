/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "usage-history.h"

#include <string.h>

#define KERNEL_UNIT 64
/* In the first byte of what is saved: to be changed with the form. */
#define SAVED_VERSION 1

typedef struct
{
  guint32 tick;
  MemsnoopUsage usage;
} Sample;

/* In units of KERNEL_UNIT bytes; a gap is NO_NUMBER. Its blocks have the places of the usage's. */
typedef struct
{
  guint32 open[MEMSNOOP_USAGE_LEVELS];
  guint32 blocks[MEMSNOOP_USAGE_LEVELS][MEMSNOOP_USAGE_BLOCKS];
} KernelBlocks;

/*
 * A level that goes on (its open block) has what the finer level's complete blocks had; the first
 * one has the samples. Block number n of a level begins at tick n times its length and is at place
 * n modulo MEMSNOOP_USAGE_BLOCKS; so the newest sample's tick tells which blocks there are.
 */
struct _MemsnoopUsageHistory
{
  /* The ticks of the first sample there was, and of the last. */
  guint32 first;
  guint32 newest;
  guint8 n_recent;
  guint8 next_recent;
  Sample recent[MEMSNOOP_USAGE_RECENT];
  MemsnoopUsage open[MEMSNOOP_USAGE_LEVELS];
  /* NULL until the level has a complete one, or without any kernel memory. */
  MemsnoopUsage *blocks[MEMSNOOP_USAGE_LEVELS];
  KernelBlocks *kernel;
};

#define NO_NUMBER G_MAXUINT32
#define BLOCKS_SIZE (MEMSNOOP_USAGE_BLOCKS * sizeof (MemsnoopUsage))

static const MemsnoopUsage gap = { NO_NUMBER, NO_NUMBER, NO_NUMBER, NO_NUMBER };

static gboolean
is_gap (const MemsnoopUsage *usage)
{
  return usage->anonymous == NO_NUMBER;
}

static guint32
block_ticks (guint level)
{
  return (guint32) MEMSNOOP_USAGE_BLOCK_TICKS << (2 * level);
}

/* The number of complete blocks since boot, seen or not: the number of the open one. */
static guint32
open_block (const MemsnoopUsageHistory *self, guint level)
{
  return self->newest / block_ticks (level);
}

static guint64
private_pages (const MemsnoopUsage *usage)
{
  return (guint64) usage->anonymous + usage->swap;
}

MemsnoopUsageHistory *
memsnoop_usage_history_new (void)
{
  MemsnoopUsageHistory *self = g_new0 (MemsnoopUsageHistory, 1);

  for (guint level = 0; level < MEMSNOOP_USAGE_LEVELS; level++)
    self->open[level] = gap;
  return self;
}

void
memsnoop_usage_history_free (MemsnoopUsageHistory *self)
{
  for (guint level = 0; level < MEMSNOOP_USAGE_LEVELS; level++)
    g_free (self->blocks[level]);
  g_free (self->kernel);
  g_free (self);
}

gsize
memsnoop_usage_history_get_size (const MemsnoopUsageHistory *self)
{
  gsize size = sizeof *self + (self->kernel != NULL ? sizeof *self->kernel : 0);

  for (guint level = 0; level < MEMSNOOP_USAGE_LEVELS; level++)
    size += self->blocks[level] != NULL ? BLOCKS_SIZE : 0;
  return size;
}

gsize
memsnoop_usage_history_get_size_maximum (void)
{
  return sizeof (MemsnoopUsageHistory) + MEMSNOOP_USAGE_LEVELS * BLOCKS_SIZE +
         sizeof (KernelBlocks);
}

guint32
memsnoop_usage_history_get_newest (const MemsnoopUsageHistory *self)
{
  return self->newest;
}

/* Adding */

static MemsnoopUsage *
ensure_blocks (MemsnoopUsageHistory *self, guint level)
{
  if (self->blocks[level] == NULL)
    {
      self->blocks[level] = g_malloc (BLOCKS_SIZE);
      memset (self->blocks[level], 0xff, BLOCKS_SIZE);
    }
  return self->blocks[level];
}

static void
fold (MemsnoopUsage *block, const MemsnoopUsage *usage)
{
  guint32 shared = MIN (block->shared, usage->shared);

  if (is_gap (usage))
    return;
  if (is_gap (block) || private_pages (usage) < private_pages (block))
    *block = *usage;
  block->shared = shared;
}

static void
close_kernel_block (KernelBlocks *kernel, guint level, guint32 block)
{
  if (level + 1 < MEMSNOOP_USAGE_LEVELS)
    kernel->open[level + 1] = MIN (kernel->open[level + 1], kernel->open[level]);
  kernel->blocks[level][block % MEMSNOOP_USAGE_BLOCKS] = kernel->open[level];
  kernel->open[level] = NO_NUMBER;
}

static void
close_block (MemsnoopUsageHistory *self, guint level, guint32 block)
{
  ensure_blocks (self, level)[block % MEMSNOOP_USAGE_BLOCKS] = self->open[level];
  if (level + 1 < MEMSNOOP_USAGE_LEVELS)
    fold (&self->open[level + 1], &self->open[level]);
  self->open[level] = gap;
  if (self->kernel != NULL)
    close_kernel_block (self->kernel, level, block);
}

/* Of @skipped blocks before @next, which may be more than are kept. */
static void
leave_gaps (MemsnoopUsageHistory *self, guint level, guint32 next, guint32 skipped)
{
  for (guint32 i = 1; i <= MIN (skipped, MEMSNOOP_USAGE_BLOCKS); i++)
    {
      guint place = (next - i) % MEMSNOOP_USAGE_BLOCKS;

      self->blocks[level][place] = gap;
      if (self->kernel != NULL)
        self->kernel->blocks[level][place] = NO_NUMBER;
    }
}

/* Whether any: the length of a block is a multiple of the finer level's, and so are their ends. */
static gboolean
close_blocks_before (MemsnoopUsageHistory *self, guint32 tick)
{
  guint level;

  for (level = 0; level < MEMSNOOP_USAGE_LEVELS; level++)
    {
      guint32 block = open_block (self, level), next = tick / block_ticks (level);

      if (block == next)
        break;
      close_block (self, level, block);
      leave_gaps (self, level, next, next - block - 1);
    }
  return level > 0;
}

static void
add_recent (MemsnoopUsageHistory *self, guint32 tick, const MemsnoopUsage *usage)
{
  if (self->n_recent == 0)
    self->first = tick;
  self->recent[self->next_recent] = (Sample){ tick, *usage };
  self->next_recent = (guint8) ((self->next_recent + 1) % MEMSNOOP_USAGE_RECENT);
  self->n_recent = MIN (self->n_recent + 1, MEMSNOOP_USAGE_RECENT);
  self->newest = tick;
}

gboolean
memsnoop_usage_history_add (MemsnoopUsageHistory *self, guint32 tick, const MemsnoopUsage *usage)
{
  MemsnoopUsage sample = *usage;
  gboolean completed;

  if (self->n_recent > 0 && tick <= self->newest)
    return FALSE;
  sample.anonymous = MIN (sample.anonymous, NO_NUMBER - 1);
  completed = self->n_recent > 0 && close_blocks_before (self, tick);
  add_recent (self, tick, &sample);
  fold (&self->open[0], &sample);
  return completed;
}

void
memsnoop_usage_history_add_kernel (MemsnoopUsageHistory *self, guint32 tick, guint64 bytes)
{
  guint32 units = (guint32) MIN (bytes / KERNEL_UNIT, NO_NUMBER - 1);

  if (self->n_recent == 0 || tick != self->newest)
    return;
  if (self->kernel == NULL)
    {
      self->kernel = g_new (KernelBlocks, 1);
      memset (self->kernel, 0xff, sizeof *self->kernel);
    }
  self->kernel->open[0] = MIN (self->kernel->open[0], units);
}

void
memsnoop_usage_history_clear_kernel (MemsnoopUsageHistory *self)
{
  g_clear_pointer (&self->kernel, g_free);
}

/* Reading */

static guint64
block_bytes (const MemsnoopUsageHistory *self,
             MemsnoopUsageKind kind,
             guint level,
             guint place,
             guint64 page_size)
{
  const MemsnoopUsage *usage;

  if (kind == MEMSNOOP_USAGE_KERNEL)
    {
      guint32 units = self->kernel != NULL ? self->kernel->blocks[level][place] : NO_NUMBER;

      return units != NO_NUMBER ? (guint64) units * KERNEL_UNIT : MEMSNOOP_USAGE_GAP;
    }
  usage = self->blocks[level] != NULL ? &self->blocks[level][place] : &gap;
  if (is_gap (usage))
    return MEMSNOOP_USAGE_GAP;
  return (kind == MEMSNOOP_USAGE_SHARED ? usage->shared : private_pages (usage)) * page_size;
}

guint
memsnoop_usage_history_get_blocks (const MemsnoopUsageHistory *self,
                                   MemsnoopUsageKind kind,
                                   guint level,
                                   guint64 page_size,
                                   guint64 values[MEMSNOOP_USAGE_BLOCKS])
{
  guint32 end;
  guint n_values = 0;

  g_return_val_if_fail (level < MEMSNOOP_USAGE_LEVELS, 0);
  end = open_block (self, level);
  for (guint32 block = end - MIN (end, MEMSNOOP_USAGE_BLOCKS); block != end; block++)
    {
      guint64 value = block_bytes (self, kind, level, block % MEMSNOOP_USAGE_BLOCKS, page_size);

      if (n_values > 0 || value != MEMSNOOP_USAGE_GAP)
        values[n_values++] = value;
    }
  return n_values;
}

guint32
memsnoop_usage_history_get_end (const MemsnoopUsageHistory *self, guint level)
{
  guint64 values[MEMSNOOP_USAGE_BLOCKS];
  guint n_values =
      memsnoop_usage_history_get_blocks (self, MEMSNOOP_USAGE_PRIVATE, level, 1, values);

  return n_values > 0 ? open_block (self, level) * block_ticks (level) : 0;
}

/* The last samples, the newest first. */
static void
append_recent (const MemsnoopUsageHistory *self, GArray *points)
{
  for (guint i = 1; i <= self->n_recent; i++)
    {
      const Sample *sample =
          &self->recent[(self->next_recent + MEMSNOOP_USAGE_RECENT - i) % MEMSNOOP_USAGE_RECENT];
      MemsnoopUsagePoint point = { sample->tick, 1, sample->usage };

      g_array_append_val (points, point);
    }
}

/*
 * Whether a block is known to tell of its part before the finer points: its least is less than all
 * of theirs, or it is what they begin with. Else that least may be theirs alone, and told of the
 * time before them it would be a dip that never was.
 */
static gboolean
is_least_of_rest (guint64 least, guint64 least_of_finer, guint64 oldest_of_finer)
{
  return least < least_of_finer || least == oldest_of_finer;
}

/* @points: the finer ones, the newest first; those before @end are in the block. */
static gboolean
tells_of_rest (const MemsnoopUsage *block, guint32 end, const GArray *points)
{
  const MemsnoopUsagePoint *oldest = &g_array_index (points, MemsnoopUsagePoint, points->len - 1);
  guint64 private = G_MAXUINT64, shared = G_MAXUINT64;

  for (guint i = points->len; i > 0; i--)
    {
      const MemsnoopUsagePoint *point = &g_array_index (points, MemsnoopUsagePoint, i - 1);

      if (point->tick >= end)
        break;
      private = MIN (private, private_pages (&point->usage));
      shared = MIN (shared, point->usage.shared);
    }
  return is_least_of_rest (private_pages (block), private, private_pages (&oldest->usage)) &&
         is_least_of_rest (block->shared, shared, oldest->usage.shared);
}

/* A level's blocks of before @limit, where the finer points begin, the newest first. Of one that
 * lies on both sides the part before it, if it tells of that, and of the one in which the history
 * began what is behind that. */
static void
append_blocks (const MemsnoopUsageHistory *self, guint level, guint32 limit, GArray *points)
{
  guint32 last = open_block (self, level), ticks = block_ticks (level);

  if (self->blocks[level] == NULL)
    return;
  for (guint32 i = 1; i <= MIN (last, MEMSNOOP_USAGE_BLOCKS); i++)
    {
      const MemsnoopUsage *usage = &self->blocks[level][(last - i) % MEMSNOOP_USAGE_BLOCKS];
      guint32 begin = MAX ((last - i) * ticks, self->first), end = (last - i + 1) * ticks;
      MemsnoopUsagePoint point = { begin, MIN (end, limit) - begin, *usage };

      if (begin < limit && !is_gap (usage) && (end <= limit || tells_of_rest (usage, end, points)))
        g_array_append_val (points, point);
    }
}

static void
reverse (GArray *points)
{
  for (guint i = 0; i < points->len / 2; i++)
    {
      MemsnoopUsagePoint *early = &g_array_index (points, MemsnoopUsagePoint, i);
      MemsnoopUsagePoint *late = &g_array_index (points, MemsnoopUsagePoint, points->len - 1 - i);
      MemsnoopUsagePoint point = *early;

      *early = *late;
      *late = point;
    }
}

GArray *
memsnoop_usage_history_get_points (const MemsnoopUsageHistory *self)
{
  GArray *points = g_array_new (FALSE, FALSE, sizeof (MemsnoopUsagePoint));

  append_recent (self, points);
  for (guint level = 0; level < MEMSNOOP_USAGE_LEVELS && points->len > 0; level++)
    append_blocks (self, level, g_array_index (points, MemsnoopUsagePoint, points->len - 1).tick,
                   points);
  reverse (points);
  return points;
}

/*
 * Saving: numbers of seven bits a byte, the lowest first. A usage is a byte that tells which of its
 * four numbers differ from the usage saved before, and how much those do, so that most take one
 * byte.
 */
#define N_NUMBERS (sizeof (MemsnoopUsage) / sizeof (guint32))
#define SAVED_GAP (1 << N_NUMBERS)

typedef struct
{
  GByteArray *bytes;
  guint32 before[N_NUMBERS];
} Writer;

static void
write_byte (Writer *writer, guint8 byte)
{
  g_byte_array_append (writer->bytes, &byte, 1);
}

static void
write_number (Writer *writer, guint32 number)
{
  for (; number >= 0x80; number >>= 7)
    write_byte (writer, (guint8) (number | 0x80));
  write_byte (writer, (guint8) number);
}

/* Small differences of either sign as small numbers. */
static guint32
fold_sign (guint32 difference)
{
  return (difference << 1) ^ (difference >> 31 != 0 ? G_MAXUINT32 : 0);
}

static guint32
unfold_sign (guint32 folded)
{
  return (folded >> 1) ^ ((folded & 1) != 0 ? G_MAXUINT32 : 0);
}

static void
write_usage (Writer *writer, const MemsnoopUsage *usage)
{
  guint32 numbers[N_NUMBERS] = { usage->anonymous, usage->file, usage->shared, usage->swap };
  guint8 changed = 0;

  if (is_gap (usage))
    {
      write_byte (writer, SAVED_GAP);
      return;
    }
  for (guint i = 0; i < N_NUMBERS; i++)
    changed |= (guint8) ((numbers[i] != writer->before[i]) << i);
  write_byte (writer, changed);
  for (guint i = 0; i < N_NUMBERS; i++)
    if (numbers[i] != writer->before[i])
      write_number (writer, fold_sign (numbers[i] - writer->before[i]));
  memcpy (writer->before, numbers, sizeof numbers);
}

static void
write_usages (Writer *writer, const MemsnoopUsage *usages, guint n_usages)
{
  for (guint i = 0; i < n_usages; i++)
    write_usage (writer, &usages[i]);
}

/* With how many ticks each is after the one before. */
static void
write_recent (Writer *writer, const MemsnoopUsageHistory *self)
{
  guint32 tick = self->first;

  write_number (writer, self->first);
  write_byte (writer, self->n_recent);
  for (guint i = self->n_recent; i > 0; i--)
    {
      const Sample *sample =
          &self->recent[(self->next_recent + MEMSNOOP_USAGE_RECENT - i) % MEMSNOOP_USAGE_RECENT];

      write_number (writer, sample->tick - tick);
      write_usage (writer, &sample->usage);
      tick = sample->tick;
    }
}

void
memsnoop_usage_history_save (const MemsnoopUsageHistory *self, GByteArray *bytes)
{
  Writer writer = { .bytes = bytes };

  write_byte (&writer, SAVED_VERSION);
  write_recent (&writer, self);
  write_usages (&writer, self->open, MEMSNOOP_USAGE_LEVELS);
  for (guint level = 0; level < MEMSNOOP_USAGE_LEVELS; level++)
    {
      write_byte (&writer, self->blocks[level] != NULL);
      if (self->blocks[level] != NULL)
        write_usages (&writer, self->blocks[level], MEMSNOOP_USAGE_BLOCKS);
    }
}

/* Once something was wrong all that is read is 0. */
typedef struct
{
  const guint8 *data;
  gsize length;
  gboolean failed;
  guint32 before[N_NUMBERS];
} Reader;

static guint8
read_byte (Reader *reader, guint8 maximum)
{
  if (reader->failed || reader->length == 0 || *reader->data > maximum)
    {
      reader->failed = TRUE;
      return 0;
    }
  reader->length--;
  return *reader->data++;
}

static guint32
read_number (Reader *reader)
{
  guint64 number = 0;
  guint8 byte = 0x80;

  for (guint shift = 0; (byte & 0x80) != 0 && shift < 35; shift += 7)
    {
      byte = read_byte (reader, G_MAXUINT8);
      number |= (guint64) (byte & 0x7f) << shift;
    }
  reader->failed |= number > G_MAXUINT32 || (byte & 0x80) != 0;
  return (guint32) number;
}

static MemsnoopUsage
read_usage (Reader *reader)
{
  guint8 changed = read_byte (reader, SAVED_GAP);
  MemsnoopUsage usage;

  if (changed == SAVED_GAP)
    return gap;
  for (guint i = 0; i < N_NUMBERS; i++)
    if ((changed & 1 << i) != 0)
      reader->before[i] += unfold_sign (read_number (reader));
  usage =
      (MemsnoopUsage){ reader->before[0], reader->before[1], reader->before[2], reader->before[3] };
  reader->failed |= is_gap (&usage);
  return usage;
}

static void
read_usages (Reader *reader, MemsnoopUsage *usages, guint n_usages)
{
  for (guint i = 0; i < n_usages; i++)
    usages[i] = read_usage (reader);
}

static void
read_recent (Reader *reader, MemsnoopUsageHistory *self)
{
  guint32 first = read_number (reader), tick = first;
  guint8 n_recent = read_byte (reader, MEMSNOOP_USAGE_RECENT);

  for (guint i = 0; i < n_recent && !reader->failed; i++)
    {
      guint32 distance = read_number (reader);
      MemsnoopUsage usage = read_usage (reader);

      reader->failed |=
          is_gap (&usage) || (i > 0 && distance == 0) || distance > G_MAXUINT32 - tick;
      tick += distance;
      add_recent (self, tick, &usage);
    }
  self->first = first;
  /* Nothing can be before the first. */
  reader->failed |= n_recent == 0;
}

static void
read_all (Reader *reader, MemsnoopUsageHistory *self)
{
  if (read_byte (reader, SAVED_VERSION) != SAVED_VERSION)
    reader->failed = TRUE;
  read_recent (reader, self);
  read_usages (reader, self->open, MEMSNOOP_USAGE_LEVELS);
  for (guint level = 0; level < MEMSNOOP_USAGE_LEVELS; level++)
    if (read_byte (reader, TRUE))
      read_usages (reader, ensure_blocks (self, level), MEMSNOOP_USAGE_BLOCKS);
}

MemsnoopUsageHistory *
memsnoop_usage_history_load (const guint8 **data, gsize *length)
{
  g_autoptr (MemsnoopUsageHistory) self = memsnoop_usage_history_new ();
  Reader reader = { .data = *data, .length = *length };

  read_all (&reader, self);
  if (reader.failed)
    return NULL;
  *data = reader.data;
  *length = reader.length;
  return g_steal_pointer (&self);
}
