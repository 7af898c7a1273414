/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ignored-window.h"

#include "accessible-name.h"
#include "failure-advice.h"
#include "hidden-pages.h"
#include "service-error.h"
#include "wording.h"

#include <glib/gi18n.h>

/* Most of a path that is shown. */
#define PATH_MAX_SHOWN 400

struct _MemsnoopIgnoredWindow
{
  AdwWindow parent_instance;

  GtkStack *stack;
  AdwStatusPage *note;
  GtkListBox *rows;
  GtkLabel *failure;

  MemsnoopService *service;
  GCancellable *cancellable;
};

G_DEFINE_FINAL_TYPE (MemsnoopIgnoredWindow, memsnoop_ignored_window, ADW_TYPE_WINDOW)

static void
show_note (MemsnoopIgnoredWindow *self, const gchar *title, const gchar *text)
{
  g_autofree gchar *escaped = text != NULL ? g_markup_escape_text (text, -1) : NULL;

  adw_status_page_set_title (self->note, title);
  adw_status_page_set_description (self->note, escaped);
  gtk_stack_set_visible_child_name (self->stack, "note");
}

static void
show_nothing (MemsnoopIgnoredWindow *self)
{
  show_note (self, _ ("Nothing Is Ignored"),
             _ ("Every program that grows steadily is told as a suspect."));
}

static void
show_failure (MemsnoopIgnoredWindow *self, const gchar *text)
{
  gtk_label_set_text (self->failure, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->failure), text != NULL);
}

/* Taking back */

typedef struct
{
  MemsnoopIgnoredWindow *window;
  GtkWidget *row;
} Taking;

static void
on_taken_back (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree Taking *taking = user_data;
  g_autoptr (MemsnoopIgnoredWindow) self = taking->window;
  g_autoptr (GtkWidget) row = taking->row;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);
  g_autofree gchar *text = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply == NULL)
    {
      g_dbus_error_strip_remote_error (error);
      text = memsnoop_failure_text (_ ("The program is still ignored"), error,
                                    memsnoop_service_get_version (self->service));
      show_failure (self, text);
      gtk_widget_set_sensitive (row, TRUE);
      return;
    }
  gtk_list_box_remove (self->rows, row);
  if (gtk_widget_get_first_child (GTK_WIDGET (self->rows)) == NULL)
    show_nothing (self);
}

static void
on_take_back (MemsnoopIgnoredWindow *self, GtkWidget *button)
{
  Taking *taking = g_new (Taking, 1);
  GtkWidget *row = gtk_widget_get_ancestor (button, GTK_TYPE_LIST_BOX_ROW);

  taking->window = g_object_ref (self);
  taking->row = g_object_ref (row);
  gtk_widget_set_sensitive (row, FALSE);
  show_failure (self, NULL);
  memsnoop_service_call (self->service, "Unignore",
                         g_variant_new ("(s)", g_object_get_data (G_OBJECT (row), "memsnoop-path")),
                         "()", TRUE, -1, self->cancellable, on_taken_back, taking);
}

/* Rows */

static void
add_row (MemsnoopIgnoredWindow *self, const gchar *path)
{
  GtkWidget *row = adw_action_row_new (), *button = gtk_button_new_with_label (_ ("Suspect Again"));
  g_autofree gchar *shown = memsnoop_wording_name (path, PATH_MAX_SHOWN);
  g_autofree gchar *name = g_strdup_printf (_ ("Suspect %s Again"), shown);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), shown);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  memsnoop_accessible_name_set (button, name);
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (on_take_back), self);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  g_object_set_data_full (G_OBJECT (row), "memsnoop-path", g_strdup (path), g_free);
  gtk_list_box_append (self->rows, row);
}

static void
show_paths (MemsnoopIgnoredWindow *self, GVariant *paths)
{
  gsize n = g_variant_n_children (paths), left_out = n - MIN (n, MEMSNOOP_IGNORED_MAX);
  g_autofree gchar *text = NULL;

  for (gsize i = 0; i < n - left_out; i++)
    {
      const gchar *path;

      g_variant_get_child (paths, i, "&s", &path);
      add_row (self, path);
    }
  if (n == 0)
    {
      show_nothing (self);
      return;
    }
  if (left_out > 0)
    text = g_strdup_printf (_ ("And %u more."), (guint) left_out);
  show_failure (self, text);
  gtk_stack_set_visible_child_name (self->stack, "rows");
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopIgnoredWindow) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);
  g_autoptr (GVariant) paths = NULL;
  g_autofree gchar *why = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply == NULL)
    {
      why = memsnoop_service_error_describe (error);
      show_note (self, _ ("What Is Ignored May Not Be Shown"), why);
      return;
    }
  paths = g_variant_get_child_value (reply, 0);
  show_paths (self, paths);
}

/* The window */

static GtkWidget *
make_list (MemsnoopIgnoredWindow *self)
{
  GtkWidget *scrolled = gtk_scrolled_window_new (), *clamp = adw_clamp_new ();

  self->rows = GTK_LIST_BOX (gtk_list_box_new ());
  gtk_list_box_set_selection_mode (self->rows, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (self->rows), "boxed-list");
  gtk_widget_set_valign (GTK_WIDGET (self->rows), GTK_ALIGN_START);
  gtk_widget_set_margin_top (GTK_WIDGET (self->rows), 12);
  gtk_widget_set_margin_bottom (GTK_WIDGET (self->rows), 12);
  gtk_widget_set_margin_start (GTK_WIDGET (self->rows), 12);
  gtk_widget_set_margin_end (GTK_WIDGET (self->rows), 12);
  memsnoop_accessible_name_set (GTK_WIDGET (self->rows), _ ("Ignored Programs"));
  adw_clamp_set_child (ADW_CLAMP (clamp), GTK_WIDGET (self->rows));
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (scrolled), GTK_POLICY_NEVER,
                                  GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scrolled), clamp);
  return scrolled;
}

static void
make_failure (MemsnoopIgnoredWindow *self)
{
  self->failure =
      GTK_LABEL (g_object_new (GTK_TYPE_LABEL, "accessible-role", GTK_ACCESSIBLE_ROLE_ALERT, NULL));
  gtk_label_set_wrap (self->failure, TRUE);
  gtk_widget_set_margin_start (GTK_WIDGET (self->failure), 12);
  gtk_widget_set_margin_end (GTK_WIDGET (self->failure), 12);
  gtk_widget_set_margin_bottom (GTK_WIDGET (self->failure), 12);
  gtk_widget_set_visible (GTK_WIDGET (self->failure), FALSE);
}

static void
memsnoop_ignored_window_init (MemsnoopIgnoredWindow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->cancellable = g_cancellable_new ();
  self->stack = GTK_STACK (gtk_stack_new ());
  self->note = ADW_STATUS_PAGE (adw_status_page_new ());
  gtk_stack_add_named (self->stack, GTK_WIDGET (self->note), "note");
  gtk_stack_add_named (self->stack, make_list (self), "rows");
  gtk_widget_set_vexpand (GTK_WIDGET (self->stack), TRUE);
  memsnoop_hidden_pages_follow (GTK_WIDGET (self->stack));
  make_failure (self);
  gtk_box_append (GTK_BOX (box), adw_header_bar_new ());
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->stack));
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->failure));
  adw_window_set_content (ADW_WINDOW (self), box);
  gtk_window_set_title (GTK_WINDOW (self), _ ("Ignored Programs"));
  gtk_window_set_default_size (GTK_WINDOW (self), 560, 420);
  gtk_window_set_modal (GTK_WINDOW (self), TRUE);
  show_note (self, _ ("What Is Ignored Is Being Read"), NULL);
}

static void
memsnoop_ignored_window_dispose (GObject *object)
{
  MemsnoopIgnoredWindow *self = MEMSNOOP_IGNORED_WINDOW (object);

  g_clear_object (&self->service);
  G_OBJECT_CLASS (memsnoop_ignored_window_parent_class)->dispose (object);
}

static void
memsnoop_ignored_window_finalize (GObject *object)
{
  g_object_unref (MEMSNOOP_IGNORED_WINDOW (object)->cancellable);
  G_OBJECT_CLASS (memsnoop_ignored_window_parent_class)->finalize (object);
}

static gboolean
memsnoop_ignored_window_close_request (GtkWindow *window)
{
  g_cancellable_cancel (MEMSNOOP_IGNORED_WINDOW (window)->cancellable);
  return GTK_WINDOW_CLASS (memsnoop_ignored_window_parent_class)->close_request (window);
}

static void
memsnoop_ignored_window_class_init (MemsnoopIgnoredWindowClass *class)
{
  G_OBJECT_CLASS (class)->dispose = memsnoop_ignored_window_dispose;
  G_OBJECT_CLASS (class)->finalize = memsnoop_ignored_window_finalize;
  GTK_WINDOW_CLASS (class)->close_request = memsnoop_ignored_window_close_request;
  gtk_widget_class_add_binding_action (GTK_WIDGET_CLASS (class), GDK_KEY_Escape, 0, "window.close",
                                       NULL);
}

GtkWidget *
memsnoop_ignored_window_new (GtkWindow *parent, MemsnoopService *service)
{
  MemsnoopIgnoredWindow *self =
      g_object_new (MEMSNOOP_TYPE_IGNORED_WINDOW, "transient-for", parent, NULL);

  self->service = g_object_ref (service);
  memsnoop_service_call (service, "ListIgnored", NULL, "(as)", TRUE, -1, self->cancellable,
                         on_listed, g_object_ref (self));
  return GTK_WIDGET (self);
}
