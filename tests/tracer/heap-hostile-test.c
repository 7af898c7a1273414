/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Programs with a library whose file was made to mislead whoever reads it: the loader, which looks
 * at segments only, takes it. Their figures are right, what else they lead to is bounded, and other
 * programs are recorded as ever.
 */
#include "recorded-heap.h"

#include <elf.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define LIBRARY "heap-plugin-library.so"
#define PROGRAM "heap-plugin"

typedef struct
{
  const gchar *name;
  void (*damage) (GByteArray *file);
} Case;

/* The section of a whole file by its name; it has to be there. */
static const Elf64_Shdr *
find_section (const GByteArray *file, const gchar *name)
{
  const Elf64_Ehdr *header = (gpointer) file->data;
  const Elf64_Shdr *sections = (gpointer) (file->data + header->e_shoff);
  const gchar *names = (gpointer) (file->data + sections[header->e_shstrndx].sh_offset);

  for (guint i = 0; i < header->e_shnum; i++)
    if (g_str_equal (names + sections[i].sh_name, name))
      return &sections[i];
  g_error ("There is no section %s", name);
}

static void
fill_section (GByteArray *file, const gchar *name, GRand *random)
{
  const Elf64_Shdr *section = find_section (file, name);

  for (guint64 i = 0; i < section->sh_size; i++)
    file->data[section->sh_offset + i] = (guint8) g_rand_int_range (random, 0, 256);
}

static void
fill_with_noise (GByteArray *file, const gchar *const *sections)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (4711);

  for (guint i = 0; sections[i] != NULL; i++)
    fill_section (file, sections[i], random);
}

/* Replaces what each entry of the unwind tables tells of its function. */
static void
rewrite_unwind_tables (GByteArray *file, const guint8 *program, gsize length)
{
  const Elf64_Shdr *section = find_section (file, ".eh_frame");
  guint8 *entry = file->data + section->sh_offset, *end = entry + section->sh_size;
  guint32 bytes, parent;

  for (; entry + 8 <= end; entry += 4 + bytes)
    {
      memcpy (&bytes, entry, 4);
      memcpy (&parent, entry + 4, 4);
      if (bytes == 0)
        break;
      /* Length, parent, address, range, and no augmentation. */
      if (parent == 0 || bytes < 13 + length)
        continue;
      memset (entry + 17, 0, bytes - 13);
      memcpy (entry + 17, program, length);
    }
}

/* DW_CFA_def_cfa_expression: DW_OP_skip to itself. */
static void
make_unwinding_endless (GByteArray *file)
{
  static const guint8 program[] = { 0x0f, 3, 0x2f, 0xfd, 0xff };

  rewrite_unwind_tables (file, program, sizeof program);
}

/* DW_CFA_def_cfa: the stack pointer itself, so that each frame is its own caller. */
static void
make_the_stack_cyclic (GByteArray *file)
{
  static const guint8 program[] = { 0x0c, 7, 0 };

  rewrite_unwind_tables (file, program, sizeof program);
}

/* DW_CFA_def_cfa_expression: an address that is nobody's, by way of one. */
static void
make_the_stack_lead_nowhere (GByteArray *file)
{
  static const guint8 program[] = { 0x0f, 3, 0x09, 0xff, 0x06 };

  rewrite_unwind_tables (file, program, sizeof program);
}

static void
make_unwind_tables_noise (GByteArray *file)
{
  static const gchar *const sections[] = { ".eh_frame", ".eh_frame_hdr", NULL };

  fill_with_noise (file, sections);
}

static void
make_debug_information_noise (GByteArray *file)
{
  static const gchar *const sections[] = { ".debug_info", ".debug_abbrev", ".debug_line",
                                           ".debug_str",  ".symtab",       ".strtab",
                                           NULL };

  fill_with_noise (file, sections);
}

static void
make_sections_noise (GByteArray *file)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (4712);
  const Elf64_Ehdr *header = (gpointer) file->data;

  for (guint i = 0; i < header->e_shnum * sizeof (Elf64_Shdr); i++)
    file->data[header->e_shoff + i] = (guint8) g_rand_int_range (random, 0, 256);
}

static void
make_the_header_boast (GByteArray *file)
{
  Elf64_Ehdr *header = (gpointer) file->data;

  header->e_shoff = G_MAXUINT64 - 64;
  header->e_shnum = G_MAXUINT16;
  header->e_shstrndx = G_MAXUINT16 - 1;
}

static const Case cases[] = {
  { "unwinding-without-end", make_unwinding_endless },
  { "a-stack-in-a-circle", make_the_stack_cyclic },
  { "a-stack-that-leads-nowhere", make_the_stack_lead_nowhere },
  { "unwind-tables-of-noise", make_unwind_tables_noise },
  { "names-of-noise", make_debug_information_noise },
  { "sections-of-noise", make_sections_noise },
  { "a-header-that-boasts", make_the_header_boast },
};

static GByteArray *
read_target_file (const gchar *name)
{
  g_autofree gchar *path = g_build_filename (g_getenv ("MEMSNOOP_TARGETS"), name, NULL);
  gchar *bytes;
  gsize length;

  g_assert_true (g_file_get_contents (path, &bytes, &length, NULL));
  return g_byte_array_new_take ((guint8 *) bytes, length);
}

static void
write_file (const gchar *folder, const gchar *name, const GByteArray *file)
{
  g_autofree gchar *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, (const gchar *) file->data, (gssize) file->len, NULL));
  g_chmod (path, 0755);
}

static gchar *
make_folder (const Case *tested)
{
  gchar *folder = g_dir_make_tmp ("memsnoop-hostile-XXXXXX", NULL);
  g_autoptr (GByteArray) library = read_target_file (LIBRARY);
  g_autoptr (GByteArray) program = read_target_file (PROGRAM);

  tested->damage (library);
  write_file (folder, LIBRARY, library);
  write_file (folder, PROGRAM, program);
  return folder;
}

static void
remove_folder (const gchar *folder)
{
  g_autofree gchar *library = g_build_filename (folder, LIBRARY, NULL);
  g_autofree gchar *program = g_build_filename (folder, PROGRAM, NULL);

  g_unlink (library);
  g_unlink (program);
  g_rmdir (folder);
}

static void
record_hostile (RecordedHeap *heap, const gchar *folder)
{
  g_autofree gchar *path = g_build_filename (folder, PROGRAM, NULL);
  const gchar *arguments[] = { path, NULL };
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  heap->target = target_process_start_command (arguments, NULL);
  target_process_command (heap->target, "load");
  recorded_heap_choose (heap, (guint32) heap->target->pid);
  recorded_heap_begin (heap);
  target_process_command (heap->target, "duplicate");
  snapshot = recorded_heap_end (heap);
  g_assert_cmpuint (snapshot->alloc_count, ==, 1);
  g_assert_cmpuint (snapshot->current_bytes, ==, sizeof "duplicate");
  g_assert_cmpuint (snapshot->sites->len, ==, 1);
  g_test_message ("%u frames", g_array_index (snapshot->sites, MemsnoopHeapSite, 0).n_frames);
  recorded_heap_drop (heap);
  g_clear_pointer (&heap->target, target_process_end);
}

static void
record_another (RecordedHeap *heap)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = NULL;

  heap->target = target_process_start ("heap-calls", NULL, NULL, NULL);
  recorded_heap_choose (heap, (guint32) heap->target->pid);
  recorded_heap_begin (heap);
  target_process_command (heap->target, "plain");
  snapshot = recorded_heap_end (heap);
  g_assert_cmpint ((gint64) recorded_heap_live_bytes (snapshot, "plain"), ==,
                   target_process_truth (heap->target, "alloc-bytes") -
                       target_process_truth (heap->target, "free-bytes"));
  g_assert_true (snapshot->exact);
}

static void
test_nobody_is_hurt (RecordedHeap *heap, gconstpointer data)
{
  g_autofree gchar *folder = make_folder (data);

  record_hostile (heap, folder);
  remove_folder (folder);
  record_another (heap);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *path = g_strconcat ("/heap-hostile/", cases[i].name, NULL);

      g_test_add (path, RecordedHeap, &cases[i], recorded_heap_set_up_alone, test_nobody_is_hurt,
                  recorded_heap_tear_down);
    }
  return g_test_run ();
}
