/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspect-room.h"

#define PERSON 1000
#define OTHER 1001
#define SYSTEM 33

static void
add_suspicions (GPtrArray *suspicions, guint count, guint32 uid, guint64 bytes)
{
  for (guint i = 0; i < count; i++)
    {
      MemsnoopSuspicion *suspicion = memsnoop_suspicion_new (i, MEMSNOOP_SUSPICION_RSS);

      suspicion->uid = uid;
      suspicion->bytes = bytes + i;
      g_ptr_array_add (suspicions, suspicion);
    }
}

static GPtrArray *
make (guint persons, guint others, guint system)
{
  GPtrArray *suspicions = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_suspicion_free);

  add_suspicions (suspicions, persons, PERSON, 1000);
  add_suspicions (suspicions, others, OTHER, 500);
  add_suspicions (suspicions, system, SYSTEM, 100);
  return suspicions;
}

static void
test_who_gives_way (void)
{
  static const struct
  {
    guint persons, others, system;
    guint32 uid;
    gboolean room;
    guint displaced;
  } cases[] = {
    { 0, 0, 0, PERSON, TRUE, 0 },
    { 255, 0, 0, PERSON, TRUE, 255 },
    /* Nobody displaces her own. */
    { 256, 0, 0, PERSON, FALSE, 256 },
    { 256, 0, 0, OTHER, TRUE, 0 },
    { 129, 127, 0, OTHER, TRUE, 0 },
    { 127, 129, 0, PERSON, TRUE, 127 },
    /* And not to and fro. */
    { 128, 128, 0, PERSON, FALSE, 256 },
    { 128, 128, 0, OTHER, FALSE, 256 },
    /* People give way to the system, whoever has more. */
    { 1, 0, 255, SYSTEM, TRUE, 0 },
    { 100, 156, 0, 0, TRUE, 100 },
    { 0, 0, 256, PERSON, FALSE, 256 },
    { 1, 0, 255, PERSON, FALSE, 256 },
    { 0, 0, 256, 0, TRUE, 0 },
    { 0, 0, 256, SYSTEM, FALSE, 256 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GPtrArray) suspicions = make (cases[i].persons, cases[i].others, cases[i].system);
      guint displaced;

      g_test_message ("case %zu", i);
      g_assert_cmpint (memsnoop_suspect_room_find (suspicions, cases[i].uid, &displaced), ==,
                       cases[i].room);
      g_assert_cmpuint (displaced, ==, cases[i].displaced);
    }
}

static void
test_the_smallest_gives_way (void)
{
  g_autoptr (GPtrArray) suspicions = make (256, 0, 0);
  guint displaced;

  ((MemsnoopSuspicion *) g_ptr_array_index (suspicions, 77))->bytes = 1;
  g_assert_true (memsnoop_suspect_room_find (suspicions, 0, &displaced));
  g_assert_cmpuint (displaced, ==, 77);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/suspect-room/who-gives-way", test_who_gives_way);
  g_test_add_func ("/suspect-room/the-smallest-gives-way", test_the_smallest_gives_way);
  return g_test_run ();
}
