/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspect-marks.h"

static GVariant *
parse (const gchar *text)
{
  return g_variant_parse (G_VARIANT_TYPE ("aa{sv}"), text, NULL, NULL, NULL);
}

static const gchar *
suspicion_of (MemsnoopProcessList *processes, guint32 pid)
{
  return memsnoop_process_item_get_suspicion (memsnoop_process_list_find (processes, pid));
}

/* What is suspected is told when nothing else is to be done. */
static void
settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
test_processes_tell_what_is_suspected_of_them (void)
{
  g_autoptr (MemsnoopService) service = memsnoop_service_new ();
  g_autoptr (MemsnoopProcessList) processes = memsnoop_process_list_new (service);
  g_autoptr (MemsnoopSuspectList) suspects = memsnoop_suspect_list_new (service);
  g_autoptr (MemsnoopSuspectMarks) marks = memsnoop_suspect_marks_new (processes, suspects);
  g_autoptr (GVariant) rows = parse ("[{'pid': <uint32 7>, 'comm': <'tree'>},"
                                     " {'pid': <uint32 8>, 'comm': <'shrub'>}]");
  g_autoptr (GVariant) suspected =
      parse ("[{'id': <uint64 1>, 'pid': <uint32 7>, 'exe': <'/tree'>, 'level': <'probable'>,"
             " 'confidence': <0.9>}, {'id': <uint64 2>, 'pid': <uint32 7>, 'exe': <'/tree'>,"
             " 'level': <'growth'>, 'confidence': <0.7>}]");
  g_autoptr (GVariant) nothing = parse ("@aa{sv} []");

  memsnoop_suspect_list_take (suspects, suspected);
  memsnoop_process_list_take (processes, rows);
  g_assert_cmpstr (suspicion_of (processes, 7), ==, "Probable leak (90 % sure)");
  g_assert_null (suspicion_of (processes, 8));
  memsnoop_suspect_list_take (suspects, nothing);
  settle ();
  g_assert_null (suspicion_of (processes, 7));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/suspect-marks/processes-tell-what-is-suspected-of-them",
                   test_processes_tell_what_is_suspected_of_them);
  return g_test_run ();
}
