# SPDX-License-Identifier: GPL-2.0-or-later
"""memsnoopctl, busctl and gdbus against the real service."""

import json
import os
import signal
import subprocess

import harness
import machine
from harness import USER
from target import unused_pid

SUCCESS, FAILED, USAGE, NOT_AUTHORISED = 0, 1, 2, 3


@harness.beside_others
class CommandLine(harness.ServiceTest):
    """Exit statuses, and output for people and for programs."""

    def assert_status(self, status, *arguments, **options):
        result = self.memsnoopctl(*arguments, **options)
        self.assertEqual(result.returncode, status, result)
        return result

    def succeed(self, *arguments, **options):
        result = self.assert_status(SUCCESS, *arguments, **options)
        self.assertEqual(result.stderr, '')
        return result.stdout

    def fail_with(self, status, *arguments, mentions=(), **options):
        result = self.assert_status(status, *arguments, **options)
        self.assertEqual(result.stdout, '')
        for text in mentions:
            self.assertIn(str(text), result.stderr)
        # Errors for people: none of the bus's own words.
        self.assertNotIn('GDBus.Error', result.stderr)
        return result.stderr

    def start_session(self, *options):
        return json.loads(self.succeed('start', '--json', *options))['session']

    def spawn(self, *arguments):
        """Runs memsnoopctl in the background; the process, and what reads its output so far."""
        output = os.path.join(self.folder, 'output')
        with open(output, 'wb') as file:
            # pylint: disable=consider-using-with
            process = subprocess.Popen([machine.program('cli', 'memsnoopctl'), *arguments],
                                       stdout=file, preexec_fn=machine.die_with_parent)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)

        def printed():
            with open(output, encoding='utf-8') as file:
                return file.read()
        return process, printed

    def test_status_tells_version_features_and_sessions(self):
        session = self.root.start()
        text = self.succeed('status')
        self.assertIn(self.root.property('Version'), text)
        self.assertIn('kernel', text)
        status = json.loads(self.succeed('status', '--json'))
        self.assertEqual(status['version'], self.root.property('Version'))
        self.assertIn(session, json.dumps(status))

    def test_start_report_and_stop_work_as_the_manual_shows(self):
        target = self.target('eventfd-leak', 1000)
        session = self.start_session()
        self.assertEqual(self.root.sessions(), [session])
        target.do('go', 'opened')
        self.assertIn('eventfd-leak', self.succeed('report', session))
        report = json.loads(self.succeed('report', '--json', session))
        self.assertIn(target.pid, [row['pid'] for row in report['processes']])
        self.succeed('stop', session)
        self.assertEqual(self.root.session_property(session, 'State'), 'stopped')

    def test_start_with_a_duration_ends_by_itself(self):
        session = self.start_session('--duration', '1')
        self.wait_until(lambda: self.root.session_property(session, 'State') == 'stopped',
                        'the session stops by itself', 5)

    def test_stats_show_one_process(self):
        target = self.target('eventfd-leak', 1000)
        self.root.start()
        target.do('go', 'opened')
        text = self.succeed('stats', str(target.pid))
        self.assertIn('eventfd-leak', text)
        self.assertIn('do_eventfd', text)
        stats = json.loads(self.succeed('stats', '--json', str(target.pid)))
        self.assertEqual(stats['pid'], target.pid)
        self.assertEqual(stats['kernel']['alloc-count'],
                         self.root.stats(target.pid)['kernel']['alloc-count'])

    def test_top_prints_plain_rows_when_it_is_piped(self):
        target = self.target('eventfd-leak', 5000)
        self.root.start()
        target.do('go', 'opened')
        text = self.succeed('top', '--sort', 'kernel.current-bytes')
        self.assertNotIn('\x1b', text)
        self.assertIn('eventfd-leak', text)
        rows = json.loads(self.succeed('top', '--json', '--sort', 'kernel.current-bytes'))
        self.assertIn(target.pid, [row['pid'] for row in rows])

    def test_watch_prints_what_happens_as_it_happens(self):
        process, printed = self.spawn('watch', '--json')
        self.wait_until(lambda: 'service-appeared' in printed(), 'the watch begins')
        session = self.root.start(keep=0)
        self.wait_until(lambda: session in printed(), 'the session is told')
        self.root.stop(session)
        self.wait_until(lambda: 'session-vanished' in printed(), 'the end is told')
        events = [json.loads(line) for line in printed().splitlines()]
        self.assertLess([event['event'] for event in events].index('session-appeared'),
                        [event['event'] for event in events].index('session-vanished'))
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(10), 0)

    def test_start_in_the_foreground_reports_when_it_is_interrupted(self):
        target = self.target('eventfd-leak', 5000)
        process, printed = self.spawn('start', '--foreground')
        session = self.wait_until(
            lambda: self.root.running_sessions() and self.root.running_sessions()[0],
            'the session starts')
        self.wait_until(lambda: self.root.session_property(session, 'State') == 'recording',
                        'it records')
        target.do('go', 'opened')
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(20), 0)
        self.assertIn('eventfd-leak', printed())
        self.assertEqual(self.root.running_sessions(), [])

    def test_start_in_the_foreground_that_is_killed_takes_its_session_along(self):
        process, _ = self.spawn('start', '--foreground')
        self.wait_until(self.root.running_sessions, 'the session starts')
        process.kill()
        self.wait_until(lambda: self.root.running_sessions() == [], 'the session ends')

    def test_help_teaches_without_a_service(self):
        self.daemon.terminate()
        for arguments in (['--help'], *([command, '--help'] for command in (
                'status', 'top', 'start', 'stop', 'report', 'stats', 'watch', 'suspects', 'history',
                'ignore', 'unignore'))):
            with self.subTest(arguments=arguments):
                self.assertIn('memsnoopctl', self.succeed(*arguments))
        self.assertRegex(self.succeed('--version'), r'\d+\.\d+')

    def test_a_wrong_command_line_is_a_usage_error(self):
        for arguments in ([], ['colour'], ['stats'], ['stats', 'many'], ['stats', '1', '2'],
                          ['status', '--colour'], ['start', '--duration', 'long'],
                          ['report', '--limit', '-1'], ['stats', '99999999999999999999'],
                          ['suspects', 'many'], ['history'], ['history', '1', '--kind', 'heap'],
                          ['history', '1', '--since', 'ever'], ['unignore'],
                          ['ignore', '--list', '/bin/sh'], ['top', '--sort', 'history']):
            with self.subTest(arguments=arguments):
                self.assertGreater(len(self.fail_with(USAGE, *arguments)), 10)
        self.assertEqual(self.root.sessions(), [])

    def test_a_failed_request_says_why_and_fails(self):
        self.fail_with(FAILED, 'stats', str(unused_pid()), mentions=[unused_pid()])
        self.fail_with(FAILED, 'stop', '/org/memsnoop1/session/99', mentions=['session/99'])
        self.fail_with(FAILED, 'report', '/org/memsnoop1/session/99', mentions=['session/99'])
        self.fail_with(USAGE, 'start', '--pid', '2', mentions=['2', 'kernel thread'])

    def test_nothing_is_recorded_for_a_file_that_cannot_be_written(self):
        target = self.target('heap-leak', 10, 100)
        for command in ('export', 'flame'):
            done = self.memsnoopctl(command, '--heap', str(target.pid), '-o', '/nowhere/at-all')
            self.assertEqual(done.returncode, 1)
            self.assertIn('/nowhere/at-all', done.stderr)
        self.assertEqual(self.root.sessions(), [])

    def test_a_service_that_does_not_run_is_a_failure_with_advice(self):
        self.daemon.terminate()
        for command in (['status'], ['top'], ['start'], ['stats', '1'], ['stop'], ['report'],
                        ['suspects'], ['history', '1'], ['ignore'], ['unignore', '/bin/sh']):
            with self.subTest(command=command):
                self.assertIn('memsnoopd', self.fail_with(FAILED, *command))

    def test_a_user_who_is_not_authorised_gets_an_exit_status_of_its_own(self):
        self.fail_with(NOT_AUTHORISED, 'start', uid=USER)
        self.fail_with(NOT_AUTHORISED, 'stats', '1', uid=USER)
        session = self.root.start()
        self.fail_with(NOT_AUTHORISED, 'stop', session, uid=USER)
        self.fail_with(NOT_AUTHORISED, 'report', session, uid=USER)
        self.fail_with(NOT_AUTHORISED, 'history', '1', uid=USER)
        self.fail_with(NOT_AUTHORISED, 'ignore', uid=USER)
        self.fail_with(NOT_AUTHORISED, 'ignore', '/bin/sh', uid=USER)
        self.fail_with(NOT_AUTHORISED, 'unignore', '/bin/sh', uid=USER)
        self.succeed('suspects', uid=USER)
        self.assertEqual(self.root.session_property(session, 'State'), 'recording')
        self.succeed('status', uid=USER)

    def test_ignore_takes_a_path_as_a_shell_does_and_says_which_it_was(self):
        program = os.path.join(self.folder, 'a program')
        link = os.path.join(self.folder, 'link')
        with open(program, 'wb') as file:
            file.write(b'\x7fELF')
        os.symlink('a program', link)
        real = os.path.realpath(program)
        self.assertEqual(self.succeed('ignore', os.path.relpath(link)),
                         f'ignored from now on: {real}\n')
        self.assertEqual(self.succeed('ignore', link), f'ignored already: {real}\n')
        self.assertEqual(self.succeed('ignore'), f'{real}\n')
        self.assertEqual(json.loads(self.succeed('ignore', '--list', '--json')),
                         {'ignored': [real]})
        self.assertEqual(json.loads(self.succeed('unignore', link, '--json')),
                         {'unignored': [real]})
        self.fail_with(USAGE, 'unignore', link, mentions=[link])
        self.assert_nothing_ignored()

    def assert_nothing_ignored(self):
        result = self.assert_status(SUCCESS, 'ignore')
        self.assertEqual((result.stdout, result.stderr), ('', 'Nothing is ignored.\n'))

    def test_ignoring_an_interpreter_warns_and_tells_how_many_run_it(self):
        result = self.assert_status(SUCCESS, 'ignore', '--pid', str(os.getpid()))
        self.assertIn('is an interpreter', result.stderr)
        self.assertRegex(result.stdout,
                         r'^ignored from now on: .*python.* \(\d+ process(es)? runs? it\)\n$')

    def test_what_cannot_be_ignored_is_named(self):
        missing = os.path.join(self.folder, 'missing')
        self.fail_with(FAILED, 'ignore', missing, mentions=[missing])
        self.fail_with(FAILED, 'ignore', self.folder, mentions=[self.folder])
        self.fail_with(FAILED, 'ignore', '--pid', str(unused_pid()), mentions=[unused_pid()])
        self.assert_nothing_ignored()

    def test_a_suspicion_that_is_not_there_is_a_failure(self):
        self.fail_with(FAILED, 'suspects', '4711', mentions=['4711'])
        self.assertEqual(json.loads(self.succeed('suspects', '--json')), [])
        self.assertIn('Nothing is suspected', self.succeed('suspects'))

    def test_json_is_the_same_for_every_command(self):
        session = self.root.start()
        for arguments in (['status'], ['report', session], ['stats', '1'], ['suspects'], ['ignore'],
                          ['stop', session]):
            with self.subTest(arguments=arguments):
                json.loads(self.succeed(*arguments, '--json'))


@harness.beside_others
class OtherClients(harness.ServiceTest):
    """The tools that every system with a bus has, used as the README shows."""

    def test_busctl_starts_reads_and_stops_a_session(self):
        target = self.target('eventfd-leak', 1000)
        manager = ('org.memsnoop1', '/org/memsnoop1', 'org.memsnoop1.Manager')
        started = self.command('busctl', 'call', *manager, 'Start', 'a{sv}', '1', 'linger', 'b',
                               'true')
        self.assertEqual(started.returncode, 0, started)
        session = started.stdout.split('"')[1]
        target.do('go', 'opened')
        stats = self.command('busctl', '--json=short', 'call', *manager, 'GetProcessStats', 'u',
                             str(target.pid))
        kernel = json.loads(stats.stdout)['data'][0]['kernel']['data']
        self.assertGreaterEqual(kernel['alloc-count']['data'], 1000)
        tree = self.command('busctl', 'tree', '--list', 'org.memsnoop1').stdout
        self.assertIn(session, tree.split())
        self.assertEqual(
            self.command('busctl', 'call', *manager, 'Stop', 'o', session).returncode, 0)

    def test_gdbus_starts_reads_and_stops_a_session(self):
        call = ('gdbus', 'call', '--system', '--dest', 'org.memsnoop1', '--object-path',
                '/org/memsnoop1', '--method')
        started = self.command(*call, 'org.memsnoop1.Manager.Start', "{'linger': <true>}")
        self.assertEqual(started.returncode, 0, started)
        session = started.stdout.split("'")[1]
        report = self.command(*call, 'org.memsnoop1.Manager.GetReport', session, 'text', '{}')
        self.assertEqual(report.returncode, 0, report)
        self.assertIn('KiB', report.stdout)
        introspected = self.command('gdbus', 'introspect', '--system', '--dest', 'org.memsnoop1',
                                    '--object-path', '/org/memsnoop1')
        for signal_name in ('LeakSuspected', 'AnomalyDetected'):
            self.assertIn(signal_name, introspected.stdout)
        self.assertEqual(
            self.command(*call, 'org.memsnoop1.Manager.Stop', session).returncode, 0)


if __name__ == '__main__':
    harness.main()
