/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspicion.h"

#include "boot-time.h"
#include "suspicion-record.h"

#define MIB G_GUINT64_CONSTANT (1048576)

static MemsnoopGrowthVerdict
verdict (guint64 since, guint64 bytes, gdouble rate)
{
  return (MemsnoopGrowthVerdict){
    .reason = MEMSNOOP_GROWTH_SUSPECTED,
    .since = since,
    .bytes = bytes,
    .rate = rate,
    .confidence = 0.75,
    .window = 600 * MEMSNOOP_SECOND,
  };
}

static MemsnoopSuspicion *
some_suspicion (void)
{
  MemsnoopSuspicion *suspicion = memsnoop_suspicion_new (17, MEMSNOOP_SUSPICION_RSS);
  MemsnoopGrowthVerdict first = verdict (1000 * MEMSNOOP_SECOND, 40 * MIB, 65536);

  suspicion->pid = 4711;
  suspicion->uid = 1000;
  suspicion->start_time = 123456789012;
  suspicion->execution = 42;
  g_free (suspicion->comm);
  suspicion->comm = g_strdup ("le\377aky\n");
  g_free (suspicion->executable);
  suspicion->executable = g_strdup ("/opt/caf\351/leaky (deleted)");
  memsnoop_suspicion_update (suspicion, &first, 1600 * MEMSNOOP_SECOND, 100 * MIB);
  suspicion->time_to_exhaustion = 7200;
  return suspicion;
}

static void
tell (MemsnoopSuspicion *suspicion)
{
  memsnoop_suspicion_set_told (suspicion, MEMSNOOP_SUSPICION_CHANGED, 2000 * MEMSNOOP_SECOND);
}

static void
assert_equals (GVariant *value, const gchar *text)
{
  g_autoptr (GVariant) sunk = g_variant_ref_sink (value);
  g_autoptr (GVariant) expected = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);
  g_autofree gchar *found = g_variant_print (sunk, TRUE);

  g_assert_nonnull (expected);
  g_test_message ("%s", found);
  g_assert_true (g_variant_equal (sunk, expected));
}

static void
test_evidence_has_what_the_contract_says_and_nothing_else (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();

  assert_equals (memsnoop_suspicion_write_evidence (suspicion),
                 "{'id': <uint64 17>, 'state': <'raised'>, 'level': <'growth'>, 'kind': <'rss'>, "
                 "'confidence': <0.75>, 'bytes': <uint64 41943040>, 'rate': <65536.0>, "
                 "'since': <uint64 1000000000000>, 'last-growth': <uint64 1600000000000>, "
                 "'time-to-exhaustion': <uint64 7200>, "
                 "'uid': <uint32 1000>, 'start-time': <uint64 123450000000>}");
}

static void
test_what_is_cleared_says_why_and_only_that_does (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();
  g_autoptr (GVariant) standing = NULL;
  g_autoptr (GVariant) cleared = NULL;
  const gchar *reason;

  suspicion->state = MEMSNOOP_SUSPICION_CHANGED;
  suspicion->reason = MEMSNOOP_SUSPICION_RELEASED;
  standing = g_variant_ref_sink (memsnoop_suspicion_write_evidence (suspicion));
  g_assert_false (g_variant_lookup (standing, "reason", "&s", &reason));
  suspicion->state = MEMSNOOP_SUSPICION_CLEARED;
  cleared = g_variant_ref_sink (memsnoop_suspicion_write_evidence (suspicion));
  g_assert_true (g_variant_lookup (cleared, "reason", "&s", &reason));
  g_assert_cmpstr (reason, ==, "released");
}

static void
test_memory_that_lasts_for_ever_has_no_time_to_exhaustion (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();
  g_autoptr (GVariant) evidence = NULL;
  guint64 seconds;

  suspicion->time_to_exhaustion = MEMSNOOP_NEVER;
  evidence = g_variant_ref_sink (memsnoop_suspicion_write_evidence (suspicion));
  g_assert_false (g_variant_lookup (evidence, "time-to-exhaustion", "t", &seconds));
  suspicion->time_to_exhaustion = 0;
  g_clear_pointer (&evidence, g_variant_unref);
  evidence = g_variant_ref_sink (memsnoop_suspicion_write_evidence (suspicion));
  g_assert_true (g_variant_lookup (evidence, "time-to-exhaustion", "t", &seconds));
  g_assert_cmpuint (seconds, ==, 0);
}

static void
test_rows_name_the_process_in_valid_text (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();

  /* The start time is rounded to a clock tick, as in lists of processes. */
  assert_equals (memsnoop_suspicion_write_row (suspicion, FALSE),
                 "{'id': <uint64 17>, 'state': <'raised'>, 'level': <'growth'>, 'kind': <'rss'>, "
                 "'confidence': <0.75>, 'bytes': <uint64 41943040>, 'rate': <65536.0>, "
                 "'since': <uint64 1000000000000>, 'last-growth': <uint64 1600000000000>, "
                 "'time-to-exhaustion': <uint64 7200>, "
                 "'uid': <uint32 1000>, 'start-time': <uint64 123450000000>, 'pid': <uint32 4711>, "
                 "'comm': <'le\\\\xffaky\\n'>, 'exe': <'/opt/caf\\\\xe9/leaky (deleted)'>}");
}

static void
test_sites_are_told_when_asked_for (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();
  g_autoptr (GVariant) row = NULL;
  g_autoptr (GVariant) sites = NULL;
  g_autofree gchar *text = NULL;

  g_ptr_array_add (suspicion->sites,
                   memsnoop_suspicion_site_new (4096, 16, "do_thing+0x1\376", "kmalloc-256"));
  g_ptr_array_add (suspicion->sites, memsnoop_suspicion_site_new (64, 1, "other", NULL));
  row = g_variant_ref_sink (memsnoop_suspicion_write_row (suspicion, TRUE));
  sites = g_variant_lookup_value (row, "sites", G_VARIANT_TYPE ("aa{sv}"));
  g_assert_nonnull (sites);
  text = g_variant_print (sites, FALSE);
  g_assert_cmpstr (text, ==,
                   "[{'bytes': <uint64 4096>, 'count': <uint64 16>, 'frames': <['do_thing+0x1"
                   "\\\\xfe']>, 'cache': <'kmalloc-256'>}, {'bytes': <uint64 64>, 'count': "
                   "<uint64 1>, 'frames': <['other']>}]");
}

/* Named for authorised callers, and not broadcast. */
static void
test_a_call_stack_is_told_and_bounded (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();
  g_autoptr (GVariant) row = NULL, sites = NULL, site = NULL, frames = NULL, evidence = NULL;
  GStrv stack = g_new0 (gchar *, MEMSNOOP_SUSPICION_FRAMES + 2);

  for (guint i = 0; i <= MEMSNOOP_SUSPICION_FRAMES; i++)
    stack[i] = g_strdup_printf ("function%u (program)", i);
  g_ptr_array_add (suspicion->sites, memsnoop_suspicion_site_new_stack (4096, 1, stack));
  row = g_variant_ref_sink (memsnoop_suspicion_write_row (suspicion, TRUE));
  sites = g_variant_lookup_value (row, "sites", G_VARIANT_TYPE ("aa{sv}"));
  site = g_variant_get_child_value (sites, 0);
  frames = g_variant_lookup_value (site, "frames", G_VARIANT_TYPE_STRING_ARRAY);
  g_assert_cmpuint (g_variant_n_children (frames), ==, MEMSNOOP_SUSPICION_FRAMES);
  g_assert_null (g_variant_lookup_value (site, "cache", NULL));
  evidence = g_variant_ref_sink (memsnoop_suspicion_write_evidence (suspicion));
  g_assert_null (g_variant_lookup_value (evidence, "sites", NULL));
}

static void
test_retained_memory_is_told_when_it_is_known (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();
  g_autoptr (GVariant) before = NULL, after = NULL;
  guint64 retained = 0;

  before = g_variant_ref_sink (memsnoop_suspicion_write_evidence (suspicion));
  g_assert_null (g_variant_lookup_value (before, "retained", NULL));
  tell (suspicion);
  suspicion->retained = 4096;
  g_assert_true (memsnoop_suspicion_is_worth_telling (suspicion));
  after = g_variant_ref_sink (memsnoop_suspicion_write_evidence (suspicion));
  g_assert_true (g_variant_lookup (after, "retained", "t", &retained));
  g_assert_cmpuint (retained, ==, 4096);
}

static void
test_sites_that_are_not_known_are_an_empty_list (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();
  g_autoptr (GVariant) row = g_variant_ref_sink (memsnoop_suspicion_write_row (suspicion, TRUE));
  g_autoptr (GVariant) sites = g_variant_lookup_value (row, "sites", G_VARIANT_TYPE ("aa{sv}"));

  g_assert_nonnull (sites);
  g_assert_cmpuint (g_variant_n_children (sites), ==, 0);
}

static void
test_the_same_is_told_once (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();

  g_assert_true (memsnoop_suspicion_is_worth_telling (suspicion));
  tell (suspicion);
  g_assert_false (memsnoop_suspicion_is_worth_telling (suspicion));
}

static void
test_a_rate_is_news_from_a_factor_of_two_on (void)
{
  static const struct
  {
    gdouble told;
    gdouble rate;
    gboolean news;
  } cases[] = {
    { 1000, 1999, FALSE }, { 1000, 2000, TRUE },     { 1000, 501, FALSE },
    { 1000, 500, TRUE },   { 1000, 0, TRUE },        { 0, 1, TRUE },
    { 0, 0, FALSE },       { 1e-300, 2e-300, TRUE }, { 1e300, 1e300, FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();

      tell (suspicion);
      suspicion->told_rate = cases[i].told;
      suspicion->rate = cases[i].rate;
      g_assert_cmpint (memsnoop_suspicion_is_worth_telling (suspicion), ==, cases[i].news);
    }
}

static void
test_another_level_is_news (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();

  tell (suspicion);
  suspicion->level = MEMSNOOP_SUSPICION_PROBABLE;
  g_assert_true (memsnoop_suspicion_is_worth_telling (suspicion));
  tell (suspicion);
  suspicion->level = MEMSNOOP_SUSPICION_GROWTH;
  g_assert_true (memsnoop_suspicion_is_worth_telling (suspicion));
}

static void
test_memory_that_is_exhausted_soon_is_news_until_it_lasts_twice_as_long (void)
{
  static const struct
  {
    guint64 told;
    guint64 seconds;
    gboolean news;
  } cases[] = {
    { 7200, 601, FALSE }, { 7200, 600, TRUE }, { MEMSNOOP_NEVER, 600, TRUE },
    { 601, 0, TRUE },     { 600, 1, FALSE },   { 600, 1200, FALSE },
    { 600, 1201, TRUE },  { 0, 7200, TRUE },   { 600, MEMSNOOP_NEVER, FALSE },
    { 1200, 600, TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();

      suspicion->time_to_exhaustion = cases[i].told;
      tell (suspicion);
      suspicion->time_to_exhaustion = cases[i].seconds;
      g_assert_cmpint (memsnoop_suspicion_is_worth_telling (suspicion), ==, cases[i].news);
    }
}

static void
test_only_what_is_worse_is_told_without_a_pause (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();
  guint64 pause = 240 * MEMSNOOP_SECOND, told = 2000 * MEMSNOOP_SECOND;

  tell (suspicion);
  g_assert_false (memsnoop_suspicion_is_due (suspicion, told + pause, pause));
  suspicion->rate *= 2;
  g_assert_false (memsnoop_suspicion_is_due (suspicion, told + pause - 1, pause));
  g_assert_true (memsnoop_suspicion_is_due (suspicion, told + pause, pause));
  suspicion->time_to_exhaustion = 600;
  g_assert_true (memsnoop_suspicion_is_due (suspicion, told, pause));
  tell (suspicion);
  suspicion->time_to_exhaustion = 1201;
  g_assert_false (memsnoop_suspicion_is_due (suspicion, told + pause - 1, pause));
  g_assert_true (memsnoop_suspicion_is_due (suspicion, told + pause, pause));
  suspicion->level = MEMSNOOP_SUSPICION_PROBABLE;
  g_assert_true (memsnoop_suspicion_is_due (suspicion, told, pause));
}

static void
test_the_latest_verdict_is_taken_over (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();
  MemsnoopGrowthVerdict next = verdict (1000 * MEMSNOOP_SECOND, 50 * MIB, 1e5);

  next.confidence = 0.9;
  memsnoop_suspicion_update (suspicion, &next, 1700 * MEMSNOOP_SECOND, 110 * MIB);
  g_assert_cmpfloat (suspicion->rate, ==, 1e5);
  g_assert_cmpfloat (suspicion->confidence, ==, 0.9);
  g_assert_cmpuint (suspicion->bytes, ==, 50 * MIB);
  g_assert_cmpuint (suspicion->judged_at, ==, 1700 * MEMSNOOP_SECOND);
  g_assert_cmpuint (suspicion->judged_bytes, ==, 110 * MIB);
  g_assert_cmpuint (suspicion->verdict.bytes, ==, 50 * MIB);
}

/* The window moves on while the growth goes on. */
static void
test_the_beginning_stays_the_earliest_that_was_seen (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();
  MemsnoopGrowthVerdict later = verdict (1500 * MEMSNOOP_SECOND, 35 * MIB, 65536);
  MemsnoopGrowthVerdict earlier = verdict (200 * MEMSNOOP_SECOND, 90 * MIB, 65536);

  /* 100 MiB with 40 grown: it began at 60. */
  memsnoop_suspicion_update (suspicion, &later, 2000 * MEMSNOOP_SECOND, 130 * MIB);
  g_assert_cmpuint (suspicion->since, ==, 1000 * MEMSNOOP_SECOND);
  g_assert_cmpuint (suspicion->bytes, ==, 70 * MIB);

  memsnoop_suspicion_update (suspicion, &earlier, 2100 * MEMSNOOP_SECOND, 140 * MIB);
  g_assert_cmpuint (suspicion->since, ==, 200 * MEMSNOOP_SECOND);
  g_assert_cmpuint (suspicion->bytes, ==, 90 * MIB);
}

static void
test_bytes_never_fall_below_what_the_verdict_saw (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();
  MemsnoopGrowthVerdict later = verdict (1500 * MEMSNOOP_SECOND, 35 * MIB, 65536);

  memsnoop_suspicion_update (suspicion, &later, 2000 * MEMSNOOP_SECOND, 50 * MIB);
  g_assert_cmpuint (suspicion->bytes, ==, 35 * MIB);
}

static void
test_what_rests_tells_of_the_present_and_when_it_grew_last (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();
  MemsnoopGrowthVerdict later = verdict (1500 * MEMSNOOP_SECOND, 35 * MIB, 65536);

  /* It began at 60 MiB. */
  memsnoop_suspicion_rest (suspicion, 85 * MIB);
  g_assert_cmpuint (suspicion->bytes, ==, 25 * MIB);
  g_assert_cmpuint (suspicion->time_to_exhaustion, ==, MEMSNOOP_NEVER);
  g_assert_cmpuint (suspicion->judged_at, ==, 1600 * MEMSNOOP_SECOND);
  g_assert_cmpuint (suspicion->judged_bytes, ==, 100 * MIB);
  memsnoop_suspicion_rest (suspicion, 10 * MIB);
  g_assert_cmpuint (suspicion->bytes, ==, 0);
  memsnoop_suspicion_update (suspicion, &later, 2000 * MEMSNOOP_SECOND, 130 * MIB);
  g_assert_cmpuint (suspicion->bytes, ==, 70 * MIB);
}

static void
test_every_kind_level_state_and_reason_has_its_name (void)
{
  g_assert_cmpstr (memsnoop_suspicion_kind_name (MEMSNOOP_SUSPICION_RSS), ==, "rss");
  g_assert_cmpstr (memsnoop_suspicion_kind_name (MEMSNOOP_SUSPICION_SHMEM), ==, "shmem");
  g_assert_cmpstr (memsnoop_suspicion_kind_name (MEMSNOOP_SUSPICION_HEAP), ==, "heap");
  g_assert_cmpstr (memsnoop_suspicion_kind_name (MEMSNOOP_SUSPICION_KERNEL), ==, "kernel");
  g_assert_cmpstr (memsnoop_suspicion_level_name (MEMSNOOP_SUSPICION_GROWTH), ==, "growth");
  g_assert_cmpstr (memsnoop_suspicion_level_name (MEMSNOOP_SUSPICION_PROBABLE), ==, "probable");
  g_assert_cmpstr (memsnoop_suspicion_state_name (MEMSNOOP_SUSPICION_RAISED), ==, "raised");
  g_assert_cmpstr (memsnoop_suspicion_state_name (MEMSNOOP_SUSPICION_CHANGED), ==, "changed");
  g_assert_cmpstr (memsnoop_suspicion_state_name (MEMSNOOP_SUSPICION_CLEARED), ==, "cleared");
  g_assert_cmpstr (memsnoop_suspicion_reason_name (MEMSNOOP_SUSPICION_EXITED), ==, "exited");
  g_assert_cmpstr (memsnoop_suspicion_reason_name (MEMSNOOP_SUSPICION_RELEASED), ==, "released");
  g_assert_cmpstr (memsnoop_suspicion_reason_name (MEMSNOOP_SUSPICION_STOPPED), ==, "stopped");
  g_assert_cmpstr (memsnoop_suspicion_reason_name (MEMSNOOP_SUSPICION_IGNORED), ==, "ignored");
  g_assert_cmpstr (memsnoop_suspicion_reason_name (MEMSNOOP_SUSPICION_NOT_RECORDED), ==,
                   "not-recorded");
  g_assert_cmpstr (memsnoop_suspicion_reason_name (MEMSNOOP_SUSPICION_OTHER_PROGRAM), ==,
                   "other-program");
  g_assert_cmpstr (memsnoop_suspicion_reason_name (MEMSNOOP_SUSPICION_DISPLACED), ==, "displaced");
}

static void
test_a_record_gives_back_the_same_suspicion (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();
  g_autoptr (MemsnoopSuspicion) again = NULL;
  g_autoptr (GByteArray) record = g_byte_array_new ();
  g_autoptr (GByteArray) second = g_byte_array_new ();
  MemsnoopStateCursor cursor = { 0 };

  g_ptr_array_add (suspicion->sites, memsnoop_suspicion_site_new (4096, 16, "do_thing", "cache"));
  g_ptr_array_add (suspicion->sites, memsnoop_suspicion_site_new (1, 1, "other", NULL));
  suspicion->level = MEMSNOOP_SUSPICION_PROBABLE;
  suspicion->told_at = 5;
  memsnoop_suspicion_record_add (record, suspicion);
  cursor = (MemsnoopStateCursor){ .data = record->data, .length = record->len };
  again = memsnoop_suspicion_record_take (&cursor);
  g_assert_nonnull (again);
  g_assert_cmpuint (cursor.length, ==, 0);
  g_assert_cmpstr (again->session, ==, "/");
  g_assert_cmpuint (again->execution, ==, 42);
  g_assert_cmpstr (again->comm, ==, suspicion->comm);
  g_assert_cmpstr (again->executable, ==, suspicion->executable);
  g_assert_cmpuint (again->told_seconds, ==, 7200);
  g_assert_null (((MemsnoopSuspicionSite *) g_ptr_array_index (again->sites, 1))->cache);
  memsnoop_suspicion_record_add (second, again);
  g_assert_cmpmem (record->data, record->len, second->data, second->len);
}

/* One of them leaves no room for the others. */
static void
test_a_record_has_the_innermost_of_a_call_stack (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();
  g_autoptr (MemsnoopSuspicion) again = NULL;
  g_autoptr (GByteArray) record = g_byte_array_new ();
  g_autofree gchar *name = g_strnfill (5000, 'n');
  const gchar *frames[] = { "inner (a)", "outer (b.c:1)", name, "main (c)", NULL };
  MemsnoopStateCursor cursor;
  const MemsnoopSuspicionSite *site;

  g_ptr_array_add (suspicion->sites,
                   memsnoop_suspicion_site_new_stack (3, 2, g_strdupv ((gchar **) frames)));
  memsnoop_suspicion_record_add (record, suspicion);
  cursor = (MemsnoopStateCursor){ .data = record->data, .length = record->len };
  again = memsnoop_suspicion_record_take (&cursor);
  g_assert_nonnull (again);
  site = g_ptr_array_index (again->sites, again->sites->len - 1);
  g_assert_cmpuint (g_strv_length (site->frames), ==, 2);
  g_assert_cmpstr (site->frames[0], ==, "inner (a)");
  g_assert_cmpstr (site->frames[1], ==, "outer (b.c:1)");
  g_assert_null (site->cache);
}

static void
test_a_record_that_is_cut_anywhere_is_none (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();
  g_autoptr (GByteArray) record = g_byte_array_new ();

  g_ptr_array_add (suspicion->sites, memsnoop_suspicion_site_new (4096, 16, "do_thing", "cache"));
  memsnoop_suspicion_record_add (record, suspicion);
  for (guint length = 0; length < record->len; length++)
    {
      g_autofree guint8 *copy = g_memdup2 (record->data, length);
      MemsnoopStateCursor cursor = { .data = copy, .length = length };

      g_assert_null (memsnoop_suspicion_record_take (&cursor));
      g_assert_true (cursor.failed);
    }
}

/* Whatever a byte is changed to, it is read within its bounds. */
static void
test_a_record_of_arbitrary_bytes_does_no_harm (void)
{
  g_autoptr (MemsnoopSuspicion) suspicion = some_suspicion ();
  g_autoptr (GByteArray) record = g_byte_array_new ();

  memsnoop_suspicion_record_add (record, suspicion);
  for (guint i = 0; i < record->len; i++)
    {
      g_autofree guint8 *copy = g_memdup2 (record->data, record->len);
      MemsnoopStateCursor cursor = { .data = copy, .length = record->len };
      g_autoptr (MemsnoopSuspicion) read = NULL;

      copy[i] ^= 0xff;
      read = memsnoop_suspicion_record_take (&cursor);
      if (read != NULL)
        g_variant_unref (g_variant_ref_sink (memsnoop_suspicion_write_row (read, TRUE)));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/suspicion/evidence-has-what-the-contract-says-and-nothing-else",
                   test_evidence_has_what_the_contract_says_and_nothing_else);
  g_test_add_func ("/suspicion/what-is-cleared-says-why-and-only-that-does",
                   test_what_is_cleared_says_why_and_only_that_does);
  g_test_add_func ("/suspicion/memory-that-lasts-for-ever-has-no-time-to-exhaustion",
                   test_memory_that_lasts_for_ever_has_no_time_to_exhaustion);
  g_test_add_func ("/suspicion/rows-name-the-process-in-valid-text",
                   test_rows_name_the_process_in_valid_text);
  g_test_add_func ("/suspicion/sites-are-told-when-asked-for", test_sites_are_told_when_asked_for);
  g_test_add_func ("/suspicion/a-call-stack-is-told-and-bounded",
                   test_a_call_stack_is_told_and_bounded);
  g_test_add_func ("/suspicion/retained-memory-is-told-when-it-is-known",
                   test_retained_memory_is_told_when_it_is_known);
  g_test_add_func ("/suspicion/sites-that-are-not-known-are-an-empty-list",
                   test_sites_that_are_not_known_are_an_empty_list);
  g_test_add_func ("/suspicion/the-same-is-told-once", test_the_same_is_told_once);
  g_test_add_func ("/suspicion/exhausted-soon-is-news-until-it-lasts-twice-as-long",
                   test_memory_that_is_exhausted_soon_is_news_until_it_lasts_twice_as_long);
  g_test_add_func ("/suspicion/only-what-is-worse-is-told-without-a-pause",
                   test_only_what_is_worse_is_told_without_a_pause);
  g_test_add_func ("/suspicion/a-rate-is-news-from-a-factor-of-two-on",
                   test_a_rate_is_news_from_a_factor_of_two_on);
  g_test_add_func ("/suspicion/another-level-is-news", test_another_level_is_news);
  g_test_add_func ("/suspicion/the-latest-verdict-is-taken-over",
                   test_the_latest_verdict_is_taken_over);
  g_test_add_func ("/suspicion/the-beginning-stays-the-earliest-that-was-seen",
                   test_the_beginning_stays_the_earliest_that_was_seen);
  g_test_add_func ("/suspicion/bytes-never-fall-below-what-the-verdict-saw",
                   test_bytes_never_fall_below_what_the_verdict_saw);
  g_test_add_func ("/suspicion/what-rests-tells-of-the-present-and-when-it-grew-last",
                   test_what_rests_tells_of_the_present_and_when_it_grew_last);
  g_test_add_func ("/suspicion/every-kind-level-state-and-reason-has-its-name",
                   test_every_kind_level_state_and_reason_has_its_name);
  g_test_add_func ("/suspicion/a-record-gives-back-the-same-suspicion",
                   test_a_record_gives_back_the_same_suspicion);
  g_test_add_func ("/suspicion/a-record-has-the-innermost-of-a-call-stack",
                   test_a_record_has_the_innermost_of_a_call_stack);
  g_test_add_func ("/suspicion/a-record-that-is-cut-anywhere-is-none",
                   test_a_record_that_is_cut_anywhere_is_none);
  g_test_add_func ("/suspicion/a-record-of-arbitrary-bytes-does-no-harm",
                   test_a_record_of_arbitrary_bytes_does_no_harm);
  return g_test_run ();
}
