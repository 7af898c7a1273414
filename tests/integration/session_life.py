# SPDX-License-Identifier: GPL-2.0-or-later
"""How sessions begin, share one recording, and end."""

import signal
import time

import caller
import daemon
import harness
from harness import USER


@harness.beside_others
class SessionLife(harness.ServiceTest):
    """With the real kernel tracer."""

    def test_a_session_records_and_reports_a_process_until_it_is_stopped(self):
        target = self.target('eventfd-leak', 1000)
        session = self.root.start(sources=['kernel'])
        self.assertRegex(session, '^/org/memsnoop1/session/[0-9]+$')
        self.assertEqual(self.root.sessions(), [session])
        self.assertEqual(self.root.session_property(session, 'State'), 'recording')
        target.do('go', 'opened')
        self.assertGreaterEqual(self.root.stats(target.pid)['kernel']['alloc-count'], 1000)
        text = self.root.report(session, 'text')
        self.assertIn('eventfd-leak', text)
        self.root.stop(session)
        self.assertEqual(self.root.session_property(session, 'State'), 'stopped')
        self.assertIn('eventfd-leak', self.root.report(session, 'text'))

    def test_the_properties_of_a_session_say_what_was_asked_for(self):
        target = self.target('eventfd-leak')
        before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        session = self.root.start(pids=[target.pid])
        after = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        properties = self.root.objects()[session][caller.SESSION]
        self.assertEqual(properties['Sources'], ['kernel'])
        self.assertEqual(properties['Pids'], [target.pid])
        self.assertEqual(properties['Owner'], 0)
        self.assertTrue(before <= properties['StartedAt'] <= after, properties)
        self.assertGreater(properties['MemoryUsed'], 1 << 20)
        # Nothing but what the kernel skips when an interrupt comes in the middle of an event.
        self.assertLess(properties['EventsLost'], 1000)

    def test_sessions_share_one_recording_and_the_last_one_detaches_it(self):
        first = self.root.start()
        programs = self.daemon.bpf_objects()
        second = self.root.start()
        self.assertNotEqual(first, second)
        self.assertEqual(self.daemon.bpf_objects(), programs)
        self.root.stop(first)
        self.assertEqual(self.daemon.bpf_objects(), programs)
        self.assertEqual(self.root.session_property(second, 'State'), 'recording')
        self.root.stop(second)
        self.assertEqual(self.daemon.bpf_objects(), set())
        daemon.wait_until_gone(programs)

    def test_both_sessions_read_the_same_figures_since_the_recording_began(self):
        target = self.target('eventfd-churn', 1000)
        self.root.start()
        target.do('go', 'done')
        early = self.root.stats(target.pid)['kernel']
        other = self.connect()
        other.start()
        late = other.stats(target.pid)['kernel']
        self.assertEqual(late['since'], early['since'])
        self.assertEqual(late['alloc-count'], early['alloc-count'])

    def test_a_new_recording_counts_from_nothing(self):
        target = self.target('eventfd-leak', 500)
        session = self.root.start()
        target.do('go', 'opened')
        first = self.root.stats(target.pid)['kernel']
        self.root.stop(session)
        self.assertNotIn('kernel', self.root.stats(target.pid))
        self.root.start()
        target.do('close', 'closed')
        kernel = self.root.stats(target.pid).get('kernel', {'current-bytes': 0})
        self.assertLess(kernel['current-bytes'], first['current-bytes'])

    def test_stop_of_the_session_object_is_the_same_as_stop_of_the_manager(self):
        session = self.root.start()
        self.root.call('Stop', path=session, interface=caller.SESSION)
        self.assertEqual(self.root.session_property(session, 'State'), 'stopped')
        self.assertEqual(self.daemon.bpf_objects(), set())

    def test_stopping_a_stopped_session_succeeds_and_changes_nothing(self):
        session = self.root.start()
        self.root.stop(session)
        report = self.root.report(session, 'text')
        self.root.stop(session)
        self.assertEqual(self.root.report(session, 'text'), report)

    def test_a_session_ends_after_its_duration(self):
        session = self.root.start(duration=1)
        self.wait_until(lambda: self.root.session_property(session, 'State') == 'stopped',
                        'the session stops by itself', 5)
        self.assertEqual(self.daemon.bpf_objects(), set())

    def test_the_last_figures_are_kept_for_as_long_as_was_asked_for(self):
        session = self.root.start(keep=1)
        self.root.stop(session)
        self.root.report(session, 'text')
        self.wait_until(lambda: self.root.sessions() == [], 'the session is forgotten', 5)
        self.assert_refused(caller.NO_SUCH_SESSION, self.root.report, session, 'text',
                            mentions=[session])

    def test_a_session_ends_with_its_caller(self):
        client = self.connect()
        session = client.start()
        client.close()
        self.wait_until(lambda: self.root.session_property(session, 'State') == 'stopped',
                        'the session of a caller that left stops', 5)
        self.assertEqual(self.daemon.bpf_objects(), set())

    def test_a_session_ends_with_a_caller_that_was_killed(self):
        client = self.connect(uid=0)
        session = client.start()
        client.kill()
        self.wait_until(lambda: self.root.session_property(session, 'State') == 'stopped',
                        'the session of a killed caller stops', 5)
        self.assertEqual(self.daemon.bpf_objects(), set())

    def test_a_caller_that_leaves_while_its_session_starts_leaves_nothing(self):
        for attempt in range(12):
            client = self.connect()
            client.connection.call(
                caller.NAME, caller.PATH, caller.MANAGER, 'Start',
                caller.GLib.Variant('(a{sv})', ({},)), None, 0, 5000, None, None)
            client.connection.flush_sync(None)
            time.sleep(attempt * 0.002)
            client.close()
        self.root.stop(self.root.start())
        self.wait_until(lambda: self.root.running_sessions() == [], 'no session is left running')
        self.wait_until(lambda: not self.daemon.bpf_objects(), 'everything is detached')

    def test_a_lingering_session_outlives_its_caller(self):
        client = self.connect()
        session = client.start(linger=True)
        client.close()
        time.sleep(0.5)
        self.assertEqual(self.root.session_property(session, 'State'), 'recording')
        self.root.stop(session)
        self.assertEqual(self.daemon.bpf_objects(), set())

    def test_the_caller_of_one_session_leaves_and_the_other_session_goes_on(self):
        target = self.target('eventfd-churn', 100)
        client = self.connect()
        client.start()
        other = self.root.start()
        client.close()
        time.sleep(0.3)
        target.do('go', 'done')
        self.assertEqual(self.root.session_property(other, 'State'), 'recording')
        self.assertGreaterEqual(self.root.stats(target.pid)['kernel']['alloc-count'], 100)


@harness.beside_others
class Limits(harness.ServiceTest):
    """Sessions of one caller and of all."""

    configuration = '[sessions]\nmaximum=5\nmaximum-per-caller=3\nmaximum-kept=2\n'

    def test_a_user_gets_no_more_sessions_than_the_limit(self):
        sessions = [self.root.start() for _ in range(3)]
        self.assert_refused(caller.LIMITS_EXCEEDED, self.root.start, mentions=['3'])
        self.assert_refused(caller.LIMITS_EXCEEDED, self.connect().start, mentions=['3'])
        self.assertEqual(self.root.sessions(), sorted(sessions))
        self.root.stop(sessions[0])
        self.root.start()

    def test_all_users_together_get_no_more_sessions_than_the_limit(self):
        target = self.target('identity', uid=USER)
        first, second = self.connect(), self.connect(USER)
        for _ in range(3):
            first.start()
        for _ in range(2):
            second.start(pids=[target.pid])
        self.assert_refused(caller.LIMITS_EXCEEDED, second.start, pids=[target.pid],
                            mentions=['5'])
        first.close()
        self.wait_until(lambda: len(self.root.running_sessions()) == 2,
                        'the sessions of the first caller stop')
        second.start(pids=[target.pid])

    def test_no_more_stopped_sessions_are_kept_than_the_limit(self):
        for _ in range(4):
            self.root.stop(self.root.start())
        self.assertEqual(len(self.root.sessions()), 2)


@harness.beside_others
class ServiceLife(harness.ServiceTest):
    """How the service itself ends."""

    def test_a_service_that_is_killed_leaves_nothing_in_the_kernel_and_starts_again(self):
        self.root.start()
        objects = self.daemon.bpf_objects()
        self.assertTrue({'prog', 'map', 'link'} <= {kind for kind, _ in objects}, objects)
        self.assertEqual(daemon.in_kernel(objects), objects)
        self.daemon.kill()
        daemon.wait_until_gone(objects)
        self.daemon.start()
        self.assertEqual(self.root.sessions(), [])
        target = self.target('eventfd-churn', 100)
        self.root.start()
        target.do('go', 'done')
        self.assertGreaterEqual(self.root.stats(target.pid)['kernel']['alloc-count'], 100)

    def test_a_service_that_is_asked_to_end_detaches_everything_and_ends_well(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(signal=number.name):
                self.connect().start()
                objects = self.daemon.bpf_objects()
                self.daemon.process.send_signal(number)
                self.assertEqual(self.daemon.wait(), 0)
                daemon.wait_until_gone(objects)
                self.daemon.start()

    def test_a_service_ends_when_the_bus_does(self):
        self.root.connection.set_exit_on_close(False)
        self.root.start()
        objects = self.daemon.bpf_objects()
        self.bus.end()
        self.assertNotEqual(self.daemon.wait(), None)
        daemon.wait_until_gone(objects)

    def test_a_second_service_on_the_same_bus_ends_with_a_clear_message(self):
        session = self.root.start()
        second = daemon.Daemon(self.folder)
        second.log_path += '-second'
        second.launch()
        self.assertNotEqual(second.wait(), 0)
        self.assertIn('org.memsnoop1', second.log())
        self.assertEqual(self.root.session_property(session, 'State'), 'recording')


if __name__ == '__main__':
    harness.main()
