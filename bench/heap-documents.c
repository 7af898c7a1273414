/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * For heap-stacks: makes documents of nested lists, records and texts, parses them by recursive
 * descent, copies and writes them out again. All memory is from one wrapper.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOCUMENTS 2000

struct node
{
  char kind;
  char *text;
  size_t length;
  struct node **children;
};

static unsigned seed = 1;

static unsigned
choose (unsigned count)
{
  seed = seed * 1664525 + 1013904223;
  return (seed >> 8) % count;
}

static __attribute__ ((noinline)) void *
allocate (void *old, size_t size)
{
  void *block = realloc (old, size);

  if (block == NULL)
    exit (1);
  return block;
}

struct buffer
{
  char *text;
  size_t length, room;
};

static __attribute__ ((noinline)) void
append (struct buffer *buffer, const char *text, size_t length)
{
  if (buffer->length + length + 1 > buffer->room)
    {
      buffer->room = 2 * (buffer->length + length + 1);
      buffer->text = allocate (buffer->text, buffer->room);
    }
  memcpy (&buffer->text[buffer->length], text, length);
  buffer->length += length;
  buffer->text[buffer->length] = '\0';
}

static void
make_text (struct buffer *buffer)
{
  append (buffer, "\"", 1);
  for (unsigned i = choose (30); i > 0; i--)
    append (buffer, &"abcdefghij klmnop"[choose (17)], 1);
  append (buffer, "\"", 1);
}

static void
make_value (struct buffer *buffer, unsigned depth)
{
  unsigned kind = depth > 6 ? 0 : choose (3);

  if (kind == 0)
    {
      make_text (buffer);
      return;
    }
  append (buffer, kind == 1 ? "[" : "{", 1);
  for (unsigned i = 1 + choose (4); i > 0; i--)
    {
      if (kind == 2)
        make_text (buffer);
      make_value (buffer, depth + 1);
    }
  append (buffer, kind == 1 ? "]" : "}", 1);
}

static __attribute__ ((noinline)) char *
duplicate (const char *text, size_t length)
{
  char *copy = allocate (NULL, length + 1);

  memcpy (copy, text, length);
  copy[length] = '\0';
  return copy;
}

static __attribute__ ((noinline)) struct node *
new_node (char kind)
{
  struct node *node = allocate (NULL, sizeof *node);

  *node = (struct node){ .kind = kind };
  return node;
}

static __attribute__ ((noinline)) void
add_child (struct node *node, struct node *child)
{
  node->children = allocate (node->children, (node->length + 1) * sizeof (struct node *));
  node->children[node->length++] = child;
}

static struct node *parse_value (const char **text);

static __attribute__ ((noinline)) struct node *
parse_text (const char **text)
{
  const char *end = strchr (*text + 1, '"');
  struct node *node = new_node ('"');

  node->text = duplicate (*text + 1, (size_t) (end - *text - 1));
  *text = end + 1;
  return node;
}

static __attribute__ ((noinline)) struct node *
parse_list (const char **text)
{
  struct node *node = new_node ('[');

  for (++*text; **text != ']';)
    add_child (node, parse_value (text));
  ++*text;
  return node;
}

static __attribute__ ((noinline)) struct node *
parse_record (const char **text)
{
  struct node *node = new_node ('{');

  for (++*text; **text != '}';)
    {
      add_child (node, parse_text (text));
      add_child (node, parse_value (text));
    }
  ++*text;
  return node;
}

static __attribute__ ((noinline)) struct node *
parse_value (const char **text)
{
  switch (**text)
    {
    case '[':
      return parse_list (text);
    case '{':
      return parse_record (text);
    default:
      return parse_text (text);
    }
}

static __attribute__ ((noinline)) struct node *
copy_node (const struct node *node)
{
  struct node *copy = new_node (node->kind);

  if (node->text != NULL)
    copy->text = duplicate (node->text, strlen (node->text));
  for (size_t i = 0; i < node->length; i++)
    add_child (copy, copy_node (node->children[i]));
  return copy;
}

static __attribute__ ((noinline)) void
write_node (struct buffer *buffer, const struct node *node)
{
  append (buffer, &node->kind, 1);
  if (node->text != NULL)
    append (buffer, node->text, strlen (node->text));
  for (size_t i = 0; i < node->length; i++)
    write_node (buffer, node->children[i]);
}

static void
free_node (struct node *node)
{
  for (size_t i = 0; i < node->length; i++)
    free_node (node->children[i]);
  free (node->children);
  free (node->text);
  free (node);
}

static void
work_on (const char *text)
{
  struct node *node = parse_value (&text), *copy = copy_node (node);
  struct buffer written = { 0 };

  write_node (&written, copy);
  free_node (node);
  /* Some are kept. */
  if (choose (4) > 0)
    free_node (copy);
  free (written.text);
}

int
main (void)
{
  for (int i = 0; i < DOCUMENTS; i++)
    {
      struct buffer text = { 0 };

      make_value (&text, 0);
      work_on (text.text);
      free (text.text);
    }
  return 0;
}
