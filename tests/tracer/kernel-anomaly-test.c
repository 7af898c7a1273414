/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the real tracer shows of abnormal use of kernel memory, each kind of which this program does
 * itself. */
#include "anomaly.h"

#include "boot-time.h"
#include "kernel-tracer.h"

#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/msg.h>
#include <unistd.h>

#define MAP_MEMORY (64 * G_GUINT64_CONSTANT (1048576))
#define KIB G_GUINT64_CONSTANT (1024)
#define MIB (1024 * KIB)
/* The looks' own clock, so that a busy machine changes nothing. */
#define STEP (MEMSNOOP_SECOND / 50)
/* Files opened and closed between two looks: each takes some hundred bytes. */
#define FILES 4000

static const MemsnoopAnomalyThresholds thresholds = {
  .churn = 0.9,
  .churn_rate = 10000,
  .large_allocation = 8 * KIB,
  .large_allocation_factor = 10,
  .burst_factor = 10,
  .burst_rate = 16 * MIB,
  .fragmentation = 0.4,
  .fragmentation_bytes = MIB,
};

typedef struct
{
  MemsnoopTracer *tracer;
  MemsnoopAnomalyMemory *memory;
  guint64 now;
  gboolean raised[MEMSNOOP_ANOMALY_N_KINDS];
  gdouble value[MEMSNOOP_ANOMALY_N_KINDS];
} Fixture;

static void
look (Fixture *fixture)
{
  MemsnoopAnomaly found[MEMSNOOP_ANOMALY_N_KINDS];
  MemsnoopProcessFigures figures;
  guint n_found;

  if (!memsnoop_tracer_lookup (fixture->tracer, (guint32) getpid (), &figures))
    return;
  fixture->now += STEP;
  n_found = memsnoop_anomaly_judge (fixture->memory, &figures, &thresholds, fixture->now, found);
  for (guint i = 0; i < n_found; i++)
    {
      g_test_message ("%s %s: %g, over %g", memsnoop_anomaly_kind_name (found[i].kind),
                      found[i].raised ? "raised" : "cleared", found[i].value, found[i].threshold);
      fixture->raised[found[i].kind] = found[i].raised;
      fixture->value[found[i].kind] = found[i].value;
    }
}

static void
look_for (Fixture *fixture, guint looks)
{
  for (guint i = 0; i < looks; i++)
    {
      close (eventfd (0, 0));
      look (fixture);
    }
}

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
  fixture->memory = memsnoop_anomaly_memory_new ();
  look_for (fixture, 3);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  memsnoop_tracer_stop (fixture->tracer);
  g_object_unref (fixture->tracer);
  memsnoop_anomaly_memory_free (fixture->memory);
}

static void
churn (Fixture *fixture)
{
  for (guint i = 0; i < FILES; i++)
    close (eventfd (0, 0));
  look (fixture);
}

static void
test_churn_is_seen (Fixture *fixture, gconstpointer data)
{
  for (guint i = 0; i < 10; i++)
    churn (fixture);
  g_assert_true (fixture->raised[MEMSNOOP_ANOMALY_CHURN]);
  g_assert_cmpfloat (fixture->value[MEMSNOOP_ANOMALY_CHURN], >, 0.9);
  g_assert_false (fixture->raised[MEMSNOOP_ANOMALY_LARGE_ALLOCATION]);
  g_assert_false (fixture->raised[MEMSNOOP_ANOMALY_FRAGMENTATION]);
}

/* The kernel keeps 40 bytes for each page of a pipe in one block: 10 KiB, which take four pages. */
static void
test_a_large_allocation_is_seen (Fixture *fixture, gconstpointer data)
{
  int ends[2];

  g_assert_cmpint (pipe (ends), ==, 0);
  g_assert_cmpint (fcntl (ends[1], F_SETPIPE_SZ, MIB), >=, 0);
  look_for (fixture, 1);
  g_assert_true (fixture->raised[MEMSNOOP_ANOMALY_LARGE_ALLOCATION]);
  g_assert_cmpfloat (fixture->value[MEMSNOOP_ANOMALY_LARGE_ALLOCATION], ==, 16.0 * KIB);
  close (ends[0]);
  close (ends[1]);
  look_for (fixture, 29);
  g_assert_true (fixture->raised[MEMSNOOP_ANOMALY_LARGE_ALLOCATION]);
  look_for (fixture, 1);
  g_assert_false (fixture->raised[MEMSNOOP_ANOMALY_LARGE_ALLOCATION]);
}

static void
test_a_burst_is_seen (Fixture *fixture, gconstpointer data)
{
  look_for (fixture, 35);
  g_assert_false (fixture->raised[MEMSNOOP_ANOMALY_BURST]);
  churn (fixture);
  g_assert_true (fixture->raised[MEMSNOOP_ANOMALY_BURST]);
  look_for (fixture, 5);
  g_assert_false (fixture->raised[MEMSNOOP_ANOMALY_BURST]);
}

/* A message of 2,100 bytes and its head need a block of 4 KiB. Returns how many fit. */
static guint
fill_queue (int queue)
{
  struct
  {
    long type;
    char text[2100];
  } message = { .type = 1 };
  guint n_messages = 0;

  while (msgsnd (queue, &message, sizeof message.text, IPC_NOWAIT) == 0)
    n_messages++;
  return n_messages;
}

static void
test_fragmentation_is_seen (Fixture *fixture, gconstpointer data)
{
  int queues[256];
  guint n_queues = 0, n_messages = 0;

  while (n_queues < G_N_ELEMENTS (queues) && n_messages < 1000)
    {
      queues[n_queues] = msgget (IPC_PRIVATE, 0600);
      g_assert_cmpint (queues[n_queues], >=, 0);
      n_messages += fill_queue (queues[n_queues++]);
    }
  look_for (fixture, 5);
  while (n_queues-- > 0)
    msgctl (queues[n_queues], IPC_RMID, NULL);
  g_assert_cmpuint (n_messages, >=, 1000);
  g_assert_true (fixture->raised[MEMSNOOP_ANOMALY_FRAGMENTATION]);
  g_assert_cmpfloat (fixture->value[MEMSNOOP_ANOMALY_FRAGMENTATION], <, 0.5);
  look_for (fixture, 15);
  g_assert_false (fixture->raised[MEMSNOOP_ANOMALY_FRAGMENTATION]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, test) g_test_add ("/kernel-anomaly/" name, Fixture, NULL, set_up, test, tear_down)
  ADD ("churn-is-seen", test_churn_is_seen);
  ADD ("a-large-allocation-is-seen", test_a_large_allocation_is_seen);
  ADD ("a-burst-is-seen", test_a_burst_is_seen);
  ADD ("fragmentation-is-seen", test_fragmentation_is_seen);
  return g_test_run ();
}
