/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opener-turns.h"

#include <sys/socket.h>
#include <unistd.h>

#define USER 1000
#define OTHER_USER 1001

/* Whether @uid gets a place now, which it gives back. */
static gboolean
gets_turn (guint32 uid)
{
  if (!memsnoop_opener_turns_take (uid, 0))
    return FALSE;
  memsnoop_opener_turns_give_back (uid, -1);
  return TRUE;
}

/* A request that is not answered. Returns: the end that the opener has. */
static int
hang (guint32 uid)
{
  int sockets[2];

  g_assert_true (memsnoop_opener_turns_take (uid, 0));
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), ==, 0);
  memsnoop_opener_turns_give_back (uid, sockets[0]);
  return sockets[1];
}

static void
test_requests_that_hang_take_the_places_of_their_user_alone (void)
{
  int ends[MEMSNOOP_OPENER_TURNS_OF_USER];

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    ends[i] = hang (USER);
  g_assert_false (gets_turn (USER));
  g_assert_true (gets_turn (OTHER_USER));

  close (ends[0]);
  g_assert_true (gets_turn (USER));
  close (hang (USER));
  g_assert_cmpint (write (ends[1], "late", 4), ==, 4);
  g_assert_true (gets_turn (USER));
  for (guint i = 1; i < G_N_ELEMENTS (ends); i++)
    close (ends[i]);
  g_assert_true (gets_turn (USER));
}

static void
test_nobody_waits_for_what_hangs (void)
{
  int ends[MEMSNOOP_OPENER_TURNS_OF_USER];
  gint64 before = g_get_monotonic_time ();

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    ends[i] = hang (USER);
  g_assert_false (memsnoop_opener_turns_take (USER, 60));
  g_assert_cmpint (g_get_monotonic_time () - before, <, 30 * G_TIME_SPAN_SECOND);
  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    close (ends[i]);
}

static gpointer
take_turn (gpointer data)
{
  return GINT_TO_POINTER (memsnoop_opener_turns_take (USER, 60));
}

static void
test_who_finds_all_places_taken_gets_the_next_that_is_free (void)
{
  GThread *waiting;

  for (guint i = 0; i < MEMSNOOP_OPENER_TURNS_OF_USER; i++)
    g_assert_true (memsnoop_opener_turns_take (USER, 0));
  g_assert_false (gets_turn (USER));
  waiting = g_thread_new ("waiting", take_turn, NULL);
  memsnoop_opener_turns_give_back (USER, -1);
  g_assert_true (GPOINTER_TO_INT (g_thread_join (waiting)));
  for (guint i = 0; i < MEMSNOOP_OPENER_TURNS_OF_USER; i++)
    memsnoop_opener_turns_give_back (USER, -1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/opener-turns/requests-that-hang-take-the-places-of-their-user-alone",
                   test_requests_that_hang_take_the_places_of_their_user_alone);
  g_test_add_func ("/opener-turns/nobody-waits-for-what-hangs", test_nobody_waits_for_what_hangs);
  g_test_add_func ("/opener-turns/who-finds-all-places-taken-gets-the-next-that-is-free",
                   test_who_finds_all_places_taken_gets_the_next_that_is_free);
  return g_test_run ();
}
