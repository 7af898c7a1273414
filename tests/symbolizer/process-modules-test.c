/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service holds of the files of a process. */
#include "process-modules.h"

#include "memsnoop-worker-protocol.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

static MemsnoopModuleTable *
read_own_modules (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopProcessIdentity) identity =
      memsnoop_process_identity_open ((guint32) getpid (), &error);
  MemsnoopModuleTable *table;

  g_assert_no_error (error);
  table = memsnoop_process_modules_read (identity, &error);
  g_assert_no_error (error);
  return table;
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) folder = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (folder) != NULL)
    n++;
  return n;
}

/* Who maps a file piece by piece must not use up the service's descriptors. */
static void
test_a_file_takes_one_descriptor_however_often_it_is_mapped (void)
{
  g_autofree gchar *path = g_build_filename (g_getenv ("MEMSNOOP_FIXTURES"), "libplaces.so", NULL);
  int file = open (path, O_RDONLY | O_CLOEXEC);
  g_autoptr (MemsnoopModuleTable) few = NULL;
  g_autoptr (MemsnoopModuleTable) many = NULL;
  guint begin = count_descriptors (), between;
  gpointer pages[40];
  guint mapping;
  int descriptor;

  few = read_own_modules ();
  between = count_descriptors ();
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      pages[i] = mmap (NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0);
      g_assert_true (pages[i] != MAP_FAILED);
    }
  many = read_own_modules ();
  g_assert_cmpuint (memsnoop_module_table_get_length (many), ==,
                    memsnoop_module_table_get_length (few) + G_N_ELEMENTS (pages));
  g_assert_cmpuint (count_descriptors () - between, ==, between - begin + 1);

  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      mapping = memsnoop_module_table_find (many, (guint64) pages[i]);
      descriptor =
          memsnoop_module_table_open (many, MEMSNOOP_WORKER_ROLE_MODULE,
                                      memsnoop_module_table_get (many, mapping)->key, "", "");
      g_assert_cmpint (descriptor, >=, 0);
      close (descriptor);
      munmap (pages[i], 4096);
    }
  close (file);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process-modules/a-file-takes-one-descriptor-however-often-it-is-mapped",
                   test_a_file_takes_one_descriptor_however_often_it_is_mapped);
  return g_test_run ();
}
