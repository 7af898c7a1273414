/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "terminal-text.h"

gboolean
memsnoop_terminal_text_is_unicode (void)
{
  return g_get_charset (NULL);
}

static gboolean
is_safe (gunichar character)
{
  GUnicodeType type = g_unichar_type (character);

  return g_unichar_isprint (character) && type != G_UNICODE_LINE_SEPARATOR &&
         type != G_UNICODE_PARAGRAPH_SEPARATOR && type != G_UNICODE_PRIVATE_USE;
}

/* What stands for a character of our own and the service's texts where there is only ASCII; "?" for
 * others. */
static const gchar *
find_ascii (gunichar character)
{
  static const struct
  {
    gunichar character;
    const gchar *ascii;
  } known[] = {
    { 0x00a0, " " },  { 0x2013, "-" },  { 0x2014, "-" },   { 0x2018, "'" },  { 0x2019, "'" },
    { 0x201c, "\"" }, { 0x201d, "\"" }, { 0x2026, "..." }, { 0x2190, "<-" }, { 0x2192, "->" },
    { 0x2212, "-" },  { 0x00b1, "+-" }, { 0x00d7, "x" },   { 0x2265, ">=" }, { 0x2264, "<=" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (known); i++)
    if (known[i].character == character)
      return known[i].ascii;
  return "?";
}

static void
append_character (GString *line, gunichar character, gboolean unicode)
{
  if (character < 0x20 || (character >= 0x7f && character < 0xa0))
    g_string_append_printf (line, "\\x%02x", character);
  else if (!is_safe (character))
    g_string_append_printf (line, "\\u%04x", character);
  else if (character >= 0x80 && !unicode)
    g_string_append (line, find_ascii (character));
  else
    g_string_append_unichar (line, character);
}

/* Nearly all there is: it needs no second look. */
static const gchar *
skip_printable_ascii (const gchar *text)
{
  while (*text >= ' ' && *text <= '~')
    text++;
  return text;
}

static gchar *
escape (const gchar *text, gboolean unicode, gboolean keep_lines)
{
  const gchar *at = skip_printable_ascii (text);
  GString *line = g_string_new_len (text, at - text);

  while (*at != '\0')
    {
      gunichar character = g_utf8_get_char_validated (at, -1);

      if (character >= (gunichar) -2)
        {
          g_string_append_printf (line, "\\x%02x", (guchar) *at++);
          continue;
        }
      if (character == '\n' && keep_lines)
        g_string_append_c (line, '\n');
      else
        append_character (line, character, unicode);
      at = g_utf8_next_char (at);
    }
  return g_string_free (line, FALSE);
}

gchar *
memsnoop_terminal_text_to_ascii (const gchar *text)
{
  GString *ascii = g_string_new (NULL);

  for (const gchar *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      if (character < 0x80)
        g_string_append_c (ascii, (gchar) character);
      else
        g_string_append (ascii, find_ascii (character));
    }
  return g_string_free (ascii, FALSE);
}

gchar *
memsnoop_terminal_text_escape (const gchar *text, gboolean unicode)
{
  return escape (text, unicode, FALSE);
}

gchar *
memsnoop_terminal_text_escape_lines (const gchar *text, gboolean unicode)
{
  return escape (text, unicode, TRUE);
}

static guint
character_width (gunichar character)
{
  if (g_unichar_iszerowidth (character))
    return 0;
  return g_unichar_iswide (character) ? 2 : 1;
}

guint
memsnoop_terminal_text_width (const gchar *text)
{
  guint width = 0;

  for (const gchar *at = text; *at != '\0'; at = g_utf8_next_char (at))
    width += character_width (g_utf8_get_char (at));
  return width;
}

static void
append_spaces (GString *line, guint count)
{
  for (guint i = 0; i < count; i++)
    g_string_append_c (line, ' ');
}

static void
append_cut (GString *line, const gchar *text, guint columns, gboolean unicode)
{
  guint used = 0;

  for (const gchar *at = text; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      if (used + character_width (character) > columns - 1)
        break;
      used += character_width (character);
      g_string_append_unichar (line, character);
    }
  g_string_append (line, unicode ? "…" : "+");
  append_spaces (line, columns - 1 - used);
}

void
memsnoop_terminal_text_append_fitted (
    GString *line, const gchar *text, guint columns, gboolean right, gboolean unicode)
{
  guint width = memsnoop_terminal_text_width (text);

  if (columns == 0)
    return;
  if (width > columns)
    {
      append_cut (line, text, columns, unicode);
      return;
    }

  if (right)
    append_spaces (line, columns - width);
  g_string_append (line, text);
  if (!right)
    append_spaces (line, columns - width);
}

gchar *
memsnoop_terminal_text_escape_json (const gchar *json)
{
  GString *text = g_string_new (NULL);

  for (const gchar *at = json; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      if (character < 0x7f || is_safe (character))
        g_string_append_unichar (text, character);
      else if (character < 0x10000)
        g_string_append_printf (text, "\\u%04x", character);
      else
        g_string_append_printf (text, "\\u%04x\\u%04x", 0xd7c0 + (character >> 10),
                                0xdc00 + (character & 0x3ff));
    }
  return g_string_free (text, FALSE);
}
