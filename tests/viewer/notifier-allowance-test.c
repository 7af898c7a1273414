/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card.h"

#define SECOND ((gint64) G_USEC_PER_SEC)

static void
test_a_few_come_at_once_and_no_more (void)
{
  MemsnoopAllowance allowance;

  memsnoop_allowance_init (&allowance, 0);
  for (guint i = 0; i < MEMSNOOP_CARD_BURST; i++)
    g_assert_true (memsnoop_allowance_take (&allowance, 0));
  g_assert_false (memsnoop_allowance_take (&allowance, 0));
  g_assert_false (
      memsnoop_allowance_take (&allowance, (MEMSNOOP_CARD_INTERVAL_SECONDS - 1) * SECOND));
}

static void
test_another_one_may_come_after_a_while (void)
{
  MemsnoopAllowance allowance;

  memsnoop_allowance_init (&allowance, 0);
  for (guint i = 0; i < MEMSNOOP_CARD_BURST; i++)
    memsnoop_allowance_take (&allowance, 0);
  g_assert_true (memsnoop_allowance_take (&allowance, MEMSNOOP_CARD_INTERVAL_SECONDS * SECOND));
  g_assert_false (memsnoop_allowance_take (&allowance, MEMSNOOP_CARD_INTERVAL_SECONDS * SECOND));
}

static void
test_a_quiet_day_does_not_save_up_for_a_storm (void)
{
  MemsnoopAllowance allowance;
  const gint64 day = 86400 * SECOND;
  guint taken = 0;

  memsnoop_allowance_init (&allowance, 0);
  while (memsnoop_allowance_take (&allowance, day))
    taken++;
  g_assert_cmpuint (taken, ==, MEMSNOOP_CARD_BURST);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/allowance/a-few-come-at-once-and-no-more",
                   test_a_few_come_at_once_and_no_more);
  g_test_add_func ("/allowance/another-one-may-come-after-a-while",
                   test_another_one_may_come_after_a_while);
  g_test_add_func ("/allowance/a-quiet-day-does-not-save-up-for-a-storm",
                   test_a_quiet_day_does_not_save_up_for_a_storm);
  return g_test_run ();
}
