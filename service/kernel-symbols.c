/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kernel-symbols.h"

#include "error.h"

#include <errno.h>
#include <stdio.h>

/* No function of the kernel is this long: an address further behind a symbol lies in none. */
#define FUNCTION_SIZE_MAX (1024 * 1024)

/* Names lie in one block of text; most kernels have a hundred thousand. */
typedef struct
{
  guint64 address;
  guint32 name;
  guint32 module; /* 0: the kernel itself */
} Symbol;

struct _MemsnoopKernelSymbols
{
  GArray *symbols;
  GString *names;
};

static gint
compare_symbols (gconstpointer a, gconstpointer b)
{
  const Symbol *left = a, *right = b;

  return (left->address > right->address) - (left->address < right->address);
}

static guint32
add_name (MemsnoopKernelSymbols *self, const gchar *name)
{
  gsize at = self->names->len;

  g_string_append_len (self->names, name, (gssize) strlen (name) + 1);
  return (guint32) at;
}

/* "ffffffff81234560 t function\t[module]" */
static void
add_line (MemsnoopKernelSymbols *self, const gchar *line)
{
  unsigned long long address;
  char kind, name[512], module[64] = "";
  Symbol symbol;

  if (sscanf (line, "%llx %c %511s [%63[^]]]", &address, &kind, name, module) < 3)
    return;
  if (strchr ("tTwW", kind) == NULL || address == 0 || g_str_has_prefix (name, "__pfx_"))
    return;
  symbol.address = address;
  symbol.name = add_name (self, name);
  symbol.module = module[0] != '\0' ? add_name (self, module) : 0;
  g_array_append_val (self->symbols, symbol);
}

MemsnoopKernelSymbols *
memsnoop_kernel_symbols_load (const gchar *path, GError **error)
{
  g_autoptr (MemsnoopKernelSymbols) self = g_new0 (MemsnoopKernelSymbols, 1);
  FILE *file = fopen (path, "re");
  gchar line[1024];

  self->symbols = g_array_new (FALSE, FALSE, sizeof (Symbol));
  self->names = g_string_new (NULL);
  g_string_append_c (self->names, '\0');
  if (file == NULL)
    {
      memsnoop_error_set_errno (error, errno, "Cannot open %s", path);
      return NULL;
    }
  while (fgets (line, sizeof line, file) != NULL)
    add_line (self, line);
  fclose (file);

  if (self->symbols->len == 0)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
                   "%s shows no addresses; kernel.kptr_restrict must be below 2, and the service "
                   "needs CAP_SYSLOG",
                   path);
      return NULL;
    }
  g_array_sort (self->symbols, compare_symbols);
  return g_steal_pointer (&self);
}

void
memsnoop_kernel_symbols_free (MemsnoopKernelSymbols *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->symbols);
  g_string_free (self->names, TRUE);
  g_free (self);
}

/* The last symbol at or before the address. */
static const Symbol *
find (const MemsnoopKernelSymbols *self, guint64 address)
{
  guint low = 0, high = self->symbols->len;

  while (low < high)
    {
      guint middle = low + (high - low) / 2;

      if (g_array_index (self->symbols, Symbol, middle).address <= address)
        low = middle + 1;
      else
        high = middle;
    }
  return low == 0 ? NULL : &g_array_index (self->symbols, Symbol, low - 1);
}

gchar *
memsnoop_kernel_symbols_format (const MemsnoopKernelSymbols *self, guint64 address)
{
  const Symbol *symbol = self != NULL ? find (self, address) : NULL;
  const gchar *name, *module;
  guint64 offset;

  if (symbol == NULL || address - symbol->address > FUNCTION_SIZE_MAX)
    return g_strdup_printf ("0x%" G_GINT64_MODIFIER "x", address);
  name = self->names->str + symbol->name;
  module = self->names->str + symbol->module;
  offset = address - symbol->address;
  if (symbol->module == 0)
    return g_strdup_printf ("%s+0x%" G_GINT64_MODIFIER "x", name, offset);
  return g_strdup_printf ("%s+0x%" G_GINT64_MODIFIER "x [%s]", name, offset, module);
}
