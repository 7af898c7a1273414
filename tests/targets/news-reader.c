/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the pictures of the window show: a program that does several things, each of which keeps
 * memory, and forgets what one of them made. It "reads" feeds, of which it keeps the last entries,
 * "indexes" their words, of which there are so many, and "shows" articles with their pictures. The
 * pictures of the last articles are kept; of each it makes a thumbnail, too, that nothing ever
 * frees: 16 KiB fifty times a second.
 *
 *     news-reader
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#define TURNS_PER_SECOND 50
#define ENTRIES 400
#define TITLE_BYTES 200
#define TEXT_BYTES 16384
#define WORDS 1500
#define POSTING_BYTES 2048
#define PICTURES 6
#define PICTURE_BYTES (1024 * 1024)
#define THUMBNAIL_BYTES 16384
#define LAYOUT_BYTES 40000
/* A cache on disk, and what is shared with what draws it. */
#define CACHE_BYTES (14 * 1024 * 1024)
#define FRAME_BYTES (9 * 1024 * 1024)

/* Named in reports. */
#define FUNCTION __attribute__ ((noinline))

struct entry
{
  char *title;
  char *text;
};

struct thumbnail
{
  struct thumbnail *previous;
  char pixels[THUMBNAIL_BYTES - sizeof (void *)];
};

static struct entry entries[ENTRIES];
static char *postings[WORDS];
static char *pictures[PICTURES];
static struct thumbnail *thumbnails;
static char *layout;

/* The caller allocates, so that it is the one that is named. */
static void *
fill (void *memory, size_t size)
{
  if (memory == NULL)
    {
      perror ("malloc");
      exit (1);
    }
  return memset (memory, 1, size);
}

/* Feeds */

FUNCTION static void
keep_title (struct entry *entry)
{
  free (entry->title);
  entry->title = fill (malloc (TITLE_BYTES), TITLE_BYTES);
}

FUNCTION static void
keep_text (struct entry *entry)
{
  free (entry->text);
  entry->text = fill (malloc (TEXT_BYTES), TEXT_BYTES);
}

FUNCTION static void
parse_entry (unsigned int turn)
{
  keep_title (&entries[turn % ENTRIES]);
  keep_text (&entries[turn % ENTRIES]);
}

FUNCTION static void
parse_feed (unsigned int turn)
{
  char *document = fill (malloc (TEXT_BYTES), TEXT_BYTES);

  parse_entry (turn);
  free (document);
}

FUNCTION static void
refresh_feeds (unsigned int turn)
{
  parse_feed (turn);
}

/* The index */

FUNCTION static void
add_posting (unsigned int word)
{
  if (postings[word] == NULL)
    postings[word] = fill (malloc (POSTING_BYTES), POSTING_BYTES);
}

FUNCTION static void
index_words (unsigned int turn)
{
  add_posting (turn % WORDS);
}

/* Articles */

/* Nothing ever looks at it again. */
FUNCTION static void
make_thumbnail (void)
{
  struct thumbnail *thumbnail = fill (malloc (sizeof *thumbnail), sizeof *thumbnail);

  thumbnail->previous = thumbnails;
  thumbnails = thumbnail;
}

FUNCTION static void
decode_picture (unsigned int turn)
{
  char **picture = &pictures[turn / TURNS_PER_SECOND % PICTURES];

  free (*picture);
  *picture = fill (malloc (PICTURE_BYTES), PICTURE_BYTES);
}

FUNCTION static void
load_picture (unsigned int turn)
{
  if (turn % TURNS_PER_SECOND == 0)
    decode_picture (turn);
  make_thumbnail ();
}

FUNCTION static void
lay_out_text (void)
{
  free (layout);
  layout = fill (malloc (LAYOUT_BYTES), LAYOUT_BYTES);
}

FUNCTION static void
show_article (unsigned int turn)
{
  lay_out_text ();
  load_picture (turn);
}

/* All of it */

static void
map_pages (int file, size_t size)
{
  char *memory;

  if (file < 0 || ftruncate (file, (off_t) size) != 0)
    return;
  memory = mmap (NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (memory != MAP_FAILED)
    memset (memory, 1, size);
}

/* The file has no name, and goes with the program. */
static void
open_cache (void)
{
  FILE *file = tmpfile ();

  if (file != NULL)
    map_pages (fileno (file), CACHE_BYTES);
}

FUNCTION static void
run (void)
{
  const struct timespec pause = { .tv_nsec = 1000000000L / TURNS_PER_SECOND };

  for (unsigned int turn = 0;; turn++)
    {
      refresh_feeds (turn);
      index_words (turn);
      show_article (turn);
      nanosleep (&pause, NULL);
    }
}

int
main (void)
{
  open_cache ();
  map_pages (memfd_create ("frame", MFD_CLOEXEC), FRAME_BYTES);
  run ();
  return 0;
}
