# SPDX-License-Identifier: GPL-2.0-or-later
"""The window beside a service that hangs, lies and is not well, and disks that take nothing."""

import json
import os
import shutil
import subprocess
import time

import accessibility
import desktop
import harness
import viewer
from caller import GLib
from harness import USER

LARGEST = 2 ** 64 - 1
# What took the window that long before it was mended; a busy machine makes of half a second two.
STANDSTILL_SECONDS = 6
HEAP = '/org/memsnoop1/session/1'
UNKNOWN = ('org.freedesktop.DBus.Error.UnknownMethod', 'unknown')
HOSTILE = {
    11: '<b>bold</b> &amp; <', 12: 'a\nb\tc\x1b[31m', 13: '\u202egnp.exe', 14: 'x' * 4096,
    15: '', 16: '\u05d0\u05d1\u05d2 \u0645\u0631\u062d\u0628\u0627', 17: '%s%n%d'}


def row(pid, comm, anonymous=1 << 20):
    return {'pid': GLib.Variant('u', pid), 'start-time': GLib.Variant('t', 1),
            'comm': GLib.Variant('s', comm), 'uid': GLib.Variant('u', USER),
            'rss-anon': GLib.Variant('t', anonymous)}


def listed(rows):
    return GLib.Variant('(aa{sv})', (rows,))


def report(**heap):
    """One in JSON of a heap with one place."""
    return json.dumps({'report-version': 1, 'heaps': [{
        'pid': 11, 'start-time': 1, 'comm': 'leaky', 'current-bytes': 4096, 'current-count': 1,
        'sites': [{'bytes': 4096, 'count': 1, 'frames': ['<i>leak</i>\nhere', 'main']}],
        **heap}]}).encode()


class SaidTest(viewer.ViewerTest):
    """With a service that says what the test wants, instead of the real one."""

    features = ('root', 'bus', 'polkit', 'window')
    daemon_starts = False
    viewer_starts = False
    pictures = 'bad-input'
    # GLib warns of what the service says.
    unwanted = r'CRITICAL|ERROR: \w+Sanitizer|runtime error'

    def setUp(self):
        super().setUp()
        self.service = None
        self.start_service()

    def start_service(self):
        self.service = desktop.SaidService()
        self.addCleanup(self.end_service)
        self.service.answers.update({
            'ListProcesses': listed([row(11, 'leaky')]), 'ListProcessColumns': UNKNOWN})

    def end_service(self):
        if not self.service.connection.is_closed():
            self.service.end()

    def record(self, source='heap', state='recording'):
        """A session of the service that records process 11, and what there is of the process."""
        self.service.objects[HEAP] = {'org.memsnoop1.Session': {
            'Sources': GLib.Variant('as', [source]), 'Pids': GLib.Variant('au', [11]),
            'State': GLib.Variant('s', state), 'Owner': GLib.Variant('u', USER)}}
        self.say_stats()

    def say_stats(self, **stats):
        self.service.answers['GetProcessStats'] = GLib.Variant('(a{sv})', ({
            'pid': GLib.Variant('u', 11), 'start-time': GLib.Variant('t', 1),
            'comm': GLib.Variant('s', 'leaky'), 'memory': GLib.Variant('a{sv}', {}), **stats},))

    def say_report(self, content):
        def write(_arguments, invocation, descriptors):
            with os.fdopen(os.dup(descriptors[0]), 'wb') as file:
                file.write(content)
            invocation.return_value(None)
        self.service.answers['Export'] = write

    def make_exports(self):
        """A folder into which the window may export."""
        folder = self.desktop.session.folder + '/exports'
        os.mkdir(folder)
        os.chown(folder, USER, USER)
        return folder

    def try_export(self, path):
        """Exports into the path; what the dialog asks about a file that is there is agreed to."""
        self.tree.click('Export')
        self.tree.choose('As JSON…', 2)
        self.tree.enter(self.tree.await_one('text', 'Name:', ('focused',)), path)
        self.tree.click(lambda name: name.endswith('Save'),
                        within=lambda node: node.name == 'Export Recording')
        if os.path.exists(path):
            self.tree.click(lambda name: name.endswith('Replace'))
        self.tree.await_none(name='Export Recording')

    def assert_answers(self, seconds):
        """The window never stands still in these seconds, however busy the machine is."""
        window = self.tree.windows(('row',))[0]
        longest, end = 0, time.monotonic() + seconds
        while time.monotonic() < end:
            begin = time.monotonic()
            self.tree.property(window, 'Accessible', 'Name')
            longest = max(longest, time.monotonic() - begin)
            self.tree.pass_time(0.02)
        print(f'the window answered after {longest:.3f} s at most', flush=True)
        self.assertLess(longest, STANDSTILL_SECONDS)

    def assert_runs(self):
        self.assertTrue(self.desktop.viewer.running(), self.desktop.viewer.log())

    def await_alert(self, beginning):
        return self.tree.await_one('alert', lambda name: name.startswith(beginning)).name


@harness.beside_others
class Ignored(SaidTest):
    """What is ignored, and taken back in the window's list of it."""

    def test_what_is_ignored_is_listed_and_taken_back(self):
        paths = ['/opt/<b>leaky', '/usr/bin/other']
        self.service.answers.update({'ListIgnored': GLib.Variant('(as)', (paths,)),
                                     'Unignore': GLib.Variant('()', ())})
        self.desktop.open_window()
        self.tree.click('Suspects', 'tab')
        self.tree.click('Ignored Programs…')
        self.tree.await_one('label', paths[1])
        self.picture('ignored')
        self.tree.click(f'Suspect {paths[0]} Again')
        self.tree.await_none('button', f'Suspect {paths[0]} Again')
        self.assertIn(('Unignore', paths[0]), self.service.calls)
        self.service.answers['Unignore'] = ('org.memsnoop1.Error.Failed', 'It cannot be written')
        self.tree.click(f'Suspect {paths[1]} Again')
        self.await_alert('The program is still ignored: It cannot be written')
        self.service.answers['Unignore'] = GLib.Variant('()', ())
        self.tree.click(f'Suspect {paths[1]} Again')
        self.await_text('Nothing Is Ignored')
        self.tree.press('Escape')
        self.tree.await_none('label', 'Nothing Is Ignored')
        del self.service.answers['ListIgnored']
        self.tree.click('Ignored Programs…')
        self.await_text('Not <i>allowed</i> & refused')
        self.picture('ignored-refused')

    def suspect(self, comm, executable):
        self.service.suspects[1] = {
            'id': GLib.Variant('t', 1), 'pid': GLib.Variant('u', 11),
            'comm': GLib.Variant('s', comm), 'exe': GLib.Variant('s', executable)}

    def test_who_ignores_an_interpreter_is_asked_first(self):
        self.suspect('perl', '/usr/bin/perl')
        self.service.answers['Ignore'] = GLib.Variant('()', ())
        self.desktop.open_window()
        self.tree.click('Suspects', 'tab')
        self.tree.click('Ignore perl (11)')
        self.await_text('Ignore the Whole Program?')
        self.await_text('^“perl” is run by /usr/bin/perl. Nothing that this program runs')
        self.assertNotIn(('Ignore', '/usr/bin/perl'), self.service.calls)

    def test_who_ignores_what_runs_a_script_is_asked_first(self):
        self.suspect('leaky.py', '/usr/bin/python3')
        self.service.answers['Ignore'] = GLib.Variant('()', ())
        self.desktop.open_window()
        self.tree.click('Suspects', 'tab')
        for answer in ('Cancel', 'Ignore'):
            self.tree.click('Ignore leaky.py (11)')
            self.await_text('Ignore the Whole Program?')
            self.picture('ignore-question')
            self.assertNotIn(('Ignore', '/usr/bin/python3'), self.service.calls)
            self.tree.click(answer)
            self.tree.await_none('label', 'Ignore the Whole Program?')
        self.await_text('“/usr/bin/python3” is not suspected any more')
        self.assertEqual(self.service.calls.count(('Ignore', '/usr/bin/python3')), 1)


@harness.beside_others
class Values(SaidTest):
    """What the service says is not what the contract says."""

    def test_hostile_names_are_text_that_is_found_and_opened(self):
        self.service.answers['ListProcesses'] = listed(
            [row(pid, comm) for pid, comm in HOSTILE.items()])
        self.say_stats(comm=GLib.Variant('s', HOSTILE[14]), exe=GLib.Variant('s', '/<b>\n' * 800))
        self.desktop.open_window()
        rows = self.await_rows(lambda rows: len(rows) == len(HOSTILE))
        texts = [text for found in rows for text in found]
        self.assertIn(HOSTILE[11], texts)
        self.assertIn('a\\x0ab\\x09c\\x1b[31m', texts)
        self.assertIn('\\u202egnp.exe', texts)
        self.assertLessEqual(max(len(text) for text in texts), 200)
        self.picture('names')
        self.tree.press(accessibility.CONTROL, 'f')
        entry = self.tree.await_one('search box', 'Search processes', ('focused',))
        self.tree.enter(entry, '<B>BOLD')
        self.await_rows(lambda rows: [one for one in rows if HOSTILE[11] in one] == rows != [])
        self.tree.press('Return')
        self.await_text(r'^x+…x+ \(11\)$')
        self.picture('long-name')
        self.assert_runs()

    def test_absurd_figures_and_wrong_types_are_shown_or_left_out(self):
        infinite = GLib.Variant('d', float('inf'))
        self.service.answers['ListProcesses'] = listed([
            row(11, 'leaky', LARGEST), {'pid': GLib.Variant('s', '12'), 'future': infinite}, {},
            {'pid': GLib.Variant('u', 13), 'growth-rate': GLib.Variant('d', float('nan'))}])
        self.record()
        session = self.service.objects[HEAP]['org.memsnoop1.Session']
        session.update({'State': GLib.Variant('u', 1), 'CpuCost': GLib.Variant('d', 1e300),
                        'StartedAt': GLib.Variant('t', LARGEST), 'Future': infinite})
        history = GLib.Variant('a(ttttt)', [(0, *[LARGEST] * 4), (10 ** 9, 0, 0, 0, 0),
                                            (LARGEST, *[LARGEST] * 4)])
        self.say_stats(
            memory=GLib.Variant('a{sv}', {'history': history, 'pss': GLib.Variant('t', LARGEST),
                                          'uss': infinite, 'growth-rate': GLib.Variant('d', -1e308)}),
            heap=GLib.Variant('a{sv}', {
                'churn': GLib.Variant('d', 1e300), 'retained': GLib.Variant('x', -1),
                'history': GLib.Variant('a(tt)', [(LARGEST, LARGEST)]),
                'size-histogram': GLib.Variant('a(tt)', [(LARGEST, LARGEST), (0, 1)])}),
            kernel=GLib.Variant('s', 'none'))
        self.service.suspects[1] = {
            'id': GLib.Variant('t', 1), 'pid': GLib.Variant('u', 11),
            'comm': GLib.Variant('s', 'leaky'), 'bytes': GLib.Variant('t', LARGEST),
            'rate': GLib.Variant('d', 1e308), 'since': GLib.Variant('t', LARGEST),
            'confidence': GLib.Variant('d', 1e9), 'time-to-exhaustion': GLib.Variant('t', LARGEST),
            'sites': GLib.Variant('s', 'none')}
        self.desktop.open_window('--process', '11')
        self.await_text('leaky (11)')
        self.await_text('^.*100 % sure.*memory full in 4294967295 days')
        self.picture('figures')
        width = max(self.tree.place(window)[2] for window in self.tree.windows())
        self.assertLessEqual(width, 1200)
        self.assert_runs()

    def test_a_process_of_which_no_start_is_told_any_more_is_still_the_same(self):
        self.say_stats()
        self.desktop.open_window('--process', '11')
        self.await_text('leaky (11)')
        self.service.answers['GetProcessStats'] = GLib.Variant('(a{sv})', ({
            'pid': GLib.Variant('u', 11), 'comm': GLib.Variant('s', 'later'),
            'memory': GLib.Variant('a{sv}', {})},))
        self.await_text('later (11)')
        self.assertFalse(self.tree.find('label', lambda text: 'is not there any more' in text))

    def test_columns_of_other_lengths_and_types_are_left_out_and_the_next_ones_read(self):
        def say(**columns):
            self.service.answers['ListProcessColumns'] = GLib.Variant('(a{sv})', ({
                key.replace('_', '-'): GLib.Variant(*column) for key, column in columns.items()},))

        pids = ('au', [11, 12])
        say(pid=pids, comm=('as', ['short']), uid=('s', 'root'), start_time=('at', [1] * 3),
            rss_anon=('at', []), growth_rate=('ad', [float('nan'), float('inf')]),
            recent_count=('au', [2 ** 32 - 1, 5]), recent_private=('at', [1]))
        self.desktop.open_window()
        rows = self.await_rows(lambda rows: len(rows) == 2)
        self.assertEqual({row[0] for row in rows}, {' 11', ' 12'})
        for wrong in ({}, {'pid': ('at', [11])}, {'comm': ('as', ['alone'])}):
            say(**wrong)
            self.await_rows(lambda rows: not rows)
            say(pid=pids)
            self.await_rows(lambda rows: len(rows) == 2)
        say(pid=pids, comm=('as', ['one', 'other']), rss_anon=('at', [LARGEST, 1 << 20]),
            rss_file=('at', [LARGEST, 0]), recent_count=('au', [0, 1]), recent_private=('at', [1]))
        rows = self.await_rows(lambda rows: {row[0] for row in rows} == {'one 11', 'other 12'})
        self.assertIn(viewer.sized(1 << 20), [text for row in rows for text in row])
        self.assert_runs()

    def test_reports_that_are_none_are_told_and_the_next_one_is_read(self):
        self.record()
        self.say_report(report()[:-9])
        self.desktop.open_window('--process', '11')
        self.await_alert('The call stacks cannot be read')
        for content in (b'', b'[' * 10000, b'["\'", /* " */' + b'[' * 1000000, b'\xff\xfe',
                        b'{"report-version": 99}', report(sites=[[], 5, {'frames': 'x'}])):
            self.say_report(content)
            self.tree.pass_time(1.2)
            self.assert_runs()
        self.say_report(report())
        self.tree.click('Calls', 'tab', seconds=20)
        self.await_rows(lambda rows: any(one[0] == '<i>leak</i>\\x0ahere' for one in rows), 'Calls')
        self.picture('report')

    def test_a_process_without_kernel_memory_is_told_as_that_until_it_has_some(self):
        self.record('kernel')
        self.service.answers['Export'] = (
            'org.freedesktop.DBus.Error.UnixProcessIdUnknown', 'The session has no process 11')
        self.desktop.open_window('--process', '11')
        nothing = 'It holds no kernel memory that was allocated since the recording began.'
        self.await_text(f'^.*{nothing}')
        self.tree.await_none(states=('busy',))
        self.tree.await_none(name=lambda name: 'What is found' in name)
        self.await_no_failure()
        self.picture('no-kernel-memory')
        self.say_report(json.dumps({
            'report-version': 1, 'recording': {}, 'totals': {'current-bytes': 4096},
            'sites': [{'bytes': 4096, 'count': 1, 'frames': ['do_eventfd'], 'cache': 'kmalloc-64'}],
        }).encode())
        self.tree.click('Calls', 'tab', seconds=20)
        self.await_rows(lambda rows: any('do_eventfd' in one[0] for one in rows), 'Calls')
        self.tree.await_none(name=lambda name: nothing in name)

    def test_who_sees_the_top_of_the_table_sees_it_wherever_the_process_on_top_goes(self):
        def place(name):
            return self.tree.place(self.tree.await_one('row', name, leaves=('row',)))
        rows = [row(pid, f'p{pid}', (200 - pid) << 20) for pid in range(11, 111)]
        self.service.answers['ListProcesses'] = listed(rows)
        self.desktop.open_window()
        self.await_rows(lambda rows: any('p11 11' in one for one in rows))
        self.tree.pass_time(1)
        top = place('p11 11')
        self.service.answers['ListProcesses'] = listed([row(11, 'p11', 1 << 20), *rows[1:]])
        self.tree.await_that(lambda: place('p12 12') == top, 'the next one is on top')
        self.tree.pass_time(1.5)
        self.assertEqual(place('p12 12'), top)

    def test_of_more_processes_than_fit_the_largest_are_shown_and_the_window_answers(self):
        self.desktop.open_window()
        self.await_rows(lambda rows: len(rows) == 1)
        entries = listed([row(pid, f'p{pid}', pid << 12) for pid in range(1, 40001)])
        self.service.answers['ListProcesses'] = entries
        self.assert_answers(5)
        self.await_text('Those with the most memory are shown, and 30000 more are not.')
        self.service.answers['ListProcesses'] = listed([row(11, 'leaky')])
        self.assert_runs()

    def test_of_more_recordings_than_fit_the_latest_are_shown_and_the_window_answers(self):
        for number in range(5000):
            self.service.objects[f'/org/memsnoop1/session/{number}'] = {'org.memsnoop1.Session': {
                'Sources': GLib.Variant('as', ['heap']), 'Pids': GLib.Variant('au', [number + 1]),
                'State': GLib.Variant('s', 'recording'), 'StartedAt': GLib.Variant('t', number)}}
        self.desktop.open_window()
        self.assert_answers(4)
        self.await_rows(lambda rows: len(rows) == 1)
        self.tree.click('Recordings', 'tab')
        self.await_text('Those that began last are shown, and 4800 more are not.')
        self.assertTrue(self.tree.find('button', lambda name: '5000' in name))
        self.assertFalse(self.tree.find('button', lambda name: '(4800)' in name))
        self.assert_answers(2)
        self.assert_runs()


@harness.beside_others
class Going(SaidTest):
    """The service and the buses hang, go away and come again."""

    def test_a_service_that_hangs_is_told_and_used_when_it_answers(self):
        self.desktop.open_window()
        self.await_rows(lambda rows: len(rows) == 1)
        self.service.hangs.add('ListProcesses')
        self.await_alert('The service has not answered')
        self.picture('late')
        self.service.hangs.clear()
        for invocation in self.service.unanswered:
            invocation.return_value(listed([row(12, 'late')]))
        self.await_rows(lambda rows: any('late' in one or 'leaky' in one for one in rows))
        self.tree.await_none('alert', lambda text: text.startswith('The service has not answered'))
        self.end_service()
        self.await_text('The Service Does Not Run')
        self.service = desktop.SaidService()
        self.service.hangs.update(('GetManagedObjects', 'ListProcesses'))
        self.await_text('The Service Does Not Answer')
        self.picture('silent')
        self.end_service()
        self.await_text('The Service Does Not Run')
        self.start_service()
        self.await_rows(lambda rows: len(rows) == 1)

    def hang_at(self, method):
        """Beside what is recorded and suspected, a service that does not answer this."""
        self.record()
        self.service.suspects[1] = {
            'id': GLib.Variant('t', 1), 'pid': GLib.Variant('u', 11),
            'comm': GLib.Variant('s', 'leaky'), 'bytes': GLib.Variant('t', 1 << 20)}
        self.service.hangs.update((method, 'Export'))
        self.service.connection.set_exit_on_close(False)

    def lose_bus_in(self, method, act, failure):
        def count():
            return sum(call[0] == method for call in self.service.calls)
        self.tree.await_one('button', 'Stop Recording', ('sensitive',))
        self.tree.await_that(lambda: 'Export' in [call[0] for call in self.service.calls], 'Export')
        before = count()
        act()
        self.tree.await_that(lambda: count() > before, method)
        self.bus.end()
        self.await_alert(failure)
        self.await_text(r'^New figures cannot be read: The system bus cannot be reached')
        self.picture('no-bus-' + method)
        self.assert_runs()

    def test_the_system_bus_goes_away_in_the_middle_of_everything(self):
        folder = self.make_exports()
        self.hang_at('Stop')
        self.desktop.open_window('--process', '11')
        for method, act, failure in (
                ('Stop', lambda: self.tree.click('Stop Recording'), 'The recording cannot be stopped'),
                ('Start', lambda: self.tree.click('Record Growth'), 'The process cannot be recorded'),
                ('Ignore', lambda: self.tree.click('Ignore leaky (11)'), 'The program is not ignored'),
                ('Export', lambda: self.try_export(folder + '/heap.json'), 'The recording is not')):
            if method != 'Stop':
                self.bus.start()
                self.start_service()
                self.hang_at(method)
            self.lose_bus_in(method, act, failure)
        self.assertEqual(os.listdir(folder), [])
        self.tree.click('Back')
        self.await_text('No System Bus')
        self.bus.start()
        self.start_service()
        self.await_rows(lambda rows: len(rows) == 1)
        self.assert_runs()

    def test_the_session_bus_goes_away_and_the_window_stays(self):
        self.desktop.open_window()
        self.await_rows(lambda rows: len(rows) == 1)
        self.desktop.session.end()
        before = len(self.service.calls)
        self.tree.pass_time(3)
        self.assert_runs()
        self.assertGreater(len(self.service.calls), before)


@harness.beside_others
class Exports(SaidTest):
    """Files that cannot be written."""

    def setUp(self):
        super().setUp()
        self.record()
        self.say_report(report())
        self.desktop.open_window('--process', '11')
        self.folder_of_exports = self.make_exports()

    def test_a_full_disk_keeps_the_old_file_and_leaves_no_other(self):
        folder = self.folder_of_exports
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=16k,mode=777', 'none', folder], check=True)
        self.addCleanup(subprocess.run, ['umount', '-l', folder], check=False)
        path = folder + '/old.json'
        with open(path, 'w', encoding='utf-8') as file:
            file.write('old')

        def fail(_arguments, invocation, descriptors):
            try:
                if 'memfd' not in os.readlink(f'/proc/self/fd/{descriptors[0]}'):
                    for _ in range(8):
                        os.write(descriptors[0], b'x' * 65536)
                os.write(descriptors[0], report())
            except OSError as error:
                # The descriptors that came along may stay open for a while.
                os.ftruncate(descriptors[0], 0)
                invocation.return_dbus_error(
                    'org.gtk.GDBus.UnmappedGError.Quark._g_2dio_2derror_2dquark.Code12', error.strerror)
            else:
                invocation.return_value(None)
        self.service.answers['Export'] = fail
        self.try_export(path)
        text = self.await_alert('The recording is not exported')
        self.assertIn('Make room there', text)
        self.picture('full-disk')
        self.assertEqual(os.listdir(folder), ['old.json'])
        with open(path, encoding='utf-8') as file:
            self.assertEqual(file.read(), 'old')
        self.say_report(report())
        self.try_export(path)
        self.await_text('Exported')
        self.assertEqual(os.listdir(folder), ['old.json'])
        with open(path, 'rb') as file:
            self.assertEqual(file.read(), report())

    def test_folders_that_take_no_file_are_told_with_what_to_do(self):
        folder = self.folder_of_exports
        os.chmod(folder, 0o555)
        self.try_export(folder + '/heap.json')
        self.assertIn('Choose a folder in which you may write', self.await_alert('The recording is not'))
        self.picture('read-only')
        os.chmod(folder, 0o755)

        def vanish(_arguments, invocation, descriptors):
            if 'memfd' not in os.readlink(f'/proc/self/fd/{descriptors[0]}'):
                shutil.rmtree(folder)
            os.write(descriptors[0], report())
            invocation.return_value(None)
        self.service.answers['Export'] = vanish
        self.try_export(folder + '/heap.json')
        self.tree.await_one('alert', lambda text: 'Choose another file' in text)
        self.assert_runs()

    def begin_export(self, path):
        """What writes the report and ends the export, which waits for that."""
        waiting = []

        def wait(_arguments, invocation, descriptors):
            if 'memfd' in os.readlink(f'/proc/self/fd/{descriptors[0]}'):
                os.write(descriptors[0], report())
                invocation.return_value(None)
            else:
                waiting.append((invocation, os.dup(descriptors[0])))

        def finish():
            for invocation, descriptor in waiting:
                os.write(descriptor, report())
                os.close(descriptor)
                invocation.return_value(None)
        self.service.answers['Export'] = wait
        self.try_export(path)
        self.tree.await_that(lambda: waiting, 'the export')
        return finish

    def test_an_export_that_ends_when_another_process_is_shown_is_told(self):
        path = self.folder_of_exports + '/heap.json'
        finish = self.begin_export(path)
        self.say_stats(pid=GLib.Variant('u', 12), comm=GLib.Variant('s', 'other'))
        self.assertEqual(self.desktop.run('--process', '12').process.returncode, 0)
        self.await_text('other (12)')
        finish()
        self.await_text('Exported')
        with open(path, 'rb') as file:
            self.assertEqual(file.read(), report())

    def test_an_export_is_cancelled_when_another_process_is_shown(self):
        self.begin_export(self.folder_of_exports + '/heap.json')
        self.say_stats(pid=GLib.Variant('u', 12), comm=GLib.Variant('s', 'other'))
        self.assertEqual(self.desktop.run('--process', '12').process.returncode, 0)
        self.await_text('other (12)')
        self.await_text('A recording is being exported.')
        self.picture('export-left')
        self.assertEqual(len(os.listdir(self.folder_of_exports)), 1)
        self.tree.click('Cancel Export')
        self.tree.await_none('label', 'A recording is being exported.')
        self.assertEqual(os.listdir(self.folder_of_exports), [])
        self.assertEqual(self.tree.find('alert', lambda name: 'exported' in name), [])
        self.assert_runs()

    def test_a_signal_ends_the_window_and_leaves_no_half_file(self):
        self.begin_export(self.folder_of_exports + '/heap.json')
        self.assertEqual(len(os.listdir(self.folder_of_exports)), 1)
        self.desktop.viewer.process.terminate()
        self.tree.await_that(lambda: not self.desktop.viewer.running(), 'the program ends')
        self.assertEqual(self.desktop.viewer.process.returncode, 0)
        self.assertEqual(os.listdir(self.folder_of_exports), [])

    def test_a_file_is_written_to_its_end_when_the_window_is_closed(self):
        server = desktop.NotificationServer(self.desktop.session)
        self.addCleanup(server.end)
        path = self.folder_of_exports + '/heap.json'
        finish = self.begin_export(path)
        self.tree.press(accessibility.CONTROL, 'q')
        self.tree.await_that(lambda: not self.tree.windows(), 'the window is closed')
        self.assert_runs()
        finish()
        self.tree.await_that(lambda: not self.desktop.viewer.running(), 'the program ends')
        self.assertEqual(os.listdir(self.folder_of_exports), ['heap.json'])
        with open(path, 'rb') as file:
            self.assertEqual(file.read(), report())
        self.assertEqual([shown.body for shown in server.sent], ['Exported'])

    def test_a_link_stays_one_when_its_file_is_replaced(self):
        path, link = self.folder_of_exports + '/file.json', self.folder_of_exports + '/link.json'
        with open(path, 'w', encoding='utf-8') as file:
            file.write('old')
        os.chown(path, USER, USER)
        os.symlink(path, link)
        self.try_export(link)
        self.await_text('Exported')
        self.assertTrue(os.path.islink(link))
        with open(path, 'rb') as file:
            self.assertEqual(file.read(), report())


if __name__ == '__main__':
    harness.main()
