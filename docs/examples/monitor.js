#!/usr/bin/gjs -m
// SPDX-License-Identifier: GPL-2.0-or-later
// monitor.js PID [SECONDS]: lists processes, records the heap of one, and follows what is suspected meanwhile.

import Gio from 'gi://Gio';
import GLib from 'gi://GLib';
import System from 'system';

const NAME = 'org.memsnoop1';
const PATH = '/org/memsnoop1';
const MANAGER = 'org.memsnoop1.Manager';
const SESSION = 'org.memsnoop1.Session';
// For calls for which a person may be asked for a password.
const ASK = Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION;
const NO_TIMEOUT = GLib.MAXINT32;

Gio._promisify(Gio.DBusConnection.prototype, 'call', 'call_finish');

const bus = Gio.bus_get_sync(Gio.BusType.SYSTEM, null);

// A number of type t (64 bits) that is too large for JavaScript is rounded.
async function call(method, parameters, flags = Gio.DBusCallFlags.NONE, timeout = 30000) {
    const reply = await bus.call(NAME, PATH, MANAGER, method, parameters, null, flags, timeout,
        null);
    return reply.recursiveUnpack()[0];
}

async function listProcesses() {
    const options = {limit: new GLib.Variant('u', 5)};
    print('The largest processes:');
    for (const row of await call('ListProcesses', new GLib.Variant('(a{sv})', [options]))) {
        // A name may hold anything.
        print(row.pid, row['rss-anon'] ?? 0, JSON.stringify(row.comm ?? ''));
    }
}

function onSuspicion(_bus, _sender, _path, _interface, _signal, values) {
    const [, pid, comm, evidence] = values.recursiveUnpack();
    print(`${JSON.stringify(comm)} (${pid}) ${evidence.state}: ${evidence.kind}, ` +
        `${Math.round(evidence.rate ?? 0)} bytes a second`);
}

async function start(pid, seconds) {
    const options = {
        'sources': new GLib.Variant('as', ['heap']),
        'pids': new GLib.Variant('au', [pid]),
        // Also when this program hangs.
        'duration': new GLib.Variant('u', seconds + 60),
    };
    return await call('Start', new GLib.Variant('(a{sv})', [options]), ASK, NO_TIMEOUT);
}

// Until so many seconds have passed, or the session has ended by itself.
function follow(session, seconds) {
    return new Promise(resolve => {
        bus.signal_subscribe(NAME, 'org.freedesktop.DBus.Properties', 'PropertiesChanged', session,
            SESSION, Gio.DBusSignalFlags.NONE,
            (_bus, _sender, _path, _interface, _signal, values) => {
                const [, changed] = values.recursiveUnpack();
                if (['stopped', 'failed', 'over-budget'].includes(changed.State))
                    resolve();
            });
        GLib.timeout_add_seconds(GLib.PRIORITY_DEFAULT, seconds, () => {
            resolve();
            return GLib.SOURCE_REMOVE;
        });
    });
}

async function readReport(session) {
    const options = {limit: new GLib.Variant('u', 3)};
    const report = JSON.parse(await call('GetReport',
        new GLib.Variant('(osa{sv})', [session, 'json', options])));
    for (const heap of report.heaps) {
        print(`${heap['current-bytes']} bytes live in ${heap.pid}, most of them from`);
        for (const site of heap.sites)
            print(site.bytes, JSON.stringify(site.frames.slice(0, 2)));
        if (heap.truncated || heap['left-out'].sites > 0)
            print(`${heap['left-out'].sites} call stacks are not in this report`);
    }
}

async function main(pid, seconds) {
    bus.signal_subscribe(NAME, MANAGER, 'LeakSuspected', PATH, null, Gio.DBusSignalFlags.NONE,
        onSuspicion);
    await listProcesses();
    const session = await start(pid, seconds);
    print(`Recording as ${session}`);
    try {
        await follow(session, seconds);
        await readReport(session);
    } finally {
        await call('Stop', new GLib.Variant('(o)', [session]));
    }
}

const loop = new GLib.MainLoop(null, false);
let status = 0;
main(Number(ARGV[0]), Number(ARGV[1] ?? 10)).catch(error => {
    // "org.freedesktop.DBus.Error.AccessDenied", and a sentence.
    const name = error instanceof GLib.Error ? Gio.DBusError.get_remote_error(error) : null;
    if (error instanceof GLib.Error)
        Gio.DBusError.strip_remote_error(error);
    printerr(`${name ?? 'failed'}: ${error.message}`);
    status = 1;
}).finally(() => loop.quit());
loop.run();
System.exit(status);
