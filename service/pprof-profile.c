/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pprof-profile.h"

#include "frame-text.h"

#include "pprof.pb-c.h"

/* Every message is in @memory, and in the array of its kind in the order of the identifiers. */
struct _MemsnoopPprofProfile
{
  Pprof__Profile message;
  Pprof__ValueType sample_types[MEMSNOOP_PPROF_VALUES];
  Pprof__ValueType *sample_type_list[MEMSNOOP_PPROF_VALUES];
  Pprof__ValueType period_type;
  GPtrArray *memory;
  GStringChunk *text_memory;
  GPtrArray *texts;
  GPtrArray *functions;
  GPtrArray *mappings;
  GPtrArray *locations;
  GPtrArray *samples;
  GArray *comments;
  /* The sample that is being put together, and identifiers of its locations. */
  Pprof__Sample *sample;
  GArray *stack;
  /* Text to index; indices of name and file as one guint64 to function; module to mapping; frame to
   * location. The latter three hold messages. */
  GHashTable *text_indices;
  GHashTable *function_keys;
  GHashTable *mapping_keys;
  GHashTable *location_keys;
};

static gpointer
allocate (MemsnoopPprofProfile *self, gsize n, gsize size)
{
  gpointer memory = g_malloc0_n (n, size);

  g_ptr_array_add (self->memory, memory);
  return memory;
}

/* 0 for %NULL. */
static gint64
add_text (MemsnoopPprofProfile *self, const gchar *text)
{
  gpointer index;

  if (text == NULL)
    return 0;
  if (g_hash_table_lookup_extended (self->text_indices, text, NULL, &index))
    return GPOINTER_TO_UINT (index);
  index = GUINT_TO_POINTER (self->texts->len);
  text = g_string_chunk_insert (self->text_memory, text);
  g_ptr_array_add (self->texts, (gpointer) text);
  g_hash_table_insert (self->text_indices, (gpointer) text, index);
  return GPOINTER_TO_UINT (index);
}

static void
set_value_type (MemsnoopPprofProfile *self,
                Pprof__ValueType *message,
                const gchar *type,
                const gchar *unit)
{
  pprof__value_type__init (message);
  message->type = add_text (self, type);
  message->unit = add_text (self, unit);
}

static void
set_sample_types (MemsnoopPprofProfile *self)
{
  static const gchar *const types[MEMSNOOP_PPROF_VALUES][2] = {
    [MEMSNOOP_PPROF_ALLOC_OBJECTS] = { "alloc_objects", "count" },
    [MEMSNOOP_PPROF_ALLOC_SPACE] = { "alloc_space", "bytes" },
    [MEMSNOOP_PPROF_INUSE_OBJECTS] = { "inuse_objects", "count" },
    [MEMSNOOP_PPROF_INUSE_SPACE] = { "inuse_space", "bytes" },
  };

  for (guint i = 0; i < MEMSNOOP_PPROF_VALUES; i++)
    {
      set_value_type (self, &self->sample_types[i], types[i][0], types[i][1]);
      self->sample_type_list[i] = &self->sample_types[i];
    }
  self->message.n_sample_type = MEMSNOOP_PPROF_VALUES;
  self->message.sample_type = self->sample_type_list;
  self->message.default_sample_type = add_text (self, types[MEMSNOOP_PPROF_INUSE_SPACE][0]);
}

MemsnoopPprofProfile *
memsnoop_pprof_profile_new (void)
{
  MemsnoopPprofProfile *self = g_new0 (MemsnoopPprofProfile, 1);

  pprof__profile__init (&self->message);
  self->memory = g_ptr_array_new_with_free_func (g_free);
  self->text_memory = g_string_chunk_new (4096);
  self->texts = g_ptr_array_new ();
  self->functions = g_ptr_array_new ();
  self->mappings = g_ptr_array_new ();
  self->locations = g_ptr_array_new ();
  self->samples = g_ptr_array_new ();
  self->comments = g_array_new (FALSE, FALSE, sizeof (gint64));
  self->stack = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->text_indices = g_hash_table_new (g_str_hash, g_str_equal);
  self->function_keys = g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);
  self->mapping_keys = g_hash_table_new (g_str_hash, g_str_equal);
  self->location_keys = g_hash_table_new (NULL, NULL);
  add_text (self, "");
  set_sample_types (self);
  return self;
}

void
memsnoop_pprof_profile_free (MemsnoopPprofProfile *self)
{
  g_hash_table_unref (self->text_indices);
  g_hash_table_unref (self->function_keys);
  g_hash_table_unref (self->mapping_keys);
  g_hash_table_unref (self->location_keys);
  g_array_unref (self->stack);
  g_array_unref (self->comments);
  g_ptr_array_unref (self->samples);
  g_ptr_array_unref (self->locations);
  g_ptr_array_unref (self->mappings);
  g_ptr_array_unref (self->functions);
  g_ptr_array_unref (self->texts);
  g_string_chunk_free (self->text_memory);
  g_ptr_array_unref (self->memory);
  g_free (self);
}

void
memsnoop_pprof_profile_set_time (MemsnoopPprofProfile *self, gint64 time, gint64 duration)
{
  self->message.time_nanos = time;
  self->message.duration_nanos = duration;
}

void
memsnoop_pprof_profile_set_period (MemsnoopPprofProfile *self, gint64 bytes)
{
  set_value_type (self, &self->period_type, "space", "bytes");
  self->message.period_type = &self->period_type;
  self->message.period = bytes;
}

void
memsnoop_pprof_profile_add_comment (MemsnoopPprofProfile *self, const gchar *comment)
{
  gint64 index = add_text (self, comment);

  g_array_append_val (self->comments, index);
}

static guint64
find_function (MemsnoopPprofProfile *self, const gchar *name, const gchar *file)
{
  gint64 name_index = add_text (self, name), file_index = add_text (self, file);
  gint64 key = name_index << 32 | file_index;
  Pprof__Function *function = g_hash_table_lookup (self->function_keys, &key);

  if (function != NULL)
    return function->id;
  function = allocate (self, 1, sizeof *function);
  pprof__function__init (function);
  g_ptr_array_add (self->functions, function);
  g_hash_table_insert (self->function_keys, g_memdup2 (&key, sizeof key), function);
  function->id = self->functions->len;
  function->name = name_index;
  function->system_name = name_index;
  function->filename = file_index;
  return function->id;
}

static Pprof__Mapping *
find_mapping (MemsnoopPprofProfile *self, const gchar *module)
{
  Pprof__Mapping *mapping = g_hash_table_lookup (self->mapping_keys, module);

  if (mapping != NULL)
    return mapping;
  mapping = allocate (self, 1, sizeof *mapping);
  pprof__mapping__init (mapping);
  g_ptr_array_add (self->mappings, mapping);
  g_hash_table_insert (self->mapping_keys, (gpointer) module, mapping);
  mapping->id = self->mappings->len;
  mapping->filename = add_text (self, module);
  mapping->memory_limit = 1;
  /* Places without a name have one of ours, so that no viewer looks names up by itself: places are
   * told by their offset in the file, not by their address. */
  mapping->has_functions = TRUE;
  return mapping;
}

void
memsnoop_pprof_profile_add_module (MemsnoopPprofProfile *self,
                                   const gchar *module,
                                   const gchar *build_id)
{
  Pprof__Mapping *mapping = find_mapping (self, module);

  if (build_id != NULL)
    mapping->build_id = add_text (self, build_id);
}

static void
set_mapping (MemsnoopPprofProfile *self, Pprof__Location *location, const MemsnoopFrame *frame)
{
  Pprof__Mapping *mapping = find_mapping (self, frame->module);

  location->mapping_id = mapping->id;
  mapping->memory_limit = MAX (mapping->memory_limit, frame->offset + 1);
  mapping->has_inline_frames |= frame->n_functions > 1;
  for (guint i = 0; i < frame->n_functions; i++)
    {
      mapping->has_filenames |= frame->functions[i].file != NULL;
      mapping->has_line_numbers |= frame->functions[i].line != 0;
    }
}

/* Room for @n_lines lines. */
static Pprof__Location *
add_location (MemsnoopPprofProfile *self, guint64 address, guint n_lines)
{
  Pprof__Location *location = allocate (self, 1, sizeof *location);

  pprof__location__init (location);
  g_ptr_array_add (self->locations, location);
  location->id = self->locations->len;
  location->address = address;
  location->n_line = n_lines;
  location->line = allocate (self, n_lines, sizeof *location->line);
  for (guint i = 0; i < n_lines; i++)
    {
      location->line[i] = allocate (self, 1, sizeof **location->line);
      pprof__line__init (location->line[i]);
    }
  return location;
}

static Pprof__Location *
make_location (MemsnoopPprofProfile *self, const MemsnoopFrame *frame)
{
  guint n_lines = memsnoop_frame_n_texts (frame);
  Pprof__Location *location = add_location (self, frame->offset, n_lines);

  if (frame->module != NULL)
    set_mapping (self, location, frame);
  for (guint i = 0; i < n_lines; i++)
    {
      const MemsnoopFunction *function =
          i < frame->n_functions ? &frame->functions[i] : &(MemsnoopFunction){ NULL };
      g_autofree gchar *text =
          function->name != NULL ? g_strdup (function->name) : memsnoop_frame_text (frame, i);

      location->line[i]->function_id = find_function (self, text, function->file);
      location->line[i]->line = function->line;
    }
  return location;
}

void
memsnoop_pprof_profile_begin_sample (MemsnoopPprofProfile *self,
                                     const gint64 *values,
                                     const gchar *process)
{
  Pprof__Sample *sample = allocate (self, 1, sizeof *sample);

  pprof__sample__init (sample);
  sample->n_value = MEMSNOOP_PPROF_VALUES;
  sample->value = allocate (self, MEMSNOOP_PPROF_VALUES, sizeof *sample->value);
  for (guint i = 0; i < MEMSNOOP_PPROF_VALUES; i++)
    sample->value[i] = values[i];
  sample->n_label = 1;
  sample->label = allocate (self, 1, sizeof *sample->label);
  sample->label[0] = allocate (self, 1, sizeof **sample->label);
  pprof__label__init (sample->label[0]);
  sample->label[0]->key = add_text (self, "process");
  sample->label[0]->str = add_text (self, process);
  g_ptr_array_add (self->samples, sample);
  g_array_set_size (self->stack, 0);
  self->sample = sample;
}

void
memsnoop_pprof_profile_add_frame (MemsnoopPprofProfile *self, const MemsnoopFrame *frame)
{
  Pprof__Location *location = g_hash_table_lookup (self->location_keys, frame);

  if (location == NULL)
    {
      location = make_location (self, frame);
      g_hash_table_insert (self->location_keys, (gpointer) frame, location);
    }
  g_array_append_val (self->stack, location->id);
}

void
memsnoop_pprof_profile_add_name (MemsnoopPprofProfile *self, const gchar *name)
{
  Pprof__Location *location = g_hash_table_lookup (self->location_keys, name);

  if (location == NULL)
    {
      location = add_location (self, 0, 1);
      location->line[0]->function_id = find_function (self, name, NULL);
      g_hash_table_insert (self->location_keys, (gpointer) name, location);
    }
  g_array_append_val (self->stack, location->id);
}

void
memsnoop_pprof_profile_end_sample (MemsnoopPprofProfile *self)
{
  Pprof__Sample *sample = self->sample;

  sample->n_location_id = self->stack->len;
  sample->location_id = allocate (self, self->stack->len, sizeof *sample->location_id);
  for (guint i = 0; i < self->stack->len; i++)
    sample->location_id[i] = g_array_index (self->stack, guint64, i);
  self->sample = NULL;
}

GBytes *
memsnoop_pprof_profile_pack (MemsnoopPprofProfile *self)
{
  Pprof__Profile *message = &self->message;
  gsize size;
  guint8 *data;

  message->n_string_table = self->texts->len;
  message->string_table = (char **) self->texts->pdata;
  message->n_function = self->functions->len;
  message->function = (Pprof__Function **) self->functions->pdata;
  message->n_mapping = self->mappings->len;
  message->mapping = (Pprof__Mapping **) self->mappings->pdata;
  message->n_location = self->locations->len;
  message->location = (Pprof__Location **) self->locations->pdata;
  message->n_sample = self->samples->len;
  message->sample = (Pprof__Sample **) self->samples->pdata;
  message->n_comment = self->comments->len;
  message->comment = (gint64 *) (gpointer) self->comments->data;
  size = pprof__profile__get_packed_size (message);
  data = g_malloc (size);
  pprof__profile__pack (message, data);
  return g_bytes_new_take (data, size);
}
