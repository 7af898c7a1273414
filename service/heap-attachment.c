/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-attachment.h"

#include "boot-time.h"
#include "error.h"
#include "uprobe-sweep.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* What ends blocks can stay attached without what begins them. */
typedef enum
{
  PART_NONE = 0,
  PART_ENDINGS = 1,
  PART_BEGINNINGS = 2,
  PART_BOTH = PART_ENDINGS | PART_BEGINNINGS,
} Part;

typedef struct
{
  Part part;
  MemsnoopUprobeLink *link;
} PartLink;

struct _MemsnoopHeapAttachment
{
  MemsnoopHeapPrograms programs;
  MemsnoopUprobeSupport support;
  guint32 pid;
  /* Held by whoever attaches or detaches. */
  GMutex attaching;
  GArray *modules; /* int: descriptors of the files that are probed */
  GArray *probes;  /* MemsnoopHeapProbe */
  GArray *links;   /* PartLink */
  gboolean ended;
  gint has_forked; /* atomic */
  MemsnoopHeapPause pause;
  /* Held for moments. */
  GMutex times;
  guint64 paused_at; /* 0: it is not */
  guint64 paused_time;
  gboolean frees_missed;
};

static void
clear_probe (gpointer data)
{
  g_free ((gpointer) ((MemsnoopHeapProbe *) data)->returns);
}

static void
close_module (gpointer data)
{
  close (*(int *) data);
}

static void
clear_link (gpointer data)
{
  memsnoop_uprobe_link_free (((PartLink *) data)->link);
}

MemsnoopHeapAttachment *
memsnoop_heap_attachment_new (const MemsnoopHeapPrograms *programs,
                              MemsnoopUprobeSupport support,
                              guint32 pid)
{
  MemsnoopHeapAttachment *self = g_new0 (MemsnoopHeapAttachment, 1);

  self->programs = *programs;
  self->support = support;
  self->pid = pid;
  g_mutex_init (&self->attaching);
  g_mutex_init (&self->times);
  self->probes = g_array_new (FALSE, FALSE, sizeof (MemsnoopHeapProbe));
  g_array_set_clear_func (self->probes, clear_probe);
  self->modules = g_array_new (FALSE, FALSE, sizeof (int));
  g_array_set_clear_func (self->modules, close_module);
  self->links = g_array_new (FALSE, FALSE, sizeof (PartLink));
  g_array_set_clear_func (self->links, clear_link);
  return self;
}

void
memsnoop_heap_attachment_free (MemsnoopHeapAttachment *self)
{
  g_array_unref (self->links);
  g_array_unref (self->probes);
  g_array_unref (self->modules);
  g_mutex_clear (&self->attaching);
  g_mutex_clear (&self->times);
  g_free (self);
}

static Part
part_of (const MemsnoopHeapProbe *probe)
{
  switch (probe->function)
    {
    case MEMSNOOP_HEAP_FREE:
    case MEMSNOOP_HEAP_MUNMAP:
    case MEMSNOOP_HEAP_REALLOC:
    case MEMSNOOP_HEAP_REALLOCARRAY:
    case MEMSNOOP_HEAP_MREMAP:
      return PART_ENDINGS;
    case MEMSNOOP_HEAP_MALLOC:
    case MEMSNOOP_HEAP_CALLOC:
    case MEMSNOOP_HEAP_MEMALIGN:
    case MEMSNOOP_HEAP_POSIX_MEMALIGN:
    case MEMSNOOP_HEAP_MMAP:
    case MEMSNOOP_HEAP_FUNCTIONS:
    default:
      return PART_BEGINNINGS;
    }
}

/* The places of one program in one module. */
static gboolean
link_places (MemsnoopHeapAttachment *self,
             struct bpf_program *program,
             MemsnoopUprobeKind kind,
             Part part,
             int module,
             GArray *places,
             GError **error)
{
  PartLink link = { .part = part };
  int result;

  if (places->len == 0)
    return TRUE;
  result = memsnoop_uprobe_link_new (program, self->support, kind, module, self->pid,
                                     (const MemsnoopUprobePlace *) (gpointer) places->data,
                                     places->len, &link.link);
  if (result < 0)
    {
      memsnoop_error_set_errno (error, result,
                                "Cannot probe %u places in the allocator of process %u",
                                places->len, self->pid);
      return FALSE;
    }
  g_array_append_val (self->links, link);
  return TRUE;
}

static enum memsnoop_heap_role
role_of (const MemsnoopHeapProbe *probe)
{
  if (probe->function == MEMSNOOP_HEAP_FREE || probe->function == MEMSNOOP_HEAP_MUNMAP)
    return MEMSNOOP_HEAP_ROLE_FREE;
  return probe->n_returns > 0 ? MEMSNOOP_HEAP_ROLE_INLINE_ENTRY : MEMSNOOP_HEAP_ROLE_CALL;
}

static guint64
pages (guint64 bytes)
{
  return MIN (bytes / MEMSNOOP_HEAP_PAGE + (bytes % MEMSNOOP_HEAP_PAGE != 0),
              MEMSNOOP_HEAP_COOKIE_PAGES_MAX);
}

/* A return instruction is never emulated. */
static void
add_place (GArray *places,
           const MemsnoopHeapProbe *probe,
           guint64 offset,
           enum memsnoop_heap_role role)
{
  gboolean single_stepped = probe->single_stepped || role == MEMSNOOP_HEAP_ROLE_INLINE_RETURN;
  MemsnoopUprobePlace place = {
    .offset = offset,
    .cookie = (guint64) probe->function | (guint64) role << MEMSNOOP_HEAP_COOKIE_ROLE_SHIFT |
              (single_stepped ? MEMSNOOP_HEAP_COOKIE_SINGLE_STEPPED : 0) |
              pages (probe->code_before) << MEMSNOOP_HEAP_COOKIE_BEFORE_SHIFT |
              pages (probe->code_after) << MEMSNOOP_HEAP_COOKIE_AFTER_SHIFT,
  };

  g_array_append_val (places, place);
}

/* The probes to look at, of which some are in a module and in a part. */
typedef struct
{
  const MemsnoopHeapProbe *probes;
  gsize n_probes;
  int module;
  Part part;
} Selection;

static void
add_places (GArray *places, const Selection *selection, enum memsnoop_heap_role role)
{
  for (gsize i = 0; i < selection->n_probes; i++)
    {
      const MemsnoopHeapProbe *probe = &selection->probes[i];

      if (probe->module != selection->module || role_of (probe) != role ||
          (part_of (probe) & selection->part) == 0)
        continue;
      for (gsize n = 0; role == MEMSNOOP_HEAP_ROLE_INLINE_ENTRY && n < probe->n_returns; n++)
        add_place (places, probe, probe->returns[n], MEMSNOOP_HEAP_ROLE_INLINE_RETURN);
      add_place (places, probe, probe->offset, role);
    }
}

/* First what ends a block, so that no block that is recorded ends unseen: the kernel goes by this
 * order. */
static gboolean
link_module (MemsnoopHeapAttachment *self, const Selection *selection, GError **error)
{
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (MemsnoopUprobePlace));
  g_autoptr (GArray) calls = g_array_new (FALSE, FALSE, sizeof (MemsnoopUprobePlace));

  add_places (places, selection, MEMSNOOP_HEAP_ROLE_FREE);
  add_places (places, selection, MEMSNOOP_HEAP_ROLE_INLINE_ENTRY);
  add_places (calls, selection, MEMSNOOP_HEAP_ROLE_CALL);
  g_array_append_vals (places, calls->data, calls->len);
  if (self->support == MEMSNOOP_UPROBE_SESSION)
    return link_places (self, self->programs.session, MEMSNOOP_UPROBE_AT_BOTH, selection->part,
                        selection->module, places, error);
  return link_places (self, self->programs.at_return, MEMSNOOP_UPROBE_AT_RETURN, selection->part,
                      selection->module, calls, error) &&
         link_places (self, self->programs.place, MEMSNOOP_UPROBE_AT_PLACE, selection->part,
                      selection->module, places, error);
}

static gboolean
is_first_of_module (const MemsnoopHeapProbe *probes, gsize index)
{
  for (gsize i = 0; i < index; i++)
    if (probes[i].module == probes[index].module)
      return FALSE;
  return TRUE;
}

static gboolean
link_part (MemsnoopHeapAttachment *self,
           Part part,
           const MemsnoopHeapProbe *probes,
           gsize n_probes,
           GError **error)
{
  Selection selection = { .probes = probes, .n_probes = n_probes, .part = part };

  for (gsize i = 0; i < n_probes; i++)
    {
      selection.module = probes[i].module;
      if (is_first_of_module (probes, i) && !link_module (self, &selection, error))
        return FALSE;
    }
  return TRUE;
}

static Part
attached_in (MemsnoopHeapPause pause)
{
  switch (pause)
    {
    case MEMSNOOP_HEAP_PAUSE_NONE:
      return PART_BOTH;
    case MEMSNOOP_HEAP_PAUSE_BEGINNINGS:
      return PART_ENDINGS;
    case MEMSNOOP_HEAP_PAUSE_ALL:
    default:
      return PART_NONE;
    }
}

/* Descriptors of its own; probes of one module share one, by which they are told from those of
 * others. */
static int
keep_module (MemsnoopHeapAttachment *self,
             const MemsnoopHeapProbe *probes,
             gsize index,
             guint first)
{
  int descriptor;

  for (gsize i = 0; i < index; i++)
    if (probes[i].module == probes[index].module)
      return g_array_index (self->probes, MemsnoopHeapProbe, first + i).module;
  descriptor = fcntl (probes[index].module, F_DUPFD_CLOEXEC, 0);
  if (descriptor >= 0)
    g_array_append_val (self->modules, descriptor);
  return descriptor;
}

/* So that they can be attached again. */
static gboolean
keep_probes (MemsnoopHeapAttachment *self,
             const MemsnoopHeapProbe *probes,
             gsize n_probes,
             GError **error)
{
  guint first = self->probes->len;

  for (gsize i = 0; i < n_probes; i++)
    {
      MemsnoopHeapProbe probe = probes[i];

      probe.module = keep_module (self, probes, i, first);
      if (probe.module < 0)
        {
          memsnoop_error_set_errno (error, errno, "Cannot keep a file of process %u open",
                                    self->pid);
          return FALSE;
        }
      probe.returns = g_memdup2 (probe.returns, probe.n_returns * sizeof *probe.returns);
      g_array_append_val (self->probes, probe);
    }
  return TRUE;
}

gboolean
memsnoop_heap_attachment_add (MemsnoopHeapAttachment *self,
                              const MemsnoopHeapProbe *probes,
                              gsize n_probes,
                              GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->attaching);
  Part part = self->ended ? PART_NONE : attached_in (self->pause);

  return keep_probes (self, probes, n_probes, error) &&
         (part == PART_NONE || link_part (self, part, probes, n_probes, error));
}

/* What lacks a link that can stay when only @wanted is to be attached. */
static Part
find_missing (const MemsnoopHeapAttachment *self, Part wanted)
{
  Part missing = wanted;

  for (guint i = 0; i < self->links->len; i++)
    {
      Part part = g_array_index (self->links, PartLink, i).part;

      if ((part & ~wanted) == 0)
        missing &= ~part;
    }
  return missing;
}

static void
unlink_others (MemsnoopHeapAttachment *self, Part wanted)
{
  for (guint i = self->links->len; i > 0; i--)
    if ((g_array_index (self->links, PartLink, i - 1).part & ~wanted) != 0)
      g_array_remove_index (self->links, i - 1);
}

/* For a moment there may be two links to a place: whatever ends twice ends once, and a call that
 * begins twice is the same call. */
static gboolean
change_links (MemsnoopHeapAttachment *self, Part wanted, GError **error)
{
  Part missing = find_missing (self, wanted);
  gboolean attached =
      missing == PART_NONE ||
      link_part (self, missing, (const MemsnoopHeapProbe *) (gpointer) self->probes->data,
                 self->probes->len, error);

  unlink_others (self, wanted);
  return attached;
}

static void
begin_pause (MemsnoopHeapAttachment *self, MemsnoopHeapPause pause)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->times);

  if (self->paused_at == 0)
    self->paused_at = memsnoop_boot_time ();
  self->frees_missed |= pause == MEMSNOOP_HEAP_PAUSE_ALL;
}

static void
end_pause (MemsnoopHeapAttachment *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->times);

  if (self->paused_at != 0)
    self->paused_time += memsnoop_boot_time () - self->paused_at;
  self->paused_at = 0;
}

gboolean
memsnoop_heap_attachment_pause (MemsnoopHeapAttachment *self,
                                MemsnoopHeapPause pause,
                                GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->attaching);
  gboolean changed;

  if (self->ended)
    return TRUE;
  self->pause = pause;
  if (pause != MEMSNOOP_HEAP_PAUSE_NONE)
    begin_pause (self, pause);
  changed = change_links (self, attached_in (pause), error);
  if (pause == MEMSNOOP_HEAP_PAUSE_NONE && changed)
    end_pause (self);
  return changed;
}

void
memsnoop_heap_attachment_note_fork (MemsnoopHeapAttachment *self)
{
  g_atomic_int_set (&self->has_forked, TRUE);
}

static void
sweep_module (MemsnoopHeapAttachment *self, int module)
{
  g_autoptr (GArray) places = g_array_new (FALSE, FALSE, sizeof (MemsnoopUprobePlace));
  Selection selection = { .probes = (const MemsnoopHeapProbe *) (gpointer) self->probes->data,
                          .n_probes = self->probes->len,
                          .module = module,
                          .part = PART_BOTH };
  int result;

  add_places (places, &selection, MEMSNOOP_HEAP_ROLE_FREE);
  add_places (places, &selection, MEMSNOOP_HEAP_ROLE_INLINE_ENTRY);
  add_places (places, &selection, MEMSNOOP_HEAP_ROLE_CALL);
  result = memsnoop_uprobe_sweep (module, self->pid,
                                  (const MemsnoopUprobePlace *) (gpointer) places->data,
                                  places->len);
  /* The process has exited, most probably. */
  if (result < 0)
    g_debug ("Probes that children of process %u have inherited stay: %s", self->pid,
             g_strerror (-result));
}

void
memsnoop_heap_attachment_sweep (MemsnoopHeapAttachment *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->attaching);

  if (self->support == MEMSNOOP_UPROBE_CLASSIC || self->ended ||
      !g_atomic_int_compare_and_exchange (&self->has_forked, TRUE, FALSE))
    return;
  for (guint i = 0; i < self->modules->len; i++)
    sweep_module (self, g_array_index (self->modules, int, i));
}

void
memsnoop_heap_attachment_end (MemsnoopHeapAttachment *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->attaching);

  self->ended = TRUE;
  g_array_set_size (self->links, 0);
}

guint64
memsnoop_heap_attachment_get_paused (MemsnoopHeapAttachment *self, gboolean *frees_missed)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->times);

  *frees_missed = self->frees_missed;
  return self->paused_time + (self->paused_at != 0 ? memsnoop_boot_time () - self->paused_at : 0);
}
