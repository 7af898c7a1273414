/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "frame-text.h"
#include "heap-sites.h"

#include <math.h>

static const MemsnoopFunction inner[] = { { "get", "/src/box.h", 3 }, { "fill", "/src/a.c", 10 } };

static void
test_it_lives_as_long_as_the_last_reference (void)
{
  MemsnoopHeapSnapshot *snapshot = memsnoop_heap_snapshot_new ();
  const gchar *text = memsnoop_heap_snapshot_add_text (snapshot, "malloc");

  g_assert_true (memsnoop_heap_snapshot_ref (snapshot) == snapshot);
  memsnoop_heap_snapshot_unref (snapshot);
  g_assert_cmpstr (text, ==, "malloc");
  memsnoop_heap_snapshot_unref (snapshot);
}

static void
test_equal_texts_are_one (void)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = memsnoop_heap_snapshot_new ();
  gchar text[] = "libc.so.6";
  const gchar *first = memsnoop_heap_snapshot_add_text (snapshot, text);

  g_assert_true (first != text);
  g_assert_true (memsnoop_heap_snapshot_add_text (snapshot, "libc.so.6") == first);
  g_assert_true (memsnoop_heap_snapshot_add_text (snapshot, "libm.so.6") != first);
  g_assert_null (memsnoop_heap_snapshot_add_text (snapshot, NULL));
}

static void
test_memory_is_zeroed (void)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = memsnoop_heap_snapshot_new ();
  const guint64 *numbers = memsnoop_heap_snapshot_allocate (snapshot, 1000, sizeof *numbers);

  for (guint i = 0; i < 1000; i++)
    g_assert_cmpuint (numbers[i], ==, 0);
}

static void
test_retained_is_what_no_live_block_explains (void)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = memsnoop_heap_snapshot_new ();

  snapshot->current_bytes = 3000;
  g_assert_cmpuint (memsnoop_heap_snapshot_retained (snapshot), ==, 0);
  snapshot->resident_anonymous = 10000;
  g_assert_cmpuint (memsnoop_heap_snapshot_retained (snapshot), ==, 7000);
  /* Much of what is live was never touched. */
  snapshot->resident_anonymous = 2000;
  g_assert_cmpuint (memsnoop_heap_snapshot_retained (snapshot), ==, 0);
}

static void
test_counts_that_are_read_apart_do_not_wrap (void)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = memsnoop_heap_snapshot_new ();

  snapshot->alloc_count = 5;
  snapshot->free_count = 6;
  g_assert_cmpuint (memsnoop_heap_snapshot_get_live_count (snapshot), ==, 0);
  snapshot->free_count = 2;
  g_assert_cmpuint (memsnoop_heap_snapshot_get_live_count (snapshot), ==, 3);
}

static void
test_equal_places_are_one_frame (void)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = memsnoop_heap_snapshot_new ();
  g_autoptr (MemsnoopHeapSites) sites = memsnoop_heap_sites_new (snapshot);
  const MemsnoopFrame *frame = memsnoop_heap_sites_add_frame (sites, "/bin/a", 16, NULL, 0);

  g_assert_cmpuint (frame->n_functions, ==, 0);
  g_assert_true (memsnoop_heap_sites_add_frame (sites, "/bin/a", 16, inner, 2) == frame);
  g_assert_cmpuint (frame->n_functions, ==, 2);
  g_assert_cmpstr (frame->functions[1].name, ==, "fill");
  g_assert_true (memsnoop_heap_sites_add_frame (sites, "/bin/a", 16, NULL, 0) == frame);
  g_assert_cmpuint (frame->n_functions, ==, 2);
  g_assert_true (memsnoop_heap_sites_add_frame (sites, "/bin/a", 17, NULL, 0) != frame);
  g_assert_true (memsnoop_heap_sites_add_frame (sites, "/bin/b", 16, NULL, 0) != frame);
  g_assert_true (memsnoop_heap_sites_add_frame (sites, NULL, 16, NULL, 0) != frame);
}

static void
test_contexts_of_one_stack_are_one_site (void)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = memsnoop_heap_snapshot_new ();
  g_autoptr (MemsnoopHeapSites) sites = memsnoop_heap_sites_new (snapshot);
  const MemsnoopFrame *frames[] = {
    memsnoop_heap_sites_add_frame (sites, "/bin/a", 16, NULL, 0),
    memsnoop_heap_sites_add_frame (sites, "/bin/a", 32, NULL, 0),
  };
  MemsnoopHeapSite context = {
    .frames = frames,
    .n_frames = 2,
    .live_bytes = 100,
    .live_count = 1,
    .alloc_bytes = 300,
    .alloc_count = 3,
    .free_bytes = 200,
    .free_count = 2,
    .oldest_age = 10,
    .bytes_by_age = { 60, 40 },
    .growth_rate = 1.5,
    .standard_error = 3,
  };
  const MemsnoopHeapSite *site;

  memsnoop_heap_sites_add (sites, &context);
  context.oldest_age = 7;
  context.standard_error = 4;
  memsnoop_heap_sites_add (sites, &context);
  memsnoop_heap_sites_finish (sites);

  g_assert_cmpuint (snapshot->sites->len, ==, 1);
  site = &g_array_index (snapshot->sites, MemsnoopHeapSite, 0);
  g_assert_true (site->frames != frames);
  g_assert_true (site->frames[1] == frames[1]);
  g_assert_cmpuint (site->live_bytes, ==, 200);
  g_assert_cmpuint (site->live_count, ==, 2);
  g_assert_cmpuint (site->alloc_bytes, ==, 600);
  g_assert_cmpuint (site->alloc_count, ==, 6);
  g_assert_cmpuint (site->free_bytes, ==, 400);
  g_assert_cmpuint (site->free_count, ==, 4);
  g_assert_cmpuint (site->oldest_age, ==, 10);
  g_assert_cmpuint (site->bytes_by_age[0], ==, 120);
  g_assert_cmpuint (site->bytes_by_age[1], ==, 80);
  g_assert_cmpfloat (site->growth_rate, ==, 3);
  g_assert_cmpfloat (site->standard_error, ==, 5);
}

static void
test_other_stacks_are_other_sites (void)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = memsnoop_heap_snapshot_new ();
  g_autoptr (MemsnoopHeapSites) sites = memsnoop_heap_sites_new (snapshot);
  const MemsnoopFrame *frames[] = {
    memsnoop_heap_sites_add_frame (sites, "/bin/a", 16, NULL, 0),
    memsnoop_heap_sites_add_frame (sites, "/bin/a", 32, NULL, 0),
  };
  const MemsnoopFrame *turned[] = { frames[1], frames[0] };
  MemsnoopHeapSite context = { .frames = frames, .n_frames = 2, .live_bytes = 1 };

  memsnoop_heap_sites_add (sites, &context);
  context.complete = TRUE;
  memsnoop_heap_sites_add (sites, &context);
  context.n_frames = 1;
  memsnoop_heap_sites_add (sites, &context);
  context.frames = turned;
  context.n_frames = 2;
  memsnoop_heap_sites_add (sites, &context);
  context.is_mapping = TRUE;
  memsnoop_heap_sites_add (sites, &context);
  memsnoop_heap_sites_finish (sites);
  g_assert_cmpuint (snapshot->sites->len, ==, 5);
}

static void
test_contexts_without_a_stack_are_one_site (void)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = memsnoop_heap_snapshot_new ();
  g_autoptr (MemsnoopHeapSites) sites = memsnoop_heap_sites_new (snapshot);

  memsnoop_heap_sites_add (sites, &(MemsnoopHeapSite){ .live_bytes = 5 });
  memsnoop_heap_sites_add (sites, &(MemsnoopHeapSite){ .live_bytes = 6 });
  memsnoop_heap_sites_finish (sites);
  g_assert_cmpuint (snapshot->sites->len, ==, 1);
  g_assert_cmpuint (g_array_index (snapshot->sites, MemsnoopHeapSite, 0).live_bytes, ==, 11);
}

static void
test_sites_come_by_live_bytes (void)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = memsnoop_heap_snapshot_new ();
  g_autoptr (MemsnoopHeapSites) sites = memsnoop_heap_sites_new (snapshot);
  static const guint64 bytes[] = { 5, 700, 0, 6, 5 };
  const MemsnoopHeapSite *sorted;

  for (guint i = 0; i < G_N_ELEMENTS (bytes); i++)
    {
      const MemsnoopFrame *frame = memsnoop_heap_sites_add_frame (sites, "/bin/a", i, NULL, 0);

      memsnoop_heap_sites_add (sites, &(MemsnoopHeapSite){ .frames = &frame,
                                                           .n_frames = 1,
                                                           .live_bytes = bytes[i],
                                                           .alloc_bytes = 700 + i });
    }
  memsnoop_heap_sites_finish (sites);
  sorted = (const MemsnoopHeapSite *) (gpointer) snapshot->sites->data;
  g_assert_cmpuint (sorted[0].frames[0]->offset, ==, 1);
  g_assert_cmpuint (sorted[1].frames[0]->offset, ==, 3);
  /* Of equal ones, the one that allocated more. */
  g_assert_cmpuint (sorted[2].frames[0]->offset, ==, 4);
  g_assert_cmpuint (sorted[3].frames[0]->offset, ==, 0);
  g_assert_cmpuint (sorted[4].live_bytes, ==, 0);
}

static void
test_ten_thousand_contexts_take_no_time (void)
{
  g_autoptr (MemsnoopHeapSnapshot) snapshot = memsnoop_heap_snapshot_new ();
  g_autoptr (MemsnoopHeapSites) sites = memsnoop_heap_sites_new (snapshot);
  const MemsnoopFrame *frames[64];

  g_test_timer_start ();
  for (guint i = 0; i < 20000; i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (frames); j++)
        frames[j] =
            memsnoop_heap_sites_add_frame (sites, "/bin/a", j == 0 ? i / 2 : j << 20, inner, 2);
      memsnoop_heap_sites_add (sites, &(MemsnoopHeapSite){ .frames = frames,
                                                           .n_frames = G_N_ELEMENTS (frames),
                                                           .live_bytes = i });
    }
  memsnoop_heap_sites_finish (sites);
  g_test_message ("%.3f s", g_test_timer_elapsed ());
  g_assert_cmpuint (snapshot->sites->len, ==, 10000);
}

static void
assert_text (const MemsnoopFrame *frame, guint index, const gchar *expected)
{
  g_autofree gchar *text = memsnoop_frame_text (frame, index);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_a_frame_tells_what_is_known (void)
{
  MemsnoopFunction plain = { "main", NULL, 0 }, whole = { NULL, "/src/a.s", 0 };
  MemsnoopFrame frame = { .module = "/usr/lib/libbox.so.1", .offset = 0x1f0 };

  g_assert_cmpuint (memsnoop_frame_n_texts (&frame), ==, 1);
  assert_text (&frame, 0, "libbox.so.1+0x1f0");
  frame.functions = inner;
  frame.n_functions = 2;
  g_assert_cmpuint (memsnoop_frame_n_texts (&frame), ==, 2);
  assert_text (&frame, 0, "get (box.h:3) [inlined]");
  assert_text (&frame, 1, "fill (a.c:10)");
  frame.functions = &plain;
  frame.n_functions = 1;
  assert_text (&frame, 0, "main (libbox.so.1)");
  frame.functions = &whole;
  assert_text (&frame, 0, "libbox.so.1+0x1f0 (a.s)");
  frame.module = NULL;
  assert_text (&frame, 0, "0x1f0 (a.s)");
  frame.functions = &plain;
  assert_text (&frame, 0, "main");
  frame.n_functions = 0;
  assert_text (&frame, 0, "0x1f0");
}

static void
test_a_stack_tells_inlined_functions_too (void)
{
  MemsnoopFrame place = { .module = "/bin/a", .offset = 1, .functions = inner, .n_functions = 2 };
  MemsnoopFrame other = { .module = "/bin/a", .offset = 0x20 };
  const MemsnoopFrame *frames[] = { &place, &other };
  g_auto (GStrv) texts = memsnoop_frame_texts (frames, 2);
  const gchar *const expected[] = { "get (box.h:3) [inlined]", "fill (a.c:10)", "a+0x20", NULL };

  g_assert_true (g_strv_equal ((const gchar *const *) texts, expected));
}

static void
test_a_symbol_cannot_forge_a_line (void)
{
  MemsnoopFunction function = { "f\n\x1b[2J", "/x/\xe2\x80\xae.c", 1 };
  MemsnoopFrame frame = { .module = "/tmp/", .functions = &function, .n_functions = 1 };

  assert_text (&frame, 0, "f\\x0a\\x1b[2J (\\xe2\\x80\\xae.c:1)");
  frame.n_functions = 0;
  assert_text (&frame, 0, "/tmp/+0x0");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/heap-snapshot/it-lives-as-long-as-the-last-reference",
                   test_it_lives_as_long_as_the_last_reference);
  g_test_add_func ("/heap-snapshot/equal-texts-are-one", test_equal_texts_are_one);
  g_test_add_func ("/heap-snapshot/memory-is-zeroed", test_memory_is_zeroed);
  g_test_add_func ("/heap-snapshot/retained-is-what-no-live-block-explains",
                   test_retained_is_what_no_live_block_explains);
  g_test_add_func ("/heap-snapshot/counts-that-are-read-apart-do-not-wrap",
                   test_counts_that_are_read_apart_do_not_wrap);
  g_test_add_func ("/heap-sites/equal-places-are-one-frame", test_equal_places_are_one_frame);
  g_test_add_func ("/heap-sites/contexts-of-one-stack-are-one-site",
                   test_contexts_of_one_stack_are_one_site);
  g_test_add_func ("/heap-sites/other-stacks-are-other-sites", test_other_stacks_are_other_sites);
  g_test_add_func ("/heap-sites/contexts-without-a-stack-are-one-site",
                   test_contexts_without_a_stack_are_one_site);
  g_test_add_func ("/heap-sites/sites-come-by-live-bytes", test_sites_come_by_live_bytes);
  g_test_add_func ("/heap-sites/ten-thousand-contexts-take-no-time",
                   test_ten_thousand_contexts_take_no_time);
  g_test_add_func ("/frame-text/a-frame-tells-what-is-known", test_a_frame_tells_what_is_known);
  g_test_add_func ("/frame-text/a-stack-tells-inlined-functions-too",
                   test_a_stack_tells_inlined_functions_too);
  g_test_add_func ("/frame-text/a-symbol-cannot-forge-a-line", test_a_symbol_cannot_forge_a_line);
  return g_test_run ();
}
