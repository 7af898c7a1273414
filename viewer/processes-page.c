/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "processes-page.h"

#include "hidden-pages.h"
#include "process-columns.h"

#include <glib/gi18n.h>

struct _MemsnoopProcessesPage
{
  AdwBin parent_instance;

  GtkSearchBar *search_bar;
  GtkSearchEntry *search_entry;
  GtkStack *stack;
  GtkColumnView *view;
  GtkLabel *notice;

  MemsnoopProcessList *list;
  GtkFilter *filter;
  GListModel *filtered;
  gchar *needle;
};

G_DEFINE_FINAL_TYPE (MemsnoopProcessesPage, memsnoop_processes_page, ADW_TYPE_BIN)

static guint activated_signal;

static gboolean
matches (gpointer item, gpointer user_data)
{
  MemsnoopProcessesPage *self = user_data;

  return self->needle == NULL || memsnoop_process_item_matches (item, self->needle);
}

static void
show_what_is_found (MemsnoopProcessesPage *self)
{
  gboolean nothing = self->needle != NULL && g_list_model_get_n_items (self->filtered) == 0;

  gtk_stack_set_visible_child_name (self->stack, nothing ? "nothing" : "table");
}

static void
on_search_changed (MemsnoopProcessesPage *self)
{
  const gchar *text = gtk_editable_get_text (GTK_EDITABLE (self->search_entry));

  g_free (self->needle);
  self->needle = *text != '\0' ? g_utf8_casefold (text, -1) : NULL;
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  show_what_is_found (self);
}

static void
open_row (MemsnoopProcessesPage *self, guint position)
{
  GListModel *model = G_LIST_MODEL (gtk_column_view_get_model (self->view));
  g_autoptr (MemsnoopProcessItem) item = g_list_model_get_item (model, position);

  if (item != NULL)
    g_signal_emit (self, activated_signal, 0, item);
}

/* Enter in the search opens what is on top. */
static void
on_search_activate (MemsnoopProcessesPage *self)
{
  open_row (self, 0);
}

static void
on_activate (MemsnoopProcessesPage *self, guint position)
{
  open_row (self, position);
}

static void
on_updated (MemsnoopProcessesPage *self)
{
  gtk_widget_set_visible (GTK_WIDGET (self->notice), FALSE);
  memsnoop_process_columns_resort (self->view);
  show_what_is_found (self);
}

static void
on_failed (MemsnoopProcessesPage *self, GError *error)
{
  g_autoptr (GError) shown = g_error_copy (error);
  g_autofree gchar *text = NULL;

  g_dbus_error_strip_remote_error (shown);
  text =
      g_strdup_printf (_ ("These are old figures; new ones could not be read: %s"), shown->message);
  gtk_label_set_text (self->notice, text);
  gtk_widget_set_visible (GTK_WIDGET (self->notice), TRUE);
}

static void
memsnoop_processes_page_map (GtkWidget *widget)
{
  MemsnoopProcessesPage *self = MEMSNOOP_PROCESSES_PAGE (widget);

  GTK_WIDGET_CLASS (memsnoop_processes_page_parent_class)->map (widget);
  if (self->list != NULL)
    memsnoop_process_list_set_running (self->list, TRUE);
}

static void
memsnoop_processes_page_unmap (GtkWidget *widget)
{
  MemsnoopProcessesPage *self = MEMSNOOP_PROCESSES_PAGE (widget);

  if (self->list != NULL)
    memsnoop_process_list_set_running (self->list, FALSE);
  GTK_WIDGET_CLASS (memsnoop_processes_page_parent_class)->unmap (widget);
}

static void
memsnoop_processes_page_dispose (GObject *object)
{
  MemsnoopProcessesPage *self = MEMSNOOP_PROCESSES_PAGE (object);

  if (self->list != NULL)
    {
      memsnoop_process_list_set_running (self->list, FALSE);
      g_signal_handlers_disconnect_by_data (self->list, self);
    }
  g_clear_object (&self->list);
  g_clear_pointer (&self->needle, g_free);
  G_OBJECT_CLASS (memsnoop_processes_page_parent_class)->dispose (object);
}

static void
memsnoop_processes_page_class_init (MemsnoopProcessesPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = memsnoop_processes_page_dispose;
  widget_class->map = memsnoop_processes_page_map;
  widget_class->unmap = memsnoop_processes_page_unmap;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/memsnoop1/Viewer/processes-page.ui");
  gtk_widget_class_bind_template_child (widget_class, MemsnoopProcessesPage, search_bar);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopProcessesPage, search_entry);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopProcessesPage, stack);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopProcessesPage, view);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopProcessesPage, notice);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
  activated_signal = g_signal_new ("activated", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 1, MEMSNOOP_TYPE_PROCESS_ITEM);
}

static void
memsnoop_processes_page_init (MemsnoopProcessesPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  memsnoop_hidden_pages_follow (GTK_WIDGET (self->stack));
  gtk_search_bar_connect_entry (self->search_bar, GTK_EDITABLE (self->search_entry));
  memsnoop_process_columns_add (self->view);
}

void
memsnoop_processes_page_set_service (MemsnoopProcessesPage *self, MemsnoopService *service)
{
  GtkFilterListModel *filtered;
  GtkSortListModel *sorted;
  g_autoptr (GtkSingleSelection) selection = NULL;

  g_return_if_fail (self->list == NULL);
  self->list = memsnoop_process_list_new (service);
  g_signal_connect_swapped (self->list, "updated", G_CALLBACK (on_updated), self);
  g_signal_connect_swapped (self->list, "failed", G_CALLBACK (on_failed), self);
  self->filter = GTK_FILTER (gtk_custom_filter_new (matches, self, NULL));
  filtered = gtk_filter_list_model_new (g_object_ref (memsnoop_process_list_get_model (self->list)),
                                        self->filter);
  self->filtered = G_LIST_MODEL (filtered);
  sorted = gtk_sort_list_model_new (G_LIST_MODEL (filtered),
                                    g_object_ref (gtk_column_view_get_sorter (self->view)));
  selection = gtk_single_selection_new (G_LIST_MODEL (sorted));
  gtk_single_selection_set_autoselect (selection, FALSE);
  gtk_single_selection_set_can_unselect (selection, TRUE);
  gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (selection));
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    memsnoop_process_list_set_running (self->list, TRUE);
}

MemsnoopProcessList *
memsnoop_processes_page_get_list (MemsnoopProcessesPage *self)
{
  return self->list;
}

void
memsnoop_processes_page_set_key_capture (MemsnoopProcessesPage *self, GtkWidget *widget)
{
  gtk_search_bar_set_key_capture_widget (self->search_bar, widget);
}

void
memsnoop_processes_page_set_search (MemsnoopProcessesPage *self, gboolean search)
{
  gtk_search_bar_set_search_mode (self->search_bar, search);
  if (search)
    gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}
