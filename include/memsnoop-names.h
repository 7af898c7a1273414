/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Every name by which the parts of Memsnoop, and other programs, find each other. */
#ifndef MEMSNOOP_NAMES_H
#define MEMSNOOP_NAMES_H

#define MEMSNOOP_BUS_NAME "org.memsnoop1"
#define MEMSNOOP_OBJECT_PATH "/org/memsnoop1"
#define MEMSNOOP_SESSION_PATH_PREFIX "/org/memsnoop1/session"
#define MEMSNOOP_MANAGER_INTERFACE "org.memsnoop1.Manager"
#define MEMSNOOP_SESSION_INTERFACE "org.memsnoop1.Session"
#define MEMSNOOP_ERROR_PREFIX "org.memsnoop1.Error"

#define MEMSNOOP_ACTION_RECORD_OWN "org.memsnoop1.record-own"
#define MEMSNOOP_ACTION_RECORD_ANY "org.memsnoop1.record-any"
#define MEMSNOOP_ACTION_INSPECT_ANY "org.memsnoop1.inspect-any"
#define MEMSNOOP_ACTION_STOP_ANY "org.memsnoop1.stop-any"
#define MEMSNOOP_ACTION_CONFIGURE "org.memsnoop1.configure"

/* What the refusal says, at its end, of whoever closed the question for the password. */
#define MEMSNOOP_QUESTION_DISMISSED "the user dismissed the question"

/* The unprivileged account that the service changes to when it exists. */
#define MEMSNOOP_USER "memsnoop"

#endif
