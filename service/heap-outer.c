/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-outer.h"

#include <string.h>

#define WORD sizeof (guint64)

/* A frame of a signal has no slot, and other stacks are elsewhere. */
static gboolean
is_comparable (const MemsnoopUnwoundFrame *frame, guint64 stack_pointer)
{
  return frame->slot > stack_pointer && frame->slot % WORD == stack_pointer % WORD &&
         frame->slot - stack_pointer < MEMSNOOP_HEAP_STACK_LARGE;
}

static GArray *
list_comparable (guint64 stack_pointer, const MemsnoopUnwoundStack *unwound)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (MemsnoopUnwoundFrame));

  /* The address of the innermost is the context's own. */
  for (guint i = 1; i < MIN (unwound->n_sure, unwound->n_frames); i++)
    if (is_comparable (&unwound->frames[i], stack_pointer))
      g_array_append_val (list, unwound->frames[i]);
  return list;
}

gboolean
memsnoop_heap_outer_describe (struct memsnoop_heap_outer *outer,
                              guint64 stack_pointer,
                              const MemsnoopUnwoundStack *unwound)
{
  g_autoptr (GArray) list = list_comparable (stack_pointer, unwound);
  guint n = MIN (list->len, MEMSNOOP_HEAP_OUTER_SLOTS);

  memset (outer, 0, sizeof *outer);
  for (guint i = 0; i < n; i++)
    {
      const MemsnoopUnwoundFrame *frame =
          &g_array_index (list, MemsnoopUnwoundFrame, (gsize) i * list->len / n);

      outer->slots[i] = (guint16) ((frame->slot - stack_pointer) / WORD);
      outer->hash = MEMSNOOP_HEAP_OUTER_HASH (outer->hash, frame->address);
    }
  return n > 0;
}
