/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "own-process.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

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

/* By the kernel, as a probe would: what lies between the variables on a stack is no business of a
 * sanitizer. */
static gsize
copy_stack (guint8 *to, guint64 from, gsize length)
{
  struct iovec local = { to, length };
  struct iovec remote = { (gpointer) from, length };
  ssize_t copied;

  /* Only whole areas are copied, and the stack may end before. */
  while ((copied = process_vm_readv (getpid (), &local, 1, &remote, 1, 0)) < 0 && errno == EFAULT &&
         length > 64)
    local.iov_len = remote.iov_len = length /= 2;
  g_assert_cmpint (copied, >, 0);
  return (gsize) copied;
}

__attribute__ ((noinline)) void
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
  sample->length = copy_stack (sample->stack, sample->base, length);
}

GVariant *
own_process_ask_to_unwind (const OwnSample *sample, guint32 table, guint depth)
{
  return g_variant_new (
      "(uut@at@ay@at)", table, depth, sample->base,
      g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, sample->registers,
                                 MEMSNOOP_WORKER_REGISTERS, sizeof (guint64)),
      g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, sample->stack, sample->length, 1),
      g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, NULL, 0, sizeof (guint64)));
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
