/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "terminal.h"

#include "output.h"
#include "terminal-keys.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

/* The alternate screen, no cursor, and no wrapping should a line be wider than we think. */
#define ENTER_SCREEN "\033[?1049h\033[?25l\033[?7l"
#define LEAVE_SCREEN "\033[?7h\033[?25h\033[?1049l"
#define TO_TOP "\033[H"
#define CLEAR_REST_OF_LINE "\033[K"
#define CLEAR_REST_OF_SCREEN "\033[J"

struct _MemsnoopTerminal
{
  MemsnoopTerminalFunction function;
  gpointer user_data;
  struct termios original;
  gboolean entered;
  int signals;
  guint signal_source;
  guint input_source;
  GString *input;
};

gboolean
memsnoop_terminal_is_usable (void)
{
  const gchar *type = g_getenv ("TERM");

  return isatty (STDIN_FILENO) && isatty (STDOUT_FILENO) && type != NULL && *type != '\0' &&
         strcmp (type, "dumb") != 0;
}

static void
fill_signals (sigset_t *signals)
{
  sigemptyset (signals);
  sigaddset (signals, SIGINT);
  sigaddset (signals, SIGTERM);
  sigaddset (signals, SIGHUP);
  sigaddset (signals, SIGQUIT);
  sigaddset (signals, SIGWINCH);
  sigaddset (signals, SIGTSTP);
  sigaddset (signals, SIGCONT);
}

void
memsnoop_terminal_block_signals (gboolean blocked)
{
  sigset_t signals;

  fill_signals (&signals);
  pthread_sigmask (blocked ? SIG_BLOCK : SIG_UNBLOCK, &signals, NULL);
}

/* Ctrl-C, Ctrl-Z and Ctrl-\ stay signals. */
static gboolean
enter (MemsnoopTerminal *self, GError **error)
{
  struct termios raw = self->original;

  raw.c_lflag &= ~(tcflag_t) (ICANON | ECHO | IEXTEN);
  raw.c_iflag &= ~(tcflag_t) (IXON);
  raw.c_cc[VMIN] = 1;
  raw.c_cc[VTIME] = 0;
  if (tcsetattr (STDIN_FILENO, TCSADRAIN, &raw) != 0)
    {
      int number = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number),
                   "cannot set up the terminal: %s", g_strerror (number));
      return FALSE;
    }

  self->entered = TRUE;
  return memsnoop_output_write_bytes (ENTER_SCREEN, strlen (ENTER_SCREEN), error);
}

static void
leave (MemsnoopTerminal *self)
{
  if (!self->entered)
    return;

  self->entered = FALSE;
  memsnoop_output_write_bytes (LEAVE_SCREEN, strlen (LEAVE_SCREEN), NULL);
  tcsetattr (STDIN_FILENO, TCSADRAIN, &self->original);
}

static void
end (MemsnoopTerminal *self)
{
  self->function (MEMSNOOP_TERMINAL_END, 0, self->user_data);
}

/* The screen may have been used by another program meanwhile. */
static void
enter_again (MemsnoopTerminal *self)
{
  if (enter (self, NULL))
    self->function (MEMSNOOP_TERMINAL_REDRAW, 0, self->user_data);
  else
    end (self);
}

static void
suspend (MemsnoopTerminal *self)
{
  leave (self);
  /* SIGTSTP itself is blocked. Goes on here after SIGCONT, which then arrives as a signal too. */
  raise (SIGSTOP);
}

static gboolean
on_unix_signal (gint fd, GIOCondition condition, gpointer user_data)
{
  MemsnoopTerminal *self = user_data;
  struct signalfd_siginfo information;

  if (read (fd, &information, sizeof information) != sizeof information)
    return G_SOURCE_CONTINUE;

  switch (information.ssi_signo)
    {
    case SIGWINCH:
      self->function (MEMSNOOP_TERMINAL_REDRAW, 0, self->user_data);
      break;
    case SIGTSTP:
      suspend (self);
      break;
    case SIGCONT:
      enter_again (self);
      break;
    default:
      end (self);
    }
  return G_SOURCE_CONTINUE;
}

static void
handle_keys (MemsnoopTerminal *self)
{
  guint key;
  gsize taken;

  while ((taken = memsnoop_terminal_keys_next (self->input->str, self->input->len, &key)) > 0)
    {
      g_string_erase (self->input, 0, (gssize) taken);
      self->function (MEMSNOOP_TERMINAL_KEY, key, self->user_data);
    }
}

static gboolean
on_input (gint fd, GIOCondition condition, gpointer user_data)
{
  MemsnoopTerminal *self = user_data;
  gchar bytes[256];
  gssize length = read (fd, bytes, sizeof bytes);

  if (length < 0 && (errno == EINTR || errno == EAGAIN))
    return G_SOURCE_CONTINUE;
  if (length <= 0)
    {
      self->input_source = 0;
      end (self);
      return G_SOURCE_REMOVE;
    }

  g_string_append_len (self->input, bytes, length);
  handle_keys (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
open_signals (MemsnoopTerminal *self, GError **error)
{
  sigset_t signals;
  int number;

  memsnoop_terminal_block_signals (TRUE);
  fill_signals (&signals);
  self->signals = signalfd (-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
  if (self->signals >= 0)
    return TRUE;

  number = errno;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number), "cannot wait for signals: %s",
               g_strerror (number));
  return FALSE;
}

MemsnoopTerminal *
memsnoop_terminal_new (MemsnoopTerminalFunction function, gpointer user_data, GError **error)
{
  g_autoptr (MemsnoopTerminal) self = g_new0 (MemsnoopTerminal, 1);

  self->function = function;
  self->user_data = user_data;
  self->input = g_string_new (NULL);
  self->signals = -1;
  if (tcgetattr (STDIN_FILENO, &self->original) != 0)
    {
      int number = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (number),
                   "cannot read how the terminal is set up: %s", g_strerror (number));
      return NULL;
    }
  if (!open_signals (self, error) || !enter (self, error))
    return NULL;

  self->signal_source = g_unix_fd_add (self->signals, G_IO_IN, on_unix_signal, self);
  self->input_source = g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, self);
  return g_steal_pointer (&self);
}

void
memsnoop_terminal_free (MemsnoopTerminal *self)
{
  leave (self);
  g_clear_handle_id (&self->signal_source, g_source_remove);
  g_clear_handle_id (&self->input_source, g_source_remove);
  if (self->signals >= 0)
    close (self->signals);
  g_string_free (self->input, TRUE);
  g_free (self);
}

void
memsnoop_terminal_get_size (guint *columns, guint *lines)
{
  struct winsize size = { 0 };

  ioctl (STDOUT_FILENO, TIOCGWINSZ, &size);
  *columns = size.ws_col > 0 ? size.ws_col : 80;
  *lines = size.ws_row > 0 ? size.ws_row : 24;
}

gboolean
memsnoop_terminal_has_braille (void)
{
  return g_strcmp0 (g_getenv ("TERM"), "linux") != 0;
}

gboolean
memsnoop_terminal_draw (MemsnoopTerminal *self, const GPtrArray *lines, GError **error)
{
  g_autoptr (GString) frame = g_string_new (TO_TOP);

  if (!self->entered)
    return TRUE;

  /* Cleared before it is written: behind a line of full width the last character would go. */
  for (guint i = 0; i < lines->len; i++)
    {
      g_string_append (frame, i + 1 < lines->len ? CLEAR_REST_OF_LINE : CLEAR_REST_OF_SCREEN);
      g_string_append (frame, lines->pdata[i]);
      if (i + 1 < lines->len)
        g_string_append (frame, "\r\n");
    }
  return memsnoop_output_write_bytes (frame->str, frame->len, error);
}
