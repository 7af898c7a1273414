/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sample-profile.h"

static const gchar *const lines[] = { "main;make;leaf 600", "main;make 100", "main;keep;leaf 300",
                                      NULL };

static void
test_values_are_sums_and_own_is_what_is_left (void)
{
  g_autoptr (MemsnoopCallProfile) profile = sample_profile (lines);
  const MemsnoopCall *root = memsnoop_call_profile_get_call (profile, 0);
  const MemsnoopCall *make =
      memsnoop_call_profile_get_call (profile, sample_profile_find (profile, "make"));
  const MemsnoopCall *keep =
      memsnoop_call_profile_get_call (profile, sample_profile_find (profile, "keep"));

  g_assert_cmpuint (memsnoop_call_profile_get_n_calls (profile), ==, 6);
  g_assert_cmpuint (memsnoop_call_profile_get_depth (profile), ==, 4);
  g_assert_cmpuint (root->value, ==, 1000);
  g_assert_cmpuint (root->own, ==, 0);
  g_assert_cmpuint (make->value, ==, 700);
  g_assert_cmpuint (make->own, ==, 100);
  g_assert_cmpuint (keep->value, ==, 300);
  g_assert_cmpuint (keep->own, ==, 0);
}

static void
test_calls_lie_within_their_callers_side_by_side (void)
{
  g_autoptr (MemsnoopCallProfile) profile = sample_profile (lines);
  guint main_number = sample_profile_find (profile, "main");
  guint make_number = sample_profile_find (profile, "make");
  guint keep_number = sample_profile_find (profile, "keep");
  const MemsnoopCall *make = memsnoop_call_profile_get_call (profile, make_number);
  const MemsnoopCall *keep = memsnoop_call_profile_get_call (profile, keep_number);

  g_assert_cmpuint (make->parent, ==, main_number);
  g_assert_cmpuint (keep->parent, ==, main_number);
  g_assert_cmpuint (make->start, ==, 0);
  g_assert_cmpuint (keep->start, ==, 700);
  g_assert_cmpuint (make->end, ==, keep_number);
  g_assert_cmpuint (keep->end, ==, 6);
  g_assert_cmpuint (memsnoop_call_profile_get_call (profile, 0)->end, ==, 6);
}

static void
test_a_call_is_found_again_by_the_path_of_functions (void)
{
  const gchar *const later[] = { "main;keep;leaf 5000", "main;make;leaf 700", "main;new 1", NULL };
  g_autoptr (MemsnoopCallProfile) before = sample_profile (lines);
  g_autoptr (MemsnoopCallProfile) after = sample_profile (later);
  guint keep = sample_profile_find (before, "keep"), found;

  found = memsnoop_call_profile_find_path (after, before, keep + 1);
  g_assert_cmpstr (memsnoop_call_profile_get_call (after, found)->text, ==, "leaf");
  g_assert_cmpuint (memsnoop_call_profile_get_call (after, found)->value, ==, 5000);
  g_assert_true (memsnoop_call_profile_is_same_path (after, found, before, keep + 1));
}

static void
test_of_a_path_that_is_gone_the_last_caller_is_found (void)
{
  const gchar *const later[] = { "main;make 700", NULL };
  g_autoptr (MemsnoopCallProfile) before = sample_profile (lines);
  g_autoptr (MemsnoopCallProfile) after = sample_profile (later);
  guint leaf = sample_profile_find (before, "leaf");
  guint keep = sample_profile_find (before, "keep");

  g_assert_cmpuint (memsnoop_call_profile_find_path (after, before, leaf), ==,
                    sample_profile_find (after, "make"));
  g_assert_cmpuint (memsnoop_call_profile_find_path (after, before, keep + 1), ==,
                    sample_profile_find (after, "main"));
  g_assert_cmpuint (memsnoop_call_profile_find_path (after, before, 0), ==, 0);
}

static void
test_hostile_names_are_shown_in_one_line (void)
{
  const gchar *const hostile[] = { "a\\nb\\u202ec;<b>&amp;</b> 5", NULL };
  g_autoptr (MemsnoopCallProfile) profile = sample_profile (hostile);

  for (guint i = 0; i < memsnoop_call_profile_get_n_calls (profile); i++)
    {
      const gchar *text = memsnoop_call_profile_get_call (profile, i)->text;

      g_assert_null (strchr (text, '\n'));
      g_assert_null (strstr (text, "\u202e"));
    }
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static MemsnoopCallProfile *
read_report (const gchar *text, MemsnoopCallProfileSource source, GError **error)
{
  g_autoptr (GBytes) report = g_bytes_new_static (text, strlen (text));
  g_autoptr (GAsyncResult) result = NULL;

  memsnoop_call_profile_read_async (report, source, MEMSNOOP_FLAME_BYTES, NULL, on_read, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return memsnoop_call_profile_read_finish (result, error);
}

static void
test_what_is_no_report_is_an_error (void)
{
  const gchar *const texts[] = { "", "[]", "{", "{\"report-version\":99}", "\xff\xfe" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (read_report (texts[i], MEMSNOOP_CALL_PROFILE_HEAP, &error));
      g_assert_nonnull (error);
      /* That would be no advice for who looks at a window. */
      g_assert_null (strstr (error->message, "memsnoopctl"));
    }
}

static void
test_the_sources_of_a_report_are_told_apart (void)
{
  const gchar *text =
      "{\"report-version\":1,\"recording\":{},\"totals\":{\"current-bytes\":30},"
      "\"sites\":[{\"bytes\":30,\"frames\":[\"do_eventfd\"],\"cache\":\"kmalloc-64\"}],"
      "\"heaps\":[{\"current-bytes\":10,\"sites\":[{"
      "\"bytes\":10,\"frames\":[\"h\"]}]}],"
      "\"growth\":[{\"bytes\":20,\"sites\":[{\"bytes\":20,\"frames\":[\"g\"]}]}]}";
  g_autoptr (MemsnoopCallProfile) heap = read_report (text, MEMSNOOP_CALL_PROFILE_HEAP, NULL);
  g_autoptr (MemsnoopCallProfile) growth = read_report (text, MEMSNOOP_CALL_PROFILE_GROWTH, NULL);
  g_autoptr (MemsnoopCallProfile) kernel = read_report (text, MEMSNOOP_CALL_PROFILE_KERNEL, NULL);

  g_assert_cmpuint (memsnoop_call_profile_get_call (heap, 0)->value, ==, 10);
  g_assert_cmpuint (memsnoop_call_profile_get_call (growth, 0)->value, ==, 20);
  g_assert_cmpuint (memsnoop_call_profile_get_call (kernel, 0)->value, ==, 30);
  g_assert_cmpstr (memsnoop_call_profile_get_call (kernel, 2)->text, ==, "slab cache kmalloc-64");
}

/* json-glib takes comments and other quotes, in which a bracket or a quote is none. */
static void
test_nesting_that_is_hidden_is_refused (void)
{
  const gchar *beginnings[] = { "", "['\"', ", "/* \" */ ", "// \"\n" };
  g_autofree gchar *brackets = g_strnfill (1000000, '[');

  for (gsize i = 0; i < G_N_ELEMENTS (beginnings); i++)
    {
      g_autofree gchar *text = g_strconcat (beginnings[i], brackets, NULL);
      g_autoptr (GError) error = NULL;

      g_assert_null (memsnoop_reported_memory_read (text, strlen (text), "it", &error));
      g_assert_nonnull (strstr (error->message, "nested"));
    }
}

static void
test_of_a_report_nothing_is_needed_but_what_is_shown (void)
{
  static const gchar report[] =
      "{\"report-version\":1,\"heaps\":[{\"pid\":7,\"comm\":\"tree\",\"current-bytes\":5,"
      "\"current-count\":1,\"sites\":[{\"bytes\":5,\"count\":1,\"complete\":true,"
      "\"frames\":[\"leaf (leaf.c:3)\"]}]}]}";
  GPtrArray *memories = memsnoop_reported_memory_read (report, strlen (report), "it", NULL);
  g_autoptr (MemsnoopCallProfile) profile = NULL;
  const MemsnoopCall *leaf;

  g_assert_nonnull (memories);
  profile = memsnoop_call_profile_new (memories, MEMSNOOP_FLAME_BYTES);
  g_ptr_array_unref (memories);
  leaf = memsnoop_call_profile_get_call (profile, 1);
  g_assert_true (g_str_has_prefix (leaf->text, "leaf"));
  g_assert_cmpstr (leaf->module, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/call-profile/values-are-sums-and-own-is-what-is-left",
                   test_values_are_sums_and_own_is_what_is_left);
  g_test_add_func ("/call-profile/calls-lie-within-their-callers-side-by-side",
                   test_calls_lie_within_their_callers_side_by_side);
  g_test_add_func ("/call-profile/a-call-is-found-again-by-the-path-of-functions",
                   test_a_call_is_found_again_by_the_path_of_functions);
  g_test_add_func ("/call-profile/of-a-path-that-is-gone-the-last-caller-is-found",
                   test_of_a_path_that_is_gone_the_last_caller_is_found);
  g_test_add_func ("/call-profile/hostile-names-are-shown-in-one-line",
                   test_hostile_names_are_shown_in_one_line);
  g_test_add_func ("/call-profile/what-is-no-report-is-an-error",
                   test_what_is_no_report_is_an_error);
  g_test_add_func ("/call-profile/the-sources-of-a-report-are-told-apart",
                   test_the_sources_of_a_report_are_told_apart);
  g_test_add_func ("/call-profile/nesting-that-is-hidden-is-refused",
                   test_nesting_that_is_hidden_is_refused);
  g_test_add_func ("/call-profile/of-a-report-nothing-is-needed-but-what-is-shown",
                   test_of_a_report_nothing_is_needed_but_what_is_shown);
  return g_test_run ();
}
