/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One method call on its way through the service:
 *
 *   who calls? -> prepare: is it well formed, and which authorisation does it need?
 *   -> ask polkit for that -> run -> reply, exactly once.
 *
 * Every call takes this way, and there is no other: what no rule lists is refused. All of it
 * happens on the main loop and none of it waits there.
 */
#pragma once

#include "authority.h"
#include "caller-cache.h"

G_BEGIN_DECLS

typedef struct _MemsnoopBusCall MemsnoopBusCall;

/**
 * MemsnoopBusRule:
 * @interface, @method: the method that the rule is for.
 * @prepare: checks the arguments and sets @action of the call; leaving it %NULL means that this
 *   caller needs no authorisation. Changes nothing. On failure the call is answered with the error.
 * @run: does what was asked for. Takes over the call and answers it.
 */
typedef struct
{
  const gchar *interface;
  const gchar *method;
  gboolean (*prepare) (MemsnoopBusCall *call, GError **error);
  void     (*run)     (MemsnoopBusCall *call);
} MemsnoopBusRule;

/**
 * MemsnoopBusCall:
 * @context: what the methods act on; owned by whoever begins calls.
 * @caller: set before @prepare.
 * @action: (nullable): the polkit action that the call needs.
 * @optional: the call is carried out without @action too, and never asks a user for it.
 * @authorized: whether @action was granted or not needed, for @run.
 * @waited: whether time has passed since @prepare, in which anything may have changed.
 * @counted: whether it is among the @caller's calls in progress.
 * @data: whatever @prepare keeps for @run, freed with @free_data.
 */
struct _MemsnoopBusCall
{
  gpointer               context;
  GDBusMethodInvocation *invocation;
  GVariant              *parameters;
  MemsnoopCallerCache   *callers;
  MemsnoopAuthority     *authority;
  MemsnoopCaller        *caller;
  const MemsnoopBusRule *rule;
  const gchar           *action;
  gboolean               optional;
  gboolean               authorized;
  gboolean               waited;
  gboolean               counted;
  gpointer               data;
  GDestroyNotify         free_data;
};

/**
 * memsnoop_bus_call_begin:
 * @rules: every method that exists, @n_rules of them.
 * @context: outlives the call.
 * @invocation: (transfer full): the call.
 *
 * Sends a call on its way.
 */
void memsnoop_bus_call_begin         (const MemsnoopBusRule  *rules,
                                      gsize                   n_rules,
                                      gpointer                context,
                                      MemsnoopCallerCache    *callers,
                                      MemsnoopAuthority      *authority,
                                      GDBusMethodInvocation  *invocation);

void memsnoop_bus_call_set_data      (MemsnoopBusCall        *call,
                                      gpointer                data,
                                      GDestroyNotify          free_data);

/**
 * memsnoop_bus_call_send_value:
 * @value: floating or full; a tuple.
 *
 * Answers the call, from any thread: to write a long answer is no work for the main loop. What is
 * left of the call is freed by memsnoop_bus_call_end() on the main loop.
 */
void memsnoop_bus_call_send_value    (MemsnoopBusCall        *call,
                                      GVariant               *value);

/** Frees a call that was answered. */
void memsnoop_bus_call_end           (MemsnoopBusCall        *call);

/** Answers the call with @value (floating or full; a tuple) and frees it. */
void memsnoop_bus_call_return_value  (MemsnoopBusCall        *call,
                                      GVariant               *value);

/**
 * memsnoop_bus_call_return_error:
 * @error: (transfer full): what went wrong.
 *
 * Answers the call with an error and frees it. Domains that the bus does not know become
 * org.memsnoop1.Error.Failed.
 */
void memsnoop_bus_call_return_error  (MemsnoopBusCall        *call,
                                      GError                 *error);

G_END_DECLS
