/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "window.h"

#include "process-page.h"
#include "processes-page.h"

#include <glib/gi18n.h>

struct _MemsnoopWindow
{
  AdwApplicationWindow parent_instance;

  AdwToastOverlay *toasts;
  GtkStack *places;
  GtkStack *states;
  AdwStatusPage *problem;
  AdwViewStack *lists;
  GtkToggleButton *search_button;
  MemsnoopProcessesPage *processes;

  MemsnoopService *service;
};

G_DEFINE_FINAL_TYPE (MemsnoopWindow, memsnoop_window, ADW_TYPE_APPLICATION_WINDOW)

/* What there is to do about it. */
static const gchar *
advice (MemsnoopServiceState state)
{
  if (state == MEMSNOOP_SERVICE_NO_BUS)
    return _ ("It is tried again every few seconds.");
  return _ ("Start it with “systemctl start memsnoopd”, as administrator. This window notices when "
            "it runs.");
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
  adw_status_page_set_title (self->problem, state == MEMSNOOP_SERVICE_NO_BUS
                                                ? _ ("No System Bus")
                                                : _ ("The Service Does Not Run"));
  escaped = g_markup_escape_text (text, -1);
  adw_status_page_set_description (self->problem, escaped);
}

static void
on_state (MemsnoopWindow *self)
{
  MemsnoopServiceState state = memsnoop_service_get_state (self->service);

  if (state != MEMSNOOP_SERVICE_READY)
    show_problem (self, state);
  gtk_stack_set_visible_child_name (self->states,
                                    state == MEMSNOOP_SERVICE_READY ? "ready" : "problem");
  gtk_widget_set_sensitive (GTK_WIDGET (self->search_button), state == MEMSNOOP_SERVICE_READY);
}

static void
on_search_toggled (MemsnoopWindow *self)
{
  memsnoop_processes_page_set_search (self->processes,
                                      gtk_toggle_button_get_active (self->search_button));
}

static void
on_process_activated (MemsnoopWindow *self, MemsnoopProcessItem *item)
{
  memsnoop_window_show_process (self, memsnoop_process_item_get_pid (item));
}

static void
memsnoop_window_dispose (GObject *object)
{
  MemsnoopWindow *self = MEMSNOOP_WINDOW (object);

  if (self->service != NULL)
    g_signal_handlers_disconnect_by_data (self->service, self);
  g_clear_object (&self->service);
  G_OBJECT_CLASS (memsnoop_window_parent_class)->dispose (object);
}

static void
memsnoop_window_class_init (MemsnoopWindowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  g_type_ensure (MEMSNOOP_TYPE_PROCESSES_PAGE);
  G_OBJECT_CLASS (class)->dispose = memsnoop_window_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/memsnoop1/Viewer/window.ui");
  gtk_widget_class_bind_template_child (widget_class, MemsnoopWindow, toasts);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopWindow, places);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopWindow, states);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopWindow, problem);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopWindow, lists);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopWindow, search_button);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopWindow, processes);
  gtk_widget_class_bind_template_callback (widget_class, on_search_toggled);
  gtk_widget_class_bind_template_callback (widget_class, on_process_activated);
}

static void
memsnoop_window_init (MemsnoopWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  memsnoop_processes_page_set_key_capture (self->processes, GTK_WIDGET (self));
}

MemsnoopWindow *
memsnoop_window_new (MemsnoopApplication *application, MemsnoopService *service)
{
  MemsnoopWindow *self = g_object_new (MEMSNOOP_TYPE_WINDOW, "application", application, NULL);

  self->service = g_object_ref (service);
  memsnoop_processes_page_set_service (self->processes, service);
  g_signal_connect_swapped (service, "notify::state", G_CALLBACK (on_state), self);
  on_state (self);
  return self;
}

static void
on_back (MemsnoopWindow *self)
{
  gtk_stack_set_visible_child_name (self->places, "lists");
}

static void
on_told (MemsnoopWindow *self, const gchar *text)
{
  g_autofree gchar *escaped = g_markup_escape_text (text, -1);

  adw_toast_overlay_add_toast (self->toasts, adw_toast_new (escaped));
}

/* The page of the process before is not kept: what it records goes on. */
void
memsnoop_window_show_process (MemsnoopWindow *self, guint32 pid)
{
  GtkWidget *before = gtk_stack_get_child_by_name (self->places, "process");
  GtkWidget *page = memsnoop_process_page_new (self->service, pid);

  if (before != NULL)
    gtk_stack_remove (self->places, before);
  g_signal_connect_swapped (page, "back", G_CALLBACK (on_back), self);
  g_signal_connect_swapped (page, "told", G_CALLBACK (on_told), self);
  gtk_stack_add_named (self->places, page, "process");
  gtk_stack_set_visible_child_name (self->places, "process");
}
