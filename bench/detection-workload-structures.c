/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leaks of private memory that differ in what is lost: holes, arrays, mappings, strings. */
#include "detection-workload.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* A chunk of size in each tick, of which all but one small object is freed; it is given back when
 * it is empty. */
void
leak_around_survivors (struct run *run)
{
  size_t size = (size_t) run->parameters->rate;

  memory_take (run->parameters->base);
  for (;;)
    {
      struct region chunk;

      run_next_tick (run);
      chunk = region_new ((double) size);
      region_resize (&chunk, (double) size);
    }
}

/*
 * In each tick count messages and as many small records that stay. Messages become longer by a few
 * bytes every period ticks, so that none fits between the records of earlier ones.
 */
void
leak_between_sizes (struct run *run)
{
  const struct workload_parameters *parameters = run->parameters;
  void **messages = memory_take (parameters->count * sizeof *messages);

  memory_take (parameters->base);
  for (;;)
    {
      double longer = 16 * floor ((double) run->now / parameters->period);

      run_next_tick (run);
      for (unsigned i = 0; i < parameters->count; i++)
        {
          messages[i] = memory_take (parameters->block + longer);
          memory_take (40);
        }
      for (unsigned i = 0; i < parameters->count; i++)
        free (messages[i]);
    }
}

struct vector
{
  char *start;
  size_t used;
  size_t room;
};

static void
vector_append (struct vector *vector, size_t bytes, double factor, bool zeroed)
{
  if (vector->used + bytes > vector->room)
    {
      size_t room = (size_t) ((double) (vector->used + bytes) * factor);

      vector->start = realloc (vector->start, room);
      if (vector->start == NULL)
        run_fail ("realloc");
      if (zeroed)
        memset (vector->start + vector->room, 0, room - vector->room);
      vector->room = room;
    }
  memset (vector->start + vector->used, 1, bytes);
  vector->used += bytes;
}

static void
grow_vector (struct run *run, double factor, bool zeroed)
{
  struct vector vector = { 0 };

  vector_append (&vector, (size_t) run->parameters->base, factor, zeroed);
  for (;;)
    {
      run_next_tick (run);
      vector_append (&vector, (size_t) run->parameters->rate, factor, zeroed);
    }
}

/* An array to which rate is appended in each tick, and from which nothing is taken. */
void
leak_growing_vector (struct run *run)
{
  grow_vector (run, 1.5, false);
}

/* The same, which clears what it has in store: it grows by an eighth, and then for long not at all.
 */
void
leak_zeroed_vector (struct run *run)
{
  grow_vector (run, 1.125, true);
}

static void
lose_mapping (double bytes, size_t guard)
{
  char *start = mmap (NULL, (size_t) bytes + guard, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (start == MAP_FAILED)
    run_fail ("mmap");
  if (guard > 0 && mprotect (start + (size_t) bytes, guard, PROT_NONE) != 0)
    run_fail ("mprotect");
  memset (start, 1, (size_t) bytes);
}

/* A mapping of block every period ticks. */
void
leak_mappings (struct run *run)
{
  memory_take (run->parameters->base);
  for (;;)
    {
      run_wait (run, run->parameters->period);
      lose_mapping (run->parameters->block, 0);
    }
}

/* The same, with guard pages, so that the kernel cannot merge them. */
void
leak_guarded_mappings (struct run *run)
{
  memory_take (run->parameters->base);
  for (;;)
    {
      run_wait (run, run->parameters->period);
      lose_mapping (run->parameters->block, 4096);
    }
}

struct table
{
  char **slots;
  size_t n_slots;
  size_t n_used;
};

static size_t
table_slot (const struct table *table, const char *text)
{
  size_t hash = 5381;

  for (const char *at = text; *at != '\0'; at++)
    hash = hash * 33 + (unsigned char) *at;
  for (hash %= table->n_slots; table->slots[hash] != NULL; hash = (hash + 1) % table->n_slots)
    if (strcmp (table->slots[hash], text) == 0)
      break;
  return hash;
}

static void
table_grow (struct table *table)
{
  struct table larger = { .n_slots = table->n_slots * 2, .n_used = table->n_used };

  larger.slots = calloc (larger.n_slots, sizeof *larger.slots);
  if (larger.slots == NULL)
    run_fail ("calloc");
  for (size_t i = 0; i < table->n_slots; i++)
    if (table->slots[i] != NULL)
      larger.slots[table_slot (&larger, table->slots[i])] = table->slots[i];
  free (table->slots);
  *table = larger;
}

static void
table_intern (struct table *table, const char *text)
{
  size_t slot = table_slot (table, text);

  if (table->slots[slot] != NULL)
    return;
  table->slots[slot] = strdup (text);
  if (++table->n_used > table->n_slots / 2)
    table_grow (table);
}

/* A table of strings that are never dropped; count new ones in each tick. */
void
leak_interned_strings (struct run *run)
{
  struct table table = { .slots = calloc (1024, sizeof *table.slots), .n_slots = 1024 };
  char text[96];

  memory_take (run->parameters->base);
  for (;;)
    {
      run_next_tick (run);
      for (unsigned i = 0; i < run->parameters->count; i++)
        {
          snprintf (text, sizeof text, "/session/%.0f/%.17f/state-of-request",
                    1e9 * run_chance (run), run_chance (run));
          table_intern (&table, text);
        }
    }
}

/* The same with words of which there are count: those that are new become rarer and rarer. */
void
cache_of_words (struct run *run)
{
  struct table table = { .slots = calloc (1024, sizeof *table.slots), .n_slots = 1024 };
  double words = run->parameters->count;
  char text[512];

  memory_take (run->parameters->base);
  for (;;)
    {
      run_next_tick (run);
      for (double i = 0; i < words / run->parameters->rise; i++)
        {
          snprintf (text, sizeof text, "%0400.0f", floor (words * run_chance (run)));
          table_intern (&table, text);
        }
    }
}

struct event
{
  struct event *next;
  char text[];
};

/* A list of what happened, about rate in each tick, of which nothing is ever dropped. */
void
leak_event_log (struct run *run)
{
  struct event *events = NULL;
  double owed = 0;

  memory_take (run->parameters->base);
  for (;;)
    {
      run_next_tick (run);
      for (owed += run->parameters->rate; owed > 0;)
        {
          double size = run_between (run, 60, 300);
          struct event *event = memory_take (size);

          event->next = events;
          events = event;
          owed -= size;
        }
    }
}
