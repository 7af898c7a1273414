/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trap-cost.h"

#include "uprobe-trial.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

/* The least of several rounds is the one that nothing came into. */
#define ROUNDS 8
#define CALLS 256

/* On a virtual machine of 2 x86-64 cores with Linux 6.18. */
static const MemsnoopTrapCost measured_elsewhere = { .emulated = 400,
                                                     .single_stepped = 5500,
                                                     .at_return = 550 };

/* Functions that begin with an instruction that the kernel emulates, and with one that it does not.
 */
void memsnoop_trap_emulated (void);
void memsnoop_trap_single_stepped (void);

#if defined(__x86_64__)
#define EMULATED "push %rbp\n\tpop %rbp\n\tret"
#define SINGLE_STEPPED "mov %edi,%eax\n\tret"
#else
#define EMULATED "nop\n\tret"
#define SINGLE_STEPPED "add x0,x0,#0\n\tret"
#endif

__asm__(".text\n"
        ".balign 16\n"
        ".globl memsnoop_trap_emulated\n"
        ".type memsnoop_trap_emulated,%function\n"
        "memsnoop_trap_emulated:\n\t" EMULATED "\n"
        ".size memsnoop_trap_emulated,.-memsnoop_trap_emulated\n"
        ".balign 16\n"
        ".globl memsnoop_trap_single_stepped\n"
        ".type memsnoop_trap_single_stepped,%function\n"
        "memsnoop_trap_single_stepped:\n\t" SINGLE_STEPPED "\n"
        ".size memsnoop_trap_single_stepped,.-memsnoop_trap_single_stepped\n");

/* CPU time of this thread, in nanoseconds: what runs meanwhile is not counted. */
static gint64
read_clock (void)
{
  struct timespec time;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &time);
  return (gint64) time.tv_sec * G_GINT64_CONSTANT (1000000000) + time.tv_nsec;
}

/* Nanoseconds of a call. */
static gdouble
time_calls (void (*function) (void))
{
  gint64 least = G_MAXINT64;

  for (guint round = 0; round < ROUNDS; round++)
    {
      gint64 begin = read_clock ();

      for (guint i = 0; i < CALLS; i++)
        function ();
      least = MIN (least, read_clock () - begin);
    }
  return (gdouble) least / CALLS;
}

/* What the probe adds to each call; FALSE when there can be none. */
static gboolean
time_probe (
    int executable, int map, void (*function) (void), MemsnoopUprobeKind kind, gdouble *nanoseconds)
{
  MemsnoopUprobePlace place = { 0 };
  gdouble without = time_calls (function);
  int program = memsnoop_uprobe_load_counting_program (map, kind);
  int link = -1;

  if (program >= 0 && memsnoop_uprobe_find_own_offset ((gconstpointer) function, &place.offset))
    link = memsnoop_uprobe_create_multi_link (program, kind, executable, (guint32) getpid (),
                                              &place, 1);
  if (link >= 0)
    {
      *nanoseconds = MAX (time_calls (function) - without, 0);
      close (link);
    }
  if (program >= 0)
    close (program);
  return link >= 0;
}

static gboolean
measure (int executable, int map, MemsnoopTrapCost *cost)
{
  MemsnoopUprobeKind with_return = memsnoop_uprobe_support () == MEMSNOOP_UPROBE_SESSION
                                       ? MEMSNOOP_UPROBE_AT_BOTH
                                       : MEMSNOOP_UPROBE_AT_RETURN;
  gdouble both;

  if (!time_probe (executable, map, memsnoop_trap_emulated, MEMSNOOP_UPROBE_AT_PLACE,
                   &cost->emulated) ||
      !time_probe (executable, map, memsnoop_trap_single_stepped, MEMSNOOP_UPROBE_AT_PLACE,
                   &cost->single_stepped) ||
      !time_probe (executable, map, memsnoop_trap_emulated, with_return, &both))
    return FALSE;
  cost->at_return = MAX (both - cost->emulated, 0);
  return TRUE;
}

static MemsnoopTrapCost
find_cost (void)
{
  MemsnoopTrapCost cost = measured_elsewhere;
  int executable, map;

  if (memsnoop_uprobe_support () == MEMSNOOP_UPROBE_CLASSIC)
    return cost;
  executable = open ("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  map = bpf_map_create (BPF_MAP_TYPE_ARRAY, "memsnoop_trial", sizeof (guint32), sizeof (guint64), 1,
                        NULL);
  if (executable < 0 || map < 0 || !measure (executable, map, &cost))
    cost = measured_elsewhere;
  if (executable >= 0)
    close (executable);
  if (map >= 0)
    close (map);
  return cost;
}

const MemsnoopTrapCost *
memsnoop_trap_cost_get (void)
{
  static MemsnoopTrapCost cost;
  static gsize known;

  if (g_once_init_enter (&known))
    {
      cost = find_cost ();
      g_debug ("A probe costs %.0f ns, one that is single-stepped %.0f ns, a return %.0f ns",
               cost.emulated, cost.single_stepped, cost.at_return);
      g_once_init_leave (&known, 1);
    }
  return &cost;
}
