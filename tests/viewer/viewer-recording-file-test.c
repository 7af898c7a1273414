/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recording-file.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define REPORT "{\"report-version\":1}"

static gint
make_file (void)
{
  gint descriptor = memfd_create ("report", MFD_CLOEXEC | MFD_ALLOW_SEALING);

  g_assert_cmpint (descriptor, >=, 0);
  g_assert_cmpint (write (descriptor, REPORT, strlen (REPORT)), ==, strlen (REPORT));
  return descriptor;
}

static void
test_what_is_read_stays_as_it_is (void)
{
  gint descriptor = make_file ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) report = memsnoop_recording_file_read (descriptor, &error);

  g_assert_no_error (error);
  g_assert_cmpint (ftruncate (descriptor, 0), ==, -1);
  g_assert_cmpint (pwrite (descriptor, "x", 1, 0), ==, -1);
  g_assert_cmpmem (g_bytes_get_data (report, NULL), g_bytes_get_size (report), REPORT,
                   strlen (REPORT));
  close (descriptor);
}

static void
test_what_the_service_may_still_change_is_not_read (void)
{
  gint descriptor = make_file ();
  g_autoptr (GError) error = NULL;
  gpointer mapped = mmap (NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);

  g_assert_true (mapped != MAP_FAILED);
  g_assert_null (memsnoop_recording_file_read (descriptor, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_BUSY);
  munmap (mapped, 4096);
  close (descriptor);
}

static void
test_a_report_that_is_too_large_is_told (void)
{
  gint descriptor = make_file ();
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (ftruncate (descriptor, (off_t) 1 << 40), ==, 0);
  g_assert_null (memsnoop_recording_file_read (descriptor, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_nonnull (strstr (error->message, "1.0\u00a0TiB"));
  close (descriptor);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/recording-file/what-is-read-stays-as-it-is", test_what_is_read_stays_as_it_is);
  g_test_add_func ("/recording-file/what-the-service-may-still-change-is-not-read",
                   test_what_the_service_may_still_change_is_not_read);
  g_test_add_func ("/recording-file/a-report-that-is-too-large-is-told",
                   test_a_report_that_is_too_large_is_told);
  return g_test_run ();
}
