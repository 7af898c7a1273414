# SPDX-License-Identifier: GPL-2.0-or-later
"""Processes that fork, execute, exit, and follow each other under one pid."""

import time

import caller
import harness
from harness import OTHER_USER
from target import start_time_of

# What one open eventfd holds at least: the file and its context.
FILE_BYTES = 192 + 64


class ProcessIdentity(harness.ServiceTest):
    """A process is its pid and its start time."""

    def setUp(self):
        super().setUp()
        self.session = None

    def record(self, **options):
        self.session = self.root.start(**options)

    def rows(self, **options):
        """The processes of a fresh report."""
        return self.fresh_report(self.session, limit=0, **options)['processes']

    def rows_of(self, pid):
        return [row for row in self.rows() if row['pid'] == pid]

    def test_a_process_that_exits_keeps_its_last_figures_in_the_report(self):
        target = self.target('eventfd-leak', 1000)
        self.record()
        target.do('go', 'opened')
        running = self.rows_of(target.pid)[0]
        target.end()
        row = self.rows_of(target.pid)[0]
        self.assertGreater(row['exited-at'], row['start-time'])
        self.assertEqual(row['comm'], 'eventfd-leak')
        self.assertGreaterEqual(row['peak-bytes'], running['current-bytes'])
        self.assertLess(row['current-bytes'], running['current-bytes'] / 4)
        stats = self.root.stats(target.pid)
        self.assertEqual(stats['kernel']['alloc-count'], row['alloc-count'])
        self.assertNotIn('memory', stats)

    @harness.once
    def test_a_process_that_is_killed_keeps_its_last_figures_in_the_report(self):
        target = self.target('eventfd-leak', 1000)
        self.record()
        target.do('go', 'opened')
        target.kill()
        self.wait_until(lambda: self.rows_of(target.pid)[0]['exited-at'] > 0,
                        'the report knows of the exit')
        self.assertGreaterEqual(self.rows_of(target.pid)[0]['alloc-count'], 3000)

    def test_what_a_child_allocates_is_the_childs(self):
        target = self.target('process-life', 500)
        self.record()
        child = target.do('fork')['child']
        parent_row = self.rows_of(target.pid)[0]
        child_row = self.rows_of(child)[0]
        self.assertGreaterEqual(child_row['current-bytes'], 500 * FILE_BYTES)
        self.assertLess(parent_row['current-bytes'], 500 * FILE_BYTES)
        self.assertEqual(child_row['parent-pid'], target.pid)

    def test_a_session_of_a_process_follows_its_children(self):
        target = self.target('process-life', 100)
        self.record(pids=[target.pid])
        child = target.do('fork')['child']
        self.assertEqual({row['pid'] for row in self.rows()}, {target.pid, child})

    def test_a_session_of_a_process_leaves_its_children_out_when_asked_to(self):
        target = self.target('process-life', 100)
        self.record(pids=[target.pid], follow=False)
        target.do('allocate')
        child = target.do('fork')['child']
        self.assertEqual({row['pid'] for row in self.rows()}, {target.pid})
        self.assert_refused(caller.UNKNOWN_PROCESS, self.root.report, self.session, pid=child,
                            mentions=[child])

    def test_a_process_that_executes_another_program_goes_on_under_its_name(self):
        target = self.target('process-life', 300)
        self.record()
        target.do('allocate')
        before = self.rows_of(target.pid)[0]
        target.order('exec')
        target.await_phase('ready')
        target.do('allocate')
        rows = self.rows_of(target.pid)
        self.assertEqual(len(rows), 1)
        self.assertEqual(rows[0]['start-time'], before['start-time'])
        self.assertEqual((before['comm'], rows[0]['comm']), ('process-life', 'process-afterli'))
        self.assertTrue(rows[0]['exe'].endswith('/process-afterlife'), rows[0])
        self.assertGreaterEqual(rows[0]['current-bytes'], 600 * FILE_BYTES)

    @harness.needs('chosen-pid')
    def test_two_processes_that_have_the_same_pid_are_two(self):
        target = self.target('pid-reuse', 100, 400)
        self.record()
        child = target.do('go', 'first')['child']
        target.do('end', 'ended')
        target.do('again', 'second')
        # The target tried which pid is free with one more process, before the two.
        rows = sorted(self.rows_of(child), key=lambda row: row['start-time'])
        first, second = rows[-2:]
        self.assertGreater(first['exited-at'], 0, rows)
        self.assertLess(first['current-bytes'], 100 * FILE_BYTES)
        self.assertEqual(second['exited-at'], 0, rows)
        self.assertGreaterEqual(second['current-bytes'], 400 * FILE_BYTES)
        kernel = self.root.stats(child)['kernel']
        self.assertEqual(kernel['alloc-count'], second['alloc-count'])

    def test_stats_tell_who_the_process_is(self):
        target = self.target('identity', f'--uids={OTHER_USER},{OTHER_USER},{OTHER_USER}')
        stats = self.root.stats(target.pid)
        self.assertEqual(stats['pid'], target.pid)
        self.assertEqual(stats['comm'], 'identity')
        self.assertTrue(stats['exe'].endswith('/tests/targets/identity'), stats['exe'])
        self.assertEqual(stats['uid'], OTHER_USER)
        ticks = start_time_of(target.pid)
        self.assertEqual(stats['start-time'] // 10_000_000, ticks)
        self.assertLess(stats['start-time'], time.clock_gettime_ns(time.CLOCK_BOOTTIME))

    def test_a_name_that_is_not_text_appears_with_its_bytes_in_hexadecimal(self):
        # a, a byte that is no text, b, a line feed, escape, [
        target = self.target('identity', '--name=61ff620a1b5b')
        self.record()
        target.do('go', 'opened')
        for_programs = 'a\\xffb\n\x1b['
        self.assertEqual(self.rows_of(target.pid)[0]['comm'], for_programs)
        text = self.root.report(self.session, 'text', limit=0)
        self.assertIn('a\\xffb\\x0a\\x1b[', text)
        self.assertNotIn('\x1b', text)

    def test_stats_and_rows_show_a_name_that_is_not_text_with_its_bytes(self):
        # An e with an accent, and the half of one.
        target = self.target('identity', '--name=c3a9c3')
        self.assertEqual(self.root.stats(target.pid)['comm'], 'é\\xc3')
        row = next(row for row in self.root.processes() if row['pid'] == target.pid)
        self.assertEqual(row['comm'], 'é\\xc3')


if __name__ == '__main__':
    harness.main()
