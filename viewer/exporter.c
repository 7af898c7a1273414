/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exporter.h"

#include "failure-advice.h"

#include <glib/gi18n.h>

struct _MemsnoopExporter
{
  GObject parent_instance;

  MemsnoopRecorder *recorder;
  GtkWidget *widget;
  /* Weak: where the last file was chosen. */
  GtkWidget *window;
  guint32 pid;
  const gchar *source;
  GtkFileChooserNative *chooser;
  gchar *format;
  guint busy;
  /* Of what is being written. */
  GCancellable *cancellable;
};

static guint changed_signal;

G_DEFINE_FINAL_TYPE (MemsnoopExporter, memsnoop_exporter, G_TYPE_OBJECT)

/* Who has closed the window waits for the file all the same. */
static void
notify_of (const gchar *text)
{
  g_autoptr (GNotification) notification = g_notification_new (_ ("Export"));

  g_notification_set_body (notification, text);
  g_application_send_notification (g_application_get_default (), NULL, notification);
}

static void
tell_end (MemsnoopExporter *self, const GError *error)
{
  g_autofree gchar *text =
      error != NULL ? memsnoop_failure_text (_ ("The recording is not exported"), error, NULL)
                    : g_strdup (_ ("Exported"));

  if (self->window == NULL)
    notify_of (text);
  else
    gtk_widget_activate_action (
        self->window, error != NULL ? memsnoop_failure_action (error) : "win.tell", "s", text);
}

/* Those that were left while they write. */
static GListStore *
left_exporters (void)
{
  static GListStore *left;

  if (left == NULL)
    left = g_list_store_new (MEMSNOOP_TYPE_EXPORTER);
  return left;
}

static void
forget_left (MemsnoopExporter *self)
{
  guint position;

  if (g_list_store_find (left_exporters (), self, &position))
    g_list_store_remove (left_exporters (), position);
}

static void
on_exported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopExporter) self = user_data;
  g_autoptr (GError) error = NULL;

  memsnoop_recorder_export_finish (result, &error);
  self->busy--;
  if (self->busy == 0)
    {
      g_object_unref (self->cancellable);
      self->cancellable = g_cancellable_new ();
      forget_left (self);
    }
  g_signal_emit (self, changed_signal, 0);
  if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    tell_end (self, error);
  g_application_release (g_application_get_default ());
}

static void
on_chosen (MemsnoopExporter *self, int response, GtkFileChooserNative *chooser)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));

  if (response == GTK_RESPONSE_ACCEPT && file != NULL)
    {
      self->busy++;
      /* A file that is half written is not left behind with the window. */
      g_application_hold (g_application_get_default ());
      g_signal_emit (self, changed_signal, 0);
      memsnoop_recorder_export_async (self->recorder, file, self->format, self->cancellable,
                                      on_exported, g_object_ref (self));
    }
  g_clear_object (&self->chooser);
}

static void
on_export (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  MemsnoopExporter *self = user_data;
  GtkRoot *window = gtk_widget_get_root (self->widget);
  const gchar *format = g_variant_get_string (parameter, NULL);
  const gchar *suffix = g_str_equal (format, "pprof") ? "pb.gz" : format;
  g_autofree gchar *name = self->pid != 0
                               ? g_strdup_printf ("%s-%u.%s", self->source, self->pid, suffix)
                               : g_strdup_printf ("%s.%s", self->source, suffix);

  if (self->chooser != NULL)
    return;
  g_set_weak_pointer (&self->window, GTK_WIDGET (window));
  g_free (self->format);
  self->format = g_strdup (format);
  self->chooser = gtk_file_chooser_native_new (_ ("Export Recording"), GTK_WINDOW (window),
                                               GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  g_signal_connect_swapped (self->chooser, "response", G_CALLBACK (on_chosen), self);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

static void
memsnoop_exporter_finalize (GObject *object)
{
  MemsnoopExporter *self = MEMSNOOP_EXPORTER (object);

  if (self->chooser != NULL)
    g_signal_handlers_disconnect_by_data (self->chooser, self);
  g_clear_object (&self->chooser);
  g_clear_weak_pointer (&self->window);
  g_free (self->format);
  g_object_unref (self->recorder);
  g_object_unref (self->cancellable);
  G_OBJECT_CLASS (memsnoop_exporter_parent_class)->finalize (object);
}

static void
memsnoop_exporter_class_init (MemsnoopExporterClass *class)
{
  GType type = G_TYPE_FROM_CLASS (class);

  G_OBJECT_CLASS (class)->finalize = memsnoop_exporter_finalize;
  changed_signal =
      g_signal_new ("changed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
memsnoop_exporter_init (MemsnoopExporter *self)
{
  self->cancellable = g_cancellable_new ();
}

MemsnoopExporter *
memsnoop_exporter_new (MemsnoopRecorder *recorder,
                       GtkWidget *widget,
                       guint32 pid,
                       const gchar *source)
{
  const GActionEntry actions[] = {
    { .name = "export", .activate = on_export, .parameter_type = "s" }
  };
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  MemsnoopExporter *self = g_object_new (MEMSNOOP_TYPE_EXPORTER, NULL);

  self->recorder = g_object_ref (recorder);
  self->widget = widget;
  self->pid = pid;
  self->source = source;
  g_action_map_add_action_entries (G_ACTION_MAP (group), actions, G_N_ELEMENTS (actions), self);
  gtk_widget_insert_action_group (widget, "recording", G_ACTION_GROUP (group));
  return self;
}

gboolean
memsnoop_exporter_is_busy (MemsnoopExporter *self)
{
  return self->busy > 0;
}

void
memsnoop_exporter_cancel (MemsnoopExporter *self)
{
  g_cancellable_cancel (self->cancellable);
}

void
memsnoop_exporter_leave (MemsnoopExporter *self)
{
  if (self->busy > 0 && !g_list_store_find (left_exporters (), self, NULL))
    g_list_store_append (left_exporters (), self);
}

GListModel *
memsnoop_exporter_get_left (void)
{
  return G_LIST_MODEL (left_exporters ());
}

void
memsnoop_exporter_cancel_left (void)
{
  GListModel *left = memsnoop_exporter_get_left ();

  for (guint i = 0; i < g_list_model_get_n_items (left); i++)
    {
      g_autoptr (MemsnoopExporter) exporter = g_list_model_get_item (left, i);

      memsnoop_exporter_cancel (exporter);
    }
}
