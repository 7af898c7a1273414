/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspects-page.h"

#include "hidden-pages.h"
#include "ignore-question.h"
#include "ignored-window.h"
#include "suspect-row.h"

#include <glib/gi18n.h>

/* The sentences tell how long ago something was. */
#define UPDATE_SECONDS 10

struct _MemsnoopSuspectsPage
{
  AdwBin parent_instance;

  GtkStack *stack;
  GtkListBox *rows;
  AdwStatusPage *nothing;
  GtkLabel *left_out;

  MemsnoopService *service;
  MemsnoopSuspectList *list;
  guint timer;
};

static guint activated_signal;

G_DEFINE_FINAL_TYPE (MemsnoopSuspectsPage, memsnoop_suspects_page, ADW_TYPE_BIN)

static void
show_process (MemsnoopSuspectsPage *self, MemsnoopSuspectRow *row)
{
  MemsnoopSuspectItem *item = memsnoop_suspect_row_get_item (row);

  g_signal_emit (self, activated_signal, 0, memsnoop_suspect_item_get_pid (item));
}

static void
on_row_activated (MemsnoopSuspectsPage *self, GtkListBoxRow *row)
{
  show_process (self, MEMSNOOP_SUSPECT_ROW (row));
}

static void
on_ignore (MemsnoopSuspectsPage *self, MemsnoopSuspectRow *row)
{
  memsnoop_ignore_question_ask (GTK_WIDGET (self), self->list, memsnoop_suspect_row_get_item (row));
}

static GtkWidget *
make_row (gpointer item, gpointer user_data)
{
  GtkWidget *row = memsnoop_suspect_row_new (item);

  g_signal_connect_swapped (row, "show-process", G_CALLBACK (show_process), user_data);
  g_signal_connect_swapped (row, "ignore", G_CALLBACK (on_ignore), user_data);
  return row;
}

/* Why there is nothing: there is nothing to see, or nobody looks. */
static void
describe_nothing (MemsnoopSuspectsPage *self)
{
  g_autofree gchar *reason = NULL, *text = NULL, *escaped = NULL;
  gboolean watched = memsnoop_service_has_feature (self->service, "watch", &reason);

  adw_status_page_set_title (self->nothing,
                             watched ? _ ("Nothing Is Suspected") : _ ("Nothing Is Watched"));
  if (watched)
    text = g_strdup (_ ("Every process is watched. One that grows steadily is listed here after "
                        "some minutes."));
  else
    text = g_strdup_printf (_ ("The service does not look for leaks: %s."), reason);
  escaped = g_markup_escape_text (text, -1);
  adw_status_page_set_description (self->nothing, escaped);
}

static void
show_left_out (MemsnoopSuspectsPage *self)
{
  guint left_out = memsnoop_suspect_list_get_left_out (self->list);
  g_autofree gchar *text = NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->left_out), left_out > 0);
  if (left_out == 0)
    return;
  text = g_strdup_printf (
      g_dngettext (NULL, "%u more is suspected than there is room for in the service's list.",
                   "%u more are suspected than there is room for in the service's list.", left_out),
      left_out);
  gtk_label_set_text (self->left_out, text);
}

static void
on_show_ignored (MemsnoopSuspectsPage *self)
{
  GtkRoot *window = gtk_widget_get_root (GTK_WIDGET (self));

  gtk_window_present (
      GTK_WINDOW (memsnoop_ignored_window_new (GTK_WINDOW (window), self->service)));
}

static void
show_rows (MemsnoopSuspectsPage *self)
{
  gboolean any = g_list_model_get_n_items (memsnoop_suspect_list_get_model (self->list)) > 0;

  if (!any)
    describe_nothing (self);
  show_left_out (self);
  gtk_stack_set_visible_child_name (self->stack, any ? "rows" : "nothing");
}

static gboolean
on_timer (gpointer user_data)
{
  MemsnoopSuspectsPage *self = user_data;
  GtkWidget *row = gtk_widget_get_first_child (GTK_WIDGET (self->rows));

  for (; row != NULL; row = gtk_widget_get_next_sibling (row))
    if (MEMSNOOP_IS_SUSPECT_ROW (row))
      memsnoop_suspect_row_update (MEMSNOOP_SUSPECT_ROW (row));
  if (self->list != NULL)
    show_left_out (self);
  return G_SOURCE_CONTINUE;
}

static void
memsnoop_suspects_page_map (GtkWidget *widget)
{
  MemsnoopSuspectsPage *self = MEMSNOOP_SUSPECTS_PAGE (widget);

  GTK_WIDGET_CLASS (memsnoop_suspects_page_parent_class)->map (widget);
  on_timer (self);
  if (self->timer == 0)
    self->timer = g_timeout_add_seconds (UPDATE_SECONDS, on_timer, self);
}

static void
memsnoop_suspects_page_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&MEMSNOOP_SUSPECTS_PAGE (widget)->timer, g_source_remove);
  GTK_WIDGET_CLASS (memsnoop_suspects_page_parent_class)->unmap (widget);
}

static void
memsnoop_suspects_page_dispose (GObject *object)
{
  MemsnoopSuspectsPage *self = MEMSNOOP_SUSPECTS_PAGE (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->list != NULL)
    g_signal_handlers_disconnect_by_data (memsnoop_suspect_list_get_model (self->list), self);
  if (self->service != NULL)
    g_signal_handlers_disconnect_by_data (self->service, self);
  g_clear_object (&self->list);
  g_clear_object (&self->service);
  G_OBJECT_CLASS (memsnoop_suspects_page_parent_class)->dispose (object);
}

static void
memsnoop_suspects_page_class_init (MemsnoopSuspectsPageClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = memsnoop_suspects_page_dispose;
  widget_class->map = memsnoop_suspects_page_map;
  widget_class->unmap = memsnoop_suspects_page_unmap;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/memsnoop1/Viewer/suspects-page.ui");
  gtk_widget_class_bind_template_child (widget_class, MemsnoopSuspectsPage, stack);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopSuspectsPage, rows);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopSuspectsPage, nothing);
  gtk_widget_class_bind_template_child (widget_class, MemsnoopSuspectsPage, left_out);
  gtk_widget_class_bind_template_callback (widget_class, on_show_ignored);
  gtk_widget_class_bind_template_callback (widget_class, on_row_activated);
  activated_signal = g_signal_new ("activated", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
memsnoop_suspects_page_init (MemsnoopSuspectsPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  memsnoop_hidden_pages_follow (GTK_WIDGET (self->stack));
}

void
memsnoop_suspects_page_set_list (MemsnoopSuspectsPage *self,
                                 MemsnoopService *service,
                                 MemsnoopSuspectList *list)
{
  GListModel *model = memsnoop_suspect_list_get_model (list);

  g_return_if_fail (self->list == NULL);
  self->service = g_object_ref (service);
  self->list = g_object_ref (list);
  gtk_list_box_bind_model (self->rows, model, make_row, self, NULL);
  g_signal_connect_swapped (model, "items-changed", G_CALLBACK (show_rows), self);
  g_signal_connect_swapped (service, "notify::state", G_CALLBACK (show_rows), self);
  show_rows (self);
}
