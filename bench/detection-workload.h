/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs that leak and programs that do not, of known truth, for bench/detection. All of them are one
 * program, which runs the workload that its first argument names:
 *
 *     detection-workload NAME [--tick SECONDS] [--seed N] [--ticks N]
 *     detection-workload --list
 *
 * Time is counted in ticks, which stand for intervals of the watch, so that a workload is the same at any speed. It
 * prints nothing, draws all chance from its seed, and ends with its parent.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define KIB 1024.0
#define MIB (1024 * KIB)

/* What the figures are for is told by each workload's function. Bytes and ticks. */
struct workload_parameters
{
  double base;   /* lives from the beginning to the end */
  double size;   /* a cache, a phase, an amplitude */
  double rate;   /* lost in a tick, while it loses */
  double block;  /* one block, at most */
  double noise;  /* comes and goes */
  double period; /* from one phase to the next */
  double rise;   /* growth within a phase, or its time constant */
  double pause;  /* calm before something begins */
  double share;  /* of 1 */
  unsigned count;
};

struct run;

/*
 * One row of the table. The truth of a workload that leaks: @alarm is the kind of suspicion that should come,
 * @leak the bytes that it loses in a tick on average (0: the function says what, and no figure is known beforehand) and
 * @leaks_from the tick in which that begins. @steady: at a constant rate, so that the deadline for steady leaks holds.
 */
struct workload
{
  const char *kind;
  const char *variant; /* NULL: the only one of its kind */
  void (*function) (struct run *run);
  unsigned ticks;
  const char *alarm; /* NULL: honest */
  bool steady;
  double leak;
  double leaks_from;
  struct workload_parameters parameters;
};

extern const struct workload detection_workloads[];
extern const size_t detection_workloads_count;

/* A workload that runs, or one of its threads or children. */
struct run
{
  const struct workload_parameters *parameters;
  uint64_t tick_nanoseconds;
  uint64_t began;
  uint64_t now;  /* in ticks */
  uint64_t ends; /* in ticks */
  uint64_t random;
};

/* Time and chance: detection-workload-run.c. */

void     run_begin       (struct run                       *run,
                          const struct workload_parameters *parameters,
                          double                            tick,
                          uint64_t                          ticks,
                          uint64_t                          seed);
/* Sleeps until the next tick; the program ends when it was the last. */
void     run_next_tick   (struct run *run);
void     run_wait        (struct run *run, double ticks);
/* The chance of another thread or child. */
struct run run_split     (struct run *run);
/* A child process that calls @function and ends; it dies with its parent. Returns its pid. */
int      run_in_child    (struct run *run, void (*function) (struct run *run));
double   run_chance      (struct run *run);
/* Positive, with this mean. */
double   run_exponential (struct run *run, double mean);
double   run_between     (struct run *run, double least, double most);
void     run_fail        (const char *what);

/* Memory: detection-workload-memory.c. */

/* From malloc(), and written. */
void *memory_take (double bytes);

/* What is lost for good; blocks of at most the parameter block (512). */
struct leak
{
  double owed;
};

void leak_add (struct run *run, struct leak *leak, double bytes);

/* A mapping of which as much is resident as one says. */
struct region
{
  char  *start;
  size_t room;
  size_t resident;
};

struct region region_new    (double room);
struct region region_shared (double room);
void          region_resize (struct region *region, double bytes);

/* Where workloads put files: TMPDIR, or /var/tmp, which is on disk. */
const char   *files_folder  (void);
/* An open file of this size that has no name. */
int           file_new      (double bytes);

/* The workloads, by theme. */

void leak_steadily          (struct run *run);
void leak_in_bursts         (struct run *run);
void leak_beside_noise      (struct run *run);
void leak_beside_garbage    (struct run *run);
void leak_beside_batches    (struct run *run);
void leak_after_warm_up     (struct run *run);
void leak_faster_linearly   (struct run *run);
void leak_faster_doubling   (struct run *run);
void leak_under_load        (struct run *run);
void leak_by_request        (struct run *run);
void leak_by_daylight       (struct run *run);

void leak_connections       (struct run *run);
void leak_thread_blocks     (struct run *run);
void leak_thread_stacks     (struct run *run);
void leak_in_workers        (struct run *run);
void leak_in_restarted      (struct run *run);
void leak_zombies           (struct run *run);
void leak_lingering         (struct run *run);

void leak_around_survivors  (struct run *run);
void leak_between_sizes     (struct run *run);
void leak_growing_vector    (struct run *run);
void leak_zeroed_vector     (struct run *run);
void leak_mappings          (struct run *run);
void leak_guarded_mappings  (struct run *run);
void leak_interned_strings  (struct run *run);
void leak_event_log         (struct run *run);
void leak_missed_evictions  (struct run *run);

void leak_eventfds          (struct run *run);
void leak_sockets           (struct run *run);
void leak_pipes             (struct run *run);
void leak_unread_messages   (struct run *run);
void leak_shared_files      (struct run *run);
void leak_growing_file      (struct run *run);
void leak_shared_anonymous  (struct run *run);

void cache_fills            (struct run *run);
void cache_fills_twice      (struct run *run);
void cache_evicts           (struct run *run);
void cache_approaches       (struct run *run);
void cache_logarithmic      (struct run *run);
void cache_of_words         (struct run *run);
void warm_up_stages         (struct run *run);
void warm_up_lazily         (struct run *run);
void build_index            (struct run *run);
void build_and_merge        (struct run *run);
void build_in_child         (struct run *run);

void phases_of_batches      (struct run *run);
void phases_at_random       (struct run *run);
void phases_sine            (struct run *run);
void phases_day             (struct run *run);
void phases_sawtooth        (struct run *run);
void phases_mixed           (struct run *run);
void phases_generations     (struct run *run);
void phases_memtable        (struct run *run);
void phases_up_and_down     (struct run *run);
void phases_noise           (struct run *run);
void phases_slow_noise      (struct run *run);
void phases_levels          (struct run *run);
void phases_documents       (struct run *run);
void phases_shrink          (struct run *run);
void phases_idle            (struct run *run);

void arena_resets           (struct run *run);
void arenas_reset           (struct run *run);
void allocator_retains      (struct run *run);
void threads_pooled         (struct run *run);
void threads_elastic        (struct run *run);
void children_short         (struct run *run);
void children_preforked     (struct run *run);
void child_snapshots        (struct run *run);

void database_reads         (struct run *run);
void database_writes        (struct run *run);
void database_in_memory     (struct run *run);
void shared_buffers         (struct run *run);
void shared_frames          (struct run *run);
void files_read             (struct run *run);
void files_walked           (struct run *run);
void descriptors_pooled     (struct run *run);
void descriptors_cycle      (struct run *run);
