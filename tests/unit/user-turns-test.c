/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user-turns.h"

#include <sys/socket.h>
#include <unistd.h>

#define USER 1000
#define OTHER_USER 1001

static void
clear (MemsnoopUserTurns *turns)
{
  g_clear_pointer (&turns->turns, g_array_unref);
}

/* Whether @uid gets a place now, which it gives back. */
static gboolean
gets_turn (MemsnoopUserTurns *turns, guint32 uid)
{
  guint64 number = memsnoop_user_turns_take (turns, uid, 0);

  if (number != 0)
    memsnoop_user_turns_give_back (turns, number, -1);
  return number != 0;
}

/* What is asked for and not answered. Returns: the end of who does not answer. */
static int
hang (MemsnoopUserTurns *turns, guint32 uid)
{
  guint64 number = memsnoop_user_turns_take (turns, uid, 0);
  int sockets[2];

  g_assert_cmpuint (number, !=, 0);
  g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets), ==, 0);
  memsnoop_user_turns_give_back (turns, number, sockets[0]);
  return sockets[1];
}

static void
test_what_hangs_takes_the_places_of_its_user_alone (void)
{
  MemsnoopUserTurns turns = { 0 };
  int ends[MEMSNOOP_USER_TURNS_MAX];

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++)
    ends[i] = hang (&turns, USER);
  g_assert_false (gets_turn (&turns, USER));
  g_assert_true (gets_turn (&turns, OTHER_USER));

  close (ends[0]);
  g_assert_true (gets_turn (&turns, USER));
  close (hang (&turns, USER));
  g_assert_cmpint (write (ends[1], "late", 4), ==, 4);
  g_assert_true (gets_turn (&turns, USER));
  for (guint i = 1; i < G_N_ELEMENTS (ends); i++)
    close (ends[i]);
  g_assert_true (gets_turn (&turns, USER));
  clear (&turns);
}

/* A thread that does not come back, as one that reads. */
static void
test_nobody_waits_for_what_hangs (void)
{
  MemsnoopUserTurns turns = { 0 };
  guint64 numbers[MEMSNOOP_USER_TURNS_MAX];
  gint64 begin = g_get_monotonic_time ();

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    numbers[i] = memsnoop_user_turns_take (&turns, USER, 0);
  g_assert_cmpuint (memsnoop_user_turns_take (&turns, USER, 60), ==, 0);
  g_assert_cmpint (g_get_monotonic_time () - begin, <, 30 * G_TIME_SPAN_SECOND);
  memsnoop_user_turns_give_back (&turns, numbers[2], -1);
  g_assert_true (gets_turn (&turns, USER));
  clear (&turns);
}

static gpointer
take_turn (gpointer turns)
{
  return GINT_TO_POINTER (memsnoop_user_turns_take (turns, USER, 60) != 0);
}

static void
test_who_finds_all_places_taken_gets_the_next_that_is_free (void)
{
  MemsnoopUserTurns turns = { 0 };
  guint64 number = 0;
  GThread *waiting;

  for (guint i = 0; i < MEMSNOOP_USER_TURNS_MAX; i++)
    number = memsnoop_user_turns_take (&turns, USER, 0);
  g_assert_false (gets_turn (&turns, USER));
  waiting = g_thread_new ("waiting", take_turn, &turns);
  memsnoop_user_turns_give_back (&turns, number, -1);
  g_assert_true (GPOINTER_TO_INT (g_thread_join (waiting)));
  clear (&turns);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/user-turns/what-hangs-takes-the-places-of-its-user-alone",
                   test_what_hangs_takes_the_places_of_its_user_alone);
  g_test_add_func ("/user-turns/nobody-waits-for-what-hangs", test_nobody_waits_for_what_hangs);
  g_test_add_func ("/user-turns/who-finds-all-places-taken-gets-the-next-that-is-free",
                   test_who_finds_all_places_taken_gets_the_next_that_is_free);
  return g_test_run ();
}
