/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel-symbols.h"

#include <glib/gstdio.h>

static MemsnoopKernelSymbols *
load (const gchar *text, GError **error)
{
  g_autofree gchar *path = NULL;
  int descriptor = g_file_open_tmp ("kallsyms-XXXXXX", &path, NULL);
  MemsnoopKernelSymbols *symbols;

  g_assert_cmpint (descriptor, >=, 0);
  g_close (descriptor, NULL);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  symbols = memsnoop_kernel_symbols_load (path, error);
  g_unlink (path);
  return symbols;
}

static void
assert_format (const MemsnoopKernelSymbols *symbols, guint64 address, const gchar *expected)
{
  g_autofree gchar *text = memsnoop_kernel_symbols_format (symbols, address);

  g_assert_cmpstr (text, ==, expected);
}

static void
test_an_address_gets_the_function_before_it (void)
{
  g_autoptr (MemsnoopKernelSymbols) symbols = load ("ffffffff81002000 t second\n"
                                                    "ffffffff81000ff0 T __pfx_first\n"
                                                    "ffffffff81001000 T first\n"
                                                    "ffffffff81001800 D data\n"
                                                    "ffffffffc0000000 t third\t[a_module]\n"
                                                    "not a line\n",
                                                    NULL);

  g_assert_nonnull (symbols);
  assert_format (symbols, 0xffffffff81001000, "first+0x0");
  assert_format (symbols, 0xffffffff81001fff, "first+0xfff");
  assert_format (symbols, 0xffffffff81002010, "second+0x10");
  assert_format (symbols, 0xffffffffc0000001, "third+0x1 [a_module]");
}

static void
test_an_address_in_no_function_stays_a_number (void)
{
  g_autoptr (MemsnoopKernelSymbols) symbols = load ("ffffffff81001000 T first\n", NULL);

  assert_format (symbols, 0xffffffff81000fff, "0xffffffff81000fff");
  assert_format (symbols, 0xffffffff91001000, "0xffffffff91001000");
  assert_format (symbols, 0, "0x0");
  assert_format (NULL, 0xffffffff81001000, "0xffffffff81001000");
}

static void
test_hidden_addresses_are_an_error_that_names_the_setting (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (load ("0000000000000000 T first\n0000000000000000 T second\n", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED);
  g_assert_nonnull (strstr (error->message, "kptr_restrict"));
}

static void
test_a_missing_file_is_an_error_that_names_it (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (memsnoop_kernel_symbols_load ("/nowhere/kallsyms", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "/nowhere/kallsyms"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add_func ("/kernel-symbols/" name, test)
  ADD ("an-address-gets-the-function-before-it", test_an_address_gets_the_function_before_it);
  ADD ("an-address-in-no-function-stays-a-number", test_an_address_in_no_function_stays_a_number);
  ADD ("hidden-addresses-are-an-error-that-names-the-setting",
       test_hidden_addresses_are_an_error_that_names_the_setting);
  ADD ("a-missing-file-is-an-error-that-names-it", test_a_missing_file_is_an_error_that_names_it);
  return g_test_run ();
}
