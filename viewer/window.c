/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "window.h"

#include "accessible-name.h"
#include "exporter.h"
#include "failure-advice.h"
#include "hidden-pages.h"
#include "process-page.h"
#include "processes-page.h"
#include "recordings-page.h"
#include "suspect-marks.h"
#include "suspects-page.h"
#include "window-state.h"
#include "wording.h"

#include <glib/gi18n.h>

/* A person has to read what is undone, and to reach the button. */
#define UNDO_SECONDS 15

struct _MemsnoopWindow
{
  AdwApplicationWindow parent_instance;

  AdwToastOverlay *toasts;
  GtkStack *places;
  GtkInfoBar *export_bar;
  GtkWidget *export_button;
  GtkInfoBar *failure_bar;
  GtkLabel *failure;
  GtkInfoBar *late_bar;
  GtkStack *states;
  AdwStatusPage *problem;
  AdwViewStack *lists;
  AdwViewStackPage *suspects_page;
  AdwViewSwitcherTitle *switcher;
  AdwViewSwitcherBar *switcher_bar;
  GtkToggleButton *search_button;
  GtkMenuButton *view_button;
  MemsnoopProcessesPage *processes;
  MemsnoopSuspectsPage *suspects;
  MemsnoopRecordingsPage *recordings;

  MemsnoopService *service;
  MemsnoopSuspectList *suspect_list;
  MemsnoopRaisedAnomalies *anomalies;
  MemsnoopSuspectMarks *marks;
  /* Weak: what had the focus when a process was opened. */
  GtkWidget *opener;
  guint reveal;
};

G_DEFINE_FINAL_TYPE (MemsnoopWindow, memsnoop_window, ADW_TYPE_APPLICATION_WINDOW)

/* Telling */

static void
on_tell (GtkWidget *widget, const gchar *name, GVariant *parameter)
{
  g_autofree gchar *escaped = g_markup_escape_text (g_variant_get_string (parameter, NULL), -1);

  adw_toast_overlay_add_toast (MEMSNOOP_WINDOW (widget)->toasts, adw_toast_new (escaped));
}

/* A toast has one line, and goes while one reads. */
static void
on_tell_failure (GtkWidget *widget, const gchar *name, GVariant *parameter)
{
  MemsnoopWindow *self = MEMSNOOP_WINDOW (widget);

  gtk_label_set_text (self->failure, g_variant_get_string (parameter, NULL));
  gtk_info_bar_set_revealed (self->failure_bar, TRUE);
}

static void
on_failed (MemsnoopWindow *self, const gchar *what, GError *error)
{
  g_autofree gchar *text =
      memsnoop_failure_text (what, error, memsnoop_service_get_version (self->service));

  gtk_widget_activate_action (GTK_WIDGET (self), memsnoop_failure_action (error), "s", text);
}

static void
on_failure_closed (MemsnoopWindow *self)
{
  gtk_info_bar_set_revealed (self->failure_bar, FALSE);
}

/* What failed is tried again, or has become another matter. */
static void
on_forget_failure (GtkWidget *widget, const gchar *name, GVariant *parameter)
{
  on_failure_closed (MEMSNOOP_WINDOW (widget));
}

static void
on_undo (MemsnoopWindow *self, AdwToast *toast)
{
  memsnoop_suspect_list_unignore (self->suspect_list,
                                  g_object_get_data (G_OBJECT (toast), "memsnoop-path"));
}

static void
on_ignored (MemsnoopWindow *self, const gchar *name, const gchar *path)
{
  /* It is the program that is ignored, whatever its processes are called. */
  g_autofree gchar *program = memsnoop_wording_name (path, MEMSNOOP_WORDING_NAME_MAX);
  g_autofree gchar *escaped = g_markup_escape_text (program, -1);
  g_autofree gchar *text = g_strdup_printf (_ ("“%s” is not suspected any more"), escaped);
  AdwToast *toast = adw_toast_new (text);

  adw_toast_set_button_label (toast, _ ("Undo"));
  adw_toast_set_timeout (toast, UNDO_SECONDS);
  adw_toast_set_priority (toast, ADW_TOAST_PRIORITY_HIGH);
  g_object_set_data_full (G_OBJECT (toast), "memsnoop-path", g_strdup (path), g_free);
  g_signal_connect_object (toast, "button-clicked", G_CALLBACK (on_undo), self, G_CONNECT_SWAPPED);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

/* What is exported of a process that is not shown any more. */
static void
on_exports_left (MemsnoopWindow *self)
{
  gtk_info_bar_set_revealed (self->export_bar,
                             g_list_model_get_n_items (memsnoop_exporter_get_left ()) > 0);
}

/* The service */

/* What there is to do about it. */
static const gchar *
advice (MemsnoopServiceState state)
{
  if (state == MEMSNOOP_SERVICE_NO_BUS)
    return _ ("It is tried again every few seconds.");
  if (state == MEMSNOOP_SERVICE_SILENT)
    return _ ("It is asked again every few seconds. If that does not help, restart it with "
              "“systemctl restart memsnoopd”, as administrator.");
  return _ ("Start it with “systemctl start memsnoopd”, as administrator. This window notices when "
            "it runs.");
}

static const gchar *
problem_title (MemsnoopServiceState state)
{
  if (state == MEMSNOOP_SERVICE_NO_BUS)
    return _ ("No System Bus");
  return state == MEMSNOOP_SERVICE_SILENT ? _ ("The Service Does Not Answer")
                                          : _ ("The Service Does Not Run");
}

static void
show_problem (MemsnoopWindow *self, MemsnoopServiceState state)
{
  g_autofree gchar *text = NULL, *escaped = NULL;

  if (state == MEMSNOOP_SERVICE_CONNECTING)
    {
      adw_status_page_set_title (self->problem, _ ("Connecting…"));
      adw_status_page_set_description (self->problem, NULL);
      return;
    }
  text = g_strdup_printf ("%s.\n%s", memsnoop_service_get_problem (self->service), advice (state));
  adw_status_page_set_title (self->problem, problem_title (state));
  escaped = g_markup_escape_text (text, -1);
  adw_status_page_set_description (self->problem, escaped);
}

static gboolean
is_searchable (MemsnoopWindow *self)
{
  return memsnoop_service_get_state (self->service) == MEMSNOOP_SERVICE_READY &&
         g_strcmp0 (adw_view_stack_get_visible_child_name (self->lists), "processes") == 0;
}

static void
on_list_changed (MemsnoopWindow *self)
{
  if (self->service == NULL)
    return;
  gtk_widget_set_sensitive (GTK_WIDGET (self->search_button), is_searchable (self));
  gtk_widget_set_sensitive (GTK_WIDGET (self->view_button), is_searchable (self));
}

static void
on_state (MemsnoopWindow *self)
{
  MemsnoopServiceState state = memsnoop_service_get_state (self->service);

  if (state != MEMSNOOP_SERVICE_READY)
    show_problem (self, state);
  else
    on_failure_closed (self);
  gtk_stack_set_visible_child_name (self->states,
                                    state == MEMSNOOP_SERVICE_READY ? "ready" : "problem");
  on_list_changed (self);
}

static void
on_late (MemsnoopWindow *self)
{
  gtk_info_bar_set_revealed (self->late_bar, memsnoop_service_is_late (self->service));
}

static void
on_suspects (MemsnoopWindow *self)
{
  GListModel *model = memsnoop_suspect_list_get_model (self->suspect_list);

  adw_view_stack_page_set_badge_number (self->suspects_page, g_list_model_get_n_items (model));
}

/* Searching and moving */

static void
on_process_activated (MemsnoopWindow *self, MemsnoopProcessItem *item)
{
  memsnoop_window_show_process (self, memsnoop_process_item_get_pid (item));
}

/* The page of a process that is left goes when it has slid away; what it records goes on. One that
 * has begun something stays to tell how that ends. */
static void
forget_process (MemsnoopWindow *self)
{
  GtkWidget *page = gtk_stack_get_child_by_name (self->places, "process");

  if (page != NULL && page != gtk_stack_get_visible_child (self->places) &&
      !gtk_stack_get_transition_running (self->places) &&
      !memsnoop_process_page_is_busy (MEMSNOOP_PROCESS_PAGE (page)))
    gtk_stack_remove (self->places, page);
}

static void
show_lists (MemsnoopWindow *self)
{
  gtk_stack_set_visible_child_name (self->places, "lists");
  forget_process (self);
}

/* What had the focus has it again: the row that was opened. */
static void
restore_focus (MemsnoopWindow *self)
{
  if (self->opener == NULL || !gtk_widget_get_mapped (self->opener) ||
      !gtk_widget_grab_focus (self->opener))
    gtk_widget_child_focus (GTK_WIDGET (self->lists), GTK_DIR_TAB_FORWARD);
}

static void
on_back (MemsnoopWindow *self)
{
  on_failure_closed (self);
  show_lists (self);
  restore_focus (self);
}

/* On a process's page the search is that for functions. */
static void
on_search (GtkWidget *widget, const gchar *name, GVariant *parameter)
{
  MemsnoopWindow *self = MEMSNOOP_WINDOW (widget);
  GtkWidget *page = gtk_stack_get_visible_child (self->places);

  if (MEMSNOOP_IS_PROCESS_PAGE (page))
    memsnoop_process_page_search (MEMSNOOP_PROCESS_PAGE (page));
  else
    {
      adw_view_stack_set_visible_child_name (self->lists, "processes");
      memsnoop_processes_page_search (self->processes);
    }
}

/* What is chosen by a key has it: on the tab of another list Space would lead back. */
static void
focus_list (MemsnoopWindow *self)
{
  GtkWidget *list = adw_view_stack_get_visible_child (self->lists);
  GtkWidget *focus = gtk_root_get_focus (GTK_ROOT (self));

  if (focus != NULL && gtk_widget_is_ancestor (focus, list))
    return;
  if (!gtk_widget_get_mapped (list) || !gtk_widget_child_focus (list, GTK_DIR_TAB_FORWARD))
    gtk_window_set_focus (GTK_WINDOW (self), NULL);
}

static void
on_list (GtkWidget *widget, const gchar *name, GVariant *parameter)
{
  MemsnoopWindow *self = MEMSNOOP_WINDOW (widget);

  show_lists (self);
  adw_view_stack_set_visible_child_name (self->lists, g_variant_get_string (parameter, NULL));
  focus_list (self);
}

/* The bar of pages below the lists */

static gboolean
on_reveal (gpointer user_data)
{
  MemsnoopWindow *self = user_data;

  self->reveal = 0;
  adw_view_switcher_bar_set_reveal (self->switcher_bar,
                                    adw_view_switcher_title_get_title_visible (self->switcher));
  return G_SOURCE_REMOVE;
}

/* It is told while sizes are given away, when the bar below gets none any more: GTK 4.18 would
 * give its buttons less than nothing. */
static void
on_title_visible (MemsnoopWindow *self)
{
  if (self->reveal == 0)
    self->reveal = g_idle_add (on_reveal, self);
}

/* The object */

static void
memsnoop_window_dispose (GObject *object)
{
  MemsnoopWindow *self = MEMSNOOP_WINDOW (object);

  if (self->service != NULL)
    g_signal_handlers_disconnect_by_data (self->service, self);
  if (self->suspect_list != NULL)
    {
      g_signal_handlers_disconnect_by_data (memsnoop_suspect_list_get_model (self->suspect_list),
                                            self);
      g_signal_handlers_disconnect_by_data (self->suspect_list, self);
    }
  g_clear_handle_id (&self->reveal, g_source_remove);
  g_clear_weak_pointer (&self->opener);
  g_clear_object (&self->marks);
  g_clear_object (&self->suspect_list);
  g_clear_object (&self->anomalies);
  g_clear_object (&self->service);
  G_OBJECT_CLASS (memsnoop_window_parent_class)->dispose (object);
}

static gboolean
memsnoop_window_close_request (GtkWindow *window)
{
  memsnoop_window_state_save (
      window, memsnoop_processes_page_get_own (MEMSNOOP_WINDOW (window)->processes));
  return GTK_WINDOW_CLASS (memsnoop_window_parent_class)->close_request (window);
}

static void
bind_children (GtkWidgetClass *class)
{
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, toasts);
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, places);
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, export_bar);
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, export_button);
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, failure_bar);
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, failure);
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, late_bar);
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, states);
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, problem);
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, lists);
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, suspects_page);
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, switcher);
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, switcher_bar);
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, search_button);
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, view_button);
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, processes);
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, suspects);
  gtk_widget_class_bind_template_child (class, MemsnoopWindow, recordings);
  gtk_widget_class_bind_template_callback (class, on_process_activated);
  gtk_widget_class_bind_template_callback (class, on_list_changed);
  gtk_widget_class_bind_template_callback (class, on_failed);
  gtk_widget_class_bind_template_callback (class, on_failure_closed);
  gtk_widget_class_bind_template_callback (class, memsnoop_exporter_cancel_left);
  gtk_widget_class_bind_template_callback (class, memsnoop_window_show_process);
}

static void
memsnoop_window_class_init (MemsnoopWindowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  g_type_ensure (MEMSNOOP_TYPE_PROCESSES_PAGE);
  g_type_ensure (MEMSNOOP_TYPE_SUSPECTS_PAGE);
  g_type_ensure (MEMSNOOP_TYPE_RECORDINGS_PAGE);
  G_OBJECT_CLASS (class)->dispose = memsnoop_window_dispose;
  GTK_WINDOW_CLASS (class)->close_request = memsnoop_window_close_request;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/memsnoop1/Viewer/window.ui");
  bind_children (widget_class);
  gtk_widget_class_install_action (widget_class, "win.search", NULL, on_search);
  gtk_widget_class_install_action (widget_class, "win.list", "s", on_list);
  gtk_widget_class_install_action (widget_class, "win.forget-failure", NULL, on_forget_failure);
  gtk_widget_class_install_action (widget_class, "win.tell", "s", on_tell);
  gtk_widget_class_install_action (widget_class, "win.tell-failure", "s", on_tell_failure);
}

static void
memsnoop_window_init (MemsnoopWindow *self)
{
  g_autoptr (GMenuModel) menu = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));
  menu = memsnoop_processes_page_make_menu (self->processes, GTK_WIDGET (self));
  gtk_menu_button_set_menu_model (self->view_button, menu);
  memsnoop_accessible_name_set_button_in (GTK_WIDGET (self->failure_bar), _ ("Close"));
  memsnoop_accessible_name_reset (self->export_button);
  if (memsnoop_window_state_restore (GTK_WINDOW (self)))
    gtk_widget_activate_action (GTK_WIDGET (self), "processes.own", NULL);
  memsnoop_hidden_pages_follow (GTK_WIDGET (self->places));
  g_signal_connect_object (self->places, "notify::transition-running", G_CALLBACK (forget_process),
                           self, G_CONNECT_SWAPPED);
  memsnoop_hidden_pages_follow (GTK_WIDGET (self->states));
  memsnoop_hidden_pages_follow (GTK_WIDGET (self->lists));
  memsnoop_hidden_pages_follow_bar (self->export_bar);
  memsnoop_hidden_pages_follow_bar (self->failure_bar);
  memsnoop_hidden_pages_follow_bar (self->late_bar);
  memsnoop_processes_page_set_search_button (self->processes, self->search_button);
  g_signal_connect_object (memsnoop_exporter_get_left (), "items-changed",
                           G_CALLBACK (on_exports_left), self, G_CONNECT_SWAPPED);
  on_exports_left (self);
  g_signal_connect_object (self->switcher, "notify::title-visible", G_CALLBACK (on_title_visible),
                           self, G_CONNECT_SWAPPED);
  on_title_visible (self);
}

MemsnoopWindow *
memsnoop_window_new (MemsnoopApplication *application, MemsnoopService *service)
{
  MemsnoopWindow *self = g_object_new (MEMSNOOP_TYPE_WINDOW, "application", application, NULL);

  self->service = g_object_ref (service);
  self->suspect_list = memsnoop_suspect_list_new (service);
  self->anomalies = memsnoop_raised_anomalies_new (service);
  memsnoop_processes_page_set_service (self->processes, service);
  memsnoop_suspects_page_set_list (self->suspects, service, self->suspect_list);
  memsnoop_recordings_page_set_service (self->recordings, service,
                                        memsnoop_processes_page_get_list (self->processes));
  self->marks = memsnoop_suspect_marks_new (memsnoop_processes_page_get_list (self->processes),
                                            self->suspect_list);
  g_signal_connect_swapped (memsnoop_suspect_list_get_model (self->suspect_list), "items-changed",
                            G_CALLBACK (on_suspects), self);
  g_signal_connect_swapped (self->suspect_list, "ignored", G_CALLBACK (on_ignored), self);
  g_signal_connect_swapped (self->suspect_list, "failed", G_CALLBACK (on_failed), self);
  g_signal_connect_swapped (service, "notify::state", G_CALLBACK (on_state), self);
  g_signal_connect_swapped (service, "notify::late", G_CALLBACK (on_late), self);
  on_state (self);
  on_late (self);
  return self;
}

/* The page of the process before is not kept: what it records goes on. */
void
memsnoop_window_show_process (MemsnoopWindow *self, guint32 pid)
{
  GtkWidget *before = gtk_stack_get_child_by_name (self->places, "process");
  GtkWidget *page;

  if (!MEMSNOOP_IS_PROCESS_PAGE (gtk_stack_get_visible_child (self->places)))
    g_set_weak_pointer (&self->opener, gtk_root_get_focus (GTK_ROOT (self)));
  if (before != NULL)
    gtk_stack_remove (self->places, before);
  /* What failed for another one does not concern it. */
  on_failure_closed (self);
  page = memsnoop_process_page_new (self->service, self->suspect_list, self->anomalies, pid);
  g_signal_connect_swapped (page, "back", G_CALLBACK (on_back), self);
  g_signal_connect_swapped (page, "failed", G_CALLBACK (on_failed), self);
  gtk_stack_add_named (self->places, page, "process");
  gtk_stack_set_visible_child_name (self->places, "process");
  gtk_widget_grab_focus (page);
}

void
memsnoop_window_show_process_since (MemsnoopWindow *self, guint32 pid, guint64 start_time)
{
  memsnoop_window_show_process (self, pid);
  memsnoop_process_page_expect (
      MEMSNOOP_PROCESS_PAGE (gtk_stack_get_child_by_name (self->places, "process")), start_time);
}

void
memsnoop_window_show_suspects (MemsnoopWindow *self)
{
  show_lists (self);
  adw_view_stack_set_visible_child_name (self->lists, "suspects");
}
