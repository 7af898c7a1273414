/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recordings-page.h"

#include "hidden-pages.h"
#include "recording-view.h"
#include "session-list.h"
#include "session-row.h"
#include "session-text.h"

#include <glib/gi18n.h>

struct _MemsnoopRecordingsPage
{
  AdwBin parent_instance;

  GtkStack *stack;
  GtkListBox *rows;
  GtkLabel *notice;
  MemsnoopRecordingView *kernel;

  MemsnoopService *service;
  MemsnoopProcessList *processes;
  MemsnoopSessionList *sessions;
  GCancellable *cancellable;
  guint timer;
};

static guint activated_signal;
static guint failed_signal;

G_DEFINE_FINAL_TYPE (MemsnoopRecordingsPage, memsnoop_recordings_page, ADW_TYPE_BIN)

static void
tell_failure (MemsnoopRecordingsPage *self, const gchar *what, GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_dbus_error_strip_remote_error (error);
  g_signal_emit (self, failed_signal, 0, what, error);
}

/* The list */

static void
show_rows (MemsnoopRecordingsPage *self)
{
  guint n = g_list_model_get_n_items (memsnoop_session_list_get_sessions (self->sessions));
  guint left_out = memsnoop_session_list_get_left_out (self->sessions);
  g_autofree gchar *text = NULL;

  gtk_stack_set_visible_child_name (self->stack, n > 0 ? "rows" : "nothing");
  gtk_widget_set_visible (GTK_WIDGET (self->notice), left_out > 0);
  if (left_out == 0)
    return;
  text = g_strdup_printf (g_dngettext (NULL, "Those that began last are shown, and %u more is not.",
                                       "Those that began last are shown, and %u more are not.",
                                       left_out),
                          left_out);
  gtk_label_set_text (self->notice, text);
}

/* Stopping */

typedef struct
{
  MemsnoopRecordingsPage *page;
  MemsnoopSessionRow *row;
} Stopping;

static void
on_stopped (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Stopping *stopping = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);

  if (reply == NULL)
    tell_failure (stopping->page, _ ("The recording cannot be stopped"), error);
  if (memsnoop_session_row_get_session (stopping->row) != NULL)
    memsnoop_session_row_set_busy (stopping->row, FALSE);
  g_object_unref (stopping->row);
  g_object_unref (stopping->page);
  g_free (stopping);
}

static void
on_stop (MemsnoopRecordingsPage *self, MemsnoopSessionRow *row)
{
  GDBusProxy *session = G_DBUS_PROXY (memsnoop_session_row_get_session (row));
  Stopping *stopping = g_new0 (Stopping, 1);

  stopping->page = g_object_ref (self);
  stopping->row = g_object_ref (row);
  memsnoop_session_row_set_busy (row, TRUE);
  memsnoop_service_call (self->service, "Stop",
                         g_variant_new ("(o)", g_dbus_proxy_get_object_path (session)), "()", TRUE,
                         -1, self->cancellable, on_stopped, stopping);
}

/* Kernel memory */

static void
on_kernel_failed (MemsnoopRecordingsPage *self, const gchar *what, GError *error)
{
  g_signal_emit (self, failed_signal, 0, what, error);
}

/* Rows */

static void
on_show (MemsnoopRecordingsPage *self, guint pid)
{
  g_signal_emit (self, activated_signal, 0, pid);
}

static GtkWidget *
make_row (gpointer item, gpointer user_data)
{
  MemsnoopRecordingsPage *self = user_data;
  GtkWidget *row = memsnoop_session_row_new (item, self->processes);

  g_signal_connect_swapped (row, "show-process", G_CALLBACK (on_show), self);
  g_signal_connect_swapped (row, "stop", G_CALLBACK (on_stop), self);
  return row;
}

/* While it is seen */

static gboolean
on_timer (gpointer user_data)
{
  MemsnoopRecordingsPage *self = user_data;
  GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->rows));

  for (; row != NULL; row = gtk_widget_get_next_sibling (row))
    if (MEMSNOOP_IS_SESSION_ROW (row))
      memsnoop_session_row_update (MEMSNOOP_SESSION_ROW (row));
  memsnoop_recording_view_update (self->kernel);
  return G_SOURCE_CONTINUE;
}

static void
memsnoop_recordings_page_map (GtkWidget *widget)
{
  MemsnoopRecordingsPage *self = MEMSNOOP_RECORDINGS_PAGE (widget);

  GTK_WIDGET_CLASS (memsnoop_recordings_page_parent_class)->map (widget);
  on_timer (self);
  if (self->timer == 0)
    self->timer = g_timeout_add_seconds (1, on_timer, self);
}

static void
memsnoop_recordings_page_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&MEMSNOOP_RECORDINGS_PAGE (widget)->timer, g_source_remove);
  GTK_WIDGET_CLASS (memsnoop_recordings_page_parent_class)->unmap (widget);
}

/* The page */

static void
memsnoop_recordings_page_dispose (GObject *object)
{
  MemsnoopRecordingsPage *self = MEMSNOOP_RECORDINGS_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->service != NULL)
    g_signal_handlers_disconnect_by_data (self->service, self);
  g_clear_object (&self->service);
  g_clear_object (&self->processes);
  G_OBJECT_CLASS (memsnoop_recordings_page_parent_class)->dispose (object);
}

static void
memsnoop_recordings_page_finalize (GObject *object)
{
  MemsnoopRecordingsPage *self = MEMSNOOP_RECORDINGS_PAGE (object);

  g_clear_object (&self->sessions);
  g_object_unref (self->cancellable);
  G_OBJECT_CLASS (memsnoop_recordings_page_parent_class)->finalize (object);
}

static void
memsnoop_recordings_page_class_init (MemsnoopRecordingsPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  GType type = G_TYPE_FROM_CLASS (class);

  g_type_ensure (MEMSNOOP_TYPE_RECORDING_VIEW);
  G_OBJECT_CLASS (class)->dispose = memsnoop_recordings_page_dispose;
  G_OBJECT_CLASS (class)->finalize = memsnoop_recordings_page_finalize;
  widget_class->map = memsnoop_recordings_page_map;
  widget_class->unmap = memsnoop_recordings_page_unmap;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/memsnoop1/Viewer/recordings-page.ui");
  gtk_widget_class_bind_template_child (widget_class, MemsnoopRecordingsPage, stack);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopRecordingsPage, rows);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopRecordingsPage, notice);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopRecordingsPage, kernel);
  gtk_widget_class_bind_template_callback (widget_class, on_kernel_failed);
  activated_signal = g_signal_new ("activated", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_UINT);
  failed_signal = g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                2, G_TYPE_STRING, G_TYPE_ERROR);
}

static void
memsnoop_recordings_page_init (MemsnoopRecordingsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  memsnoop_hidden_pages_follow (GTK_WIDGET (self->stack));
  self->cancellable = g_cancellable_new ();
}

void
memsnoop_recordings_page_set_service (MemsnoopRecordingsPage *self,
                                      MemsnoopService *service,
                                      MemsnoopProcessList *processes)
{
  g_return_if_fail (self->service == NULL);
  self->service = g_object_ref (service);
  self->processes = g_object_ref (processes);
  self->sessions = memsnoop_session_list_new (service);
  gtk_list_box_bind_model (self->rows, memsnoop_session_list_get_sessions (self->sessions),
                           make_row, self, NULL);
  g_signal_connect_object (self->sessions, "updated", G_CALLBACK (show_rows), self,
                           G_CONNECT_SWAPPED);
  memsnoop_recording_view_set_up (self->kernel, service, 0, MEMSNOOP_RECORDER_KERNEL);
  show_rows (self);
}
