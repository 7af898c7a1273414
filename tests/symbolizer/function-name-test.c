/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "function-name.h"

#include "memsnoop-worker-protocol.h"

#include <string.h>

static void
check (const gchar *raw, const gchar *expected)
{
  g_autofree gchar *name = memsnoop_function_name (raw);

  g_assert_cmpstr (name, ==, expected);
}

static void
test_c_is_left_alone (void)
{
  check ("main", "main");
  check ("_start", "_start");
  check ("", "");
  check ("_Zebra", "_Zebra");
}

static void
test_cpp_is_undone_without_parameters (void)
{
  check ("_ZN3foo3barEi", "foo::bar");
  check ("_ZNSt6vectorIiSaIiEE9push_backERKi", "std::vector<int, std::allocator<int> >::push_back");
  check ("_ZN3foo3barEi.cold", "foo::bar");
  check ("_Znwm", "operator new");
}

/* The old and the new scheme. */
static void
test_rust_is_undone_without_hashes (void)
{
  check ("_ZN4core3fmt9Formatter3pad17h0123456789abcdefE", "core::fmt::Formatter::pad");
  check ("_RNvC6_123foo3bar", "123foo::bar");
  check ("_RNvMs_C3fooNtB4_3Bar3baz", "<foo::Bar>::baz");
}

static void
test_bytes_that_are_not_utf8_are_shown (void)
{
  check ("a\xff"
         "b",
         "a\\xffb");
  check ("n\xc3\xa4me", "n\xc3\xa4me");
}

static void
test_long_names_are_cut_at_a_character (void)
{
  g_autoptr (GString) raw = g_string_new ("x");
  g_autofree gchar *name = NULL;

  for (guint i = 0; i < MEMSNOOP_WORKER_TEXT_MAX; i++)
    g_string_append (raw, "\xc3\xa4");
  name = memsnoop_function_name (raw->str);
  g_assert_true (g_utf8_validate (name, -1, NULL));
  g_assert_cmpuint (strlen (name), <=, MEMSNOOP_WORKER_TEXT_MAX);
  g_assert_cmpuint (strlen (name), >=, MEMSNOOP_WORKER_TEXT_MAX - 2);
  g_assert_true (g_str_has_prefix (name, "x\xc3\xa4") && g_str_has_suffix (name, "…"));
}

static void
test_long_paths_keep_their_end (void)
{
  g_autoptr (GString) raw = g_string_new ("");
  g_autofree gchar *path = NULL;

  for (guint i = 0; i < MEMSNOOP_WORKER_TEXT_MAX; i++)
    g_string_append (raw, "\xc3\xa4/");
  g_string_append (raw, "file.c");
  path = memsnoop_source_path ("/folder", raw->str);
  g_assert_true (g_utf8_validate (path, -1, NULL));
  g_assert_cmpuint (strlen (path), <=, MEMSNOOP_WORKER_TEXT_MAX);
  g_assert_true (g_str_has_prefix (path, "…") && g_str_has_suffix (path, "/file.c"));
}

static void
test_relative_paths_are_completed (void)
{
  g_autofree gchar *relative = memsnoop_source_path ("/folder", "../file.c");
  g_autofree gchar *absolute = memsnoop_source_path ("/folder", "/other/file.c");
  g_autofree gchar *unknown = memsnoop_source_path (NULL, "file.c");

  g_assert_cmpstr (relative, ==, "/folder/../file.c");
  g_assert_cmpstr (absolute, ==, "/other/file.c");
  g_assert_cmpstr (unknown, ==, "file.c");
}

/* Nested without end, and names that refer to themselves: they may stay as they are. */
static void
test_absurd_names_end (void)
{
  g_autoptr (GString) raw = g_string_new ("_Z");
  g_autofree gchar *nested = NULL;

  for (guint i = 0; i < 8000; i++)
    g_string_append (raw, "N");
  nested = memsnoop_function_name (raw->str);
  g_assert_true (g_str_has_prefix (nested, "_ZNN"));
  check ("_ZN3fooIS_E", "_ZN3fooIS_E");
  check ("_RB_", "_RB_");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/function-name/c-is-left-alone", test_c_is_left_alone);
  g_test_add_func ("/function-name/cpp-is-undone-without-parameters",
                   test_cpp_is_undone_without_parameters);
  g_test_add_func ("/function-name/rust-is-undone-without-hashes",
                   test_rust_is_undone_without_hashes);
  g_test_add_func ("/function-name/bytes-that-are-not-utf8-are-shown",
                   test_bytes_that_are_not_utf8_are_shown);
  g_test_add_func ("/function-name/long-names-are-cut-at-a-character",
                   test_long_names_are_cut_at_a_character);
  g_test_add_func ("/function-name/long-paths-keep-their-end", test_long_paths_keep_their_end);
  g_test_add_func ("/function-name/relative-paths-are-completed",
                   test_relative_paths_are_completed);
  g_test_add_func ("/function-name/absurd-names-end", test_absurd_names_end);
  return g_test_run ();
}
