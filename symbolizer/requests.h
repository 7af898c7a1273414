/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the service asks, answered. */
#pragma once

#include "worker-message.h"

G_BEGIN_DECLS

typedef struct MemsnoopRequests MemsnoopRequests;

MemsnoopRequests *memsnoop_requests_new    (void);
void              memsnoop_requests_free   (MemsnoopRequests       *requests);

/**
 * memsnoop_requests_answer:
 * @request: its descriptor is taken out when it is kept.
 * @kind: (out): of the answer.
 *
 * Returns: (transfer floating): the answer's body.
 */
GVariant         *memsnoop_requests_answer (MemsnoopRequests       *requests,
                                            MemsnoopWorkerMessage  *request,
                                            guint16                *kind);

/**
 * memsnoop_requests_serve:
 *
 * Answers what comes on @socket, which waits, until the service closes it.
 *
 * Returns: %FALSE when the service sent what is no message, or the socket fails.
 */
gboolean          memsnoop_requests_serve  (MemsnoopRequests       *requests,
                                            int                     socket,
                                            GError                **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MemsnoopRequests, memsnoop_requests_free)

G_END_DECLS
