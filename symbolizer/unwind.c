/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unwind.h"

#include "call-instruction.h"

#include <string.h>

/* libdwfl wants a process and a thread to have numbers. */
#define THREAD 1
/* Words that libdwfl reads for one frame: a register each, and some in expressions. */
#define READS_MAX 64

typedef struct
{
  guint64 address;
  guint64 value;
} Read;

typedef struct
{
  const MemsnoopStackSample *sample;
  MemsnoopProcessImage *image;
  guint depth;
  GArray *frames;
  guint n_sure;
  /* What was read since the last frame, the oldest overwritten. */
  Read reads[READS_MAX];
  guint n_reads;
  gboolean beyond_copy;
  /* Whether the last frame was interrupted, and whether unwind tables tell its caller. */
  gboolean interrupted;
  gboolean covered;
  gboolean stopped;
  enum memsnoop_worker_end end;
} Walk;

static bool
read_word (Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *value, void *data)
{
  MemsnoopProcessImage *image = data;
  Walk *walk = image->sample;
  const MemsnoopStackSample *sample = walk->sample;
  guint64 position = address - sample->base;

  if (position >= sample->length || sample->length - position < sizeof *value)
    {
      walk->beyond_copy = TRUE;
      return false;
    }
  memcpy (value, sample->stack + position, sizeof *value);
  walk->reads[walk->n_reads++ % READS_MAX] = (Read){ address, *value };
  return true;
}

static pid_t
next_thread (Dwfl *dwfl, void *data, void **thread_data)
{
  /* Before the first one it is NULL. */
  if (*thread_data != NULL)
    return 0;
  *thread_data = data;
  return THREAD;
}

static bool
get_thread (Dwfl *dwfl, pid_t thread, void *data, void **thread_data)
{
  *thread_data = data;
  return true;
}

static bool
set_registers (Dwfl_Thread *thread, void *data)
{
  MemsnoopProcessImage *image = data;
  const Walk *walk = image->sample;
  const guint64 *registers = walk->sample->registers;
  Dwarf_Word words[MEMSNOOP_WORKER_REGISTERS];

  for (guint i = 0; i < MEMSNOOP_WORKER_REGISTERS; i++)
    words[i] = registers[i];
#if defined(__x86_64__)
  return dwfl_thread_state_registers (thread, 0, MEMSNOOP_WORKER_REGISTERS, words);
#else
  dwfl_thread_state_register_pc (thread, registers[MEMSNOOP_WORKER_REGISTER_PC]);
  return dwfl_thread_state_registers (thread, 0, MEMSNOOP_WORKER_REGISTER_PC, words);
#endif
}

/* Where the return address @value was read, which is the last word of a frame that is read. */
static guint64
find_slot (const Walk *walk, guint64 value)
{
  guint n = MIN (walk->n_reads, READS_MAX);

  for (guint i = 1; i <= n; i++)
    {
      const Read *read = &walk->reads[(walk->n_reads - i) % READS_MAX];

      if (read->value == value)
        return read->address;
    }
  return 0;
}

static int
stop (Walk *walk, enum memsnoop_worker_end end)
{
  walk->stopped = TRUE;
  walk->end = end;
  return DWARF_CB_ABORT;
}

/* A caller's slot lies above its callee's; but a signal may have come on another stack. */
static gboolean
goes_upwards (const Walk *walk, guint64 slot)
{
  guint64 last;

  if (walk->frames->len < 2 || walk->interrupted || slot == 0)
    return TRUE;
  last = g_array_index (walk->frames, MemsnoopFrame, walk->frames->len - 1).slot;
  return slot > last;
}

static gboolean
is_believable_guess (const MemsnoopMapping *mapping, const MemsnoopFrame *frame)
{
  const MemsnoopModuleFile *file;

  if (mapping == NULL || frame->slot == 0)
    return FALSE;
  file = mapping->module->files[MEMSNOOP_WORKER_ROLE_MODULE];
  return file != NULL && memsnoop_call_instruction_ends (file, frame->offset + 1);
}

static void
add_frame (Walk *walk, MemsnoopFrame *frame, const MemsnoopMapping *mapping, gboolean sure)
{
  guint64 executed = frame->mapping == MEMSNOOP_WORKER_NO_MAPPING
                         ? frame->offset
                         : frame->offset - mapping->offset + mapping->start;

  walk->covered = memsnoop_walk_rule_find (mapping, executed, &frame->rule);
  g_array_append_val (walk->frames, *frame);
  if (sure)
    walk->n_sure = walk->frames->len;
}

static int
visit_frame (Dwfl_Frame *state, void *data)
{
  Walk *walk = data;
  GArray *mappings = walk->image->mappings;
  const MemsnoopMapping *mapping = NULL;
  gboolean first = walk->frames->len == 0;
  gboolean sure = first || (walk->covered && walk->n_sure == walk->frames->len);
  MemsnoopFrame frame = { 0 };
  Dwarf_Addr address;
  bool activation = false;
  guint64 executed;

  if (!dwfl_frame_pc (state, &address, NULL))
    return stop (walk, MEMSNOOP_WORKER_END_NO_INFORMATION);
  frame.address = address;
  frame.slot = first ? 0 : find_slot (walk, address);
  walk->n_reads = 0;
  walk->beyond_copy = FALSE;
  /* To tell this, libdwfl already reads what the next frame needs. */
  dwfl_frame_pc (state, &address, &activation);
  executed = activation ? address : address - 1;
  frame.exact = activation;
  frame.mapping = memsnoop_process_image_find (walk->image, executed);
  frame.offset = executed;
  if (frame.mapping != MEMSNOOP_WORKER_NO_MAPPING)
    {
      mapping = &g_array_index (mappings, MemsnoopMapping, frame.mapping);
      frame.offset = executed - mapping->start + mapping->offset;
    }
  if (!sure && !is_believable_guess (mapping, &frame))
    return stop (walk, MEMSNOOP_WORKER_END_NO_INFORMATION);
  if (!goes_upwards (walk, frame.slot))
    return stop (walk, MEMSNOOP_WORKER_END_INCONSISTENT);
  add_frame (walk, &frame, mapping, sure);
  walk->interrupted = activation && !first;
  return walk->frames->len < walk->depth ? DWARF_CB_OK : stop (walk, MEMSNOOP_WORKER_END_DEPTH);
}

static gboolean
attach (MemsnoopProcessImage *image)
{
  static const Dwfl_Thread_Callbacks callbacks = {
    .next_thread = next_thread,
    .get_thread = get_thread,
    .memory_read = read_word,
    .set_initial_registers = set_registers,
  };

  memsnoop_process_image_prepare (image);
  if (image->dwfl == NULL)
    return FALSE;
  if (dwfl_pid (image->dwfl) == THREAD)
    return TRUE;
  for (guint i = 0; i < image->mappings->len; i++)
    {
      const MemsnoopMapping *mapping = &g_array_index (image->mappings, MemsnoopMapping, i);

      if (mapping->reported != NULL)
        return dwfl_attach_state (
            image->dwfl,
            memsnoop_module_file_get_elf (mapping->module->files[MEMSNOOP_WORKER_ROLE_MODULE]),
            THREAD, &callbacks, image);
    }
  return FALSE;
}

/* The innermost frame is known whatever happens. */
static void
add_first (Walk *walk)
{
  guint64 address = walk->sample->registers[MEMSNOOP_WORKER_REGISTER_PC];
  MemsnoopFrame frame = { .mapping = memsnoop_process_image_find (walk->image, address),
                          .offset = address,
                          .address = address,
                          .exact = TRUE,
                          .rule = { .kind = MEMSNOOP_WALK_STOP } };

  if (frame.mapping != MEMSNOOP_WORKER_NO_MAPPING)
    {
      const MemsnoopMapping *mapping =
          &g_array_index (walk->image->mappings, MemsnoopMapping, frame.mapping);

      frame.offset = address - mapping->start + mapping->offset;
    }
  g_array_append_val (walk->frames, frame);
  walk->n_sure = 1;
}

static enum memsnoop_worker_end
judge_end (const Walk *walk, int result)
{
  if (walk->stopped)
    return walk->end;
  if (!walk->covered)
    return MEMSNOOP_WORKER_END_NO_INFORMATION;
  /* For libdwfl a return address that cannot be read is one that there is not. */
  if (walk->beyond_copy)
    return MEMSNOOP_WORKER_END_COPY;
  return result == 0 ? MEMSNOOP_WORKER_END_OUTERMOST : MEMSNOOP_WORKER_END_NO_INFORMATION;
}

GArray *
memsnoop_unwind (MemsnoopProcessImage *image,
                 const MemsnoopStackSample *sample,
                 guint depth,
                 enum memsnoop_worker_end *end,
                 guint *n_sure)
{
  Walk walk = {
    .sample = sample,
    .image = image,
    .depth = CLAMP (depth, 1, MEMSNOOP_WORKER_DEPTH_MAX),
    .frames = g_array_new (FALSE, FALSE, sizeof (MemsnoopFrame)),
  };
  int result = -1;

  image->sample = &walk;
  if (attach (image))
    result = dwfl_getthread_frames (image->dwfl, THREAD, visit_frame, &walk);
  image->sample = NULL;
  if (walk.frames->len == 0)
    add_first (&walk);
  *end = judge_end (&walk, result);
  *n_sure = walk.n_sure;
  return walk.frames;
}
