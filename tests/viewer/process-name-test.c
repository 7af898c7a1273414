/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-name.h"

static void
assert_reads (const gchar *text, guint32 pid, guint64 start_time)
{
  guint32 read_pid;
  guint64 read_time;

  g_assert_true (memsnoop_process_name_read (text, &read_pid, &read_time));
  g_assert_cmpuint (read_pid, ==, pid);
  g_assert_cmpuint (read_time, ==, start_time);
}

static void
test_what_is_written_is_read (void)
{
  const struct
  {
    guint32 pid;
    guint64 start_time;
    const gchar *text;
  } names[] = {
    { 1, 0, "1" },
    { 4711, 123450000000, "4711:123450000000" },
    { G_MAXINT32, G_MAXUINT64, "2147483647:18446744073709551615" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree gchar *text = memsnoop_process_name_write (names[i].pid, names[i].start_time);

      g_assert_cmpstr (text, ==, names[i].text);
      assert_reads (text, names[i].pid, names[i].start_time);
    }
}

static void
test_what_names_no_process_is_refused (void)
{
  const gchar *const texts[] = { "",    "0",     "-1",         "+1",
                                 " 1",  "1 ",    "1x",         "bash",
                                 "1:",  ":1",    "1:0",        "1:-2",
                                 "1:x", "1:2:3", "2147483648", "1:18446744073709551616" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      guint32 pid = 7;
      guint64 start_time = 8;

      if (memsnoop_process_name_read (texts[i], &pid, &start_time))
        g_error ("\"%s\" was read", texts[i]);
      g_assert_cmpuint (pid, ==, 7);
      g_assert_cmpuint (start_time, ==, 8);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/process-name/written", test_what_is_written_is_read);
  g_test_add_func ("/process-name/refused", test_what_names_no_process_is_refused);
  return g_test_run ();
}
