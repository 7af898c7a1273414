/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anomaly-text.h"
#include "wording.h"

#include <math.h>

typedef struct
{
  MemsnoopService *service;
  MemsnoopRaisedAnomalies *anomalies;
  guint changes;
  guint changed_pid;
} Fixture;

static void
on_changed (MemsnoopRaisedAnomalies *anomalies, guint pid, Fixture *fixture)
{
  fixture->changes++;
  fixture->changed_pid = pid;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->service = memsnoop_service_new ();
  fixture->anomalies = memsnoop_raised_anomalies_new (fixture->service);
  g_signal_connect (fixture->anomalies, "changed", G_CALLBACK (on_changed), fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_object_unref (fixture->anomalies);
  g_object_unref (fixture->service);
}

/* As the service signals it. */
static void
hear (Fixture *fixture, guint32 pid, const gchar *kind, const gchar *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) details = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, &error);

  g_assert_no_error (error);
  g_signal_emit_by_name (fixture->service, "anomaly", pid, "busy", kind, details);
}

static guint
count (Fixture *fixture, guint32 pid)
{
  g_autoptr (GPtrArray) list = memsnoop_raised_anomalies_list (fixture->anomalies, pid);

  return list->len;
}

static const MemsnoopRaisedAnomaly *
get (Fixture *fixture, guint32 pid, guint position)
{
  g_autoptr (GPtrArray) list = memsnoop_raised_anomalies_list (fixture->anomalies, pid);

  g_assert_cmpuint (list->len, >, position);
  return g_ptr_array_index (list, position);
}

static void
test_what_is_raised_is_there_until_it_is_cleared (Fixture *fixture, gconstpointer data)
{
  hear (fixture, 7, "churn", "{'state': <'raised'>, 'value': <0.95>, 'threshold': <0.9>}");
  g_assert_cmpuint (fixture->changed_pid, ==, 7);
  hear (fixture, 7, "burst", "{'state': <'raised'>, 'value': <1e9>, 'threshold': <1e8>}");
  hear (fixture, 8, "churn", "{'state': <'raised'>}");
  g_assert_cmpuint (count (fixture, 7), ==, 2);
  g_assert_cmpstr (get (fixture, 7, 0)->kind, ==, "churn");
  g_assert_cmpfloat (get (fixture, 7, 0)->value, ==, 0.95);
  g_assert_cmpfloat (get (fixture, 7, 0)->threshold, ==, 0.9);
  hear (fixture, 7, "churn", "{'state': <'cleared'>, 'value': <0.95>, 'threshold': <0.9>}");
  g_assert_cmpuint (count (fixture, 7), ==, 1);
  g_assert_cmpstr (get (fixture, 7, 0)->kind, ==, "burst");
  g_assert_cmpuint (count (fixture, 8), ==, 1);
}

static void
test_what_is_raised_again_is_one_with_new_figures (Fixture *fixture, gconstpointer data)
{
  guint64 since;

  hear (fixture, 7, "churn", "{'state': <'raised'>, 'value': <0.95>}");
  since = get (fixture, 7, 0)->since;
  hear (fixture, 7, "churn", "{'state': <'changed'>, 'value': <0.97>}");
  g_assert_cmpuint (count (fixture, 7), ==, 1);
  g_assert_cmpfloat (get (fixture, 7, 0)->value, ==, 0.97);
  g_assert_cmpuint (get (fixture, 7, 0)->since, ==, since);
}

static void
test_what_was_never_raised_is_cleared_in_silence (Fixture *fixture, gconstpointer data)
{
  hear (fixture, 7, "churn", "{'state': <'cleared'>}");
  g_assert_cmpuint (fixture->changes, ==, 0);
}

/* There is no bus here: the service is not ready. */
static void
test_of_a_service_that_is_not_there_nothing_is_kept (Fixture *fixture, gconstpointer data)
{
  hear (fixture, 7, "churn", "{'state': <'raised'>}");
  g_object_notify (G_OBJECT (fixture->service), "state");
  g_assert_cmpuint (count (fixture, 7), ==, 0);
  g_assert_cmpuint (fixture->changed_pid, ==, 0);
  hear (fixture, 7, "churn", "{'state': <'raised'>}");
  g_assert_cmpuint (count (fixture, 7), ==, 1);
}

static void
test_of_more_than_there_is_room_for_the_oldest_give_way (Fixture *fixture, gconstpointer data)
{
  for (guint32 pid = 1; pid <= MEMSNOOP_RAISED_ANOMALIES_MAX; pid++)
    hear (fixture, pid, "churn", "{}");
  hear (fixture, 1, "churn", "{'value': <0.5>}");
  g_assert_cmpuint (count (fixture, 1), ==, 1);
  for (guint32 pid = 10001; pid <= 10010; pid++)
    hear (fixture, pid, "churn", "{}");
  g_assert_cmpuint (count (fixture, 10), ==, 0);
  g_assert_cmpuint (count (fixture, 11), ==, 1);
  g_assert_cmpuint (count (fixture, 10010), ==, 1);
}

static void
test_hostile_values_are_survived (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *endless = g_strnfill (100000, 'x');

  hear (fixture, 0, "churn", "{}");
  hear (fixture, G_MAXUINT32, "churn", "{}");
  g_assert_cmpuint (fixture->changes, ==, 0);
  hear (fixture, 7, "churn", "{'state': <true>, 'value': <'much'>, 'threshold': <[1, 2]>}");
  g_assert_true (isnan (get (fixture, 7, 0)->value));
  g_assert_true (isnan (get (fixture, 7, 0)->threshold));
  hear (fixture, 8, "burst", "{'value': <nan>, 'threshold': <inf>, 'since': <-1>}");
  g_assert_true (isnan (get (fixture, 8, 0)->value));
  g_assert_true (isnan (get (fixture, 8, 0)->threshold));
  hear (fixture, 9, endless, "{}");
  g_assert_cmpint (g_utf8_strlen (get (fixture, 9, 0)->kind, -1), ==, MEMSNOOP_WORDING_NAME_MAX);
  hear (fixture, 9, endless, "{'state': <'cleared'>}");
  g_assert_cmpuint (count (fixture, 9), ==, 0);
  hear (fixture, 10, "", "{}");
  g_assert_cmpstr (get (fixture, 10, 0)->kind, ==, "");
}

/* Words */

static void
assert_words (const MemsnoopRaisedAnomaly *anomaly, const gchar *title, const gchar *sentences)
{
  g_autofree gchar *found_title = memsnoop_anomaly_title (anomaly);
  g_autofree gchar *found = memsnoop_anomaly_sentences (anomaly, 180 * 1000000000ULL);

  g_assert_cmpstr (found_title, ==, title);
  g_assert_cmpstr (found, ==, sentences);
}

static void
test_each_kind_is_told_in_its_words_and_units (void)
{
  const MemsnoopRaisedAnomaly churn = { 7, (gchar *) "churn", 0.95, 0.9, 0 },
                              large = { 7, (gchar *) "large-allocation", 4 << 20, 1 << 20, 0 },
                              loss = { 7, (gchar *) "fragmentation", 0.45, 0.4, 0 },
                              burst = { 7, (gchar *) "burst", 512 << 20, 128 << 20, 0 };

  assert_words (&churn, "Frees most of the kernel memory that it allocates soon after",
                "Within a minute it freed 95.0 % of its allocations. The limit is 90.0 %. "
                "Noticed 3 minutes ago.");
  assert_words (&large, "Has allocated an unusually large block of kernel memory",
                "One block took 4.0\302\240MiB. The limit is 1.0\302\240MiB. "
                "Noticed 3 minutes ago.");
  assert_words (&loss, "Has kernel memory of which much was never asked for",
                "45.0 % of the memory in its blocks was never asked for. The limit is 40.0 %. "
                "Noticed 3 minutes ago.");
  assert_words (&burst, "Allocates kernel memory unusually fast",
                "It allocated 512.0\302\240MiB a second. The limit is 128.0\302\240MiB a second. "
                "Noticed 3 minutes ago.");
}

static void
test_a_kind_of_the_future_has_its_name_and_figures (void)
{
  const MemsnoopRaisedAnomaly known = { 7, (gchar *) "<b>swap</b>", 1234567, 3.5, 0 },
                              unknown = { 7, (gchar *) "\327\220\327\221", NAN, NAN, G_MAXUINT64 };

  assert_words (&known, "Does something unusual (<b>swap</b>)",
                "The value was 1.235e+06. The limit is 3.5. Noticed 3 minutes ago.");
  /* Letters from right to left do not turn around what stands beside them. */
  assert_words (&unknown, "Does something unusual (\u2068\327\220\327\221\u2069)",
                "Noticed less than a minute ago.");
}

static void
test_absurd_figures_have_few_digits (void)
{
  const MemsnoopRaisedAnomaly share = { 7, (gchar *) "churn", 1e300, -1e300, 0 },
                              rate = { 7, (gchar *) "burst", 1e300, -1e300, 0 };

  assert_words (&share, "Frees most of the kernel memory that it allocates soon after",
                "Within a minute it freed 100.0 % of its allocations. The limit is 0.0 %. "
                "Noticed 3 minutes ago.");
  assert_words (&rate, "Allocates kernel memory unusually fast",
                "It allocated 888.2\302\240PiB a second. The limit is 0 bytes a second. "
                "Noticed 3 minutes ago.");
}

static void
add (const gchar *path, void (*test) (Fixture *, gconstpointer))
{
  g_test_add (path, Fixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  add ("/raised-anomalies/what-is-raised-is-there-until-it-is-cleared",
       test_what_is_raised_is_there_until_it_is_cleared);
  add ("/raised-anomalies/what-is-raised-again-is-one-with-new-figures",
       test_what_is_raised_again_is_one_with_new_figures);
  add ("/raised-anomalies/what-was-never-raised-is-cleared-in-silence",
       test_what_was_never_raised_is_cleared_in_silence);
  add ("/raised-anomalies/of-a-service-that-is-not-there-nothing-is-kept",
       test_of_a_service_that_is_not_there_nothing_is_kept);
  add ("/raised-anomalies/of-more-than-there-is-room-for-the-oldest-give-way",
       test_of_more_than_there_is_room_for_the_oldest_give_way);
  add ("/raised-anomalies/hostile-values-are-survived", test_hostile_values_are_survived);
  g_test_add_func ("/anomaly-text/each-kind-is-told-in-its-words-and-units",
                   test_each_kind_is_told_in_its_words_and_units);
  g_test_add_func ("/anomaly-text/a-kind-of-the-future-has-its-name-and-figures",
                   test_a_kind_of_the_future_has_its_name_and_figures);
  g_test_add_func ("/anomaly-text/absurd-figures-have-few-digits",
                   test_absurd_figures_have_few_digits);
  return g_test_run ();
}
