/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "slab-info.h"

static void
test_objects_in_use_are_read_by_cache (void)
{
  g_autoptr (GHashTable) table = memsnoop_slab_info_parse (
      "slabinfo - version: 2.1\n"
      "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>\n"
      "eventpoll_epi        248    576    128   32    1 : tunables    0    0    0\n"
      "eventpoll_epi          2     32    128   32    1 : tunables    0    0    0\n"
      "dentry            904913 904932    192   21    1 : tunables    0    0    0\n");
  const guint64 *dentries = g_hash_table_lookup (table, "dentry");
  const guint64 *epi = g_hash_table_lookup (table, "eventpoll_epi");

  g_assert_cmpuint (g_hash_table_size (table), ==, 2);
  g_assert_nonnull (dentries);
  g_assert_cmpuint (*dentries, ==, 904913);
  g_assert_nonnull (epi);
  g_assert_cmpuint (*epi, ==, 250);
}

static void
test_a_file_that_was_not_opened_says_why (void)
{
  g_autofree gchar *reason = NULL;

  g_assert_false (memsnoop_slab_info_available (&reason));
  g_assert_nonnull (strstr (reason, "/proc/slabinfo"));
  g_assert_null (memsnoop_slab_info_read ());
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/slab-info/objects-in-use-are-read-by-cache",
                   test_objects_in_use_are_read_by_cache);
  g_test_add_func ("/slab-info/a-file-that-was-not-opened-says-why",
                   test_a_file_that_was_not_opened_says_why);
  return g_test_run ();
}
