# SPDX-License-Identifier: GPL-2.0-or-later
"""Bad input gets an error that says what was wrong, and changes nothing."""

import glob

import caller
import harness
from caller import GLib
from target import unused_pid

FOUR_BILLION = 4_000_000_000


@harness.beside_others
class BadStart(harness.ServiceTest):
    """Options of Start."""

    def tearDown(self):
        self.assert_nothing_recorded()

    def refused(self, error, mentions, **options):
        return self.assert_refused(error, self.root.start, mentions=mentions, **options)

    def test_an_unknown_option_is_refused_by_its_name(self):
        self.refused(caller.INVALID_ARGUMENTS, ['colour'], colour=GLib.Variant('s', 'red'))

    def test_an_option_of_the_wrong_type_is_refused_with_the_right_one(self):
        for key, variant, right in (
                ('sources', GLib.Variant('s', 'kernel'), 'as'),
                ('pids', GLib.Variant('ai', [1]), 'au'),
                ('pids', GLib.Variant('u', 1), 'au'),
                ('follow', GLib.Variant('s', 'yes'), 'b'),
                ('duration', GLib.Variant('i', 5), 'u'),
                ('duration', GLib.Variant('t', 5), 'u'),
                ('linger', GLib.Variant('u', 1), 'b'),
                ('keep', GLib.Variant('d', 1), 'u'),
                ('map-memory', GLib.Variant('u', 1 << 26), 't'),
                ('cpu-budget', GLib.Variant('u', 0), 'd')):
            with self.subTest(key=key, given=variant.get_type_string()):
                self.refused(caller.INVALID_ARGUMENTS,
                             [key, f'“{right}”', f'“{variant.get_type_string()}”'],
                             **{key: variant})

    def test_an_empty_list_of_sources_is_refused(self):
        self.refused(caller.INVALID_ARGUMENTS, ['sources', 'kernel'], sources=[])

    def test_a_repeated_source_is_refused(self):
        self.refused(caller.INVALID_ARGUMENTS, ['sources', 'kernel'],
                     sources=['kernel', 'kernel'])

    def test_an_unknown_source_is_refused_with_those_that_exist(self):
        self.refused(caller.INVALID_ARGUMENTS, ['stack', 'kernel', 'heap', 'growth'],
                     sources=['stack'])

    def test_a_process_that_does_not_exist_is_refused_by_its_pid(self):
        pid = unused_pid()
        self.refused(caller.UNKNOWN_PROCESS, [pid], pids=[pid])
        self.refused(caller.UNKNOWN_PROCESS, [FOUR_BILLION], pids=[FOUR_BILLION])

    def test_one_bad_process_among_good_ones_refuses_them_all(self):
        target = self.target('eventfd-leak')
        pid = unused_pid()
        self.refused(caller.UNKNOWN_PROCESS, [pid], pids=[target.pid, pid])

    def test_process_zero_and_a_repeated_process_are_refused(self):
        target = self.target('eventfd-leak')
        self.refused(caller.INVALID_ARGUMENTS, ['pids', 0], pids=[0])
        self.refused(caller.INVALID_ARGUMENTS, ['pids', target.pid],
                     pids=[target.pid, target.pid])

    def test_a_thread_that_is_not_a_process_is_refused(self):
        target = self.target('saturate', 1, 1)
        threads = [int(path.rsplit('/', 1)[1])
                   for path in glob.glob(f'/proc/{target.pid}/task/*')]
        thread = next(number for number in threads if number != target.pid)
        self.refused(caller.UNKNOWN_PROCESS, [thread], pids=[thread])

    def test_a_kernel_thread_is_refused_by_its_pid(self):
        self.refused(caller.INVALID_ARGUMENTS, [2, 'kernel thread'], pids=[2])

    def test_too_many_processes_are_refused_with_the_limit(self):
        self.refused(caller.INVALID_ARGUMENTS, ['pids', 256], pids=list(range(1, 301)))

    def test_a_duration_beyond_the_limit_is_refused_with_the_limit(self):
        self.refused(caller.INVALID_ARGUMENTS, ['duration', 604801, 604800], duration=604801)
        self.refused(caller.INVALID_ARGUMENTS, ['duration', FOUR_BILLION], duration=FOUR_BILLION)

    def test_keeping_figures_beyond_the_limit_is_refused_with_the_limit(self):
        self.refused(caller.INVALID_ARGUMENTS, ['keep', 86401, 86400], keep=86401)

    def test_map_memory_out_of_its_range_is_refused_with_the_range(self):
        for given in (0, 1, (4 << 20) - 1, (4 << 30) + 1, (1 << 64) - 1):
            with self.subTest(given=given):
                self.refused(caller.INVALID_ARGUMENTS, ['map-memory', given], map_memory=given)

    def test_options_of_the_heap_are_refused_for_the_kernel(self):
        self.refused(caller.INVALID_ARGUMENTS, ['sample-interval'], sample_interval=1024)
        self.refused(caller.INVALID_ARGUMENTS, ['stack-depth'], stack_depth=16)
        self.refused(caller.INVALID_ARGUMENTS, ['cpu-budget'], cpu_budget=0.5)
        self.refused(caller.INVALID_ARGUMENTS, ['cpu-budget'], cpu_budget=float('nan'))

    def test_wrong_arguments_are_refused(self):
        self.assert_refused(caller.INVALID_ARGUMENTS, self.root.call, 'Start',
                            GLib.Variant('(s)', ('kernel',)))
        self.assert_refused(caller.INVALID_ARGUMENTS, self.root.call, 'GetProcessStats',
                            GLib.Variant('(i)', (1,)))

    def test_a_method_that_does_not_exist_is_refused(self):
        self.assert_refused(caller.FREEDESKTOP + 'UnknownMethod', self.root.call, 'Restart')


@harness.beside_others
class BadRequest(harness.ServiceTest):
    """Everything else, while a session goes on undisturbed."""

    def setUp(self):
        super().setUp()
        self.session = self.root.start()
        self.before = self.root.sessions()

    def tearDown(self):
        self.assertEqual(self.root.sessions(), self.before)
        self.assertEqual(self.root.session_property(self.session, 'State'), 'recording')

    def test_a_path_that_is_no_session_is_refused_by_its_name(self):
        for path in ('/', '/org/memsnoop1', '/org/memsnoop1/session/99',
                     '/org/memsnoop1/session/x', '/org/memsnoop1/session', '/a' * 500):
            with self.subTest(path=path):
                self.assert_refused(caller.NO_SUCH_SESSION, self.root.stop, path)
                self.assert_refused(caller.NO_SUCH_SESSION, self.root.report, path)

    def test_a_report_format_that_does_not_exist_is_refused_with_those_that_do(self):
        for form in ('yaml', '', 'TEXT', 'folded\n'):
            with self.subTest(form=form):
                self.assert_refused(caller.INVALID_ARGUMENTS, self.root.report, self.session,
                                    form, mentions=['text', 'json'])

    def test_a_sort_key_that_does_not_exist_is_refused_with_those_that_do(self):
        self.assert_refused(
            caller.INVALID_ARGUMENTS, self.root.report, self.session, sort='name',
            mentions=['name', 'current-bytes', 'peak-bytes', 'alloc-bytes', 'alloc-count', 'churn',
                      'internal-fragmentation'])
        self.assert_refused(
            caller.INVALID_ARGUMENTS, self.root.processes, sort='name',
            mentions=['name', 'rss-anon', 'rss-file', 'rss-shmem', 'swap', 'kernel.current-bytes'])

    def test_an_unknown_option_of_a_report_or_a_list_is_refused_by_its_name(self):
        colour = GLib.Variant('s', 'red')
        self.assert_refused(caller.INVALID_ARGUMENTS, self.root.report, self.session,
                            colour=colour, mentions=['colour'])
        self.assert_refused(caller.INVALID_ARGUMENTS, self.root.processes, colour=colour,
                            mentions=['colour'])
        self.assert_refused(caller.INVALID_ARGUMENTS, self.root.processes,
                            limit=GLib.Variant('i', 3), mentions=['limit', '“u”'])

    def test_a_limit_of_four_billion_gives_what_there_is(self):
        report = self.root.report(self.session, 'text', limit=FOUR_BILLION)
        self.assertLess(len(report), 4 << 20)
        self.assertGreater(len(report), 100)
        rows = self.root.processes(limit=FOUR_BILLION)
        self.assertGreater(len(rows), 3)
        self.assertEqual(len(self.root.processes(limit=2)), 2)

    def test_a_report_on_a_process_that_is_not_in_the_session_is_refused(self):
        pid = unused_pid()
        self.assert_refused(caller.UNKNOWN_PROCESS, self.root.report, self.session, pid=pid,
                            mentions=[pid])

    def test_statistics_of_a_process_that_does_not_exist_are_refused_by_its_pid(self):
        for pid in (unused_pid(), FOUR_BILLION, 0):
            with self.subTest(pid=pid):
                self.assert_refused(caller.UNKNOWN_PROCESS, self.root.stats, pid, mentions=[pid])

    def test_properties_cannot_be_written(self):
        for path, interface, name in ((caller.PATH, caller.MANAGER, 'Version'),
                                      (self.session, caller.SESSION, 'State')):
            before = self.root.property(name, path, interface)
            arguments = GLib.Variant('(ssv)', (interface, name, GLib.Variant('s', 'other')))
            with self.assertRaises(caller.BusError):
                self.root.call('Set', arguments, path=path, interface=caller.PROPERTIES)
            self.assertEqual(self.root.property(name, path, interface), before)

    def test_a_method_of_another_interface_is_refused(self):
        with self.assertRaises(caller.BusError):
            self.root.call('Start', interface='org.memsnoop1.Other')


if __name__ == '__main__':
    harness.main()
