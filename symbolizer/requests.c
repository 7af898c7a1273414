/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "requests.h"

#include "allocator-functions.h"
#include "job-time.h"
#include "module-cache.h"
#include "unwind.h"

#include <string.h>

/* Processes whose tables are kept. */
#define IMAGES_MAX 32
/* See memsnoop_sandbox_enter() for how many descriptors there may be. Tables hold modules that the
 * cache has forgotten, so there are three times as many. */
#define FILES_MAX 2048
/* Bytes of files with debug information; what is read of them has to fit the address space. */
#define WEIGHT_MAX (1024 * G_GUINT64_CONSTANT (1048576))
/* Bytes of symbols in one answer, with room for the largest entry and the framing. */
#define ANSWER_MAX (MEMSNOOP_WORKER_MESSAGE_MAX - 16 * 1024)

struct MemsnoopRequests
{
  MemsnoopModuleCache *cache;
  /* MemsnoopProcessImage, the one that was used last first. */
  GQueue images;
};

typedef GVariant *(*Answer) (MemsnoopRequests *, MemsnoopWorkerMessage *, guint16 *);

MemsnoopRequests *
memsnoop_requests_new (void)
{
  MemsnoopRequests *requests = g_new0 (MemsnoopRequests, 1);

  requests->cache = memsnoop_module_cache_new ();
  return requests;
}

static void
drop_images (MemsnoopRequests *requests, guint n_kept)
{
  while (requests->images.length > n_kept)
    memsnoop_process_image_free (g_queue_pop_tail (&requests->images));
}

void
memsnoop_requests_free (MemsnoopRequests *requests)
{
  drop_images (requests, 0);
  memsnoop_module_cache_free (requests->cache);
  g_free (requests);
}

static GVariant *fail (guint16 *kind, const gchar *format, ...) G_GNUC_PRINTF (2, 3);

static GVariant *
fail (guint16 *kind, const gchar *format, ...)
{
  g_autofree gchar *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  *kind = MEMSNOOP_WORKER_FAILED;
  return g_variant_new ("(s)", text);
}

static GVariant *
finish (guint16 *kind)
{
  *kind = MEMSNOOP_WORKER_DONE;
  return g_variant_new ("()");
}

static gboolean
is_key (const gchar *key)
{
  return key[0] != '\0' && strlen (key) <= MEMSNOOP_WORKER_KEY_MAX;
}

/* Tables hold modules: all but the one that is in use go first. */
static void
make_room (MemsnoopRequests *requests)
{
  if (memsnoop_module_cache_fits (requests->cache, FILES_MAX, WEIGHT_MAX))
    return;
  drop_images (requests, 1);
  memsnoop_module_cache_trim (requests->cache, FILES_MAX, WEIGHT_MAX);
}

static gboolean
uses (const MemsnoopProcessImage *image, const MemsnoopModule *module)
{
  for (guint i = 0; i < image->mappings->len; i++)
    if (g_array_index (image->mappings, MemsnoopMapping, i).module == module)
      return TRUE;
  return FALSE;
}

/* libdwfl points into the module's file: a file that takes its place needs tables anew. */
static void
forget_layouts (MemsnoopRequests *requests, const MemsnoopModule *module)
{
  GList *next;

  for (GList *link = requests->images.head; link != NULL; link = next)
    {
      MemsnoopProcessImage *image = link->data;

      next = link->next;
      if (image->dwfl == NULL || !uses (image, module))
        continue;
      g_queue_delete_link (&requests->images, link);
      memsnoop_process_image_free (image);
    }
}

static GVariant *
provide (MemsnoopRequests *requests, MemsnoopWorkerMessage *request, guint16 *kind)
{
  g_autoptr (GError) error = NULL;
  MemsnoopModule *module;
  const gchar *key;
  guint8 role;
  int descriptor = request->descriptor;

  g_variant_get (request->body, "(y&s)", &role, &key);
  if (!is_key (key) || role >= MEMSNOOP_WORKER_ROLE_TABLE)
    return fail (kind, "A file of the role %u for the key '%s' cannot be provided", role, key);
  request->descriptor = -1;
  module = memsnoop_module_cache_get (requests->cache, key);
  if (role == MEMSNOOP_WORKER_ROLE_MODULE)
    forget_layouts (requests, module);
  if (!memsnoop_module_provide (module, role, descriptor, &error))
    return fail (kind, "%s", error->message);
  make_room (requests);
  return finish (kind);
}

static MemsnoopProcessImage *
find_image (MemsnoopRequests *requests, guint32 number)
{
  for (GList *link = requests->images.head; link != NULL; link = link->next)
    {
      MemsnoopProcessImage *image = link->data;

      if (image->number != number)
        continue;
      g_queue_unlink (&requests->images, link);
      g_queue_push_head_link (&requests->images, link);
      return image;
    }
  return NULL;
}

static MemsnoopProcessImage *
begin_image (MemsnoopRequests *requests, guint32 number)
{
  MemsnoopProcessImage *image = find_image (requests, number);

  if (image != NULL)
    memsnoop_process_image_free (g_queue_pop_head (&requests->images));
  drop_images (requests, IMAGES_MAX - 1);
  image = memsnoop_process_image_new (number);
  g_queue_push_head (&requests->images, image);
  return image;
}

static gboolean
add_mappings (MemsnoopRequests *requests, MemsnoopProcessImage *image, GVariantIter *mappings)
{
  const gchar *key;
  guint64 start;
  guint64 end;
  guint64 offset;

  while (g_variant_iter_next (mappings, "(&sttt)", &key, &start, &end, &offset))
    if (!is_key (key) ||
        !memsnoop_process_image_add (image, memsnoop_module_cache_get (requests->cache, key), start,
                                     end, offset))
      return FALSE;
  return TRUE;
}

static GVariant *
set_table (MemsnoopRequests *requests, MemsnoopWorkerMessage *request, guint16 *kind)
{
  g_autoptr (GVariantIter) mappings = NULL;
  MemsnoopProcessImage *image;
  guint32 number;
  guint32 first;

  g_variant_get (request->body, "(uua(sttt))", &number, &first, &mappings);
  image = first == 0 ? begin_image (requests, number) : find_image (requests, number);
  if (image == NULL || image->dwfl != NULL || image->mappings->len != first)
    return fail (kind, "Mappings from %u on do not continue the table %u", first, number);
  if (add_mappings (requests, image, mappings))
    return finish (kind);
  memsnoop_process_image_free (g_queue_pop_head (&requests->images));
  return fail (kind, "The mappings of the table %u are not in order, or more than %u", number,
               MEMSNOOP_WORKER_MAPPINGS_MAX);
}

static GVariant *
want_table (guint16 *kind)
{
  GVariantBuilder wanted = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ysss)"));

  g_variant_builder_add (&wanted, "(ysss)", MEMSNOOP_WORKER_ROLE_TABLE, "", "", "");
  *kind = MEMSNOOP_WORKER_WANTED;
  return g_variant_builder_end (&wanted);
}

/* What is wanted of the modules' files: as many as fit, and perhaps none. */
static GVariant *
want_modules (const MemsnoopProcessImage *image, guint16 *kind)
{
  GVariantBuilder wanted = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ysss)"));
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  guint n = 0;

  for (guint i = 0; i < image->mappings->len && n < MEMSNOOP_WORKER_MAPPINGS_AT_ONCE; i++)
    {
      MemsnoopModule *module = g_array_index (image->mappings, MemsnoopMapping, i).module;

      if (g_hash_table_add (seen, module))
        n += memsnoop_module_find_wanted (module, FALSE, &wanted);
    }
  *kind = MEMSNOOP_WORKER_WANTED;
  return g_variant_builder_end (&wanted);
}

/* %FALSE when a number or a length is out of range. */
static gboolean
read_sample (MemsnoopStackSample *sample, GVariant *registers, GVariant *stack)
{
  gsize n;
  const guint64 *values = g_variant_get_fixed_array (registers, &n, sizeof *values);

  if (n != MEMSNOOP_WORKER_REGISTERS)
    return FALSE;
  memcpy (sample->registers, values, sizeof sample->registers);
  sample->stack = g_variant_get_fixed_array (stack, &sample->length, 1);
  return sample->length <= MEMSNOOP_WORKER_STACK_MAX &&
         sample->base + sample->length >= sample->base;
}

static GVariant *
answer_frames (MemsnoopProcessImage *image,
               const MemsnoopStackSample *sample,
               guint depth,
               guint16 *kind)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(utttynnn)"));
  enum memsnoop_worker_end end;
  guint n_sure;
  g_autoptr (GArray) frames = memsnoop_unwind (image, sample, depth, &end, &n_sure);

  for (guint i = 0; i < frames->len; i++)
    {
      const MemsnoopFrame *frame = &g_array_index (frames, MemsnoopFrame, i);

      g_variant_builder_add (&builder, "(utttynnn)", frame->mapping, frame->offset, frame->slot,
                             frame->address | (frame->exact ? MEMSNOOP_WALK_EXACT : 0),
                             frame->rule.kind, frame->rule.cfa, frame->rule.return_slot,
                             frame->rule.frame_slot);
    }
  *kind = MEMSNOOP_WORKER_FRAMES;
  return g_variant_new ("(yua(utttynnn))", end, n_sure, &builder);
}

static GVariant *
unwind (MemsnoopRequests *requests, MemsnoopWorkerMessage *request, guint16 *kind)
{
  g_autoptr (GVariant) registers = NULL;
  g_autoptr (GVariant) stack = NULL;
  MemsnoopStackSample sample;
  MemsnoopProcessImage *image;
  GVariant *wanted;
  guint32 number;
  guint32 depth;

  g_variant_get (request->body, "(uut@at@ay)", &number, &depth, &sample.base, &registers, &stack);
  if (!read_sample (&sample, registers, stack) || depth == 0 || depth > MEMSNOOP_WORKER_DEPTH_MAX)
    return fail (kind, "A sample of a stack has numbers that are out of range");
  image = find_image (requests, number);
  if (image == NULL)
    return want_table (kind);
  if (image->dwfl == NULL)
    {
      wanted = want_modules (image, kind);
      if (g_variant_n_children (wanted) > 0)
        return wanted;
      g_variant_unref (g_variant_ref_sink (wanted));
    }
  return answer_frames (image, &sample, depth, kind);
}

/* Returns: (nullable): %NULL when nothing is wanted of the module. */
static GVariant *
want_files (const MemsnoopModule *module, gboolean with_symbols, guint16 *kind)
{
  GVariantBuilder wanted = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a(ysss)"));

  *kind = MEMSNOOP_WORKER_WANTED;
  if (memsnoop_module_find_wanted (module, with_symbols, &wanted))
    return g_variant_builder_end (&wanted);
  g_variant_builder_clear (&wanted);
  return NULL;
}

static GVariant *
look_up (MemsnoopSymbols *symbols, guint64 offset)
{
  return g_variant_ref_sink (symbols != NULL ? memsnoop_symbols_look_up (symbols, offset)
                                             : g_variant_new ("a(ssu)", NULL));
}

static GVariant *
symbolize (MemsnoopRequests *requests, MemsnoopWorkerMessage *request, guint16 *kind)
{
  GVariantBuilder builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("aa(ssu)"));
  g_autoptr (GVariant) offsets = NULL;
  MemsnoopModule *module;
  GVariant *wanted;
  const gchar *key;
  const guint64 *values;
  gsize n;
  gsize size = 0;

  g_variant_get (request->body, "(&s@at)", &key, &offsets);
  values = g_variant_get_fixed_array (offsets, &n, sizeof *values);
  if (!is_key (key) || n == 0 || n > MEMSNOOP_WORKER_OFFSETS_MAX)
    return fail (kind, "%" G_GSIZE_FORMAT " offsets for the key '%s' cannot be looked up", n, key);
  module = memsnoop_module_cache_get (requests->cache, key);
  wanted = want_files (module, TRUE, kind);
  if (wanted != NULL)
    return wanted;
  if (memsnoop_module_get_symbols (module) != NULL)
    make_room (requests);
  for (gsize i = 0; i < n; i++)
    {
      g_autoptr (GVariant) functions = look_up (memsnoop_module_get_symbols (module), values[i]);

      /* Each entry has an offset of 4 bytes for its end, and padding. */
      size += g_variant_get_size (functions) + 8;
      if (i > 0 && size > ANSWER_MAX)
        break;
      g_variant_builder_add_value (&builder, functions);
    }
  *kind = MEMSNOOP_WORKER_SYMBOLS;
  return g_variant_builder_end (&builder);
}

static GVariant *
find_functions (MemsnoopRequests *requests, MemsnoopWorkerMessage *request, guint16 *kind)
{
  g_autoptr (MemsnoopAllocatorModule) found = NULL;
  g_autoptr (GError) error = NULL;
  const gchar *key;
  gboolean long_nops;
  MemsnoopModule *module;
  const MemsnoopModuleFile *file;

  g_variant_get (request->body, "(&sb)", &key, &long_nops);
  if (!is_key (key))
    return fail (kind, "'%s' is no key of a module", key);
  module = memsnoop_module_cache_get (requests->cache, key);
  if (!module->told[MEMSNOOP_WORKER_ROLE_MODULE])
    return want_files (module, FALSE, kind);
  file = module->files[MEMSNOOP_WORKER_ROLE_MODULE];
  if (file == NULL)
    return fail (kind, "The module '%s' has no file that can be read", key);
  found = memsnoop_allocator_functions_find (memsnoop_module_file_get_descriptor (file), long_nops,
                                             &error);
  if (found == NULL)
    return fail (kind, "%s", error->message);
  *kind = MEMSNOOP_WORKER_FUNCTIONS;
  return memsnoop_allocator_module_to_variant (found);
}

GVariant *
memsnoop_requests_answer (MemsnoopRequests *requests, MemsnoopWorkerMessage *request, guint16 *kind)
{
  static const Answer answers[] = {
    [MEMSNOOP_WORKER_PROVIDE] = provide,
    [MEMSNOOP_WORKER_TABLE] = set_table,
    [MEMSNOOP_WORKER_UNWIND] = unwind,
    [MEMSNOOP_WORKER_SYMBOLIZE] = symbolize,
    [MEMSNOOP_WORKER_FIND_FUNCTIONS] = find_functions,
  };

  if (request->kind >= G_N_ELEMENTS (answers) || answers[request->kind] == NULL)
    return fail (kind, "A message of kind %u is no request", request->kind);
  return answers[request->kind](requests, request, kind);
}

gboolean
memsnoop_requests_serve (MemsnoopRequests *requests, int socket, GError **error)
{
  for (;;)
    {
      g_auto (MemsnoopWorkerMessage) request = MEMSNOOP_WORKER_MESSAGE_INIT;
      g_autoptr (GError) local_error = NULL;
      GVariant *body;
      guint16 kind = 0;

      if (!memsnoop_worker_message_receive (socket, &request, &local_error))
        {
          if (g_error_matches (local_error, MEMSNOOP_WORKER_MESSAGE_ERROR,
                               MEMSNOOP_WORKER_MESSAGE_ERROR_CLOSED))
            return TRUE;
          g_propagate_error (error, g_steal_pointer (&local_error));
          return FALSE;
        }
      memsnoop_job_time_renew ();
      body = memsnoop_requests_answer (requests, &request, &kind);
      if (!memsnoop_worker_message_send (socket, kind, request.sequence, body, -1, error))
        return FALSE;
    }
}
