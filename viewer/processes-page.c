/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "processes-page.h"

#include "column-sorting.h"
#include "failure-advice.h"
#include "hidden-pages.h"
#include "process-columns.h"
#include "process-order.h"
#include "service-error.h"

#include <glib/gi18n.h>
#include <unistd.h>

/* GTK 4.12 has a name for the second: the compositor shows nothing of the window. */
#define SUSPENDED_STATE (1 << 16)
/* Of a page in which not all columns have room. */
#define NARROW_WIDTH 780
/* It is another user's on every machine. */
#define FIRST_PROCESS 1
#define UNSEEN_STATES (GDK_TOPLEVEL_STATE_MINIMIZED | SUSPENDED_STATE)

struct _MemsnoopProcessesPage
{
  AdwBin parent_instance;

  GtkSearchBar *search_bar;
  GtkSearchEntry *search_entry;
  GtkStack *stack;
  GtkColumnView *view;
  GtkWidget *notice_bar;
  GtkLabel *notice;
  GtkWidget *show_all;

  MemsnoopService *service;
  MemsnoopProcessList *list;
  GtkFilterListModel *shown;
  MemsnoopProcessOrder *order;
  gboolean searching;
  gboolean own;
  /* Why others' processes are not shown; NULL unless somebody asked for them. */
  gchar *refusal;
  /* While it is mapped. */
  GdkToplevel *surface;
  gboolean seen;
};

G_DEFINE_FINAL_TYPE (MemsnoopProcessesPage, memsnoop_processes_page, ADW_TYPE_BIN)

static guint activated_signal;

static void
show_what_is_found (MemsnoopProcessesPage *self)
{
  gboolean nothing = self->searching && g_list_model_get_n_items (G_LIST_MODEL (self->order)) == 0;

  gtk_stack_set_visible_child_name (self->stack, nothing ? "nothing" : "table");
}

static void
on_search_changed (MemsnoopProcessesPage *self)
{
  g_autofree gchar *needle =
      g_utf8_casefold (gtk_editable_get_text (GTK_EDITABLE (self->search_entry)), -1);

  self->searching = *needle != '\0';
  memsnoop_process_order_set_needle (self->order, self->searching ? needle : NULL);
  show_what_is_found (self);
}

static gboolean
is_own (gpointer item, gpointer user_data)
{
  return memsnoop_process_item_get_uid (item) == getuid ();
}

static void
show_own (MemsnoopProcessesPage *self)
{
  g_autoptr (GtkFilter) filter =
      self->own ? GTK_FILTER (gtk_custom_filter_new (is_own, NULL, NULL)) : NULL;

  gtk_filter_list_model_set_filter (self->shown, filter);
}

static void
on_own (GSimpleAction *action, GVariant *state, gpointer user_data)
{
  MemsnoopProcessesPage *self = user_data;

  self->own = g_variant_get_boolean (state);
  g_simple_action_set_state (action, state);
  if (self->order == NULL)
    return;
  show_own (self);
  memsnoop_process_order_update (self->order);
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
show_notice (MemsnoopProcessesPage *self, const gchar *text)
{
  gtk_label_set_text (self->notice, text != NULL ? text : "");
  gtk_widget_set_visible (self->notice_bar, text != NULL);
}

static gchar *
describe_left_out (guint left_out)
{
  return g_strdup_printf (
      g_dngettext (NULL, "Those with the most memory are shown, and %u more is not.",
                   "Those with the most memory are shown, and %u more are not.", left_out),
      left_out);
}

/* The service tells who may not see others' processes of their own, and does not say so: every
 * machine has others. */
static gboolean
has_only_own (MemsnoopProcessesPage *self)
{
  GListModel *model = memsnoop_process_list_get_model (self->list);
  guint n = g_list_model_get_n_items (model);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (MemsnoopProcessItem) item = g_list_model_get_item (model, i);

      if (!is_own (item, NULL))
        return FALSE;
    }
  return n > 0 && getuid () != 0;
}

/* What is not among the processes, and why. */
static void
show_left_out (MemsnoopProcessesPage *self)
{
  guint left_out = memsnoop_process_list_get_left_out (self->list);
  gboolean only_own = has_only_own (self);
  g_autofree gchar *text = NULL;

  if (!only_own)
    g_clear_pointer (&self->refusal, g_free);
  if (left_out > 0)
    text = describe_left_out (left_out);
  else if (only_own)
    text =
        g_strdup (self->refusal != NULL ? self->refusal : _ ("Only your own processes are shown."));
  gtk_widget_set_visible (self->show_all, only_own);
  show_notice (self, text);
}

static void
on_asked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopProcessesPage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);

  gtk_widget_set_sensitive (self->show_all, TRUE);
  if (self->list == NULL)
    return;
  g_clear_pointer (&self->refusal, g_free);
  if (reply == NULL)
    {
      g_dbus_error_strip_remote_error (error);
      self->refusal = memsnoop_failure_text (_ ("Other users' processes are not shown"), error,
                                             memsnoop_service_get_version (self->service));
    }
  show_left_out (self);
}

/* The list asks nobody for a password; whoever may see this process may see all, and the answer is
 * kept for some minutes. */
static void
on_show_all (MemsnoopProcessesPage *self)
{
  gtk_widget_set_sensitive (self->show_all, FALSE);
  memsnoop_service_call (self->service, "GetProcessStats", g_variant_new ("(u)", FIRST_PROCESS),
                         "(a{sv})", TRUE, -1, NULL, on_asked, g_object_ref (self));
}

/* The list inside the table follows the row that was on top, wherever that goes. Who looks at the
 * top wants to see what is on top. */
static void
keep_top (MemsnoopProcessesPage *self)
{
  GtkAdjustment *scrolled = gtk_scrollable_get_vadjustment (GTK_SCROLLABLE (self->view));
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (self->view));

  while (child != NULL && !GTK_IS_LIST_VIEW (child))
    child = gtk_widget_get_next_sibling (child);
  if (child != NULL && gtk_adjustment_get_value (scrolled) < 1)
    gtk_widget_activate_action (child, "list.scroll-to-item", "u", 0);
}

static void
on_updated (MemsnoopProcessesPage *self)
{
  show_left_out (self);
  memsnoop_process_columns_set_narrow (self->view,
                                       gtk_widget_get_width (GTK_WIDGET (self)) < NARROW_WIDTH);
  memsnoop_process_order_update (self->order);
  show_what_is_found (self);
}

static void
on_failed (MemsnoopProcessesPage *self, GError *error)
{
  g_autofree gchar *why = memsnoop_service_error_describe (error);
  g_autofree gchar *text =
      g_strdup_printf (_ ("These are old figures; new ones could not be read: %s"), why);

  gtk_widget_set_visible (self->show_all, FALSE);
  show_notice (self, text);
}

/* A minimized window is mapped all the same. */
static gboolean
is_seen (MemsnoopProcessesPage *self)
{
  return gtk_widget_get_mapped (GTK_WIDGET (self)) && self->surface != NULL &&
         (gdk_toplevel_get_state (self->surface) & UNSEEN_STATES) == 0;
}

/* Nothing is read that nobody sees. */
static void
follow_sight (MemsnoopProcessesPage *self)
{
  gboolean seen = is_seen (self);

  if (self->list == NULL || self->seen == seen)
    return;
  self->seen = seen;
  memsnoop_process_list_set_running (self->list, seen);
}

static void
memsnoop_processes_page_map (GtkWidget *widget)
{
  MemsnoopProcessesPage *self = MEMSNOOP_PROCESSES_PAGE (widget);

  GTK_WIDGET_CLASS (memsnoop_processes_page_parent_class)->map (widget);
  self->surface = GDK_TOPLEVEL (gtk_native_get_surface (gtk_widget_get_native (widget)));
  g_signal_connect_object (self->surface, "notify::state", G_CALLBACK (follow_sight), self,
                           G_CONNECT_SWAPPED);
  follow_sight (self);
}

static void
memsnoop_processes_page_unmap (GtkWidget *widget)
{
  MemsnoopProcessesPage *self = MEMSNOOP_PROCESSES_PAGE (widget);

  GTK_WIDGET_CLASS (memsnoop_processes_page_parent_class)->unmap (widget);
  if (self->surface != NULL)
    g_signal_handlers_disconnect_by_data (self->surface, self);
  self->surface = NULL;
  follow_sight (self);
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
  g_clear_object (&self->order);
  g_clear_object (&self->shown);
  g_clear_object (&self->service);
  g_clear_pointer (&self->refusal, g_free);
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
  gtk_widget_class_bind_template_child (widget_class, MemsnoopProcessesPage, notice_bar);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopProcessesPage, notice);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopProcessesPage, show_all);
  gtk_widget_class_bind_template_callback (widget_class, on_search_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_search_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_activate);
  gtk_widget_class_bind_template_callback (widget_class, on_show_all);
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
  g_autoptr (GtkSingleSelection) selection = NULL;

  g_return_if_fail (self->list == NULL);
  self->service = g_object_ref (service);
  self->list = memsnoop_process_list_new (service);
  g_signal_connect_swapped (self->list, "updated", G_CALLBACK (on_updated), self);
  g_signal_connect_swapped (self->list, "failed", G_CALLBACK (on_failed), self);
  self->shown =
      gtk_filter_list_model_new (g_object_ref (memsnoop_process_list_get_model (self->list)), NULL);
  show_own (self);
  self->order = memsnoop_process_order_new (G_LIST_MODEL (self->shown),
                                            gtk_column_view_get_sorter (self->view));
  selection = gtk_single_selection_new (G_LIST_MODEL (g_object_ref (self->order)));
  gtk_single_selection_set_autoselect (selection, FALSE);
  gtk_single_selection_set_can_unselect (selection, TRUE);
  gtk_column_view_set_model (self->view, GTK_SELECTION_MODEL (selection));
  g_signal_connect_object (selection, "items-changed", G_CALLBACK (keep_top), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  follow_sight (self);
}

MemsnoopProcessList *
memsnoop_processes_page_get_list (MemsnoopProcessesPage *self)
{
  return self->list;
}

/* Escape and typing close and open the search, too. */
void
memsnoop_processes_page_set_search_button (MemsnoopProcessesPage *self, GtkToggleButton *button)
{
  g_object_bind_property (button, "active", self->search_bar, "search-mode-enabled",
                          G_BINDING_BIDIRECTIONAL);
  gtk_search_bar_set_key_capture_widget (self->search_bar, GTK_WIDGET (self));
}

void
memsnoop_processes_page_search (MemsnoopProcessesPage *self)
{
  gtk_search_bar_set_search_mode (self->search_bar, TRUE);
  gtk_widget_grab_focus (GTK_WIDGET (self->search_entry));
}

GMenuModel *
memsnoop_processes_page_make_menu (MemsnoopProcessesPage *self, GtkWidget *window)
{
  const GActionEntry actions[] = {
    { .name = "own", .change_state = on_own, .state = "false" },
  };
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  g_autoptr (GMenu) section = g_menu_new ();
  GMenuModel *menu = memsnoop_column_sorting_make_menu (self->view, "processes");

  g_action_map_add_action_entries (G_ACTION_MAP (group), actions, G_N_ELEMENTS (actions), self);
  memsnoop_process_columns_install_sorting (self->view, G_ACTION_MAP (group));
  gtk_widget_insert_action_group (window, "processes", G_ACTION_GROUP (group));
  g_menu_append (section, _ ("Only _My Processes"), "processes.own");
  g_menu_append_section (G_MENU (menu), NULL, G_MENU_MODEL (section));
  return menu;
}

gboolean
memsnoop_processes_page_get_own (MemsnoopProcessesPage *self)
{
  return self->own;
}
