/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "live-table.h"

#define BUCKETS 64
#define RECORDS 8
#define EPOCH 10

static struct memsnoop_bucket buckets[BUCKETS];
static struct memsnoop_process_record records[RECORDS];

static void
put (guint bucket,
     guint slot,
     guint32 owner,
     guint32 generation,
     gint32 call_site,
     guint32 size,
     guint32 epoch)
{
  buckets[bucket].addresses[slot] = 0xffff888000000000 + bucket * 64 + slot * 8;
  buckets[bucket].blocks[slot] = (struct memsnoop_live_block){
    .owner = memsnoop_owner_pack (owner, generation),
    .size = size,
    .call_site = call_site,
    .cache_and_epoch = 5 | epoch << MEMSNOOP_CACHE_BITS,
  };
}

static void
clear (void)
{
  memset (buckets, 0, sizeof buckets);
  memset (records, 0, sizeof records);
}

static const MemsnoopLiveGroup *
find (GArray *groups, guint32 owner, gint32 call_site)
{
  for (guint i = 0; i < groups->len; i++)
    {
      const MemsnoopLiveGroup *group = &g_array_index (groups, MemsnoopLiveGroup, i);

      if (group->owner == owner && group->call_site == call_site)
        return group;
    }
  return NULL;
}

static GArray *
sum (void)
{
  return memsnoop_live_table_sum (buckets, BUCKETS, records, RECORDS, EPOCH);
}

static void
test_an_empty_table_has_no_groups (void)
{
  g_autoptr (GArray) groups = NULL;

  clear ();
  groups = sum ();
  g_assert_cmpuint (groups->len, ==, 0);
}

static void
test_blocks_are_summed_by_process_and_call_site (void)
{
  g_autoptr (GArray) groups = NULL;
  const MemsnoopLiveGroup *group;

  clear ();
  put (0, 0, 2, 0, 100, 64, 3);
  put (0, 6, 3, 0, 100, 64, 4);
  put (7, 3, 2, 0, -100, 32, 5);
  put (63, 6, 2, 0, 100, 128, 9);
  groups = sum ();

  g_assert_cmpuint (groups->len, ==, 3);
  group = find (groups, 2, 100);
  g_assert_cmpuint (group->bytes, ==, 192);
  g_assert_cmpuint (group->count, ==, 2);
  g_assert_cmpuint (group->cache, ==, 5);
  g_assert_cmpuint (group->oldest_epoch, ==, 3);
  g_assert_cmpuint (find (groups, 2, -100)->bytes, ==, 32);
  g_assert_cmpuint (find (groups, 3, 100)->count, ==, 1);
}

static void
test_blocks_are_told_apart_by_age (void)
{
  static const guint64 expected[MEMSNOOP_SITE_AGES] = { 3, 4, 0, 8 };
  g_autoptr (GArray) groups = NULL;
  const MemsnoopLiveGroup *group;

  clear ();
  put (0, 0, 2, 0, 100, 1, 20000);
  put (0, 1, 2, 0, 100, 2, 20000 - 3);
  put (0, 2, 2, 0, 100, 4, 20000 - 4);
  put (0, 3, 2, 0, 100, 8, 20000 - 64);
  put (0, 4, 2, 0, 100, 16, 20000 - 16384);
  groups = memsnoop_live_table_sum (buckets, BUCKETS, records, RECORDS, 20000);
  group = find (groups, 2, 100);
  g_assert_cmpuint (group->bytes, ==, 31);
  g_assert_cmpuint (group->oldest_epoch, ==, 20000 - 16384);
  for (guint i = 0; i < MEMSNOOP_SITE_AGES; i++)
    g_assert_cmpuint (group->bytes_by_age[i], ==, expected[i]);
}

static void
test_a_slot_that_is_being_filled_is_left_out (void)
{
  g_autoptr (GArray) groups = NULL;

  clear ();
  put (3, 2, 2, 0, 100, 64, 3);
  buckets[3].addresses[2] |= MEMSNOOP_SLOT_CLAIMED;
  groups = sum ();
  g_assert_cmpuint (groups->len, ==, 0);
}

static void
test_blocks_of_a_former_generation_are_retired (void)
{
  g_autoptr (GArray) groups = NULL;

  clear ();
  records[4].generation = 1;
  put (1, 0, 4, 0, 7, 64, 9);
  put (1, 1, 4, 1, 7, 32, 9);
  groups = sum ();

  g_assert_cmpuint (find (groups, MEMSNOOP_RECORD_RETIRED, 7)->bytes, ==, 64);
  g_assert_cmpuint (find (groups, 4, 7)->bytes, ==, 32);
}

static void
test_an_owner_beyond_the_records_is_retired (void)
{
  g_autoptr (GArray) groups = NULL;

  clear ();
  put (1, 0, RECORDS + 5, 0, 7, 64, 9);
  groups = sum ();
  g_assert_nonnull (find (groups, MEMSNOOP_RECORD_RETIRED, 7));
}

static void
test_epochs_are_compared_across_their_wrap (void)
{
  g_autoptr (GArray) groups = NULL;

  clear ();
  put (0, 0, 2, 0, 1, 8, 5);
  put (0, 1, 2, 0, 1, 8, MEMSNOOP_EPOCH_MASK - 2);
  groups = sum ();
  g_assert_cmpuint (find (groups, 2, 1)->oldest_epoch, ==, MEMSNOOP_EPOCH_MASK - 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add_func ("/live-table/" name, test)
  ADD ("an-empty-table-has-no-groups", test_an_empty_table_has_no_groups);
  ADD ("blocks-are-summed-by-process-and-call-site",
       test_blocks_are_summed_by_process_and_call_site);
  ADD ("blocks-are-told-apart-by-age", test_blocks_are_told_apart_by_age);
  ADD ("a-slot-that-is-being-filled-is-left-out", test_a_slot_that_is_being_filled_is_left_out);
  ADD ("blocks-of-a-former-generation-are-retired", test_blocks_of_a_former_generation_are_retired);
  ADD ("an-owner-beyond-the-records-is-retired", test_an_owner_beyond_the_records_is_retired);
  ADD ("epochs-are-compared-across-their-wrap", test_epochs_are_compared_across_their_wrap);
  return g_test_run ();
}
