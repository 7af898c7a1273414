# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent of the desktop: what is suspected becomes one notification each, and goes with it.

It runs as a user on a session bus of its own, beside the real service with its shortest interval; where a
test needs what cannot be had at will, as eight leaks at once or a memory that is nearly full, beside a service
that says what the test wants.
"""

import os
import signal
import time

import desktop
import harness
import heap_suspect
from caller import GLib
from harness import OTHER_USER, USER, machine
from watch import DEADLINE, OBSERVATION, STEP

VIEWER = '''{
  for argument; do printf '%s\\n' "$argument"; done
  printf 'token %s\\n\\n' "${XDG_ACTIVATION_TOKEN-none}"
} >>"$HOME/opened"
'''
LOW, NORMAL, CRITICAL = range(3)
# Seconds between two changes of a notification. By itself it waits for half a minute.
UPDATE = 2


class NotifierTest(heap_suspect.HeapSuspectTest):
    """With a desktop of the first user, and the agent on it."""

    notifier_starts = True
    server_starts = True

    def setUp(self):
        super().setUp()
        os.makedirs('/run/memsnoop-test', exist_ok=True)
        self.session = desktop.SessionBus(USER)
        self.addCleanup(self.session.end)
        self.prepare_session()
        self.session.start()
        self.session.add_program('memsnoop-viewer', VIEWER)
        self.server = desktop.NotificationServer(self.session) if self.server_starts else None
        self.notifier = desktop.SessionProgram(self.session, 'memsnoop-notifier')
        self.addCleanup(self._end_notifier)
        if self.notifier_starts:
            self.start_notifier()

    def prepare_session(self):
        """Before the session bus starts."""

    def start_notifier(self, **environment):
        path = machine.public_copy(machine.program('notifier', 'memsnoop-notifier'))
        self.notifier.start(path, f'--update-interval={UPDATE}', **environment)

    def _end_notifier(self):
        self.notifier.end()
        print(f'--- memsnoop-notifier\n{self.notifier.log()}', flush=True)
        self.assertNotIn('CRITICAL', self.notifier.log())
        self.assertNotIn('ERROR: AddressSanitizer', self.notifier.log())

    def shown(self, text):
        """The ids of notifications that are shown and have this in their summary."""
        return [number for number, notification in self.server.shown.items()
                if text in notification.summary]

    def await_shown(self, text, seconds=15):
        self.iterate_until(lambda: self.shown(text), f'“{text}” is shown', seconds)
        self.assertEqual(len(self.shown(text)), 1, 'one notification')
        return self.shown(text)[0]

    def await_gone(self, number, seconds=15):
        self.iterate_until(lambda: number not in self.server.shown, 'it is withdrawn', seconds)

    def pass_time(self, seconds):
        end = time.monotonic() + seconds
        self.iterate_until(lambda: time.monotonic() > end, 'time passes', seconds + 5)

    def opened(self):
        try:
            with open(self.session.folder + '/opened', encoding='utf-8') as file:
                return file.read().split('\n\n')[:-1]
        except FileNotFoundError:
            return []

    def await_opened(self, *arguments, token='none'):
        expected = '\n'.join([*arguments, f'token {token}'])
        self.iterate_until(lambda: expected in self.opened(), f'{expected} of {self.opened()}')


class RealService(NotifierTest):
    """What the real service suspects of real leaks."""

    def own_heap_grower(self):
        target = self.target('heap-growth', 'leak', STEP, 50, uid=USER)
        target.do('grow', 'growing')
        return target

    def test_a_leak_is_told_changed_in_place_when_its_code_is_found_and_withdrawn(self):
        target, other = self.own_heap_grower(), self.grower(uid=OTHER_USER)
        self.root.start(sources=['heap'], pids=[target.pid])
        name = f'heap-growth ({target.pid})'
        number = self.await_shown(f'{name} may be leaking memory', DEADLINE)
        notification = self.server.shown[number]
        self.assertEqual(notification.urgency, self.urgency_of(target, LOW))
        self.assertRegex(notification.body,
                         r'^Its memory has grown by [\d.]+\s[MG]iB in \d+ seconds, '
                         r'now by [\d.]+\s[MG]iB a minute\. '
                         r'At this rate memory is full in about \d+ (second|minute|hour|day)s?\. '
                         r'Steady growth alone is no proof\.$')
        self.assertEqual(notification.hints['desktop-entry'], 'org.memsnoop1.Viewer')
        # Servers that show a button for the default action do so because of its label.
        self.assertEqual(notification.actions,
                         {'default': '', 'show': 'Show', 'ignore': 'Ignore This Program'})
        self.assertEqual(self.await_shown(f'{name} is probably leaking', 3 * OBSERVATION), number)
        self.assertGreaterEqual(self.server.shown[number].urgency, NORMAL)
        self.assertIn('Its heap has grown', self.server.shown[number].body)
        self.iterate_until(lambda: self.told(other.pid), 'the other is suspected', DEADLINE)
        self.assertEqual([sent for sent in self.server.sent if str(other.pid) in sent.summary], [])
        target.kill()
        self.await_gone(number)
        # Others on the machine may be suspected, too.
        self.assertEqual(len([sent for sent in self.server.sent
                              if name in sent.summary and not sent.replaces]), 1)

    def urgency_of(self, target, least):
        """A machine with little memory is full soon."""
        seconds = self.suspects()[target.pid].get('time-to-exhaustion', 10**9)
        return CRITICAL if seconds <= 600 else least

    def test_the_window_is_opened_at_the_process_and_a_system_process_is_told_too(self):
        machine.set_available_memory(1 << 40)
        own, system = self.grower(uid=USER), self.grower()
        number = self.await_shown(f'growth ({own.pid})', DEADLINE)
        self.iterate_until(lambda: {own.pid, system.pid} <= set(self.suspects()), 'both are suspected',
                           DEADLINE)
        self.named = {pid: row['start-time'] for pid, row in self.suspects().items()}
        self.server.choose(number, 'show', token='token-1')
        self.await_opened('--process', self.name(own), token='token-1')
        number = self.await_shown(f'growth ({system.pid})', DEADLINE)
        self.assertEqual(self.server.shown[number].urgency, LOW)
        # Or it would be shown again, as it is more urgent then.
        own.kill()
        machine.set_available_memory(int(200 * self.suspects()[system.pid]['rate']))
        self.iterate_until(lambda: self.server.shown[number].urgency == CRITICAL,
                           'memory that is nearly full at a steady rate is urgent')
        self.server.choose(number, 'default')
        self.await_opened('--process', self.name(system))
        self.assertEqual([shown for shown in self.server.shown.values()
                          if f'({own.pid})' in shown.summary or f'({system.pid})' in shown.summary],
                         [])

    def name(self, target):
        """What no later process is called: its number and its start time."""
        return f"{target.pid}:{self.named[target.pid]}"

    def test_over_a_restart_of_the_service_nothing_is_told_twice_and_who_may_not_ignore_is_told_so(self):
        standing, ending = self.grower(uid=USER), self.grower()
        number = self.await_shown(f'growth ({standing.pid})', DEADLINE)
        system = self.await_shown(f'growth ({ending.pid})', DEADLINE)
        self.pass_time(1)
        sent = len(self.server.sent)
        self.assertEqual(self.daemon.terminate(), 0)
        ending.kill()
        self.pass_time(1)
        self.assertLessEqual({number, system}, set(self.server.shown))
        self.daemon.start()
        self.await_gone(system)
        self.assertIn(number, self.server.shown)
        self.assertEqual([one for one in self.server.sent[sent:]
                          if 'growth (' in one.summary and not one.replaces], [])
        self.check_refused_ignoring(standing, number)

    def check_refused_ignoring(self, target, number):
        self.server.choose(number, 'ignore')
        refusal = self.await_shown('The program is not ignored')
        self.assertTrue(self.server.shown[refusal].body)
        self.assertNotIn('GDBus', self.server.shown[refusal].body)
        self.assertEqual(self.server.shown[refusal].actions, {})
        self.assertEqual(self.root.call('ListIgnored'), [])
        self.assertIn(target.pid, self.suspects())


class Ignoring(NotifierTest):
    """By someone who may."""

    rules = '''polkit.addRule(function(action, subject) {
  if (action.id == "org.memsnoop1.configure" && subject.user == "memsnoop-test-1")
    return polkit.Result.YES;
});'''

    def test_the_program_is_ignored_and_the_notifications_of_all_that_run_it_go(self):
        targets = [self.grower(uid=USER) for _ in range(2)]
        numbers = [self.await_shown(f'growth ({target.pid})', DEADLINE) for target in targets]
        path = os.readlink(f'/proc/{targets[0].pid}/exe')
        self.server.choose(numbers[0], 'ignore')
        self.await_gone(numbers[1])
        self.assertEqual(self.root.call('ListIgnored'), [path])
        # Others on the machine may be suspected, too.
        self.assertEqual(self.shown('growth ('), [])


class SaidTest(NotifierTest):
    """With a service that says what the test wants."""

    daemon_starts = False

    def setUp(self):
        super().setUp()
        self.service = None
        self.said = {}
        if self.notifier_starts:
            self.start_service()

    def start_service(self):
        self.service = desktop.SaidService()
        self.addCleanup(harness.close_quietly, Closing(self.service))
        if self.notifier.running():
            self.await_list()

    def await_list(self):
        self.iterate_until(lambda: ('ListSuspects',) in self.service.calls, 'the agent listens')

    def say(self, number, state='raised', comm='leaky', listed=True, **values):
        """A signal about a suspicion, whose pid is 1000 more than its number."""
        evidence = {'id': GLib.Variant('t', number), 'state': GLib.Variant('s', state),
                    'level': GLib.Variant('s', 'growth'), 'kind': GLib.Variant('s', 'rss'),
                    'bytes': GLib.Variant('t', 50 << 20), 'rate': GLib.Variant('d', 1 << 20),
                    'since': GLib.Variant('t', 1), 'uid': GLib.Variant('u', USER),
                    'start-time': GLib.Variant('t', number), **values}
        evidence = {key: value for key, value in evidence.items() if value is not None}
        row = {**evidence, 'pid': GLib.Variant('u', 1000 + number), 'comm': GLib.Variant('s', comm)}
        if state == 'cleared' or not listed:
            self.service.suspects.pop(number, None)
        else:
            self.service.suspects[number] = row
        self.service.signal(1000 + number, comm, evidence)

    def settle(self):
        """What was said has been dealt with."""
        self.pass_time(0.7)


class Closing:
    """Ends a service as a client is closed."""

    def __init__(self, service):
        self.close = service.end


class SaidService(SaidTest):
    """The rules of showing."""

    def test_many_at_once_are_three_notifications_and_one_that_counts_the_others(self):
        for number in range(1, 9):
            self.say(number)
        self.await_shown('5 more processes')
        self.settle()
        self.assertEqual(len(self.server.shown), 4, [one.summary for one in self.server.sent])
        summary = self.await_shown('more processes')
        self.assertEqual(self.server.shown[summary].urgency, LOW)
        self.assertEqual(self.server.shown[summary].actions, {'default': '', 'show': 'Show'})
        self.server.choose(summary, 'default')
        self.await_opened('--suspects')
        self.say(8, 'cleared')
        self.say(9)
        self.settle()
        self.assertEqual(self.shown('more process'), [], 'it stays closed for a while')
        self.say(1, 'cleared')
        self.iterate_until(lambda: len(self.server.shown) == 2, 'the cleared one is withdrawn')

    def test_the_one_that_counts_is_changed_in_place_not_at_once_and_goes_with_the_last(self):
        for number in range(1, 5):
            self.say(number)
        summary = self.await_shown('1 more process may')
        self.pass_time(1)
        self.say(5, level=GLib.Variant('s', 'probable'))
        self.iterate_until(lambda: self.server.shown[summary].urgency == NORMAL, 'more urgent at once')
        self.assertIn('2 more processes', self.server.shown[summary].summary)
        self.say(6)
        self.settle()
        self.assertIn('2 more processes', self.server.shown[summary].summary)
        self.iterate_until(lambda: '3 more processes' in self.server.shown[summary].summary,
                           'it is changed later', 2 * UPDATE + 1)
        for number in range(4, 7):
            self.say(number, 'cleared')
        self.await_gone(summary)
        self.assertEqual(len(self.server.shown), 3)

    def test_what_was_closed_stays_closed_until_it_is_more_urgent(self):
        self.say(1)
        number = self.await_shown('leaky (1001)')
        self.server.dismiss(number)
        self.settle()
        self.say(1, 'changed', rate=GLib.Variant('d', 4 << 20))
        self.settle()
        self.assertEqual(self.server.shown, {})
        self.say(1, 'changed', level=GLib.Variant('s', 'probable'))
        number = self.await_shown('leaky (1001) is probably')
        self.server.dismiss(number, desktop.EXPIRED)
        self.settle()
        self.say(1, 'changed', level=GLib.Variant('s', 'probable'),
                 **{'time-to-exhaustion': GLib.Variant('t', 601)})
        self.settle()
        self.assertEqual(self.server.shown, {})
        self.say(1, 'changed', **{'time-to-exhaustion': GLib.Variant('t', 600)})
        number = self.await_shown('leaky (1001)')
        self.assertEqual(self.server.shown[number].urgency, CRITICAL)
        self.assertIn('full in about 10 minutes', self.server.shown[number].body)

    def test_what_is_closed_while_a_change_is_on_its_way_stays_closed(self):
        self.say(1)
        number = self.await_shown('leaky (1001)')
        self.server.busy = True
        self.say(1, 'changed', rate=GLib.Variant('d', 4 << 20))
        self.iterate_until(lambda: self.server.waiting, 'it is changed', 2 * UPDATE + 1)
        self.server.dismiss(number)
        self.server.finish()
        self.await_gone(number)
        self.settle()
        self.assertEqual((self.server.shown, len(self.server.sent)), ({}, 2))
        self.say(1, 'changed', level=GLib.Variant('s', 'probable'))
        self.await_shown('leaky (1001) is probably')

    def test_a_change_waits_unless_it_is_more_urgent(self):
        self.say(1)
        number = self.await_shown('leaky (1001)')
        for rate in (2, 4, 8):
            self.say(1, 'changed', rate=GLib.Variant('d', rate << 20))
        self.settle()
        self.assertEqual(len(self.server.sent), 1)
        self.iterate_until(lambda: len(self.server.sent) == 2, 'it is changed', 2 * UPDATE + 1)
        self.assertEqual(list(self.server.shown), [number])
        self.assertIn('480.0\xa0MiB a minute', self.server.shown[number].body)

    def test_several_changes_before_the_server_has_answered_are_one_notification(self):
        for level in ('growth', 'probable'):
            self.say(1, level=GLib.Variant('s', level))
        self.say(1, **{'time-to-exhaustion': GLib.Variant('t', 60)})
        self.say(2)
        self.say(2, 'cleared')
        self.settle()
        self.assertEqual(list(self.server.shown), self.shown('leaky (1001)'))
        self.assertEqual(list(one.urgency for one in self.server.shown.values()), [CRITICAL])

    def test_a_notification_server_that_begins_anew_shows_again_what_was_shown(self):
        self.say(1)
        self.say(2)
        self.await_shown('leaky (1001)')
        self.server.dismiss(self.await_shown('leaky (1002)'))
        self.settle()
        self.server.end()
        self.say(3)
        self.settle()
        self.server = desktop.NotificationServer(self.session, ['body'])
        self.await_shown('leaky (1003)')
        self.await_shown('leaky (1001)', 2 * UPDATE + 1)
        self.assertEqual(self.shown('leaky (1002)'), [])
        self.assertEqual([one.actions for one in self.server.sent], [{}, {}],
                         'this one does not know actions')
        self.assertEqual({one.replaces for one in self.server.sent}, {0})

    def test_a_notification_of_another_program_that_has_the_id_of_a_server_before_is_left_alone(self):
        self.say(1)
        self.say(2)
        numbers = [self.await_shown(f'leaky ({pid})') for pid in (1001, 1002)]
        self.server.end()
        self.server = desktop.NotificationServer(self.session, hesitant=True)
        for number in numbers:
            self.server.shown[number] = desktop.Notification(
                ('other', 0, '', 'of another', '', ['show', 'Show'], {'urgency': 1}, -1))
        self.iterate_until(lambda: self.server.waiting, 'it is asked what it can do')
        self.say(1, 'cleared')
        self.server.choose(numbers[1], 'show')
        self.settle()
        self.assertEqual(list(self.server.shown), numbers[:1])
        self.assertEqual(self.opened(), [])

    def test_a_service_that_comes_back_without_a_suspicion_has_withdrawn_it(self):
        self.say(1)
        self.say(2, uid=GLib.Variant('u', 0))
        numbers = [self.await_shown('leaky (1001)'), self.await_shown('leaky (1002)')]
        kept = self.service.suspects[2]
        self.service.end()
        self.settle()
        self.assertEqual(sorted(self.server.shown), sorted(numbers))
        self.service = desktop.SaidService()
        self.service.suspects = {2: kept}
        self.await_gone(numbers[0])
        self.settle()
        self.assertEqual(list(self.server.shown), numbers[1:])
        self.service.end()

    def test_when_it_is_ended_it_leaves_no_notification_behind(self):
        self.say(1)
        number = self.await_shown('leaky')
        self.notifier.process.send_signal(signal.SIGTERM)
        self.await_gone(number)
        self.assertEqual(self.notifier.process.wait(10), 0)

    def test_options_are_told_and_bad_ones_refused(self):
        path = machine.program('notifier', 'memsnoop-notifier')
        self.assertEqual(self.command(path, '--version').stdout.split()[0], 'memsnoop-notifier')
        self.assertIn('--update-interval', self.command(path, '--help').stdout)
        for option in ('--update-interval=0', '--update-interval=3601', '--update-interval=soon',
                       '--no-such-option'):
            refused = self.command(path, option)
            self.assertEqual(refused.returncode, 1, option)
            self.assertIn(option.split('=')[-1], refused.stderr)

    def test_a_second_one_ends_at_once_and_the_first_goes_on(self):
        second = desktop.SessionProgram(self.session, 'second-notifier')
        self.addCleanup(second.end)
        second.start(machine.public_copy(machine.program('notifier', 'memsnoop-notifier')))
        self.assertEqual(second.process.wait(10), 0)
        self.say(1)
        self.await_shown('leaky')

    def test_it_ends_with_the_session_bus(self):
        self.say(1)
        self.await_shown('leaky')
        self.session.end()
        self.assertEqual(self.notifier.process.wait(10), 0)

    def test_a_choice_that_is_signalled_twice_is_one(self):
        self.say(1, **{'start-time': None})
        self.say(2)
        numbers = [self.await_shown(f'leaky ({pid})') for pid in (1001, 1002)]
        self.server.choose(numbers[0], 'show', times=3)
        self.server.choose(numbers[1], 'ignore', times=3)
        self.await_shown('The program is not ignored')
        self.settle()
        self.assertEqual(self.opened(), ['--process\n1001\ntoken none'])
        self.assertEqual(self.service.calls.count(('Ignore', '/opt/said')), 1)

    def test_the_window_is_opened_by_the_session_bus_where_that_knows_it(self):
        window = desktop.Application(self.session, 'org.memsnoop1.Viewer')
        for number in range(1, 5):
            self.say(number)
        self.server.choose(self.await_shown('leaky (1001)'), 'show', token='token-1')
        self.server.choose(self.await_shown('leaky (1002)'), 'default')
        self.server.choose(self.await_shown('1 more process'), 'show')
        self.iterate_until(lambda: len(window.activated) == 3, 'it is told what to show')
        token = {'activation-token': 'token-1', 'desktop-startup-id': 'token-1'}
        self.assertEqual(window.activated, [('show-process', ['1001:1'], token),
                                            ('show-process', ['1002:2'], {}), ('suspects', [], {})])
        self.assertEqual(self.opened(), [])

    def test_without_a_window_none_is_offered(self):
        os.unlink(self.session.programs + '/memsnoop-viewer')
        for number in range(1, 6):
            self.say(number)
        number = self.await_shown('leaky (1001)')
        self.assertEqual(self.server.shown[number].actions, {'ignore': 'Ignore This Program'})
        summary = self.server.shown[self.await_shown('2 more processes')]
        self.assertEqual(summary.actions, {})
        self.assertEqual(summary.body, '“memsnoopctl suspects” tells all that is suspected.')

    def test_the_window_that_is_not_installed_any_more_is_told(self):
        self.say(1)
        number = self.await_shown('leaky')
        os.unlink(self.session.programs + '/memsnoop-viewer')
        self.server.choose(number, 'show')
        failure = self.await_shown('The window cannot be opened')
        self.assertIn('memsnoop-viewer', self.server.shown[failure].body)

    def test_who_ignores_an_interpreter_is_told_how_much_that_is(self):
        self.service.answers['Ignore'] = GLib.Variant('()', ())
        for number, program in enumerate(('/usr/bin/said', '/usr/bin/python3.11'), 1):
            self.service.answers['GetSuspect'] = GLib.Variant(
                '(a{sv})', ({'exe': GLib.Variant('s', program)},))
            self.say(number)
            self.server.choose(self.await_shown(f'leaky (100{number})'), 'ignore')
            self.iterate_until(lambda path=program: ('Ignore', path) in self.service.calls, program)
        told = self.server.shown[self.await_shown('“/usr/bin/python3.11” is ignored')]
        self.assertIn('Nothing that it runs is suspected any more', told.body)
        self.assertEqual([one.summary for one in self.server.sent if 'said' in one.summary], [])

    def test_who_closes_the_question_for_a_password_is_told_nothing(self):
        self.service.answers['Ignore'] = (
            'org.freedesktop.DBus.Error.AccessDenied',
            'This needs the authorization x, and the user dismissed the question')
        self.say(1)
        self.server.choose(self.await_shown('leaky'), 'ignore')
        self.iterate_until(lambda: ('Ignore', '/opt/said') in self.service.calls, 'it is to be ignored')
        self.settle()
        self.assertEqual(len(self.server.sent), 1)

    def test_a_refusal_is_told_as_text(self):
        self.say(1)
        self.server.choose(self.await_shown('leaky'), 'ignore')
        failure = self.await_shown('The program is not ignored')
        self.assertIn('Not &lt;i&gt;allowed&lt;/i&gt; &amp; refused', self.server.shown[failure].body)
        self.assertEqual(self.service.calls[-1], ('Ignore', '/opt/said'))


class BadInput(SaidTest):
    """What no service should say."""

    def test_hostile_names_are_shown_as_one_line_of_text(self):
        for number, name in enumerate(('<b>bold</b>&amp;', 'line\nbreak\x1b[31m\x07',
                                       '\u202egnp.exe\u2066', 'x' * 4096), 1):
            self.say(number, comm=name)
            if number == 3:
                self.settle()
        self.settle()
        titles = [one.summary for one in self.server.sent]
        self.assertEqual(titles[0], '<b>bold</b>&amp; (1001) may be leaking memory')
        self.assertTrue(all(title.isprintable() for title in titles), titles)
        self.assertTrue(titles[1].startswith('line\\x0abreak\\x1b'), titles)
        self.assertNotIn('\u202e', titles[2])
        self.assertTrue(all(len(title) < 150 for title in titles), titles)

    def test_missing_unknown_and_absurd_values_are_told_as_far_as_they_are_known(self):
        self.say(1, bytes=None, rate=None, since=None, level=None, kind=None,
                 future=GLib.Variant('(sv)', ('x', GLib.Variant('i', 1))))
        self.say(2, bytes=GLib.Variant('s', 'many'), rate=GLib.Variant('d', float('nan')),
                 since=GLib.Variant('t', 2**64 - 1), kind=GLib.Variant('u', 7),
                 **{'time-to-exhaustion': GLib.Variant('d', float('inf'))})
        self.say(3, bytes=GLib.Variant('t', 2**64 - 1), rate=GLib.Variant('d', float('inf')),
                 since=GLib.Variant('t', 2**64 - 1), level=GLib.Variant('s', 'certain'),
                 **{'time-to-exhaustion': GLib.Variant('t', 2**64 - 1)})
        self.settle()
        self.assertEqual(len(self.server.shown), 3, self.notifier.log())
        self.assertTrue(self.notifier.running())

    def test_what_has_no_id_or_no_user_is_left_out_and_the_largest_id_is_nobodys(self):
        self.say(1, id=None)
        self.say(2, id=GLib.Variant('s', '2'))
        self.say(3, uid=None)
        self.say(4, uid=GLib.Variant('u', OTHER_USER))
        self.say(5, id=GLib.Variant('t', 2**64 - 1))
        self.say(6, 'cleared')
        self.settle()
        self.assertEqual(self.server.sent, [])

    def test_thousands_of_suspicions_do_not_become_thousands_of_notifications(self):
        for number in range(1, 3001):
            self.say(number)
        self.await_shown('more process', 30)
        self.pass_time(2)
        self.assertLessEqual(len(self.server.shown), 4)
        self.assertLessEqual(len(self.server.sent), 5)


if __name__ == '__main__':
    harness.main()
