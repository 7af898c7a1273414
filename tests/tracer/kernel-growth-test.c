/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the real tracer shows of programs whose leaks are known, and what is made of it. */
#include "kernel-suspect.h"

#include "boot-time.h"
#include "free-memory.h"
#include "kernel-tracer.h"
#include "slab-info.h"

#define MAP_MEMORY (64 * G_GUINT64_CONSTANT (1048576))
#define FILES 5000
#define PAIRS "10000"

typedef struct
{
  MemsnoopTracer *tracer;
  GPtrArray *sites;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *reason = NULL;

  fixture->tracer = memsnoop_kernel_tracer_new ();
  if (!memsnoop_tracer_probe (fixture->tracer, &reason))
    g_error ("%s", reason);
  memsnoop_tracer_start (fixture->tracer, MAP_MEMORY, &error);
  g_assert_no_error (error);
  fixture->sites = g_ptr_array_new_with_free_func ((GDestroyNotify) memsnoop_suspicion_site_free);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  memsnoop_tracer_stop (fixture->tracer);
  g_object_unref (fixture->tracer);
  g_ptr_array_unref (fixture->sites);
}

/* A target program, at the end of one of its phases. */
typedef struct
{
  GSubprocess *process;
  GDataInputStream *output;
  guint32 pid;
  guint64 live; /* kernel memory when it was ready */
  guint64 ready;
} Target;

static void
await (Target *target, const gchar *phase)
{
  g_autofree gchar *end = g_strconcat ("at=", phase, NULL);

  for (;;)
    {
      g_autoptr (GError) error = NULL;
      g_autofree gchar *line = g_data_input_stream_read_line (target->output, NULL, NULL, &error);

      g_assert_no_error (error);
      g_assert_nonnull (line);
      if (g_str_has_prefix (line, "pid="))
        target->pid = (guint32) g_ascii_strtoull (line + strlen ("pid="), NULL, 10);
      if (g_str_equal (line, end))
        return;
    }
}

static void
tell (Target *target, const gchar *command)
{
  g_autofree gchar *line = g_strconcat (command, "\n", NULL);
  g_autoptr (GError) error = NULL;

  g_output_stream_write_all (g_subprocess_get_stdin_pipe (target->process), line, strlen (line),
                             NULL, NULL, &error);
  g_assert_no_error (error);
}

static MemsnoopProcessFigures
look_up (Fixture *fixture, const Target *target)
{
  MemsnoopProcessFigures figures;

  g_assert_true (memsnoop_tracer_lookup (fixture->tracer, target->pid, &figures));
  return figures;
}

static void
start (Fixture *fixture, Target *target, const gchar *name, const gchar *argument)
{
  g_autofree gchar *path = g_build_filename (g_getenv ("MEMSNOOP_TARGETS"), name, NULL);
  g_autoptr (GError) error = NULL;

  target->process = g_subprocess_new (
      G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, path, argument, NULL);
  g_assert_no_error (error);
  target->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (target->process));
  await (target, "ready");
  target->live = look_up (fixture, target).current_bytes;
  target->ready = memsnoop_boot_time ();
}

/* The targets exit at the end of their input. */
static void
finish (Target *target)
{
  g_output_stream_close (g_subprocess_get_stdin_pipe (target->process), NULL, NULL);
  g_assert_true (g_subprocess_wait (target->process, NULL, NULL));
  g_object_unref (target->output);
  g_object_unref (target->process);
}

static gboolean
explain (Fixture *fixture, const Target *target, MemsnoopSuspicionLevel *level)
{
  g_autoptr (MemsnoopSnapshot) snapshot = memsnoop_tracer_gather (fixture->tracer);
  MemsnoopProcessFigures figures = look_up (fixture, target);
  guint64 grown = MAX (figures.current_bytes, target->live) - target->live;
  gboolean evidence;

  g_ptr_array_set_size (fixture->sites, 0);
  evidence = memsnoop_kernel_suspect_explain (snapshot, target->pid, figures.start_time, grown,
                                              target->ready, fixture->sites, level);
  g_test_message ("Grown by %" G_GUINT64_FORMAT " bytes, %s%s", grown,
                  evidence ? "" : "no evidence",
                  evidence ? memsnoop_suspicion_level_name (*level) : "");
  for (guint i = 0; i < fixture->sites->len; i++)
    {
      const MemsnoopSuspicionSite *site = g_ptr_array_index (fixture->sites, i);

      g_test_message ("%" G_GUINT64_FORMAT " bytes in %" G_GUINT64_FORMAT " blocks of %s from %s",
                      site->bytes, site->count, site->cache, site->frames[0]);
    }
  return evidence;
}

static const MemsnoopSuspicionSite *
find_site (Fixture *fixture, const gchar *cache, const gchar *frame)
{
  for (guint i = 0; i < fixture->sites->len; i++)
    {
      const MemsnoopSuspicionSite *site = g_ptr_array_index (fixture->sites, i);

      if (g_str_has_prefix (site->cache, cache) && strstr (site->frames[0], frame) != NULL)
        return site;
    }
  return NULL;
}

static void
test_a_leak_of_descriptors_is_probable (Fixture *fixture, gconstpointer data)
{
  MemsnoopSuspicionLevel level = MEMSNOOP_SUSPICION_GROWTH;
  const MemsnoopSuspicionSite *site;
  Target target = { 0 };

  start (fixture, &target, "eventfd-leak", G_STRINGIFY (FILES));
  tell (&target, "go");
  await (&target, "opened");
  g_assert_true (explain (fixture, &target, &level));
  g_assert_cmpint (level, ==, MEMSNOOP_SUSPICION_PROBABLE);
  /* The eventfds themselves; their files have a cache that several kinds of objects may share. */
  site = find_site (fixture, "kmalloc-", "eventfd");
  g_assert_nonnull (site);
  g_assert_cmpuint (site->count, ==, FILES);
  site = find_site (fixture, "", "alloc_empty_file");
  g_assert_nonnull (site);
  g_assert_cmpuint (site->count, >=, FILES);
  g_assert_cmpuint (site->count, <, FILES + 100);
  g_assert_cmpuint (fixture->sites->len, <=, 6);
  finish (&target);
}

/* kfree_rcu() collects them for five seconds; then the kernel has fewer than are recorded. */
static void
test_what_is_freed_unseen_is_no_evidence (Fixture *fixture, gconstpointer data)
{
  MemsnoopSuspicionLevel level = MEMSNOOP_SUSPICION_GROWTH;
  Target target = { 0 };
  gboolean evidence = TRUE;

  start (fixture, &target, "epoll-pairs", PAIRS);
  tell (&target, "go");
  await (&target, "done");
  for (guint i = 0; i < 40 && evidence; i++)
    {
      g_usleep (500 * 1000);
      if (i % 10 == 9)
        memsnoop_tracer_advance_epoch (fixture->tracer);
      evidence = explain (fixture, &target, &level);
    }
  g_assert_false (evidence);
  g_assert_cmpuint (fixture->sites->len, ==, 0);
  /* Neither is what remains when most of them were found. */
  for (guint i = 0; i < 3; i++)
    memsnoop_tracer_advance_epoch (fixture->tracer);
  g_assert_false (explain (fixture, &target, &level));
  g_assert_cmpuint (look_up (fixture, &target).unseen_frees, >, 5000);
  finish (&target);
}

static void
test_caches_that_the_kernel_takes_back_are_told (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MemsnoopSnapshot) snapshot = NULL;
  guint n_dentries = 0, n_files = 0;
  Target target = { 0 };

  start (fixture, &target, "eventfd-leak", "100");
  tell (&target, "go");
  await (&target, "opened");
  snapshot = memsnoop_tracer_gather (fixture->tracer);
  for (guint i = 0; i < snapshot->sites->len; i++)
    {
      const MemsnoopSite *site = &g_array_index (snapshot->sites, MemsnoopSite, i);

      if (g_str_equal (site->cache, "dentry"))
        {
          n_dentries++;
          g_assert_true (site->reclaimable);
        }
      if (strstr (site->frame, "alloc_empty_file") != NULL)
        {
          n_files++;
          g_assert_false (site->reclaimable);
          g_assert_cmpuint (memsnoop_site_bytes_since (site, MEMSNOOP_SECOND), ==, site->bytes);
        }
    }
  g_assert_cmpuint (n_dentries, >, 0);
  g_assert_cmpuint (n_files, >, 0);
  finish (&target);
}

static void
test_a_snapshot_has_the_free_memory (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MemsnoopSnapshot) snapshot = memsnoop_tracer_gather (fixture->tracer);
  const MemsnoopFreeMemory *memory = &snapshot->free_memory;
  gdouble before = 0;

  g_assert_cmpstr (snapshot->free_memory_error, ==, NULL);
  g_assert_cmpuint (memory->n_orders, >=, 9);
  g_assert_cmpuint (memsnoop_free_memory_get_bytes (memory), >, 1 << 20);
  for (guint order = 0; order <= memory->n_orders; order++)
    {
      gdouble share = memsnoop_free_memory_get_unusable (memory, order);

      g_assert_cmpfloat (share, >=, before);
      before = share;
    }
  g_assert_cmpfloat (before, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  memsnoop_slab_info_open ();
  memsnoop_free_memory_open ();
#define ADD(name, test) g_test_add ("/kernel-growth/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("a-leak-of-descriptors-is-probable", test_a_leak_of_descriptors_is_probable);
  ADD ("what-is-freed-unseen-is-no-evidence", test_what_is_freed_unseen_is_no_evidence);
  ADD ("caches-that-the-kernel-takes-back-are-told",
       test_caches_that_the_kernel_takes_back_are_told);
  ADD ("a-snapshot-has-the-free-memory", test_a_snapshot_has_the_free_memory);
  return g_test_run ();
}
