/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configuration.h"

#include <glib/gstdio.h>

typedef struct
{
  gchar *folder;
  gchar *path;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer unused)
{
  fixture->folder = g_dir_make_tmp ("memsnoop-configuration-XXXXXX", NULL);
  g_assert_nonnull (fixture->folder);
  fixture->path = g_build_filename (fixture->folder, "memsnoopd.conf", NULL);
}

static void
tear_down (Fixture *fixture, gconstpointer unused)
{
  g_unlink (fixture->path);
  g_rmdir (fixture->folder);
  g_free (fixture->path);
  g_free (fixture->folder);
}

static MemsnoopConfiguration *
load (Fixture *fixture, const gchar *text, GError **error)
{
  g_assert_true (g_file_set_contents (fixture->path, text, -1, NULL));
  return memsnoop_configuration_load (fixture->path, error);
}

/* The file is refused, at @line, with a message that contains each of @words. */
static void
assert_refused (Fixture *fixture, const gchar *text, guint line, const gchar *const *words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopConfiguration) configuration = load (fixture, text, &error);
  g_autofree gchar *place = g_strdup_printf ("%s:%u: ", fixture->path, line);

  g_assert_null (configuration);
  g_assert_nonnull (error);
  g_test_message ("%s", error->message);
  g_assert_true (error->domain == G_KEY_FILE_ERROR);
  g_assert_true (g_str_has_prefix (error->message, place));
  for (guint i = 0; words[i] != NULL; i++)
    g_assert_nonnull (strstr (error->message, words[i]));
}

static void
test_empty_file_gives_defaults (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopConfiguration) configuration = load (fixture, "# nothing\n\n", &error);

  g_assert_no_error (error);
  g_assert_cmpuint (configuration->map_memory, ==, 64 << 20);
  g_assert_cmpuint (configuration->max_sessions, ==, 64);
  g_assert_cmpuint (configuration->max_sessions_per_caller, ==, 16);
  g_assert_cmpuint (configuration->max_heaps_per_caller, ==, 16);
  g_assert_cmpuint (configuration->max_kept_sessions, ==, 16);
  g_assert_cmpstr (configuration->user, ==, "memsnoop");
  g_assert_cmpfloat (configuration->watch_interval, ==, 2);
  g_assert_false (configuration->record_suspects);
  g_assert_cmpuint (configuration->growth.minimum_bytes, ==, 4 << 20);
  g_assert_cmpfloat (configuration->growth.minimum_share, ==, 0.02);
}

static void
test_every_key_is_read (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopConfiguration) configuration =
      load (fixture,
            "[service]\nuser = tracer-1\n[sessions]\nmaximum=3\nmaximum-per-caller=2 \n"
            "maximum-kept=0\n[kernel]\nmap-memory=128M\n[heap]\nmap-memory=256M\n",
            &error);

  g_assert_no_error (error);
  g_assert_cmpstr (configuration->user, ==, "tracer-1");
  g_assert_cmpuint (configuration->max_sessions, ==, 3);
  g_assert_cmpuint (configuration->max_sessions_per_caller, ==, 2);
  g_assert_cmpuint (configuration->max_kept_sessions, ==, 0);
  g_assert_cmpuint (configuration->map_memory, ==, 128 << 20);
  g_assert_cmpuint (configuration->heap_map_memory, ==, 256 << 20);
}

static void
test_every_threshold_is_read (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopConfiguration) configuration =
      load (fixture,
            "[watch]\ninterval=0.25\nminimum-growth=16M\nminimum-growth-share=0.125\n"
            "record-suspects=true\n"
            "[anomalies]\nchurn=0.75\nchurn-rate=5000\nlarge-allocation=8M\n"
            "large-allocation-factor=20.5\nburst-factor=30\nburst-rate=1G\n"
            "fragmentation=1\nfragmentation-bytes=2M\n",
            &error);

  g_assert_no_error (error);
  g_assert_cmpfloat (configuration->watch_interval, ==, 0.25);
  g_assert_cmpuint (configuration->growth.minimum_bytes, ==, 16 << 20);
  g_assert_cmpfloat (configuration->growth.minimum_share, ==, 0.125);
  g_assert_true (configuration->record_suspects);
  g_assert_cmpfloat (configuration->anomalies.churn, ==, 0.75);
  g_assert_cmpfloat (configuration->anomalies.churn_rate, ==, 5000);
  g_assert_cmpuint (configuration->anomalies.large_allocation, ==, 8 << 20);
  g_assert_cmpfloat (configuration->anomalies.large_allocation_factor, ==, 20.5);
  g_assert_cmpfloat (configuration->anomalies.burst_factor, ==, 30);
  g_assert_cmpuint (configuration->anomalies.burst_rate, ==, 1 << 30);
  g_assert_cmpfloat (configuration->anomalies.fragmentation, ==, 1);
  g_assert_cmpuint (configuration->anomalies.fragmentation_bytes, ==, 2 << 20);
}

static void
test_numbers_reach_from_their_least_to_their_greatest (Fixture *fixture, gconstpointer unused)
{
  static const gchar *const values[] = { "0.05", "0.050", "3600", "3600.0", "007" };
  static const gdouble expected[] = { 0.05, 0.05, 3600, 3600, 7 };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree gchar *text = g_strdup_printf ("[watch]\ninterval=%s\n", values[i]);
      g_autoptr (GError) error = NULL;
      g_autoptr (MemsnoopConfiguration) configuration = load (fixture, text, &error);

      g_assert_no_error (error);
      g_assert_cmpfloat (configuration->watch_interval, ==, expected[i]);
    }
}

static void
test_wrong_numbers_are_refused (Fixture *fixture, gconstpointer unused)
{
  static const gchar *const values[] = {
    "",    "0",     "0.0499", "3600.001", "-1",   "+2",    "often", "2 s",
    "2s",  "1.5.2", "1,5",    ".5",       "5.",   ".",     "1e1",   "0x10",
    "inf", "nan",   "2 5",    "1_000",    "1e99", "2\\n3", "٢",     "99999999999999999999",
  };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree gchar *text = g_strdup_printf ("[watch]\n# seconds\ninterval=%s\n", values[i]);
      g_autofree gchar *quoted = g_strdup_printf ("\"%s\"", values[i]);
      const gchar *words[] = { "\"interval\"", "[watch]", quoted, "a number from 0.05 to 3600",
                               NULL };

      assert_refused (fixture, text, 3, words);
    }
}

static void
test_thresholds_out_of_range_are_refused (Fixture *fixture, gconstpointer unused)
{
  static const struct
  {
    const gchar *group;
    const gchar *key;
    const gchar *value;
    const gchar *right;
  } cases[] = {
    { "watch", "minimum-growth", "65535", "from 64K to 1024G" },
    { "watch", "minimum-growth", "1025G", "from 64K to 1024G" },
    { "watch", "minimum-growth", "0.5M", "from 64K to 1024G" },
    { "watch", "minimum-growth-share", "1.01", "from 0 to 1" },
    { "watch", "minimum-growth-share", "2%", "from 0 to 1" },
    { "watch", "record-suspects", "yes", "true or false" },
    { "anomalies", "churn", "1.5", "from 0 to 1" },
    { "anomalies", "churn-rate", "0.5", "from 1 to 1000000000" },
    { "anomalies", "large-allocation", "1023", "from 1K to 1024G" },
    { "anomalies", "large-allocation-factor", "0.9", "from 1 to 1000000" },
    { "anomalies", "burst-factor", "1000001", "from 1 to 1000000" },
    { "anomalies", "burst-rate", "0", "from 1K to 1024G" },
    { "anomalies", "fragmentation", "-0.1", "from 0 to 1" },
    { "anomalies", "fragmentation-bytes", "much", "from 1K to 1024G" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree gchar *text =
          g_strdup_printf ("[%s]\n%s=%s\n", cases[i].group, cases[i].key, cases[i].value);
      const gchar *words[] = { cases[i].group, cases[i].key, cases[i].value, cases[i].right, NULL };

      assert_refused (fixture, text, 2, words);
    }
}

static void
test_sizes_take_suffixes (Fixture *fixture, gconstpointer unused)
{
  static const struct
  {
    const gchar *text;
    guint64 bytes;
  } sizes[] = {
    { "4194304", 4 << 20 }, { "8192K", 8 << 20 }, { "16MiB", 16 << 20 },
    { "16 M", 16 << 20 },   { "1G", 1024 << 20 }, { "4GiB", G_GUINT64_CONSTANT (4) << 30 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree gchar *text = g_strdup_printf ("[kernel]\nmap-memory=%s\n", sizes[i].text);
      g_autoptr (GError) error = NULL;
      g_autoptr (MemsnoopConfiguration) configuration = load (fixture, text, &error);

      g_assert_no_error (error);
      g_assert_cmpuint (configuration->map_memory, ==, sizes[i].bytes);
    }
}

static void
test_wrong_sizes_are_refused (Fixture *fixture, gconstpointer unused)
{
  static const gchar *const values[] = {
    "",     "lots", "64 megabytes", "64MB",      "iB",    "MiB", "64iB",
    "-64M", "1M",   "5G",           "0x4000000", "64.5M", "1e9", "18446744073709551615G",
  };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree gchar *text = g_strdup_printf ("# sizes\n[kernel]\nmap-memory=%s\n", values[i]);
      g_autofree gchar *quoted = g_strdup_printf ("\"%s\"", values[i]);
      const gchar *words[] = { "\"map-memory\"", quoted, "from 4M to 4G", NULL };

      assert_refused (fixture, text, 3, words);
    }
}

static void
test_wrong_counts_are_refused (Fixture *fixture, gconstpointer unused)
{
  static const gchar *const values[] = { "", "0", "4097", "-1", "many", "7 8", "64M", "1.5" };

  for (guint i = 0; i < G_N_ELEMENTS (values); i++)
    {
      g_autofree gchar *text = g_strdup_printf ("[sessions]\n\nmaximum = %s", values[i]);
      g_autofree gchar *quoted = g_strdup_printf ("\"%s\"", values[i]);
      const gchar *words[] = { "\"maximum\"", "[sessions]", quoted, "1 to 4096", NULL };

      assert_refused (fixture, text, 3, words);
    }
}

static void
test_wrong_account_is_refused (Fixture *fixture, gconstpointer unused)
{
  const gchar *words[] = { "\"user\"", "\"two words\"", "account", NULL };

  assert_refused (fixture, "[service]\nuser=two words\n", 2, words);
}

static void
test_unknown_key_names_the_keys (Fixture *fixture, gconstpointer unused)
{
  const gchar *words[] = { "\"maximun\"", "[sessions]", "maximum-per-caller", NULL };

  assert_refused (fixture, "[kernel]\nmap-memory=8M\n[sessions]\nmaximum=5\nmaximun=3\n", 5, words);
}

static void
test_unknown_group_names_the_groups (Fixture *fixture, gconstpointer unused)
{
  const gchar *words[] = { "[session]", "service, sessions, kernel, heap, watch, anomalies", NULL };

  assert_refused (fixture, "[service]\n\n[session]\nmaximum=5\n", 3, words);
}

static void
test_malformed_line_is_named (Fixture *fixture, gconstpointer unused)
{
  const gchar *words[] = { "map-memory 8M", NULL };
  const gchar *none[] = { NULL };

  assert_refused (fixture, "# first\n[kernel]\n\nmap-memory 8M\n[sessions]\n", 4, words);
  assert_refused (fixture, "maximum=5\n[sessions]\n", 1, none);
  assert_refused (fixture, "[sessions]\nmaximum=5\n[kernel\nmap-memory=8M", 3, none);
}

static void
test_last_of_repeated_keys_counts (Fixture *fixture, gconstpointer unused)
{
  const gchar *words[] = { "\"none\"", NULL };

  assert_refused (fixture, "[sessions]\nmaximum=5\n[kernel]\n[sessions]\nmaximum=none\n", 5, words);
}

static void
test_files_that_are_no_text_are_refused (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopConfiguration) configuration = NULL;

  g_assert_true (g_file_set_contents (fixture->path, "[kernel]\n\0map-memory=8M\n", 24, NULL));
  configuration = memsnoop_configuration_load (fixture->path, &error);
  g_assert_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE);
  g_assert_null (configuration);
}

static void
test_missing_file_can_be_told_apart (Fixture *fixture, gconstpointer unused)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopConfiguration) configuration =
      memsnoop_configuration_load ("/nonexistent/memsnoopd.conf", &error);

  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_assert_nonnull (strstr (error->message, "/nonexistent/memsnoopd.conf"));
  g_assert_null (configuration);
}

static void
assert_same_thresholds (const MemsnoopConfiguration *a, const MemsnoopConfiguration *b)
{
  g_assert_cmpuint (a->growth.minimum_bytes, ==, b->growth.minimum_bytes);
  g_assert_cmpfloat (a->growth.minimum_share, ==, b->growth.minimum_share);
  g_assert_cmpfloat (a->anomalies.churn, ==, b->anomalies.churn);
  g_assert_cmpfloat (a->anomalies.churn_rate, ==, b->anomalies.churn_rate);
  g_assert_cmpuint (a->anomalies.large_allocation, ==, b->anomalies.large_allocation);
  g_assert_cmpfloat (a->anomalies.large_allocation_factor, ==,
                     b->anomalies.large_allocation_factor);
  g_assert_cmpfloat (a->anomalies.burst_factor, ==, b->anomalies.burst_factor);
  g_assert_cmpuint (a->anomalies.burst_rate, ==, b->anomalies.burst_rate);
  g_assert_cmpfloat (a->anomalies.fragmentation, ==, b->anomalies.fragmentation);
  g_assert_cmpuint (a->anomalies.fragmentation_bytes, ==, b->anomalies.fragmentation_bytes);
}

/* What the shipped file shows commented out is what holds without it. */
static void
test_shipped_file_shows_the_defaults (Fixture *fixture, gconstpointer unused)
{
  g_autofree gchar *shipped =
      g_test_build_filename (G_TEST_DIST, "../../data/memsnoopd.conf", NULL);
  g_autofree gchar *text = NULL;
  g_autoptr (GRegex) commented = g_regex_new ("^#(?=[a-z-]+=)", G_REGEX_MULTILINE, 0, NULL);
  g_autofree gchar *uncommented = NULL;
  g_autoptr (MemsnoopConfiguration) defaults = memsnoop_configuration_new ();
  g_autoptr (MemsnoopConfiguration) configuration = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_get_contents (shipped, &text, NULL, NULL));
  uncommented = g_regex_replace (commented, text, -1, 0, "", 0, NULL);
  g_assert_cmpstr (uncommented, !=, text);
  configuration = load (fixture, uncommented, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (configuration->map_memory, ==, defaults->map_memory);
  g_assert_cmpuint (configuration->max_sessions, ==, defaults->max_sessions);
  g_assert_cmpuint (configuration->max_sessions_per_caller, ==, defaults->max_sessions_per_caller);
  g_assert_cmpuint (configuration->max_kept_sessions, ==, defaults->max_kept_sessions);
  g_assert_cmpstr (configuration->user, ==, defaults->user);
  g_assert_cmpfloat (configuration->watch_interval, ==, defaults->watch_interval);
  assert_same_thresholds (configuration, defaults);
}

static void
add (const gchar *name, void (*function) (Fixture *, gconstpointer))
{
  g_autofree gchar *path = g_strconcat ("/configuration/", name, NULL);

  g_test_add (path, Fixture, NULL, set_up, function, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("empty-file-gives-defaults", test_empty_file_gives_defaults);
  add ("every-key-is-read", test_every_key_is_read);
  add ("every-threshold-is-read", test_every_threshold_is_read);
  add ("numbers-reach-from-their-least-to-their-greatest",
       test_numbers_reach_from_their_least_to_their_greatest);
  add ("wrong-numbers-are-refused", test_wrong_numbers_are_refused);
  add ("thresholds-out-of-range-are-refused", test_thresholds_out_of_range_are_refused);
  add ("sizes-take-suffixes", test_sizes_take_suffixes);
  add ("wrong-sizes-are-refused", test_wrong_sizes_are_refused);
  add ("wrong-counts-are-refused", test_wrong_counts_are_refused);
  add ("wrong-account-is-refused", test_wrong_account_is_refused);
  add ("unknown-key-names-the-keys", test_unknown_key_names_the_keys);
  add ("unknown-group-names-the-groups", test_unknown_group_names_the_groups);
  add ("malformed-line-is-named", test_malformed_line_is_named);
  add ("last-of-repeated-keys-counts", test_last_of_repeated_keys_counts);
  add ("files-that-are-no-text-are-refused", test_files_that_are_no_text_are_refused);
  add ("missing-file-can-be-told-apart", test_missing_file_can_be_told_apart);
  add ("shipped-file-shows-the-defaults", test_shipped_file_shows_the_defaults);
  return g_test_run ();
}
