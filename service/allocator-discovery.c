/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "allocator-discovery.h"

#include "printable-text.h"

#include <string.h>

/* In an error message. */
#define PATHS_TOLD 8
/* In the notes of one choice. */
#define NOTES_MAX 64

typedef struct
{
  const MemsnoopMappedModules *modules;
  const MemsnoopAllocatorAnswer *answers;
  MemsnoopAllocatorChoice *choice;
  /* Names that a module has already defined. */
  GHashTable *taken;
  gboolean has_malloc;
  gboolean allocates;
  gboolean frees;
} Search;

static const gchar *
module_path (const Search *search, guint index)
{
  return ((const MemsnoopMappedModule *) search->modules->list->pdata[index])->path;
}

static void
add_note (Search *search, guint index, const gchar *text)
{
  g_autofree gchar *path = memsnoop_printable_line (module_path (search, index));
  g_autofree gchar *line = memsnoop_printable_line (text);

  if (search->choice->notes->len < NOTES_MAX)
    g_ptr_array_add (search->choice->notes, g_strdup_printf ("%s: %s", path, line));
}

/* Whether a name of the function is the first of its kind; all of them are taken from now on. */
static gboolean
take_names (Search *search, const MemsnoopAllocatorFunction *function)
{
  gboolean first = FALSE;

  for (guint i = 0; function->names[i] != NULL; i++)
    first |= g_hash_table_add (search->taken, function->names[i]);
  return first;
}

static void
note_use (Search *search, guint index, const MemsnoopAllocatorFunction *function)
{
  gboolean is_malloc = g_strv_contains ((const gchar *const *) function->names, "malloc");

  if (function->operation == MEMSNOOP_ALLOCATOR_FREE)
    search->frees = TRUE;
  if (function->operation >= MEMSNOOP_ALLOCATOR_FREE)
    return;
  if (!search->allocates || (is_malloc && !search->has_malloc))
    {
      search->choice->allocator = index;
      search->choice->kind = search->answers[index].module->kind;
    }
  search->allocates = TRUE;
  search->has_malloc |= is_malloc;
}

static void
consider_function (Search *search, guint index, const MemsnoopAllocatorFunction *function)
{
  MemsnoopEffectiveFunction effective = { .module = index, .function = function };
  gboolean first = take_names (search, function);

  if (function->passes_on)
    return;
  /* A library that is bound to its own has the first one's blocks beside its own. */
  if (!first && !memsnoop_allocator_operation_is_heap (function->operation))
    return;
  if (!function->probe.possible)
    {
      g_autofree gchar *text =
          g_strdup_printf ("%s: %s", function->names[0], function->probe.reason);

      add_note (search, index, text);
      return;
    }
  note_use (search, index, function);
  g_array_append_val (search->choice->functions, effective);
}

static void
consider_module (Search *search, guint index)
{
  const MemsnoopAllocatorAnswer *answer = &search->answers[index];

  if (answer->module == NULL)
    {
      add_note (search, index, answer->reason != NULL ? answer->reason : "it was not looked at");
      return;
    }
  for (guint i = 0; i < answer->module->skipped->len; i++)
    add_note (search, index, answer->module->skipped->pdata[i]);
  for (guint i = 0; i < answer->module->functions->len; i++)
    consider_function (search, index, answer->module->functions->pdata[i]);
  if (((const MemsnoopMappedModule *) search->modules->list->pdata[index])->is_program)
    search->choice->no_return_probes = answer->module->is_go;
}

static gchar *
list_paths (const Search *search)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint n = search->modules->list->len;

  for (guint i = 0; i < MIN (n, PATHS_TOLD); i++)
    {
      g_autofree gchar *path = memsnoop_printable_line (module_path (search, i));

      g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", path);
    }
  if (n > PATHS_TOLD)
    g_string_append_printf (text, " and %u more", n - PATHS_TOLD);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
set_nothing_error (const Search *search, guint32 pid, GError **error)
{
  g_autofree gchar *paths = list_paths (search);
  const GPtrArray *notes = search->choice->notes;

  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_NOT_SUPPORTED,
               "No allocator was found in the process %u: of %s, none defines both a function that "
               "allocates and one that frees. Looked for were %s%s%s%s",
               pid, paths, memsnoop_allocator_names_text (),
               notes->len > 0 ? "; passed over was " : "",
               notes->len > 0 ? (const gchar *) notes->pdata[0] : "",
               search->choice->no_return_probes
                   ? ". It is written in Go, whose runtime manages memory by itself"
                   : "");
}

MemsnoopAllocatorChoice *
memsnoop_allocator_choose (guint32 pid,
                           const MemsnoopMappedModules *modules,
                           const MemsnoopAllocatorAnswer *answers,
                           GError **error)
{
  g_autoptr (MemsnoopAllocatorChoice) choice = g_new0 (MemsnoopAllocatorChoice, 1);
  g_autoptr (GHashTable) taken = g_hash_table_new (g_str_hash, g_str_equal);
  Search search = { .modules = modules, .answers = answers, .choice = choice, .taken = taken };

  choice->functions = g_array_new (FALSE, FALSE, sizeof (MemsnoopEffectiveFunction));
  choice->notes = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < modules->list->len; i++)
    consider_module (&search, i);
  if (!search.allocates || !search.frees)
    {
      set_nothing_error (&search, pid, error);
      return NULL;
    }
  return g_steal_pointer (&choice);
}

void
memsnoop_allocator_choice_free (MemsnoopAllocatorChoice *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->functions);
  g_ptr_array_unref (self->notes);
  g_free (self);
}
