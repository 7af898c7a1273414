# SPDX-License-Identifier: GPL-2.0-or-later
"""Who may do what, with the real polkitd."""

import os
import pty
import select
import signal
import time

import caller
import harness
import machine
from harness import OTHER_USER, USER

REFUSED = (caller.ACCESS_DENIED, caller.AUTHORIZATION_REQUIRED)


def allow(uid, *actions):
    """A polkit rule."""
    listed = ', '.join(f'"org.memsnoop1.{action}"' for action in actions)
    return f'''
        polkit.addRule(function (action, subject) {{
          if (subject.user == "{machine.USERS[uid]}" && [{listed}].indexOf(action.id) >= 0)
            return polkit.Result.YES;
        }});'''


def deny(uid, *actions):
    """A polkit rule."""
    return allow(uid, *actions).replace('Result.YES', 'Result.NO')


@harness.beside_others
class WithoutRules(harness.ServiceTest):
    """The policy as it is installed; nobody is there to type a password."""

    def test_root_may_record_every_process(self):
        self.root.start()
        self.assertGreater(len(self.root.processes()), 3)

    def test_a_user_may_not_record_every_process_and_nothing_changes(self):
        user = self.connect(USER)
        self.assert_refused(caller.AUTHORIZATION_REQUIRED, user.start,
                            mentions=['org.memsnoop1.record-any'])
        self.assert_nothing_recorded()

    def test_a_user_who_may_be_asked_but_has_nobody_to_ask_is_refused_and_nothing_changes(self):
        user = self.connect(USER)
        self.assert_refused(REFUSED, user.start, interactive=True)
        self.assert_nothing_recorded()

    def test_a_user_may_not_record_a_process_of_another_user(self):
        for uids in ('0,0,0', f'{OTHER_USER},{OTHER_USER},{OTHER_USER}'):
            with self.subTest(uids=uids):
                target = self.target('identity', '--uids=' + uids)
                user = self.connect(USER)
                self.assert_refused(REFUSED, user.start, pids=[target.pid])
                self.assert_nothing_recorded()

    def test_a_user_may_record_and_read_an_own_process(self):
        target = self.target('eventfd-leak', 500, uid=USER)
        user = self.connect(USER)
        session = user.start(pids=[target.pid])
        target.do('go', 'opened')
        self.assertGreaterEqual(user.stats(target.pid)['kernel']['alloc-count'], 500)
        self.assertIn('eventfd-leak', user.report(session, 'text'))
        self.assertEqual(user.session_property(session, 'Owner'), USER)
        user.stop(session)
        self.assertEqual(user.session_property(session, 'State'), 'stopped')

    def test_one_process_of_another_user_among_own_ones_refuses_them_all(self):
        own = self.target('identity', uid=USER)
        other = self.target('identity', uid=OTHER_USER)
        user = self.connect(USER)
        self.assert_refused(REFUSED, user.start, pids=[own.pid, other.pid])
        self.assert_nothing_recorded()

    def test_a_process_with_only_some_of_the_users_identities_is_not_its_own(self):
        for uids in (f'{USER},{USER},0', f'{USER},0,{USER}', f'{USER},0,0',
                     f'0,{USER},{USER}', f'{USER},{USER},{OTHER_USER}'):
            with self.subTest(uids=uids):
                target = self.target('identity', '--uids=' + uids)
                user = self.connect(USER)
                self.assert_refused(REFUSED, user.start, pids=[target.pid])
                self.assert_refused(REFUSED, user.stats, target.pid)
                user.close()
        self.assert_nothing_recorded()

    def test_a_process_that_is_not_dumpable_is_not_its_users_own(self):
        target = self.target('identity', '--dumpable=0', uid=USER)
        user = self.connect(USER)
        self.assert_refused(REFUSED, user.start, pids=[target.pid])
        self.assert_refused(REFUSED, user.stats, target.pid)
        self.assert_nothing_recorded()

    def test_a_user_may_inspect_own_processes_only(self):
        own = self.target('identity', uid=USER)
        other = self.target('identity', uid=OTHER_USER)
        user = self.connect(USER)
        stats = user.stats(own.pid)
        self.assertEqual(stats['uid'], USER)
        self.assertGreater(stats['memory']['rss-anon'] + stats['memory']['rss-file'], 0)
        self.assert_refused(caller.AUTHORIZATION_REQUIRED, user.stats, other.pid,
                            mentions=['org.memsnoop1.inspect-any'])

    def test_an_own_process_is_recorded_but_others_stay_out_of_sight(self):
        target = self.target('eventfd-leak', 100, uid=USER)
        other = self.target('eventfd-leak', 100)
        user = self.connect(USER)
        session = user.start(pids=[target.pid])
        target.do('go', 'opened')
        other.do('go', 'opened')
        self.assert_refused(caller.UNKNOWN_PROCESS, user.report, session, pid=other.pid)
        self.assertNotIn(str(other.pid), user.report(session, 'text', limit=0).split())
        self.assertEqual({row['pid'] for row in user.processes()} & {other.pid, target.pid},
                         {target.pid})

    def test_a_list_of_processes_has_the_users_own_rows_and_nobody_is_asked(self):
        own = self.target('identity', uid=USER)
        hidden = self.target('identity', '--dumpable=0', uid=USER)
        other = self.target('identity', uid=OTHER_USER)
        user = self.connect(USER)
        for interactive in (False, True):
            pids = {row['pid'] for row in user.processes(interactive=interactive)}
            self.assertIn(own.pid, pids)
            self.assertFalse(pids & {hidden.pid, other.pid, 1})
        self.assertLessEqual({own.pid, hidden.pid, other.pid, 1},
                             {row['pid'] for row in self.root.processes()})

    def test_columns_of_processes_tell_of_the_users_own_ones_only_and_nobody_is_asked(self):
        own = self.target('identity', uid=USER)
        hidden = self.target('identity', '--dumpable=0', uid=USER)
        other = self.target('eventfd-leak', 500, uid=OTHER_USER)
        self.root.start()
        other.do('go', 'opened')
        user = self.connect(USER)
        for options in ({}, {'history': True}, {'sort': 'kernel.current-bytes', 'limit': 1000}):
            for interactive in (False, True):
                with self.subTest(interactive=interactive, **options):
                    columns = user.process_columns(interactive, **options)
                    self.check_own_columns(columns, own.pid)
                    self.assertFalse(set(columns['pid']) & {hidden.pid, other.pid, 1})
        everybody = self.root.process_columns()
        self.assertLessEqual({own.pid, hidden.pid, other.pid, 1}, set(everybody['pid']))
        self.assertIn('kernel.current-bytes', everybody)

    def check_own_columns(self, columns, own):
        """All of them tell of the same processes, which are the user's, among them this one."""
        # Other tests have processes of the user, too.
        rows = list(zip(columns['pid'], columns['uid'], columns['comm']))
        self.assertIn((own, USER, 'identity'), rows)
        self.assertEqual(set(columns['uid']), {USER})
        single = {key: len(values) for key, values in columns.items() if key != 'recent-private'}
        self.assertEqual(set(single.values()), {len(rows)}, single)
        self.assertEqual(len(columns.get('recent-private', ())),
                         sum(columns.get('recent-count', ())))

    def test_a_user_may_not_stop_or_read_another_users_session(self):
        session = self.root.start()
        user = self.connect(USER)
        self.assert_refused(caller.AUTHORIZATION_REQUIRED, user.stop, session,
                            mentions=['org.memsnoop1.stop-any'])
        self.assert_refused(caller.AUTHORIZATION_REQUIRED, user.call, 'Stop', path=session,
                            interface=caller.SESSION)
        self.assert_refused(caller.AUTHORIZATION_REQUIRED, user.report, session,
                            mentions=['org.memsnoop1.inspect-any'])
        self.assertEqual(self.root.session_property(session, 'State'), 'recording')

    def test_another_connection_of_the_same_user_may_stop_a_session(self):
        target = self.target('identity', uid=USER)
        session = self.connect(USER).start(pids=[target.pid])
        self.connect(USER).stop(session)
        self.assertEqual(self.root.session_property(session, 'State'), 'stopped')

    def test_what_needs_no_authorisation_is_there_for_everyone(self):
        user = self.connect(USER)
        self.assertRegex(user.property('Version'), r'^\d+\.\d+')
        self.assertTrue(user.property('Features')['kernel'])
        self.assertEqual(user.sessions(), [])
        self.assertIn('org.memsnoop1.Manager', user.introspect())

    def test_a_user_cannot_take_the_name_of_the_service(self):
        self.daemon.terminate()
        result = self.command('busctl', 'call', 'org.freedesktop.DBus', '/org/freedesktop/DBus',
                              'org.freedesktop.DBus', 'RequestName', 'su', caller.NAME, '0',
                              uid=USER)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn('denied', result.stderr)


@harness.beside_others
class WithRules(harness.ServiceTest):
    """A user whom a rule allows what it says, and nothing more."""

    rules = (allow(USER, 'record-any', 'stop-any') + allow(OTHER_USER, 'inspect-any')
             + deny(OTHER_USER, 'record-own', 'record-any'))

    def test_a_user_whom_a_rule_allows_records_and_reads_every_process(self):
        user = self.connect(USER)
        session = user.start()
        self.assertGreater(len(user.report(session, 'text')), 100)
        self.assertEqual(self.root.session_property(session, 'State'), 'recording')

    def test_the_right_to_record_is_not_the_right_to_inspect(self):
        user = self.connect(USER)
        user.start()
        other = self.target('identity', uid=OTHER_USER)
        self.assert_refused(REFUSED, user.stats, other.pid)
        self.assertNotIn(other.pid, {row['pid'] for row in user.processes()})
        self.assertNotIn(other.pid, user.process_columns()['pid'])

    def test_a_user_whom_a_rule_allows_stops_another_users_session(self):
        session = self.root.start()
        self.connect(USER).stop(session)
        self.assertEqual(self.root.session_property(session, 'State'), 'stopped')

    def test_a_user_whom_a_rule_allows_inspects_and_lists_every_process(self):
        user = self.connect(OTHER_USER)
        self.assertEqual(user.stats(1)['pid'], 1)
        self.assertIn(1, {row['pid'] for row in user.processes()})
        self.assertIn(1, user.process_columns()['pid'])
        session = self.root.start()
        self.assertGreater(len(user.report(session, 'text')), 100)
        self.assert_refused(REFUSED, user.stop, session)

    def test_a_user_whom_a_rule_denies_it_does_not_record_an_own_process(self):
        target = self.target('identity', uid=OTHER_USER)
        user = self.connect(OTHER_USER)
        self.assert_refused(caller.ACCESS_DENIED, user.start, pids=[target.pid])
        self.assert_refused(caller.ACCESS_DENIED, user.start)
        self.assert_nothing_recorded()


class SlowPolkit(harness.ServiceTest):
    """polkitd does not answer in time, or not at all."""

    rules = f'''
        polkit.addRule(function (action, subject) {{
          if (action.id.indexOf("org.memsnoop1.") == 0 && subject.user == "{machine.USERS[USER]}")
            polkit.spawn(["sleep", "2"]);
        }});'''

    def test_a_check_that_takes_its_time_holds_nobody_up(self):
        user = self.connect(USER)
        user.send_start()
        time.sleep(0.2)
        begin = time.monotonic()
        session = self.root.start()
        self.root.stats(self.daemon.pid)
        self.assertLess(time.monotonic() - begin, 1.5)
        self.assert_refused(caller.AUTHORIZATION_REQUIRED, user.receive)
        self.assertEqual(self.root.sessions(), [session])

    def test_a_caller_that_leaves_while_it_is_checked_leaves_nothing(self):
        user = self.connect(USER)
        user.send_start()
        time.sleep(0.2)
        user.kill()
        time.sleep(2.5)
        self.assert_nothing_recorded()

    def test_without_polkitd_root_is_served_and_everyone_else_refused(self):
        self.polkit.end()
        self.root.stop(self.root.start())
        target = self.target('identity', uid=USER)
        user = self.connect(USER)
        self.assertRaises(caller.BusError, user.start)
        self.assertRaises(caller.BusError, user.stats, 1)
        self.assertEqual(user.stats(target.pid)['pid'], target.pid)
        self.assertEqual([self.root.session_property(path, 'State')
                          for path in self.root.sessions()], ['stopped'])


class Password(harness.ServiceTest):
    """A user who is asked for a password and does not type it."""

    def ask(self):
        user = caller.UserCaller(USER, agent=True)
        self.addCleanup(harness.close_quietly, user)
        user.send_start(interactive=True)
        time.sleep(0.5)
        self.assertIsNone(user.process.poll())
        return user

    def test_a_user_who_is_asked_for_a_password_holds_nobody_up(self):
        user = self.ask()
        begin = time.monotonic()
        session = self.root.start()
        self.assertEqual(self.connect(USER).sessions(), [session])
        self.assertLess(time.monotonic() - begin, 2)
        user.kill()

    def test_a_user_who_leaves_instead_of_typing_a_password_leaves_nothing(self):
        self.ask().kill()
        time.sleep(0.5)
        self.assert_nothing_recorded()

    def test_a_user_is_not_asked_unless_the_call_allows_it(self):
        user = caller.UserCaller(USER, agent=True)
        self.addCleanup(harness.close_quietly, user)
        self.assert_refused(caller.AUTHORIZATION_REQUIRED, user.start)
        self.assert_nothing_recorded()


@harness.beside_others
class IgnoringOnly(harness.ServiceTest):
    """A user who may change the list of what is ignored, and no more."""

    rules = allow(USER, 'configure')

    def test_a_program_can_be_ignored_without_the_right_to_read_the_list(self):
        result = self.memsnoopctl('ignore', '/usr/bin/env', uid=USER)
        self.assertEqual((result.returncode, result.stderr), (0, ''), result)
        self.assertIn('ignored from now on: ', result.stdout)


@harness.beside_others
class TerminalPassword(harness.ServiceTest):
    """memsnoopctl in a terminal of a user without a desktop."""

    def run_in_terminal(self, *arguments):
        """memsnoopctl with a terminal of its own as the user; its process and the terminal."""
        program = machine.public_copy(machine.program('cli', 'memsnoopctl'))
        pid, terminal = pty.fork()
        if pid == 0:
            try:
                machine.die_with_parent()
                os.environ.pop('DISPLAY', None)
                os.environ.pop('WAYLAND_DISPLAY', None)
                os.setgroups([])
                os.setresgid(USER, USER, USER)
                os.setresuid(USER, USER, USER)
                os.execv(program, [program, *arguments])
            finally:
                os._exit(127)
        self.addCleanup(os.close, terminal)
        return pid, terminal

    @staticmethod
    def read_until(terminal, text, seconds=20):
        """What the terminal shows until it shows `text`, the program ends or so long has passed."""
        shown = ''
        end = time.monotonic() + seconds
        while text not in shown and time.monotonic() < end:
            if select.select([terminal], [], [], 0.2)[0]:
                try:
                    shown += os.read(terminal, 4096).decode(errors='replace')
                except OSError:
                    break
        return shown

    def finish(self, pid):
        """The exit status, within seconds."""
        return os.waitstatus_to_exitcode(self.wait_until(
            lambda: (result := os.waitpid(pid, os.WNOHANG))[0] and (result[1],), 'it ends')[0])

    def test_a_password_is_asked_for_in_the_terminal(self):
        pid, terminal = self.run_in_terminal('start')
        shown = self.read_until(terminal, 'AUTHENTICATING FOR org.memsnoop1.record-any')
        self.assertIn('AUTHENTICATING FOR org.memsnoop1.record-any', shown)
        self.assert_nothing_recorded()
        os.kill(pid, signal.SIGTERM)
        self.assertEqual(self.finish(pid), -signal.SIGTERM)

    def assert_asks(self, *arguments):
        pid, terminal = self.run_in_terminal(*arguments)
        shown = self.read_until(terminal, 'AUTHENTICATING FOR org.memsnoop1.')
        self.assertIn('AUTHENTICATING FOR org.memsnoop1.', shown)
        os.kill(pid, signal.SIGTERM)
        self.assertEqual(self.finish(pid), -signal.SIGTERM)

    def test_every_command_that_reads_a_recording_asks_for_a_password(self):
        session = self.root.start()
        for command in (['report', session], ['export', '--format', 'folded', session],
                        ['flame', '--output', '/dev/null', session],
                        ['report', '--heap', str(os.getpid())]):
            with self.subTest(command=command):
                self.assert_asks(*command)

    def test_no_password_is_asked_for_when_that_is_not_wanted(self):
        pid, terminal = self.run_in_terminal('start', '--no-ask-password')
        shown = self.read_until(terminal, 'nothing ends it but the end')
        self.assertIn('This needs a password', shown)
        self.assertNotIn('AUTHENTICATING', shown)
        self.assertEqual(self.finish(pid), 3)
        self.assert_nothing_recorded()


if __name__ == '__main__':
    harness.main()
