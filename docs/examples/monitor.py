#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""monitor.py PID [SECONDS]: lists processes, records the heap of one, and follows what is suspected meanwhile."""

import json
import sys

import gi
gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402

NAME, PATH, MANAGER = 'org.memsnoop1', '/org/memsnoop1', 'org.memsnoop1.Manager'
SESSION = 'org.memsnoop1.Session'
# For calls for which a person may be asked for a password.
ASK = Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION
NO_TIMEOUT = GLib.MAXINT


def call(bus, method, types='()', *arguments, flags=Gio.DBusCallFlags.NONE, timeout=30000):
    reply = bus.call_sync(NAME, PATH, MANAGER, method, GLib.Variant(types, arguments), None, flags,
                          timeout, None)
    return reply.unpack()[0] if reply.n_children() else None


def list_processes(bus):
    options = {'limit': GLib.Variant('u', 5)}
    print('The largest processes:')
    for row in call(bus, 'ListProcesses', '(a{sv})', options):
        # A name may hold anything.
        print(f'{row["pid"]:10} {row.get("rss-anon", 0):14} {ascii(row.get("comm", ""))}')


def on_suspicion(_bus, _sender, _path, _interface, _signal, values):
    _session, pid, comm, evidence = values.unpack()
    print(f'{ascii(comm)} ({pid}) {evidence.get("state")}: {evidence.get("kind")}, '
          f'{evidence.get("rate", 0):.0f} bytes a second', flush=True)


def start(bus, pid, seconds):
    options = {'sources': GLib.Variant('as', ['heap']), 'pids': GLib.Variant('au', [pid]),
               # Also when this program hangs.
               'duration': GLib.Variant('u', seconds + 60)}
    return call(bus, 'Start', '(a{sv})', options, flags=ASK, timeout=NO_TIMEOUT)


def follow(bus, session, seconds):
    """Until so many seconds have passed, or the session has ended by itself."""
    loop = GLib.MainLoop()

    def on_changed(_bus, _sender, _path, _interface, _signal, values):
        _changed_interface, changed, _invalidated = values.unpack()
        if changed.get('State') in ('stopped', 'failed', 'over-budget'):
            loop.quit()
    bus.signal_subscribe(NAME, 'org.freedesktop.DBus.Properties', 'PropertiesChanged', session,
                         SESSION, Gio.DBusSignalFlags.NONE, on_changed)
    GLib.timeout_add_seconds(seconds, loop.quit)
    loop.run()


def read_report(bus, session):
    report = json.loads(call(bus, 'GetReport', '(osa{sv})', session, 'json',
                             {'limit': GLib.Variant('u', 3)}))
    for heap in report['heaps']:
        print(f'{heap["current-bytes"]} bytes live in {heap["pid"]}, most of them from')
        for site in heap['sites']:
            print(f'{site["bytes"]:14} {ascii(site["frames"][:2])}')
        if heap.get('truncated') or heap['left-out']['sites']:
            print(f'{heap["left-out"]["sites"]} call stacks are not in this report')


def export(bus, session):
    """All call stacks, to the standard output: the service writes to the descriptor."""
    sys.stdout.flush()
    descriptors = Gio.UnixFDList.new()
    arguments = GLib.Variant('(osha{sv})', (session, 'folded', descriptors.append(1), {}))
    bus.call_with_unix_fd_list_sync(NAME, PATH, MANAGER, 'Export', arguments, None, 0, 30000,
                                    descriptors, None)


def main():
    pid, seconds = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 10
    bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, None)
    bus.signal_subscribe(NAME, MANAGER, 'LeakSuspected', PATH, None, Gio.DBusSignalFlags.NONE,
                         on_suspicion)
    list_processes(bus)
    session = start(bus, pid, seconds)
    print(f'Recording as {session}', flush=True)
    try:
        follow(bus, session, seconds)
        read_report(bus, session)
        export(bus, session)
    finally:
        call(bus, 'Stop', '(o)', session)


try:
    main()
except GLib.Error as error:
    # "org.freedesktop.DBus.Error.AccessDenied", and a sentence.
    name = Gio.DBusError.get_remote_error(error)
    sys.exit(f'{name or "failed"}: {error.message.removeprefix(f"GDBus.Error:{name}: ")}')
