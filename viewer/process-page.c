/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-page.h"

#include "call-list.h"
#include "dictionary.h"
#include "flame-graph.h"
#include "memory-chart.h"
#include "process-figures.h"
#include "quantity.h"
#include "recorder.h"
#include "suspicion-group.h"
#include "wording.h"

#include <glib/gi18n.h>

#define SECONDS_BETWEEN_STATS 2
#define SECONDS_BETWEEN_PROFILES 5

struct _MemsnoopProcessPage
{
  AdwBin parent_instance;

  AdwWindowTitle *title;
  GtkMenuButton *export_button;
  GtkButton *record_button;
  GtkSpinner *spinner;
  GtkLabel *notice;
  GtkBox *suspicions;
  GtkDropDown *span;
  MemsnoopMemoryChart *chart;
  GtkFlowBox *legend;
  AdwPreferencesGroup *figures;
  GtkWidget *heap;
  GtkSearchEntry *call_search;
  GtkLabel *recording;
  GtkStack *calls;
  MemsnoopFlameGraph *flame;
  GtkColumnView *tree;

  MemsnoopService *service;
  guint32 pid;
  GCancellable *cancellable;
  MemsnoopProcessFiguresView *view;
  MemsnoopRecorder *recorder;
  MemsnoopCallProfile *profile;
  GtkFileChooserNative *chooser;
  guint stats_timer;
  guint profile_timer;
  gboolean reading;
  /* A person has been asked for a password, or did not have to be: not again by polling. */
  gboolean asked;
};

G_DEFINE_FINAL_TYPE (MemsnoopProcessPage, memsnoop_process_page, ADW_TYPE_BIN)

static guint back_signal;
static guint told_signal;

static void
tell (MemsnoopProcessPage *self, const gchar *what, const GError *error)
{
  g_autofree gchar *text =
      error != NULL ? g_strdup_printf ("%s: %s", what, error->message) : g_strdup (what);

  g_signal_emit (self, told_signal, 0, text);
}

/* Figures */

static void
show_notice (MemsnoopProcessPage *self, const gchar *text)
{
  gtk_label_set_text (self->notice, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->notice), text != NULL);
}

static void
show_title (MemsnoopProcessPage *self, GVariant *stats)
{
  g_autofree gchar *comm = memsnoop_dictionary_lookup_string (stats, "comm");
  g_autofree gchar *path = memsnoop_dictionary_lookup_string (stats, "exe");
  g_autofree gchar *name = memsnoop_wording_name (comm, MEMSNOOP_WORDING_NAME_MAX);
  g_autofree gchar *executable = memsnoop_wording_name (path, 2 * MEMSNOOP_WORDING_NAME_MAX);
  g_autofree gchar *title = g_strdup_printf (_ ("%s (%u)"), name, self->pid);

  adw_window_title_set_title (self->title, title);
  adw_window_title_set_subtitle (self->title, executable);
}

static void
show_stats (MemsnoopProcessPage *self, GVariant *stats)
{
  g_autoptr (GArray) history = memsnoop_memory_history_read (stats);
  g_autoptr (GArray) heap = memsnoop_process_figures_read_heap_history (stats);

  show_notice (self, NULL);
  show_title (self, stats);
  memsnoop_memory_chart_set (self->chart, history, heap, memsnoop_quantity_boot_time ());
  memsnoop_process_figures_view_set (self->view, stats);
}

static void read_stats (MemsnoopProcessPage *self);

static gboolean
on_stats_timer (gpointer user_data)
{
  MemsnoopProcessPage *self = user_data;

  self->stats_timer = 0;
  read_stats (self);
  return G_SOURCE_REMOVE;
}

/* A process that is no more, or that one may not look at, is not asked for again. */
static void
show_failure (MemsnoopProcessPage *self, GError *error)
{
  g_autofree gchar *text = NULL;

  g_dbus_error_strip_remote_error (error);
  if (memsnoop_service_is_refusal (error))
    text = g_strdup_printf (_ ("You may not see this process's memory: %s. Go back and open it "
                               "again to be asked once more."),
                            error->message);
  else if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN))
    text = g_strdup_printf (
        _ ("Process %u is not there any more. What is shown is what was known of it last."),
        self->pid);
  else
    {
      text = g_strdup_printf (_ ("New figures cannot be read: %s"), error->message);
      self->stats_timer = g_timeout_add_seconds (SECONDS_BETWEEN_STATS, on_stats_timer, self);
    }
  show_notice (self, text);
}

static void
on_stats (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopProcessPage) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);
  g_autoptr (GVariant) stats = NULL;

  self->reading = FALSE;
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply == NULL)
    {
      show_failure (self, error);
      return;
    }
  stats = g_variant_get_child_value (reply, 0);
  show_stats (self, stats);
  if (self->stats_timer == 0)
    self->stats_timer = g_timeout_add_seconds (SECONDS_BETWEEN_STATS, on_stats_timer, self);
}

static void
read_stats (MemsnoopProcessPage *self)
{
  if (self->reading)
    return;
  self->reading = TRUE;
  memsnoop_service_call (self->service, "GetProcessStats", g_variant_new ("(u)", self->pid),
                         "(a{sv})", !self->asked, -1, self->cancellable, on_stats,
                         g_object_ref (self));
  self->asked = TRUE;
}

/* The recording */

static gboolean
is_recording (MemsnoopBusSession *session)
{
  return session != NULL &&
         (g_strcmp0 (memsnoop_bus_session_get_state (session), "recording") == 0 ||
          g_strcmp0 (memsnoop_bus_session_get_state (session), "starting") == 0);
}

static gboolean
on_profile_timer (gpointer user_data)
{
  MemsnoopProcessPage *self = user_data;

  self->profile_timer = 0;
  memsnoop_recorder_read (self->recorder);
  return G_SOURCE_REMOVE;
}

static void
describe_recording (MemsnoopProcessPage *self, MemsnoopBusSession *session)
{
  guint64 started = memsnoop_bus_session_get_started_at (session);
  guint64 seconds = memsnoop_quantity_seconds_between (started, memsnoop_quantity_boot_time ());
  guint64 lost = memsnoop_bus_session_get_events_lost (session);
  g_autofree gchar *span = memsnoop_wording_duration (seconds);
  g_autofree gchar *events =
      memsnoop_quantity_format_count (memsnoop_bus_session_get_events_seen (session));
  g_autofree gchar *tables = memsnoop_wording_size (memsnoop_bus_session_get_memory_used (session));
  g_autofree gchar *losses = memsnoop_quantity_format_count (lost);
  g_autofree gchar *text = NULL;

  if (!is_recording (session))
    text = g_strdup_printf (_ ("The recording has ended. It saw %s events, and lost %s."), events,
                            losses);
  else
    text = g_strdup_printf (_ ("Recorded for %s: %s events, %s lost, %s of tables."), span, events,
                            losses, tables);
  gtk_label_set_text (self->recording, text);
}

static void
on_recorder_changed (MemsnoopProcessPage *self)
{
  MemsnoopBusSession *session = memsnoop_recorder_get_session (self->recorder);
  gboolean busy = memsnoop_recorder_is_busy (self->recorder);

  gtk_button_set_label (self->record_button,
                        is_recording (session) ? _ ("_Stop Recording") : _ ("_Record Heap"));
  gtk_widget_set_sensitive (GTK_WIDGET (self->record_button), !busy);
  gtk_spinner_set_spinning (self->spinner, busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->export_button), session != NULL);
  gtk_widget_set_visible (self->heap, session != NULL);
  if (session == NULL)
    return;
  describe_recording (self, session);
  if (self->profile_timer == 0)
    self->profile_timer = g_timeout_add_seconds (
        self->profile == NULL ? 1 : SECONDS_BETWEEN_PROFILES, on_profile_timer, self);
}

static void
on_profile (MemsnoopProcessPage *self, MemsnoopCallProfile *profile)
{
  MemsnoopBusSession *session = memsnoop_recorder_get_session (self->recorder);
  const gchar *search = gtk_editable_get_text (GTK_EDITABLE (self->call_search));

  g_set_object (&self->profile, profile);
  memsnoop_flame_graph_set_profile (self->flame, profile);
  memsnoop_call_list_show (self->tree, profile, search);
  if (is_recording (session) && self->profile_timer == 0)
    self->profile_timer = g_timeout_add_seconds (SECONDS_BETWEEN_PROFILES, on_profile_timer, self);
}

static void
on_recorder_failed (MemsnoopProcessPage *self, const gchar *what, GError *error)
{
  tell (self, what, error);
}

static void
on_record (MemsnoopProcessPage *self)
{
  if (is_recording (memsnoop_recorder_get_session (self->recorder)))
    memsnoop_recorder_stop (self->recorder);
  else
    memsnoop_recorder_start (self->recorder);
}

static void
on_call_search (MemsnoopProcessPage *self)
{
  const gchar *search = gtk_editable_get_text (GTK_EDITABLE (self->call_search));

  memsnoop_flame_graph_set_search (self->flame, search);
  memsnoop_call_list_show (self->tree, self->profile, search);
}

/* Exporting */

static void
on_exported (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopProcessPage) self = user_data;
  g_autoptr (GError) error = NULL;

  if (memsnoop_recorder_export_finish (MEMSNOOP_RECORDER (source), result, &error))
    tell (self, _ ("Exported"), NULL);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    tell (self, _ ("The recording is not exported"), error);
}

static void
on_chosen (MemsnoopProcessPage *self, int response, GtkFileChooserNative *chooser)
{
  g_autoptr (GFile) file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  const gchar *format = g_object_get_data (G_OBJECT (chooser), "memsnoop-format");

  if (response == GTK_RESPONSE_ACCEPT && file != NULL)
    memsnoop_recorder_export_async (self->recorder, file, format, on_exported, g_object_ref (self));
  g_clear_object (&self->chooser);
}

static void
on_export (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  MemsnoopProcessPage *self = user_data;
  const gchar *format = g_variant_get_string (parameter, NULL);
  GtkRoot *window = gtk_widget_get_root (GTK_WIDGET (self));
  const gchar *suffix = g_str_equal (format, "pprof") ? "pb.gz" : format;
  g_autofree gchar *name = g_strdup_printf ("heap-%u.%s", self->pid, suffix);

  if (self->chooser != NULL)
    return;
  self->chooser = gtk_file_chooser_native_new (_ ("Export Recording"), GTK_WINDOW (window),
                                               GTK_FILE_CHOOSER_ACTION_SAVE, NULL, NULL);
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (self->chooser), name);
  g_object_set_data_full (G_OBJECT (self->chooser), "memsnoop-format", g_strdup (format), g_free);
  g_signal_connect_swapped (self->chooser, "response", G_CALLBACK (on_chosen), self);
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* The page */

static void
on_back (MemsnoopProcessPage *self)
{
  g_signal_emit (self, back_signal, 0);
}

static gboolean
on_back_key (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  on_back (MEMSNOOP_PROCESS_PAGE (widget));
  return TRUE;
}

static gboolean
on_record_key (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  on_record (MEMSNOOP_PROCESS_PAGE (widget));
  return TRUE;
}

static void
bind_keys (GtkWidgetClass *class)
{
  gtk_widget_class_add_binding (class, GDK_KEY_Escape, 0, on_back_key, NULL);
  gtk_widget_class_add_binding (class, GDK_KEY_Left, GDK_ALT_MASK, on_back_key, NULL);
  gtk_widget_class_add_binding (class, GDK_KEY_r, GDK_CONTROL_MASK, on_record_key, NULL);
}

static void
on_span (MemsnoopProcessPage *self)
{
  static const guint seconds[] = { 60, 600, 3600, 86400, 0 };
  guint selected = gtk_drop_down_get_selected (self->span);

  memsnoop_memory_chart_set_span (self->chart, seconds[MIN (selected, G_N_ELEMENTS (seconds) - 1)]);
}

static void
memsnoop_process_page_dispose (GObject *object)
{
  MemsnoopProcessPage *self = MEMSNOOP_PROCESS_PAGE (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->stats_timer, g_source_remove);
  g_clear_handle_id (&self->profile_timer, g_source_remove);
  if (self->recorder != NULL)
    g_signal_handlers_disconnect_by_data (self->recorder, self);
  g_clear_object (&self->recorder);
  g_clear_object (&self->profile);
  g_clear_object (&self->chooser);
  g_clear_object (&self->service);
  g_clear_pointer (&self->view, memsnoop_process_figures_view_free);
  G_OBJECT_CLASS (memsnoop_process_page_parent_class)->dispose (object);
}

static void
memsnoop_process_page_finalize (GObject *object)
{
  g_object_unref (MEMSNOOP_PROCESS_PAGE (object)->cancellable);
  G_OBJECT_CLASS (memsnoop_process_page_parent_class)->finalize (object);
}

static void
bind_children (GtkWidgetClass *class)
{
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, title);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, export_button);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, record_button);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, spinner);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, notice);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, suspicions);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, span);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, chart);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, legend);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, figures);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, heap);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, call_search);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, recording);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, calls);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, flame);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, tree);
  gtk_widget_class_bind_template_callback (class, on_back);
  gtk_widget_class_bind_template_callback (class, on_record);
  gtk_widget_class_bind_template_callback (class, on_span);
  gtk_widget_class_bind_template_callback (class, on_call_search);
}

static void
memsnoop_process_page_class_init (MemsnoopProcessPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  g_type_ensure (MEMSNOOP_TYPE_MEMORY_CHART);
  g_type_ensure (MEMSNOOP_TYPE_FLAME_GRAPH);
  G_OBJECT_CLASS (class)->dispose = memsnoop_process_page_dispose;
  G_OBJECT_CLASS (class)->finalize = memsnoop_process_page_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/memsnoop1/Viewer/process-page.ui");
  bind_children (widget_class);
  bind_keys (widget_class);
  back_signal = g_signal_new ("back", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                              NULL, G_TYPE_NONE, 0);
  told_signal = g_signal_new ("told", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                              NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
memsnoop_process_page_init (MemsnoopProcessPage *self)
{
  const GActionEntry actions[] = {
    { .name = "export", .activate = on_export, .parameter_type = "s" }
  };
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  g_action_map_add_action_entries (G_ACTION_MAP (group), actions, G_N_ELEMENTS (actions), self);
  gtk_widget_insert_action_group (GTK_WIDGET (self), "process", G_ACTION_GROUP (group));
  memsnoop_call_list_set_up (self->tree);
  memsnoop_process_figures_fill_legend (self->legend);
  self->view = memsnoop_process_figures_view_new (self->figures);
}

GtkWidget *
memsnoop_process_page_new (MemsnoopService *service, MemsnoopSuspectList *suspects, guint32 pid)
{
  MemsnoopProcessPage *self = g_object_new (MEMSNOOP_TYPE_PROCESS_PAGE, NULL);
  g_autofree gchar *title = g_strdup_printf (_ ("Process %u"), pid);

  self->service = g_object_ref (service);
  self->pid = pid;
  adw_window_title_set_title (self->title, title);
  self->recorder = memsnoop_recorder_new (service, pid, MEMSNOOP_RECORDER_HEAP);
  g_signal_connect_swapped (self->recorder, "changed", G_CALLBACK (on_recorder_changed), self);
  g_signal_connect_swapped (self->recorder, "profile", G_CALLBACK (on_profile), self);
  g_signal_connect_swapped (self->recorder, "failed", G_CALLBACK (on_recorder_failed), self);
  memsnoop_suspicion_group_follow (self->suspicions, service, suspects, pid);
  on_recorder_changed (self);
  read_stats (self);
  return GTK_WIDGET (self);
}

guint32
memsnoop_process_page_get_pid (MemsnoopProcessPage *self)
{
  return self->pid;
}

void
memsnoop_process_page_search (MemsnoopProcessPage *self)
{
  if (gtk_widget_get_visible (self->heap))
    gtk_widget_grab_focus (GTK_WIDGET (self->call_search));
}
