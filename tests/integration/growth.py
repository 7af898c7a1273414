# SPDX-License-Identifier: GPL-2.0-or-later
"""Recording where programs get their pages, on programs of known truth."""

import json
import os
import subprocess
import tempfile
import time

import bus_contract
import caller
import harness

GROWTH = {'since': 't', 'faults': 't', 'bytes': 't', 'kernel-bytes': 't', 'swap-bytes': 't',
          'size-histogram': 'a(tt)', 'last-thread': 'u', 'sites': 'aa{sv}', 'sites-age': 't',
          'lost': 't', 'exact': 'b'}

# Maps memory by itself, and touches it in a function of its own.
ARENA = '''
import mmap, sys

def fill_arena(n):
    arena = mmap.mmap(-1, n * 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    arena.madvise(15)   # MADV_NOHUGEPAGE
    for page in range(n):
        arena[page * 4096] = 1
    return arena

kept = [fill_arena(1)]
print('ready', flush=True)
for line in sys.stdin:
    kept.append(fill_arena(int(line)))
    print('done', flush=True)
'''


@harness.beside_others
class Growth(harness.ServiceTest):
    """With a program whose new pages are known."""

    def start(self, *pids, **options):
        options.setdefault('sources', ['growth'])
        return self.root.start(pids=list(pids), **options)

    def control(self, *arguments):
        result = self.memsnoopctl(*arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def last(self, session, pid):
        """The growth of a process in the last figures of a session, which this ends."""
        self.root.stop(session)
        report = json.loads(self.root.report(session, 'json', limit=0))
        return next(growth for growth in report['growth'] if growth['pid'] == pid)

    def bytes_of(self, growth, function):
        return sum(site['bytes'] for site in growth['sites']
                   if any(frame.startswith(function + ' ') for frame in site['frames']))

    def test_new_pages_are_exact_and_the_function_that_touches_them_is_named(self):
        target = self.target('growth-pages')
        session = self.start(target.pid)
        truth = target.do('touch', 'done')
        growth = self.last(session, target.pid)
        self.assertEqual(growth['bytes'], int(truth['bytes']))
        self.assertEqual(growth['faults'], int(truth['faults']))
        self.assertEqual(self.bytes_of(growth, 'touch_pages'), int(truth['bytes']))
        self.assertTrue(growth['exact'], growth)
        self.assertEqual(growth['lost'], 0)

    def test_every_form_of_report_and_of_export_names_the_function(self):
        target = self.target('growth-pages')
        session = self.start(target.pid)
        truth = target.do('touch', 'done')
        self.last(session, target.pid)
        text = self.root.report(session, 'text')
        self.assertIn('Growth of growth-pages', text)
        self.assertIn('touch_pages', text)
        # A compiler may make several places of the one that touches them.
        lines = [line for line in self.root.report(session, 'folded').splitlines()
                 if 'touch_pages' in line]
        for line in lines:
            self.assertRegex(line, r';\[growth\];.*;main .*;touch_pages .* \d+$')
        self.assertEqual(sum(int(line.rsplit(' ', 1)[1]) for line in lines), int(truth['bytes']))
        with tempfile.TemporaryFile() as file:
            for form in ('pprof', 'folded', 'json'):
                file.truncate(0)
                self.root.export(session, form, file.fileno())
                self.assertGreater(os.fstat(file.fileno()).st_size, 100)

    def test_statistics_have_it_in_the_documented_types(self):
        target = self.target('growth-pages')
        self.assertNotIn('growth', self.root.stats(target.pid))
        session = self.start(target.pid)
        truth = target.do('read', 'done')
        reply = self.root.connection.call_sync(
            caller.NAME, caller.PATH, caller.MANAGER, 'GetProcessStats',
            caller.GLib.Variant('(u)', (target.pid,)), None, 0, 10000, None)
        growth = reply.get_child_value(0).lookup_value('growth', None)
        types = bus_contract.types_of(growth)
        self.assertEqual({key: types.get(key) for key in GROWTH}, GROWTH)
        stats = self.root.stats(target.pid)['growth']
        self.assertEqual(stats['bytes'], int(truth['bytes']))
        self.assertEqual(stats['kernel-bytes'], int(truth['bytes']))
        self.root.stop(session)
        self.assertNotIn('growth', self.root.stats(target.pid))

    def test_sessions_share_the_recording_and_the_last_detaches_everything(self):
        target = self.target('growth-pages')
        first = self.start(target.pid)
        objects = self.daemon.bpf_objects()
        truth = target.do('touch', 'done')
        second = self.start(target.pid)
        self.assertEqual(self.daemon.bpf_objects(), objects)
        self.root.stop(first)
        growth = self.last(second, target.pid)
        self.assertEqual(growth['bytes'], int(truth['bytes']))
        self.assertEqual(self.daemon.bpf_objects(), set())

    def test_it_is_recorded_beside_the_heap_and_the_kernel(self):
        target = self.target('growth-pages')
        session = self.start(target.pid, sources=['kernel', 'heap', 'growth'])
        truth = target.do('threads', 'done')
        self.assertEqual(self.root.session_property(session, 'Sources'),
                         ['kernel', 'heap', 'growth'])
        growth = self.last(session, target.pid)
        self.assertEqual(self.bytes_of(growth, 'thread_pages'), int(truth['bytes']))
        report = json.loads(self.root.report(session, 'json'))
        self.assertEqual([heap['pid'] for heap in report['heaps']], [target.pid])
        self.assertIn('recording', report)

    def test_pages_touched_in_a_call_that_is_probed_have_their_whole_stack(self):
        target = self.target('heap-leak', 4000, 8000)
        session = self.start(target.pid, sources=['heap', 'growth'])
        target.do('go', 'done')
        growth = self.last(session, target.pid)
        # malloc() writes the size of what is left behind each block; nobody touches the blocks.
        self.assertGreater(growth['bytes'], 15_000_000)
        for function in ('serve', 'main'):
            self.assertGreater(self.bytes_of(growth, function), growth['bytes'] * 9 // 10,
                               growth['sites'])

    def test_another_programs_pages_and_childrens_do_not_count(self):
        target, other = self.target('growth-pages'), self.target('growth-pages')
        session = self.start(target.pid)
        other.do('touch', 'done')
        truth = target.do('fork', 'done')
        growth = self.last(session, target.pid)
        self.assertEqual(growth['bytes'], int(truth['bytes']))

    def test_memory_that_a_program_maps_itself_counts_in_any_language(self):
        program = subprocess.Popen(['/usr/bin/python3', '-c', ARENA], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(program.wait)
        self.addCleanup(program.kill)
        program.stdout.readline()
        session = self.start(program.pid)
        program.stdin.write('2000\n')
        program.stdin.flush()
        program.stdout.readline()
        growth = self.last(session, program.pid)
        self.assertGreaterEqual(growth['bytes'], 2000 * 4096)
        self.assertLess(growth['bytes'], 2100 * 4096)
        self.assertEqual(self.root.session_property(session, 'State'), 'stopped')
        program.stdin.close()
        program.stdout.close()

    def test_the_command_line_records_shows_and_compares_it(self):
        target = self.target('growth-pages')
        started = self.control('start', '--growth', str(target.pid)).stdout.strip()
        with tempfile.TemporaryDirectory() as folder:
            before, after = (os.path.join(folder, name) for name in ('before', 'after'))
            self.control('export', started, '-f', 'json', '-o', before)
            truth = target.do('touch', 'done')
            self.assertIn('Growth', self.control('stats', str(target.pid)).stdout)
            self.control('stop', started)
            self.control('export', started, '-f', 'json', '-o', after)
            self.assertIn('touch_pages', self.control('report', started).stdout)
            compared = self.control('diff', before, after, '--json').stdout
            change = json.loads(compared)['changes'][0]
            self.assertEqual(change['change-bytes'], int(truth['bytes']))
            self.control('flame', after, '-o', os.path.join(folder, 'page.html'))
        self.assertRegex(self.control('status').stdout, r'Growth +can be recorded')

    @harness.once
    def test_what_it_costs_is_told(self):
        target = self.target('growth-pages')
        session = self.start(target.pid)
        self.assertEqual(self.cost(session), 0)
        end = time.monotonic() + 30
        while self.cost(session) == 0 and time.monotonic() < end:
            target.do('touch', 'done')
            time.sleep(0.01)
        busy = self.cost(session)
        self.assertGreater(busy, 0)
        self.assertLess(busy, 1)
        self.assertRegex(self.control('status').stdout, '% of a core at tracepoints')
        self.wait_until(lambda: self.cost(session) < busy / 2, 'nothing is left to cost', 30)
        self.root.stop(session)
        self.assertLess(self.cost(session), busy / 2)

    def cost(self, session):
        return self.root.session_property(session, 'CpuCost')

    def test_what_is_no_target_is_refused(self):
        self.assert_refused(caller.INVALID_ARGUMENTS, self.root.start, sources=['growth'],
                            mentions=['pids'])
        self.assert_refused(caller.NOT_SUPPORTED, self.start, self.daemon.pid,
                            mentions=[self.daemon.pid])


if __name__ == '__main__':
    harness.main()
