/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is executable in one process, and where. */
#pragma once

#include "module.h"

#include <elfutils/libdwfl.h>

G_BEGIN_DECLS

typedef struct
{
  /* Addresses, and the offset in the module's file. */
  guint64         start;
  guint64         end;
  guint64         offset;
  MemsnoopModule *module;
  /* (nullable): as memsnoop_process_image_prepare() found it. */
  Dwfl_Module    *reported;
} MemsnoopMapping;

typedef struct
{
  guint32  number;
  /* MemsnoopMapping, by address. */
  GArray  *mappings;
  /* (nullable): made by memsnoop_process_image_prepare(). */
  Dwfl    *dwfl;
  /* (nullable): what the threads of @dwfl are read from while it unwinds. */
  gpointer sample;
  /* Numbers of the pages of code whose rules were told. */
  GHashTable *pages;
} MemsnoopProcessImage;

MemsnoopProcessImage  *memsnoop_process_image_new     (guint32                     number);
void                   memsnoop_process_image_free    (MemsnoopProcessImage       *image);

/**
 * memsnoop_process_image_add:
 *
 * Returns: %FALSE when the mapping is empty, not above the last one, or one too many.
 */
gboolean               memsnoop_process_image_add     (MemsnoopProcessImage       *image,
                                                       MemsnoopModule             *module,
                                                       guint64                     start,
                                                       guint64                     end,
                                                       guint64                     offset);

/* Lays the modules' files out as they are in the process. Modules without one are left out. Once. */
void                   memsnoop_process_image_prepare (MemsnoopProcessImage       *image);

/* Returns: the index of the mapping that covers @address, or %MEMSNOOP_WORKER_NO_MAPPING. */
guint32                memsnoop_process_image_find    (const MemsnoopProcessImage *image,
                                                       guint64                     address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopProcessImage, memsnoop_process_image_free)

G_END_DECLS
