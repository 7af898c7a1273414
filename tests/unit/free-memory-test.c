/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "free-memory.h"

#include "error.h"

#define PAGE 4096

static MemsnoopFreeMemory
parse (const gchar *text)
{
  g_autoptr (GError) error = NULL;
  MemsnoopFreeMemory memory;

  g_assert_true (memsnoop_free_memory_parse (text, PAGE, &memory, &error));
  g_assert_no_error (error);
  return memory;
}

static void
test_zones_and_nodes_are_added_up (void)
{
  MemsnoopFreeMemory memory =
      parse ("Node 0, zone      DMA      0      0      0      0      0      0      0      0      1 "
             "     1      3 \n"
             "Node 0, zone   Normal    949    323    155     53     26      4     15      6      2 "
             "    74    137 \n"
             "Node 1, zone  Movable      1      2      0      0      0      0      0      0      0 "
             "     0      0 \n");
  static const guint64 blocks[] = { 950, 325, 155, 53, 26, 4, 15, 6, 3, 75, 140 };
  guint64 pages = 0;

  g_assert_cmpuint (memory.n_orders, ==, 11);
  g_assert_cmpuint (memory.page_size, ==, PAGE);
  for (guint i = 0; i < G_N_ELEMENTS (blocks); i++)
    {
      g_assert_cmpuint (memory.blocks[i], ==, blocks[i]);
      pages += blocks[i] << i;
    }
  g_assert_cmpuint (memsnoop_free_memory_get_bytes (&memory), ==, pages * PAGE);
}

static void
test_zones_may_have_fewer_orders (void)
{
  MemsnoopFreeMemory memory = parse ("Node 0, zone DMA 1 2\nNode 0, zone Normal 1 2 3 4");

  g_assert_cmpuint (memory.n_orders, ==, 4);
  g_assert_cmpuint (memory.blocks[1], ==, 4);
  g_assert_cmpuint (memory.blocks[3], ==, 4);
}

/* 162 pages: 10 alone, 20 in pairs, and larger blocks. */
static void
test_what_is_in_smaller_blocks_is_unusable (void)
{
  MemsnoopFreeMemory memory = parse ("Node 0, zone Normal 10 10 1 0 2 1 1");

  g_assert_cmpuint (memsnoop_free_memory_get_bytes (&memory), ==, 162 * PAGE);
  g_assert_cmpfloat (memsnoop_free_memory_get_unusable (&memory, 0), ==, 0);
  g_assert_cmpfloat (memsnoop_free_memory_get_unusable (&memory, 1), ==, 10.0 / 162);
  g_assert_cmpfloat (memsnoop_free_memory_get_unusable (&memory, 2), ==, 30.0 / 162);
  g_assert_cmpfloat (memsnoop_free_memory_get_unusable (&memory, 3), ==, 34.0 / 162);
  g_assert_cmpfloat (memsnoop_free_memory_get_unusable (&memory, 4), ==, 34.0 / 162);
  g_assert_cmpfloat (memsnoop_free_memory_get_unusable (&memory, 6), ==, 98.0 / 162);
  /* No block is so large. */
  g_assert_cmpfloat (memsnoop_free_memory_get_unusable (&memory, 7), ==, 1);
  g_assert_cmpfloat (memsnoop_free_memory_get_unusable (&memory, G_MAXUINT), ==, 1);
}

static void
test_without_free_memory_nothing_is_broken_up (void)
{
  MemsnoopFreeMemory memory = parse ("Node 0, zone Normal 0 0 0\n");

  g_assert_cmpuint (memsnoop_free_memory_get_bytes (&memory), ==, 0);
  g_assert_cmpfloat (memsnoop_free_memory_get_unusable (&memory, 2), ==, 0);
}

static void
test_an_order_is_found_by_its_size (void)
{
  MemsnoopFreeMemory memory = parse ("Node 0, zone Normal 1 1 1\n");

  g_assert_cmpuint (memsnoop_free_memory_find_order (&memory, 0), ==, 0);
  g_assert_cmpuint (memsnoop_free_memory_find_order (&memory, PAGE), ==, 0);
  g_assert_cmpuint (memsnoop_free_memory_find_order (&memory, PAGE + 1), ==, 1);
  g_assert_cmpuint (memsnoop_free_memory_find_order (&memory, 2 << 20), ==, 9);
  g_assert_cmpuint (memsnoop_free_memory_find_order (&memory, G_MAXUINT64), ==,
                    MEMSNOOP_FREE_MEMORY_ORDERS);
}

static void
test_impossible_counts_do_not_overflow (void)
{
  MemsnoopFreeMemory memory =
      parse ("Node 0, zone Normal 18446744073709551615 99999999999999999999999 1\n"
             "Node 0, zone Normal 1 18446744073709551615 18446744073709551614\n");

  g_assert_cmpuint (memory.blocks[0], ==, G_MAXUINT64);
  g_assert_cmpuint (memsnoop_free_memory_get_bytes (&memory), ==, G_MAXUINT64);
  for (guint order = 0; order <= MEMSNOOP_FREE_MEMORY_ORDERS; order++)
    {
      gdouble share = memsnoop_free_memory_get_unusable (&memory, order);

      g_assert_cmpfloat (share, >=, 0);
      g_assert_cmpfloat (share, <=, 1);
    }
}

static void
assert_refused (const gchar *text, const gchar *shown)
{
  g_autoptr (GError) error = NULL;
  MemsnoopFreeMemory memory;

  memset (&memory, 0xff, sizeof memory);
  g_assert_false (memsnoop_free_memory_parse (text, PAGE, &memory, &error));
  g_assert_error (error, MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED);
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, "/proc/buddyinfo"));
  g_assert_nonnull (strstr (error->message, shown));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  g_assert_cmpuint (memory.n_orders, ==, 0);
  g_assert_cmpfloat (memsnoop_free_memory_get_unusable (&memory, 3), ==, 0);
}

static void
test_other_text_is_refused_and_shown (void)
{
  g_autoptr (GString) orders = g_string_new ("Node 0, zone Normal");

  for (guint i = 0; i <= MEMSNOOP_FREE_MEMORY_ORDERS; i++)
    g_string_append (orders, " 7");

  assert_refused ("", "no zone");
  assert_refused ("\n\n", "no zone");
  assert_refused ("Node 0, zone Normal 1 2\nslabinfo - version: 2.1\n", "slabinfo");
  assert_refused ("Node 0, zone Normal 1 2\nNode 1, zone Normal 1 -2 3\n", "1 -2 3");
  assert_refused ("Node 0, zone Normal\n", "Normal");
  assert_refused ("Node 0, zone \n", "zone");
  assert_refused ("Node 0, zone", "zone");
  assert_refused ("Node 0, zone Normal 1 2x", "2x");
  assert_refused ("Node 0, zone Normal 0x10", "0x10");
  assert_refused ("\xff\xfe\x01, zone \x80 1", "\\xff");
  assert_refused (orders->str, "7");
}

/* Any text is either refused, or means something sensible. */
static void
test_no_text_does_harm (void)
{
  static const gchar *const words[] = {
    "Node", " ",  "0,", ", zone ", "Normal", " 1",       " 4711",
    "\n",   "\t", "-1", "\xff",    "zone",   "Node 0, ", " 18446744073709551616"
  };
  GRand *random = g_rand_new_with_seed (1);

  for (guint round = 0; round < 20000; round++)
    {
      g_autoptr (GString) text = g_string_new (round % 2 == 0 ? "Node 0, zone Normal" : NULL);
      g_autoptr (GError) error = NULL;
      MemsnoopFreeMemory memory;

      for (gint n = g_rand_int_range (random, 0, 40); n > 0; n--)
        g_string_append (text, words[g_rand_int_range (random, 0, G_N_ELEMENTS (words))]);
      if (memsnoop_free_memory_parse (text->str, PAGE, &memory, &error))
        g_assert_cmpuint (memory.n_orders, >, 0);
      else
        g_assert_nonnull (error);
      for (guint order = 0; order < 40; order++)
        g_assert_cmpfloat (memsnoop_free_memory_get_unusable (&memory, order), <=, 1);
    }
  g_rand_free (random);
}

static void
test_a_file_that_was_not_opened_says_so (void)
{
  g_autoptr (GError) error = NULL;
  MemsnoopFreeMemory memory;

  g_assert_false (memsnoop_free_memory_read (&memory, &error));
  g_assert_nonnull (strstr (error->message, "/proc/buddyinfo"));
  g_assert_cmpuint (memory.n_orders, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add_func ("/free-memory/" name, test)
  ADD ("zones-and-nodes-are-added-up", test_zones_and_nodes_are_added_up);
  ADD ("zones-may-have-fewer-orders", test_zones_may_have_fewer_orders);
  ADD ("what-is-in-smaller-blocks-is-unusable", test_what_is_in_smaller_blocks_is_unusable);
  ADD ("without-free-memory-nothing-is-broken-up", test_without_free_memory_nothing_is_broken_up);
  ADD ("an-order-is-found-by-its-size", test_an_order_is_found_by_its_size);
  ADD ("impossible-counts-do-not-overflow", test_impossible_counts_do_not_overflow);
  ADD ("other-text-is-refused-and-shown", test_other_text_is_refused_and_shown);
  ADD ("no-text-does-harm", test_no_text_does_harm);
  ADD ("a-file-that-was-not-opened-says-so", test_a_file_that_was_not_opened_says_so);
  return g_test_run ();
}
