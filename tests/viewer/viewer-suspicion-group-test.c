/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is shown of the code when asking for it fails. */
#include "suspicion-group.h"

#include <string.h>

#define CODE                                                                                       \
  "{'kind': <'heap'>, 'sites': <[{'bytes': <uint64 2048>, 'frames': <['leak', 'main']>}]>}"

static GVariant *
parse (const gchar *text)
{
  GVariant *value = g_variant_parse (G_VARIANT_TYPE_VARDICT, text, NULL, NULL, NULL);

  g_assert_nonnull (value);
  return value;
}

static MemsnoopSuspicionGroup *
make_group (void)
{
  g_autoptr (MemsnoopService) service = memsnoop_service_new ();
  g_autoptr (MemsnoopSuspectList) list = memsnoop_suspect_list_new (service);
  g_autoptr (MemsnoopSuspectItem) item = memsnoop_suspect_item_new (1);
  g_autoptr (GVariant) evidence = parse ("{'kind': <'heap'>}");

  memsnoop_suspect_item_set (item, 7, "leaky", evidence);
  return g_object_ref_sink (
      MEMSNOOP_SUSPICION_GROUP (memsnoop_suspicion_group_new (service, list, item)));
}

static void
take (MemsnoopSuspicionGroup *group, const gchar *suspect)
{
  g_autoptr (GVariant) value = parse (suspect);

  memsnoop_suspicion_group_set_sites (group, value);
}

static void
fail (MemsnoopSuspicionGroup *group, GQuark domain, gint code)
{
  g_autoptr (GError) error = g_error_new_literal (domain, code, "so it is");

  memsnoop_suspicion_group_set_failure (group, error);
}

static gboolean
says (GtkWidget *widget, const gchar *text)
{
  if (GTK_IS_LABEL (widget) && strstr (gtk_label_get_text (GTK_LABEL (widget)), text) != NULL)
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (says (child, text))
      return TRUE;
  return FALSE;
}

static void
test_code_that_is_known_stays_when_asking_again_fails (void)
{
  g_autoptr (MemsnoopSuspicionGroup) group = make_group ();

  take (group, CODE);
  g_assert_true (says (GTK_WIDGET (group), "leak"));
  fail (group, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  fail (group, G_IO_ERROR, G_IO_ERROR_CLOSED);
  fail (group, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY);
  g_assert_true (says (GTK_WIDGET (group), "called by main"));
  g_assert_false (says (GTK_WIDGET (group), "so it is"));
}

static void
test_where_no_code_is_known_it_is_told_what_failed_until_it_is_read (void)
{
  g_autoptr (MemsnoopSuspicionGroup) group = make_group ();

  fail (group, G_IO_ERROR, G_IO_ERROR_TIMED_OUT);
  g_assert_true (says (GTK_WIDGET (group), "What is known of the code cannot be read: so it is"));
  take (group, "{'kind': <'heap'>}");
  g_assert_false (says (GTK_WIDGET (group), "so it is"));
  fail (group, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY);
  g_assert_true (says (GTK_WIDGET (group), "cannot be read: so it is"));
  take (group, CODE);
  g_assert_true (says (GTK_WIDGET (group), "called by main"));
  g_assert_false (says (GTK_WIDGET (group), "so it is"));
}

static void
test_code_that_may_not_be_shown_any_more_is_not (void)
{
  g_autoptr (MemsnoopSuspicionGroup) group = make_group ();

  take (group, CODE);
  fail (group, G_DBUS_ERROR, G_DBUS_ERROR_ACCESS_DENIED);
  g_assert_true (says (GTK_WIDGET (group), "What is known of the code may not be shown: so it is"));
  g_assert_false (says (GTK_WIDGET (group), "called by main"));
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/suspicion-group/code-that-is-known-stays-when-asking-again-fails",
                   test_code_that_is_known_stays_when_asking_again_fails);
  g_test_add_func (
      "/suspicion-group/where-no-code-is-known-it-is-told-what-failed-until-it-is-read",
      test_where_no_code_is_known_it_is_told_what_failed_until_it_is_read);
  g_test_add_func ("/suspicion-group/code-that-may-not-be-shown-any-more-is-not",
                   test_code_that_may_not_be_shown_any_more_is_not);
  return g_test_run ();
}
