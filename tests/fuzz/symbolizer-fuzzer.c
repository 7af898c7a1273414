/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the worker does with a file that anybody may have made, and with a message, for libFuzzer:
 * see run-fuzzer. */
#include "requests.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define START 0x400000
#define LENGTH 0x200000
#define STACK 0x7fff0000
#define WORDS 64

int LLVMFuzzerTestOneInput (const guint8 *data, gsize length);

static void
ask (MemsnoopRequests *requests, guint16 kind, GVariant *body, int descriptor)
{
  MemsnoopWorkerMessage request = { kind, 1, g_variant_ref_sink (body), descriptor };
  guint16 answer;

  g_variant_unref (g_variant_ref_sink (memsnoop_requests_answer (requests, &request, &answer)));
  memsnoop_worker_message_clear (&request);
}

static void
unwind (MemsnoopRequests *requests, guint64 address)
{
  guint64 registers[MEMSNOOP_WORKER_REGISTERS] = { 0 };
  guint64 words[WORDS];

  /* Addresses of code, and of the stack. */
  for (guint i = 0; i < WORDS; i++)
    words[i] = i % 2 == 0 ? START + address + i * 16 : STACK + i * 8;
  registers[MEMSNOOP_WORKER_REGISTER_SP] = STACK;
  registers[MEMSNOOP_WORKER_REGISTER_PC] = START + address;
  ask (requests, MEMSNOOP_WORKER_UNWIND,
       g_variant_new ("(uut@at@ay@at)", 1, 64, (guint64) STACK,
                      g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, registers,
                                                 G_N_ELEMENTS (registers), 8),
                      g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, words, sizeof words, 1),
                      g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, words, 8, 8)),
       -1);
}

static void
read_elf_file (const guint8 *data, gsize length)
{
  g_autoptr (MemsnoopRequests) requests = memsnoop_requests_new ();
  guint64 offsets[] = { 0, 0x100, 0x1000, 0x1100, 0x1139, 0x1200, length / 2 };
  int descriptor = memfd_create ("fuzzed", MFD_CLOEXEC);

  if (descriptor < 0 || write (descriptor, data, length) != (ssize_t) length)
    g_error ("There is no memory for a file of %" G_GSIZE_FORMAT " bytes", length);
  ask (requests, MEMSNOOP_WORKER_PROVIDE, g_variant_new ("(ys)", 0, "a"), descriptor);
  ask (requests, MEMSNOOP_WORKER_PROVIDE, g_variant_new ("(ys)", 1, "a"), dup (descriptor));
  ask (requests, MEMSNOOP_WORKER_PROVIDE, g_variant_new ("(ys)", 2, "a"), dup (descriptor));
  ask (requests, MEMSNOOP_WORKER_TABLE,
       g_variant_new_parsed ("(@u 1, @u 0, [('a', @t %t, @t %t, @t 0)])", (guint64) START,
                             (guint64) START + LENGTH),
       -1);
  for (guint i = 0; i < G_N_ELEMENTS (offsets); i++)
    unwind (requests, offsets[i]);
  ask (requests, MEMSNOOP_WORKER_SYMBOLIZE,
       g_variant_new (
           "(s@at)", "a",
           g_variant_new_fixed_array (G_VARIANT_TYPE_UINT64, offsets, G_N_ELEMENTS (offsets), 8)),
       -1);
  ask (requests, MEMSNOOP_WORKER_FIND_FUNCTIONS, g_variant_new ("(sb)", "a", TRUE), -1);
}

static void
read_message (const guint8 *data, gsize length)
{
  g_autoptr (MemsnoopRequests) requests = memsnoop_requests_new ();
  int sockets[2];

  if (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, sockets) != 0)
    g_error ("There is no socket");
  send (sockets[0], data, length, 0);
  memsnoop_requests_serve (requests, sockets[1], NULL);
  close (sockets[0]);
  close (sockets[1]);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize length)
{
  if (length >= 4 && memcmp (data, "\177ELF", 4) == 0)
    read_elf_file (data, length);
  else if (length > 0)
    read_message (data, length);
  return 0;
}
