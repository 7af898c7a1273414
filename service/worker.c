/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "worker.h"

#include "error.h"
#include "wanted-files.h"
#include "worker-process.h"

#include <unistd.h>

/* How often one request may want something: all files of the largest table, and some. */
#define ROUNDS_MAX 32
#define MINUTE (60 * G_TIME_SPAN_SECOND)

/* A message for the worker. */
typedef struct
{
  guint16 kind;
  GVariant *body;
  int descriptor;
} Step;

typedef struct
{
  GTask *task;
  guint64 number;
  Step request;
  guint16 expected;
  MemsnoopModuleTable *table;
  guint rounds;
  /* Step: what has to be told before the request is sent again. */
  GQueue steps;
  gboolean requested;
  /* Whether the worker was told anything for it. */
  gboolean begun;
} Job;

struct _MemsnoopWorker
{
  GObject parent_instance;
  gchar *program;
  guint time_limit;
  /* (nullable) */
  MemsnoopWorkerProcess *process;
  /* Job */
  GQueue queue;
  /* (nullable) */
  Job *current;
  guint timer;
  /* Of the last message that was sent. */
  guint32 sequence;
  guint64 last_number;
  gboolean running_queue;
  /* Monotonic times of the last starts, in a ring. */
  gint64 starts[MEMSNOOP_WORKER_STARTS_MAX];
  MemsnoopWorkerFigures figures;
};

G_DEFINE_FINAL_TYPE (MemsnoopWorker, memsnoop_worker, G_TYPE_OBJECT)

static void run_queue (MemsnoopWorker *self);

static void
step_free (gpointer data)
{
  Step *step = data;

  g_variant_unref (step->body);
  if (step->descriptor >= 0)
    close (step->descriptor);
  g_free (step);
}

static void
job_free (Job *job)
{
  g_queue_clear_full (&job->steps, step_free);
  g_variant_unref (job->request.body);
  memsnoop_module_table_unref (job->table);
  g_object_unref (job->task);
  g_free (job);
}

/* Takes over @error; NULL: @answer is the answer. */
static void
end_job (MemsnoopWorker *self, Job *job, GVariant *answer, GError *error)
{
  if (self->current == job)
    {
      self->current = NULL;
      g_clear_handle_id (&self->timer, g_source_remove);
    }
  if (error != NULL)
    {
      self->figures.failed++;
      g_task_return_error (job->task, error);
    }
  else
    {
      self->figures.answered++;
      g_task_return_pointer (job->task, g_variant_ref (answer), (GDestroyNotify) g_variant_unref);
    }
  job_free (job);
}

static void
end_process (MemsnoopWorker *self)
{
  g_clear_pointer (&self->process, memsnoop_worker_process_end);
}

/* The worker cannot be relied on any more. Takes over @error. */
static void
lose (MemsnoopWorker *self, GError *error)
{
  Job *job = self->current;

  self->figures.lost++;
  end_process (self);
  if (job == NULL)
    {
      g_message ("The worker for symbols was lost while it had nothing to do: %s", error->message);
      g_error_free (error);
      return;
    }
  memsnoop_module_table_count_faults (job->table, 1);
  g_message ("The worker for symbols was lost, and with it one request: %s", error->message);
  end_job (self, job, NULL, error);
}

static GError *make_error (const gchar *format, ...) G_GNUC_PRINTF (1, 2);

static GError *
make_error (const gchar *format, ...)
{
  va_list arguments;
  GError *error;

  va_start (arguments, format);
  error = g_error_new_valist (MEMSNOOP_ERROR, MEMSNOOP_ERROR_FAILED, format, arguments);
  va_end (arguments);
  return error;
}

/* What is under way is not to blame: it is asked again. */
static void
put_back (MemsnoopWorker *self, Job *job)
{
  g_queue_clear_full (&job->steps, step_free);
  job->number = ++self->last_number;
  job->rounds = 0;
  job->begun = FALSE;
  self->current = NULL;
  g_clear_handle_id (&self->timer, g_source_remove);
  g_queue_push_head (&self->queue, job);
}

static void
send (MemsnoopWorker *self, Job *job, const Step *step)
{
  g_autoptr (GError) error = NULL;

  if (memsnoop_worker_process_send (self->process, step->kind, ++self->sequence, step->body,
                                    step->descriptor, &error))
    {
      job->begun = TRUE;
      return;
    }
  if (job->begun)
    {
      lose (self, make_error ("The worker for symbols takes no message: %s", error->message));
      return;
    }
  /* It was lost before. */
  self->figures.lost++;
  end_process (self);
  put_back (self, job);
}

/* What the job has to tell, or the request itself when there is nothing. */
static void
send_next (MemsnoopWorker *self, Job *job)
{
  Step *step = g_queue_pop_head (&job->steps);

  job->requested = step == NULL;
  send (self, job, step != NULL ? step : &job->request);
  g_clear_pointer (&step, step_free);
}

static void
add_step (Job *job, guint16 kind, GVariant *body, int descriptor)
{
  Step *step = g_new (Step, 1);

  *step = (Step){ kind, g_variant_ref_sink (body), descriptor };
  g_queue_push_tail (&job->steps, step);
}

static void
add_table (Job *job)
{
  guint n = memsnoop_module_table_get_length (job->table);
  guint first = 0;

  do
    {
      add_step (job, MEMSNOOP_WORKER_TABLE, memsnoop_module_table_to_variant (job->table, first),
                -1);
      first += MEMSNOOP_WORKER_MAPPINGS_AT_ONCE;
    }
  while (first < n);
}

static void
opened (GObject *source, GAsyncResult *result, gpointer user_data)
{
  MemsnoopWorker *self = MEMSNOOP_WORKER (source);
  g_autofree guint64 *number = user_data;
  g_autoptr (GPtrArray) files = memsnoop_wanted_files_open_finish (result);
  Job *job = self->current;

  /* It took too long, and the job has ended. */
  if (job == NULL || job->number != *number)
    return;
  for (guint i = 0; i < files->len; i++)
    {
      MemsnoopWantedFile *file = files->pdata[i];

      if (file->role == MEMSNOOP_WORKER_ROLE_TABLE)
        add_table (job);
      else
        add_step (job, MEMSNOOP_WORKER_PROVIDE, g_variant_new ("(ys)", file->role, file->key),
                  g_steal_fd (&file->descriptor));
    }
  send_next (self, job);
  run_queue (self);
}

static void
provide (MemsnoopWorker *self, Job *job, GVariant *wanted)
{
  gsize n = g_variant_n_children (wanted);

  if (++job->rounds > ROUNDS_MAX || n == 0 || n > MEMSNOOP_WORKER_MAPPINGS_AT_ONCE)
    {
      lose (self,
            make_error ("The worker for symbols wants %" G_GSIZE_FORMAT " files, for the %uth time",
                        n, job->rounds));
      return;
    }
  memsnoop_wanted_files_open_async (self, job->table, wanted, opened,
                                    g_memdup2 (&job->number, sizeof job->number));
}

static void
take_answer (MemsnoopWorker *self, Job *job, const MemsnoopWorkerMessage *message)
{
  const gchar *text;

  if (message->kind == job->expected)
    end_job (self, job, message->body, NULL);
  else if (message->kind == MEMSNOOP_WORKER_WANTED)
    provide (self, job, message->body);
  else if (message->kind == MEMSNOOP_WORKER_FAILED)
    {
      g_variant_get (message->body, "(&s)", &text);
      end_job (self, job, NULL, make_error ("%s", text));
    }
  else
    lose (self, make_error ("The worker for symbols answers a request of kind %u by one of kind %u",
                            job->request.kind, message->kind));
}

static void
take_confirmation (MemsnoopWorker *self, Job *job, const MemsnoopWorkerMessage *message)
{
  const gchar *text;

  if (message->kind == MEMSNOOP_WORKER_FAILED)
    {
      /* The worker goes on as if there were no such file. */
      g_variant_get (message->body, "(&s)", &text);
      g_debug ("The worker for symbols refuses a file: %s", text);
    }
  else if (message->kind != MEMSNOOP_WORKER_DONE)
    {
      lose (self,
            make_error ("The worker for symbols confirms by a message of kind %u", message->kind));
      return;
    }
  send_next (self, job);
}

static void
on_message (const MemsnoopWorkerMessage *message, const GError *error, gpointer user_data)
{
  g_autoptr (MemsnoopWorker) self = g_object_ref (MEMSNOOP_WORKER (user_data));
  Job *job = self->current;

  if (message == NULL)
    lose (self, make_error ("The worker for symbols has ended: %s", error->message));
  else if (job == NULL || message->sequence != self->sequence)
    lose (self, make_error ("The worker for symbols says what it was not asked for"));
  else if (job->requested)
    take_answer (self, job, message);
  else
    take_confirmation (self, job, message);
  run_queue (self);
}

static gboolean
on_timeout (gpointer user_data)
{
  g_autoptr (MemsnoopWorker) self = g_object_ref (MEMSNOOP_WORKER (user_data));

  self->timer = 0;
  lose (self, g_error_new (G_IO_ERROR, G_IO_ERROR_TIMED_OUT,
                           "The worker for symbols, or a file system, did not answer within %u ms",
                           self->time_limit));
  run_queue (self);
  return G_SOURCE_REMOVE;
}

/* Returns: (nullable): why the process may not be started now. */
static GError *
check_starts (MemsnoopWorker *self)
{
  gint64 *slot = &self->starts[self->figures.started % MEMSNOOP_WORKER_STARTS_MAX];
  gint64 now = g_get_monotonic_time ();

  if (*slot != 0 && now - *slot < MINUTE)
    return make_error ("The worker for symbols was started %u times within a minute, and is not "
                       "started again until that is over",
                       MEMSNOOP_WORKER_STARTS_MAX);
  *slot = now;
  return NULL;
}

/* Returns: (nullable): why there is no process now. */
static GError *
ensure_process (MemsnoopWorker *self)
{
  GError *error = NULL;

  if (self->process != NULL)
    return NULL;
  if (self->program == NULL)
    return make_error ("The program memsnoop-symbolizer is not beside this one");
  error = check_starts (self);
  if (error != NULL)
    return error;
  self->figures.started++;
  self->process = memsnoop_worker_process_start (self->program, on_message, self, &error);
  return error;
}

static void
begin_job (MemsnoopWorker *self, Job *job)
{
  GError *error = NULL;

  if (g_task_return_error_if_cancelled (job->task))
    {
      self->figures.failed++;
      job_free (job);
      return;
    }
  if (memsnoop_module_table_count_faults (job->table, 0) >= MEMSNOOP_WORKER_FAULTS_MAX)
    error =
        make_error ("The worker for symbols was lost %u times over files of this process, which "
                    "are not looked at any more",
                    MEMSNOOP_WORKER_FAULTS_MAX);
  if (error == NULL)
    error = ensure_process (self);
  if (error != NULL)
    {
      end_job (self, job, NULL, error);
      return;
    }
  self->current = job;
  self->timer = g_timeout_add (self->time_limit, on_timeout, self);
  send_next (self, job);
}

static void
run_queue (MemsnoopWorker *self)
{
  /* Who is answered may ask again at once. */
  if (self->running_queue)
    return;
  self->running_queue = TRUE;
  while (self->current == NULL && self->queue.length > 0)
    begin_job (self, g_queue_pop_head (&self->queue));
  self->running_queue = FALSE;
}

void
memsnoop_worker_ask_async (MemsnoopWorker *self,
                           guint16 kind,
                           GVariant *body,
                           guint16 expected,
                           MemsnoopModuleTable *table,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  Job *job = g_new0 (Job, 1);

  job->task = g_task_new (self, cancellable, callback, user_data);
  job->number = ++self->last_number;
  job->request = (Step){ kind, g_variant_ref_sink (body), -1 };
  job->expected = expected;
  job->table = memsnoop_module_table_ref (table);
  if (self->queue.length >= MEMSNOOP_WORKER_QUEUE_MAX)
    {
      end_job (self, job, NULL,
               g_error_new (G_IO_ERROR, G_IO_ERROR_BUSY,
                            "%u requests wait for the worker for symbols already",
                            MEMSNOOP_WORKER_QUEUE_MAX));
      return;
    }
  g_queue_push_tail (&self->queue, job);
  run_queue (self);
}

GVariant *
memsnoop_worker_ask_finish (MemsnoopWorker *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

void
memsnoop_worker_distrust (MemsnoopWorker *self, MemsnoopModuleTable *table, const gchar *reason)
{
  g_message ("The worker for symbols is ended, as an answer makes no sense: %s", reason);
  memsnoop_module_table_count_faults (table, 1);
  self->figures.lost++;
  end_process (self);
  if (self->current != NULL)
    put_back (self, self->current);
  run_queue (self);
}

void
memsnoop_worker_get_figures (MemsnoopWorker *self, MemsnoopWorkerFigures *figures)
{
  *figures = self->figures;
}

guint32
memsnoop_worker_get_pid (MemsnoopWorker *self)
{
  return self->process != NULL ? memsnoop_worker_process_get_pid (self->process) : 0;
}

static void
memsnoop_worker_finalize (GObject *object)
{
  MemsnoopWorker *self = MEMSNOOP_WORKER (object);

  /* Each job holds the worker, so there is none. */
  g_clear_handle_id (&self->timer, g_source_remove);
  end_process (self);
  g_free (self->program);
  G_OBJECT_CLASS (memsnoop_worker_parent_class)->finalize (object);
}

static void
memsnoop_worker_class_init (MemsnoopWorkerClass *class)
{
  G_OBJECT_CLASS (class)->finalize = memsnoop_worker_finalize;
}

static void
memsnoop_worker_init (MemsnoopWorker *self)
{
}

MemsnoopWorker *
memsnoop_worker_new (const gchar *program, guint time_limit)
{
  MemsnoopWorker *self = g_object_new (MEMSNOOP_TYPE_WORKER, NULL);

  self->program = program != NULL ? g_strdup (program) : memsnoop_worker_process_find_program ();
  self->time_limit = time_limit != 0 ? time_limit : MEMSNOOP_WORKER_TIME_LIMIT;
  return self;
}
