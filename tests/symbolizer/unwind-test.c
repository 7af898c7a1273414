/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Unwinding this very process, of whose calls the truth is known: see call-chain.h. */
#include "call-chain.h"
#include "own-process.h"
#include "requests.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#define TABLE 7
#define DEPTH 256
#if defined(__x86_64__)
#define FRAME_POINTER 6
#else
#define FRAME_POINTER 29
#endif

typedef struct
{
  MemsnoopRequests *requests;
  GPtrArray *mappings;
  OwnSample sample;
  struct call_chain chain;
  gsize length;
} Fixture;

static Fixture *current;

static GVariant *
ask (Fixture *fixture, guint16 kind, GVariant *body, int descriptor, guint16 expected)
{
  MemsnoopWorkerMessage request = { kind, 1, g_variant_ref_sink (body), descriptor };
  guint16 answer = 0;
  GVariant *result =
      g_variant_ref_sink (memsnoop_requests_answer (fixture->requests, &request, &answer));

  g_assert_cmpuint (answer, ==, expected);
  g_assert_true (
      g_variant_is_of_type (result, G_VARIANT_TYPE (memsnoop_worker_message_type (answer))));
  memsnoop_worker_message_clear (&request);
  return result;
}

static void
tell_table (Fixture *fixture)
{
  g_clear_pointer (&fixture->mappings, g_ptr_array_unref);
  fixture->mappings = own_process_read_mappings ();
  g_variant_unref (ask (fixture, MEMSNOOP_WORKER_TABLE,
                        own_process_tell_table (fixture->mappings, TABLE), -1,
                        MEMSNOOP_WORKER_DONE));
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->requests = memsnoop_requests_new ();
  fixture->length = MEMSNOOP_WORKER_STACK_MAX / 8;
  current = fixture;
  tell_table (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  memsnoop_requests_free (fixture->requests);
  g_ptr_array_unref (fixture->mappings);
}

static void
provide_wanted (Fixture *fixture, GVariant *wanted)
{
  GVariantIter iterator;
  const gchar *key;
  guint8 role;

  g_variant_iter_init (&iterator, wanted);
  g_assert_cmpuint (g_variant_n_children (wanted), >, 0);
  while (g_variant_iter_next (&iterator, "(y&s&s&s)", &role, &key, NULL, NULL))
    {
      int descriptor = open (key, O_RDONLY | O_CLOEXEC);

      g_assert_cmpuint (role, ==, MEMSNOOP_WORKER_ROLE_MODULE);
      g_assert_cmpint (descriptor, >=, 0);
      g_variant_unref (ask (fixture, MEMSNOOP_WORKER_PROVIDE, g_variant_new ("(ys)", role, key),
                            descriptor, MEMSNOOP_WORKER_DONE));
    }
}

/* Returns: (transfer full): the frames, as the protocol has them. */
static GVariant *
unwind (Fixture *fixture, guint depth, guint8 *end)
{
  g_autoptr (GVariant) answer = NULL;
  g_autoptr (GVariant) wanted = NULL;
  GVariant *frames;
  guint32 n_sure;

  wanted =
      ask (fixture, MEMSNOOP_WORKER_UNWIND,
           own_process_ask_to_unwind (&fixture->sample, TABLE, depth), -1, MEMSNOOP_WORKER_WANTED);
  provide_wanted (fixture, wanted);
  answer =
      ask (fixture, MEMSNOOP_WORKER_UNWIND,
           own_process_ask_to_unwind (&fixture->sample, TABLE, depth), -1, MEMSNOOP_WORKER_FRAMES);
  g_variant_get (answer, "(yu@a(utttynnn))", end, &n_sure, &frames);
  g_assert_cmpuint (n_sure, ==, g_variant_n_children (frames));
  return frames;
}

static guint64
read_word (const OwnSample *sample, guint64 address)
{
  guint64 word;

  g_assert_cmpuint (address - sample->base, <=, sample->length - sizeof word);
  memcpy (&word, sample->stack + (address - sample->base), sizeof word);
  return word;
}

static void
check_frame (const Fixture *fixture, GVariant *frames, guint index, const struct call *call)
{
  guint32 mapping;
  guint64 offset;
  guint64 slot;
  guint64 address;
  const OwnMapping *place;

  g_variant_get_child (frames, index, "(utttynnn)", &mapping, &offset, &slot, &address, NULL, NULL,
                       NULL, NULL);
  g_assert_cmpuint (address, ==, call->address);
  g_assert_cmpuint (slot, ==, call->slot);
  g_assert_cmpuint (read_word (&fixture->sample, slot), ==, address);
  g_assert_cmpuint (mapping, <, fixture->mappings->len);
  place = fixture->mappings->pdata[mapping];
  g_assert_cmpuint (offset, ==, address - 1 - place->start + place->offset);
}

static guint
find_frame (GVariant *frames, guint from, guint64 address)
{
  for (guint i = from; i < g_variant_n_children (frames); i++)
    {
      guint64 found;

      g_variant_get_child (frames, i, "(utttynnn)", NULL, NULL, NULL, &found, NULL, NULL, NULL,
                           NULL);
      if (found == address)
        return i;
    }
  return G_MAXUINT;
}

/* Each call of the chain is among the frames, in order. Returns: how many other frames lie between.
 */
static guint
check_chain (Fixture *fixture, GVariant *frames)
{
  guint position = 0;
  guint n_others = 0;

  for (guint i = fixture->chain.n; i-- > 0;)
    {
      guint found = find_frame (frames, position, fixture->chain.calls[i].address);

      g_assert_cmpuint (found, !=, G_MAXUINT);
      check_frame (fixture, frames, found, &fixture->chain.calls[i]);
      n_others += i + 1 < fixture->chain.n ? found - position : 0;
      position = found + 1;
    }
  return n_others;
}

static void
take_sample (gpointer data)
{
  own_process_sample (&current->sample, current->length);
}

__attribute__ ((noinline)) static int
descend (struct call_chain *chain, guint depth)
{
  volatile int result = (int) depth;

  CALL_CHAIN_ADD (chain);
  if (depth == 0)
    chain->reached (chain->data);
  else
    result += descend (chain, depth - 1);
  return result;
}

static void
test_finds_each_caller_and_its_slot (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) frames = NULL;
  guint8 end;

  fixture->chain.reached = take_sample;
  descend (&fixture->chain, 20);
  frames = unwind (fixture, DEPTH, &end);
  g_assert_cmpuint (fixture->chain.n, ==, 21);
  g_assert_cmpuint (check_chain (fixture, frames), ==, 0);
}

static void
test_the_outermost_frame_ends_it (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) frames = NULL;
  guint8 end;

  fixture->chain.reached = take_sample;
  descend (&fixture->chain, 1);
  frames = unwind (fixture, DEPTH, &end);
  g_assert_cmpuint (end, ==, MEMSNOOP_WORKER_END_OUTERMOST);
}

static int
compare (const void *a, const void *b)
{
  if (current->chain.n == 2)
    descend (&current->chain, 2);
  return *(const int *) a - *(const int *) b;
}

__attribute__ ((noinline)) static int
sort (struct call_chain *chain)
{
  volatile int last;
  int numbers[64];

  CALL_CHAIN_ADD (chain);
  for (int i = 0; i < 64; i++)
    numbers[i] = i * 37 % 64;
  qsort (numbers, 64, sizeof numbers[0], compare);
  last = numbers[63];
  return last;
}

static void
test_passes_through_the_c_library (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) frames = NULL;
  guint8 end;

  fixture->chain.reached = take_sample;
  /* An entry of no meaning, so that the comparison knows when it is called first. */
  fixture->chain.n = 1;
  g_assert_cmpint (sort (&fixture->chain), ==, 63);
  memmove (fixture->chain.calls, fixture->chain.calls + 1,
           --fixture->chain.n * sizeof fixture->chain.calls[0]);
  g_assert_cmpuint (fixture->chain.n, ==, 4);
  frames = unwind (fixture, DEPTH, &end);
  /* The comparison, and at least one function of the library. */
  g_assert_cmpuint (check_chain (fixture, frames), >=, 2);
}

static guint64 interrupted_at;

static void
handle_signal (int number, siginfo_t *information, void *data)
{
  ucontext_t *context = data;

#if defined(__x86_64__)
  interrupted_at = (guint64) context->uc_mcontext.gregs[REG_RIP];
#else
  interrupted_at = context->uc_mcontext.pc;
#endif
  descend (&current->chain, 1);
  /* Past the instruction. */
#if defined(__x86_64__)
  context->uc_mcontext.gregs[REG_RIP] += 2;
#else
  context->uc_mcontext.pc += 4;
#endif
}

__attribute__ ((noinline)) static int
interrupt_itself (struct call_chain *chain)
{
  volatile int result = 1;

  CALL_CHAIN_ADD (chain);
#if defined(__x86_64__)
  __asm__ volatile("ud2" : : : "memory");
#else
  __asm__ volatile(".inst 0" : : : "memory");
#endif
  return result;
}

static void
test_passes_through_a_signal_handler (Fixture *fixture, gconstpointer data)
{
  struct sigaction action = { .sa_sigaction = handle_signal, .sa_flags = SA_SIGINFO };
  struct sigaction before;
  g_autoptr (GVariant) frames = NULL;
  guint8 end;
  guint index;
  guint32 mapping;
  guint64 offset;
  const OwnMapping *place;

  fixture->chain.reached = take_sample;
  sigaction (SIGILL, &action, &before);
  interrupt_itself (&fixture->chain);
  sigaction (SIGILL, &before, NULL);
  frames = unwind (fixture, DEPTH, &end);
  check_chain (fixture, frames);
  /* The interrupted instruction itself, not one before it. */
  index = find_frame (frames, 0, interrupted_at | MEMSNOOP_WALK_EXACT);
  g_assert_cmpuint (index, !=, G_MAXUINT);
  g_variant_get_child (frames, index, "(utttynnn)", &mapping, &offset, NULL, NULL, NULL, NULL, NULL,
                       NULL);
  place = fixture->mappings->pdata[mapping];
  g_assert_cmpuint (offset, ==, interrupted_at - place->start + place->offset);
}

static void
test_passes_through_a_loaded_library (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *path =
      g_build_filename (g_getenv ("MEMSNOOP_FIXTURES"), "libcall-chain.so", NULL);
  void *library = dlopen (path, RTLD_NOW | RTLD_LOCAL);
  int (*enter) (struct call_chain *, unsigned);
  g_autoptr (GVariant) frames = NULL;
  guint8 end;

  g_assert_nonnull (library);
  enter = (int (*) (struct call_chain *, unsigned)) dlsym (library, "library_enter");
  tell_table (fixture);
  fixture->chain.reached = take_sample;
  enter (&fixture->chain, 10);
  frames = unwind (fixture, DEPTH, &end);
  g_assert_cmpuint (fixture->chain.n, ==, 12);
  g_assert_cmpuint (check_chain (fixture, frames), ==, 0);
  dlclose (library);
}

static void
test_a_short_copy_ends_it (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) frames = NULL;
  guint8 end;

  fixture->length = 512;
  fixture->chain.reached = take_sample;
  descend (&fixture->chain, 40);
  frames = unwind (fixture, DEPTH, &end);
  g_assert_cmpuint (end, ==, MEMSNOOP_WORKER_END_COPY);
  g_assert_cmpuint (g_variant_n_children (frames), >=, 3);
  g_assert_cmpuint (g_variant_n_children (frames), <, 40);
}

static void
test_the_depth_ends_it (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) frames = NULL;
  guint8 end;

  fixture->chain.reached = take_sample;
  descend (&fixture->chain, 20);
  frames = unwind (fixture, 5, &end);
  g_assert_cmpuint (end, ==, MEMSNOOP_WORKER_END_DEPTH);
  g_assert_cmpuint (g_variant_n_children (frames), ==, 5);
}

static void
test_a_place_outside_of_all_modules_is_one_frame (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) frames = NULL;
  guint8 end;
  guint32 mapping;
  guint64 offset;

  own_process_sample (&fixture->sample, 4096);
  fixture->sample.registers[MEMSNOOP_WORKER_REGISTER_PC] = 4711;
  /* No frame pointer to go on with. */
  fixture->sample.registers[FRAME_POINTER] = 0;
  frames = unwind (fixture, DEPTH, &end);
  g_assert_cmpuint (end, ==, MEMSNOOP_WORKER_END_NO_INFORMATION);
  g_assert_cmpuint (g_variant_n_children (frames), ==, 1);
  g_variant_get_child (frames, 0, "(utttynnn)", &mapping, &offset, NULL, NULL, NULL, NULL, NULL,
                       NULL);
  g_assert_cmpuint (mapping, ==, MEMSNOOP_WORKER_NO_MAPPING);
  g_assert_cmpuint (offset, ==, 4711);
}

/* Whatever the stack holds, it ends, and within the depth. */
static void
test_garbage_on_the_stack_does_no_harm (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (4711);
  guint64 *words = (guint64 *) (gpointer) fixture->sample.stack;
  gsize n;
  guint8 end;

  fixture->chain.reached = take_sample;
  descend (&fixture->chain, 20);
  g_variant_unref (unwind (fixture, DEPTH, &end));
  n = fixture->sample.length / sizeof (guint64);
  for (guint round = 0; round < 2000; round++)
    {
      g_autoptr (GVariant) answer = NULL;
      g_autoptr (GVariant) frames = NULL;

      for (guint i = 0; i < 50; i++)
        {
          guint32 from = g_rand_int (random);
          guint32 to = g_rand_int (random);

          /* A word of elsewhere on the stack (cycles), an address of the stack, or anything. */
          words[to % n] = i % 3 == 0   ? words[from % n]
                          : i % 3 == 1 ? fixture->sample.base + from % fixture->sample.length
                                       : (guint64) from << 32 | to;
        }
      answer = ask (fixture, MEMSNOOP_WORKER_UNWIND,
                    own_process_ask_to_unwind (&fixture->sample, TABLE, DEPTH), -1,
                    MEMSNOOP_WORKER_FRAMES);
      g_variant_get (answer, "(yu@a(utttynnn))", &end, NULL, &frames);
      g_assert_cmpuint (end, <, MEMSNOOP_WORKER_N_ENDS);
      g_assert_cmpuint (g_variant_n_children (frames), <=, DEPTH);
    }
}

static void
test_what_is_out_of_range_is_refused (Fixture *fixture, gconstpointer data)
{
  OwnSample *sample = &fixture->sample;

  sample->length = 64;
  g_variant_unref (ask (fixture, MEMSNOOP_WORKER_UNWIND,
                        own_process_ask_to_unwind (sample, TABLE, 0), -1, MEMSNOOP_WORKER_FAILED));
  g_variant_unref (ask (fixture, MEMSNOOP_WORKER_UNWIND,
                        own_process_ask_to_unwind (sample, TABLE, MEMSNOOP_WORKER_DEPTH_MAX + 1),
                        -1, MEMSNOOP_WORKER_FAILED));
  sample->base = G_MAXUINT64 - 10;
  g_variant_unref (ask (fixture, MEMSNOOP_WORKER_UNWIND,
                        own_process_ask_to_unwind (sample, TABLE, 1), -1, MEMSNOOP_WORKER_FAILED));
  g_variant_unref (ask (fixture, MEMSNOOP_WORKER_TABLE,
                        g_variant_new_parsed ("(@u 1, @u 5, @a(sttt) [])"), -1,
                        MEMSNOOP_WORKER_FAILED));
  g_variant_unref (
      ask (fixture, MEMSNOOP_WORKER_TABLE,
           g_variant_new_parsed ("(@u 1, @u 0, @a(sttt) [('a', 9, 12, 0), ('b', 5, 8, 0)])"), -1,
           MEMSNOOP_WORKER_FAILED));
  g_variant_unref (ask (fixture, MEMSNOOP_WORKER_SYMBOLIZE, g_variant_new_parsed ("('a', @at [])"),
                        -1, MEMSNOOP_WORKER_FAILED));
  g_variant_unref (ask (fixture, MEMSNOOP_WORKER_PROVIDE, g_variant_new ("(ys)", 3, "a"), -1,
                        MEMSNOOP_WORKER_FAILED));
  g_variant_unref (
      ask (fixture, MEMSNOOP_WORKER_DONE, g_variant_new ("()"), -1, MEMSNOOP_WORKER_FAILED));
}

static void
test_an_unknown_table_is_wanted (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GVariant) wanted = NULL;
  guint8 role;

  own_process_sample (&fixture->sample, 1024);
  wanted = ask (fixture, MEMSNOOP_WORKER_UNWIND,
                own_process_ask_to_unwind (&fixture->sample, TABLE + 1, DEPTH), -1,
                MEMSNOOP_WORKER_WANTED);
  g_assert_cmpuint (g_variant_n_children (wanted), ==, 1);
  g_variant_get_child (wanted, 0, "(ysss)", &role, NULL, NULL, NULL);
  g_assert_cmpuint (role, ==, MEMSNOOP_WORKER_ROLE_TABLE);
}

#define ADD(name, test) g_test_add ("/unwind/" name, Fixture, NULL, set_up, test, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("finds-each-caller-and-its-slot", test_finds_each_caller_and_its_slot);
  ADD ("the-outermost-frame-ends-it", test_the_outermost_frame_ends_it);
  ADD ("passes-through-the-c-library", test_passes_through_the_c_library);
  ADD ("passes-through-a-signal-handler", test_passes_through_a_signal_handler);
  ADD ("passes-through-a-loaded-library", test_passes_through_a_loaded_library);
  ADD ("a-short-copy-ends-it", test_a_short_copy_ends_it);
  ADD ("the-depth-ends-it", test_the_depth_ends_it);
  ADD ("a-place-outside-of-all-modules-is-one-frame",
       test_a_place_outside_of_all_modules_is_one_frame);
  ADD ("garbage-on-the-stack-does-no-harm", test_garbage_on_the_stack_does_no_harm);
  ADD ("what-is-out-of-range-is-refused", test_what_is_out_of_range_is_refused);
  ADD ("an-unknown-table-is-wanted", test_an_unknown_table_is_wanted);
  return g_test_run ();
}
