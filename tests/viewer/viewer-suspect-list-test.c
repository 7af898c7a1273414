/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspect-list.h"

static MemsnoopSuspectList *
make_list (void)
{
  g_autoptr (MemsnoopService) service = memsnoop_service_new ();

  return memsnoop_suspect_list_new (service);
}

static GVariant *
parse (const gchar *type, const gchar *text)
{
  g_autoptr (GError) error = NULL;
  GVariant *value = g_variant_parse (G_VARIANT_TYPE (type), text, NULL, NULL, &error);

  g_assert_no_error (error);
  return value;
}

static void
take (MemsnoopSuspectList *list, const gchar *text)
{
  g_autoptr (GVariant) rows = parse ("aa{sv}", text);

  memsnoop_suspect_list_take (list, rows);
}

static void
hear (MemsnoopSuspectList *list, guint32 pid, const gchar *text)
{
  g_autoptr (GVariant) evidence = parse ("a{sv}", text);

  memsnoop_suspect_list_take_signal (list, pid, "leaky", evidence);
}

static guint
count (MemsnoopSuspectList *list)
{
  return g_list_model_get_n_items (memsnoop_suspect_list_get_model (list));
}

static MemsnoopSuspectItem *
first (MemsnoopSuspectList *list)
{
  return g_list_model_get_item (memsnoop_suspect_list_get_model (list), 0);
}

static void
test_a_suspicion_is_one_row_until_it_is_cleared (void)
{
  g_autoptr (MemsnoopSuspectList) list = make_list ();
  g_autoptr (MemsnoopSuspectItem) item = NULL, after = NULL;

  hear (list, 7, "{'id': <uint64 1>, 'state': <'raised'>, 'level': <'growth'>}");
  item = first (list);
  g_assert_false (memsnoop_suspect_item_is_probable (item));
  take (list, "[{'id': <uint64 1>, 'pid': <uint32 7>, 'comm': <'leaky'>, 'exe': <'/bin/leaky'>,"
              " 'level': <'probable'>}]");
  after = first (list);
  g_assert_true (item == after);
  g_assert_true (memsnoop_suspect_item_is_probable (item));
  g_assert_cmpstr (memsnoop_suspect_item_get_executable (item), ==, "/bin/leaky");
  hear (list, 7, "{'id': <uint64 1>, 'state': <'changed'>, 'level': <'probable'>}");
  g_assert_cmpuint (count (list), ==, 1);
  g_assert_cmpstr (memsnoop_suspect_item_get_executable (item), ==, "/bin/leaky");
  hear (list, 7, "{'id': <uint64 1>, 'state': <'cleared'>, 'reason': <'exited'>}");
  g_assert_cmpuint (count (list), ==, 0);
}

/* The list has only those that the caller may see; signals tell of others, too. */
static void
test_what_only_signals_tell_of_stays_when_the_list_is_read (void)
{
  g_autoptr (MemsnoopSuspectList) list = make_list ();

  hear (list, 7, "{'id': <uint64 1>, 'state': <'raised'>}");
  take (list, "[{'id': <uint64 2>, 'pid': <uint32 8>, 'exe': <'/bin/other'>}]");
  g_assert_cmpuint (count (list), ==, 2);
  take (list, "@aa{sv} []");
  g_assert_cmpuint (count (list), ==, 1);
}

static void
test_hostile_rows_are_survived (void)
{
  g_autoptr (MemsnoopSuspectList) list = make_list ();
  g_autoptr (MemsnoopSuspectItem) item = NULL;
  g_autofree gchar *title = NULL, *summary = NULL, *sentences = NULL;

  take (list, "[{}, {'id': <'x'>, 'pid': <uint32 7>}, {'id': <uint64 3>, 'pid': <'y'>},"
              " {'id': <uint64 4>, 'pid': <uint64 18446744073709551615>},"
              " {'id': <uint64 5>, 'pid': <uint32 7>, 'comm': <true>, 'exe': <uint32 1>,"
              "  'confidence': <1e300>, 'rate': <-1e308>, 'level': <uint32 3>,"
              "  'time-to-exhaustion': <uint64 18446744073709551615>}]");
  g_assert_cmpuint (count (list), ==, 1);
  item = first (list);
  title = memsnoop_suspect_item_title (item);
  summary = memsnoop_suspect_item_summary (item);
  sentences = memsnoop_suspect_item_sentences (item);
  g_assert_cmpstr (title, ==, "A process (7) may be leaking memory");
  g_assert_true (g_str_has_prefix (summary, "Steady growth (100 % sure) · "));
  g_assert_null (memsnoop_suspect_item_get_executable (item));
}

static void
test_no_more_are_kept_than_there_is_room_for (void)
{
  g_autoptr (MemsnoopSuspectList) list = make_list ();

  for (guint i = 0; i < MEMSNOOP_SUSPECT_LIST_MAX + 10; i++)
    {
      g_autofree gchar *text = g_strdup_printf ("{'id': <uint64 %u>, 'state': <'raised'>}", i);

      hear (list, 7, text);
    }
  g_assert_cmpuint (count (list), ==, MEMSNOOP_SUSPECT_LIST_MAX);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/suspect-list/a-suspicion-is-one-row-until-it-is-cleared",
                   test_a_suspicion_is_one_row_until_it_is_cleared);
  g_test_add_func ("/suspect-list/what-only-signals-tell-of-stays-when-the-list-is-read",
                   test_what_only_signals_tell_of_stays_when_the_list_is_read);
  g_test_add_func ("/suspect-list/hostile-rows-are-survived", test_hostile_rows_are_survived);
  g_test_add_func ("/suspect-list/no-more-are-kept-than-there-is-room-for",
                   test_no_more_are_kept_than_there_is_room_for);
  return g_test_run ();
}
