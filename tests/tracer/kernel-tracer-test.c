/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real tracer on the running kernel. */
#include "kernel-tracer.h"
#include "slab-info.h"

#include <bpf/bpf.h>
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/msg.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MAP_MEMORY (64 * G_GUINT64_CONSTANT (1048576))
#define SMALLEST_MAP_MEMORY (4 * G_GUINT64_CONSTANT (1048576))

typedef struct
{
  MemsnoopTracer *tracer;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer map_memory)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *reason = NULL;

  fixture->tracer = memsnoop_kernel_tracer_new ();
  if (!memsnoop_tracer_probe (fixture->tracer, &reason))
    g_error ("%s", reason);
  memsnoop_tracer_start (fixture->tracer, *(const guint64 *) map_memory, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer map_memory)
{
  memsnoop_tracer_stop (fixture->tracer);
  g_object_unref (fixture->tracer);
}

static const guint64 map_memory = MAP_MEMORY;
static const guint64 smallest_map_memory = SMALLEST_MAP_MEMORY;

/* Runs in a process of its own, so that nothing but the function's allocations is in the figures
 * that follow. */
static pid_t
in_child (void (*function) (int arguments), int arguments)
{
  pid_t child = fork ();

  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      function (arguments);
      _exit (0);
    }
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  return child;
}

static MemsnoopProcessFigures
look_up (Fixture *fixture, pid_t pid)
{
  MemsnoopProcessFigures figures;

  g_assert_true (memsnoop_tracer_lookup (fixture->tracer, (guint32) pid, &figures));
  return figures;
}

static guint64
histogram_sum (const MemsnoopProcessFigures *figures)
{
  guint64 sum = 0;

  for (guint i = 0; i < MEMSNOOP_SIZE_HISTOGRAM_BUCKETS; i++)
    sum += figures->size_histogram[i];
  return sum;
}

static void
open_and_close (int rounds)
{
  for (int i = 0; i < rounds; i++)
    close (eventfd (0, 0));
}

static void
test_every_event_is_counted (Fixture *fixture, gconstpointer data)
{
  MemsnoopProcessFigures few = look_up (fixture, in_child (open_and_close, 1000));
  MemsnoopProcessFigures many = look_up (fixture, in_child (open_and_close, 3000));
  gint64 difference = (gint64) (many.alloc_count - few.alloc_count);
  gint64 per_round = (difference + 1000) / 2000;

  g_assert_cmpint (per_round, >=, 2);
  /* The same process but for 2,000 rounds; what else it allocates may differ by a few blocks. */
  g_assert_cmpint (ABS (difference - 2000 * per_round), <=, 20);
  g_assert_cmpuint (few.alloc_count, ==, histogram_sum (&few));
  g_assert_cmpuint (few.alloc_bytes, ==, few.free_bytes + few.current_bytes);
  g_assert_cmpuint (few.requested_bytes, <=, few.alloc_bytes);
  g_assert_cmpuint (few.peak_bytes, >=, few.current_bytes);
  g_assert_cmpuint (few.exited_at, >, 0);
  g_assert_cmpuint (few.lost, ==, 0);
  g_assert_cmpfloat (many.churn, >, 0.95);
  g_assert_cmpfloat (many.churn, <=, 1.0);
  g_assert_cmpstr (few.comm, ==, "kernel-tracer-t");
  g_assert_cmpuint (few.n_recent_sizes, ==, MEMSNOOP_RECENT_SIZE_COUNT);
}

static void
hold (int count)
{
  for (int i = 0; i < count; i++)
    eventfd (0, 0);
}

static void
test_blocks_are_freed_when_their_process_exits (Fixture *fixture, gconstpointer data)
{
  MemsnoopProcessFigures none = look_up (fixture, in_child (hold, 0));
  MemsnoopProcessFigures held = look_up (fixture, in_child (hold, 800));

  g_assert_cmpuint (held.peak_bytes, >, none.peak_bytes + 800 * 64);
  /* Files and dentries are freed a little later, by others, and are booked to their allocator. */
  for (int i = 0; i < 100 && held.current_bytes > none.current_bytes + 8192; i++)
    {
      g_usleep (50 * 1000);
      held = look_up (fixture, (pid_t) held.pid);
    }
  g_assert_cmpuint (held.current_bytes, <=, none.current_bytes + 8192);
}

static void
add_and_delete (int pairs)
{
  int set = epoll_create1 (0), file = eventfd (0, 0);
  struct epoll_event event = { .events = EPOLLIN };

  for (int i = 0; i < pairs; i++)
    {
      epoll_ctl (set, EPOLL_CTL_ADD, file, &event);
      epoll_ctl (set, EPOLL_CTL_DEL, file, NULL);
    }
}

static void
test_frees_that_no_tracepoint_shows_are_noticed (Fixture *fixture, gconstpointer data)
{
  pid_t child = in_child (add_and_delete, 10000);
  MemsnoopProcessFigures figures = look_up (fixture, child);

  g_assert_cmpuint (figures.alloc_count, >=, 10000);
  /* kfree_rcu() takes five seconds to free them; the tracer looks at blocks two epochs old. */
  for (int i = 0; i < 60 && figures.unseen_frees < 9000; i++)
    {
      g_autoptr (MemsnoopSnapshot) snapshot = NULL;

      g_usleep (500 * 1000);
      memsnoop_tracer_advance_epoch (fixture->tracer);
      snapshot = memsnoop_tracer_gather (fixture->tracer);
      figures = look_up (fixture, child);
    }
  /* Not those in slabs that others on the machine use as well. */
  g_assert_cmpuint (figures.unseen_frees, >, 5000);
  g_assert_cmpuint (figures.unseen_frees, <=, figures.free_count);
  g_assert_cmpuint (figures.current_bytes, <, 10000 * 128 / 2);
  g_assert_false (figures.exact);
}

static void
test_blocks_that_are_in_use_are_not_stale (Fixture *fixture, gconstpointer data)
{
  MemsnoopProcessFigures figures;
  int files[1000];

  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    files[i] = eventfd (0, 0);
  for (guint i = 0; i < 4; i++)
    {
      memsnoop_tracer_advance_epoch (fixture->tracer);
      figures = look_up (fixture, getpid ());
    }
  memsnoop_kernel_tracer_search_stale_blocks (MEMSNOOP_KERNEL_TRACER (fixture->tracer));
  g_assert_cmpuint (look_up (fixture, getpid ()).unseen_frees - figures.unseen_frees, <, 50);
  for (guint i = 0; i < G_N_ELEMENTS (files); i++)
    close (files[i]);
  g_assert_cmpuint (look_up (fixture, getpid ()).free_count, >=, figures.free_count + 2000);
}

static void
test_fork_tells_the_parent_and_the_program (Fixture *fixture, gconstpointer data)
{
  MemsnoopProcessFigures figures = look_up (fixture, in_child (hold, 1));

  g_assert_cmpuint (figures.parent_pid, ==, (guint32) getpid ());
  g_assert_cmpuint (figures.parent_start_time, >, 0);
  g_assert_cmpuint (figures.start_time, >, figures.parent_start_time);
  g_assert_cmpuint (figures.uid, ==, getuid ());
}

static void
execute_true (int arguments)
{
  execl ("/bin/true", "true", NULL);
}

static void
test_exec_continues_the_process_under_its_new_name (Fixture *fixture, gconstpointer data)
{
  MemsnoopProcessFigures figures = look_up (fixture, in_child (execute_true, 0));

  g_assert_cmpstr (figures.comm, ==, "true");
  g_assert_cmpstr (figures.exe, ==, "/bin/true");
}

/* An empty message in a queue of System V is one block of kernel memory. */
static void
fill_queues (int messages)
{
  int queues[64];
  guint n_queues = 0;

  while (messages > 0 && n_queues < G_N_ELEMENTS (queues))
    {
      struct
      {
        long type;
      } message = { 1 };

      queues[n_queues] = msgget (IPC_PRIVATE, 0600);
      if (queues[n_queues++] < 0)
        break;
      while (messages > 0 && msgsnd (queues[n_queues - 1], &message, 0, IPC_NOWAIT) == 0)
        messages--;
    }
  while (n_queues-- > 0)
    msgctl (queues[n_queues], IPC_RMID, NULL);
}

static void
test_a_full_table_loses_blocks_openly_and_recovers (Fixture *fixture, gconstpointer data)
{
  MemsnoopProcessFigures full, after;
  MemsnoopTracerTotals totals;

  full = look_up (fixture, in_child (fill_queues, 200000));
  memsnoop_tracer_get_totals (fixture->tracer, &totals);
  g_assert_cmpuint (full.lost, >, 0);
  g_assert_false (full.exact);
  g_assert_cmpuint (totals.table_full, >=, full.lost);
  g_assert_cmpuint (totals.events_lost, >=, totals.table_full);
  g_assert_cmpuint (full.peak_bytes, >, totals.live_capacity * 8);

  /* Others on a busy machine may need the little room that there is. */
  for (int i = 0; i < 50 && (i == 0 || after.lost > 0); i++)
    after = look_up (fixture, in_child (open_and_close, 1000));
  g_assert_cmpuint (after.lost, ==, 0);
  /* Those that found room elsewhere than in their own bucket are found there again. */
  full = look_up (fixture, (pid_t) full.pid);
  g_assert_cmpuint (full.current_bytes, <, 256 * 1024);
  g_assert_cmpuint (after.alloc_bytes, ==, after.free_bytes + after.current_bytes);
}

static void
test_a_snapshot_names_sites_and_caches (Fixture *fixture, gconstpointer data)
{
  g_autoptr (MemsnoopSnapshot) snapshot = NULL;
  const MemsnoopProcessSnapshot *self;
  gboolean found = FALSE;
  int files[100];

  for (int i = 0; i < 100; i++)
    files[i] = eventfd (0, 0);
  snapshot = memsnoop_tracer_gather (fixture->tracer);
  for (int i = 0; i < 100; i++)
    close (files[i]);

  self = memsnoop_snapshot_find_process (snapshot, (guint32) getpid ());
  g_assert_nonnull (self);
  g_assert_cmpuint (self->n_sites, >, 0);
  for (guint i = 0; i < self->n_sites; i++)
    {
      g_test_message ("%" G_GUINT64_FORMAT " bytes in %" G_GUINT64_FORMAT " blocks of %s from %s",
                      self->sites[i].bytes, self->sites[i].count, self->sites[i].cache,
                      self->sites[i].frame);
      if (strstr (self->sites[i].frame, "eventfd") != NULL)
        {
          found = TRUE;
          g_assert_cmpuint (self->sites[i].count, ==, 100);
          g_assert_true (g_str_has_prefix (self->sites[i].cache, "kmalloc-"));
        }
    }
  g_assert_true (found);
  g_assert_cmpuint (snapshot->sites->len, >, 0);
  g_assert_cmpuint (snapshot->caches->len, >, 0);
  g_assert_cmpuint (snapshot->totals.live_entries, >=, 100);
}

static void
take_signal (int number)
{
}

static void
find_interrupts (const MemsnoopProcessFigures *figures, gpointer user_data)
{
  if (figures->kind == MEMSNOOP_PROCESS_KIND_INTERRUPTS)
    *(guint64 *) user_data = figures->alloc_count;
}

/* The kernel answers a datagram to a closed port with an ICMP message, in a softirq. */
static void
send_to_closed_port (int datagrams)
{
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons (9),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  int file = socket (AF_INET, SOCK_DGRAM, 0);

  for (int i = 0; i < datagrams; i++)
    sendto (file, "x", 1, 0, (struct sockaddr *) &address, sizeof address);
}

static void
test_allocations_in_interrupts_belong_to_no_process (Fixture *fixture, gconstpointer data)
{
  guint64 before = 0, after = 0;

  memsnoop_tracer_foreach (fixture->tracer, find_interrupts, &before);
  in_child (send_to_closed_port, 5000);
  memsnoop_tracer_foreach (fixture->tracer, find_interrupts, &after);
  g_assert_cmpuint (after - before, >=, 5000);
}

static void
test_a_process_is_not_running_when_it_is_first_seen_after_its_exit (Fixture *fixture,
                                                                    gconstpointer data)
{
  struct sigaction handled = { .sa_handler = take_signal }, before;
  guint seen = 0;

  /* With a handler for SIGCHLD the exit of a child allocates, after its tracepoint. */
  memsnoop_tracer_stop (fixture->tracer);
  sigaction (SIGCHLD, &handled, &before);
  for (int round = 0; round < 20; round++)
    {
      g_autoptr (GError) error = NULL;
      MemsnoopProcessFigures figures;
      pid_t child = fork ();

      if (child == 0)
        for (;;)
          pause ();
      if (round == 0)
        memsnoop_tracer_start (fixture->tracer, map_memory, &error);
      g_assert_no_error (error);
      kill (child, SIGKILL);
      while (waitpid (child, NULL, 0) < 0)
        g_assert_cmpint (errno, ==, EINTR);
      if (!memsnoop_tracer_lookup (fixture->tracer, (guint32) child, &figures))
        continue;
      seen++;
      g_assert_cmpuint (figures.exited_at, >, 0);
    }
  sigaction (SIGCHLD, &before, NULL);
  g_assert_cmpuint (seen, >, 0);
}

/* Everything that was ever allocated, and whether some of it is in the entry of the retired. */
typedef struct
{
  guint n_processes;
  guint64 alloc_count;
  guint64 retired;
} Sum;

static void
sum_up (const MemsnoopProcessFigures *figures, gpointer user_data)
{
  Sum *sum = user_data;

  sum->n_processes++;
  sum->alloc_count += figures->alloc_count;
  if (figures->kind == MEMSNOOP_PROCESS_KIND_RETIRED)
    sum->retired = figures->alloc_count;
}

static void
test_records_of_exited_processes_are_used_again (Fixture *fixture, gconstpointer data)
{
  guint n_records = SMALLEST_MAP_MEMORY / 6 / (13 * 64 + 128);
  Sum before = { 0 }, after = { 0 };
  MemsnoopProcessFigures last;
  MemsnoopTracerTotals totals;
  pid_t child = 0;

  for (guint i = 0; i < 2 * n_records; i++)
    {
      child = in_child (hold, 1);
      if (i % (n_records / 16) == 0)
        memsnoop_tracer_make_room (fixture->tracer);
    }
  memsnoop_tracer_get_totals (fixture->tracer, &totals);
  memsnoop_tracer_foreach (fixture->tracer, sum_up, &before);
  memsnoop_tracer_make_room (fixture->tracer);
  memsnoop_tracer_make_room (fixture->tracer);
  memsnoop_tracer_foreach (fixture->tracer, sum_up, &after);
  last = look_up (fixture, child);
  g_assert_cmpuint (totals.processes_full, ==, 0);
  g_assert_cmpuint (last.alloc_count + last.lost, >, 0);
  g_assert_cmpuint (before.n_processes, <=, n_records);
  /* Their figures are not gone. */
  g_assert_cmpuint (after.retired, >, n_records);
  g_assert_cmpuint (after.alloc_count, >=, before.alloc_count);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  memsnoop_slab_info_open ();
#define ADD(name, memory, test)                                                                    \
  g_test_add ("/kernel-tracer/" name, Fixture, &memory, set_up, test, tear_down)
  ADD ("every-event-is-counted", map_memory, test_every_event_is_counted);
  ADD ("blocks-are-freed-when-their-process-exits", map_memory,
       test_blocks_are_freed_when_their_process_exits);
  ADD ("frees-that-no-tracepoint-shows-are-noticed", map_memory,
       test_frees_that_no_tracepoint_shows_are_noticed);
  ADD ("fork-tells-the-parent-and-the-program", map_memory,
       test_fork_tells_the_parent_and_the_program);
  ADD ("exec-continues-the-process-under-its-new-name", map_memory,
       test_exec_continues_the_process_under_its_new_name);
  ADD ("a-full-table-loses-blocks-openly-and-recovers", smallest_map_memory,
       test_a_full_table_loses_blocks_openly_and_recovers);
  ADD ("a-snapshot-names-sites-and-caches", map_memory, test_a_snapshot_names_sites_and_caches);
  ADD ("allocations-in-interrupts-belong-to-no-process", map_memory,
       test_allocations_in_interrupts_belong_to_no_process);
  ADD ("blocks-that-are-in-use-are-not-stale", map_memory,
       test_blocks_that_are_in_use_are_not_stale);
  ADD ("a-process-is-not-running-when-it-is-first-seen-after-its-exit", map_memory,
       test_a_process_is_not_running_when_it_is_first_seen_after_its_exit);
  ADD ("records-of-exited-processes-are-used-again", smallest_map_memory,
       test_records_of_exited_processes_are_used_again);
  return g_test_run ();
}
