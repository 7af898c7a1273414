/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "process-page.h"

#include "accessible-name.h"
#include "anomaly-group.h"
#include "dictionary.h"
#include "memory-chart.h"
#include "memory-history.h"
#include "process-figures.h"
#include "quantity.h"
#include "recording-view.h"
#include "service-error.h"
#include "suspicion-group.h"
#include "wording.h"

#include <glib/gi18n.h>

#define SECONDS_BETWEEN_STATS 2

struct _MemsnoopProcessPage
{
  AdwBin parent_instance;

  GtkWidget *back_button;
  AdwWindowTitle *title;
  GtkLabel *notice;
  GtkWidget *ask_button;
  GtkBox *suspicions;
  MemsnoopAnomalyGroup *anomalies;
  /* Shown when there is something in it. */
  GtkWidget *course;
  GtkDropDown *span;
  MemsnoopMemoryChart *chart;
  GtkFlowBox *legend;
  AdwPreferencesGroup *figures;
  MemsnoopRecordingView *heap;
  MemsnoopRecordingView *growth;
  MemsnoopRecordingView *kernel;

  MemsnoopService *service;
  guint32 pid;
  /* Of the process that was shown first; 0 before it is known. */
  guint64 start_time;
  GArray *known; /* of MemsnoopMemoryPoint */
  GCancellable *cancellable;
  MemsnoopProcessFiguresView *view;
  guint timer;
  gboolean reading;
  /* Whether anything of it has been told. */
  gboolean shown;
  /* There is nothing more to be read: it has exited. */
  gboolean over;
  /* Until a person wants to be asked again. */
  gboolean refused;
  /* A person has been asked for a password, or did not have to be: not again by polling. */
  gboolean asked;
  /* Whether the answer that is awaited is to a call that may ask. */
  gboolean asking;
};

G_DEFINE_FINAL_TYPE (MemsnoopProcessPage, memsnoop_process_page, ADW_TYPE_BIN)

static guint back_signal;
static guint failed_signal;

/* Figures */

static void
show_notice (MemsnoopProcessPage *self, const gchar *text)
{
  gtk_label_set_text (self->notice, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->notice), text != NULL);
  gtk_widget_set_visible (self->ask_button, self->refused);
}

static void
show_title (MemsnoopProcessPage *self, GVariant *stats)
{
  g_autofree gchar *comm = memsnoop_dictionary_lookup_string (stats, "comm");
  g_autofree gchar *path = memsnoop_dictionary_lookup_string (stats, "exe");
  g_autofree gchar *name = memsnoop_wording_name (comm, MEMSNOOP_WORDING_NAME_MAX);
  g_autofree gchar *executable = memsnoop_wording_name (path, 2 * MEMSNOOP_WORDING_NAME_MAX);
  g_autofree gchar *within = memsnoop_wording_name_within (name);
  g_autofree gchar *title = g_strdup_printf (_ ("%s (%u)"), within, self->pid);

  adw_window_title_set_title (self->title, title);
  adw_window_title_set_subtitle (self->title, executable);
}

static gboolean
is_recorded (GVariant *stats, const gchar *source)
{
  g_autoptr (GVariant) figures = g_variant_lookup_value (stats, source, G_VARIANT_TYPE_VARDICT);

  return figures != NULL;
}

static void
set_gone (MemsnoopProcessPage *self, gboolean gone)
{
  memsnoop_recording_view_set_gone (self->heap, gone);
  memsnoop_recording_view_set_gone (self->growth, gone);
  memsnoop_recording_view_set_gone (self->kernel, gone);
}

static void
set_recording_stats (MemsnoopProcessPage *self, GVariant *stats)
{
  memsnoop_recording_view_set_stats (self->heap, stats);
  memsnoop_recording_view_set_stats (self->growth, stats);
  memsnoop_recording_view_set_stats (self->kernel, stats);
}

/* All that there is of a process with memory; of others, what was recorded, if anything. */
static void
show_parts (MemsnoopProcessPage *self, gboolean all, GVariant *stats)
{
  gboolean heap = all || is_recorded (stats, MEMSNOOP_RECORDER_HEAP);
  gboolean growth = all || is_recorded (stats, MEMSNOOP_RECORDER_GROWTH);
  gboolean kernel = all || is_recorded (stats, MEMSNOOP_RECORDER_KERNEL);

  gtk_widget_set_visible (self->course, all);
  gtk_widget_set_visible (GTK_WIDGET (self->heap), heap);
  gtk_widget_set_visible (GTK_WIDGET (self->growth), growth);
  gtk_widget_set_visible (GTK_WIDGET (self->kernel), kernel);
  gtk_widget_set_visible (GTK_WIDGET (self->figures), all || heap || kernel);
  set_gone (self, !all);
}

static void
show_stats (MemsnoopProcessPage *self, GVariant *stats)
{
  guint64 now = memsnoop_quantity_boot_time ();
  g_autoptr (GArray) history = memsnoop_process_figures_read_history (stats, now, self->known);
  g_autoptr (GArray) heap = memsnoop_process_figures_read_heap_history (stats, now);

  show_notice (self, NULL);
  show_title (self, stats);
  memsnoop_memory_chart_set (self->chart, history, heap, now);
  memsnoop_process_figures_view_set (self->view, stats);
  set_recording_stats (self, stats);
  show_parts (self, TRUE, stats);
}

/* Kernel threads are not recorded by themselves. */
static void
show_no_memory (MemsnoopProcessPage *self, GVariant *stats)
{
  gboolean had_memory = gtk_widget_get_visible (self->course);

  show_notice (self, had_memory
                         ? _ ("The process has exited, and its parent has not asked for its status "
                              "yet. What is shown is what was known of it last.")
                         : _ ("This process has no memory of its own: it is a kernel thread, or it "
                              "has exited and its parent has not asked for its status yet. The "
                              "kernel memory of all processes can be recorded on the page "
                              "Recordings."));
  show_title (self, stats);
  set_recording_stats (self, stats);
  if (had_memory)
    {
      set_gone (self, TRUE);
      return;
    }
  memsnoop_process_figures_view_set (self->view, stats);
  show_parts (self, FALSE, stats);
}

static void read_stats (MemsnoopProcessPage *self);

static gboolean
on_timer (gpointer user_data)
{
  MemsnoopProcessPage *self = user_data;

  self->timer = 0;
  read_stats (self);
  return G_SOURCE_REMOVE;
}

/* Nothing is read that nobody sees. */
static void
schedule (MemsnoopProcessPage *self)
{
  if (self->timer == 0 && !self->over && !self->refused &&
      gtk_widget_get_mapped (GTK_WIDGET (self)))
    self->timer = g_timeout_add_seconds (SECONDS_BETWEEN_STATS, on_timer, self);
}

static gchar *
describe_exit (MemsnoopProcessPage *self)
{
  if (self->shown)
    return g_strdup_printf (
        _ ("Process %u is not there any more. What is shown is what was known of it last."),
        self->pid);
  if (self->start_time != 0)
    return g_strdup_printf (_ ("Process %u is not there any more."), self->pid);
  return g_strdup_printf (_ ("There is no process %u."), self->pid);
}

static void
show_exit (MemsnoopProcessPage *self)
{
  g_autofree gchar *text = describe_exit (self);

  self->over = TRUE;
  show_notice (self, text);
  set_gone (self, TRUE);
  if (self->shown)
    return;
  gtk_widget_set_visible (GTK_WIDGET (self->heap), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->growth), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self->kernel), FALSE);
}

/* A permission that was given is taken back after some minutes; what was seen is no secret then. */
static void
show_refusal (MemsnoopProcessPage *self, const gchar *why)
{
  g_autofree gchar *refusal = NULL, *text = NULL;
  const gchar *rest = gtk_widget_get_visible (self->course)
                          ? _ ("What is shown is what was known of it last.")
                          : _ ("Its course over time, its figures and the code that is suspected "
                               "are not shown.");

  if (self->asking)
    refusal = g_strdup_printf (_ ("You may not see this process's memory: %s."), why);
  else
    refusal = g_strdup (_ ("The permission to see this process's memory has ended."));
  text = g_strdup_printf ("%s %s", refusal, rest);
  self->refused = TRUE;
  show_notice (self, text);
  memsnoop_suspicion_group_set_readable (self->suspicions, FALSE);
}

static void
show_unread (MemsnoopProcessPage *self, const gchar *why)
{
  g_autofree gchar *text = g_strdup_printf (_ ("New figures cannot be read: %s."), why);

  show_notice (self, text);
}

static void
show_failure (MemsnoopProcessPage *self, GError *error)
{
  g_autofree gchar *why = memsnoop_service_error_describe (error);

  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_UNIX_PROCESS_ID_UNKNOWN))
    show_exit (self);
  else if (memsnoop_service_error_is_refusal (error))
    show_refusal (self, why);
  else
    show_unread (self, why);
}

/* Another process may have the number of one that has exited. Without a start-time it is not known
 * to be another. */
static gboolean
is_same_process (MemsnoopProcessPage *self, GVariant *stats)
{
  guint64 start_time = 0;

  if (!memsnoop_dictionary_lookup_number (stats, "start-time", &start_time))
    return TRUE;
  if (self->start_time == 0)
    self->start_time = start_time;
  return self->start_time == start_time;
}

/* What is recorded of a process is told when it is not there any more, too. */
static gboolean
has_exited (GVariant *stats)
{
  g_autoptr (GVariant) memory = g_variant_lookup_value (stats, "memory", G_VARIANT_TYPE_VARDICT);

  return memory == NULL;
}

/* A permission to see the process is one to see what others record of it. */
static void
read_again (MemsnoopProcessPage *self)
{
  memsnoop_suspicion_group_set_readable (self->suspicions, TRUE);
  if (!self->asking)
    return;
  memsnoop_recording_view_read_again (self->heap);
  memsnoop_recording_view_read_again (self->growth);
  memsnoop_recording_view_read_again (self->kernel);
}

static void
take_stats (MemsnoopProcessPage *self, GVariant *stats)
{
  if (!is_same_process (self, stats))
    {
      show_exit (self);
      read_again (self);
      return;
    }
  self->shown = TRUE;
  if (has_exited (stats))
    {
      set_recording_stats (self, stats);
      show_exit (self);
    }
  else if (memsnoop_memory_is_none (stats))
    show_no_memory (self, stats);
  else
    show_stats (self, stats);
  read_again (self);
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
  if (self->service == NULL || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply == NULL)
    show_failure (self, error);
  else
    {
      stats = g_variant_get_child_value (reply, 0);
      take_stats (self, stats);
    }
  schedule (self);
}

/* Before the service is ready nobody can be asked, and that is not to be made up for by a timer. */
static void
read_stats (MemsnoopProcessPage *self)
{
  if (self->reading || self->over || self->refused ||
      memsnoop_service_get_state (self->service) != MEMSNOOP_SERVICE_READY)
    return;
  self->reading = TRUE;
  self->asking = !self->asked;
  self->asked = TRUE;
  memsnoop_service_call (self->service, "GetProcessStats", g_variant_new ("(u)", self->pid),
                         "(a{sv})", self->asking, -1, self->cancellable, on_stats,
                         g_object_ref (self));
}

static void
on_ask (MemsnoopProcessPage *self)
{
  self->refused = self->asked = FALSE;
  gtk_widget_set_visible (self->ask_button, FALSE);
  gtk_widget_grab_focus (self->back_button);
  read_stats (self);
}

/* A service that was restarted knows nothing of what it was asked before. */
static void
on_state (MemsnoopProcessPage *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  if (!self->over && !self->refused && memsnoop_service_get_problem (self->service) != NULL)
    show_unread (self, memsnoop_service_get_problem (self->service));
  read_stats (self);
}

/* The button that GTK puts into it has no name, and is what gets the focus. */
static void
name_span (MemsnoopProcessPage *self)
{
  GtkStringObject *item = gtk_drop_down_get_selected_item (self->span);
  g_autofree gchar *name = g_strdup_printf (
      _ ("How far back: %s"), item != NULL ? gtk_string_object_get_string (item) : "");

  memsnoop_accessible_name_set_button_in (GTK_WIDGET (self->span), name);
}

static void
on_span (MemsnoopProcessPage *self)
{
  static const guint seconds[] = { 60, 600, 3600, 86400, 0 };
  guint selected = gtk_drop_down_get_selected (self->span);

  memsnoop_memory_chart_set_span (self->chart, seconds[MIN (selected, G_N_ELEMENTS (seconds) - 1)]);
  name_span (self);
}

/* Telling, and keys */

static void
on_failed (MemsnoopProcessPage *self, const gchar *what, GError *error)
{
  g_signal_emit (self, failed_signal, 0, what, error);
}

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

/* Where one reads from right to left, that is the way back. */
static gboolean
on_back_key_from_right (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  if (gtk_widget_get_direction (widget) != GTK_TEXT_DIR_RTL)
    return FALSE;
  on_back (MEMSNOOP_PROCESS_PAGE (widget));
  return TRUE;
}

static gboolean
on_record_key (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  memsnoop_recording_view_toggle (MEMSNOOP_PROCESS_PAGE (widget)->heap);
  return TRUE;
}

static void
bind_keys (GtkWidgetClass *class)
{
  gtk_widget_class_add_binding (class, GDK_KEY_Escape, 0, on_back_key, NULL);
  gtk_widget_class_add_binding (class, GDK_KEY_Left, GDK_ALT_MASK, on_back_key, NULL);
  gtk_widget_class_add_binding (class, GDK_KEY_Right, GDK_ALT_MASK, on_back_key_from_right, NULL);
  gtk_widget_class_add_binding (class, GDK_KEY_r, GDK_CONTROL_MASK, on_record_key, NULL);
}

/* The page */

static void
memsnoop_process_page_map (GtkWidget *widget)
{
  MemsnoopProcessPage *self = MEMSNOOP_PROCESS_PAGE (widget);

  GTK_WIDGET_CLASS (memsnoop_process_page_parent_class)->map (widget);
  if (self->service != NULL)
    read_stats (self);
}

static void
memsnoop_process_page_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&MEMSNOOP_PROCESS_PAGE (widget)->timer, g_source_remove);
  GTK_WIDGET_CLASS (memsnoop_process_page_parent_class)->unmap (widget);
}

/* What it awaits would keep it for as long as a person is asked. */
static void
memsnoop_process_page_unroot (GtkWidget *widget)
{
  g_cancellable_cancel (MEMSNOOP_PROCESS_PAGE (widget)->cancellable);
  GTK_WIDGET_CLASS (memsnoop_process_page_parent_class)->unroot (widget);
}

/* The way back is what can be done with every process. */
static gboolean
memsnoop_process_page_grab_focus (GtkWidget *widget)
{
  return gtk_widget_grab_focus (MEMSNOOP_PROCESS_PAGE (widget)->back_button);
}

static void
memsnoop_process_page_dispose (GObject *object)
{
  MemsnoopProcessPage *self = MEMSNOOP_PROCESS_PAGE (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->service != NULL)
    g_signal_handlers_disconnect_by_data (self->service, self);
  g_clear_object (&self->service);
  g_clear_pointer (&self->view, memsnoop_process_figures_view_free);
  G_OBJECT_CLASS (memsnoop_process_page_parent_class)->dispose (object);
}

static void
memsnoop_process_page_finalize (GObject *object)
{
  g_object_unref (MEMSNOOP_PROCESS_PAGE (object)->cancellable);
  g_array_unref (MEMSNOOP_PROCESS_PAGE (object)->known);
  G_OBJECT_CLASS (memsnoop_process_page_parent_class)->finalize (object);
}

static void
bind_children (GtkWidgetClass *class)
{
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, back_button);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, title);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, notice);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, ask_button);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, suspicions);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, anomalies);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, course);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, span);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, chart);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, legend);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, figures);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, heap);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, growth);
  gtk_widget_class_bind_template_child (class, MemsnoopProcessPage, kernel);
  gtk_widget_class_bind_template_callback (class, on_back);
  gtk_widget_class_bind_template_callback (class, on_ask);
  gtk_widget_class_bind_template_callback (class, on_span);
  gtk_widget_class_bind_template_callback (class, on_failed);
}

static void
memsnoop_process_page_class_init (MemsnoopProcessPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  GType type = G_TYPE_FROM_CLASS (class);

  g_type_ensure (MEMSNOOP_TYPE_ANOMALY_GROUP);
  g_type_ensure (MEMSNOOP_TYPE_MEMORY_CHART);
  g_type_ensure (MEMSNOOP_TYPE_RECORDING_VIEW);
  G_OBJECT_CLASS (class)->dispose = memsnoop_process_page_dispose;
  G_OBJECT_CLASS (class)->finalize = memsnoop_process_page_finalize;
  widget_class->grab_focus = memsnoop_process_page_grab_focus;
  widget_class->map = memsnoop_process_page_map;
  widget_class->unmap = memsnoop_process_page_unmap;
  widget_class->unroot = memsnoop_process_page_unroot;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/memsnoop1/Viewer/process-page.ui");
  bind_children (widget_class);
  bind_keys (widget_class);
  back_signal = g_signal_new ("back", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  failed_signal = g_signal_new ("failed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                2, G_TYPE_STRING, G_TYPE_ERROR);
}

static void
memsnoop_process_page_init (MemsnoopProcessPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->cancellable = g_cancellable_new ();
  self->known = g_array_new (FALSE, FALSE, sizeof (MemsnoopMemoryPoint));
  memsnoop_accessible_name_reset (self->ask_button);
  memsnoop_process_figures_fill_legend (self->legend);
  self->view = memsnoop_process_figures_view_new (self->figures);
  name_span (self);
}

GtkWidget *
memsnoop_process_page_new (MemsnoopService *service,
                           MemsnoopSuspectList *suspects,
                           MemsnoopRaisedAnomalies *anomalies,
                           guint32 pid)
{
  MemsnoopProcessPage *self = g_object_new (MEMSNOOP_TYPE_PROCESS_PAGE, NULL);
  g_autofree gchar *title = g_strdup_printf (_ ("Process %u"), pid);

  self->service = g_object_ref (service);
  self->pid = pid;
  adw_window_title_set_title (self->title, title);
  memsnoop_recording_view_set_up (self->heap, service, pid, MEMSNOOP_RECORDER_HEAP);
  memsnoop_recording_view_set_up (self->growth, service, pid, MEMSNOOP_RECORDER_GROWTH);
  memsnoop_recording_view_set_up (self->kernel, service, pid, MEMSNOOP_RECORDER_KERNEL);
  memsnoop_suspicion_group_follow (self->suspicions, service, suspects, pid);
  memsnoop_anomaly_group_follow (self->anomalies, anomalies, pid);
  g_signal_connect_swapped (service, "notify::state", G_CALLBACK (on_state), self);
  on_state (self);
  return GTK_WIDGET (self);
}

gboolean
memsnoop_process_page_is_busy (MemsnoopProcessPage *self)
{
  return memsnoop_recording_view_is_busy (self->heap) ||
         memsnoop_recording_view_is_busy (self->growth) ||
         memsnoop_recording_view_is_busy (self->kernel);
}

void
memsnoop_process_page_expect (MemsnoopProcessPage *self, guint64 start_time)
{
  self->start_time = start_time;
}

void
memsnoop_process_page_search (MemsnoopProcessPage *self)
{
  if (!memsnoop_recording_view_search (self->heap) &&
      !memsnoop_recording_view_search (self->growth))
    memsnoop_recording_view_search (self->kernel);
}
