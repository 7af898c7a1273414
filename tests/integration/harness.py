# SPDX-License-Identifier: GPL-2.0-or-later
"""Tests of the real memsnoopd on a private bus with the real polkitd.

A file of tests ends with harness.main(); with the name of a test as its argument it runs that one,
without it runs all of them one after another, each in its own process as it is under meson. The
exit status is 77 for a test that this machine cannot run, with the reason in a line
"SKIP feature: reason".
"""

import inspect
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import gi
gi.require_version('Gio', '2.0')
from gi.repository import GLib  # noqa: E402

import bus  # noqa: E402
import caller  # noqa: E402
import machine  # noqa: E402
from daemon import Daemon  # noqa: E402
from target import Target  # noqa: E402
from witness import Witness  # noqa: E402

USER, OTHER_USER = machine.USERS

# How the daemon may have ended during a test: well, by its own decision, or killed by the test.
ENDS = (0, 1, -signal.SIGKILL)


def needs(*features):
    """Marks a test that takes more than the others: see machine.FEATURES."""
    def mark(test):
        test.features = features
        return test
    return mark


def beside_others(test):
    """Marks a test, or a class of them, that runs at the same time as others that are marked.

    It looks only at processes of its own, whatever else is on the machine, counts nothing that the
    kernel does for others, and needs no time but such as a busy machine has.
    """
    return test


def once(test):
    """Marks a test that is not repeated under the sanitizers.

    It takes long, and the service does nothing in it that it does in no other test.
    """
    return test


class ServiceTest(unittest.TestCase):
    """A bus with polkitd and, unless `daemon_starts` is false, memsnoopd on it."""

    features = ('root', 'bus', 'polkit', 'btf')
    # polkit rules in JavaScript.
    rules = ''
    configuration = ''
    daemon_starts = True
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix='memsnoop-', dir='/run')
        self.addCleanup(shutil.rmtree, self.folder)
        self.bus = bus.Bus(self.folder)
        self.polkit = bus.Polkit(self.folder, self.bus)
        self.daemon = Daemon(self.folder, self.configuration)
        self.addCleanup(shutil.rmtree, self.daemon.state_folder, ignore_errors=True)
        self.addCleanup(self._end_servers)
        self.bus.start()
        self.polkit.add_rule('10-memsnoop-test.rules', self.rules)
        self.polkit.start()
        if self.daemon_starts:
            self.daemon.start()
            self.root = self.connect()

    def _end_servers(self):
        left_running = self.daemon.running()
        status = self.daemon.terminate() if left_running else None
        self.polkit.end()
        self.bus.end()
        self._show_logs()
        if left_running:
            self.assertEqual(status, 0, 'the daemon ends well when it is asked to')
        elif self.daemon.process is not None:
            self.assertIn(self.daemon.process.returncode, ENDS, 'the daemon does not crash')
        self.assertNotIn('CRITICAL', self.daemon.log())
        self.assertNotIn('ERROR: AddressSanitizer', self.daemon.log())

    def _show_logs(self):
        for server in (self.bus, self.polkit, self.daemon):
            print(f'--- {server.name}\n{server.log()}', flush=True)

    def connect(self, uid=None):
        """A client: of this process, or of a process of that user."""
        client = caller.LocalCaller() if uid is None else caller.UserCaller(uid)
        self.addCleanup(close_quietly, client)
        return client

    def target(self, name, *arguments, **options):
        target = Target(name, *arguments, **options)
        self.addCleanup(target.end)
        return target

    def witness(self, target):
        witness = Witness(target.name)
        self.addCleanup(witness.end)
        witness.start()
        return witness

    def command(self, *arguments, uid=None, **options):
        """Runs memsnoopctl, or with a name that is no option of it another program, to its end."""
        identity = {} if uid is None else {'user': uid, 'group': uid, 'extra_groups': []}
        options = {'timeout': 60, 'text': True, 'capture_output': True, 'cwd': '/', **options}
        return subprocess.run(arguments, check=False, **identity, **options)

    def memsnoopctl(self, *arguments, **options):
        path = machine.public_copy(machine.program('cli', 'memsnoopctl'))
        return self.command(path, *arguments, **options)

    def assert_refused(self, names, function, *arguments, mentions=(), **options):
        """The call fails with one of these errors, whose message mentions all of `mentions`."""
        names = (names,) if isinstance(names, str) else names
        with self.assertRaises(caller.BusError) as raised:
            function(*arguments, **options)
        error = raised.exception
        self.assertIn(error.name, names, error)
        for text in mentions:
            self.assertIn(str(text), error.message)
        return error

    def assert_nothing_recorded(self):
        """No session exists, and the daemon holds nothing of BPF that could see an event."""
        self.assertEqual(self.root.sessions(), [])
        self.assertEqual(self.daemon.bpf_objects(), set())

    def fresh_report(self, session, **options):
        """A report on figures that are read after this call; others may be some seconds old."""
        asked = time.clock_gettime_ns(time.CLOCK_BOOTTIME)

        def report():
            found = json.loads(self.root.report(session, 'json', **options))
            return found if found['recording']['taken-at'] > asked else None
        return self.wait_until(report, 'the report has new figures')

    def wait_until(self, condition, what, seconds=15):
        return bus.wait_until(condition, what, seconds)

    def iterate_until(self, condition, what, seconds=15):
        """As wait_until(), and dispatches what comes over the bus meanwhile."""
        context = GLib.MainContext.default()
        deadline = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > deadline:
                raise AssertionError(f'waited {seconds} s in vain: {what}')
            if not context.iteration(False):
                time.sleep(0.005)


def close_quietly(client):
    try:
        client.close()
    except (GLib.Error, BrokenPipeError, ValueError):
        # The test closed it already.
        pass


def main():
    cases = {name: case
             for _, group in inspect.getmembers(sys.modules['__main__'], inspect.isclass)
             if issubclass(group, ServiceTest)
             for name, case in _cases_of(group)}
    if len(sys.argv) == 1:
        sys.exit(_run_each(cases))
    case = cases[sys.argv[1]]
    machine.require(*case.features, *getattr(getattr(case, sys.argv[1]), 'features', ()))
    machine.enter_namespace()
    result = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, buffer=False).run(case)
    sys.stdout.flush()
    # Threads of GDBus may still run.
    os._exit(0 if result.wasSuccessful() else 1)


def _cases_of(group):
    return [(case._testMethodName, case)
            for case in unittest.defaultTestLoader.loadTestsFromTestCase(group)]


def _run_each(cases):
    failed = 0
    for name in cases:
        status = subprocess.run([sys.executable, '-B', sys.argv[0], name], check=False,
                                capture_output=True, text=True)
        outcome = {0: 'ok', machine.SKIPPED: 'skipped'}.get(status.returncode, 'FAILED')
        print(f'{outcome:8} {name}', flush=True)
        if outcome == 'FAILED':
            failed += 1
            print(status.stdout, status.stderr)
    return 1 if failed else 0
