/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "option-dictionary.h"

#include "quoted-text.h"

static const MemsnoopOption *
find_option (const gchar *key, const MemsnoopOption *known, gsize n_known)
{
  for (gsize i = 0; i < n_known; i++)
    if (g_str_equal (known[i].key, key))
      return &known[i];
  return NULL;
}

static void
set_unknown_error (const gchar *method,
                   const gchar *key,
                   const MemsnoopOption *known,
                   gsize n_known,
                   GError **error)
{
  g_autoptr (GString) names = g_string_new (NULL);
  g_autofree gchar *quoted_key = memsnoop_quoted_text (key);

  for (gsize i = 0; i < n_known; i++)
    g_string_append_printf (names, "%s%s", i == 0 ? "" : ", ", known[i].key);
  g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
               "%s has no option %s; its options are: %s", method, quoted_key, names->str);
}

static gboolean
check_option (const gchar *method,
              const gchar *key,
              GVariant *value,
              const MemsnoopOption *known,
              gsize n_known,
              GError **error)
{
  const MemsnoopOption *option = find_option (key, known, n_known);

  if (option == NULL)
    {
      set_unknown_error (method, key, known, n_known, error);
      return FALSE;
    }
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE (option->type)))
    {
      g_autofree gchar *quoted_type = memsnoop_quoted_text (g_variant_get_type_string (value));

      g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                   "The option “%s” of %s has the type %s; it must have “%s”", key, method,
                   quoted_type, option->type);
      return FALSE;
    }
  return TRUE;
}

gboolean
memsnoop_option_dictionary_check (const gchar *method,
                                  GVariant *options,
                                  const MemsnoopOption *known,
                                  gsize n_known,
                                  GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GVariantIter iterator;
  const gchar *key;
  GVariant *value;

  g_variant_iter_init (&iterator, options);
  while (g_variant_iter_next (&iterator, "{&sv}", &key, &value))
    {
      g_autoptr (GVariant) owned_value = value;

      if (!check_option (method, key, owned_value, known, n_known, error))
        return FALSE;
      if (!g_hash_table_add (seen, (gpointer) key))
        {
          g_set_error (error, G_DBUS_ERROR, G_DBUS_ERROR_INVALID_ARGS,
                       "The option “%s” of %s is given more than once", key, method);
          return FALSE;
        }
    }
  return TRUE;
}
