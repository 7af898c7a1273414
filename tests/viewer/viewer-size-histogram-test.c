/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "size-histogram.h"

static gboolean
set (MemsnoopSizeHistogram *histogram, const gchar *type, const gchar *text)
{
  g_autoptr (GVariant) buckets = g_variant_parse (G_VARIANT_TYPE (type), text, NULL, NULL, NULL);

  g_assert_nonnull (buckets);
  return memsnoop_size_histogram_set (histogram, buckets);
}

static void
test_what_is_drawn_is_told_in_words (void)
{
  g_autoptr (MemsnoopSizeHistogram) histogram =
      MEMSNOOP_SIZE_HISTOGRAM (g_object_ref_sink (memsnoop_size_histogram_new ()));
  g_autofree gchar *text = NULL;

  g_assert_true (set (histogram, "a(tt)", "[(16, 7), (32, 0), (4096, 3)]"));
  text = memsnoop_size_histogram_describe (histogram);
  g_assert_cmpstr (text, ==, "From 16 bytes: 7; From 4.0\u00a0KiB: 3");
}

static void
test_what_is_no_histogram_is_an_empty_one (void)
{
  g_autoptr (MemsnoopSizeHistogram) histogram =
      MEMSNOOP_SIZE_HISTOGRAM (g_object_ref_sink (memsnoop_size_histogram_new ()));

  g_assert_false (memsnoop_size_histogram_set (histogram, NULL));
  g_assert_false (set (histogram, "s", "'many'"));
  g_assert_false (set (histogram, "a(tt)", "[]"));
  g_assert_false (set (histogram, "a(tt)", "[(16, 0)]"));
  g_assert_true (set (histogram, "a(tt)", "[(18446744073709551615, 18446744073709551615)]"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!gtk_init_check ())
    {
      g_print ("1..0 # SKIP display: widgets need one\n");
      return 0;
    }
  g_test_add_func ("/size-histogram/what-is-drawn-is-told-in-words",
                   test_what_is_drawn_is_told_in_words);
  g_test_add_func ("/size-histogram/what-is-no-histogram-is-an-empty-one",
                   test_what_is_no_histogram_is_an_empty_one);
  return g_test_run ();
}
