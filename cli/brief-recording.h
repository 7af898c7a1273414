/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recording that a command makes for itself, to show at once what it has found. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MemsnoopBriefRecording:
 * @options: (nullable): the options of Start, from memsnoop_brief_recording_check(); %NULL when no recording is to be made.
 *
 * The others are as given on the command line, %NULL for what was not.
 */
typedef struct
{
  gchar    *heap;
  gchar    *growth;
  gchar    *duration;
  gchar    *sample_interval;
  GVariant *options;
} MemsnoopBriefRecording;

/* Among the GOptionEntry of commands that can do that. */
#define MEMSNOOP_BRIEF_RECORDING_ENTRIES(self)                                                     \
  { "heap", 'H', 0, G_OPTION_ARG_STRING, &(self)->heap,                                            \
    "Record the heap of this process first, for a while", "PID" },                                 \
  { "growth", 'G', 0, G_OPTION_ARG_STRING, &(self)->growth,                                        \
    "The same of where it touches new pages, whatever its allocator", "PID" },                     \
  { "duration", 'd', 0, G_OPTION_ARG_STRING, &(self)->duration,                                    \
    "With these two: for how long, or until Ctrl-C (default: 10s)", "10s|5m|2h" },                 \
  { "sample-interval", 'i', 0, G_OPTION_ARG_STRING, &(self)->sample_interval,                      \
    "With --heap: only a sample, a block for so many bytes", "512KiB" }

/**
 * memsnoop_brief_recording_check:
 * @other: (nullable): what on the command line names something that is recorded already.
 *
 * Reads what the command line says of it. %FALSE with an error that says which argument is wrong.
 */
gboolean memsnoop_brief_recording_check (MemsnoopBriefRecording       *self,
                                         const gchar                  *other,
                                         GError                      **error);

/**
 * memsnoop_brief_recording_make:
 *
 * Records until the time is over or Ctrl-C is pressed. Returns: (transfer full): the path of the session, which has
 * ended and whose last figures can be read.
 */
gchar   *memsnoop_brief_recording_make  (const MemsnoopBriefRecording *self,
                                         GDBusConnection              *connection,
                                         GError                      **error);

void     memsnoop_brief_recording_clear (MemsnoopBriefRecording       *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MemsnoopBriefRecording, memsnoop_brief_recording_clear)

G_END_DECLS
