/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "start-options.h"

#include "configuration.h"

#include <math.h>

static MemsnoopStartOptions *
parse (const gchar *text, GError **error)
{
  g_autoptr (GVariant) options = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);

  g_assert_nonnull (options);
  return memsnoop_start_options_parse (options, error);
}

/* Each case: options in GVariant's text form, and a part of the message that refuses them. */
static void
assert_refused (const gchar *text, gint code, const gchar *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopStartOptions) options = parse (text, &error);

  g_assert_null (options);
  g_assert_error (error, G_DBUS_ERROR, code);
  if (strstr (error->message, message) == NULL)
    g_error ("“%s” does not say “%s”", error->message, message);
}

static void
test_no_options_are_the_defaults (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopStartOptions) options = parse ("{}", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (options->pids->len, ==, 0);
  g_assert_true (options->follow);
  g_assert_cmpuint (options->duration, ==, 0);
  g_assert_false (options->linger);
  g_assert_cmpuint (options->keep, ==, 300);
  g_assert_cmpuint (options->map_memory, ==, 0);
  g_assert_true (options->kernel);
  g_assert_false (options->heap);
}

static void
test_every_option_is_read (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopStartOptions) options =
      parse ("{'sources': <['kernel']>, 'pids': <[uint32 7, 9]>, 'follow': <false>,"
             " 'duration': <uint32 604800>, 'linger': <true>, 'keep': <uint32 86400>,"
             " 'map-memory': <uint64 4194304>, 'sample-interval': <uint64 0>,"
             " 'stack-depth': <uint32 0>, 'cpu-budget': <0.0>}",
             &error);

  g_assert_no_error (error);
  g_assert_cmpuint (options->pids->len, ==, 2);
  g_assert_cmpuint (g_array_index (options->pids, guint32, 0), ==, 7);
  g_assert_cmpuint (g_array_index (options->pids, guint32, 1), ==, 9);
  g_assert_false (options->follow);
  g_assert_cmpuint (options->duration, ==, 604800);
  g_assert_true (options->linger);
  g_assert_cmpuint (options->keep, ==, 86400);
  g_assert_cmpuint (options->map_memory, ==, 4194304);
}

static void
test_unknown_keys_are_refused_with_those_that_exist (void)
{
  assert_refused ("{'pid': <uint32 1>}", G_DBUS_ERROR_INVALID_ARGS, "no option “pid”");
  assert_refused ("{'pid': <uint32 1>}", G_DBUS_ERROR_INVALID_ARGS, "sources, pids, follow");
  assert_refused ("{'': <uint32 1>}", G_DBUS_ERROR_INVALID_ARGS, "no option “”");
}

static void
test_wrong_types_are_refused_with_the_right_one (void)
{
  assert_refused ("{'duration': <'long'>}", G_DBUS_ERROR_INVALID_ARGS, "must have “u”");
  assert_refused ("{'duration': <1>}", G_DBUS_ERROR_INVALID_ARGS, "has the type “i”");
  assert_refused ("{'pids': <[1, 2]>}", G_DBUS_ERROR_INVALID_ARGS, "must have “au”");
  assert_refused ("{'pids': <uint32 1>}", G_DBUS_ERROR_INVALID_ARGS, "must have “au”");
  assert_refused ("{'sources': <'kernel'>}", G_DBUS_ERROR_INVALID_ARGS, "must have “as”");
  assert_refused ("{'cpu-budget': <uint32 0>}", G_DBUS_ERROR_INVALID_ARGS, "must have “d”");
  assert_refused ("{'linger': <<true>>}", G_DBUS_ERROR_INVALID_ARGS, "has the type “v”");
}

static void
test_a_key_given_twice_is_refused (void)
{
  assert_refused ("{'keep': <uint32 1>, 'keep': <uint32 2>}", G_DBUS_ERROR_INVALID_ARGS,
                  "more than once");
}

static void
test_bad_sources_are_refused (void)
{
  assert_refused ("{'sources': <@as []>}", G_DBUS_ERROR_INVALID_ARGS, "0 members");
  assert_refused ("{'sources': <['kernel', 'kernel']>}", G_DBUS_ERROR_INVALID_ARGS,
                  "“kernel” more than once");
  assert_refused ("{'sources': <['heap', 'kernel', 'heap']>}", G_DBUS_ERROR_INVALID_ARGS,
                  "“heap” more than once");
  assert_refused ("{'sources': <['a', 'b', 'c', 'd']>}", G_DBUS_ERROR_INVALID_ARGS, "4 members");
  assert_refused ("{'sources': <['slab']>}", G_DBUS_ERROR_INVALID_ARGS, "kernel, heap, growth");
  assert_refused ("{'sources': <['']>}", G_DBUS_ERROR_INVALID_ARGS, "no source “”");
}

static void
test_growth_has_stacks_and_is_neither_sampled_nor_bounded (void)
{
  g_autoptr (MemsnoopStartOptions) options = parse (
      "{'sources': <['growth', 'kernel']>, 'pids': <[uint32 7]>, 'stack-depth': <uint32 9>}", NULL);

  g_assert_true (options->growth && options->kernel && !options->heap);
  g_assert_cmpuint (options->stack_depth, ==, 9);
  assert_refused ("{'sources': <['growth']>}", G_DBUS_ERROR_INVALID_ARGS, "has 0 processes");
  assert_refused ("{'sources': <['growth']>, 'pids': <[uint32 7]>,"
                  " 'sample-interval': <uint64 4096>}",
                  G_DBUS_ERROR_INVALID_ARGS, "“sample-interval” is 4096");
  assert_refused ("{'sources': <['growth']>, 'pids': <[uint32 7]>, 'cpu-budget': <0.5>}",
                  G_DBUS_ERROR_INVALID_ARGS, "“cpu-budget” is 0.5");
  assert_refused ("{'sources': <['growth']>, 'pids': <[uint32 7]>, 'stack-depth': <uint32 0>}",
                  G_DBUS_ERROR_INVALID_ARGS, "“stack-depth” is 0");
}

static void
test_heaps_and_growth_together_have_a_limit_of_memory (void)
{
  assert_refused ("{'sources': <['heap', 'growth']>, 'pids': <[uint32 7]>,"
                  " 'map-memory': <uint64 4294967296>}",
                  G_DBUS_ERROR_INVALID_ARGS, "each of 2 recordings");
}

static void
test_bad_pids_are_refused (void)
{
  assert_refused ("{'pids': <[uint32 0]>}", G_DBUS_ERROR_INVALID_ARGS, "contains 0");
  assert_refused ("{'pids': <[uint32 3, 4, 3]>}", G_DBUS_ERROR_INVALID_ARGS, "3 more than once");
}

static void
test_pids_are_limited (void)
{
  for (guint n = MEMSNOOP_START_PIDS_MAX; n <= MEMSNOOP_START_PIDS_MAX + 1; n++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) dictionary = NULL;
      g_autoptr (MemsnoopStartOptions) options = NULL;
      GVariantBuilder pids;

      g_variant_builder_init (&pids, G_VARIANT_TYPE ("au"));
      for (guint pid = 1; pid <= n; pid++)
        g_variant_builder_add (&pids, "u", pid);
      dictionary = g_variant_ref_sink (
          g_variant_new_parsed ("{'pids': <%*>}", g_variant_builder_end (&pids)));
      options = memsnoop_start_options_parse (dictionary, &error);
      if (n <= MEMSNOOP_START_PIDS_MAX)
        g_assert_no_error (error);
      else
        g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
    }
}

static void
test_times_beyond_the_limit_are_refused (void)
{
  assert_refused ("{'duration': <uint32 604801>}", G_DBUS_ERROR_INVALID_ARGS, "604800");
  assert_refused ("{'duration': <uint32 4294967295>}", G_DBUS_ERROR_INVALID_ARGS, "4294967295");
  assert_refused ("{'keep': <uint32 86401>}", G_DBUS_ERROR_INVALID_ARGS, "86400");
}

static void
test_map_memory_outside_its_range_is_refused_with_the_range (void)
{
  assert_refused ("{'map-memory': <uint64 4194303>}", G_DBUS_ERROR_INVALID_ARGS, "4194303 bytes");
  assert_refused ("{'map-memory': <uint64 0>}", G_DBUS_ERROR_INVALID_ARGS, "MiB");
  assert_refused ("{'map-memory': <uint64 4294967297>}", G_DBUS_ERROR_INVALID_ARGS, "GiB");
  assert_refused ("{'map-memory': <uint64 18446744073709551615>}", G_DBUS_ERROR_INVALID_ARGS,
                  "GiB");
}

static void
test_options_of_the_heap_must_be_zero (void)
{
  assert_refused ("{'sample-interval': <uint64 1>}", G_DBUS_ERROR_INVALID_ARGS, "must be 0");
  assert_refused ("{'stack-depth': <uint32 64>}", G_DBUS_ERROR_INVALID_ARGS, "is 64");
  assert_refused ("{'cpu-budget': <0.05>}", G_DBUS_ERROR_INVALID_ARGS, "is 0.05");
  assert_refused ("{'cpu-budget': <-1.0>}", G_DBUS_ERROR_INVALID_ARGS, "must be 0");
}

#define HEAP(more) "{'sources': <['heap']>, 'pids': <[uint32 7]>, " more "}"

static void
test_the_options_of_a_heap_are_read (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopStartOptions) options =
      parse (HEAP ("'sample-interval': <uint64 524288>, 'stack-depth': <uint32 512>"), &error);
  g_autoptr (MemsnoopStartOptions) defaults =
      parse ("{'sources': <['kernel', 'heap']>, 'pids': <[uint32 7]>}", NULL);

  g_assert_no_error (error);
  g_assert_true (options->heap);
  g_assert_false (options->kernel);
  g_assert_cmpuint (options->sample_interval, ==, 524288);
  g_assert_cmpuint (options->stack_depth, ==, 512);
  g_assert_true (defaults->heap);
  g_assert_true (defaults->kernel);
  g_assert_cmpuint (defaults->sample_interval, ==, 0);
  g_assert_cmpuint (defaults->stack_depth, ==, 128);
}

static void
test_a_heap_needs_one_to_32_processes (void)
{
  g_autoptr (GString) pids = g_string_new (NULL);
  g_autofree gchar *too_many = NULL, *just_enough = NULL;
  g_autoptr (MemsnoopStartOptions) options = NULL;

  assert_refused ("{'sources': <['heap']>}", G_DBUS_ERROR_INVALID_ARGS, "has 0 processes");
  assert_refused ("{'sources': <['heap']>, 'pids': <@au []>}", G_DBUS_ERROR_INVALID_ARGS,
                  "name 1 to 32");
  for (guint i = 1; i <= 32; i++)
    g_string_append_printf (pids, "%suint32 %u", i > 1 ? ", " : "", i);
  just_enough = g_strdup_printf ("{'sources': <['heap']>, 'pids': <[%s]>}", pids->str);
  too_many = g_strdup_printf ("{'sources': <['heap']>, 'pids': <[%s, uint32 33]>}", pids->str);
  options = parse (just_enough, NULL);
  g_assert_nonnull (options);
  assert_refused (too_many, G_DBUS_ERROR_INVALID_ARGS, "has 33 processes");
}

static void
test_options_of_a_heap_outside_their_range_are_refused_with_the_range (void)
{
  assert_refused (HEAP ("'sample-interval': <uint64 1023>"), G_DBUS_ERROR_INVALID_ARGS,
                  "1024 to 1073741824");
  assert_refused (HEAP ("'sample-interval': <uint64 1073741825>"), G_DBUS_ERROR_INVALID_ARGS,
                  "1073741825 bytes");
  assert_refused (HEAP ("'stack-depth': <uint32 0>"), G_DBUS_ERROR_INVALID_ARGS, "1 to 512");
  assert_refused (HEAP ("'stack-depth': <uint32 513>"), G_DBUS_ERROR_INVALID_ARGS, "513 frames");
  assert_refused (HEAP ("'cpu-budget': <0.0009>"), G_DBUS_ERROR_INVALID_ARGS, "is 0.0009");
  assert_refused (HEAP ("'cpu-budget': <1.5>"), G_DBUS_ERROR_INVALID_ARGS, "0.001 to 1");
  assert_refused (HEAP ("'cpu-budget': <-0.1>"), G_DBUS_ERROR_INVALID_ARGS, "0.001 to 1");
}

static void
test_a_heap_may_have_a_budget (void)
{
  g_autoptr (MemsnoopStartOptions) options = parse (HEAP ("'cpu-budget': <0.05>"), NULL);
  g_autoptr (MemsnoopStartOptions) none = parse (HEAP ("'cpu-budget': <0.0>"), NULL);

  g_assert_cmpfloat_with_epsilon (options->cpu_budget, 0.05, 1e-9);
  g_assert_cmpfloat_with_epsilon (none->cpu_budget, 0, 1e-9);
}

static void
test_all_heaps_together_have_a_limit_of_memory (void)
{
  g_autoptr (MemsnoopStartOptions) options =
      parse (HEAP ("'map-memory': <uint64 4294967296>"), NULL);

  g_assert_nonnull (options);
  assert_refused ("{'sources': <['heap']>, 'pids': <[uint32 7, 8]>,"
                  " 'map-memory': <uint64 4294967296>}",
                  G_DBUS_ERROR_INVALID_ARGS, "each of 2 recordings");
}

static void
test_a_budget_that_is_no_number_is_refused (void)
{
  const gdouble budgets[] = { NAN, INFINITY, -INFINITY };

  for (gsize i = 0; i < G_N_ELEMENTS (budgets); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GVariant) dictionary = g_variant_ref_sink (g_variant_new_parsed (
          "{'sources': <['heap']>, 'pids': <[uint32 7]>, 'cpu-budget': <%d>}", budgets[i]));

      g_assert_null (memsnoop_start_options_parse (dictionary, &error));
      g_assert_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS);
    }
}

static void
test_long_keys_are_cut_in_messages (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) key = g_string_new (NULL);
  g_autoptr (GVariant) dictionary = NULL;

  for (guint i = 0; i < 100000; i++)
    g_string_append (key, "ü");
  dictionary = g_variant_ref_sink (g_variant_new_parsed ("{%s: <1>}", key->str));
  g_assert_null (memsnoop_start_options_parse (dictionary, &error));
  g_assert_cmpuint (strlen (error->message), <, 1000);
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/start-options/no-options-are-the-defaults", test_no_options_are_the_defaults);
  g_test_add_func ("/start-options/every-option-is-read", test_every_option_is_read);
  g_test_add_func ("/start-options/unknown-keys-are-refused-with-those-that-exist",
                   test_unknown_keys_are_refused_with_those_that_exist);
  g_test_add_func ("/start-options/wrong-types-are-refused-with-the-right-one",
                   test_wrong_types_are_refused_with_the_right_one);
  g_test_add_func ("/start-options/a-key-given-twice-is-refused",
                   test_a_key_given_twice_is_refused);
  g_test_add_func ("/start-options/bad-sources-are-refused", test_bad_sources_are_refused);
  g_test_add_func ("/start-options/growth-has-stacks-and-is-neither-sampled-nor-bounded",
                   test_growth_has_stacks_and_is_neither_sampled_nor_bounded);
  g_test_add_func ("/start-options/heaps-and-growth-together-have-a-limit-of-memory",
                   test_heaps_and_growth_together_have_a_limit_of_memory);
  g_test_add_func ("/start-options/bad-pids-are-refused", test_bad_pids_are_refused);
  g_test_add_func ("/start-options/pids-are-limited", test_pids_are_limited);
  g_test_add_func ("/start-options/times-beyond-the-limit-are-refused",
                   test_times_beyond_the_limit_are_refused);
  g_test_add_func ("/start-options/map-memory-outside-its-range-is-refused-with-the-range",
                   test_map_memory_outside_its_range_is_refused_with_the_range);
  g_test_add_func ("/start-options/options-of-the-heap-must-be-zero",
                   test_options_of_the_heap_must_be_zero);
  g_test_add_func ("/start-options/the-options-of-a-heap-are-read",
                   test_the_options_of_a_heap_are_read);
  g_test_add_func ("/start-options/a-heap-needs-one-to-32-processes",
                   test_a_heap_needs_one_to_32_processes);
  g_test_add_func (
      "/start-options/options-of-a-heap-outside-their-range-are-refused-with-the-range",
      test_options_of_a_heap_outside_their_range_are_refused_with_the_range);
  g_test_add_func ("/start-options/all-heaps-together-have-a-limit-of-memory",
                   test_all_heaps_together_have_a_limit_of_memory);
  g_test_add_func ("/start-options/a-heap-may-have-a-budget", test_a_heap_may_have_a_budget);
  g_test_add_func ("/start-options/a-budget-that-is-no-number-is-refused",
                   test_a_budget_that_is_no_number_is_refused);
  g_test_add_func ("/start-options/long-keys-are-cut-in-messages",
                   test_long_keys_are_cut_in_messages);
  return g_test_run ();
}
