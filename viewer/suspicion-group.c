/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "suspicion-group.h"

#include "accessible-name.h"
#include "dictionary.h"
#include "ignore-question.h"
#include "service-error.h"
#include "site-rows.h"
#include "wording.h"

#include <glib/gi18n.h>

#define UPDATE_SECONDS 30

struct _MemsnoopSuspicionGroup
{
  AdwPreferencesGroup parent_instance;

  AdwActionRow *row;
  GtkWidget *ignore_button;
  MemsnoopSiteRows *sites;

  MemsnoopService *service;
  MemsnoopSuspectList *list;
  MemsnoopSuspectItem *item;
  GCancellable *cancellable;
  guint timer;
  /* What changes is what was read just now. */
  gboolean taking;
  /* Whether the person has been asked for a password, where one is needed. */
  gboolean readable;
};

G_DEFINE_FINAL_TYPE (MemsnoopSuspicionGroup, memsnoop_suspicion_group, ADW_TYPE_PREFERENCES_GROUP)

static const gchar *
advice (MemsnoopSuspicionGroup *self)
{
  g_autofree gchar *kind =
      memsnoop_dictionary_lookup_string (memsnoop_suspect_item_get_evidence (self->item), "kind");

  if (g_strcmp0 (kind, "heap") == 0 || g_strcmp0 (kind, "kernel") == 0)
    return _ ("The code that holds what has grown is still being looked for.");
  return _ ("The code is not known. Record the heap: what is not freed shows after some minutes.");
}

void
memsnoop_suspicion_group_set_sites (MemsnoopSuspicionGroup *self, GVariant *suspect)
{
  g_autoptr (GVariant) sites = g_variant_lookup_value (suspect, "sites", G_VARIANT_TYPE ("aa{sv}"));

  if (sites != NULL && g_variant_n_children (sites) > 0)
    memsnoop_site_rows_set (self->sites, sites);
  else
    memsnoop_site_rows_set_note (self->sites, advice (self));
}

void
memsnoop_suspicion_group_set_failure (MemsnoopSuspicionGroup *self, const GError *error)
{
  gboolean refused = memsnoop_service_error_is_refusal (error);
  g_autofree gchar *why = NULL, *text = NULL;

  if (!refused && memsnoop_site_rows_has_sites (self->sites))
    return;
  why = memsnoop_service_error_describe (error);
  text = refused ? g_strdup_printf (_ ("What is known of the code may not be shown: %s"), why)
                 : g_strdup_printf (_ ("What is known of the code cannot be read: %s"), why);
  memsnoop_site_rows_set_note (self->sites, text);
}

static void
on_suspect (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopSuspicionGroup) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      memsnoop_service_call_finish (MEMSNOOP_SERVICE (source), result, &error);
  g_autoptr (GVariant) suspect = NULL;

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (reply == NULL)
    {
      memsnoop_suspicion_group_set_failure (self, error);
      return;
    }
  suspect = g_variant_get_child_value (reply, 0);
  memsnoop_suspicion_group_set_sites (self, suspect);
  self->taking = TRUE;
  memsnoop_suspect_item_update (self->item, suspect);
  self->taking = FALSE;
}

/* Nobody is asked for a password: the page has asked already. Nothing is read that nobody sees. */
static void
read_sites (MemsnoopSuspicionGroup *self)
{
  if (!self->readable || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;
  memsnoop_service_call (self->service, "GetSuspect",
                         g_variant_new ("(t)", memsnoop_suspect_item_get_id (self->item)),
                         "(a{sv})", FALSE, -1, self->cancellable, on_suspect, g_object_ref (self));
}

static void
name_button (MemsnoopSuspicionGroup *self)
{
  g_autofree gchar *name =
      g_strdup_printf (_ ("Ignore %s (%u)"), memsnoop_suspect_item_get_name (self->item),
                       memsnoop_suspect_item_get_pid (self->item));

  memsnoop_accessible_name_set (self->ignore_button, name);
}

static void
show_evidence (MemsnoopSuspicionGroup *self)
{
  g_autofree gchar *title = memsnoop_suspect_item_title (self->item);
  g_autofree gchar *sentences = memsnoop_suspect_item_sentences (self->item);
  g_autofree gchar *summary = memsnoop_suspect_item_summary (self->item);
  g_autofree gchar *text = g_strdup_printf ("%s\n%s", summary, sentences);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->row), title);
  adw_action_row_set_subtitle (self->row, text);
  if (memsnoop_suspect_item_is_probable (self->item))
    gtk_widget_add_css_class (GTK_WIDGET (self->row), "probable");
  /* Later versions of libadwaita describe it by the subtitle, of which GTK tells nothing. */
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (self->row), GTK_ACCESSIBLE_RELATION_DESCRIBED_BY);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->row), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  text, -1);
  name_button (self);
  if (!self->taking)
    read_sites (self);
}

static gboolean
on_timer (gpointer user_data)
{
  show_evidence (user_data);
  return G_SOURCE_CONTINUE;
}

static void
on_ignore (MemsnoopSuspicionGroup *self)
{
  memsnoop_ignore_question_ask (GTK_WIDGET (self), self->list, self->item);
}

static void
set_readable (MemsnoopSuspicionGroup *self, gboolean readable)
{
  if (self->readable == readable)
    return;
  self->readable = readable;
  read_sites (self);
}

/* The object */

static void
memsnoop_suspicion_group_map (GtkWidget *widget)
{
  MemsnoopSuspicionGroup *self = MEMSNOOP_SUSPICION_GROUP (widget);

  GTK_WIDGET_CLASS (memsnoop_suspicion_group_parent_class)->map (widget);
  self->timer = g_timeout_add_seconds (UPDATE_SECONDS, on_timer, self);
  show_evidence (self);
}

static void
memsnoop_suspicion_group_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&MEMSNOOP_SUSPICION_GROUP (widget)->timer, g_source_remove);
  GTK_WIDGET_CLASS (memsnoop_suspicion_group_parent_class)->unmap (widget);
}

static void
memsnoop_suspicion_group_unroot (GtkWidget *widget)
{
  g_cancellable_cancel (MEMSNOOP_SUSPICION_GROUP (widget)->cancellable);
  GTK_WIDGET_CLASS (memsnoop_suspicion_group_parent_class)->unroot (widget);
}

static void
memsnoop_suspicion_group_dispose (GObject *object)
{
  MemsnoopSuspicionGroup *self = MEMSNOOP_SUSPICION_GROUP (object);

  g_clear_handle_id (&self->timer, g_source_remove);
  if (self->item != NULL)
    g_signal_handlers_disconnect_by_data (self->item, self);
  g_clear_object (&self->item);
  g_clear_object (&self->list);
  g_clear_object (&self->service);
  G_OBJECT_CLASS (memsnoop_suspicion_group_parent_class)->dispose (object);
}

static void
memsnoop_suspicion_group_finalize (GObject *object)
{
  MemsnoopSuspicionGroup *self = MEMSNOOP_SUSPICION_GROUP (object);

  g_object_unref (self->cancellable);
  memsnoop_site_rows_free (self->sites);
  G_OBJECT_CLASS (memsnoop_suspicion_group_parent_class)->finalize (object);
}

static void
memsnoop_suspicion_group_class_init (MemsnoopSuspicionGroupClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  widget_class->map = memsnoop_suspicion_group_map;
  widget_class->unmap = memsnoop_suspicion_group_unmap;
  widget_class->unroot = memsnoop_suspicion_group_unroot;
  G_OBJECT_CLASS (class)->dispose = memsnoop_suspicion_group_dispose;
  G_OBJECT_CLASS (class)->finalize = memsnoop_suspicion_group_finalize;
}

static void
memsnoop_suspicion_group_init (MemsnoopSuspicionGroup *self)
{
  GtkWidget *button = gtk_button_new_with_label (_ ("Ignore"));

  self->cancellable = g_cancellable_new ();
  self->ignore_button = button;
  self->sites = memsnoop_site_rows_new (ADW_PREFERENCES_GROUP (self));
  self->row = ADW_ACTION_ROW (adw_action_row_new ());
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (self->row), FALSE);
  adw_action_row_set_title_lines (self->row, 0);
  adw_action_row_set_subtitle_lines (self->row, 0);
  adw_action_row_set_icon_name (self->row, "dialog-warning-symbolic");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, _ ("Do not suspect this program any more"));
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (on_ignore), self);
  adw_action_row_add_suffix (self->row, button);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), GTK_WIDGET (self->row));
}

GtkWidget *
memsnoop_suspicion_group_new (MemsnoopService *service,
                              MemsnoopSuspectList *list,
                              MemsnoopSuspectItem *item)
{
  MemsnoopSuspicionGroup *self = g_object_new (MEMSNOOP_TYPE_SUSPICION_GROUP, NULL);

  self->service = g_object_ref (service);
  self->list = g_object_ref (list);
  self->item = g_object_ref (item);
  g_signal_connect_swapped (item, "changed", G_CALLBACK (show_evidence), self);
  show_evidence (self);
  return GTK_WIDGET (self);
}

MemsnoopSuspectItem *
memsnoop_suspicion_group_get_item (MemsnoopSuspicionGroup *self)
{
  return self->item;
}

/* Those of a process */

typedef struct
{
  GtkBox *box;
  MemsnoopService *service;
  MemsnoopSuspectList *list;
  guint32 pid;
  gboolean readable;
} Following;

#define FOLLOWING_KEY "memsnoop-following"

static void
following_free (gpointer data, GClosure *closure)
{
  Following *following = data;

  g_object_unref (following->service);
  g_object_unref (following->list);
  g_free (following);
}

static gboolean
has_item (GListModel *model, MemsnoopSuspectItem *item)
{
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MemsnoopSuspectItem) other = g_list_model_get_item (model, i);

      if (other == item)
        return TRUE;
    }
  return FALSE;
}

static void
remove_groups (GtkBox *box, GListModel *model, GHashTable *kept)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (box));

  while (child != NULL)
    {
      GtkWidget *next = gtk_widget_get_next_sibling (child);
      MemsnoopSuspectItem *item =
          memsnoop_suspicion_group_get_item (MEMSNOOP_SUSPICION_GROUP (child));

      if (has_item (model, item))
        g_hash_table_add (kept, item);
      else
        gtk_box_remove (box, child);
      child = next;
    }
}

static void
pass_readable (Following *following)
{
  GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (following->box));

  for (; child != NULL; child = gtk_widget_get_next_sibling (child))
    set_readable (MEMSNOOP_SUSPICION_GROUP (child), following->readable);
}

static void
on_items (GListModel *model, guint position, guint removed, guint added, Following *following)
{
  g_autoptr (GHashTable) kept = g_hash_table_new (NULL, NULL);

  remove_groups (following->box, model, kept);
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MemsnoopSuspectItem) item = g_list_model_get_item (model, i);

      if (memsnoop_suspect_item_get_pid (item) == following->pid &&
          !g_hash_table_contains (kept, item))
        gtk_box_append (following->box,
                        memsnoop_suspicion_group_new (following->service, following->list, item));
    }
  gtk_widget_set_visible (GTK_WIDGET (following->box),
                          gtk_widget_get_first_child (GTK_WIDGET (following->box)) != NULL);
  pass_readable (following);
}

void
memsnoop_suspicion_group_follow (GtkBox *box,
                                 MemsnoopService *service,
                                 MemsnoopSuspectList *list,
                                 guint32 pid)
{
  GListModel *model = memsnoop_suspect_list_get_model (list);
  Following *following = g_new0 (Following, 1);
  GClosure *closure;

  following->box = box;
  following->service = g_object_ref (service);
  following->list = g_object_ref (list);
  following->pid = pid;
  closure = g_cclosure_new (G_CALLBACK (on_items), following, following_free);
  g_object_watch_closure (G_OBJECT (box), closure);
  g_signal_connect_closure (model, "items-changed", closure, FALSE);
  g_object_set_data (G_OBJECT (box), FOLLOWING_KEY, following);
  on_items (model, 0, 0, 0, following);
}

void
memsnoop_suspicion_group_set_readable (GtkBox *box, gboolean readable)
{
  Following *following = g_object_get_data (G_OBJECT (box), FOLLOWING_KEY);

  following->readable = readable;
  pass_readable (following);
}
