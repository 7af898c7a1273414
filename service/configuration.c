/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "configuration.h"

#include "memsnoop-names.h"

#include <string.h>

/* A configuration file is short; whatever is larger is something else. */
#define FILE_SIZE_MAXIMUM (64 * 1024)
#define SESSIONS_LIMIT 4096
#define KIB G_GUINT64_CONSTANT (1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

typedef enum
{
  KEY_COUNT,
  KEY_SIZE,
  KEY_NUMBER,
  KEY_ACCOUNT,
  KEY_SWITCH,
} KeyKind;

typedef struct
{
  const gchar *group;
  const gchar *name;
  KeyKind kind;
  gsize offset; /* of the field in MemsnoopConfiguration */
  gdouble minimum;
  gdouble maximum;
} Key;

#define FIELD(name) G_STRUCT_OFFSET (MemsnoopConfiguration, name)

static const Key keys[] = {
  { "service", "user", KEY_ACCOUNT, FIELD (user), 0, 0 },
  { "sessions", "maximum", KEY_COUNT, FIELD (max_sessions), 1, SESSIONS_LIMIT },
  { "sessions", "maximum-per-caller", KEY_COUNT, FIELD (max_sessions_per_caller), 1,
    SESSIONS_LIMIT },
  { "sessions", "heaps-per-caller", KEY_COUNT, FIELD (max_heaps_per_caller), 1,
    MEMSNOOP_HEAP_RECORDINGS_MAX },
  { "sessions", "maximum-kept", KEY_COUNT, FIELD (max_kept_sessions), 0, SESSIONS_LIMIT },
  { "kernel", "map-memory", KEY_SIZE, FIELD (map_memory), MEMSNOOP_MAP_MEMORY_MINIMUM,
    MEMSNOOP_MAP_MEMORY_MAXIMUM },
  { "heap", "map-memory", KEY_SIZE, FIELD (heap_map_memory), MEMSNOOP_MAP_MEMORY_MINIMUM,
    MEMSNOOP_MAP_MEMORY_MAXIMUM },
  { "watch", "interval", KEY_NUMBER, FIELD (watch_interval), MEMSNOOP_INTERVAL_MINIMUM,
    MEMSNOOP_INTERVAL_MAXIMUM },
  { "watch", "minimum-growth", KEY_SIZE, FIELD (growth.minimum_bytes), 64 * KIB, 1024 * GIB },
  { "watch", "minimum-growth-share", KEY_NUMBER, FIELD (growth.minimum_share), 0, 1 },
  { "watch", "record-suspects", KEY_SWITCH, FIELD (record_suspects), 0, 0 },
  { "anomalies", "churn", KEY_NUMBER, FIELD (anomalies.churn), 0, 1 },
  { "anomalies", "churn-rate", KEY_NUMBER, FIELD (anomalies.churn_rate), 1, 1e9 },
  { "anomalies", "large-allocation", KEY_SIZE, FIELD (anomalies.large_allocation), KIB,
    1024 * GIB },
  { "anomalies", "large-allocation-factor", KEY_NUMBER, FIELD (anomalies.large_allocation_factor),
    1, 1e6 },
  { "anomalies", "burst-factor", KEY_NUMBER, FIELD (anomalies.burst_factor), 1, 1e6 },
  { "anomalies", "burst-rate", KEY_SIZE, FIELD (anomalies.burst_rate), KIB, 1024 * GIB },
  { "anomalies", "fragmentation", KEY_NUMBER, FIELD (anomalies.fragmentation), 0, 1 },
  { "anomalies", "fragmentation-bytes", KEY_SIZE, FIELD (anomalies.fragmentation_bytes), KIB,
    1024 * GIB },
};

/* A file while it is read. */
typedef struct
{
  const gchar *path;
  gchar *text;
  GKeyFile *key_file;
} Source;

static void
source_clear (Source *source)
{
  g_clear_pointer (&source->text, g_free);
  g_clear_pointer (&source->key_file, g_key_file_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Source, source_clear)

MemsnoopConfiguration *
memsnoop_configuration_new (void)
{
  MemsnoopConfiguration *self = g_new0 (MemsnoopConfiguration, 1);

  self->map_memory = MEMSNOOP_MAP_MEMORY_DEFAULT;
  self->heap_map_memory = MEMSNOOP_MAP_MEMORY_DEFAULT;
  self->max_sessions = 64;
  self->max_sessions_per_caller = 16;
  self->max_heaps_per_caller = MEMSNOOP_HEAP_RECORDINGS_MAX / 2;
  self->max_kept_sessions = 16;
  self->user = g_strdup (MEMSNOOP_USER);
  self->watch_interval = MEMSNOOP_INTERVAL_DEFAULT;
  self->growth = (MemsnoopGrowthThresholds){ .minimum_bytes = 4 * MIB, .minimum_share = 0.02 };
  self->anomalies = (MemsnoopAnomalyThresholds){
    .churn = 0.9,
    .churn_rate = 100000,
    .large_allocation = MIB,
    .large_allocation_factor = 10,
    .burst_factor = 10,
    .burst_rate = 128 * MIB,
    .fragmentation = 0.4,
    .fragmentation_bytes = 64 * MIB,
  };
  return self;
}

void
memsnoop_configuration_free (MemsnoopConfiguration *self)
{
  if (self == NULL)
    return;
  g_free (self->user);
  g_free (self);
}

/* The group that a stripped line opens, or NULL. */
static gchar *
line_group (const gchar *line)
{
  gsize length = strlen (line);

  if (length < 2 || line[0] != '[' || line[length - 1] != ']')
    return NULL;
  return g_strndup (line + 1, length - 2);
}

static gboolean
line_sets_key (const gchar *line, const gchar *key)
{
  const gchar *equals = strchr (line, '=');
  g_autofree gchar *name = NULL;

  if (equals == NULL || line[0] == '#')
    return FALSE;
  name = g_strndup (line, (gsize) (equals - line));
  return g_str_equal (g_strchomp (name), key);
}

/* GKeyFile does not tell lines: the last one that sets @key in @group, or that opens @group when
 * @key is NULL. Of a key that is set twice GKeyFile takes the last, too. */
static guint
find_line (const gchar *text, const gchar *group, const gchar *key)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  gboolean inside = FALSE;
  guint found = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      const gchar *line = g_strstrip (lines[i]);
      g_autofree gchar *opened = line_group (line);

      if (opened != NULL)
        inside = g_str_equal (opened, group);
      if (key == NULL ? (opened != NULL && inside) : (inside && line_sets_key (line, key)))
        found = i + 1;
    }
  return found;
}

static gboolean
first_lines_load (gchar **lines, guint n)
{
  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (text, "%s\n", lines[i]);
  return g_key_file_load_from_data (key_file, text->str, text->len, G_KEY_FILE_NONE, NULL);
}

/* The first line that GKeyFile refuses: when it does, it refuses everything longer as well. */
static guint
find_malformed_line (const gchar *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint good = 0, bad = g_strv_length (lines);

  while (bad - good > 1)
    {
      guint middle = good + (bad - good) / 2;

      if (first_lines_load (lines, middle))
        good = middle;
      else
        bad = middle;
    }
  return bad;
}

static gboolean
source_load (Source *source, GError **error)
{
  g_autoptr (GError) malformed = NULL;
  gsize length;

  if (!g_file_get_contents (source->path, &source->text, &length, error))
    return FALSE;
  if (length > FILE_SIZE_MAXIMUM || strlen (source->text) != length)
    {
      g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE,
                   "%s: not a configuration file: it has %" G_GSIZE_FORMAT
                   " bytes, where at most %d bytes of text are expected",
                   source->path, length, FILE_SIZE_MAXIMUM);
      return FALSE;
    }
  source->key_file = g_key_file_new ();
  if (!g_key_file_load_from_data (source->key_file, source->text, length, G_KEY_FILE_NONE,
                                  &malformed))
    {
      g_set_error (error, malformed->domain, malformed->code, "%s:%u: %s", source->path,
                   find_malformed_line (source->text), malformed->message);
      return FALSE;
    }
  return TRUE;
}

/* The names that exist, for a message: the groups, or the keys of @group. */
static gchar *
list_names (const gchar *group)
{
  g_autoptr (GString) names = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    {
      const gchar *name = group == NULL ? keys[i].group : keys[i].name;

      if (group != NULL && !g_str_equal (keys[i].group, group))
        continue;
      if (group == NULL && i > 0 && g_str_equal (keys[i - 1].group, name))
        continue;
      g_string_append_printf (names, "%s%s", names->len > 0 ? ", " : "", name);
    }
  return g_string_free (g_steal_pointer (&names), FALSE);
}

static const Key *
find_key (const gchar *group, const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (keys); i++)
    if (g_str_equal (keys[i].group, group) && (name == NULL || g_str_equal (keys[i].name, name)))
      return &keys[i];
  return NULL;
}

/* A number of bytes, also as 512K, 64M or 2G with or without "iB" behind. */
static gboolean
parse_size (const gchar *text, guint64 *size)
{
  static const gchar suffixes[] = "KMG";
  g_autofree gchar *number = g_strdup (text);
  gsize length = strlen (number);
  const gchar *suffix;
  guint shift = 0;

  if (length > 2 && g_str_has_suffix (number, "iB"))
    {
      length -= 2;
      if (strchr (suffixes, number[length - 1]) == NULL)
        return FALSE;
    }
  if (length > 0 && (suffix = strchr (suffixes, number[length - 1])) != NULL)
    {
      shift = 10 * (guint) (suffix - suffixes + 1);
      length--;
    }
  number[length] = '\0';
  if (!g_ascii_string_to_unsigned (g_strchomp (number), 10, 0, G_MAXUINT64 >> shift, size, NULL))
    return FALSE;
  *size <<= shift;
  return TRUE;
}

static gboolean
is_account_name (const gchar *text)
{
  return g_regex_match_simple ("^[A-Za-z_][A-Za-z0-9_.-]{0,31}\\z", text, 0, 0);
}

/* As the file has it. g_format_size() puts a no-break space into its text, which a terminal that is
 * not UTF-8 would garble. */
static gchar *
format_size (guint64 size)
{
  static const gchar suffixes[] = "KMG";
  guint shift = 30;

  while (shift > 0 && size % (G_GUINT64_CONSTANT (1) << shift) != 0)
    shift -= 10;
  return shift == 0
             ? g_strdup_printf ("%" G_GUINT64_FORMAT, size)
             : g_strdup_printf ("%" G_GUINT64_FORMAT "%c", size >> shift, suffixes[shift / 10 - 1]);
}

/* What a value of @key looks like, for a message. */
static gchar *
describe_right_value (const Key *key)
{
  g_autofree gchar *minimum = NULL;
  g_autofree gchar *maximum = NULL;

  switch (key->kind)
    {
    case KEY_COUNT:
      return g_strdup_printf ("a whole number from %.0f to %.0f", key->minimum, key->maximum);
    case KEY_NUMBER:
      return g_strdup_printf ("a number from %.15g to %.15g", key->minimum, key->maximum);
    case KEY_SIZE:
      minimum = format_size ((guint64) key->minimum);
      maximum = format_size ((guint64) key->maximum);
      return g_strdup_printf ("a number of bytes, or one with K, M or G behind it as in 64M, "
                              "from %s to %s",
                              minimum, maximum);
    case KEY_SWITCH:
      return g_strdup ("true or false");
    case KEY_ACCOUNT:
    default:
      return g_strdup ("the name of an account, as in " MEMSNOOP_USER);
    }
}

/* Digits with at most one point between them: what strtod() takes besides, such as "inf" or "1e3",
 * is more likely a mistake. */
static gboolean
parse_number (const gchar *text, gdouble *number)
{
  if (!g_regex_match_simple ("^[0-9]{1,15}(\\.[0-9]{1,15})?\\z", text, 0, 0))
    return FALSE;
  *number = g_ascii_strtod (text, NULL);
  return TRUE;
}

static gboolean
store_value (const Key *key, const gchar *value, MemsnoopConfiguration *configuration)
{
  gpointer field = G_STRUCT_MEMBER_P (configuration, key->offset);
  guint64 number;
  gdouble real;

  switch (key->kind)
    {
    case KEY_COUNT:
      if (!g_ascii_string_to_unsigned (value, 10, (guint64) key->minimum, (guint64) key->maximum,
                                       &number, NULL))
        return FALSE;
      *(guint *) field = (guint) number;
      return TRUE;
    case KEY_SIZE:
      if (!parse_size (value, &number) || number < (guint64) key->minimum ||
          number > (guint64) key->maximum)
        return FALSE;
      *(guint64 *) field = number;
      return TRUE;
    case KEY_NUMBER:
      if (!parse_number (value, &real) || real < key->minimum || real > key->maximum)
        return FALSE;
      *(gdouble *) field = real;
      return TRUE;
    case KEY_SWITCH:
      *(gboolean *) field = g_str_equal (value, "true");
      return *(gboolean *) field || g_str_equal (value, "false");
    case KEY_ACCOUNT:
    default:
      if (!is_account_name (value))
        return FALSE;
      g_free (*(gchar **) field);
      *(gchar **) field = g_strdup (value);
      return TRUE;
    }
}

static gboolean
read_key (const Source *source,
          const gchar *group,
          const gchar *name,
          MemsnoopConfiguration *configuration,
          GError **error)
{
  const Key *key = find_key (group, name);
  guint line = find_line (source->text, group, name);
  g_autofree gchar *value = NULL;
  g_autofree gchar *right = NULL;

  if (key == NULL)
    {
      right = list_names (group);
      g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND,
                   "%s:%u: unknown key \"%s\" in group [%s]; the keys there are %s", source->path,
                   line, name, group, right);
      return FALSE;
    }
  value = g_key_file_get_value (source->key_file, group, name, error);
  if (value == NULL)
    return FALSE;
  if (store_value (key, g_strchomp (value), configuration))
    return TRUE;
  right = describe_right_value (key);
  g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
               "%s:%u: \"%s\" in group [%s] is \"%s\", but has to be %s", source->path, line, name,
               group, value, right);
  return FALSE;
}

static gboolean
read_group (const Source *source,
            const gchar *group,
            MemsnoopConfiguration *configuration,
            GError **error)
{
  g_auto (GStrv) names = NULL;
  g_autofree gchar *groups = NULL;

  if (find_key (group, NULL) == NULL)
    {
      groups = list_names (NULL);
      g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_GROUP_NOT_FOUND,
                   "%s:%u: unknown group [%s]; the groups are %s", source->path,
                   find_line (source->text, group, NULL), group, groups);
      return FALSE;
    }
  names = g_key_file_get_keys (source->key_file, group, NULL, error);
  if (names == NULL)
    return FALSE;
  for (guint i = 0; names[i] != NULL; i++)
    if (!read_key (source, group, names[i], configuration, error))
      return FALSE;
  return TRUE;
}

MemsnoopConfiguration *
memsnoop_configuration_load (const gchar *path, GError **error)
{
  g_autoptr (MemsnoopConfiguration) configuration = memsnoop_configuration_new ();
  g_auto (Source) source = { .path = path };
  g_auto (GStrv) groups = NULL;

  if (!source_load (&source, error))
    return NULL;
  groups = g_key_file_get_groups (source.key_file, NULL);
  for (guint i = 0; groups[i] != NULL; i++)
    if (!read_group (&source, groups[i], configuration, error))
      return NULL;
  return g_steal_pointer (&configuration);
}
