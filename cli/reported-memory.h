/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a report in JSON (docs/report-format.md) tells of memory and the call stacks that hold it, read without trusting it. */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Larger numbers are read as this one: what JSON's readers can tell apart, and so that sums of a few never overflow. */
#define MEMSNOOP_REPORTED_MAXIMUM ((G_GUINT64_CONSTANT (1) << 53) - 1)

/**
 * MemsnoopReportedFrame:
 * @text: the function as reports tell it.
 * @function: its name alone, without source line; @text where it has no name.
 * @source: file and line of its source, else where in the module it is; empty when neither is known.
 * @module: path of the file that its code lies in; empty when it lies in none.
 */
typedef struct
{
  const gchar *text;
  const gchar *function;
  const gchar *source;
  const gchar *module;
} MemsnoopReportedFrame;

/**
 * MemsnoopReportedStack:
 * @frames: innermost first; @n_frames of them.
 * @complete: %FALSE when it is not known what called the outermost one.
 * @is_mapping: these are mappings that the program made itself, in no total.
 * @bytes, @count: live.
 * @standard_error: of @bytes; 0 when they are exact.
 */
typedef struct
{
  MemsnoopReportedFrame *frames;
  guint                  n_frames;
  gboolean               complete;
  gboolean               is_mapping;
  guint64                bytes;
  guint64                count;
  guint64                alloc_bytes;
  guint64                alloc_count;
  gdouble                standard_error;
} MemsnoopReportedStack;

/**
 * MemsnoopReportedMemory:
 * @is_kernel: the kernel memory of the report's scope instead of the heap of one process. It has no process, and the
 *   allocations since the beginning are not known.
 * @is_growth: the pages that a process got, whatever became of them, instead of its heap; allocations are the same then.
 * @start_time, @since, @taken_at: CLOCK_BOOTTIME nanoseconds.
 * @sample_interval: bytes; 0 when every block is recorded.
 * @bytes, @count, @alloc_bytes, @alloc_count: totals, of blocks.
 * @left_out: call stacks that are not in the report.
 * @stacks: (element-type MemsnoopReportedStack): as the report has them.
 */
typedef struct
{
  gboolean      is_kernel;
  gboolean      is_growth;
  guint32       pid;
  guint64       start_time;
  gchar        *comm;
  gchar        *executable;
  guint64       since;
  guint64       taken_at;
  guint64       sample_interval;
  guint64       bytes;
  guint64       count;
  guint64       alloc_bytes;
  guint64       alloc_count;
  guint64       left_out;
  GPtrArray    *stacks;
  /* What the texts of frames are in. */
  JsonNode     *json;
  GStringChunk *texts;
} MemsnoopReportedMemory;

/**
 * memsnoop_reported_memory_read:
 * @report: JSON as GetReport and Export write it, or as 'start --foreground --json' prints it; @length bytes.
 * @name: of where it is from, for messages.
 *
 * Returns: (transfer container) (element-type MemsnoopReportedMemory): kernel memory first; %NULL with
 *   %MEMSNOOP_COMMAND_ERROR_FAILED when it is no report, or of a version that is not known.
 */
GPtrArray *memsnoop_reported_memory_read      (const gchar  *report,
                                               gsize         length,
                                               const gchar  *name,
                                               GError      **error);

/** The same from a file, "-" for standard input. */
GPtrArray *memsnoop_reported_memory_read_file (const gchar  *path,
                                               GError      **error);

/** "Heap of tree (1234)", "Growth of tree (1234)" or "Kernel memory". Returns: (transfer full): not escaped for a terminal. */
gchar     *memsnoop_reported_memory_title     (const MemsnoopReportedMemory *self);

/** The sum of two numbers, at most MEMSNOOP_REPORTED_MAXIMUM. */
guint64    memsnoop_reported_sum              (guint64       a,
                                               guint64       b);

G_END_DECLS
