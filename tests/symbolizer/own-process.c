/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "own-process.h"

#include <stdio.h>
#include <string.h>

static void
free_mapping (gpointer data)
{
  OwnMapping *mapping = data;

  g_free (mapping->path);
  g_free (mapping->key);
  g_free (mapping);
}

static void
add_line (GPtrArray *mappings, const gchar *line)
{
  guint64 start;
  guint64 end;
  guint64 offset;
  gchar rights[5];
  int path = 0;
  OwnMapping *mapping;

  if (sscanf (line,
              "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER "x %4s %" G_GINT64_MODIFIER
              "x %*s %*s %n",
              &start, &end, rights, &offset, &path) != 4 ||
      path == 0 || rights[2] != 'x' || line[path] != '/')
    return;
  mapping = g_new (OwnMapping, 1);
  *mapping = (OwnMapping){ g_strdup (line + path), g_strdup (line + path), start, end, offset };
  g_ptr_array_add (mappings, mapping);
}

GPtrArray *
own_process_read_mappings (void)
{
  GPtrArray *mappings = g_ptr_array_new_with_free_func (free_mapping);
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;

  g_assert_true (g_file_get_contents ("/proc/self/maps", &text, NULL, NULL));
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    add_line (mappings, lines[i]);
  return mappings;
}

OwnMapping *
own_process_find_mapping (GPtrArray *mappings, gconstpointer address)
{
  for (guint i = 0; i < mappings->len; i++)
    {
      OwnMapping *mapping = mappings->pdata[i];

      if ((guint64) address >= mapping->start && (guint64) address < mapping->end)
        return mapping;
    }
  return NULL;
}

/* Not memcpy(): AddressSanitizer watches what lies between the variables on a stack. */
__attribute__ ((no_sanitize ("address"))) static void
copy_words (guint64 *to, const volatile guint64 *from, gsize n)
{
  for (gsize i = 0; i < n; i++)
    to[i] = from[i];
}

/* The end of the first thread's stack. */
static guint64
find_stack_end (void)
{
  static guint64 end;
  g_autofree gchar *text = NULL;
  const gchar *line;

  if (end != 0)
    return end;
  g_assert_true (g_file_get_contents ("/proc/self/maps", &text, NULL, NULL));
  line = strstr (text, "[stack]");
  g_assert_nonnull (line);
  while (line > text && line[-1] != '\n')
    line--;
  g_assert_cmpint (sscanf (line, "%*x-%" G_GINT64_MODIFIER "x", &end), ==, 1);
  return end;
}

__attribute__ ((noinline, no_sanitize ("address"))) void
own_process_sample (OwnSample *sample, gsize length)
{
  guint64 *registers = sample->registers;

  memset (registers, 0, sizeof sample->registers);
#if defined(__x86_64__)
  __asm__ volatile("movq %%rbx, 24(%0)\n\t"
                   "movq %%rbp, 48(%0)\n\t"
                   "movq %%rsp, 56(%0)\n\t"
                   "movq %%r12, 96(%0)\n\t"
                   "movq %%r13, 104(%0)\n\t"
                   "movq %%r14, 112(%0)\n\t"
                   "movq %%r15, 120(%0)\n\t"
                   "leaq 0(%%rip), %%rax\n\t"
                   "movq %%rax, 128(%0)\n\t"
                   :
                   : "r"(registers)
                   : "rax", "memory");
#else
  __asm__ volatile("stp x19, x20, [%0, #152]\n\t"
                   "stp x21, x22, [%0, #168]\n\t"
                   "stp x23, x24, [%0, #184]\n\t"
                   "stp x25, x26, [%0, #200]\n\t"
                   "stp x27, x28, [%0, #216]\n\t"
                   "stp x29, x30, [%0, #232]\n\t"
                   "mov x9, sp\n\t"
                   "str x9, [%0, #248]\n\t"
                   "adr x9, .\n\t"
                   "str x9, [%0, #256]\n\t"
                   :
                   : "r"(registers)
                   : "x9", "memory");
#endif
  sample->base = registers[MEMSNOOP_WORKER_REGISTER_SP];
  sample->length = MIN (length, (gsize) (find_stack_end () - sample->base));
  copy_words ((guint64 *) (gpointer) sample->stack, (const guint64 *) sample->base,
              sample->length / sizeof (guint64));
}

GVariant *
own_process_ask_to_unwind (const OwnSample *sample, guint32 table, guint depth)
{
  return g_variant_new (
      "(uut@at@ay)", table, depth, sample->base,
      g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, sample->registers,
                                 MEMSNOOP_WORKER_REGISTERS, sizeof (guint64)),
      g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, sample->stack, sample->length, 1));
}

GVariant *
own_process_tell_table (GPtrArray *mappings, guint32 table)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(sttt)"));

  for (guint i = 0; i < mappings->len; i++)
    {
      const OwnMapping *mapping = mappings->pdata[i];

      g_variant_builder_add (&builder, "(sttt)", mapping->key, mapping->start, mapping->end,
                             mapping->offset);
    }
  return g_variant_new ("(uua(sttt))", table, 0, &builder);
}
