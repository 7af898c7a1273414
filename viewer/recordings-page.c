/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recordings-page.h"

#include "session-row.h"
#include "session-text.h"

#include <glib/gi18n.h>

struct _MemsnoopRecordingsPage
{
  AdwBin parent_instance;

  GtkStack *stack;
  GtkListBox *rows;
  GtkButton *kernel_button;
  GtkSpinner *spinner;
  GtkLabel *kernel_note;

  MemsnoopService *service;
  MemsnoopProcessList *processes;
  GListStore *sessions;
  GCancellable *cancellable;
  guint timer;
  gboolean busy;
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
  gboolean any = g_list_model_get_n_items (G_LIST_MODEL (self->sessions)) > 0;

  gtk_stack_set_visible_child_name (self->stack, any ? "rows" : "nothing");
}

/* The latest first. */
static int
compare_sessions (gconstpointer a, gconstpointer b, gpointer data)
{
  guint64 one = memsnoop_bus_session_get_started_at ((MemsnoopBusSession *) a);
  guint64 other = memsnoop_bus_session_get_started_at ((MemsnoopBusSession *) b);

  return one > other ? -1 : one < other;
}

static void
add_session (MemsnoopRecordingsPage *self, GDBusObject *object)
{
  MemsnoopBusSession *session = memsnoop_bus_object_peek_session (MEMSNOOP_BUS_OBJECT (object));

  if (session != NULL && !g_list_store_find (self->sessions, session, NULL))
    g_list_store_insert_sorted (self->sessions, session, compare_sessions, NULL);
}

static void
remove_session (MemsnoopRecordingsPage *self, GDBusObject *object)
{
  const gchar *path = g_dbus_object_get_object_path (object);

  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (self->sessions)); i > 0; i--)
    {
      g_autoptr (GDBusProxy) session = g_list_model_get_item (G_LIST_MODEL (self->sessions), i - 1);

      if (g_strcmp0 (g_dbus_proxy_get_object_path (session), path) == 0)
        g_list_store_remove (self->sessions, i - 1);
    }
}

static void
list_sessions (MemsnoopRecordingsPage *self)
{
  GDBusObjectManager *manager = memsnoop_service_get_sessions (self->service);
  GList *objects;

  g_list_store_remove_all (self->sessions);
  if (manager == NULL)
    return;
  g_signal_handlers_disconnect_by_data (manager, self);
  g_signal_connect_object (manager, "object-added", G_CALLBACK (add_session), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (manager, "object-removed", G_CALLBACK (remove_session), self,
                           G_CONNECT_SWAPPED);
  objects = g_dbus_object_manager_get_objects (manager);
  for (GList *link = objects; link != NULL; link = link->next)
    add_session (self, link->data);
  g_list_free_full (objects, g_object_unref);
}

/* Kernel memory */

static gboolean
records_kernel (MemsnoopBusSession *session)
{
  const gchar *const *sources = memsnoop_bus_session_get_sources (session);

  return memsnoop_session_text_is_recording (session) && sources != NULL &&
         g_strv_contains (sources, "kernel");
}

static gboolean
is_kernel_recorded (MemsnoopRecordingsPage *self)
{
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (self->sessions)); i++)
    {
      g_autoptr (MemsnoopBusSession) session =
          g_list_model_get_item (G_LIST_MODEL (self->sessions), i);

      if (records_kernel (session))
        return TRUE;
    }
  return FALSE;
}

static void
update_kernel (MemsnoopRecordingsPage *self)
{
  g_autofree gchar *reason = NULL, *text = NULL;
  gboolean can = memsnoop_service_has_feature (self->service, "kernel", &reason);
  gboolean recorded = is_kernel_recorded (self);

  if (!can)
    text = g_strdup_printf (_ ("Kernel memory cannot be recorded here: %s."), reason);
  else if (recorded)
    text = g_strdup (_ ("Kernel memory is recorded: processes show theirs in the table."));
  else
    text = g_strdup (_ ("What the kernel allocates for processes is counted while it is recorded. "
                        "To record a program's heap, open its process."));
  gtk_label_set_text (self->kernel_note, text);
  gtk_widget_set_sensitive (GTK_WIDGET (self->kernel_button), can && !recorded && !self->busy);
  gtk_spinner_set_spinning (self->spinner, self->busy);
}

static void
on_started (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopRecordingsPage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);

  if (reply == NULL)
    tell_failure (self, _ ("Kernel memory cannot be recorded"), error);
  self->busy = FALSE;
  if (self->service != NULL)
    update_kernel (self);
}

static void
on_record_kernel (MemsnoopRecordingsPage *self)
{
  const gchar *const sources[] = { "kernel", NULL };
  GVariantDict options;

  g_variant_dict_init (&options, NULL);
  g_variant_dict_insert (&options, "sources", "^as", sources);
  self->busy = TRUE;
  update_kernel (self);
  memsnoop_service_call (self->service, "Start",
                         g_variant_new ("(@a{sv})", g_variant_dict_end (&options)), "(o)", TRUE, -1,
                         self->cancellable, on_started, g_object_ref (self));
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
  update_kernel (self);
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

  g_object_unref (self->sessions);
  g_object_unref (self->cancellable);
  G_OBJECT_CLASS (memsnoop_recordings_page_parent_class)->finalize (object);
}

static void
memsnoop_recordings_page_class_init (MemsnoopRecordingsPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  GType type = G_TYPE_FROM_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = memsnoop_recordings_page_dispose;
  G_OBJECT_CLASS (class)->finalize = memsnoop_recordings_page_finalize;
  widget_class->map = memsnoop_recordings_page_map;
  widget_class->unmap = memsnoop_recordings_page_unmap;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/memsnoop1/Viewer/recordings-page.ui");
  gtk_widget_class_bind_template_child (widget_class, MemsnoopRecordingsPage, stack);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopRecordingsPage, rows);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopRecordingsPage, kernel_button);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopRecordingsPage, spinner);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopRecordingsPage, kernel_note);
  gtk_widget_class_bind_template_callback (widget_class, on_record_kernel);
  activated_signal = g_signal_new ("activated", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                   G_TYPE_NONE, 1, G_TYPE_UINT);
  failed_signal = g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                2, G_TYPE_STRING, G_TYPE_ERROR);
}

static void
memsnoop_recordings_page_init (MemsnoopRecordingsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  /* GTK would tell the name twice, once with the underline of the mnemonic. */
  gtk_accessible_reset_property (GTK_ACCESSIBLE (self->kernel_button),
                                 GTK_ACCESSIBLE_PROPERTY_LABEL);
  self->cancellable = g_cancellable_new ();
  self->sessions = g_list_store_new (MEMSNOOP_BUS_TYPE_SESSION);
}

static void
on_sessions (MemsnoopRecordingsPage *self)
{
  show_rows (self);
  update_kernel (self);
}

static void
on_state (MemsnoopRecordingsPage *self)
{
  list_sessions (self);
  update_kernel (self);
}

void
memsnoop_recordings_page_set_service (MemsnoopRecordingsPage *self,
                                      MemsnoopService *service,
                                      MemsnoopProcessList *processes)
{
  g_return_if_fail (self->service == NULL);
  self->service = g_object_ref (service);
  self->processes = g_object_ref (processes);
  gtk_list_box_bind_model (self->rows, G_LIST_MODEL (self->sessions), make_row, self, NULL);
  g_signal_connect_swapped (self->sessions, "items-changed", G_CALLBACK (on_sessions), self);
  g_signal_connect_swapped (service, "notify::state", G_CALLBACK (on_state), self);
  on_state (self);
  show_rows (self);
}
