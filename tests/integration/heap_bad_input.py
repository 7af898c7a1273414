# SPDX-License-Identifier: GPL-2.0-or-later
"""What cannot be recorded, numbers out of their range, and files that cannot be written."""

import errno
import glob
import json
import os
import signal
import socket
import subprocess
import tempfile

from gi.repository import Gio, GLib

import caller
import harness
from target import unused_pid

BLOCKS = 1000
SIZE = 100
FAILED = 'org.memsnoop1.Error.Failed'
INTERVAL_MAX = 1 << 30
DEPTH_MAX = 512


def kernel_threads(count):
    """Some processes without memory of their own: children of kthreadd."""
    found = []
    for path in glob.glob('/proc/[0-9]*/stat'):
        try:
            with open(path, 'rb') as file:
                fields = file.read().rsplit(b')', 1)[1].split()
        except OSError:
            continue
        if int(fields[1]) == 2:
            found.append(int(path.split('/')[2]))
    return found[:count]


def children(pid):
    """Those that a process has now."""
    found = []
    for path in glob.glob(f'/proc/{pid}/task/*/children'):
        with open(path, encoding='ascii') as file:
            found += [int(text) for text in file.read().split()]
    return found


@harness.beside_others
class BadInput(harness.ServiceTest):
    """With a program whose heap can be recorded, which has to work after each case."""

    def setUp(self):
        super().setUp()
        self.good = self.target('heap-leak', BLOCKS, SIZE)

    def refused(self, names, mentions, **options):
        options.setdefault('sources', ['heap'])
        self.assert_refused(names, self.root.start, mentions=mentions, **options)
        self.assertEqual(self.root.running_sessions(), [])
        self.assertEqual(self.daemon.bpf_objects(), set())

    def record_good(self, **options):
        """Records it, and returns its part of the last report."""
        session = self.root.start(sources=['heap'], pids=[self.good.pid], **options)
        self.good.do('go', 'done')
        self.root.stop(session)
        return json.loads(self.root.report(session, 'json', limit=0))['heaps'][0]

    def zombie(self):
        # Not to be waited for: that is what makes it one.
        # pylint: disable=consider-using-with
        process = subprocess.Popen(['/bin/true'])
        self.addCleanup(process.wait)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        return process.pid

    def stopped(self):
        target = self.target('heap-leak', 10, SIZE)
        os.kill(target.pid, signal.SIGSTOP)
        self.addCleanup(os.kill, target.pid, signal.SIGCONT)
        return target.pid

    def test_what_has_no_heap_to_record_is_refused_and_all_else_goes_on(self):
        neither = (caller.NOT_SUPPORTED, caller.INVALID_ARGUMENTS)
        self.record_good()
        programs = children(self.daemon.pid)
        self.assertGreaterEqual(len(programs), 2, 'the service has its worker and its opener')
        for pid in kernel_threads(3):
            self.refused(neither, [pid, 'kernel thread'], pids=[pid])
        self.refused((*neither, caller.UNKNOWN_PROCESS), [], pids=[0])
        self.refused((*neither, caller.UNKNOWN_PROCESS), [], pids=[4294967295])
        pid = unused_pid()
        self.refused(caller.UNKNOWN_PROCESS, [pid], pids=[self.good.pid, pid])
        zombie = self.zombie()
        self.refused((*neither, caller.UNKNOWN_PROCESS), [zombie], pids=[zombie])
        self.refused(caller.NOT_SUPPORTED, [self.daemon.pid, 'itself'], pids=[self.daemon.pid])
        for pid in programs:
            self.refused(caller.NOT_SUPPORTED, [pid, "service's own"], pids=[pid])
        self.refused(caller.INVALID_ARGUMENTS, [self.good.pid, 'more than once'],
                     pids=[self.good.pid, self.good.pid])
        self.refused(caller.INVALID_ARGUMENTS, ['33', '32'],
                     pids=list(range(self.good.pid, self.good.pid + 33)))
        # A program that is stopped is recorded as any other; there is just nothing new.
        session = self.root.start(sources=['heap'], pids=[self.stopped()])
        self.root.stop(session)
        self.assertEqual(self.record_good()['current-bytes'], BLOCKS * SIZE)

    def test_numbers_are_taken_up_to_their_limits_and_refused_beyond(self):
        for number in (1, 1023, INTERVAL_MAX + 1, (1 << 64) - 1):
            self.refused(caller.INVALID_ARGUMENTS, ['sample-interval', number],
                         pids=[self.good.pid], sample_interval=number)
        for number in (0, DEPTH_MAX + 1, (1 << 32) - 1):
            self.refused(caller.INVALID_ARGUMENTS, ['stack-depth', number], pids=[self.good.pid],
                         stack_depth=number)
        for key, value in (('sample_interval', GLib.Variant('i', 1024)),
                           ('stack_depth', GLib.Variant('t', 16)),
                           ('pids', GLib.Variant('ai', [self.good.pid])),
                           ('sources', GLib.Variant('s', 'heap'))):
            options = {'pids': [self.good.pid], key: value}
            self.refused(caller.INVALID_ARGUMENTS, [key.replace('_', '-')], **options)
        for options in ({'sample_interval': 1024}, {'sample_interval': INTERVAL_MAX}):
            self.assertEqual(self.record_good(**options)['sample-interval'],
                             options['sample_interval'])
        for depth in (1, DEPTH_MAX):
            heap = self.record_good(stack_depth=depth)
            self.assertEqual(heap['current-bytes'], BLOCKS * SIZE)
            self.assertLessEqual(max(len(site['frames']) for site in heap['sites']), depth)


@harness.beside_others
class BadFile(harness.ServiceTest):
    """What Export does with descriptors that take no data, or not all."""

    def setUp(self):
        super().setUp()
        target = self.target('heap-leak', BLOCKS, SIZE)
        self.session = self.root.start(sources=['heap'], pids=[target.pid])
        target.do('go', 'done')
        self.root.stop(self.session)

    def refused(self, names, descriptor, form='json', mentions=()):
        self.assert_refused(names, self.root.export, self.session, form, descriptor,
                            mentions=mentions)

    def open(self, path, flags):
        descriptor = os.open(path, flags | os.O_CLOEXEC, 0o600)
        self.addCleanup(os.close, descriptor)
        return descriptor

    def small_file_system(self):
        folder = os.path.join(self.folder, 'small')
        os.mkdir(folder)
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=4k', 'none', folder], check=True)
        self.addCleanup(subprocess.run, ['umount', '--lazy', folder], check=True)
        return folder

    def assert_exported(self):
        with tempfile.TemporaryFile(dir=self.folder) as file:
            self.root.export(self.session, 'json', file.fileno())
            file.seek(0)
            self.assertEqual(json.load(file)['heaps'][0]['current-bytes'], BLOCKS * SIZE)

    def export_without_descriptor(self):
        arguments = GLib.Variant('(osha{sv})', (self.session, 'json', 7, {}))
        try:
            self.root.connection.call_sync(caller.NAME, caller.PATH, caller.MANAGER, 'Export',
                                           arguments, None, Gio.DBusCallFlags.NONE, 10000, None)
        except GLib.Error as error:
            return Gio.DBusError.get_remote_error(error)
        return None

    def test_descriptors_that_take_nothing_are_refused_and_all_else_goes_on(self):
        path = os.path.join(self.folder, 'file')
        self.open(path, os.O_CREAT | os.O_WRONLY)
        self.refused(caller.INVALID_ARGUMENTS, self.open(path, os.O_RDONLY))
        self.refused(caller.INVALID_ARGUMENTS, self.open(path, os.O_PATH))
        self.refused(caller.INVALID_ARGUMENTS, self.open(self.folder, os.O_RDONLY))
        self.assertEqual(os.stat(path).st_size, 0)
        self.assertIn(self.export_without_descriptor(),
                      (caller.INVALID_ARGUMENTS, caller.FREEDESKTOP + 'Disconnected', None))
        self.refused(FAILED, self.open('/dev/full', os.O_WRONLY),
                     mentions=[os.strerror(errno.ENOSPC)])
        reader, writer = os.pipe()
        os.close(reader)
        self.addCleanup(os.close, writer)
        self.refused(FAILED, writer, mentions=[os.strerror(errno.EPIPE)])
        ours, theirs = socket.socketpair()
        ours.close()
        self.addCleanup(theirs.close)
        self.refused((FAILED, caller.INVALID_ARGUMENTS), theirs.fileno())
        self.assert_exported()

    def test_a_file_system_without_room_is_an_error_that_says_so(self):
        folder = self.small_file_system()
        full = self.open(os.path.join(folder, 'filled'), os.O_CREAT | os.O_WRONLY)
        os.write(full, b'-' * 4096)
        path = os.path.join(folder, 'report')
        for form in ('json', 'folded', 'pprof'):
            self.refused(FAILED, self.open(path, os.O_CREAT | os.O_WRONLY), form,
                         mentions=[os.strerror(errno.ENOSPC)])
        self.assert_exported()


if __name__ == '__main__':
    harness.main()
