/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspect-list.h"

#include "quantity.h"

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

/* As many as there is room for. */
static void
fill (MemsnoopSuspectList *list)
{
  g_autoptr (GString) rows = g_string_new ("[");

  for (guint i = 0; i < MEMSNOOP_SUSPECT_LIST_MAX; i++)
    g_string_append_printf (rows, "%s{'id': <uint64 %u>, 'pid': <uint32 7>}", i > 0 ? ", " : "", i);
  g_string_append_c (rows, ']');
  take (list, rows->str);
}

static void
test_no_more_are_kept_than_there_is_room_for (void)
{
  g_autoptr (MemsnoopSuspectList) list = make_list ();

  fill (list);
  g_assert_cmpuint (memsnoop_suspect_list_get_left_out (list), ==, 0);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree gchar *text = g_strdup_printf ("{'id': <uint64 %u>, 'state': <'raised'>}",
                                                MEMSNOOP_SUSPECT_LIST_MAX + i);

      hear (list, 7, text);
    }
  g_assert_cmpuint (count (list), ==, MEMSNOOP_SUSPECT_LIST_MAX);
  g_assert_cmpuint (memsnoop_suspect_list_get_left_out (list), ==, 10);
}

static void
assert_pids (MemsnoopSuspectList *list, const gchar *expected)
{
  GListModel *model = memsnoop_suspect_list_get_model (list);
  g_autoptr (GString) pids = g_string_new (NULL);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MemsnoopSuspectItem) item = g_list_model_get_item (model, i);

      g_string_append_printf (pids, "%s%u", i > 0 ? " " : "", memsnoop_suspect_item_get_pid (item));
    }
  g_assert_cmpstr (pids->str, ==, expected);
}

static void
test_what_fills_memory_first_is_first_then_what_is_sure (void)
{
  g_autoptr (MemsnoopSuspectList) list = make_list ();
  g_autoptr (MemsnoopSuspectItem) soon = NULL, later = NULL;

  take (list, "[{'id': <uint64 1>, 'pid': <uint32 1>, 'confidence': <0.5>},"
              " {'id': <uint64 2>, 'pid': <uint32 2>, 'confidence': <0.9>},"
              " {'id': <uint64 3>, 'pid': <uint32 3>, 'time-to-exhaustion': <uint64 7200>},"
              " {'id': <uint64 4>, 'pid': <uint32 4>, 'time-to-exhaustion': <uint64 60>}]");
  assert_pids (list, "4 3 2 1");
  soon = first (list);
  hear (list, 1, "{'id': <uint64 1>, 'state': <'changed'>, 'time-to-exhaustion': <uint64 5>}");
  assert_pids (list, "1 4 3 2");
  later = g_list_model_get_item (memsnoop_suspect_list_get_model (list), 1);
  g_assert_true (soon == later);
}

static void
count_changes (GListModel *model, guint position, guint removed, guint added, guint *changes)
{
  (*changes)++;
}

/* Its row would be made anew, and lose the focus. */
static void
test_what_is_in_its_place_is_not_touched (void)
{
  const gchar *rows = "[{'id': <uint64 1>, 'pid': <uint32 1>, 'exe': <'/a'>},"
                      " {'id': <uint64 2>, 'pid': <uint32 2>, 'exe': <'/b'>}]";
  g_autoptr (MemsnoopSuspectList) list = make_list ();
  guint changes = 0;

  take (list, rows);
  g_signal_connect (memsnoop_suspect_list_get_model (list), "items-changed",
                    G_CALLBACK (count_changes), &changes);
  take (list, rows);
  g_assert_cmpuint (changes, ==, 0);
}

static void
test_what_is_read_later_of_one_changes_its_figures_alone (void)
{
  g_autoptr (MemsnoopSuspectList) list = make_list ();
  g_autoptr (MemsnoopSuspectItem) item = NULL;
  g_autoptr (GVariant) later = parse ("a{sv}", "{'time-to-exhaustion': <uint64 5>,"
                                               " 'exe': <'/other'>, 'comm': <'other'>}");
  g_autofree gchar *summary = NULL;

  take (list, "[{'id': <uint64 1>, 'pid': <uint32 7>, 'comm': <'leaky'>, 'exe': <'/bin/leaky'>,"
              " 'time-to-exhaustion': <uint64 7200>}]");
  item = first (list);
  memsnoop_suspect_item_update (item, later);
  summary = memsnoop_suspect_item_summary (item);
  g_assert_cmpstr (summary, ==, "Steady growth · memory full in 5 seconds");
  g_assert_cmpstr (memsnoop_suspect_item_get_executable (item), ==, "/bin/leaky");
  g_assert_cmpstr (memsnoop_suspect_item_get_name (item), ==, "leaky");
}

static void
test_the_summary_of_what_grows_no_longer_has_no_speed (void)
{
  g_autoptr (MemsnoopSuspectItem) item = memsnoop_suspect_item_new (1);
  guint64 now = memsnoop_quantity_boot_time ();
  g_autofree gchar *resting =
      g_strdup_printf ("{'rate': <17476.26666>, 'last-growth': <uint64 %" G_GUINT64_FORMAT ">}",
                       now - MIN (now, G_GUINT64_CONSTANT (61000000000)));
  g_autofree gchar *growing = g_strdup_printf (
      "{'rate': <17476.26666>, 'last-growth': <uint64 %" G_GUINT64_FORMAT ">}", now);
  g_autoptr (GVariant) before = parse ("a{sv}", growing), after = parse ("a{sv}", resting);
  g_autofree gchar *fast = NULL, *no_speed = NULL;

  memsnoop_suspect_item_set (item, 7, "leaky", before);
  fast = memsnoop_suspect_item_summary (item);
  g_assert_cmpstr (fast, ==, "Steady growth · 1.0\u00a0MiB a minute");
  memsnoop_suspect_item_update (item, after);
  no_speed = memsnoop_suspect_item_summary (item);
  g_assert_cmpstr (no_speed, ==, "Steady growth");
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
  g_test_add_func ("/suspect-list/what-fills-memory-first-is-first-then-what-is-sure",
                   test_what_fills_memory_first_is_first_then_what_is_sure);
  g_test_add_func ("/suspect-list/what-is-in-its-place-is-not-touched",
                   test_what_is_in_its_place_is_not_touched);
  g_test_add_func ("/suspect-list/what-is-read-later-of-one-changes-its-figures-alone",
                   test_what_is_read_later_of_one_changes_its_figures_alone);
  g_test_add_func ("/suspect-list/the-summary-of-what-grows-no-longer-has-no-speed",
                   test_the_summary_of_what_grows_no_longer_has_no_speed);
  return g_test_run ();
}
