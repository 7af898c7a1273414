/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For heap-stacks: a small stack machine whose every allocation, of whatever instruction, passes
 * through one function. Its programs call each other by recursion of the machine, as many
 * interpreters do.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS 3000
#define STACK 64

enum operation
{
  NUMBER,  /* push the argument */
  TEXT,    /* push a text of so many bytes */
  LIST,    /* push an empty list */
  APPEND,  /* to the list below */
  JOIN,    /* two texts */
  CALL,    /* the function of this number, with the top of the stack */
  JUMP_IF, /* the argument is not 0: so many further */
  PARAMETER,
  DECREASE,
  RETURN,
};

struct value
{
  char kind; /* n, t, l */
  long number;
  char *text;
  struct value **items;
  size_t length;
};

struct instruction
{
  enum operation operation;
  long argument;
};

struct machine
{
  size_t allocated;
  const struct instruction *const *functions;
};

/* As interpreters that can be embedded have it: everything goes through here. */
static __attribute__ ((noinline)) void *
resize (struct machine *machine, void *old, size_t size)
{
  void *block = realloc (old, size);

  if (block == NULL)
    exit (1);
  machine->allocated += size;
  return block;
}

static __attribute__ ((noinline)) struct value *
new_value (struct machine *machine, char kind)
{
  struct value *value = resize (machine, NULL, sizeof *value);

  *value = (struct value){ .kind = kind };
  return value;
}

static __attribute__ ((noinline)) struct value *
new_text (struct machine *machine, size_t length)
{
  struct value *value = new_value (machine, 't');

  value->text = resize (machine, NULL, length + 1);
  memset (value->text, 'x', length);
  value->text[length] = '\0';
  return value;
}

static __attribute__ ((noinline)) struct value *
new_number (struct machine *machine, long number)
{
  struct value *value = new_value (machine, 'n');

  value->number = number;
  return value;
}

static __attribute__ ((noinline)) void
append (struct machine *machine, struct value *list, struct value *item)
{
  /* Every power of two. */
  if ((list->length & (list->length - 1)) == 0)
    list->items = resize (machine, list->items,
                          (list->length == 0 ? 1 : 2 * list->length) * sizeof (struct value *));
  list->items[list->length++] = item;
}

static __attribute__ ((noinline)) struct value *
join (struct machine *machine, const struct value *left, const struct value *right)
{
  size_t first = left->kind == 't' ? strlen (left->text) : 0;
  size_t second = right->kind == 't' ? strlen (right->text) : 0;

  return new_text (machine, first + second);
}

static void
drop (struct value *value)
{
  for (size_t i = 0; i < value->length; i++)
    drop (value->items[i]);
  free (value->items);
  free (value->text);
  free (value);
}

static __attribute__ ((noinline)) struct value *
run (struct machine *machine, long function, long parameter)
{
  struct value **stack = resize (machine, NULL, STACK * sizeof (struct value *));
  struct value *result, *right;
  size_t depth = 0;

  for (const struct instruction *next = machine->functions[function];; next++)
    switch (next->operation)
      {
      case NUMBER:
        stack[depth++] = new_number (machine, next->argument);
        break;
      case TEXT:
        stack[depth++] = new_text (machine, (size_t) next->argument);
        break;
      case LIST:
        stack[depth++] = new_value (machine, 'l');
        break;
      case APPEND:
        depth--;
        append (machine, stack[depth - 1], stack[depth]);
        break;
      case JOIN:
        right = stack[--depth];
        result = join (machine, stack[depth - 1], right);
        drop (right);
        drop (stack[depth - 1]);
        stack[depth - 1] = result;
        break;
      case CALL:
        stack[depth++] = run (machine, next->argument, parameter);
        break;
      case JUMP_IF:
        next += parameter > 0 ? next->argument : 0;
        break;
      case PARAMETER:
        stack[depth++] = new_number (machine, parameter);
        break;
      case DECREASE:
        parameter -= next->argument;
        break;
      case RETURN:
        result = stack[--depth];
        while (depth > 0)
          drop (stack[--depth]);
        free (stack);
        return result;
      }
}

static const struct instruction tree[] = {
  { JUMP_IF, 2 }, { TEXT, 24 }, { RETURN, 0 }, { DECREASE, 1 }, { LIST, 0 },   { CALL, 0 },
  { APPEND, 0 },  { CALL, 1 },  { APPEND, 0 }, { CALL, 2 },     { APPEND, 0 }, { RETURN, 0 },
};
static const struct instruction text[] = {
  { JUMP_IF, 2 }, { TEXT, 8 },  { RETURN, 0 }, { DECREASE, 2 },
  { CALL, 1 },    { TEXT, 16 }, { JOIN, 0 },   { RETURN, 0 },
};
static const struct instruction numbers[] = {
  { LIST, 0 },   { PARAMETER, 0 }, { APPEND, 0 }, { NUMBER, 7 },
  { APPEND, 0 }, { NUMBER, 9 },    { APPEND, 0 }, { RETURN, 0 },
};
static const struct instruction *const functions[] = { tree, text, numbers };

int
main (void)
{
  struct machine machine = { .functions = functions };

  for (int i = 0; i < ROUNDS; i++)
    {
      struct value *value = run (&machine, i % 2, 1 + i % 9);

      /* Some are kept. */
      if (i % 7 > 0)
        drop (value);
    }
  return 0;
}
