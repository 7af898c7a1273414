/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recording-view.h"

#include "accessible-name.h"
#include "call-list.h"
#include "dictionary.h"
#include "exporter.h"
#include "flame-graph.h"
#include "quantity.h"
#include "recording-source.h"
#include "session-text.h"
#include "size-histogram.h"
#include "wheel-passing.h"
#include "wording.h"
#include "wrap-layout.h"

#include <glib/gi18n.h>

struct _MemsnoopRecordingView
{
  AdwBin parent_instance;

  GtkLabel *title;
  GtkSpinner *spinner;
  GtkMenuButton *export_button;
  GtkButton *cancel_button;
  GtkButton *record_button;
  GtkWidget *ask_button;
  GtkLabel *state;
  GtkLabel *doubts;
  GtkWidget *content;
  GtkSearchEntry *search;
  GtkLabel *found;
  MemsnoopFlameGraph *flame;
  GtkColumnView *tree;
  GtkStack *calls;
  GtkMenuButton *sort_button;
  GtkWidget *sizes;
  MemsnoopSizeHistogram *histogram;

  MemsnoopService *service;
  guint32 pid;
  const MemsnoopRecordingSource *source;
  MemsnoopRecorder *recorder;
  MemsnoopExporter *exporter;
  MemsnoopCallProfile *profile;
  guint timer;
  gboolean gone;
  /* What was told of a reading that failed, which is repeated every few seconds. */
  gchar *failure;
};

static guint failed_signal;

G_DEFINE_FINAL_TYPE (MemsnoopRecordingView, memsnoop_recording_view, ADW_TYPE_BIN)

static gboolean
is_recording (MemsnoopRecordingView *self)
{
  MemsnoopBusSession *session = memsnoop_recorder_get_session (self->recorder);

  return session != NULL && memsnoop_session_text_is_recording (session) &&
         !memsnoop_recorder_is_refused (self->recorder);
}

/* Whether there is to be something to show in a moment. */
static gboolean
is_awaiting (MemsnoopRecordingView *self)
{
  return is_recording (self) && self->profile == NULL &&
         !memsnoop_recorder_has_nothing (self->recorder);
}

/* In words */

/* What there is beside the session's figures. */
static const gchar *
describe_progress (MemsnoopRecordingView *self)
{
  if (memsnoop_recorder_is_shared (self->recorder))
    return _ ("Kernel memory of every process is recorded; that is stopped on the page "
              "Recordings.");
  if (memsnoop_recorder_is_refused (self->recorder))
    return _ ("Its call stacks are shown to those who may see this process.");
  if (is_awaiting (self))
    return _ ("What is found is shown in a moment.");
  if (self->pid == 0 && is_recording (self))
    return _ ("The table of processes shows who holds how much of it.");
  return NULL;
}

static const gchar *
describe_nothing (MemsnoopRecordingView *self)
{
  if (self->profile == NULL && memsnoop_recorder_has_nothing (self->recorder))
    return _ ("It holds no kernel memory that was allocated since the recording began.");
  return NULL;
}

static gchar *
describe_session (MemsnoopRecordingView *self, MemsnoopBusSession *session)
{
  g_autofree gchar *state = memsnoop_session_text_state (session, memsnoop_quantity_boot_time ());
  g_autofree gchar *figures = memsnoop_session_text_figures (session);
  const gchar *lines[] = { describe_progress (self), describe_nothing (self) };
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "%s · %s", state, figures);
  for (gsize i = 0; i < G_N_ELEMENTS (lines); i++)
    if (lines[i] != NULL)
      g_string_append_printf (text, "\n%s", lines[i]);
  return g_string_free (text, FALSE);
}

/* What keeps the figures from being exact, or that nothing does. */
static void
show_doubts (MemsnoopRecordingView *self, MemsnoopBusSession *session)
{
  g_autofree gchar *text =
      session != NULL ? memsnoop_session_text_doubts (session, self->source->name) : NULL;

  gtk_label_set_text (self->doubts, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->doubts), text != NULL);
}

static gchar *
describe_source (MemsnoopRecordingView *self)
{
  g_autofree gchar *reason = NULL;

  if (!memsnoop_service_has_feature (self->service, self->source->name, &reason))
    return g_strdup_printf (_ ("This cannot be recorded here: %s."), reason);
  return g_strdup (_ (self->source->explanation));
}

static gchar *
describe_state (MemsnoopRecordingView *self)
{
  MemsnoopBusSession *session = memsnoop_recorder_get_session (self->recorder);

  if (session != NULL)
    return describe_session (self, session);
  if (self->profile != NULL)
    return g_strdup (_ ("The service does not have this recording any more. Below is what it saw "
                        "last."));
  return describe_source (self);
}

static void
label_button (MemsnoopRecordingView *self)
{
  const gchar *label = is_recording (self) ? _ (self->source->stop) : _ (self->source->record);

  if (g_strcmp0 (gtk_button_get_label (self->record_button), label) == 0)
    return;
  gtk_button_set_label (self->record_button, label);
  memsnoop_accessible_name_reset (GTK_WIDGET (self->record_button));
}

/* Recording */

static void schedule (MemsnoopRecordingView *self);

static gboolean
on_timer (gpointer user_data)
{
  MemsnoopRecordingView *self = user_data;

  self->timer = 0;
  if (!memsnoop_recorder_read (self->recorder) && is_recording (self))
    schedule (self);
  return G_SOURCE_REMOVE;
}

/* Nothing is read that nobody sees. */
static void
schedule (MemsnoopRecordingView *self)
{
  if (self->timer == 0 && gtk_widget_get_mapped (GTK_WIDGET (self)) &&
      memsnoop_recorder_get_session (self->recorder) != NULL)
    self->timer = g_timeout_add_seconds (
        is_awaiting (self) ? 1 : memsnoop_recorder_get_pause (self->recorder), on_timer, self);
}

/* Whether something is begun, ended or written, or what was found is awaited. */
static gboolean
is_working (MemsnoopRecordingView *self)
{
  return memsnoop_recorder_is_busy (self->recorder) || memsnoop_exporter_is_busy (self->exporter) ||
         is_awaiting (self);
}

void
memsnoop_recording_view_update (MemsnoopRecordingView *self)
{
  MemsnoopBusSession *session = memsnoop_recorder_get_session (self->recorder);
  gboolean busy = memsnoop_recorder_is_busy (self->recorder);
  gboolean can =
      is_recording (self) ||
      (!self->gone && memsnoop_service_has_feature (self->service, self->source->name, NULL));
  g_autofree gchar *text = describe_state (self);

  label_button (self);
  gtk_widget_set_sensitive (GTK_WIDGET (self->record_button), !busy && can);
  gtk_widget_set_visible (GTK_WIDGET (self->record_button),
                          !is_recording (self) || !memsnoop_recorder_is_shared (self->recorder));
  gtk_widget_set_visible (self->ask_button, memsnoop_recorder_is_refused (self->recorder));
  gtk_spinner_set_spinning (self->spinner, is_working (self));
  gtk_widget_set_visible (GTK_WIDGET (self->cancel_button),
                          memsnoop_exporter_is_busy (self->exporter));
  gtk_widget_set_visible (GTK_WIDGET (self->export_button), session != NULL);
  gtk_label_set_text (self->state, text);
  show_doubts (self, session);
  gtk_widget_set_visible (self->content, self->profile != NULL);
}

static void
on_changed (MemsnoopRecordingView *self)
{
  memsnoop_recording_view_update (self);
  schedule (self);
}

static void
show_found (MemsnoopRecordingView *self)
{
  gboolean searching = *gtk_editable_get_text (GTK_EDITABLE (self->search)) != '\0';
  g_autofree gchar *size = NULL, *text = NULL;
  guint64 value;
  guint n = memsnoop_flame_graph_count_found (self->flame, &value);

  gtk_widget_set_visible (GTK_WIDGET (self->found), searching && self->profile != NULL);
  if (self->profile == NULL)
    return;
  size = memsnoop_call_profile_format (self->profile, value);
  text = n > 0 ? g_strdup_printf (
                     g_dngettext (NULL, "%u call found, with %s", "%u calls found, with %s", n), n,
                     size)
               : g_strdup (_ ("No function found"));
  gtk_label_set_text (self->found, text);
}

static void
on_profile (MemsnoopRecordingView *self, MemsnoopCallProfile *profile)
{
  const gchar *search = gtk_editable_get_text (GTK_EDITABLE (self->search));

  g_clear_pointer (&self->failure, g_free);
  g_set_object (&self->profile, profile);
  memsnoop_flame_graph_set_profile (self->flame, profile);
  memsnoop_call_list_show (self->tree, profile, search);
  show_found (self);
  memsnoop_recording_view_update (self);
  if (is_recording (self))
    schedule (self);
}

static void
on_failed (MemsnoopRecordingView *self, const gchar *what, GError *error)
{
  gboolean known = g_strcmp0 (self->failure, error->message) == 0;

  if (is_recording (self))
    schedule (self);
  if (known && !memsnoop_recorder_is_busy (self->recorder))
    return;
  g_free (self->failure);
  self->failure = g_strdup (error->message);
  g_signal_emit (self, failed_signal, 0, what, error);
}

void
memsnoop_recording_view_toggle (MemsnoopRecordingView *self)
{
  if (!gtk_widget_get_sensitive (GTK_WIDGET (self->record_button)) ||
      !gtk_widget_get_visible (GTK_WIDGET (self->record_button)))
    return;
  g_clear_pointer (&self->failure, g_free);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.forget-failure", NULL);
  if (is_recording (self))
    memsnoop_recorder_stop (self->recorder);
  else
    memsnoop_recorder_start (self->recorder);
}

static void
on_ask (MemsnoopRecordingView *self)
{
  g_clear_pointer (&self->failure, g_free);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.forget-failure", NULL);
  memsnoop_recorder_read_again (self->recorder, TRUE);
}

static void
on_calls (MemsnoopRecordingView *self)
{
  const gchar *name = gtk_stack_get_visible_child_name (self->calls);

  gtk_widget_set_visible (GTK_WIDGET (self->sort_button), g_strcmp0 (name, "tree") == 0);
}

static void
on_search_next (MemsnoopRecordingView *self)
{
  memsnoop_flame_graph_next_found (self->flame);
}

static void
on_search (MemsnoopRecordingView *self)
{
  const gchar *search = gtk_editable_get_text (GTK_EDITABLE (self->search));

  memsnoop_flame_graph_set_search (self->flame, search);
  show_found (self);
  if (self->profile != NULL)
    memsnoop_call_list_show (self->tree, self->profile, search);
}

/* Escape ends the search, then leaves it. */
static void
on_search_stopped (MemsnoopRecordingView *self)
{
  if (*gtk_editable_get_text (GTK_EDITABLE (self->search)) != '\0')
    gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  else
    gtk_widget_child_focus (GTK_WIDGET (self->calls), GTK_DIR_TAB_FORWARD);
}

static void
on_cancel (MemsnoopRecordingView *self)
{
  memsnoop_exporter_cancel (self->exporter);
}

/* The object */

static void
memsnoop_recording_view_map (GtkWidget *widget)
{
  MemsnoopRecordingView *self = MEMSNOOP_RECORDING_VIEW (widget);

  GTK_WIDGET_CLASS (memsnoop_recording_view_parent_class)->map (widget);
  if (self->recorder != NULL)
    schedule (self);
}

static void
memsnoop_recording_view_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&MEMSNOOP_RECORDING_VIEW (widget)->timer, g_source_remove);
  GTK_WIDGET_CLASS (memsnoop_recording_view_parent_class)->unmap (widget);
}

/* Of what is begun one still wants to know how it ends. */
static void
memsnoop_recording_view_unroot (GtkWidget *widget)
{
  MemsnoopRecordingView *self = MEMSNOOP_RECORDING_VIEW (widget);

  if (self->recorder != NULL)
    memsnoop_recorder_stop_reading (self->recorder);
  if (self->exporter != NULL)
    memsnoop_exporter_leave (self->exporter);
  GTK_WIDGET_CLASS (memsnoop_recording_view_parent_class)->unroot (widget);
}

static void
memsnoop_recording_view_dispose (GObject *object)
{
  MemsnoopRecordingView *self = MEMSNOOP_RECORDING_VIEW (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->recorder != NULL)
    g_signal_handlers_disconnect_by_data (self->recorder, self);
  if (self->exporter != NULL)
    g_signal_handlers_disconnect_by_data (self->exporter, self);
  g_clear_object (&self->exporter);
  g_clear_object (&self->recorder);
  g_clear_object (&self->profile);
  g_clear_object (&self->service);
  g_clear_pointer (&self->failure, g_free);
  G_OBJECT_CLASS (memsnoop_recording_view_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *class)
{
  gtk_widget_class_bind_template_child (class, MemsnoopRecordingView, title);
  gtk_widget_class_bind_template_child (class, MemsnoopRecordingView, spinner);
  gtk_widget_class_bind_template_child (class, MemsnoopRecordingView, export_button);
  gtk_widget_class_bind_template_child (class, MemsnoopRecordingView, cancel_button);
  gtk_widget_class_bind_template_child (class, MemsnoopRecordingView, record_button);
  gtk_widget_class_bind_template_child (class, MemsnoopRecordingView, ask_button);
  gtk_widget_class_bind_template_child (class, MemsnoopRecordingView, state);
  gtk_widget_class_bind_template_child (class, MemsnoopRecordingView, doubts);
  gtk_widget_class_bind_template_child (class, MemsnoopRecordingView, content);
  gtk_widget_class_bind_template_child (class, MemsnoopRecordingView, search);
  gtk_widget_class_bind_template_child (class, MemsnoopRecordingView, found);
  gtk_widget_class_bind_template_child (class, MemsnoopRecordingView, flame);
  gtk_widget_class_bind_template_child (class, MemsnoopRecordingView, tree);
  gtk_widget_class_bind_template_child (class, MemsnoopRecordingView, calls);
  gtk_widget_class_bind_template_child (class, MemsnoopRecordingView, sort_button);
  gtk_widget_class_bind_template_child (class, MemsnoopRecordingView, sizes);
  gtk_widget_class_bind_template_child (class, MemsnoopRecordingView, histogram);
  gtk_widget_class_bind_template_callback (class, memsnoop_recording_view_toggle);
  gtk_widget_class_bind_template_callback (class, on_ask);
  gtk_widget_class_bind_template_callback (class, on_search);
  gtk_widget_class_bind_template_callback (class, on_cancel);
  gtk_widget_class_bind_template_callback (class, on_search_next);
  gtk_widget_class_bind_template_callback (class, on_search_stopped);
  gtk_widget_class_bind_template_callback (class, on_calls);
}

static void
memsnoop_recording_view_class_init (MemsnoopRecordingViewClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  GType type = G_TYPE_FROM_CLASS (class);

  g_type_ensure (MEMSNOOP_TYPE_FLAME_GRAPH);
  g_type_ensure (MEMSNOOP_TYPE_SIZE_HISTOGRAM);
  g_type_ensure (MEMSNOOP_TYPE_WRAP_LAYOUT);
  G_OBJECT_CLASS (class)->dispose = memsnoop_recording_view_dispose;
  widget_class->map = memsnoop_recording_view_map;
  widget_class->unmap = memsnoop_recording_view_unmap;
  widget_class->unroot = memsnoop_recording_view_unroot;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/memsnoop1/Viewer/recording-view.ui");
  bind_children (widget_class);
  failed_signal = g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                2, G_TYPE_STRING, G_TYPE_ERROR);
}

static void
memsnoop_recording_view_init (MemsnoopRecordingView *self)
{
  g_autoptr (GMenuModel) menu = NULL;

  gtk_widget_init_template (GTK_WIDGET (self));
  memsnoop_accessible_name_reset (self->ask_button);
  memsnoop_accessible_name_reset (GTK_WIDGET (self->cancel_button));
  memsnoop_call_list_set_up (self->tree);
  memsnoop_wheel_passing_install (
      gtk_widget_get_ancestor (GTK_WIDGET (self->tree), GTK_TYPE_SCROLLED_WINDOW));
  menu = memsnoop_call_list_make_menu (self->tree, GTK_WIDGET (self));
  gtk_menu_button_set_menu_model (self->sort_button, menu);
  on_calls (self);
}

void
memsnoop_recording_view_set_up (MemsnoopRecordingView *self,
                                MemsnoopService *service,
                                guint32 pid,
                                const gchar *source)
{
  g_return_if_fail (self->service == NULL);
  self->service = g_object_ref (service);
  self->pid = pid;
  self->source = memsnoop_recording_source_find (source);
  gtk_label_set_text (self->title, _ (self->source->title));
  self->recorder = memsnoop_recorder_new (service, pid, source);
  self->exporter = memsnoop_exporter_new (self->recorder, GTK_WIDGET (self), pid, source);
  g_signal_connect_swapped (self->recorder, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_swapped (self->recorder, "profile", G_CALLBACK (on_profile), self);
  g_signal_connect_swapped (self->recorder, "failed", G_CALLBACK (on_failed), self);
  g_signal_connect_swapped (self->exporter, "changed", G_CALLBACK (memsnoop_recording_view_update),
                            self);
  memsnoop_recording_view_update (self);
}

void
memsnoop_recording_view_set_stats (MemsnoopRecordingView *self, GVariant *stats)
{
  g_autoptr (GVariant) figures =
      g_variant_lookup_value (stats, self->source->name, G_VARIANT_TYPE_VARDICT);
  g_autoptr (GVariant) buckets =
      figures != NULL ? g_variant_lookup_value (figures, "size-histogram", NULL) : NULL;
  guint64 start_time;

  if (memsnoop_dictionary_lookup_number (stats, "start-time", &start_time))
    memsnoop_recorder_set_start_time (self->recorder, start_time);
  /* What was recorded stays when the service has it no more. */
  if (buckets != NULL)
    gtk_widget_set_visible (self->sizes, memsnoop_size_histogram_set (self->histogram, buckets));
  memsnoop_recording_view_update (self);
}

void
memsnoop_recording_view_set_gone (MemsnoopRecordingView *self, gboolean gone)
{
  self->gone = gone;
  memsnoop_recording_view_update (self);
}

void
memsnoop_recording_view_read_again (MemsnoopRecordingView *self)
{
  memsnoop_recorder_read_again (self->recorder, FALSE);
}

gboolean
memsnoop_recording_view_is_busy (MemsnoopRecordingView *self)
{
  return memsnoop_recorder_is_busy (self->recorder);
}

gboolean
memsnoop_recording_view_search (MemsnoopRecordingView *self)
{
  return gtk_widget_get_visible (self->content) &&
         gtk_widget_grab_focus (GTK_WIDGET (self->search));
}
