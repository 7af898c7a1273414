/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "stack-text.h"

#include "frame-text.h"
#include "printable-text.h"

/* Lines that are shown of a deep stack. */
#define INNER_LINES 32
#define OUTER_LINES 8

/* Whose own functions nobody looks for: what they are called from tells more. */
static const gchar *const runtime_modules[] = {
  "libc.so", "libc.musl-", "libc-2.",  "libpthread",  "ld-linux",    "ld-musl",     "libstdc++.",
  "libc++.", "libc++abi",  "libgcc_s", "libjemalloc", "libtcmalloc", "libmimalloc",
};

static gboolean
is_runtime (const MemsnoopFrame *frame)
{
  const gchar *module = memsnoop_frame_module (frame);

  if (module == NULL)
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (runtime_modules); i++)
    if (g_str_has_prefix (module, runtime_modules[i]))
      return TRUE;
  return FALSE;
}

/* The functions of a run of frames in one module, in one line; returns how many frames that are. */
static guint
append_run (GString *line, const MemsnoopHeapSite *site, guint first)
{
  const gchar *module = site->frames[first]->module;
  guint i;

  g_string_append_printf (line, "%s: ", memsnoop_frame_module (site->frames[first]));
  for (i = first; i < site->n_frames && site->frames[i]->module == module; i++)
    for (guint j = 0; j < memsnoop_frame_n_texts (site->frames[i]); j++)
      {
        const MemsnoopFrame *frame = site->frames[i];
        const gchar *name = j < frame->n_functions ? frame->functions[j].name : NULL;

        if (i > first || j > 0)
          g_string_append (line, " ← ");
        if (name != NULL)
          g_string_append (line, name);
        else
          g_string_append_printf (line, "+0x%" G_GINT64_MODIFIER "x", frame->offset);
      }
  return i - first;
}

/* A module that frame_text() does not tell, because it tells the source. */
static gboolean
hides_module (const MemsnoopFrame *frame, guint index)
{
  return frame->module != NULL && index < frame->n_functions &&
         frame->functions[index].name != NULL && frame->functions[index].file != NULL;
}

static void
add_functions (GPtrArray *lines, const MemsnoopFrame *frame, const gchar **told)
{
  for (guint i = 0; i < memsnoop_frame_n_texts (frame); i++)
    {
      g_autofree gchar *text = memsnoop_frame_text (frame, i);
      g_autofree gchar *module = NULL;

      if (!hides_module (frame, i) || frame->module == *told)
        {
          g_ptr_array_add (lines, g_steal_pointer (&text));
          continue;
        }
      *told = frame->module;
      module = memsnoop_printable_line (memsnoop_frame_module (frame));
      g_ptr_array_add (lines, g_strdup_printf ("%s, in %s", text, module));
    }
}

static GPtrArray *
list_lines (const MemsnoopHeapSite *site)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);
  const gchar *told = NULL;
  guint i = 0;

  while (i < site->n_frames)
    {
      g_autoptr (GString) run = NULL;

      if (!is_runtime (site->frames[i]))
        {
          add_functions (lines, site->frames[i++], &told);
          continue;
        }
      run = g_string_new (NULL);
      i += append_run (run, site, i);
      g_ptr_array_add (lines, memsnoop_printable_line (run->str));
    }
  return lines;
}

void
memsnoop_stack_text_append (GString *text, const gchar *indent, const MemsnoopHeapSite *site)
{
  g_autoptr (GPtrArray) lines = list_lines (site);
  guint hidden =
      lines->len > INNER_LINES + OUTER_LINES + 1 ? lines->len - INNER_LINES - OUTER_LINES : 0;

  for (guint i = 0; i < lines->len; i++)
    {
      if (hidden > 0 && i == INNER_LINES)
        {
          g_string_append_printf (text, "%s… %u more\n", indent, hidden);
          i += hidden;
        }
      g_string_append_printf (text, "%s%s\n", indent, (const gchar *) lines->pdata[i]);
    }
  if (site->n_frames == 0)
    g_string_append_printf (text, "%s(the call stack is not known)\n", indent);
  else if (!site->complete)
    g_string_append_printf (text, "%s(what called this is not known)\n", indent);
}
