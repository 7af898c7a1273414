# SPDX-License-Identifier: GPL-2.0-or-later
"""The agent of the desktop where this or that is not there, comes later, or is what desktops really use."""

import os
import subprocess

import desktop
import harness
import notifier
from caller import GLib
from harness import OTHER_USER, USER
from notifier import UPDATE


class Alone(notifier.SaidTest):
    """Without this or that."""

    notifier_starts = False
    server_starts = False

    def test_service_and_notification_server_may_come_later_in_any_order(self):
        self.start_notifier()
        self.pass_time(1)
        self.service = desktop.SaidService()
        self.addCleanup(harness.close_quietly, notifier.Closing(self.service))
        self.await_list()
        self.say(1)
        self.pass_time(1)
        self.server = desktop.NotificationServer(self.session)
        self.await_shown('leaky (1001)')
        self.server.end()

    def test_what_was_suspected_before_it_began_is_told(self):
        self.server = desktop.NotificationServer(self.session)
        self.start_service()
        self.say(1)
        self.say(2, uid=GLib.Variant('u', OTHER_USER))
        self.start_notifier()
        self.await_shown('leaky (1001)')
        self.settle()
        self.assertEqual(len(self.server.sent), 1)

    def test_a_service_that_does_not_tell_what_it_suspects_is_asked_again(self):
        self.server = desktop.NotificationServer(self.session)
        self.start_service()
        self.say(1)
        self.service.answers['ListSuspects'] = ('org.memsnoop1.Error.Busy', 'not now')
        self.start_notifier()
        self.await_list()
        self.settle()
        self.assertEqual(self.server.sent, [])
        del self.service.answers['ListSuspects']
        self.await_shown('leaky (1001)')
        self.assertEqual(self.service.calls.count(('ListSuspects',)), 2)
        self.assertIn('cannot be listed', self.notifier.log())

    def test_a_service_that_watches_nothing_is_not_asked_again(self):
        self.start_service()
        self.service.answers['ListSuspects'] = ('org.freedesktop.DBus.Error.NotSupported', 'no watch')
        self.start_notifier()
        self.await_list()
        self.pass_time(7)
        self.assertEqual(self.service.calls.count(('ListSuspects',)), 1)
        self.assertIn('no watch', self.notifier.log())

    def test_a_suspicion_of_which_nothing_is_said_is_asked_for_again(self):
        self.server = desktop.NotificationServer(self.session)
        self.start_service()
        self.say(1)
        self.start_notifier()
        number = self.await_shown('leaky (1001)')
        self.service.end()
        self.settle()
        self.service = desktop.SaidService()
        self.service.answers['GetSuspect'] = ('org.memsnoop1.Error.Busy', 'not now')
        self.iterate_until(lambda: ('GetSuspect', 1) in self.service.calls, 'it is asked for')
        self.settle()
        self.assertIn(number, self.server.shown)
        del self.service.answers['GetSuspect']
        self.await_gone(number)
        self.service.end()

    def test_without_a_session_bus_it_says_so_and_ends(self):
        self.start_notifier(DBUS_SESSION_BUS_ADDRESS='unix:path=/run/no-such-bus')
        self.assertEqual(self.notifier.process.wait(10), 1)
        self.assertIn('there is no session bus', self.notifier.log())

    def test_the_system_bus_may_come_back(self):
        self.server = desktop.NotificationServer(self.session)
        self.start_service()
        self.start_notifier()
        self.await_list()
        self.bus.process.kill()
        self.bus.process.wait()
        os.unlink('/run/dbus/system_bus_socket')
        self.pass_time(1)
        self.bus.start()
        self.start_service()
        self.say(1)
        self.await_shown('leaky')


class Activated(notifier.SaidTest):
    """A notification server that the bus starts when it is needed, as several desktops have it."""

    server_starts = False

    def prepare_session(self):
        self.session.add_service(desktop.SERVER, f'/bin/touch {self.session.folder}/started')

    def begins(self):
        return os.path.exists(self.session.folder + '/started')

    def test_a_server_that_has_ended_is_not_started_to_close_what_it_showed(self):
        self.say(1)
        self.iterate_until(self.begins, 'the bus starts the server')
        self.server = desktop.NotificationServer(self.session)
        self.await_shown('leaky (1001)')
        self.settle()
        os.unlink(self.session.folder + '/started')
        self.server.end()
        self.settle()
        self.say(1, 'cleared')
        self.settle()
        self.assertFalse(self.begins())

    def test_what_is_shown_first_stays(self):
        self.say(1)
        self.iterate_until(self.begins, 'the bus starts the server')
        self.server = desktop.NotificationServer(self.session)
        number = self.await_shown('leaky (1001)')
        self.pass_time(UPDATE + 1)
        self.assertEqual(list(self.server.shown), [number])
        self.assertEqual(len(self.server.sent), 1)


class Dunst(notifier.SaidTest):
    """A notification server that desktops use, under Xvfb."""

    features = (*notifier.SaidTest.features, 'dunst')
    server_starts = False
    notifier_starts = False
    display = ':77'

    def setUp(self):
        super().setUp()
        self.session.environment['DISPLAY'] = self.display
        os.makedirs('/tmp/.X11-unix', mode=0o1777, exist_ok=True)
        for name, command in (('Xvfb', ('Xvfb', self.display, '-screen', '0', '800x600x24')),
                              ('dunst', ('dunst', '-conf', '/dev/null'))):
            program = desktop.SessionProgram(self.session, name)
            self.addCleanup(lambda program=program: print(program.log()))
            self.addCleanup(program.end)
            program.start(*command)
            self.wait_until(lambda: name != 'Xvfb' or os.path.exists(
                '/tmp/.X11-unix/X' + self.display[1:]), 'the display is there')
        self.start_notifier()
        self.start_service()

    def dunstctl(self, *arguments):
        return subprocess.run(['dunstctl', *arguments], env=self.session.environment, check=False,
                              capture_output=True, text=True, user=USER, group=USER,
                              extra_groups=[], cwd='/').stdout.strip()

    def await_displayed(self, count):
        def displayed():
            self.pass_time(0.1)
            return self.dunstctl('count', 'displayed') == str(count)
        self.wait_until(displayed, f'{count} are displayed')

    def test_dunst_shows_changes_acts_on_and_withdraws_notifications(self):
        self.say(1, level=GLib.Variant('s', 'probable'))
        self.await_displayed(1)
        self.say(1, 'changed', **{'time-to-exhaustion': GLib.Variant('t', 300)})
        self.pass_time(1)
        self.await_displayed(1)
        self.dunstctl('action', '0')
        self.await_opened('--process', '1001:1')
        self.dunstctl('close')
        self.await_displayed(0)
        self.say(1, 'changed', **{'time-to-exhaustion': GLib.Variant('t', 200)})
        self.pass_time(1)
        self.await_displayed(0)
        self.say(2, comm='<b>&amp;</b>')
        self.await_displayed(1)
        self.say(2, 'cleared')
        self.await_displayed(0)
        self.assertIn('(1001)', self.dunstctl('history'))


if __name__ == '__main__':
    harness.main()
