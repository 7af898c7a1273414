/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card.h"

#define LATER ((gint64) 30 * G_USEC_PER_SEC)

static MemsnoopCard *
new_card (const gchar *evidence)
{
  MemsnoopCard *card = memsnoop_card_new (1);
  g_autoptr (GVariant) parsed = g_variant_ref_sink (g_variant_new_parsed (evidence));

  memsnoop_card_set (card, 4711, "leaky", parsed, TRUE);
  return card;
}

/* A card whose notification is shown since 0. */
static MemsnoopCard *
new_shown (MemsnoopUrgency urgency)
{
  MemsnoopCard *card = new_card ("{'level': <'growth'>}");

  memsnoop_card_set_sent (card, urgency, 0);
  memsnoop_card_set_shown (card, 7);
  return card;
}

static void
test_what_is_on_its_way_is_not_sent_again (void)
{
  g_autoptr (MemsnoopCard) card = new_card ("{'level': <'growth'>}");

  g_assert_cmpint (memsnoop_card_decide (card, MEMSNOOP_URGENCY_LOW, 0, LATER), ==,
                   MEMSNOOP_CARD_SHOW);
  memsnoop_card_set_sent (card, MEMSNOOP_URGENCY_LOW, 0);
  g_assert_cmpint (memsnoop_card_decide (card, MEMSNOOP_URGENCY_CRITICAL, LATER, LATER), ==,
                   MEMSNOOP_CARD_REST);
}

static void
test_a_change_waits_and_what_is_more_urgent_does_not (void)
{
  g_autoptr (MemsnoopCard) card = new_shown (MEMSNOOP_URGENCY_LOW);

  g_assert_cmpint (memsnoop_card_decide (card, MEMSNOOP_URGENCY_LOW, LATER, LATER), ==,
                   MEMSNOOP_CARD_REST);
  card->changed = TRUE;
  g_assert_cmpint (memsnoop_card_decide (card, MEMSNOOP_URGENCY_LOW, LATER - 1, LATER), ==,
                   MEMSNOOP_CARD_WAIT);
  g_assert_cmpint (memsnoop_card_decide (card, MEMSNOOP_URGENCY_LOW, LATER, LATER), ==,
                   MEMSNOOP_CARD_UPDATE);
  g_assert_cmpint (memsnoop_card_decide (card, MEMSNOOP_URGENCY_NORMAL, 1, LATER), ==,
                   MEMSNOOP_CARD_UPDATE);
}

static void
test_what_was_closed_comes_again_only_when_it_is_more_urgent (void)
{
  g_autoptr (MemsnoopCard) card = new_shown (MEMSNOOP_URGENCY_NORMAL);

  card->state = MEMSNOOP_CARD_CLOSED;
  card->notification = 0;
  card->changed = TRUE;
  g_assert_cmpint (memsnoop_card_decide (card, MEMSNOOP_URGENCY_NORMAL, LATER, LATER), ==,
                   MEMSNOOP_CARD_REST);
  g_assert_cmpint (memsnoop_card_decide (card, MEMSNOOP_URGENCY_CRITICAL, LATER, LATER), ==,
                   MEMSNOOP_CARD_SHOW);
}

/* What was told as normal and is closed while this is on its way. */
static MemsnoopCard *
new_dismissed (MemsnoopUrgency sent)
{
  MemsnoopCard *card = new_shown (MEMSNOOP_URGENCY_NORMAL);

  memsnoop_card_set_sent (card, sent, 0);
  memsnoop_card_set_closed (card);
  g_assert_cmpint (card->state, ==, MEMSNOOP_CARD_SENT);
  return card;
}

static void
test_what_is_closed_while_a_change_is_on_its_way_stays_closed_unless_that_is_more_urgent (void)
{
  g_autoptr (MemsnoopCard) same = new_dismissed (MEMSNOOP_URGENCY_NORMAL);
  g_autoptr (MemsnoopCard) less = new_dismissed (MEMSNOOP_URGENCY_LOW);
  g_autoptr (MemsnoopCard) more = new_dismissed (MEMSNOOP_URGENCY_CRITICAL);
  g_autoptr (MemsnoopCard) lost = new_dismissed (MEMSNOOP_URGENCY_NORMAL);

  g_assert_false (memsnoop_card_set_shown (same, 8));
  g_assert_cmpint (same->state, ==, MEMSNOOP_CARD_CLOSED);
  g_assert_cmpuint (same->notification, ==, 0);
  g_assert_false (memsnoop_card_set_shown (less, 8));
  g_assert_cmpint (memsnoop_card_decide (less, MEMSNOOP_URGENCY_NORMAL, LATER, LATER), ==,
                   MEMSNOOP_CARD_REST);
  g_assert_true (memsnoop_card_set_shown (more, 8));
  g_assert_cmpint (more->state, ==, MEMSNOOP_CARD_SHOWN);
  memsnoop_card_set_lost (lost);
  g_assert_cmpint (lost->state, ==, MEMSNOOP_CARD_CLOSED);
}

static void
test_a_change_after_one_that_was_closed_is_shown (void)
{
  g_autoptr (MemsnoopCard) card = new_dismissed (MEMSNOOP_URGENCY_NORMAL);

  g_assert_false (memsnoop_card_set_shown (card, 8));
  memsnoop_card_set_sent (card, MEMSNOOP_URGENCY_CRITICAL, 0);
  g_assert_true (memsnoop_card_set_shown (card, 9));
  memsnoop_card_set_closed (card);
  g_assert_cmpint (card->state, ==, MEMSNOOP_CARD_CLOSED);
}

static void
test_what_the_server_has_lost_is_shown_again_and_not_in_haste (void)
{
  g_autoptr (MemsnoopCard) card = new_shown (MEMSNOOP_URGENCY_CRITICAL);
  g_autoptr (MemsnoopCard) closed = new_shown (MEMSNOOP_URGENCY_LOW);

  memsnoop_card_set_lost (card);
  g_assert_cmpuint (card->notification, ==, 0);
  g_assert_cmpint (memsnoop_card_decide (card, MEMSNOOP_URGENCY_CRITICAL, LATER - 1, LATER), ==,
                   MEMSNOOP_CARD_WAIT);
  g_assert_cmpint (memsnoop_card_decide (card, MEMSNOOP_URGENCY_CRITICAL, LATER, LATER), ==,
                   MEMSNOOP_CARD_UPDATE);
  closed->state = MEMSNOOP_CARD_CLOSED;
  memsnoop_card_set_lost (closed);
  g_assert_cmpint (memsnoop_card_decide (closed, MEMSNOOP_URGENCY_LOW, LATER, LATER), ==,
                   MEMSNOOP_CARD_REST);
}

static void
test_what_could_not_be_shown_is_tried_again_later (void)
{
  g_autoptr (MemsnoopCard) card = new_card ("{'level': <'growth'>}");

  memsnoop_card_set_sent (card, MEMSNOOP_URGENCY_LOW, 0);
  memsnoop_card_set_shown (card, 0);
  g_assert_cmpint (memsnoop_card_decide (card, MEMSNOOP_URGENCY_LOW, 1, LATER), ==,
                   MEMSNOOP_CARD_WAIT);
  g_assert_cmpint (memsnoop_card_decide (card, MEMSNOOP_URGENCY_LOW, LATER, LATER), ==,
                   MEMSNOOP_CARD_UPDATE);
}

static void
assert_urgency (const gchar *evidence, MemsnoopUrgency expected)
{
  g_autoptr (GVariant) parsed = g_variant_ref_sink (g_variant_new_parsed (evidence));

  g_assert_cmpint (memsnoop_notification_urgency (parsed), ==, expected);
}

static void
test_urgency_comes_from_what_is_known_and_from_the_time_that_is_left (void)
{
  assert_urgency ("@a{sv} {}", MEMSNOOP_URGENCY_LOW);
  assert_urgency ("{'level': <'growth'>}", MEMSNOOP_URGENCY_LOW);
  assert_urgency ("{'level': <'probable'>}", MEMSNOOP_URGENCY_NORMAL);
  assert_urgency ("{'level': <'growth'>, 'time-to-exhaustion': <uint64 601>}",
                  MEMSNOOP_URGENCY_LOW);
  assert_urgency ("{'level': <'growth'>, 'time-to-exhaustion': <uint64 600>}",
                  MEMSNOOP_URGENCY_CRITICAL);
  assert_urgency ("{'level': <7>, 'time-to-exhaustion': <'soon'>}", MEMSNOOP_URGENCY_LOW);
}

static void
assert_concerns (const gchar *evidence, gboolean expected)
{
  g_autoptr (GVariant) parsed = g_variant_ref_sink (g_variant_new_parsed (evidence));

  g_assert_cmpint (memsnoop_notification_concerns (parsed, 1000), ==, expected);
}

static void
test_a_user_is_told_of_own_processes_and_the_systems (void)
{
  assert_concerns ("{'uid': <uint32 1000>}", TRUE);
  assert_concerns ("{'uid': <uint32 0>}", TRUE);
  assert_concerns ("{'uid': <uint32 999>}", TRUE);
  assert_concerns ("{'uid': <uint32 1001>}", FALSE);
  assert_concerns ("@a{sv} {}", FALSE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/card/on-its-way", test_what_is_on_its_way_is_not_sent_again);
  g_test_add_func ("/card/change", test_a_change_waits_and_what_is_more_urgent_does_not);
  g_test_add_func ("/card/closed", test_what_was_closed_comes_again_only_when_it_is_more_urgent);
  g_test_add_func (
      "/card/closed-while-sent",
      test_what_is_closed_while_a_change_is_on_its_way_stays_closed_unless_that_is_more_urgent);
  g_test_add_func ("/card/sent-after-closed", test_a_change_after_one_that_was_closed_is_shown);
  g_test_add_func ("/card/lost", test_what_the_server_has_lost_is_shown_again_and_not_in_haste);
  g_test_add_func ("/card/not-shown", test_what_could_not_be_shown_is_tried_again_later);
  g_test_add_func ("/notification/urgency",
                   test_urgency_comes_from_what_is_known_and_from_the_time_that_is_left);
  g_test_add_func ("/notification/whose", test_a_user_is_told_of_own_processes_and_the_systems);
  return g_test_run ();
}
