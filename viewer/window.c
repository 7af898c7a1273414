/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "window.h"

struct _MemsnoopWindow
{
  AdwApplicationWindow parent_instance;

  AdwStatusPage *status;
  MemsnoopService *service;
};

G_DEFINE_FINAL_TYPE (MemsnoopWindow, memsnoop_window, ADW_TYPE_APPLICATION_WINDOW)

static void
memsnoop_window_dispose (GObject *object)
{
  MemsnoopWindow *self = MEMSNOOP_WINDOW (object);

  g_clear_object (&self->service);
  G_OBJECT_CLASS (memsnoop_window_parent_class)->dispose (object);
}

static void
memsnoop_window_class_init (MemsnoopWindowClass *class)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (class);

  G_OBJECT_CLASS (class)->dispose = memsnoop_window_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, "/org/memsnoop1/Viewer/window.ui");
  gtk_widget_class_bind_template_child (widget_class, MemsnoopWindow, status);
}

static void
memsnoop_window_init (MemsnoopWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

MemsnoopWindow *
memsnoop_window_new (MemsnoopApplication *application, MemsnoopService *service)
{
  MemsnoopWindow *self = g_object_new (MEMSNOOP_TYPE_WINDOW, "application", application, NULL);

  self->service = g_object_ref (service);
  return self;
}

void
memsnoop_window_show_process (MemsnoopWindow *self, guint32 pid)
{
}
