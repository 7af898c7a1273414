# SPDX-License-Identifier: GPL-2.0-or-later
"""The window, used by an ordinary user through its accessibility tree, beside the real service."""

import json
import os
import re

import accessibility
import agent
import authority
import caller
import desktop
import harness
import heap_suspect
from accessibility import ALT, CONTROL
from caller import GLib
from harness import OTHER_USER, USER
from watch import DEADLINE, STEP

KIB, MIB = 1 << 10, 1 << 20
SUSPICION = DEADLINE + accessibility.PATIENCE


def sized(amount):
    """As the window shows it."""
    unit, name = (MIB, 'MiB') if amount >= MIB else (KIB, 'KiB')
    return f'{amount / unit:.1f}\xa0{name}'


class ViewerTest(heap_suspect.HeapSuspectTest):
    """With a desktop of the first user, and the window on it."""

    features = (*heap_suspect.HeapSuspectTest.features, 'window')
    viewer_starts = True
    # What the names of pictures begin with.
    pictures = 'window'
    # What the window must not say; the exception is of GTK 4.8, when an entry with selected text loses the focus.
    unwanted = r'CRITICAL|-WARNING(?!.*GtkText - unexpected blinking selection)|ERROR: \w+Sanitizer|runtime error'

    def setUp(self):
        super().setUp()
        self.desktop = accessibility.Desktop(USER)
        self.tree = self.desktop.tree
        self.addCleanup(self._end_desktop)
        self.desktop.start()
        if self.viewer_starts:
            self.desktop.open_window()

    def _end_desktop(self):
        viewer = self.desktop.viewer
        running = viewer.running()
        try:
            if running:
                self.picture('end-' + self._testMethodName.removeprefix('test_'))
        finally:
            said = self.desktop.end()
        if not running and viewer.process is not None:
            self.assertEqual(viewer.process.returncode, 0, 'the window does not crash')
        self.assertNotRegex(said, self.unwanted)

    def picture(self, name):
        """What is seen now, as an artefact of the run."""
        self.desktop.screen.take_picture(f'{self.pictures}-{name}')

    def open_process(self, target):
        """Searches for it by its name, then for it alone, and opens what is found."""
        self.tree.press(CONTROL, 'f')
        entry = self.tree.await_one('search box', 'Search processes', ('focused',))
        self.tree.enter(entry, target.name)
        sought = f'{target.name} {target.pid}'
        # Other tests have programs of this name, too.
        self.await_rows(lambda rows: sought in [row[0] for row in rows]
                        and all(target.name in row[0] for row in rows))
        self.tree.enter(entry, str(target.pid))
        self.await_rows(lambda rows: [row[0] for row in rows] == [sought])
        self.picture('search-' + target.name)
        self.tree.press('Return')
        self.await_text(f'{target.name} ({target.pid})')

    def rows(self, table='Processes'):
        """The name of each row of a table, without that of its head, and its texts."""
        rows = self.tree.find('row', within=lambda node: node.name == table)
        # Some that show nothing any more are kept for others.
        return [[row.name, *row.texts()] for row in rows if row.parent.name != table and row.texts()]

    def await_rows(self, condition, table='Processes', seconds=accessibility.PATIENCE):
        """The rows that meet the condition."""
        found = []

        def met():
            found[:] = self.rows(table)
            return condition(found)
        self.tree.await_that(met, f'the rows of {table}', seconds)
        return found

    def await_text(self, pattern, seconds=accessibility.PATIENCE):
        """A text of the window that is, or matches, the pattern."""
        matches = re.compile(pattern, re.DOTALL).search if pattern.startswith('^') else pattern.__eq__
        return self.tree.await_that(
            lambda: next((text for window in self.tree.windows() for text in window.texts()
                          if matches(text)), None), pattern, seconds)

    def await_no_failure(self):
        self.tree.await_none('alert', lambda text: 'cannot be' in text)

    def await_running(self, expected):
        """What is recorded, and no more is starting: pids, sources and owner."""
        def running():
            sessions = [self.root.objects()[path][caller.SESSION]
                        for path in self.root.running_sessions()]
            return [(session['Pids'], session['Sources'], session['Owner'])
                    for session in sessions if session['State'] == 'recording']
        self.tree.await_that(lambda: running() == expected, f'{expected} are recorded')


@harness.beside_others
class Recording(ViewerTest):
    """What a process has allocated, and by which code."""

    pictures = 'recording'

    def test_the_code_that_leaks_is_found_by_search_recorded_read_and_exported(self):
        target = self.target('heap-leak', 4000, 8000, uid=USER)
        self.open_process(target)
        self.tree.click('Record Heap')
        self.tree.await_one('button', 'Stop Recording', ('sensitive',))
        self.await_running([([target.pid], ['heap'], USER)])
        target.do('go', 'done')
        self.tree.click('Calls', 'tab')
        self.check_calls('leak_block', sized(4000 * 8000))
        self.await_text(r'^Recording for \d+ seconds? · 12,000 events · 0 lost · ')
        self.picture('calls')
        self.tree.click('Flame Graph', 'tab')
        self.picture('flame-graph')
        self.tree.click('Stop Recording')
        self.tree.await_one('button', 'Record Heap', ('sensitive',))
        self.await_running([])
        self.await_text(r'^Stopped; its figures are kept')
        self.check_export('leak_block', 4000 * 8000)

    def check_calls(self, function, size):
        """The tree of calls shows from which line so much comes."""
        rows = self.await_rows(lambda rows: any(row[0].startswith(function) and size in row
                                                for row in rows), 'Calls')
        found = next(row for row in rows if row[0].startswith(function))
        self.assertRegex(found[0], rf'^{function} \([\w-]+\.c:\d+\)$')
        self.assertEqual(found[-1], '100.0 %', rows)
        names = [row[0].split(' ')[0] for row in rows]
        self.assertLess(names.index('main'), names.index(function), names)

    def check_export(self, function, amount):
        path = self.desktop.session.folder + '/heap.json'
        self.export('As JSON…', 2, path)
        self.picture('exported')
        with open(path, encoding='utf-8') as file:
            sites = json.load(file)['heaps'][0]['sites']
        found = [site for site in sites
                 if any(frame.startswith(function + ' ') for frame in site['frames'])]
        self.assertEqual(sum(site['bytes'] for site in found), amount, sites)

    def export(self, form, place, path):
        """Through the dialog for files, and what tells that it is done."""
        self.tree.click('Export')
        self.tree.choose(form, place)
        entry = self.tree.await_one('text', 'Name:', ('focused',))
        self.tree.enter(entry, path)
        self.tree.click(lambda name: name.endswith('Save'),
                        within=lambda node: node.name == 'Export Recording')
        self.tree.await_none(name='Export Recording')
        self.await_text('Exported')

    def test_growth_is_recorded_and_stopped_from_the_list_of_recordings(self):
        target = self.target('growth-pages', uid=USER)
        self.open_process(target)
        self.tree.click('Record Growth')
        self.tree.await_one('button', 'Stop Recording Growth', ('sensitive',))
        self.await_running([([target.pid], ['growth'], USER)])
        truth = target.do('touch', 'done')
        self.tree.click('Calls', 'tab')
        self.await_rows(lambda rows: any(row[0].startswith('touch_pages ')
                                         and sized(truth['bytes']) in row for row in rows), 'Calls')
        self.picture('growth-calls')
        self.tree.click('Back')
        self.tree.click('Recordings', 'tab')
        name = f'Growth of growth-pages ({target.pid})'
        row = self.tree.await_one('row', name)
        self.assertRegex(row.texts()[1], r'^Recording for \d+ seconds?$')
        self.assertRegex(row.texts()[2], r'^[\d,]+ events · 0 lost · .*[\d.]+\s[KM]iB of tables')
        self.tree.await_that(lambda: self.tree.await_one('row', name).texts()[1] != row.texts()[1],
                             'time goes on')
        self.picture('list')
        self.tree.click('Stop: ' + name)
        self.await_text(r'^Stopped; its figures are kept')
        self.tree.await_none('button', 'Stop: ' + name)
        self.await_running([])


@harness.beside_others
class Suspects(ViewerTest):
    """What the watch suspects, by a user who may change what it ignores."""

    pictures = 'suspects'
    rules = authority.allow(USER, 'configure')

    def test_a_suspicion_is_counted_read_ignored_and_brought_back_by_undo(self):
        target = self.target('heap-growth', 'leak', STEP, 50, uid=USER)
        target.do('grow', 'growing')
        name = f'heap-growth ({target.pid})'
        path = os.readlink(f'/proc/{target.pid}/exe')
        self.tree.click('Suspects', 'tab')
        self.tree.await_one('button', f'Ignore {name}', ('sensitive',), seconds=SUSPICION)
        self.check_sentences(name)
        self.check_badge()
        self.picture('list')
        self.tree.click(f'Show {name}')
        self.await_text(name)
        self.picture('process')
        self.tree.click('Back')
        self.tree.click(f'Ignore {name}')
        self.tree.await_none('button', f'Ignore {name}')
        self.assertEqual(self.root.call('ListIgnored'), [path])
        self.await_text(f'“{path}” is not suspected any more')
        self.picture('ignored')
        self.tree.click(lambda label: label.startswith('Undo'))
        self.tree.await_that(lambda: self.root.call('ListIgnored') == [], 'it is watched again')
        self.tree.await_one('button', f'Ignore {name}', seconds=SUSPICION)

    def check_sentences(self, name):
        row = self.tree.await_one('row', lambda label: label.startswith(name))
        title, summary, sentences = row.texts()[:3]
        self.assertEqual(title, f'{name} may be leaking memory')
        self.assertRegex(summary, r'^Steady growth \(\d+ % sure\) · [\d.]+\s[MG]iB a minute · '
                                  r'memory full in ')
        self.assertRegex(sentences, r'^Its memory has grown by [\d.]+\s[MG]iB in \d+ seconds, '
                                    r'now by [\d.]+\s[MG]iB a minute\. At this rate memory is full '
                                    r'in about .*\. Steady growth alone is no proof\.$')

    def check_badge(self):
        """It counts the rows; others on the machine may be suspected, too."""
        def counts():
            rows = self.tree.find('button', lambda name: name.startswith('Ignore '))
            # The tab looks different where there is little room, which some versions tell, too.
            return str(len(rows)) in self.tree.find('tab', 'Suspects')[0].texts()
        self.tree.await_that(counts, 'the tab has their number')


@harness.beside_others
class Asking(ViewerTest):
    """polkit asks through the user's agent, where there is one."""

    pictures = 'asking'

    def test_without_permission_the_window_says_what_it_may_not_show_and_stays_usable(self):
        other = self.target('heap-leak', uid=OTHER_USER)
        own = self.target('growth-pages', uid=USER)
        self.await_text('Only your own processes are shown.')
        self.tree.click('Show All…')
        self.await_text(r'^Other users. processes are not shown: This needs .*inspect-any')
        self.desktop.run('--process', str(other.pid))
        self.await_text(r'^You may not see this process.s memory: ')
        self.picture('notice')
        self.tree.click('Record Heap')
        self.await_text(r'^The process cannot be recorded: .*record-any.* An administrator may .*agent')
        self.picture('failure')
        self.tree.click('Back')
        self.await_no_failure()
        self.tree.click('Recordings', 'tab')
        self.tree.click('Record Kernel Memory')
        self.await_text(r'^Kernel memory cannot be recorded: .*record-any.* An administrator may .*agent')
        self.picture('recordings')
        self.assertEqual(self.root.sessions(), [])
        self.tree.click('Processes', 'tab')
        self.open_process(own)
        self.tree.click('Record Heap')
        self.tree.await_one('button', 'Stop Recording', ('sensitive',))

    def test_the_recording_starts_when_the_agent_accepts_and_a_refusal_is_told(self):
        person = agent.Agent(self.desktop.viewer.process.pid, USER)
        self.addCleanup(person.close)
        person.accepts = False
        target = self.target('heap-leak', 1000, 1000, uid=OTHER_USER)
        self.tree.click('Show All…')
        self.await_text(r'^Other users. processes are not shown: no password was given\.$')
        self.desktop.run('--process', str(target.pid))
        self.await_text(r'^You may not see this process.s memory: no password was given\. ')
        self.tree.click('Record Heap')
        self.await_text('The process cannot be recorded: no password was given.')
        self.await_no_failure()
        self.assertEqual(person.asked, ['org.memsnoop1.inspect-any', 'org.memsnoop1.inspect-any',
                                        'org.memsnoop1.record-any'])
        self.assertEqual(self.root.sessions(), [])
        self.picture('refused')
        person.accepts = True
        self.tree.click('Record Heap')
        self.tree.await_one('button', 'Stop Recording', ('sensitive',))
        self.await_no_failure()
        self.await_running([([target.pid], ['heap'], USER)])
        self.tree.click('Back')
        self.tree.click('Show All…')
        self.tree.await_none('button', 'Show All…')
        # It may be below what is in view, of which alone some versions of GTK make rows.
        self.open_process(target)
        self.picture('accepted')


@harness.beside_others
class Interrupted(ViewerTest):
    """The service is not always there."""

    pictures = 'interrupted'
    daemon_starts = False

    def test_the_window_waits_for_the_service_says_so_and_recovers_whenever_it_comes_back(self):
        self.await_text('The Service Does Not Run')
        self.await_text(r'^.*systemctl start memsnoopd')
        self.picture('absent')
        target = self.target('heap-leak', 1000, 1000, uid=USER)
        self.daemon.start()
        self.root = self.connect()
        self.open_process(target)
        self.tree.click('Record Heap')
        self.tree.await_one('button', 'Stop Recording', ('sensitive',))
        target.do('go', 'done')
        self.tree.click('Calls', 'tab')
        self.await_rows(lambda rows: any('leak_block' in row[0] for row in rows), 'Calls')
        self.assertEqual(self.daemon.terminate(), 0)
        self.await_text(r'^New figures cannot be read: ')
        self.picture('gone')
        self.tree.pass_time(1)
        self.daemon.start()
        self.tree.click('Record Heap')
        self.tree.await_one('button', 'Stop Recording', ('sensitive',))
        self.tree.await_none('label', lambda name: name.startswith('New figures cannot be read'))
        self.root = self.connect()
        self.await_running([([target.pid], ['heap'], USER)])
        self.await_no_failure()
        self.tree.click('Back')
        self.daemon.kill()
        self.await_text('The Service Does Not Run')

    def test_a_service_of_another_version_is_shown_as_far_as_it_goes_until_another_takes_its_place(self):
        service = OldService()
        self.await_rows(lambda rows: [row[0] for row in rows] == ['ancient 4242'])
        self.picture('old-processes')
        self.desktop.run('--process', '4242')
        self.await_text('ancient (4242)')
        self.await_text(r'^This cannot be recorded here: ')
        self.tree.await_one('button', 'Record Heap', ('not sensitive',))
        # It may be that it can do what it does not mention.
        self.tree.click('Record Growth')
        self.await_text(r'^The process cannot be recorded: No such method “Start”\. .*version 0\.0\.1')
        self.picture('old-process')
        self.tree.click('Back')
        self.tree.click('Suspects', 'tab')
        self.await_text('Nothing Is Watched')
        self.picture('old-suspects')
        service.end()
        self.await_text('The Service Does Not Run')
        target = self.target('heap-leak', uid=USER)
        self.daemon.start()
        self.root = self.connect()
        self.await_text('Nothing Is Suspected')
        self.tree.click('Processes', 'tab')
        self.open_process(target)
        self.tree.await_one('button', 'Record Heap', ('sensitive',))
        self.await_no_failure()


class OldService(desktop.SaidService):
    """An early version, with one process: it neither watches nor records but the kernel."""

    lacks = ('ListSuspects', 'GetSuspect', 'Ignore', 'Unignore', 'ListIgnored', 'LeakSuspected',
             'SuspectsLeftOut', 'WatchInterval', 'FeatureReasons')
    process = {'pid': GLib.Variant('u', 4242), 'comm': GLib.Variant('s', 'ancient'),
               'start-time': GLib.Variant('t', 1),
               'memory': GLib.Variant('a{sv}', {'rss-anon': GLib.Variant('t', MIB)}),
               'later': GLib.Variant('(sv)', ('x', GLib.Variant('i', 1)))}
    values = {'Version': GLib.Variant('s', '0.0.1'),
              'Features': GLib.Variant('a{sb}', {'kernel': True, 'watch': False, 'heap': False})}

    def _called(self, connection, sender, path, interface, method, values, invocation):
        if method == 'ListProcesses':
            invocation.return_value(GLib.Variant('(aa{sv})', ([self.process],)))
        elif method == 'GetProcessStats':
            invocation.return_value(GLib.Variant('(a{sv})', (self.process,)))
        else:
            invocation.return_dbus_error('org.freedesktop.DBus.Error.UnknownMethod',
                                         f'No such method “{method}”')

    def _property(self, _connection, _sender, _path, _interface, name):
        return self.values.get(name)


@harness.beside_others
class Again(ViewerTest):
    """Starting it while it runs."""

    pictures = 'again'

    def test_a_second_start_is_shown_by_the_window_that_is_there(self):
        target = self.target('heap-leak', uid=USER)
        self.assertEqual(self.desktop.run('--process', str(target.pid)).process.returncode, 0)
        self.await_text(f'heap-leak ({target.pid})')
        self.assertEqual(self.desktop.run('--suspects').process.returncode, 0)
        self.tree.await_one('tab', 'Suspects', ('selected',))
        for wrong in ('0', '-1', '1x', '4294967297'):
            refused = self.desktop.run('--process=' + wrong)
            self.assertEqual(refused.process.returncode, 2)
            self.assertIn(f'“{wrong}” is not the number of a process', refused.log())
        self.tree.await_one('tab', 'Suspects', ('selected',))
        self.assertEqual(self.desktop.run().process.returncode, 0)
        self.assertEqual(len(self.tree.windows()), 1)


@harness.beside_others
class Search(ViewerTest):
    """The search for processes, opened and closed."""

    pictures = 'search'

    def test_the_button_is_pressed_as_long_as_the_search_is_open(self):
        self.await_rows(lambda rows: len(rows) > 1)
        self.tree.click('Search')
        self.await_search(True)
        self.tree.press('Escape')
        self.await_search(False)
        self.tree.move_to(lambda node: node.row() is not None)
        self.tree.type('m')
        self.await_search(True)
        self.tree.click('Search')
        self.await_search(False)
        self.tree.press(CONTROL, 'f')
        self.await_search(True)

    def await_search(self, is_open):
        self.tree.await_one('button', 'Search', ('pressed' if is_open else 'not pressed',))
        if is_open:
            self.tree.await_one('search box', 'Search processes', ('focused',))


class Crowd(ViewerTest):
    """With hundreds of processes."""

    pictures = 'crowd'
    viewer_starts = False

    def test_selection_and_scroll_position_survive_updates_of_hundreds_of_processes(self):
        self.target('many-processes', 300, uid=USER)
        grower = self.grower(uid=USER)
        self.desktop.open_window()
        # Some versions of GTK make rows only of what is in view.
        self.tree.await_that(lambda: len(self.tree.find('row', leaves=('row',))) > 10, 'the rows')
        # From the last name to the first: the crowd comes before the one that grows.
        name = self.tree.await_one('column header', within=lambda node: node.name == 'Processes')

        def turned():
            self.tree.point_at(name)
            self.tree.pass_time(0.5)
            rows = self.tree.find('row', leaves=('row',), within=lambda node: node.name == 'Processes')
            return len(rows) > 1 and rows[1].name.startswith('sleeping-child ')
        self.tree.await_that(turned, 'the names are turned round')
        self.select(grower)
        self.picture('selected')
        place = self.place(grower)
        for _ in range(3):
            texts = self.selected().texts()
            self.tree.await_that(lambda: self.selected().texts() != texts, 'its figures change')
            self.check_place(grower, place)
        # Others come and go above it: it stays where it is seen.
        above = self.scrolled()
        more = self.target('many-processes', 100, uid=USER)
        self.tree.await_that(lambda: self.scrolled() > above + 90 * place[3], 'others come')
        self.check_place(grower, place)
        more.kill()
        self.tree.await_that(lambda: self.scrolled() < above + 10 * place[3], 'they are gone')
        self.check_place(grower, place)
        self.assertGreater(self.scrolled(), 250 * place[3])

    def select(self, target):
        """Selects its row with the keyboard."""
        self.tree.move_to(lambda node: node.row() is not None)
        self.tree.press('End')
        self.tree.pass_time(0.5)
        self.tree.move_to(lambda node: node.row() and str(target.pid) in node.row().texts(), 'Up')
        self.tree.await_that(lambda: self.selected().name == f'growth {target.pid}', 'it is selected')

    def selected(self):
        """The only row that is selected."""
        row = self.tree.await_one('row', states=('selected',), leaves=('row',))
        self.assertEqual(len(self.tree.find('row', states=('selected',), leaves=('row',))), 1)
        return self.tree.inside(row)

    def scrolled(self):
        """Where the table is scrolled to."""
        # What has the value is in the bar; neither has a name that every GTK gives.
        bars = self.tree.find('scroll bar', leaves=('row',), within=lambda node: any(
            child.name == 'Processes' for child in node.children))
        return max(self.tree.value(part) for bar in bars for part in bar.children)

    def check_place(self, target, before):
        """The row is where it was, but for some of other tests that may have come or gone beside it."""
        top, height = self.place(target)[1], before[3]
        self.assertLessEqual(abs(top - before[1]), 6 * height)
        self.assertTrue(height < top < 700, top)

    def place(self, target):
        """Where in the window the row is that is selected."""
        row = self.selected()
        self.assertEqual(row.name, f'growth {target.pid}')
        return self.tree.place(row)


@harness.beside_others
class Keyboard(ViewerTest):
    """Without a pointer, and without acting but by keys."""

    pictures = 'keyboard'
    rules = authority.allow(USER, 'configure')

    def test_every_main_action_is_reached_with_the_keyboard(self):
        target = self.target('heap-growth', 'leak', STEP, 50, uid=USER)
        target.do('grow', 'growing')
        tree = self.tree
        tree.press(CONTROL, 'f')
        tree.await_one('search box', 'Search processes', ('focused',))
        tree.type(str(target.pid))
        self.await_rows(lambda rows: [row[0] for row in rows] == [f'heap-growth {target.pid}'])
        tree.move_to(lambda node: node.row() is not None)
        tree.press('Return')
        self.await_text(f'heap-growth ({target.pid})')
        tree.await_one('button', 'Back', ('focused',))
        # Until what can be recorded is known the key does nothing.
        tree.await_one('button', 'Record Heap', ('sensitive',))
        tree.press(CONTROL, 'r')
        tree.await_one('button', 'Stop Recording', ('sensitive',))
        self.await_running([([target.pid], ['heap'], USER)])
        self.await_calls()
        self.await_text(r'^Recording for \d+ seconds · [\d,]+ events · 0 lost · costs [\d.]+ % of a core')
        tree.move_to('Stop Recording')
        tree.press('space')
        tree.await_one('button', 'Record Heap', ('sensitive',))
        self.await_running([])
        tree.press('Escape')
        tree.press(ALT, '2')
        tree.await_one('tab', 'Suspects', ('selected',))
        self.check_ignoring(f'heap-growth ({target.pid})')
        tree.press(ALT, '3')
        tree.await_one('tab', 'Recordings', ('selected',))
        tree.press(ALT, '1')
        tree.await_one('tab', 'Processes', ('selected',))
        tree.press(CONTROL, 'q')
        tree.await_that(lambda: not self.desktop.viewer.running(), 'it ends')

    def await_calls(self):
        """Opens the tree of calls, and moves in it."""
        self.tree.move_to('Flame Graph')
        self.tree.move_to('Calls', 'Right')
        self.tree.press('space')
        self.tree.await_one('tab', 'Calls', ('selected',))
        self.await_rows(lambda rows: any('leak_block ' in row[0] for row in rows), 'Calls')
        self.tree.move_to(lambda node: node.row() is not None)
        self.tree.move_to(lambda node: node.row() and 'leak_block ' in ' '.join(node.row().texts()), 'Down')

    def check_ignoring(self, name):
        self.tree.await_one('button', 'Ignore ' + name, seconds=SUSPICION)
        self.tree.move_to('Ignore ' + name)
        self.tree.press('space')
        self.tree.await_that(lambda: self.root.call('ListIgnored') != [], 'it is ignored')
        self.tree.move_to(lambda node: node.name.startswith('Undo'))
        self.tree.press('space')
        self.tree.await_that(lambda: self.root.call('ListIgnored') == [], 'it is not ignored')


if __name__ == '__main__':
    harness.main()
