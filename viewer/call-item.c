/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "call-item.h"

/* In a list of 10,000 rows each takes the view some ms. */
#define MOST_STEPS 64

struct _MemsnoopCallItem
{
  GObject parent_instance;

  MemsnoopCallProfile *profile;
  guint number;
  /* What it is to be, while a new profile comes. */
  MemsnoopCallProfile *next_profile;
  guint next_number;
  /* Weak: those who show what it called own the list. */
  GListStore *called;
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE (MemsnoopCallItem, memsnoop_call_item, G_TYPE_OBJECT)

static void
memsnoop_call_item_finalize (GObject *object)
{
  MemsnoopCallItem *self = MEMSNOOP_CALL_ITEM (object);

  g_clear_weak_pointer (&self->called);
  g_clear_object (&self->next_profile);
  g_object_unref (self->profile);
  G_OBJECT_CLASS (memsnoop_call_item_parent_class)->finalize (object);
}

static void
memsnoop_call_item_class_init (MemsnoopCallItemClass *class)
{
  G_OBJECT_CLASS (class)->finalize = memsnoop_call_item_finalize;
  changed_signal = g_signal_new ("changed", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
}

static void
memsnoop_call_item_init (MemsnoopCallItem *self)
{
}

MemsnoopCallItem *
memsnoop_call_item_new (MemsnoopCallProfile *profile, guint number)
{
  MemsnoopCallItem *self = g_object_new (MEMSNOOP_TYPE_CALL_ITEM, NULL);

  self->profile = g_object_ref (profile);
  self->number = number;
  return self;
}

const MemsnoopCall *
memsnoop_call_item_get_call (MemsnoopCallItem *self)
{
  return memsnoop_call_profile_get_call (self->profile, self->number);
}

MemsnoopCallProfile *
memsnoop_call_item_get_profile (MemsnoopCallItem *self)
{
  return self->profile;
}

/* Returns: (transfer full): numbers of what @number called. */
static GArray *
list_numbers (MemsnoopCallProfile *profile, guint number)
{
  GArray *numbers = g_array_new (FALSE, FALSE, sizeof (guint));
  guint end = memsnoop_call_profile_get_call (profile, number)->end;

  for (guint next = number + 1; next < end;
       next = memsnoop_call_profile_get_call (profile, next)->end)
    g_array_append_val (numbers, next);
  return numbers;
}

/* In one step: each one makes all that shows the list look at the whole of it. */
static void
append (GListStore *items, MemsnoopCallProfile *profile, GArray *numbers)
{
  g_autoptr (GPtrArray) added = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < numbers->len; i++)
    g_ptr_array_add (added, memsnoop_call_item_new (profile, g_array_index (numbers, guint, i)));
  if (added->len > 0)
    g_list_store_splice (items, g_list_model_get_n_items (G_LIST_MODEL (items)), 0, added->pdata,
                         added->len);
}

GListModel *
memsnoop_call_item_list_called (MemsnoopCallItem *self)
{
  g_autoptr (GArray) numbers = NULL;
  GListStore *called;

  if (self->called != NULL)
    return G_LIST_MODEL (g_object_ref (self->called));
  numbers = list_numbers (self->profile, self->number);
  if (numbers->len == 0)
    return NULL;
  called = g_list_store_new (MEMSNOOP_TYPE_CALL_ITEM);
  append (called, self->profile, numbers);
  g_set_weak_pointer (&self->called, called);
  return G_LIST_MODEL (called);
}

/* A new profile */

static gboolean
has_called (MemsnoopCallProfile *profile, guint number)
{
  return memsnoop_call_profile_get_call (profile, number)->end > number + 1;
}

/* Returns: (transfer full): hashes of paths to numbers. */
static GHashTable *
map_paths (MemsnoopCallProfile *profile, GArray *numbers)
{
  GHashTable *paths = g_hash_table_new (NULL, NULL);

  for (guint i = 0; i < numbers->len; i++)
    {
      guint number = g_array_index (numbers, guint, i);
      guint path = memsnoop_call_profile_get_call (profile, number)->path;

      g_hash_table_insert (paths, GUINT_TO_POINTER (path), GUINT_TO_POINTER (number));
    }
  return paths;
}

static gboolean
find_match (MemsnoopCallItem *item, MemsnoopCallProfile *profile, GHashTable *paths, guint *number)
{
  gpointer path = GUINT_TO_POINTER (memsnoop_call_item_get_call (item)->path), found;

  if (!g_hash_table_lookup_extended (paths, path, NULL, &found))
    return FALSE;
  *number = GPOINTER_TO_UINT (found);
  return memsnoop_call_profile_is_same_path (profile, *number, item->profile, item->number);
}

/* A row without calls below it is never asked again for them: it goes, too, when it gets some. */
static gboolean
match_item (MemsnoopCallItem *item, MemsnoopCallProfile *profile, GHashTable *paths)
{
  g_autoptr (GArray) called = NULL;
  guint number;

  if (!find_match (item, profile, paths, &number) ||
      has_called (profile, number) != has_called (item->profile, item->number))
    return FALSE;
  g_set_object (&item->next_profile, profile);
  item->next_number = number;
  if (item->called == NULL)
    return TRUE;
  called = list_numbers (profile, number);
  memsnoop_call_items_match (item->called, profile, called);
  return TRUE;
}

/* Those beside each other go in one step. */
static void
remove_runs (GListStore *items, GPtrArray *all, GHashTable *kept)
{
  guint run = 0;

  for (guint i = all->len; i > 0; i--)
    {
      gboolean gone = !g_hash_table_contains (kept, g_ptr_array_index (all, i - 1));

      if (gone)
        run++;
      if (run == 0 || (gone && i > 1))
        continue;
      g_list_store_splice (items, gone ? i - 1 : i, run, NULL, 0);
      run = 0;
    }
}

/* What was opened below them is closed. */
static void
replace_all (GListStore *items, GPtrArray *all, GHashTable *kept)
{
  g_autoptr (GPtrArray) left = g_ptr_array_new ();

  for (guint i = 0; i < all->len; i++)
    if (g_hash_table_contains (kept, g_ptr_array_index (all, i)))
      g_ptr_array_add (left, g_ptr_array_index (all, i));
  g_list_store_splice (items, 0, all->len, left->pdata, left->len);
}

static guint
count_runs (GPtrArray *all, GHashTable *kept)
{
  guint runs = 0;
  gboolean before = FALSE;

  for (guint i = 0; i < all->len; i++)
    {
      gboolean gone = !g_hash_table_contains (kept, g_ptr_array_index (all, i));

      if (gone && !before)
        runs++;
      before = gone;
    }
  return runs;
}

static GPtrArray *
list_items (GListStore *items)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (items));
  GPtrArray *all = g_ptr_array_new_full (n, g_object_unref);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (all, g_list_model_get_item (G_LIST_MODEL (items), i));
  return all;
}

void
memsnoop_call_items_match (GListStore *items, MemsnoopCallProfile *profile, GArray *numbers)
{
  g_autoptr (GHashTable) paths = map_paths (profile, numbers), kept = g_hash_table_new (NULL, NULL);
  g_autoptr (GPtrArray) all = list_items (items);

  for (guint i = 0; i < all->len; i++)
    if (match_item (g_ptr_array_index (all, i), profile, paths))
      g_hash_table_add (kept, g_ptr_array_index (all, i));
  if (count_runs (all, kept) > MOST_STEPS)
    replace_all (items, all, kept);
  else
    remove_runs (items, all, kept);
}

void
memsnoop_call_items_change (GListStore *items)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (items)); i++)
    {
      g_autoptr (MemsnoopCallItem) item = g_list_model_get_item (G_LIST_MODEL (items), i);

      g_set_object (&item->profile, item->next_profile);
      g_clear_object (&item->next_profile);
      item->number = item->next_number;
      if (item->called != NULL)
        memsnoop_call_items_change (item->called);
      g_signal_emit (item, changed_signal, 0);
    }
}

void
memsnoop_call_items_add (GListStore *items, MemsnoopCallProfile *profile, GArray *numbers)
{
  g_autoptr (GHashTable) there = g_hash_table_new (NULL, NULL);
  g_autoptr (GArray) added = g_array_new (FALSE, FALSE, sizeof (guint));

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (items)); i++)
    {
      g_autoptr (MemsnoopCallItem) item = g_list_model_get_item (G_LIST_MODEL (items), i);
      g_autoptr (GArray) called = NULL;

      g_hash_table_add (there, GUINT_TO_POINTER (item->number));
      if (item->called == NULL)
        continue;
      called = list_numbers (profile, item->number);
      memsnoop_call_items_add (item->called, profile, called);
    }
  for (guint i = 0; i < numbers->len; i++)
    if (!g_hash_table_contains (there, GUINT_TO_POINTER (g_array_index (numbers, guint, i))))
      g_array_append_val (added, g_array_index (numbers, guint, i));
  append (items, profile, added);
}
