/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "uprobe-link.h"

#include "uprobe-trial.h"

#include <errno.h>
#include <linux/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's numbers, which older headers lack. */
#define TRACE_UPROBE_MULTI 48
#define TRACE_UPROBE_SESSION 57
#define UPROBE_MULTI_RETURN 1

struct _MemsnoopUprobeLink
{
  int descriptor;        /* of the one link for all places; -1 when classic */
  GPtrArray *one_by_one; /* struct bpf_link, one for each place; NULL when not classic */
};

/* As much of union bpf_attr as BPF_LINK_CREATE reads for uprobe_multi. */
struct multi_link_attributes
{
  guint32 program;
  guint32 target;
  guint32 attach_type;
  guint32 flags;
  guint64 path;
  guint64 offsets;
  guint64 reference_offsets;
  guint64 cookies;
  guint32 count;
  guint32 multi_flags;
  guint32 pid;
  guint32 padding;
};

guint32
memsnoop_uprobe_attach_type (MemsnoopUprobeSupport support, MemsnoopUprobeKind kind)
{
  if (support == MEMSNOOP_UPROBE_CLASSIC)
    return 0;
  return kind == MEMSNOOP_UPROBE_AT_BOTH ? TRACE_UPROBE_SESSION : TRACE_UPROBE_MULTI;
}

static void
split_places (const MemsnoopUprobePlace *places, gsize n_places, guint64 *offsets, guint64 *cookies)
{
  for (gsize i = 0; i < n_places; i++)
    {
      offsets[i] = places[i].offset;
      cookies[i] = places[i].cookie;
    }
}

int
memsnoop_uprobe_create_multi_link (int program,
                                   MemsnoopUprobeKind kind,
                                   int module,
                                   guint32 pid,
                                   const MemsnoopUprobePlace *places,
                                   gsize n_places)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/self/fd/%d", module);
  g_autofree guint64 *offsets = g_new (guint64, n_places);
  g_autofree guint64 *cookies = g_new (guint64, n_places);
  struct multi_link_attributes attributes = {
    .program = (guint32) program,
    .attach_type = memsnoop_uprobe_attach_type (MEMSNOOP_UPROBE_SESSION, kind),
    .path = (gsize) path,
    .offsets = (gsize) offsets,
    .cookies = (gsize) cookies,
    .count = (guint32) n_places,
    .multi_flags = kind == MEMSNOOP_UPROBE_AT_RETURN ? UPROBE_MULTI_RETURN : 0,
    .pid = pid,
  };
  long result;

  split_places (places, n_places, offsets, cookies);
  result = syscall (SYS_bpf, BPF_LINK_CREATE, &attributes, sizeof attributes);
  return result >= 0 ? (int) result : -errno;
}

MemsnoopUprobeSupport
memsnoop_uprobe_support (void)
{
  static gsize known; /* the support plus one */

  if (g_once_init_enter (&known))
    g_once_init_leave (&known, memsnoop_uprobe_try () + 1);
  return known - 1;
}

void
memsnoop_uprobe_prepare (struct bpf_program *program,
                         MemsnoopUprobeSupport support,
                         MemsnoopUprobeKind kind)
{
  bpf_program__set_expected_attach_type (
      program, (enum bpf_attach_type) memsnoop_uprobe_attach_type (support, kind));
}

static void
destroy_link (gpointer link)
{
  bpf_link__destroy (link);
}

static int
link_one_by_one (MemsnoopUprobeLink *self,
                 struct bpf_program *program,
                 MemsnoopUprobeKind kind,
                 int module,
                 guint32 pid,
                 const MemsnoopUprobePlace *places,
                 gsize n_places)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/self/fd/%d", module);

  self->one_by_one = g_ptr_array_new_with_free_func (destroy_link);
  for (gsize i = 0; i < n_places; i++)
    {
      LIBBPF_OPTS (bpf_uprobe_opts, options, .bpf_cookie = places[i].cookie,
                   .retprobe = kind == MEMSNOOP_UPROBE_AT_RETURN);
      struct bpf_link *link = bpf_program__attach_uprobe_opts (program, pid != 0 ? (pid_t) pid : -1,
                                                               path, places[i].offset, &options);

      if (link == NULL)
        return -errno;
      g_ptr_array_add (self->one_by_one, link);
    }
  return 0;
}

int
memsnoop_uprobe_link_new (struct bpf_program *program,
                          MemsnoopUprobeSupport support,
                          MemsnoopUprobeKind kind,
                          int module,
                          guint32 pid,
                          const MemsnoopUprobePlace *places,
                          gsize n_places,
                          MemsnoopUprobeLink **link)
{
  g_autoptr (MemsnoopUprobeLink) self = g_new0 (MemsnoopUprobeLink, 1);
  int result;

  self->descriptor = -1;
  if (support != MEMSNOOP_UPROBE_CLASSIC)
    result = self->descriptor = memsnoop_uprobe_create_multi_link (bpf_program__fd (program), kind,
                                                                   module, pid, places, n_places);
  else if (kind != MEMSNOOP_UPROBE_AT_BOTH)
    result = link_one_by_one (self, program, kind, module, pid, places, n_places);
  else
    result = -EOPNOTSUPP;
  if (result < 0)
    return result;
  *link = g_steal_pointer (&self);
  return 0;
}

void
memsnoop_uprobe_link_free (MemsnoopUprobeLink *self)
{
  if (self == NULL)
    return;
  if (self->descriptor >= 0)
    close (self->descriptor);
  g_clear_pointer (&self->one_by_one, g_ptr_array_unref);
  g_free (self);
}
