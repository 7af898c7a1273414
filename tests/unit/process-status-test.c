/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-status.h"

#define BEGINNING "Name:\tprogram\nPPid:\t17\nGroups:\t1 2 3 \n"
#define MEMORY                                                                                     \
  "VmSize:\t    9000 kB\n"                                                                         \
  "RssAnon:\t     100 kB\n"                                                                        \
  "RssFile:\t     200 kB\n"                                                                        \
  "RssShmem:\t       3 kB\n"
#define END "Threads:\t4\n"

static void
test_all_figures_are_read (void)
{
  MemsnoopProcessStatus status;

  g_assert_true (
      memsnoop_process_status_parse (BEGINNING MEMORY "VmSwap:\t      50 kB\n" END, &status));
  g_assert_true (status.has_memory);
  g_assert_cmpuint (status.parent_pid, ==, 17);
  g_assert_cmpuint (status.threads, ==, 4);
  g_assert_cmpuint (status.rss_anon, ==, 102400);
  g_assert_cmpuint (status.rss_file, ==, 204800);
  g_assert_cmpuint (status.rss_shmem, ==, 3072);
  g_assert_cmpuint (status.swap, ==, 51200);
}

static void
test_a_kernel_without_swap (void)
{
  MemsnoopProcessStatus status;

  g_assert_true (memsnoop_process_status_parse (BEGINNING MEMORY END, &status));
  g_assert_cmpuint (status.swap, ==, 0);
}

static void
test_what_has_no_memory_has_none (void)
{
  MemsnoopProcessStatus status;

  g_assert_true (memsnoop_process_status_parse (BEGINNING END, &status));
  g_assert_false (status.has_memory);
  g_assert_cmpuint (status.rss_anon, ==, 0);
}

static void
test_figures_that_are_missing_are_not_zero (void)
{
  MemsnoopProcessStatus status;

  g_assert_false (memsnoop_process_status_parse (BEGINNING, &status));
  g_assert_false (memsnoop_process_status_parse (BEGINNING "VmSize:\t9000 kB\n" END, &status));
  g_assert_false (memsnoop_process_status_parse (
      BEGINNING "VmSize:\t9000 kB\nRssAnon:\t1 kB\nRssFile:\t1 kB\n" END, &status));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process-status/all-figures-are-read", test_all_figures_are_read);
  g_test_add_func ("/process-status/a-kernel-without-swap", test_a_kernel_without_swap);
  g_test_add_func ("/process-status/what-has-no-memory-has-none", test_what_has_no_memory_has_none);
  g_test_add_func ("/process-status/figures-that-are-missing-are-not-zero",
                   test_figures_that_are_missing_are_not_zero);
  return g_test_run ();
}
