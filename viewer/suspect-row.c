/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspect-row.h"

#include "accessible-name.h"

#include <glib/gi18n.h>

struct _MemsnoopSuspectRow
{
  GtkListBoxRow parent_instance;

  GtkImage *icon;
  GtkLabel *title;
  GtkLabel *summary;
  GtkLabel *sentences;
  GtkButton *show_button;
  GtkButton *ignore_button;

  MemsnoopSuspectItem *item;
};

static guint show_signal;
static guint ignore_signal;

G_DEFINE_FINAL_TYPE (MemsnoopSuspectRow, memsnoop_suspect_row, GTK_TYPE_LIST_BOX_ROW)

static void
on_show (MemsnoopSuspectRow *self)
{
  g_signal_emit (self, show_signal, 0);
}

static void
on_ignore (MemsnoopSuspectRow *self)
{
  g_signal_emit (self, ignore_signal, 0);
}

static void
memsnoop_suspect_row_dispose (GObject *object)
{
  MemsnoopSuspectRow *self = MEMSNOOP_SUSPECT_ROW (object);

  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_clear_object (&self->item);
  G_OBJECT_CLASS (memsnoop_suspect_row_parent_class)->dispose (object);
}

static void
memsnoop_suspect_row_class_init (MemsnoopSuspectRowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);
  GType type = G_TYPE_FROM_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = memsnoop_suspect_row_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/memsnoop1/Viewer/suspect-row.ui");
  gtk_widget_class_bind_template_child (widget_class, MemsnoopSuspectRow, icon);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopSuspectRow, title);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopSuspectRow, summary);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopSuspectRow, sentences);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopSuspectRow, show_button);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopSuspectRow, ignore_button);
  gtk_widget_class_bind_template_callback (widget_class, on_show);
  gtk_widget_class_bind_template_callback (widget_class, on_ignore);
  show_signal =
      g_signal_new ("show-process", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  ignore_signal =
      g_signal_new ("ignore", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
memsnoop_suspect_row_init (MemsnoopSuspectRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
name_buttons (MemsnoopSuspectRow *self)
{
  const gchar *name = memsnoop_suspect_item_get_name (self->item);
  guint32 pid = memsnoop_suspect_item_get_pid (self->item);
  g_autofree gchar *show = g_strdup_printf (_ ("Show %s (%u)"), name, pid);
  g_autofree gchar *ignore = g_strdup_printf (_ ("Ignore %s (%u)"), name, pid);

  memsnoop_accessible_name_set (GTK_WIDGET (self->show_button), show);
  memsnoop_accessible_name_set (GTK_WIDGET (self->ignore_button), ignore);
}

void
memsnoop_suspect_row_update (MemsnoopSuspectRow *self)
{
  g_autofree gchar *title = memsnoop_suspect_item_title (self->item);
  g_autofree gchar *summary = memsnoop_suspect_item_summary (self->item);
  g_autofree gchar *sentences = memsnoop_suspect_item_sentences (self->item);
  gboolean probable = memsnoop_suspect_item_is_probable (self->item);

  gtk_label_set_text (self->title, title);
  gtk_label_set_text (self->summary, summary);
  gtk_label_set_text (self->sentences, sentences);
  gtk_image_set_from_icon_name (self->icon,
                                probable ? "dialog-warning-symbolic" : "dialog-question-symbolic");
  gtk_widget_remove_css_class (GTK_WIDGET (self->icon), probable ? "dim-label" : "warning");
  gtk_widget_add_css_class (GTK_WIDGET (self->icon), probable ? "warning" : "dim-label");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, title,
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, sentences, -1);
  name_buttons (self);
}

GtkWidget *
memsnoop_suspect_row_new (MemsnoopSuspectItem *item)
{
  MemsnoopSuspectRow *self = g_object_new (MEMSNOOP_TYPE_SUSPECT_ROW, NULL);

  self->item = g_object_ref (item);
  g_signal_connect_swapped (item, "changed", G_CALLBACK (memsnoop_suspect_row_update), self);
  memsnoop_suspect_row_update (self);
  return GTK_WIDGET (self);
}

MemsnoopSuspectItem *
memsnoop_suspect_row_get_item (MemsnoopSuspectRow *self)
{
  return self->item;
}
