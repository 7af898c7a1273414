/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names and lines of a library whose truth it tells itself: see places-library.c. */
#include "own-process.h"
#include "places.h"
#include "requests.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <string.h>

typedef struct
{
  MemsnoopRequests *requests;
  /* In the library's file. */
  guint64 inlined_offset;
  guint64 hidden_offset;
  struct place inlined;
  struct place hidden;
  gchar *build_id;
} Fixture;

static gchar *
fixture_path (const gchar *name)
{
  return g_build_filename (g_getenv ("MEMSNOOP_FIXTURES"), name, NULL);
}

static GVariant *
ask (Fixture *fixture, guint16 kind, GVariant *body, int descriptor, guint16 *answer)
{
  MemsnoopWorkerMessage request = { kind, 1, g_variant_ref_sink (body), descriptor };
  GVariant *result =
      g_variant_ref_sink (memsnoop_requests_answer (fixture->requests, &request, answer));

  memsnoop_worker_message_clear (&request);
  return result;
}

static guint64
find_offset (const struct place *place)
{
  g_autoptr (GPtrArray) mappings = own_process_read_mappings ();
  const OwnMapping *mapping = own_process_find_mapping (mappings, place->address);

  return (guint64) place->address - mapping->start + mapping->offset;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *path = fixture_path ("libplaces.so");
  void *library = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  void (*find) (struct place *, struct place *);

  g_assert_nonnull (library);
  find = (void (*) (struct place *, struct place *)) dlsym (library, "find_places");
  find (&fixture->inlined, &fixture->hidden);
  fixture->inlined_offset = find_offset (&fixture->inlined);
  fixture->hidden_offset = find_offset (&fixture->hidden);
  dlclose (library);
  fixture->requests = memsnoop_requests_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  memsnoop_requests_free (fixture->requests);
  g_free (fixture->build_id);
}

/* @name: of a fixture; %NULL: there is no such file. Returns: the kind of the answer. */
static guint16
provide (Fixture *fixture, const gchar *key, guint8 role, const gchar *name)
{
  g_autofree gchar *path = name != NULL ? fixture_path (name) : NULL;
  int descriptor = path != NULL ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  guint16 answer;

  g_assert_true (path == NULL || descriptor >= 0);
  g_variant_unref (ask (fixture, MEMSNOOP_WORKER_PROVIDE, g_variant_new ("(ys)", role, key),
                        descriptor, &answer));
  return answer;
}

/* The build-id beside them is kept, too. */
static GVariant *
take_functions (Fixture *fixture, GVariant *symbols)
{
  GVariant *functions;

  g_free (fixture->build_id);
  g_variant_get (symbols, "(s@aa(ssu))", &fixture->build_id, &functions);
  g_variant_unref (symbols);
  return functions;
}

static GVariant *
symbolize (
    Fixture *fixture, const gchar *key, const guint64 *offsets, gsize n, guint16 expected_answer)
{
  guint16 answer;
  GVariant *result =
      ask (fixture, MEMSNOOP_WORKER_SYMBOLIZE,
           g_variant_new ("(s@at)", key,
                          g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, offsets, n, 8)),
           -1, &answer);

  g_assert_cmpuint (answer, ==, expected_answer);
  return answer == MEMSNOOP_WORKER_SYMBOLS ? take_functions (fixture, result) : result;
}

static void
check_wanted (
    Fixture *fixture, const gchar *key, guint8 role, gboolean with_build_id, const gchar *link)
{
  g_autoptr (GVariant) wanted =
      symbolize (fixture, key, &fixture->inlined_offset, 1, MEMSNOOP_WORKER_WANTED);
  guint8 found_role;
  const gchar *found_key;
  const gchar *build_id;
  const gchar *found_link;

  g_assert_cmpuint (g_variant_n_children (wanted), ==, 1);
  g_variant_get_child (wanted, 0, "(y&s&s&s)", &found_role, &found_key, &build_id, &found_link);
  g_assert_cmpuint (found_role, ==, role);
  g_assert_cmpstr (found_key, ==, key);
  g_assert_cmpuint (strlen (build_id), ==, with_build_id ? 40 : 0);
  g_assert_cmpstr (found_link, ==, link);
}

static void
check_function (GVariant *functions, guint index, const gchar *name, const gchar *file, guint line)
{
  const gchar *found_name;
  const gchar *found_file;
  guint32 found_line;

  g_assert_cmpuint (index, <, g_variant_n_children (functions));
  g_variant_get_child (functions, index, "(&s&su)", &found_name, &found_file, &found_line);
  g_assert_cmpstr (found_name, ==, name);
  if (file[0] == '\0')
    g_assert_cmpstr (found_file, ==, "");
  else
    g_assert_true (g_str_has_suffix (found_file, file) && found_file[0] == '/');
  g_assert_cmpuint (found_line, ==, line);
}

/* Both places with all that debug information tells. */
static void
check_lines (Fixture *fixture, const gchar *key)
{
  const guint64 offsets[] = { fixture->inlined_offset, fixture->hidden_offset, 1 };
  g_autoptr (GVariant) symbols =
      symbolize (fixture, key, offsets, G_N_ELEMENTS (offsets), MEMSNOOP_WORKER_SYMBOLS);
  g_autoptr (GVariant) inlined = g_variant_get_child_value (symbols, 0);
  g_autoptr (GVariant) hidden = g_variant_get_child_value (symbols, 1);
  g_autoptr (GVariant) nothing = g_variant_get_child_value (symbols, 2);
  const gchar *file = "/places-library.c";

  g_assert_cmpuint (g_variant_n_children (symbols), ==, 3);
  g_assert_cmpuint (g_variant_n_children (inlined), ==, 3);
  check_function (inlined, 0, "innermost", file, fixture->inlined.lines[0]);
  check_function (inlined, 1, "middle", file, fixture->inlined.lines[1]);
  check_function (inlined, 2, "find_inlined_place", file, fixture->inlined.lines[2]);
  g_assert_cmpuint (g_variant_n_children (hidden), ==, 1);
  check_function (hidden, 0, "find_hidden_place", file, fixture->hidden.lines[0]);
  g_assert_cmpuint (g_variant_n_children (nothing), ==, 0);
}

/* Only what the loader needs: the exported function. */
static void
check_exported (Fixture *fixture, const gchar *key)
{
  const guint64 offsets[] = { fixture->inlined_offset, fixture->hidden_offset };
  g_autoptr (GVariant) symbols = symbolize (fixture, key, offsets, 2, MEMSNOOP_WORKER_SYMBOLS);
  g_autoptr (GVariant) inlined = g_variant_get_child_value (symbols, 0);
  g_autoptr (GVariant) hidden = g_variant_get_child_value (symbols, 1);

  g_assert_cmpuint (g_variant_n_children (inlined), ==, 1);
  check_function (inlined, 0, "find_inlined_place", "", 0);
  g_assert_cmpuint (g_variant_n_children (hidden), ==, 0);
}

static void
test_the_module_tells_names_lines_and_inlined_functions (Fixture *fixture, gconstpointer data)
{
  check_wanted (fixture, "a", MEMSNOOP_WORKER_ROLE_MODULE, FALSE, "");
  g_assert_cmpuint (provide (fixture, "a", MEMSNOOP_WORKER_ROLE_MODULE, "libplaces.so"), ==,
                    MEMSNOOP_WORKER_DONE);
  check_lines (fixture, "a");
}

static void
test_a_separate_file_is_wanted_by_build_id_and_link (Fixture *fixture, gconstpointer data)
{
  provide (fixture, "a", MEMSNOOP_WORKER_ROLE_MODULE, "libplaces-stripped.so");
  check_wanted (fixture, "a", MEMSNOOP_WORKER_ROLE_DEBUG, TRUE, "libplaces.debug");
  g_assert_cmpuint (provide (fixture, "a", MEMSNOOP_WORKER_ROLE_DEBUG, "libplaces.debug"), ==,
                    MEMSNOOP_WORKER_DONE);
  check_lines (fixture, "a");
  g_assert_cmpuint (strlen (fixture->build_id), ==, 40);
}

static void
test_a_separate_file_is_known_by_its_checksum (Fixture *fixture, gconstpointer data)
{
  provide (fixture, "a", MEMSNOOP_WORKER_ROLE_MODULE, "libplaces-plain-stripped.so");
  check_wanted (fixture, "a", MEMSNOOP_WORKER_ROLE_DEBUG, FALSE, "libplaces-plain.debug");
  g_assert_cmpuint (provide (fixture, "a", MEMSNOOP_WORKER_ROLE_DEBUG, "libplaces-plain.debug"), ==,
                    MEMSNOOP_WORKER_DONE);
  check_lines (fixture, "a");
}

static void
test_another_debug_file_is_refused (Fixture *fixture, gconstpointer data)
{
  provide (fixture, "a", MEMSNOOP_WORKER_ROLE_MODULE, "libplaces-stripped.so");
  g_assert_cmpuint (provide (fixture, "a", MEMSNOOP_WORKER_ROLE_DEBUG, "libplaces-plain.debug"), ==,
                    MEMSNOOP_WORKER_FAILED);
  check_exported (fixture, "a");
  provide (fixture, "b", MEMSNOOP_WORKER_ROLE_MODULE, "libplaces-plain-stripped.so");
  g_assert_cmpuint (provide (fixture, "b", MEMSNOOP_WORKER_ROLE_DEBUG, "libplaces.debug"), ==,
                    MEMSNOOP_WORKER_FAILED);
  check_exported (fixture, "b");
}

static void
test_without_one_exported_names_remain (Fixture *fixture, gconstpointer data)
{
  provide (fixture, "a", MEMSNOOP_WORKER_ROLE_MODULE, "libplaces-stripped.so");
  provide (fixture, "a", MEMSNOOP_WORKER_ROLE_DEBUG, NULL);
  check_exported (fixture, "a");
}

static void
test_what_is_no_elf_file_tells_nothing (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) symbols = NULL;
  g_autoptr (GVariant) functions = NULL;

  g_assert_cmpuint (provide (fixture, "a", MEMSNOOP_WORKER_ROLE_MODULE, "."), ==,
                    MEMSNOOP_WORKER_FAILED);
  symbols = symbolize (fixture, "a", &fixture->inlined_offset, 1, MEMSNOOP_WORKER_SYMBOLS);
  functions = g_variant_get_child_value (symbols, 0);
  g_assert_cmpuint (g_variant_n_children (functions), ==, 0);
  g_assert_cmpstr (fixture->build_id, ==, "");
}

#define ADD(name, test) g_test_add ("/symbols/" name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#if defined(__x86_64__)
  ADD ("the-module-tells-names-lines-and-inlined-functions",
       test_the_module_tells_names_lines_and_inlined_functions);
  ADD ("a-separate-file-is-wanted-by-build-id-and-link",
       test_a_separate_file_is_wanted_by_build_id_and_link);
  ADD ("a-separate-file-is-known-by-its-checksum", test_a_separate_file_is_known_by_its_checksum);
  ADD ("another-debug-file-is-refused", test_another_debug_file_is_refused);
  ADD ("without-one-exported-names-remain", test_without_one_exported_names_remain);
  ADD ("what-is-no-elf-file-tells-nothing", test_what_is_no_elf_file_tells_nothing);
#endif
  return g_test_run ();
}
