/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "session-row.h"

#include "accessible-name.h"
#include "quantity.h"
#include "session-text.h"
#include "wrap-layout.h"

#include <glib/gi18n.h>

struct _MemsnoopSessionRow
{
  GtkListBoxRow parent_instance;

  GtkLabel *title;
  GtkLabel *state;
  GtkLabel *figures;
  GtkSpinner *spinner;
  GtkButton *show_button;
  GtkButton *stop_button;

  MemsnoopBusSession *session;
  MemsnoopProcessList *processes;
  gboolean busy;
};

static guint show_signal;
static guint stop_signal;

G_DEFINE_FINAL_TYPE (MemsnoopSessionRow, memsnoop_session_row, GTK_TYPE_LIST_BOX_ROW)

static void
on_show (MemsnoopSessionRow *self)
{
  g_signal_emit (self, show_signal, 0, memsnoop_session_text_get_pid (self->session));
}

static void
on_stop (MemsnoopSessionRow *self)
{
  g_signal_emit (self, stop_signal, 0);
}

static void
memsnoop_session_row_dispose (GObject *object)
{
  MemsnoopSessionRow *self = MEMSNOOP_SESSION_ROW (object);

  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);
  g_clear_object (&self->processes);
  G_OBJECT_CLASS (memsnoop_session_row_parent_class)->dispose (object);
}

static void
memsnoop_session_row_class_init (MemsnoopSessionRowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  GType type = G_TYPE_FROM_CLASS (class);

  g_type_ensure (MEMSNOOP_TYPE_WRAP_LAYOUT);
  G_OBJECT_CLASS (class)->dispose = memsnoop_session_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/memsnoop1/Viewer/session-row.ui");
  gtk_widget_class_bind_template_child (widget_class, MemsnoopSessionRow, title);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopSessionRow, state);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopSessionRow, figures);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopSessionRow, spinner);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopSessionRow, show_button);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopSessionRow, stop_button);
  gtk_widget_class_bind_template_callback (widget_class, on_show);
  gtk_widget_class_bind_template_callback (widget_class, on_stop);
  show_signal = g_signal_new ("show-process", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                              G_TYPE_NONE, 1, G_TYPE_UINT);
  stop_signal = g_signal_new ("stop", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
memsnoop_session_row_init (MemsnoopSessionRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
set_text (GtkLabel *label, const gchar *text)
{
  if (g_strcmp0 (gtk_label_get_text (label), text) != 0)
    gtk_label_set_text (label, text);
}

static void
name_parts (MemsnoopSessionRow *self, const gchar *title, const gchar *state)
{
  g_autofree gchar *stop = g_strdup_printf (_ ("Stop: %s"), title);
  g_autofree gchar *show = g_strdup_printf (_ ("Show: %s"), title);

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, state, -1);
  memsnoop_accessible_name_set (GTK_WIDGET (self->stop_button), stop);
  memsnoop_accessible_name_set (GTK_WIDGET (self->show_button), show);
}

void
memsnoop_session_row_update (MemsnoopSessionRow *self)
{
  gboolean recording = memsnoop_session_text_is_recording (self->session);
  g_autofree gchar *title = memsnoop_session_text_title (self->session, self->processes);
  g_autofree gchar *state =
      memsnoop_session_text_state (self->session, memsnoop_quantity_boot_time ());
  g_autofree gchar *figures = memsnoop_session_text_figures (self->session);

  set_text (self->title, title);
  set_text (self->state, state);
  set_text (self->figures, figures);
  name_parts (self, title, state);
  gtk_widget_set_visible (GTK_WIDGET (self->show_button),
                          memsnoop_session_text_get_pid (self->session) != 0);
  gtk_widget_set_visible (GTK_WIDGET (self->stop_button), recording);
  gtk_widget_set_sensitive (GTK_WIDGET (self->stop_button), !self->busy);
  gtk_spinner_set_spinning (self->spinner, self->busy);
}

GtkWidget *
memsnoop_session_row_new (MemsnoopBusSession *session, MemsnoopProcessList *processes)
{
  MemsnoopSessionRow *self = g_object_new (MEMSNOOP_TYPE_SESSION_ROW, NULL);

  self->session = g_object_ref (session);
  self->processes = g_object_ref (processes);
  g_signal_connect_swapped (session, "g-properties-changed",
                            G_CALLBACK (memsnoop_session_row_update), self);
  memsnoop_session_row_update (self);
  return GTK_WIDGET (self);
}

MemsnoopBusSession *
memsnoop_session_row_get_session (MemsnoopSessionRow *self)
{
  return self->session;
}

void
memsnoop_session_row_set_busy (MemsnoopSessionRow *self, gboolean busy)
{
  self->busy = busy;
  memsnoop_session_row_update (self);
}
