# SPDX-License-Identifier: GPL-2.0-or-later
"""When the window asks for a password, and when it does not, beside a service that tells who may be asked."""

import accessibility
import agent
import authority
import harness
import viewer
import viewer_bad_input
from caller import Gio, GLib
from harness import OTHER_USER, USER
from viewer_bad_input import HEAP

REFUSED = ('org.freedesktop.DBus.Error.InteractiveAuthorizationRequired', 'a person is to be asked')
DISMISSED = ('org.freedesktop.DBus.Error.AccessDenied',
             'This needs the authorization x, and the user dismissed the question')
ASKS = Gio.DBusMessageFlags.ALLOW_INTERACTIVE_AUTHORIZATION


@harness.beside_others
class Permission(viewer_bad_input.SaidTest):
    """The service says what it was asked for, and with which calls a person may be asked."""

    pictures = 'permission'

    def setUp(self):
        super().setUp()
        # By method, whether each call may ask; and who is granted what.
        self.asked = {}
        self.granted = set()

    def guard(self, method):
        """From now on the method answers as before only to who has the permission, or gets it by being asked."""
        answer = self.service.answers.get(method)

        def guarded(arguments, invocation, descriptors):
            asks = bool(invocation.get_message().get_flags() & ASKS)
            self.asked.setdefault(method, []).append(asks)
            if method not in self.granted:
                invocation.return_dbus_error(*(DISMISSED if asks else REFUSED))
            elif callable(answer):
                answer(arguments, invocation, descriptors)
            else:
                invocation.return_value(answer)
        self.service.answers[method] = guarded

    def charts(self):
        return self.tree.find('label', 'Memory Over Time')

    def test_what_may_not_be_seen_is_said_and_a_person_is_asked_again_when_they_want_to_be(self):
        self.say_stats()
        self.guard('GetProcessStats')
        self.desktop.open_window('--process', '11')
        self.await_text(r'^You may not see this process.s memory: no password was given\. '
                        r'.*are not shown\.$')
        self.assertEqual(self.charts(), [])
        self.picture('refused')
        self.granted.add('GetProcessStats')
        self.tree.click('Ask Again…')
        self.await_text('leaky (11)')
        self.tree.await_that(self.charts, 'its memory over time')
        self.tree.await_none('button', 'Ask Again…')
        self.tree.pass_time(3)
        # Permissions end; what was seen stays.
        self.granted.clear()
        self.await_text('^The permission to see this process.s memory has ended')
        self.assertEqual(len(self.charts()), 1)
        self.picture('ended')
        asked = self.asked['GetProcessStats']
        self.assertEqual((asked[:2], any(asked[2:])), ([True, True], False))
        self.tree.pass_time(3)
        self.assertEqual(len(asked), len(self.asked['GetProcessStats']))
        self.granted.add('GetProcessStats')
        self.tree.click('Ask Again…')
        self.tree.await_none('label', lambda name: 'has ended' in name)
        self.assertEqual(asked.count(True), 3)

    def test_nobody_is_asked_for_what_another_user_records_until_they_want_to_see_it(self):
        self.record()
        self.service.objects[HEAP]['org.memsnoop1.Session']['Owner'] = GLib.Variant('u', OTHER_USER)
        self.say_report(viewer_bad_input.report())
        self.guard('Export')
        self.desktop.open_window('--process', '11')
        self.tree.await_one('button', 'Show Call Stacks…', ('sensitive',))
        self.await_text(r'^.*Its call stacks are shown to those who may see this process')
        self.assertEqual(self.tree.find('alert', lambda name: 'cannot be' in name), [])
        self.assertEqual(self.asked['Export'], [False])
        self.picture('recorded')
        self.tree.click('Show Call Stacks…')
        # Whoever closes the question knows that; it is no failure.
        self.await_text('The call stacks cannot be read: no password was given.')
        self.assertEqual(self.tree.find('alert', lambda name: 'cannot be' in name), [])
        self.picture('dismissed')
        self.granted.add('Export')
        self.tree.click('Show Call Stacks…')
        self.tree.click('Calls', 'tab')
        self.await_rows(lambda rows: any('leak' in row[0] for row in rows), 'Calls')
        self.tree.await_none('button', 'Show Call Stacks…')
        self.assertEqual(self.asked['Export'][:3], [False, True, True])

    def test_the_code_of_a_suspicion_is_read_after_the_password_and_while_somebody_looks(self):
        self.say_stats()
        stats = self.service.answers['GetProcessStats']
        waiting = []
        self.service.answers['GetProcessStats'] = lambda _arguments, invocation, _descriptors: (
            waiting.append(invocation))
        self.service.suspects[1] = {
            'id': GLib.Variant('t', 1), 'pid': GLib.Variant('u', 11),
            'comm': GLib.Variant('s', 'leaky'), 'rate': GLib.Variant('d', 1e6)}
        self.desktop.open_window('--process', '11')
        self.tree.await_one('button', 'Ignore leaky (11)')
        self.tree.pass_time(1)
        self.assertNotIn(('GetSuspect', 1), self.service.calls)
        # The password is given.
        self.service.answers['GetProcessStats'] = stats
        waiting.pop().return_value(stats)
        self.tree.await_that(lambda: ('GetSuspect', 1) in self.service.calls, 'the code is asked for')
        self.await_text(r'^The code is not known')
        self.tree.click('Back')
        self.tree.await_none('button', 'Back')
        self.service.calls.clear()
        # It is read every 30 seconds where it is seen.
        self.tree.pass_time(31)
        self.assertNotIn(('GetSuspect', 1), self.service.calls)

    def test_a_page_may_be_left_while_a_person_is_asked(self):
        self.service.hangs.add('GetProcessStats')
        self.desktop.open_window('--process', '11')
        self.tree.await_that(lambda: self.service.unanswered, 'a person is asked')
        self.tree.click('Back')
        self.tree.await_none('button', 'Back')
        self.assert_runs()

    def test_what_has_not_changed_is_not_read_again(self):
        self.record()
        self.say_report(viewer_bad_input.report())
        self.desktop.open_window('--process', '11')
        self.tree.await_one('tab', 'Calls')
        self.tree.pass_time(18)
        self.assertEqual([call[0] for call in self.service.calls].count('Export'), 2)


@harness.beside_others
class Late(viewer.ViewerTest):
    """The service starts after the window."""

    pictures = 'asking-late'
    daemon_starts = False
    viewer_starts = False

    def test_a_window_that_is_opened_at_a_process_asks_once_when_the_service_is_there(self):
        target = self.target('heap-leak', uid=OTHER_USER)
        self.desktop.open_window('--process', str(target.pid))
        person = agent.Agent(self.desktop.viewer.process.pid, USER)
        self.addCleanup(person.close)
        self.await_text('^New figures cannot be read: The service memsnoopd does not run')
        self.daemon.start()
        self.root = self.connect()
        self.await_text(f'heap-leak ({target.pid})')
        self.assertEqual(person.asked, ['org.memsnoop1.inspect-any'])


if __name__ == '__main__':
    harness.main()
