/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names for addresses in the kernel's text, from a file like /proc/kallsyms. */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _MemsnoopKernelSymbols MemsnoopKernelSymbols;

/**
 * memsnoop_kernel_symbols_load:
 *
 * Reads the symbols; some tens of milliseconds for a whole kernel, so not on the main loop. Fails with
 * %G_IO_ERROR_PERMISSION_DENIED when the kernel hides the addresses
 * (kernel.kptr_restrict).
 */
MemsnoopKernelSymbols *memsnoop_kernel_symbols_load   (const gchar                  *path,
                                                       GError                      **error);
void                   memsnoop_kernel_symbols_free   (MemsnoopKernelSymbols        *self);

/**
 * memsnoop_kernel_symbols_format:
 * @self: (nullable): without symbols every address is formatted as a number.
 *
 * Returns: (transfer full): "function+0x1f", with " [module]" behind it for a module's, or
 * "0xffff…" when no function is known there.
 */
gchar                 *memsnoop_kernel_symbols_format (const MemsnoopKernelSymbols  *self,
                                                       guint64                       address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopKernelSymbols, memsnoop_kernel_symbols_free)

G_END_DECLS
