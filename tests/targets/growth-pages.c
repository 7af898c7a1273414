/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * growth-pages: gets pages in the way that each command names, in a function of that name with
 * _pages behind it, and tells what a recording of growth has to show of it: faults, bytes, and of
 * these by-kernel bytes that the kernel touched for it. All of it has been done once before it is
 * ready, so that nothing else is new.
 */
#include "target.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096L
#define HUGE (2L << 20)
#define PAGES 1000L
#define FILE_PAGES 64L
#define THREADS 4

/* Named in reports. */
#define FUNCTION __attribute__ ((noinline))

void touch_pages (char *pages, long n);
void huge_pages (char *pages);
void read_pages (char *pages);
void private_pages (char *pages);
void thread_pages (char *pages);

static int file;
static int zero;
static char *kept;
static pthread_t threads[THREADS];
static pthread_barrier_t begin;
static pthread_barrier_t end;
static char *thread_space;

static void *
map (size_t size, int flags, int descriptor)
{
  void *pages = mmap (NULL, size, PROT_READ | PROT_WRITE, flags, descriptor, 0);

  if (pages == MAP_FAILED)
    target_fail ("mmap");
  return pages;
}

/* So that each page is one fault. */
static char *
map_fresh (long n, int more_flags)
{
  char *pages = map (n * PAGE, MAP_PRIVATE | MAP_ANONYMOUS | more_flags, -1);

  madvise (pages, n * PAGE, MADV_NOHUGEPAGE);
  return pages;
}

static void
tell (long faults, long bytes, long by_kernel)
{
  target_tell ("faults", faults);
  target_tell ("bytes", bytes);
  target_tell ("by-kernel", by_kernel);
}

FUNCTION void
touch_pages (char *pages, long n)
{
  for (long i = 0; i < n; i++)
    ((volatile char *) pages)[i * PAGE] = 1;
}

static void
touch (void)
{
  char *pages = map_fresh (PAGES, 0);

  touch_pages (pages, PAGES);
  munmap (pages, PAGES * PAGE);
  tell (PAGES, PAGES * PAGE, 0);
}

/* Given back, and touched again. */
static void
again (void)
{
  char *pages = map_fresh (PAGES, 0);

  touch_pages (pages, PAGES);
  madvise (pages, PAGES * PAGE, MADV_DONTNEED);
  touch_pages (pages, PAGES);
  munmap (pages, PAGES * PAGE);
  tell (2 * PAGES, 2 * PAGES * PAGE, 0);
}

/* What is read first is the page of zeros that all share. */
static void
zeros (void)
{
  char *pages = map_fresh (PAGES, 0);
  long sum = 0;

  for (long i = 0; i < PAGES; i++)
    sum += ((volatile char *) pages)[i * PAGE];
  touch_pages (pages, 10 + sum);
  munmap (pages, PAGES * PAGE);
  tell (10, 10 * PAGE, 0);
}

FUNCTION void
huge_pages (char *pages)
{
  for (long i = 0; i < 3; i++)
    ((volatile char *) pages)[i * HUGE + 12345] = 1;
}

static void
huge (void)
{
  char *space = map (4 * HUGE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
  char *pages = space + (HUGE - (unsigned long) space % HUGE) % HUGE;

  if (madvise (pages, 3 * HUGE, MADV_HUGEPAGE) < 0)
    target_fail ("MADV_HUGEPAGE");
  huge_pages (pages);
  munmap (space, 4 * HUGE);
  tell (3, 3 * HUGE, 0);
}

FUNCTION void
read_pages (char *pages)
{
  if (read (zero, pages, PAGES * PAGE) != PAGES * PAGE)
    target_fail ("read");
  __asm__ volatile("" : : : "memory");
}

static void
read_into (void)
{
  char *pages = map_fresh (PAGES, 0);

  read_pages (pages);
  munmap (pages, PAGES * PAGE);
  tell (PAGES, PAGES * PAGE, PAGES * PAGE);
}

static void
populate (void)
{
  char *pages = mmap (NULL, PAGES * PAGE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

  madvise (pages, PAGES * PAGE, MADV_NOHUGEPAGE);
  if (mlock (pages, PAGES * PAGE) < 0)
    target_fail ("mlock");
  munmap (pages, PAGES * PAGE);
  tell (PAGES, PAGES * PAGE, PAGES * PAGE);
}

/* Pages of a file, private and shared, and shared memory: read, and written where they are shared.
 */
static void
file_pages (void)
{
  char *private = map (FILE_PAGES * PAGE, MAP_PRIVATE, file);
  char *shared = map (FILE_PAGES * PAGE, MAP_SHARED, file);
  char *memory = map (FILE_PAGES * PAGE, MAP_SHARED | MAP_ANONYMOUS, -1);
  long sum = 0;

  for (long i = 0; i < FILE_PAGES; i++)
    sum += ((volatile char *) private)[i * PAGE] + ((volatile char *) shared)[i * PAGE];
  touch_pages (shared, FILE_PAGES);
  touch_pages (memory, FILE_PAGES);
  munmap (private, FILE_PAGES * PAGE);
  munmap (shared, FILE_PAGES * PAGE);
  munmap (memory, FILE_PAGES * PAGE);
  tell (0, 0, 0);
}

/* Half of them are mapped as the file's before. */
FUNCTION void
private_pages (char *pages)
{
  long sum = 0;

  for (long i = 0; i < FILE_PAGES; i += 2)
    sum += ((volatile char *) pages)[i * PAGE];
  for (long i = 0; i < FILE_PAGES; i++)
    ((volatile char *) pages)[i * PAGE] = (char) sum;
}

static void
private_write (void)
{
  char *pages = map (FILE_PAGES * PAGE, MAP_PRIVATE, file);

  private_pages (pages);
  munmap (pages, FILE_PAGES * PAGE);
  tell (FILE_PAGES, FILE_PAGES * PAGE, 0);
}

/* What is written after a fork() is copied: other pages, and not more of them. The child's are its
 * own. Nor does what the fork itself needs count; pages of stacks and data that are copied do not
 * count either. */
static void
fork_and_write (void)
{
  char *pages = map_fresh (PAGES, 0);
  pid_t child = fork ();

  if (child == 0)
    {
      touch_pages (pages, PAGES);
      touch_pages (kept, PAGES);
      pause ();
      _exit (0);
    }
  touch_pages (kept, PAGES);
  touch_pages (pages, 10);
  munmap (pages, PAGES * PAGE);
  kill (child, SIGKILL);
  waitpid (child, NULL, 0);
  tell (10, 10 * PAGE, 0);
}

FUNCTION void
thread_pages (char *pages)
{
  for (long i = 0; i < PAGES; i++)
    ((volatile char *) pages)[i * PAGE] = 1;
}

static void *
run_thread (void *argument)
{
  for (;;)
    {
      pthread_barrier_wait (&begin);
      thread_pages (thread_space + (long) argument * PAGES * PAGE);
      pthread_barrier_wait (&end);
    }
  return NULL;
}

static void
in_threads (void)
{
  thread_space = map_fresh (THREADS * PAGES, 0);
  pthread_barrier_wait (&begin);
  pthread_barrier_wait (&end);
  munmap (thread_space, THREADS * PAGES * PAGE);
  tell (THREADS * PAGES, THREADS * PAGES * PAGE, 0);
}

static void
execute (void)
{
  execl ("/proc/self/exe", "growth-pages", NULL);
  target_fail ("exec");
}

static const struct
{
  const char *command;
  void (*function) (void);
} commands[] = {
  { "touch", touch },           { "again", again },
  { "zeros", zeros },           { "read", read_into },
  { "populate", populate },     { "file", file_pages },
  { "private", private_write }, { "fork", fork_and_write },
  { "threads", in_threads },    { "huge", huge },
  { "exec", execute },
};

#define N_COMMANDS (sizeof commands / sizeof *commands)

static void
prepare (void)
{
  static const char contents[FILE_PAGES * PAGE] = { 1 };

  file = memfd_create ("pages", 0);
  zero = open ("/dev/zero", O_RDONLY);
  if (file < 0 || zero < 0 || write (file, contents, sizeof contents) != sizeof contents)
    target_fail ("file");
  kept = map_fresh (PAGES, 0);
  touch_pages (kept, PAGES);
  pthread_barrier_init (&begin, NULL, THREADS + 1);
  pthread_barrier_init (&end, NULL, THREADS + 1);
  for (long i = 0; i < THREADS; i++)
    if (pthread_create (&threads[i], NULL, run_thread, (void *) i) != 0)
      target_fail ("pthread_create");
  for (size_t i = 0; i + 2 < N_COMMANDS; i++)
    commands[i].function ();
}

static void
run (const char *command)
{
  for (size_t i = 0; i < N_COMMANDS; i++)
    if (strcmp (command, commands[i].command) == 0)
      {
        commands[i].function ();
        target_at ("done");
        return;
      }
  target_refuse (command);
}

int
main (void)
{
  prepare ();
  target_ready ();
  for (;;)
    run (target_next_command ());
}
