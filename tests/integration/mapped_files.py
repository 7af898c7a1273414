# SPDX-License-Identifier: GPL-2.0-or-later
"""Recording the heaps of programs whose files are not, or not any more, where their paths lead.

Each inside the sandbox of the unit, where the service sees least: it runs under its own user, in a
mount namespace of its own, and may look into no home folder.
"""

import ctypes
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import caller
import harness
import machine
import sandbox
from harness import OTHER_USER, USER

BLOCKS = 1000
SIZE = 100

# Of programs, more than the opener answers at a time; and seconds in which one request is given up.
MANY = 20
WAIT_OF_REQUEST = 8

# More than may hang of one user; and a program whose environment is read from a file.
FEW = 7
MAPS_FILE_IN_PLACE_OF_ITS_ENVIRONMENT = '''
import ctypes, os, sys, time
with open("/proc/self/stat") as file:
    fields = file.read().rpartition(")")[2].split()
begin, end = (int(fields[47]) + 4095) & -4096, int(fields[48]) & -4096
map = ctypes.CDLL(None).mmap
map.restype, map.argtypes = ctypes.c_void_p, [ctypes.c_void_p, *[ctypes.c_long] * 5]
PROT_READ, MAP_PRIVATE_AND_FIXED = 1, 0x12
descriptor = os.open(sys.argv[1], os.O_RDONLY)
if map(begin, end - begin, PROT_READ, MAP_PRIVATE_AND_FIXED, descriptor, 0) == begin:
    print("ready", flush=True)
time.sleep(1000)
'''

LIBC = ctypes.CDLL(None)
CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
MS_REC, MS_PRIVATE = 0x4000, 0x40000


class MappedFilesTest(sandbox.SandboxTest):
    """With a program that leaks, started from where it is not easily got at."""

    rules = ''

    def setUp(self):
        super().setUp()
        # Not below the folder of the test, which nobody else may search.
        self.place = tempfile.mkdtemp(prefix='memsnoop-place-', dir='/run')
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        os.chmod(self.place, 0o755)
        self.start_inside()

    def copy(self, program='heap-leak', folder=None, name=None, mode=0o755, uid=0):
        """A program of the tests, elsewhere and of other rights."""
        path = os.path.join(folder or self.place, name or program)
        shutil.copy(machine.program('tests', 'targets', program), path)
        os.chmod(path, mode)
        os.chown(path, uid, uid)
        return path

    def leak(self, client=None, **options):
        """Runs the program; what its heap is told to be. The session stays."""
        target = self.target('heap-leak', BLOCKS, SIZE, **options)
        return target, lambda: self.record(target, client or self.root)

    def record(self, target, client):
        session = client.start(sources=['heap'], pids=[target.pid])
        target.do('go', 'done')
        asked = time.clock_gettime_ns(time.CLOCK_BOOTTIME)

        def look():
            heap = json.loads(client.report(session, 'json', limit=0))['heaps'][0]
            return heap if heap['taken-at'] > asked and self.is_named(heap) else None
        return self.wait_until(look, 'the report names the functions')

    @staticmethod
    def is_named(heap):
        return any(frame.startswith('leak_block ')
                   for site in heap['sites'] for frame in site['frames'])

    def assert_named(self, heap):
        self.assertEqual((heap['current-bytes'], heap['current-count']), (BLOCKS * SIZE, BLOCKS))
        self.assertTrue(heap['exact'], heap)
        sites = [site for site in heap['sites']
                 if any(frame.startswith('leak_block ') for frame in site['frames'])]
        self.assertEqual(sum(site['bytes'] for site in sites), BLOCKS * SIZE)
        for site in sites:
            self.assertTrue(any(frame.startswith('serve ') for frame in site['frames']), site)
            self.assertTrue(any(frame.startswith('main ') for frame in site['frames']), site)

    def make_home(self, uid):
        home = self.place + '/home'
        os.mkdir(home, 0o700)
        os.chown(home, uid, uid)
        return home


@harness.beside_others
class MappedFiles(MappedFilesTest):
    """One way not to be where a path leads each."""

    # What was replaced.

    def libraries(self, folder):
        """Copies of the libraries that the program needs, and its loader; by their paths."""
        listed = subprocess.run(['ldd', machine.program('tests', 'targets', 'heap-leak')],
                                check=True, capture_output=True, text=True).stdout
        for path in re.findall(r'(/\S+) \(0x', listed):
            os.makedirs(folder + os.path.dirname(path), exist_ok=True)
            shutil.copy(path, folder + path)
            yield path

    def test_a_c_library_that_was_replaced_by_an_upgrade(self):
        library = next(self.place + path for path in self.libraries(self.place)
                       if 'libc.so' in path)
        target, record = self.leak(env={'LD_LIBRARY_PATH': os.path.dirname(library)})
        with open(library + '.new', 'wb') as file:
            file.write(b'another file')
        os.rename(library + '.new', library)
        with open(f'/proc/{target.pid}/maps', encoding='utf-8') as maps:
            self.assertIn(library + ' (deleted)', maps.read())
        self.assert_named(record())

    def test_a_program_that_was_deleted(self):
        path = self.copy()
        _, record = self.leak(path=path)
        os.unlink(path)
        self.assert_named(record())

    def test_a_program_whose_whole_folder_was_moved_away(self):
        os.mkdir(self.place + '/old')
        path = self.copy(folder=self.place + '/old')
        _, record = self.leak(path=path)
        os.rename(self.place + '/old', self.place + '/older')
        os.mkdir(self.place + '/old')
        with open(path, 'wb') as file:
            file.write(b'another file')
        self.assert_named(record())

    # What others may not get at.

    def test_a_program_in_a_home_that_only_its_user_may_search(self):
        path = self.copy(folder=self.make_home(OTHER_USER), uid=OTHER_USER)
        _, record = self.leak(path=path, uid=OTHER_USER)
        self.assert_named(record())

    def test_the_same_recorded_by_its_own_user(self):
        path = self.copy(folder=self.make_home(USER), uid=USER)
        _, record = self.leak(self.connect(USER), path=path, uid=USER)
        self.assert_named(record())

    def test_a_program_that_only_its_user_may_read(self):
        path = self.copy(mode=0o700, uid=OTHER_USER)
        _, record = self.leak(path=path, uid=OTHER_USER)
        self.assert_named(record())

    def test_a_static_program_that_only_its_user_may_get_at(self):
        if not os.path.exists(machine.program('tests', 'targets', 'heap-leak-static')):
            return
        path = self.copy('heap-leak-static', self.make_home(OTHER_USER), mode=0o700,
                         uid=OTHER_USER)
        _, record = self.leak(path=path, uid=OTHER_USER)
        self.assert_named(record())

    # What lies elsewhere.

    def test_a_program_in_a_root_of_its_own(self):
        root = self.place + '/root'
        list(self.libraries(root))
        self.copy(folder=root)
        target, record = self.leak(path='/heap-leak', prepare=lambda: os.chroot(root))
        self.assertEqual(os.readlink(f'/proc/{target.pid}/root'), root)
        heap = record()
        self.assert_named(heap)
        # As the program itself sees it.
        self.assertNotIn(root, json.dumps(heap['sites']))

    def split_debug_information(self, path, folder):
        """Moves what tells the names of functions into a file below the folder."""
        os.makedirs(folder)
        debug = f'{folder}/{os.path.basename(path)}.debug'
        for arguments in (['--only-keep-debug', path, debug],
                          ['--strip-all', f'--add-gnu-debuglink={debug}', path]):
            subprocess.run(['objcopy', *arguments], check=True)

    def test_debug_files_in_a_root_of_its_own_also_of_a_deleted_program(self):
        root = self.place + '/root'
        list(self.libraries(root))
        path = self.copy(folder=root)
        self.split_debug_information(path, root + '/usr/lib/debug')
        _, record = self.leak(path='/heap-leak', prepare=lambda: os.chroot(root))
        os.unlink(path)
        self.assert_named(record())

    def test_a_program_in_a_mount_namespace_of_its_own(self):
        hidden = self.place + '/hidden'
        os.mkdir(hidden)
        name = machine.program('tests', 'targets', 'heap-leak')

        def enter():
            LIBC.unshare(CLONE_NEWNS)
            LIBC.mount(None, b'/', None, ctypes.c_ulong(MS_REC | MS_PRIVATE), None)
            subprocess.run(['mount', '-t', 'tmpfs', 'memsnoop-test', hidden], check=True)
            shutil.copy(name, hidden)
        _, record = self.leak(path=hidden + '/heap-leak', prepare=enter)
        self.assertEqual(os.listdir(hidden), [])
        self.assert_named(record())

    def test_a_program_on_layers(self):
        folders = [f'{self.place}/{name}' for name in ('lower', 'upper', 'work', 'merged')]
        for folder in folders:
            os.mkdir(folder)
        self.copy(folder=folders[0])
        options = 'lowerdir={},upperdir={},workdir={}'.format(*folders)
        mounted = self.command('mount', '-t', 'overlay', '-o', options, 'overlay', folders[3])
        if mounted.returncode != 0:
            print('This kernel mounts no layers here:', mounted.stderr)
            return
        self.addCleanup(self.command, 'umount', '--lazy', folders[3])
        _, record = self.leak(path=folders[3] + '/heap-leak')
        self.assert_named(record())

    def test_a_program_in_memory(self):
        descriptor = os.memfd_create('leaking', os.MFD_CLOEXEC)
        self.addCleanup(os.close, descriptor)
        with open(machine.program('tests', 'targets', 'heap-leak'), 'rb') as file:
            os.write(descriptor, file.read())
        target, record = self.leak(path=f'/proc/{os.getpid()}/fd/{descriptor}')
        self.assertEqual(os.readlink(f'/proc/{target.pid}/exe'), '/memfd:leaking (deleted)')
        self.assert_named(record())

    # What is not told.

    def test_a_program_that_its_user_may_only_execute_has_no_names_for_that_user(self):
        path = self.copy(mode=0o711)
        client = self.connect(USER)
        target = self.target('heap-leak', BLOCKS, SIZE, path=path, uid=USER)
        self.assert_refused(caller.AUTHORIZATION_REQUIRED, client.start, sources=['heap'],
                            pids=[target.pid])
        # Of its own will it lets its user look into it, but its file is still not for that user.
        target.do('show', 'done')
        session = client.start(sources=['heap'], pids=[target.pid])
        target.do('go', 'done')
        report = self.wait_until(
            lambda: next((text for text in [client.report(session, 'json')]
                          if f'"current-bytes":{BLOCKS * SIZE}' in text.replace(' ', '')), None),
            'the report has the bytes')
        self.assertNotIn('leak_block', report)


@harness.beside_others
class HiddenProcesses(MappedFilesTest):
    """Where /proc shows only those to each user who may look into them."""

    def setUp(self):
        self.command('mount', '-t', 'proc', '-o', 'hidepid=invisible', 'proc', '/proc')
        super().setUp()

    def test_processes_that_proc_hides_from_others(self):
        path = self.copy(folder=self.make_home(OTHER_USER), uid=OTHER_USER)
        _, record = self.leak(path=path, uid=OTHER_USER)
        self.assert_named(record())

@harness.beside_others
class HostileFiles(MappedFilesTest):
    """Files that do what no file of a program does."""

    def mount_hanging(self, program='heap-leak'):
        """A program on a file system that answers as long as its process is not stopped."""
        machine.require('fuse')
        folder = self.place + '/hanging'
        os.mkdir(folder)
        # pylint: disable=consider-using-with
        server = subprocess.Popen(
            [sys.executable, '-B', os.path.join(os.path.dirname(__file__), 'hanging_file_system.py'),
             folder, machine.program('tests', 'targets', program)], stdout=subprocess.PIPE)
        self.addCleanup(self.end_hanging, server, folder)
        self.assertEqual(server.stdout.readline(), b'ready\n')
        return server, folder + '/program'

    def begin_start(self, target):
        """Calls Start, and does not wait; its answer will be in the list."""
        answers = []
        options = caller.dictionary({'sources': ['heap'], 'pids': [target.pid]})
        self.root.call_async('Start', caller.GLib.Variant('(a{sv})', (options,)), answers.append)
        return answers

    def end_hanging(self, server, folder):
        server.send_signal(signal.SIGCONT)
        self.command('umount', '--lazy', folder)
        server.kill()
        server.wait()
        server.stdout.close()

    def test_a_file_system_that_answers_is_one_like_others(self):
        _, path = self.mount_hanging()
        _, record = self.leak(path=path, uid=OTHER_USER)
        self.assert_named(record())

    def test_an_allocator_on_the_file_system_of_a_program_is_not_probed(self):
        if not os.path.exists(machine.program('tests', 'targets', 'heap-leak-static')):
            return
        _, path = self.mount_hanging('heap-leak-static')
        target = self.target('heap-leak-static', path=path)
        self.assert_refused(caller.NOT_SUPPORTED, self.root.start, sources=['heap'],
                            pids=[target.pid], mentions=['FUSE'])
        self.assert_nothing_recorded()

    def test_an_allocator_on_layers_of_a_user_namespace_is_not_probed(self):
        if not os.path.exists(machine.program('tests', 'targets', 'heap-leak-static')):
            return
        _, path = self.mount_hanging('heap-leak-static')
        merged = self.place + '/merged'
        os.mkdir(merged)
        options = f'lowerdir={os.path.dirname(path)}:{merged}'

        def enter():
            LIBC.unshare(CLONE_NEWUSER | CLONE_NEWNS)
            for name, text in ('setgroups', 'deny'), ('uid_map', '0 0 1'), ('gid_map', '0 0 1'):
                with open('/proc/self/' + name, 'w', encoding='ascii') as file:
                    file.write(text)
            subprocess.run(['mount', '-t', 'overlay', '-o', options, 'overlay', merged],
                           check=True)
        try:
            target = self.target('heap-leak-static', path=merged + '/program', prepare=enter)
        except subprocess.SubprocessError:
            print('This kernel lets users mount no layers here')
            return
        self.assert_refused(caller.NOT_SUPPORTED, self.root.start, sources=['heap'],
                            pids=[target.pid], mentions=['layers'])
        self.assert_nothing_recorded()

    def test_a_file_system_that_stops_to_answer_while_files_are_read(self):
        server, path = self.mount_hanging()
        target = self.target('heap-leak', BLOCKS, SIZE, path=path)
        target.do('go', 'done')
        _, record = self.leak()
        # First, as the target waits for it, too.
        self.addCleanup(server.kill)
        server.send_signal(signal.SIGUSR1)
        answers = self.begin_start(target)
        self.iterate_until(lambda: answers, 'Start is answered', 40)
        self.assertNotIsInstance(answers[0], caller.BusError)
        self.assert_named(record())

    def test_a_file_system_that_does_not_answer_holds_up_nobody_else(self):
        server, path = self.mount_hanging()
        target = self.target('heap-leak', BLOCKS, SIZE, path=path)
        target.do('go', 'done')
        _, record = self.leak()
        server.send_signal(signal.SIGSTOP)
        self.addCleanup(server.kill)
        started = time.monotonic()
        answers = self.begin_start(target)
        self.assert_named(record())
        self.assertLess(time.monotonic() - started, 4)
        self.iterate_until(lambda: answers, 'Start is answered', 25)
        self.assertNotIsInstance(answers[0], caller.BusError)

    def test_requests_that_are_kept_take_no_places_of_other_users(self):
        server, path = self.mount_hanging()
        targets = [self.target('heap-leak', BLOCKS, SIZE, path=path, uid=OTHER_USER)
                   for _ in range(MANY)]
        own = self.copy()
        _, record = self.leak(path=own, uid=USER)
        os.unlink(own)
        # First, as the targets wait for it, too.
        self.addCleanup(server.kill)
        server.send_signal(signal.SIGUSR2)
        answers = [self.begin_start(target) for target in targets]
        self.wait_until(lambda: self.children_of_opener() >= 4, 'requests hang')
        time.sleep(WAIT_OF_REQUEST)
        self.assertLessEqual(self.children_of_opener(), 4)
        self.assert_named(record())
        self.iterate_until(lambda: all(answers), 'Start is answered', 40)

    def test_memory_that_does_not_answer_holds_up_nobody_else(self):
        server, path = self.mount_hanging()
        code = MAPS_FILE_IN_PLACE_OF_ITS_ENVIRONMENT
        targets = [self.run_python(code, path) for _ in range(FEW)]
        _, record = self.leak(path=self.copy(), uid=USER)
        self.addCleanup(server.kill)
        server.send_signal(signal.SIGUSR2)
        answers = [self.begin_start(target) for target in targets]
        self.iterate_until(lambda: sum(map(len, answers)) == FEW - 4, 'all but four are refused')
        for answer in filter(None, answers):
            self.assertIn('does not answer', answer[0].message)
        self.assert_named(record())
        server.kill()
        self.iterate_until(lambda: all(answers), 'Start is answered')

    def run_python(self, code, *arguments):
        """A process of another user that runs this and says when it is done."""
        # pylint: disable=consider-using-with
        process = subprocess.Popen(
            [sys.executable, '-c', code, *arguments], stdout=subprocess.PIPE, user=OTHER_USER,
            group=OTHER_USER, extra_groups=[], cwd='/', env={'FILLING': 'x' * 16384},
            preexec_fn=machine.die_with_parent)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertEqual(process.stdout.readline(), b'ready\n')
        return process

    def children_of_opener(self):
        """Requests that it has under way."""
        openers = [pid for pid, parent in named_processes('memsnoop-opener')
                   if parent == self.daemon.process.pid]
        return sum(parent in openers for _, parent in named_processes('memsnoop-opener'))


def named_processes(name):
    """Pid and parent of each."""
    for pid in filter(str.isdigit, os.listdir('/proc')):
        try:
            with open(f'/proc/{pid}/stat', encoding='utf-8', errors='replace') as file:
                before, _, after = file.read().rpartition(')')
        except (FileNotFoundError, ProcessLookupError):
            continue
        if before.endswith(f'({name}'):
            yield int(pid), int(after.split()[1])


if __name__ == '__main__':
    harness.main()
