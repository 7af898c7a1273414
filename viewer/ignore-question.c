/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ignore-question.h"

#include "accessible-name.h"
#include "executable-path.h"
#include "program.h"
#include "wording.h"

#include <adwaita.h>
#include <glib/gi18n.h>

/* TASK_COMM_LEN without its end. */
#define COMM_BYTES 15

typedef struct
{
  MemsnoopSuspectList *list;
  MemsnoopSuspectItem *item;
} Question;

static void
question_free (gpointer data, GClosure *closure)
{
  Question *question = data;

  g_object_unref (question->list);
  g_object_unref (question->item);
  g_free (question);
}

static void
on_response (AdwMessageDialog *dialog, const gchar *response, Question *question)
{
  if (g_str_equal (response, "ignore"))
    memsnoop_suspect_list_ignore (question->list, question->item);
}

static gboolean
is_called_after (MemsnoopSuspectItem *item, const gchar *executable)
{
  g_autofree gchar *base = g_path_get_basename (executable), *program = NULL;

  if (strlen (base) > COMM_BYTES)
    base[COMM_BYTES] = '\0';
  program = memsnoop_wording_name (base, MEMSNOOP_WORDING_NAME_MAX);
  return g_str_equal (program, memsnoop_suspect_item_get_name (item));
}

/* Without an executable, which is asked for by who ignores it, there is the name that it gave
 * itself. */
static gboolean
is_one_of_many (MemsnoopSuspectItem *item)
{
  const gchar *path = memsnoop_suspect_item_get_executable (item);
  g_autofree gchar *executable = NULL;

  if (path == NULL)
    return memsnoop_program_is_interpreter (memsnoop_suspect_item_get_name (item));
  executable = memsnoop_executable_path_strip_deleted (path);
  return memsnoop_program_is_interpreter (executable) || !is_called_after (item, executable);
}

static gchar *
describe (MemsnoopSuspectItem *item)
{
  const gchar *path = memsnoop_suspect_item_get_executable (item);
  const gchar *name = memsnoop_suspect_item_get_name (item);
  g_autofree gchar *program = NULL;

  if (path == NULL)
    return g_strdup_printf (_ ("Nothing that “%s” runs would be suspected any more."), name);
  program = memsnoop_wording_name (path, MEMSNOOP_WORDING_NAME_MAX);
  return g_strdup_printf (_ ("“%s” is run by %s. Nothing that this program runs would be suspected "
                             "any more."),
                          name, program);
}

static void
ask (GtkWidget *widget, MemsnoopSuspectList *list, MemsnoopSuspectItem *item)
{
  g_autofree gchar *text = describe (item);
  GtkWidget *dialog = adw_message_dialog_new (GTK_WINDOW (gtk_widget_get_root (widget)),
                                              _ ("Ignore the Whole Program?"), text);
  Question *question = g_new (Question, 1);

  question->list = g_object_ref (list);
  question->item = g_object_ref (item);
  adw_message_dialog_add_responses (ADW_MESSAGE_DIALOG (dialog), "cancel", _ ("Cancel"), "ignore",
                                    _ ("Ignore"), NULL);
  memsnoop_accessible_name_reset_all (dialog);
  adw_message_dialog_set_close_response (ADW_MESSAGE_DIALOG (dialog), "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_response), question, question_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}

void
memsnoop_ignore_question_ask (GtkWidget *widget,
                              MemsnoopSuspectList *list,
                              MemsnoopSuspectItem *item)
{
  if (is_one_of_many (item))
    ask (widget, list, item);
  else
    memsnoop_suspect_list_ignore (list, item);
}
