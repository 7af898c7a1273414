/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "heap-stacks.h"

#include "heap-places.h"
#include "heap-rules.h"
#include "heap-sites.h"
#include "process-modules.h"
#include "worker-jobs.h"

/* At once; they are asked for module by module. */
#define SYMBOLS_AT_ONCE 256
/* Microseconds between two readings of what the process has mapped. */
#define REFRESH_INTERVAL G_USEC_PER_SEC
/* Milliseconds without a new stack until places are named: looking for names keeps the worker from
 * unwinding. */
#define QUIET_MILLISECONDS 200

typedef struct
{
  gboolean complete;
  gboolean failed;
  guint16 program; /* as of a context */
  guint n_places;
  MemsnoopHeapPlace *places[];
} Stack;

struct _MemsnoopHeapStacks
{
  GObject parent_instance;

  MemsnoopWorker *worker;
  const MemsnoopProcessIdentity *identity;
  guint depth;
  GCancellable *cancellable;

  MemsnoopModuleTable *table;
  gint64 table_time;
  guint32 program;
  MemsnoopWalkRules *rules; /* NULL once it is stopped */

  GQueue captures; /* MemsnoopHeapCapture */
  /* Asked of the worker, or waiting for a table; NULL when nothing is under way. */
  MemsnoopHeapCapture *current;
  /* Whether names are wanted before it is quiet, and the source that waits for that. */
  gboolean hurried;
  gboolean is_quiet;
  guint quiet;
  /* MemsnoopHeapPlace: being named; NULL when nothing is under way. */
  GPtrArray *naming;
  guint n_frames;
  gsize name_bytes;

  /* Of all below: changed by the main loop, looked up by any thread. */
  GMutex lock;
  GHashTable *stacks; /* number of the context to Stack */
  MemsnoopHeapPlaces *places;
};

G_DEFINE_FINAL_TYPE (MemsnoopHeapStacks, memsnoop_heap_stacks, G_TYPE_OBJECT)

static guint settled_signal;
static guint remapped_signal;

static void
memsnoop_heap_stacks_finalize (GObject *object)
{
  MemsnoopHeapStacks *self = MEMSNOOP_HEAP_STACKS (object);

  g_object_unref (self->worker);
  g_object_unref (self->cancellable);
  memsnoop_module_table_unref (self->table);
  g_queue_clear_full (&self->captures, (GDestroyNotify) memsnoop_heap_capture_free);
  g_clear_pointer (&self->current, memsnoop_heap_capture_free);
  g_clear_pointer (&self->naming, g_ptr_array_unref);
  g_clear_handle_id (&self->quiet, g_source_remove);
  g_hash_table_unref (self->stacks);
  memsnoop_heap_places_free (self->places);
  g_mutex_clear (&self->lock);
  G_OBJECT_CLASS (memsnoop_heap_stacks_parent_class)->finalize (object);
}

static void
memsnoop_heap_stacks_class_init (MemsnoopHeapStacksClass *class)
{
  G_OBJECT_CLASS (class)->finalize = memsnoop_heap_stacks_finalize;
  settled_signal = g_signal_new ("settled", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                 NULL, NULL, G_TYPE_NONE, 0);
  remapped_signal = g_signal_new ("remapped", G_TYPE_FROM_CLASS (class), G_SIGNAL_RUN_LAST, 0, NULL,
                                  NULL, NULL, G_TYPE_NONE, 0);
}

static void
memsnoop_heap_stacks_init (MemsnoopHeapStacks *self)
{
  g_mutex_init (&self->lock);
  self->cancellable = g_cancellable_new ();
  self->stacks = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->places = memsnoop_heap_places_new ();
}

MemsnoopHeapStacks *
memsnoop_heap_stacks_new (MemsnoopWorker *worker,
                          const MemsnoopProcessIdentity *identity,
                          MemsnoopModuleTable *table,
                          MemsnoopWalkRules *rules,
                          guint depth)
{
  MemsnoopHeapStacks *self = g_object_new (MEMSNOOP_TYPE_HEAP_STACKS, NULL);

  self->worker = g_object_ref (worker);
  self->identity = identity;
  self->table = memsnoop_module_table_ref (table);
  self->table_time = g_get_monotonic_time ();
  self->rules = rules;
  self->depth = depth;
  return self;
}

/* Naming */

static void go_on (MemsnoopHeapStacks *self);

static void
on_named (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopHeapStacks) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) names =
      memsnoop_worker_symbolize_finish (MEMSNOOP_WORKER (source), result, &error);
  g_autoptr (GPtrArray) places = g_steal_pointer (&self->naming);

  if (names == NULL)
    g_debug ("Places of process %u have no names: %s", self->identity->pid, error->message);
  g_mutex_lock (&self->lock);
  for (guint i = 0; i < places->len && names != NULL; i++)
    {
      self->name_bytes += g_variant_get_size (names->pdata[i]);
      if (self->name_bytes <= MEMSNOOP_HEAP_STACKS_NAMES_MAX)
        ((MemsnoopHeapPlace *) places->pdata[i])->functions = g_variant_ref (names->pdata[i]);
    }
  g_mutex_unlock (&self->lock);
  go_on (self);
}

static gboolean
has_unnamed (MemsnoopHeapStacks *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return memsnoop_heap_places_find_unnamed (self->places) != NULL;
}

static void
name_places (MemsnoopHeapStacks *self)
{
  guint64 offsets[SYMBOLS_AT_ONCE];
  MemsnoopHeapPlaceModule *module;

  g_mutex_lock (&self->lock);
  module = memsnoop_heap_places_find_unnamed (self->places);
  self->naming = memsnoop_heap_places_take_unnamed (module, SYMBOLS_AT_ONCE);
  g_mutex_unlock (&self->lock);
  for (guint i = 0; i < self->naming->len; i++)
    offsets[i] = ((const MemsnoopHeapPlace *) self->naming->pdata[i])->offset;
  memsnoop_worker_symbolize_async (self->worker, module->table, module->index, offsets,
                                   self->naming->len, self->cancellable, on_named,
                                   g_object_ref (self));
}

/* Keeping */

static Stack *
stack_new (guint n_places)
{
  Stack *stack = g_malloc0 (sizeof *stack + n_places * sizeof (MemsnoopHeapPlace *));

  stack->n_places = n_places;
  return stack;
}

/* Where the walk was, and what the worker has found from its end on. Callers hold the lock. */
static void
fill_places (MemsnoopHeapStacks *self,
             Stack *stack,
             const MemsnoopHeapCapture *capture,
             const MemsnoopUnwoundStack *unwound)
{
  guint n = stack->n_places - (unwound != NULL ? unwound->n_frames : 0);

  for (guint i = 0; i < n; i++)
    {
      guint64 address = g_array_index (capture->addresses, guint64, i);

      stack->places[i] = memsnoop_heap_places_find_call (self->places, self->table, address);
    }
  for (guint i = n; i < stack->n_places; i++)
    stack->places[i] = memsnoop_heap_places_find (
        self->places, self->table, unwound->frames[i - n].module, unwound->frames[i - n].offset);
}

/* @unwound: (nullable): when the walk is all that is known. */
static void
keep_stack (MemsnoopHeapStacks *self,
            const MemsnoopHeapCapture *capture,
            const MemsnoopUnwoundStack *unwound)
{
  /* What was unwound begins with where the walk ended. */
  guint n = capture->addresses->len + (unwound != NULL ? unwound->n_frames - 1 : 0);
  gboolean too_many = self->n_frames + n > MEMSNOOP_HEAP_STACKS_FRAMES_MAX;
  Stack *stack = stack_new (too_many ? 1 : n);

  self->n_frames += stack->n_places;
  stack->complete = !too_many && (unwound != NULL ? unwound->end == MEMSNOOP_WORKER_END_OUTERMOST
                                                  : capture->end == MEMSNOOP_WALK_END_OUTERMOST);
  stack->failed = stack->n_places == 1 && !stack->complete;
  stack->program = (guint16) capture->program;
  g_mutex_lock (&self->lock);
  fill_places (self, stack, capture, too_many ? NULL : unwound);
  g_hash_table_insert (self->stacks, GUINT_TO_POINTER (capture->context), stack);
  g_mutex_unlock (&self->lock);
}

/* Unwinding */

static void take_up (MemsnoopHeapStacks *self);

static void
read_modules_in_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  MemsnoopHeapStacks *self = source;
  GError *error = NULL;
  MemsnoopModuleTable *table = memsnoop_process_modules_read (self->identity, &error);

  if (table != NULL)
    g_task_return_pointer (task, table, (GDestroyNotify) memsnoop_module_table_unref);
  else
    g_task_return_error (task, error);
}

/* @table: (transfer full) */
static void
replace_table (MemsnoopHeapStacks *self, MemsnoopModuleTable *table)
{
  g_autoptr (MemsnoopModuleTable) before = self->table;

  g_mutex_lock (&self->lock);
  self->table = table;
  g_mutex_unlock (&self->lock);
  memsnoop_heap_rules_follow (self->rules, self->program, before, table);
}

static void
on_modules_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopHeapStacks *self = MEMSNOOP_HEAP_STACKS (source);
  g_autoptr (GError) error = NULL;
  MemsnoopModuleTable *table = g_task_propagate_pointer (G_TASK (result), &error);

  if (self->rules == NULL)
    {
      g_clear_pointer (&table, memsnoop_module_table_unref);
      return;
    }
  if (table != NULL)
    replace_table (self, table);
  else
    g_debug ("What process %u has mapped cannot be read again: %s", self->identity->pid,
             error->message);
  self->table_time = g_get_monotonic_time ();
  g_signal_emit (self, remapped_signal, 0);
  take_up (self);
  go_on (self);
}

static void
read_modules (MemsnoopHeapStacks *self)
{
  g_autoptr (GTask) task = g_task_new (self, self->cancellable, on_modules_read, NULL);

  g_task_set_source_tag (task, read_modules);
  g_task_run_in_thread (task, read_modules_in_thread);
}

static gboolean
may_read_modules (MemsnoopHeapStacks *self, const MemsnoopHeapCapture *capture)
{
  return !capture->retried && g_get_monotonic_time () - self->table_time >= REFRESH_INTERVAL;
}

static void
on_unwound (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (MemsnoopHeapStacks) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (MemsnoopUnwoundStack) unwound =
      memsnoop_worker_unwind_finish (MEMSNOOP_WORKER (source), result, &error);
  MemsnoopHeapCapture *capture = self->current;

  if (unwound != NULL && may_read_modules (self, capture) &&
      unwound->frames[unwound->n_frames - 1].module == MEMSNOOP_WORKER_NO_MAPPING)
    {
      capture->retried = TRUE;
      read_modules (self);
      return;
    }
  if (unwound != NULL && self->rules != NULL)
    memsnoop_heap_rules_learn (self->rules, capture, unwound);
  else
    g_debug ("A stack of process %u is not known as a whole: %s", self->identity->pid,
             error->message);
  keep_stack (self, capture, unwound);
  g_clear_pointer (&self->current, memsnoop_heap_capture_free);
  go_on (self);
}

static void
unwind (MemsnoopHeapStacks *self)
{
  const MemsnoopHeapCapture *capture = self->current;
  g_autoptr (GBytes) rest = memsnoop_heap_capture_get_rest (capture);

  memsnoop_worker_unwind_async (
      self->worker, self->table, capture->registers, capture->walk.sp, rest,
      MAX (self->depth, capture->addresses->len) - capture->addresses->len + 1, self->cancellable,
      on_unwound, g_object_ref (self));
}

/* Keeps what the present rules tell all of. */
static gboolean
is_known (MemsnoopHeapStacks *self, MemsnoopHeapCapture *capture)
{
  memsnoop_heap_capture_walk (capture, self->rules, self->depth);
  if (memsnoop_heap_capture_wants_more (capture))
    return FALSE;
  keep_stack (self, capture, NULL);
  return TRUE;
}

/* The present capture: afterwards it is kept, or what is asked for goes on with it. */
static void
take_up (MemsnoopHeapStacks *self)
{
  if (memsnoop_heap_rules_leads_nowhere (self->current, self->table) &&
      may_read_modules (self, self->current))
    {
      self->current->retried = TRUE;
      read_modules (self);
    }
  else if (is_known (self, self->current))
    g_clear_pointer (&self->current, memsnoop_heap_capture_free);
  else
    unwind (self);
}

/* Those of the program before, whose contexts are nobody's any more. */
static void
give_up_stacks (MemsnoopHeapStacks *self)
{
  g_mutex_lock (&self->lock);
  g_hash_table_unref (self->stacks);
  self->stacks = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  self->n_frames = 0;
  g_mutex_unlock (&self->lock);
}

static void
take_next (MemsnoopHeapStacks *self)
{
  self->current = g_queue_pop_head (&self->captures);
  if (self->current->program == self->program)
    {
      take_up (self);
      return;
    }
  /* It has executed another program. */
  self->program = self->current->program;
  give_up_stacks (self);
  memsnoop_walk_rules_drop (self->rules, self->program, NULL, NULL);
  read_modules (self);
}

static gboolean
on_quiet (gpointer user_data)
{
  MemsnoopHeapStacks *self = user_data;

  self->quiet = 0;
  self->is_quiet = TRUE;
  go_on (self);
  return G_SOURCE_REMOVE;
}

static void
go_on_naming (MemsnoopHeapStacks *self)
{
  if (self->hurried || self->is_quiet)
    name_places (self);
  else if (self->quiet == 0)
    self->quiet = g_timeout_add (QUIET_MILLISECONDS, on_quiet, self);
}

static void
go_on (MemsnoopHeapStacks *self)
{
  while (self->current == NULL && self->naming == NULL &&
         !g_cancellable_is_cancelled (self->cancellable) && !g_queue_is_empty (&self->captures))
    take_next (self);
  if (self->current != NULL || self->naming != NULL ||
      g_cancellable_is_cancelled (self->cancellable))
    return;
  if (has_unnamed (self))
    {
      go_on_naming (self);
      return;
    }
  self->hurried = FALSE;
  g_signal_emit (self, settled_signal, 0);
}

void
memsnoop_heap_stacks_hurry (MemsnoopHeapStacks *self)
{
  self->hurried = TRUE;
  go_on (self);
}

void
memsnoop_heap_stacks_stop (MemsnoopHeapStacks *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->quiet, g_source_remove);
  g_queue_clear_full (&self->captures, (GDestroyNotify) memsnoop_heap_capture_free);
  self->rules = NULL;
}

void
memsnoop_heap_stacks_add (MemsnoopHeapStacks *self, const struct memsnoop_heap_capture *record)
{
  g_autoptr (MemsnoopHeapCapture) capture = NULL;

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  capture = memsnoop_heap_capture_new (record);
  /* It is not quiet. */
  g_clear_handle_id (&self->quiet, g_source_remove);
  self->is_quiet = FALSE;
  if (capture->program != self->program ||
      memsnoop_heap_rules_leads_nowhere (capture, self->table) || !is_known (self, capture))
    g_queue_push_tail (&self->captures, g_steal_pointer (&capture));
  go_on (self);
}

guint
memsnoop_heap_stacks_get_waiting (MemsnoopHeapStacks *self)
{
  return self->captures.length;
}

gboolean
memsnoop_heap_stacks_is_settled (MemsnoopHeapStacks *self)
{
  return g_queue_is_empty (&self->captures) && self->current == NULL && self->naming == NULL &&
         !has_unnamed (self);
}

/* Describing */

typedef struct
{
  MemsnoopHeapStacks *stacks;
  MemsnoopHeapSites *sites;
  GHashTable *frames; /* MemsnoopHeapPlace to MemsnoopFrame */
  GHashTable *known;  /* the stacks, held should an exec give them up meanwhile */
} Description;

/* What is known of a place while others may learn its name. */
static const MemsnoopFrame *
describe_unknown_place (Description *description,
                        const MemsnoopHeapPlace *place,
                        GVariant *functions)
{
  gsize n = functions != NULL ? g_variant_n_children (functions) : 0;
  g_autofree MemsnoopFunction *known = g_new0 (MemsnoopFunction, n);

  for (gsize i = 0; i < n; i++)
    g_variant_get_child (functions, i, "(&s&su)", &known[i].name, &known[i].file, &known[i].line);
  for (gsize i = 0; i < n; i++)
    {
      known[i].name = known[i].name[0] != '\0' ? known[i].name : NULL;
      known[i].file = known[i].file[0] != '\0' ? known[i].file : NULL;
    }
  return memsnoop_heap_sites_add_frame (description->sites,
                                        place->module != NULL ? place->module->path : NULL,
                                        place->offset, known, (guint) n);
}

static const MemsnoopFrame *
describe_place (Description *description, const MemsnoopHeapPlace *place)
{
  const MemsnoopFrame *frame = g_hash_table_lookup (description->frames, place);
  g_autoptr (GVariant) functions = NULL;

  if (frame != NULL)
    return frame;
  g_mutex_lock (&description->stacks->lock);
  if (place->functions != NULL)
    functions = g_variant_ref (place->functions);
  g_mutex_unlock (&description->stacks->lock);
  frame = describe_unknown_place (description, place, functions);
  g_hash_table_insert (description->frames, (gpointer) place, (gpointer) frame);
  return frame;
}

/* The stack of a context, or what is known of it without. */
static const Stack *
look_up_stack (const Description *description, const MemsnoopHeapContext *context, Stack **made)
{
  MemsnoopHeapStacks *self = description->stacks;
  Stack *stack;

  if (context->number == MEMSNOOP_HEAP_CONTEXT_UNKNOWN)
    return NULL;
  g_mutex_lock (&self->lock);
  stack = g_hash_table_lookup (description->known, GUINT_TO_POINTER (context->number));
  if (stack == NULL || stack->program != context->program)
    {
      stack = *made = stack_new (1);
      stack->failed = TRUE;
      stack->places[0] =
          memsnoop_heap_places_find_call (self->places, self->table, context->return_address);
    }
  g_mutex_unlock (&self->lock);
  return stack;
}

static void
describe_context (Description *description,
                  const MemsnoopHeapContext *context,
                  gdouble growth_rate,
                  MemsnoopHeapSnapshot *snapshot)
{
  g_autofree Stack *made = NULL;
  const Stack *stack = look_up_stack (description, context, &made);
  guint n_frames = stack != NULL ? stack->n_places : 0;
  g_autofree const MemsnoopFrame **frames = g_new (const MemsnoopFrame *, n_frames);
  MemsnoopHeapSite site = {
    .frames = frames,
    .n_frames = n_frames,
    .complete = stack != NULL && stack->complete,
    .is_mapping = context->is_mapping,
    .live_bytes = (guint64) context->live_bytes,
    .live_count = (guint64) context->live_count,
    .alloc_bytes = context->alloc_bytes,
    .alloc_count = context->alloc_count,
    .free_bytes = context->free_bytes,
    .free_count = context->free_count,
    .oldest_age = context->oldest_age * MEMSNOOP_AGE_UNIT,
    .growth_rate = growth_rate,
    .standard_error = context->standard_error,
  };

  for (guint i = 0; i < n_frames; i++)
    frames[i] = describe_place (description, stack->places[i]);
  for (guint i = 0; i < MEMSNOOP_HEAP_AGES; i++)
    site.bytes_by_age[i] = (guint64) context->bytes_by_age[i];
  snapshot->loss.stacks_not_unwound += stack != NULL && stack->failed;
  snapshot->loss.stacks_in_part += context->in_part;
  memsnoop_heap_sites_add (description->sites, &site);
}

static GHashTable *
hold_stacks (MemsnoopHeapStacks *self)
{
  GHashTable *known;

  g_mutex_lock (&self->lock);
  known = g_hash_table_ref (self->stacks);
  g_mutex_unlock (&self->lock);
  return known;
}

void
memsnoop_heap_stacks_describe (MemsnoopHeapStacks *self,
                               const GArray *contexts,
                               const gdouble *growth_rates,
                               MemsnoopHeapSnapshot *snapshot)
{
  g_autoptr (MemsnoopHeapSites) sites = memsnoop_heap_sites_new (snapshot);
  g_autoptr (GHashTable) frames = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) known = hold_stacks (self);
  Description description = { self, sites, frames, known };

  for (guint i = 0; i < contexts->len; i++)
    describe_context (&description, &g_array_index (contexts, MemsnoopHeapContext, i),
                      growth_rates != NULL ? growth_rates[i] : 0, snapshot);
  memsnoop_heap_sites_finish (sites);
}
