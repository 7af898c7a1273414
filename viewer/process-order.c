/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-order.h"

#include "process-item.h"

struct _MemsnoopProcessOrder
{
  GObject parent_instance;

  GListModel *processes;
  GtkSorter *sorter;
  gchar *needle;
  /* Of MemsnoopProcessItem, with references. */
  GPtrArray *shown;
};

static guint
get_n_items (GListModel *model)
{
  return ((MemsnoopProcessOrder *) model)->shown->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  GPtrArray *shown = ((MemsnoopProcessOrder *) model)->shown;

  return position < shown->len ? g_object_ref (shown->pdata[position]) : NULL;
}

static GType
get_item_type (GListModel *model)
{
  return MEMSNOOP_TYPE_PROCESS_ITEM;
}

static void
implement_list_model (GListModelInterface *interface)
{
  interface->get_n_items = get_n_items;
  interface->get_item = get_item;
  interface->get_item_type = get_item_type;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (MemsnoopProcessOrder,
                               memsnoop_process_order,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, implement_list_model))

static gint
compare (gconstpointer a, gconstpointer b, gpointer sorter)
{
  return gtk_sorter_compare (sorter, *(gpointer *) a, *(gpointer *) b);
}

/* Of all that match. */
static GHashTable *
find_matching (MemsnoopProcessOrder *self)
{
  GHashTable *matching = g_hash_table_new_full (NULL, NULL, g_object_unref, NULL);
  guint n = g_list_model_get_n_items (self->processes);

  for (guint i = 0; i < n; i++)
    {
      MemsnoopProcessItem *item = g_list_model_get_item (self->processes, i);

      if (self->needle == NULL || memsnoop_process_item_matches (item, self->needle))
        g_hash_table_add (matching, item);
      else
        g_object_unref (item);
    }
  return matching;
}

static void
move (GHashTable *matching, gconstpointer item, GPtrArray *ordered)
{
  gpointer found;

  if (g_hash_table_steal_extended (matching, item, &found, NULL))
    g_ptr_array_add (ordered, found);
}

/* Begins with the order of before, and then that of the list: sorting is stable. */
static GPtrArray *
put_in_order (MemsnoopProcessOrder *self)
{
  g_autoptr (GHashTable) matching = find_matching (self);
  GPtrArray *ordered = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < self->shown->len; i++)
    move (matching, self->shown->pdata[i], ordered);
  for (guint i = 0; g_hash_table_size (matching) > 0; i++)
    {
      g_autoptr (MemsnoopProcessItem) item = g_list_model_get_item (self->processes, i);

      move (matching, item, ordered);
    }
  g_ptr_array_sort_with_data (ordered, compare, self->sorter);
  return ordered;
}

void
memsnoop_process_order_update (MemsnoopProcessOrder *self)
{
  g_autoptr (GPtrArray) before = self->shown;
  GPtrArray *now = put_in_order (self);
  guint start = 0, end = 0, least = MIN (before->len, now->len);

  self->shown = now;
  while (start < least && before->pdata[start] == now->pdata[start])
    start++;
  while (end < least - start &&
         before->pdata[before->len - 1 - end] == now->pdata[now->len - 1 - end])
    end++;
  if (before->len != now->len || start < now->len)
    g_list_model_items_changed (G_LIST_MODEL (self), start, before->len - start - end,
                                now->len - start - end);
}

void
memsnoop_process_order_set_needle (MemsnoopProcessOrder *self, const gchar *needle)
{
  if (g_strcmp0 (self->needle, needle) == 0)
    return;
  g_free (self->needle);
  self->needle = g_strdup (needle);
  memsnoop_process_order_update (self);
}

static void
memsnoop_process_order_finalize (GObject *object)
{
  MemsnoopProcessOrder *self = MEMSNOOP_PROCESS_ORDER (object);

  g_signal_handlers_disconnect_by_data (self->sorter, self);
  g_object_unref (self->sorter);
  g_object_unref (self->processes);
  g_ptr_array_unref (self->shown);
  g_free (self->needle);
  G_OBJECT_CLASS (memsnoop_process_order_parent_class)->finalize (object);
}

static void
memsnoop_process_order_class_init (MemsnoopProcessOrderClass *class)
{
  G_OBJECT_CLASS (class)->finalize = memsnoop_process_order_finalize;
}

static void
memsnoop_process_order_init (MemsnoopProcessOrder *self)
{
  self->shown = g_ptr_array_new_with_free_func (g_object_unref);
}

MemsnoopProcessOrder *
memsnoop_process_order_new (GListModel *processes, GtkSorter *sorter)
{
  MemsnoopProcessOrder *self = g_object_new (MEMSNOOP_TYPE_PROCESS_ORDER, NULL);

  self->processes = g_object_ref (processes);
  self->sorter = g_object_ref (sorter);
  g_signal_connect_swapped (sorter, "changed", G_CALLBACK (memsnoop_process_order_update), self);
  memsnoop_process_order_update (self);
  return self;
}
