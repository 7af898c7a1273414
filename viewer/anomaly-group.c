/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "anomaly-group.h"

#include "accessible-name.h"
#include "anomaly-text.h"
#include "quantity.h"

#include <glib/gi18n.h>

/* Until how long ago they were noticed is told anew. */
#define UPDATE_SECONDS 30
/* Signals may come in crowds. */
#define SETTLE_MILLISECONDS 200

struct _MemsnoopAnomalyGroup
{
  AdwPreferencesGroup parent_instance;

  MemsnoopRaisedAnomalies *anomalies;
  guint32 pid;
  /* By kind. */
  GHashTable *rows;
  guint settle_timer;
  guint timer;
};

G_DEFINE_FINAL_TYPE (MemsnoopAnomalyGroup, memsnoop_anomaly_group, ADW_TYPE_PREFERENCES_GROUP)

static AdwActionRow *
add_row (MemsnoopAnomalyGroup *self, const MemsnoopRaisedAnomaly *anomaly)
{
  AdwActionRow *row = ADW_ACTION_ROW (adw_action_row_new ());
  g_autofree gchar *title = memsnoop_anomaly_title (anomaly);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_title_lines (row, 0);
  adw_action_row_set_subtitle_lines (row, 0);
  adw_action_row_set_icon_name (row, "dialog-information-symbolic");
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), GTK_WIDGET (row));
  return row;
}

/* A row that is there already may have the focus. */
static void
show_anomaly (MemsnoopAnomalyGroup *self,
              GHashTable *before,
              const MemsnoopRaisedAnomaly *anomaly,
              guint64 now)
{
  g_autofree gchar *text = memsnoop_anomaly_sentences (anomaly, now);
  AdwActionRow *row = g_hash_table_lookup (before, anomaly->kind);

  if (row == NULL)
    row = add_row (self, anomaly);
  g_hash_table_remove (before, anomaly->kind);
  g_hash_table_insert (self->rows, g_strdup (anomaly->kind), row);
  adw_action_row_set_subtitle (row, text);
  /* Later versions of libadwaita describe it by the subtitle, of which GTK tells nothing. */
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_RELATION_DESCRIBED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, text,
                                  -1);
}

static void
remove_rows (MemsnoopAnomalyGroup *self, GHashTable *rows)
{
  GHashTableIter iter;
  gpointer row;

  g_hash_table_iter_init (&iter, rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), row);
}

static void
describe (MemsnoopAnomalyGroup *self, guint left_out)
{
  const gchar *general = _ ("Seen while kernel memory is recorded. An anomaly is no leak.");
  g_autofree gchar *more = NULL, *text = NULL;

  if (left_out > 0)
    more = g_strdup_printf (
        g_dngettext (NULL, "%u more is not shown.", "%u more are not shown.", left_out), left_out);
  text = more != NULL ? g_strdup_printf ("%s %s", general, more) : g_strdup (general);
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self), text);
}

static void
show_anomalies (MemsnoopAnomalyGroup *self)
{
  g_autoptr (GPtrArray) raised = memsnoop_raised_anomalies_list (self->anomalies, self->pid);
  g_autoptr (GHashTable) before = self->rows;
  guint n_shown = MIN (raised->len, MEMSNOOP_ANOMALY_GROUP_ROWS_MAX);
  guint64 now = memsnoop_quantity_boot_time ();

  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < n_shown; i++)
    show_anomaly (self, before, g_ptr_array_index (raised, i), now);
  remove_rows (self, before);
  describe (self, raised->len - n_shown);
  gtk_widget_set_visible (GTK_WIDGET (self), raised->len > 0);
}

static gboolean
on_settled (gpointer user_data)
{
  MemsnoopAnomalyGroup *self = user_data;

  self->settle_timer = 0;
  show_anomalies (self);
  return G_SOURCE_REMOVE;
}

static void
on_changed (MemsnoopAnomalyGroup *self, guint pid)
{
  if ((pid == 0 || pid == self->pid) && self->settle_timer == 0)
    self->settle_timer = g_timeout_add (SETTLE_MILLISECONDS, on_settled, self);
}

static gboolean
on_timer (gpointer user_data)
{
  show_anomalies (user_data);
  return G_SOURCE_CONTINUE;
}

/* The object */

static void
memsnoop_anomaly_group_map (GtkWidget *widget)
{
  MemsnoopAnomalyGroup *self = MEMSNOOP_ANOMALY_GROUP (widget);

  GTK_WIDGET_CLASS (memsnoop_anomaly_group_parent_class)->map (widget);
  self->timer = g_timeout_add_seconds (UPDATE_SECONDS, on_timer, self);
  on_changed (self, self->pid);
}

static void
memsnoop_anomaly_group_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&MEMSNOOP_ANOMALY_GROUP (widget)->timer, g_source_remove);
  GTK_WIDGET_CLASS (memsnoop_anomaly_group_parent_class)->unmap (widget);
}

static void
memsnoop_anomaly_group_dispose (GObject *object)
{
  MemsnoopAnomalyGroup *self = MEMSNOOP_ANOMALY_GROUP (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_handle_id (&self->settle_timer, g_source_remove);
  if (self->anomalies != NULL)
    g_signal_handlers_disconnect_by_data (self->anomalies, self);
  g_clear_object (&self->anomalies);
  G_OBJECT_CLASS (memsnoop_anomaly_group_parent_class)->dispose (object);
}

static void
memsnoop_anomaly_group_finalize (GObject *object)
{
  g_hash_table_unref (MEMSNOOP_ANOMALY_GROUP (object)->rows);
  G_OBJECT_CLASS (memsnoop_anomaly_group_parent_class)->finalize (object);
}

static void
memsnoop_anomaly_group_class_init (MemsnoopAnomalyGroupClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  widget_class->map = memsnoop_anomaly_group_map;
  widget_class->unmap = memsnoop_anomaly_group_unmap;
  G_OBJECT_CLASS (class)->dispose = memsnoop_anomaly_group_dispose;
  G_OBJECT_CLASS (class)->finalize = memsnoop_anomaly_group_finalize;
}

static void
memsnoop_anomaly_group_init (MemsnoopAnomalyGroup *self)
{
  self->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self), _ ("Abnormal Now"));
  memsnoop_accessible_name_set (GTK_WIDGET (self), _ ("Abnormal Now"));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

void
memsnoop_anomaly_group_follow (MemsnoopAnomalyGroup *self,
                               MemsnoopRaisedAnomalies *anomalies,
                               guint32 pid)
{
  self->anomalies = g_object_ref (anomalies);
  self->pid = pid;
  g_signal_connect_swapped (anomalies, "changed", G_CALLBACK (on_changed), self);
  show_anomalies (self);
}
