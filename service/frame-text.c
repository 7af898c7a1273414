/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frame-text.h"

#include "printable-text.h"

#include <string.h>

#define INLINED " [inlined]"

guint
memsnoop_frame_n_texts (const MemsnoopFrame *frame)
{
  return MAX (frame->n_functions, 1);
}

gboolean
memsnoop_frame_is_inlined (const MemsnoopFrame *frame, guint index)
{
  return index + 1 < frame->n_functions;
}

/* What follows the last slash. */
static const gchar *
base_name (const gchar *path)
{
  const gchar *slash = strrchr (path, '/');

  return slash != NULL && slash[1] != '\0' ? slash + 1 : path;
}

const gchar *
memsnoop_frame_module (const MemsnoopFrame *frame)
{
  return frame->module == NULL ? NULL : base_name (frame->module);
}

static void
append_place (GString *text, const MemsnoopFrame *frame)
{
  const gchar *module = memsnoop_frame_module (frame);

  if (module != NULL)
    g_string_append_printf (text, "%s+", module);
  g_string_append_printf (text, "0x%" G_GINT64_MODIFIER "x", frame->offset);
}

static void
append_source (GString *text, const MemsnoopFrame *frame, const MemsnoopFunction *function)
{
  const gchar *module = memsnoop_frame_module (frame);

  if (function->file != NULL && function->line > 0)
    g_string_append_printf (text, " (%s:%u)", base_name (function->file), function->line);
  else if (function->file != NULL)
    g_string_append_printf (text, " (%s)", base_name (function->file));
  else if (function->name != NULL && module != NULL)
    g_string_append_printf (text, " (%s)", module);
}

gchar *
memsnoop_frame_text (const MemsnoopFrame *frame, guint index)
{
  const MemsnoopFunction *function =
      index < frame->n_functions ? &frame->functions[index] : &(MemsnoopFunction){ NULL };
  g_autoptr (GString) text = g_string_new (function->name);

  if (function->name == NULL)
    append_place (text, frame);
  append_source (text, frame, function);
  if (memsnoop_frame_is_inlined (frame, index))
    g_string_append (text, INLINED);
  return memsnoop_printable_line (text->str);
}

GStrv
memsnoop_frame_texts (const MemsnoopFrame *const *frames, guint n_frames)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < n_frames; i++)
    for (guint j = 0; j < memsnoop_frame_n_texts (frames[i]); j++)
      {
        g_autofree gchar *text = memsnoop_frame_text (frames[i], j);

        g_strv_builder_add (builder, text);
      }
  return g_strv_builder_end (builder);
}
