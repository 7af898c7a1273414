/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "module-cache.h"

#include <fcntl.h>

#define PLENTY (G_GUINT64_CONSTANT (1) << 40)

static MemsnoopModule *
add (MemsnoopModuleCache *cache, const gchar *key)
{
  g_autofree gchar *path = g_build_filename (g_getenv ("MEMSNOOP_FIXTURES"), "libplaces.so", NULL);
  MemsnoopModule *module = memsnoop_module_cache_get (cache, key);
  g_autoptr (GError) error = NULL;

  memsnoop_module_provide (module, MEMSNOOP_WORKER_ROLE_MODULE, open (path, O_RDONLY | O_CLOEXEC),
                           &error);
  g_assert_no_error (error);
  return module;
}

static gboolean
is_known (MemsnoopModuleCache *cache, const gchar *key)
{
  return memsnoop_module_cache_get (cache, key)->told[MEMSNOOP_WORKER_ROLE_MODULE];
}

static void
test_a_key_is_one_module (void)
{
  g_autoptr (MemsnoopModuleCache) cache = memsnoop_module_cache_new ();
  MemsnoopModule *module = add (cache, "a");

  g_assert_true (memsnoop_module_cache_get (cache, "a") == module);
  g_assert_true (memsnoop_module_cache_get (cache, "b") != module);
}

static void
test_what_was_used_longest_ago_is_forgotten_first (void)
{
  g_autoptr (MemsnoopModuleCache) cache = memsnoop_module_cache_new ();

  add (cache, "a");
  add (cache, "b");
  add (cache, "c");
  memsnoop_module_cache_get (cache, "a");
  g_assert_true (memsnoop_module_cache_fits (cache, 3, PLENTY));
  g_assert_false (memsnoop_module_cache_fits (cache, 2, PLENTY));
  memsnoop_module_cache_trim (cache, 2, PLENTY);
  g_assert_true (is_known (cache, "a"));
  g_assert_true (is_known (cache, "c"));
  g_assert_false (is_known (cache, "b"));
}

static void
test_what_others_hold_stays (void)
{
  g_autoptr (MemsnoopModuleCache) cache = memsnoop_module_cache_new ();
  g_autoptr (MemsnoopModule) held = memsnoop_module_ref (add (cache, "a"));

  add (cache, "b");
  add (cache, "c");
  memsnoop_module_cache_trim (cache, 0, 0);
  g_assert_true (memsnoop_module_cache_get (cache, "a") == held);
  g_assert_true (is_known (cache, "c"));
  g_assert_false (is_known (cache, "b"));
}

static void
test_symbols_of_what_others_hold_are_forgotten (void)
{
  g_autoptr (MemsnoopModuleCache) cache = memsnoop_module_cache_new ();
  g_autoptr (MemsnoopModule) held = memsnoop_module_ref (add (cache, "a"));
  guint64 weight = memsnoop_module_get_weight (held);

  g_assert_nonnull (memsnoop_module_get_symbols (held));
  g_assert_cmpuint (memsnoop_module_get_weight (held), >, weight);
  add (cache, "b");
  memsnoop_module_cache_trim (cache, 0, 0);
  g_assert_null (held->symbols);
  g_assert_cmpuint (memsnoop_module_get_weight (held), ==, weight);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/module-cache/a-key-is-one-module", test_a_key_is_one_module);
  g_test_add_func ("/module-cache/what-was-used-longest-ago-is-forgotten-first",
                   test_what_was_used_longest_ago_is_forgotten_first);
  g_test_add_func ("/module-cache/what-others-hold-stays", test_what_others_hold_stays);
  g_test_add_func ("/module-cache/symbols-of-what-others-hold-are-forgotten",
                   test_symbols_of_what_others_hold_are_forgotten);
  return g_test_run ();
}
