# SPDX-License-Identifier: GPL-2.0-or-later
"""Recording the heaps of programs, on programs of known truth."""

import gzip
import json
import os
import signal
import subprocess
import tempfile
import time

import bus_contract
import caller
import daemon
import harness
import machine
from harness import OTHER_USER, USER
from target import unused_pid

HEAP = {'since': 't', 'alloc-count': 't', 'free-count': 't', 'alloc-bytes': 't', 'free-bytes': 't',
        'requested-bytes': 't', 'current-bytes': 't', 'peak-bytes': 't', 'churn': 'd',
        'size-histogram': 'a(tt)', 'recent-sizes': 'at', 'last-thread': 'u', 'history': 'a(tt)',
        'sites': 'aa{sv}', 'sites-age': 't', 'lost': 't', 'exact': 'b'}

BLOCKS = 1000
SIZE = 100


class HeapTest(harness.ServiceTest):
    """With a program that leaks, unless a test says otherwise."""

    def start(self, *targets, client=None, **options):
        options.setdefault('sources', ['heap'])
        return (client or self.root).start(pids=[target.pid for target in targets], **options)

    def fresh_heaps(self, session, *pids, **options):
        """The heaps of processes in a report on figures that are read after this call."""
        asked = time.clock_gettime_ns(time.CLOCK_BOOTTIME)

        def look():
            report = json.loads(self.root.report(session, 'json', limit=0, **options))
            heaps = [next(heap for heap in report['heaps'] if heap['pid'] == pid) for pid in pids]
            return heaps if all(heap['taken-at'] > asked for heap in heaps) else None
        return self.wait_until(look, 'the report has new figures')

    def fresh_heap(self, session, pid, **options):
        """As fresh_heaps(), of one process."""
        return self.fresh_heaps(session, pid, **options)[0]

    def live_of(self, heap, function):
        """Live bytes and blocks of the call stacks with this function."""
        sites = [site for site in heap['sites']
                 if any(frame.startswith(function + ' ') for frame in site['frames'])]
        return (sum(site['bytes'] for site in sites), sum(site['count'] for site in sites))


@harness.beside_others
class Recording(HeapTest):
    """What a session tells."""

    def test_live_bytes_and_blocks_are_exact_and_the_leaking_function_is_named(self):
        target = self.target('heap-leak', BLOCKS, SIZE)
        session = self.start(target)
        target.do('go', 'done')
        heap = self.fresh_heap(session, target.pid)
        self.assertEqual(heap['current-bytes'], BLOCKS * SIZE)
        self.assertEqual(heap['current-count'], BLOCKS)
        self.assertEqual(heap['alloc-count'], 2 * BLOCKS)
        self.assertEqual(heap['free-count'], BLOCKS)
        self.assertTrue(heap['exact'], heap)
        self.assertEqual(self.live_of(heap, 'leak_block'), (BLOCKS * SIZE, BLOCKS))
        self.assertEqual(self.live_of(heap, 'serve'), (BLOCKS * SIZE, BLOCKS))
        self.assertEqual(self.live_of(heap, 'main'), (BLOCKS * SIZE, BLOCKS))
        self.assertEqual(self.live_of(heap, 'use_block'), (0, 0))
        target.do('free', 'done')
        heap = self.fresh_heap(session, target.pid)
        self.assertEqual(heap['current-bytes'], BLOCKS * SIZE // 2)
        self.assertEqual(self.live_of(heap, 'leak_block'), (BLOCKS * SIZE // 2, BLOCKS // 2))
        self.assertEqual(heap['peak-bytes'], (BLOCKS + 1) * SIZE)

    def test_every_form_of_report_names_the_leak(self):
        target = self.target('heap-leak', BLOCKS, SIZE)
        session = self.start(target)
        target.do('go', 'done')
        self.fresh_heap(session, target.pid)
        text = self.root.report(session, 'text')
        self.assertIn('leak_block', text)
        self.assertIn('heap-leak', text)
        folded = self.root.report(session, 'folded')
        line = next(line for line in folded.splitlines() if 'leak_block' in line)
        self.assertTrue(line.endswith(f' {BLOCKS * SIZE}'), folded)
        self.assertRegex(line, r';main .*;serve .*;leak_block .*')

    def test_statistics_and_lists_have_the_heap(self):
        target = self.target('heap-leak', BLOCKS, SIZE)
        self.assertNotIn('heap', self.root.stats(target.pid))
        session = self.start(target)
        target.do('go', 'done')
        self.fresh_heap(session, target.pid)
        heap = self.root.stats(target.pid)['heap']
        self.assertEqual(heap['current-bytes'], BLOCKS * SIZE)
        self.assertEqual(heap['alloc-count'], 2 * BLOCKS)
        self.assertTrue(heap['exact'])
        self.assertTrue(any(frame.startswith('leak_block ')
                            for frame in heap['sites'][0]['frames']), heap['sites'])
        row = self.root.processes(sort='heap.current-bytes', limit=1)[0]
        self.assertEqual((row['pid'], row['heap.current-bytes']), (target.pid, BLOCKS * SIZE))
        self.root.stop(session)
        self.assertNotIn('heap', self.root.stats(target.pid))

    def test_the_statistics_have_the_documented_types(self):
        target = self.target('heap-leak', BLOCKS, SIZE)
        session = self.start(target)
        target.do('go', 'done')
        self.fresh_heap(session, target.pid)
        reply = self.root.connection.call_sync(
            caller.NAME, caller.PATH, caller.MANAGER, 'GetProcessStats',
            caller.GLib.Variant('(u)', (target.pid,)), None, 0, 10000, None)
        stats = reply.get_child_value(0)
        heap = stats.lookup_value('heap', None)
        types = bus_contract.types_of(heap)
        self.assertEqual({key: types.get(key) for key in HEAP}, HEAP)
        site = bus_contract.types_of(heap.lookup_value('sites', None).get_child_value(0))
        self.assertEqual({key: site.get(key) for key in ('bytes', 'count', 'frames')},
                         {'bytes': 't', 'count': 't', 'frames': 'as'})

    def test_several_processes_are_one_session_and_each_can_be_asked_for(self):
        targets = [self.target('heap-leak', count, SIZE) for count in (10, 20, 30)]
        session = self.start(*targets)
        for target in targets:
            target.do('go', 'done')
        heaps = self.fresh_heaps(session, *(target.pid for target in targets))
        self.assertEqual([heap['current-bytes'] for heap in heaps],
                         [count * SIZE for count in (10, 20, 30)])
        alone = json.loads(self.root.report(session, 'json', pid=targets[1].pid))
        self.assertEqual([heap['pid'] for heap in alone['heaps']], [targets[1].pid])
        self.assert_refused(caller.UNKNOWN_PROCESS, self.root.report, session, 'json',
                            pid=os.getpid(), mentions=[os.getpid()])

    def test_the_properties_are_sums_and_say_what_is_recorded(self):
        targets = [self.target('heap-leak', BLOCKS, SIZE) for _ in range(2)]
        session = self.start(*targets, map_memory=16 << 20)
        for target in targets:
            target.do('go', 'done')
        properties = self.root.objects()[session][caller.SESSION]
        self.assertEqual(properties['Sources'], ['heap'])
        self.assertEqual(properties['Pids'], [target.pid for target in targets])
        self.root.stop(session)
        properties = self.root.objects()[session][caller.SESSION]
        self.assertEqual(properties['State'], 'stopped')
        self.assertEqual(properties['EventsSeen'], 2 * 3 * BLOCKS)
        self.assertEqual(properties['EventsLost'], 0)
        self.assertEqual(properties['LiveEntries'], 2 * BLOCKS)
        self.assertGreater(properties['MemoryUsed'], 2 << 20)
        self.assertLess(properties['MemoryUsed'], 2 * 17 << 20)

    def test_the_kernel_and_a_heap_are_recorded_together(self):
        target = self.target('heap-leak', BLOCKS, SIZE)
        session = self.start(target, sources=['kernel', 'heap'])
        target.do('go', 'done')
        heap = self.fresh_heap(session, target.pid)
        self.assertEqual(heap['current-bytes'], BLOCKS * SIZE)
        report = json.loads(self.root.report(session, 'json'))
        self.assertEqual(report['scope']['pids'], [target.pid])
        self.assertGreater(report['recording']['events-seen'], 0)
        self.assertEqual(self.root.session_property(session, 'Sources'), ['kernel', 'heap'])

    def test_a_sample_estimates_the_heap(self):
        target = self.target('heap-leak', 100000, 1000)
        session = self.start(target, sample_interval=64 << 10)
        target.do('go', 'done')
        heap = self.fresh_heap(session, target.pid)
        live, _ = self.live_of(heap, 'leak_block')
        error = sum(site['standard-error'] ** 2 for site in heap['sites']) ** 0.5
        self.assertGreater(error, 0)
        self.assertLess(abs(live - 100_000_000), 6 * error)
        self.assertLess(error, 10_000_000)
        self.assertFalse(heap['exact'])
        self.assertEqual(heap['sample-interval'], 64 << 10)

    def test_the_depth_of_call_stacks_is_kept_to(self):
        target = self.target('heap-leak', BLOCKS, SIZE)
        session = self.start(target, stack_depth=2)
        target.do('go', 'done')
        heap = self.fresh_heap(session, target.pid)
        self.assertEqual(self.live_of(heap, 'leak_block'), (BLOCKS * SIZE, BLOCKS))
        self.assertEqual(self.live_of(heap, 'main'), (0, 0))


@harness.beside_others
class Life(HeapTest):
    """How recordings begin, are shared, and end."""

    def test_stop_detaches_everything(self):
        target = self.target('heap-leak', BLOCKS, SIZE)
        session = self.start(target)
        objects = self.daemon.bpf_objects()
        self.assertTrue(objects)
        target.do('go', 'done')
        self.root.stop(session)
        self.assertEqual(self.daemon.bpf_objects(), set())
        daemon.wait_until_gone(objects)
        report = json.loads(self.root.report(session, 'json'))
        self.assertEqual(report['heaps'][0]['current-bytes'], BLOCKS * SIZE)
        target.do('free', 'done')
        later = json.loads(self.root.report(session, 'json'))
        self.assertEqual(later['heaps'][0]['current-bytes'], BLOCKS * SIZE)

    def test_the_last_figures_of_a_busy_program_are_exact(self):
        target = self.target('heap-load', BLOCKS, 3)
        session = self.start(target)
        target.do('fill', 'done')
        target.order('go')
        time.sleep(0.5)
        self.root.stop(session)
        heap = json.loads(self.root.report(session, 'json'))['heaps'][0]
        # Blocks began and ended until the first probe was taken out, and none without the other.
        self.assertEqual(heap['losses']['unseen-frees'], 0, heap['losses'])
        self.assertTrue(heap['exact'])
        self.assertEqual(heap['current-count'], heap['alloc-count'] - heap['free-count'])

    def settled_objects(self):
        """Those of the recordings alone: during the first it is measured what a probe costs."""
        objects = None
        while objects != self.daemon.bpf_objects():
            objects = self.daemon.bpf_objects()
            time.sleep(0.5)
        return objects

    def test_two_sessions_share_the_recording_of_a_process(self):
        target = self.target('heap-leak', BLOCKS, SIZE)
        first = self.start(target)
        target.do('go', 'done')
        other = self.connect()
        second = self.start(target, client=other)
        heap = self.fresh_heap(second, target.pid)
        self.assertEqual(heap['current-bytes'], BLOCKS * SIZE)
        objects = self.settled_objects()
        self.root.stop(first)
        self.assertEqual(self.daemon.bpf_objects(), objects)
        target.do('free', 'done')
        heap = self.fresh_heap(second, target.pid)
        self.assertEqual(heap['current-bytes'], BLOCKS * SIZE // 2)
        other.stop(second)
        self.assertEqual(self.daemon.bpf_objects(), set())

    def test_two_users_record_one_process_and_each_ends_only_their_own_session(self):
        target = self.target('heap-leak', BLOCKS, SIZE, uid=USER)
        client = self.connect(uid=USER)
        session = self.start(target)
        own = self.start(target, client=client)
        target.do('go', 'done')
        self.assertEqual(self.fresh_heap(own, target.pid)['current-bytes'], BLOCKS * SIZE)
        self.assert_refused((caller.ACCESS_DENIED, caller.AUTHORIZATION_REQUIRED), client.stop,
                            session)
        client.stop(own)
        target.do('free', 'done')
        heap = self.fresh_heap(session, target.pid)
        self.assertEqual(heap['current-bytes'], BLOCKS * SIZE // 2)
        self.assertTrue(heap['exact'])
        self.root.stop(session)
        self.assertEqual(self.daemon.bpf_objects(), set())

    def test_the_recording_ends_with_its_caller(self):
        target = self.target('heap-leak')
        client = self.connect(uid=0)
        session = self.start(target, client=client)
        client.kill()
        self.wait_until(lambda: self.root.session_property(session, 'State') == 'stopped',
                        'the session of a killed caller stops', 10)
        self.assertEqual(self.daemon.bpf_objects(), set())
        target.do('go', 'done')

    def test_a_caller_that_leaves_while_its_session_starts_leaves_nothing(self):
        target = self.target('heap-leak')
        options = {'sources': ['heap'], 'pids': [target.pid]}
        for attempt in range(8):
            client = self.connect()
            client.connection.call(
                caller.NAME, caller.PATH, caller.MANAGER, 'Start',
                caller.GLib.Variant('(a{sv})', (caller.dictionary(options),)), None, 0, 5000, None,
                None)
            client.connection.flush_sync(None)
            time.sleep(attempt * 0.02)
            client.close()
        self.wait_until(lambda: self.root.running_sessions() == [], 'no session is left running')
        self.wait_until(lambda: not self.daemon.bpf_objects(), 'everything is detached')
        target.do('go', 'done')

    def test_a_process_that_exits_leaves_its_figures_and_the_session_goes_on(self):
        target = self.target('heap-leak', BLOCKS, SIZE)
        session = self.start(target)
        target.do('go', 'done')
        target.end()
        heap = self.wait_until(
            lambda: next(heap for heap in [self.fresh_heap(session, target.pid)]
                         if heap['exited-at'] > 0), 'the end of the process is seen', 20)
        self.assertEqual(heap['alloc-count'], 2 * BLOCKS)
        self.assertEqual(self.root.session_property(session, 'State'), 'recording')
        self.root.stop(session)
        self.assertEqual(self.daemon.bpf_objects(), set())

    def test_a_process_that_is_killed_while_its_session_starts_does_no_harm(self):
        for attempt in range(6):
            target = self.target('heap-leak')
            finished = []
            options = {'sources': ['heap'], 'pids': [target.pid]}
            self.root.call_async(
                'Start', caller.GLib.Variant('(a{sv})', (caller.dictionary(options),)),
                finished.append)
            time.sleep(attempt * 0.02)
            target.kill()
            self.iterate_until(lambda found=finished: found, 'Start is answered', 30)
            if isinstance(finished[0], caller.BusError):
                self.assertIn(finished[0].name, (caller.UNKNOWN_PROCESS, caller.NOT_SUPPORTED))
            else:
                self.root.stop(finished[0][0])
        self.assertEqual(self.daemon.bpf_objects(), set())

    def test_a_program_that_is_executed_begins_anew(self):
        target = self.target('heap-leak', BLOCKS, SIZE)
        session = self.start(target)
        target.do('go', 'done')
        target.order('exec')
        target.await_phase('ready')
        target.do('go', 'done')
        heap = self.fresh_heap(session, target.pid)
        # With the array of pointers that it makes at its beginning.
        self.assertEqual(heap['current-bytes'], BLOCKS * SIZE + BLOCKS * 8)
        self.assertEqual(heap['current-count'], BLOCKS + 1)
        self.assertEqual(heap['alloc-count'], 2 * BLOCKS + 1)
        # By the name under which it was executed, /proc/self/exe.
        self.assertEqual(heap['comm'], 'exe')

    def test_what_a_child_allocates_is_not_in_its_parents_figures(self):
        target = self.target('heap-leak', BLOCKS, SIZE)
        session = self.start(target)
        target.do('child', 'done')
        heap = self.fresh_heap(session, target.pid)
        self.assertEqual(self.live_of(heap, 'leak_block'), (0, 0))

    def test_a_session_has_all_that_it_asked_for_or_nothing(self):
        target = self.target('heap-leak')
        self.assert_refused((caller.NOT_SUPPORTED, caller.INVALID_ARGUMENTS), self.root.start,
                            sources=['kernel', 'heap'], pids=[target.pid, self.daemon.pid],
                            mentions=[self.daemon.pid])
        self.assert_nothing_recorded()
        target.do('go', 'done')


@harness.beside_others
class Refusal(HeapTest):
    """What cannot be recorded, and who may not."""

    rules = ''

    def refused(self, names, mentions, **options):
        options.setdefault('sources', ['heap'])
        self.assert_refused(names, self.root.start, mentions=mentions, **options)
        self.assert_nothing_recorded()

    def test_wrong_options_are_refused(self):
        pid = self.target('heap-leak').pid
        self.refused(caller.INVALID_ARGUMENTS, ['pids', '1 to 32'])
        self.refused(caller.INVALID_ARGUMENTS, ['33', '32'], pids=list(range(1, 34)))
        self.refused(caller.INVALID_ARGUMENTS, ['sample-interval', 1023], pids=[pid],
                     sample_interval=1023)
        self.refused(caller.INVALID_ARGUMENTS, ['stack-depth', 513, 512], pids=[pid],
                     stack_depth=513)
        self.refused(caller.INVALID_ARGUMENTS, ['stack-depth', 0], pids=[pid], stack_depth=0)
        self.refused(caller.INVALID_ARGUMENTS, ['cpu-budget', 1.5, '0.001 to 1'], pids=[pid],
                     cpu_budget=1.5)
        self.refused(caller.INVALID_ARGUMENTS, ['map-memory'], pids=[pid], map_memory=1)

    def test_processes_without_a_heap_to_record_are_refused_with_the_reason(self):
        pid = unused_pid()
        self.refused(caller.UNKNOWN_PROCESS, [pid], pids=[pid])
        self.refused((caller.INVALID_ARGUMENTS, caller.NOT_SUPPORTED), [2, 'kernel thread'],
                     pids=[2])
        self.refused(caller.NOT_SUPPORTED, [self.daemon.pid, 'itself'], pids=[self.daemon.pid])

    def test_a_zombie_is_refused(self):
        target = self.target('heap-leak')
        os.kill(target.pid, signal.SIGKILL)
        os.waitid(os.P_PID, target.pid, os.WEXITED | os.WNOWAIT)
        self.refused((caller.NOT_SUPPORTED, caller.UNKNOWN_PROCESS), [target.pid],
                     pids=[target.pid])

    def test_another_users_process_needs_authorisation(self):
        target = self.target('heap-leak', uid=OTHER_USER)
        client = self.connect(uid=USER)
        self.assert_refused((caller.ACCESS_DENIED, caller.AUTHORIZATION_REQUIRED), client.start,
                            sources=['heap'], pids=[target.pid])
        self.assert_nothing_recorded()
        own = self.target('heap-leak', BLOCKS, SIZE, uid=USER)
        session = client.start(sources=['heap'], pids=[own.pid])
        own.do('go', 'done')
        self.assertIn('leak_block', self.wait_until(
            lambda: next((text for text in [client.report(session, 'text')]
                          if 'leak_block' in text), None), 'the report names the function'))
        self.assert_refused((caller.ACCESS_DENIED, caller.AUTHORIZATION_REQUIRED), client.start,
                            sources=['heap'], pids=[own.pid, target.pid])
        other = self.connect(uid=OTHER_USER)
        self.assert_refused((caller.ACCESS_DENIED, caller.AUTHORIZATION_REQUIRED), other.report,
                            session, 'text')


    def test_the_heap_of_a_process_that_is_not_ones_own_any_more_is_not_shown(self):
        target = self.target('heap-leak', uid=USER)
        client = self.connect(uid=USER)
        session = client.start(sources=['heap'], pids=[target.pid])
        client.report(session, 'text')
        target.do('hide', 'done')
        self.assert_refused(caller.ACCESS_DENIED, client.report, session, 'text',
                            mentions=[target.pid])
        self.assertIn('heap-leak', self.root.report(session, 'text'))


@harness.beside_others
class Export(HeapTest):
    """Files for other programs."""

    def setUp(self):
        super().setUp()
        self.leaking = self.target('heap-leak', BLOCKS, SIZE)
        self.session = self.start(self.leaking)
        self.leaking.do('go', 'done')
        self.fresh_heap(self.session, self.leaking.pid)

    def exported(self, form):
        with tempfile.TemporaryFile(dir=self.folder) as file:
            self.root.export(self.session, form, file.fileno())
            file.seek(0)
            return file.read()

    def test_each_form_is_written_to_a_file(self):
        report = json.loads(self.exported('json'))
        self.assertEqual(report['heaps'][0]['current-bytes'], BLOCKS * SIZE)
        self.assertIn('leak_block', self.exported('folded').decode())
        profile = gzip.decompress(self.exported('pprof'))
        for text in (b'leak_block', b'serve', b'inuse_space', b'alloc_objects'):
            self.assertIn(text, profile)

    def test_descriptors_that_cannot_be_written_to_are_refused(self):
        with open('/dev/null', 'rb') as file:
            self.assert_refused(caller.INVALID_ARGUMENTS, self.root.export, self.session, 'json',
                                file.fileno())
        with open('/dev/full', 'wb') as file:
            self.assert_refused('org.memsnoop1.Error.Failed', self.root.export, self.session,
                                'json', file.fileno())
        reader, writer = os.pipe()
        os.close(reader)
        self.assert_refused('org.memsnoop1.Error.Failed', self.root.export, self.session, 'json',
                            writer)
        os.close(writer)
        self.assert_refused(caller.INVALID_ARGUMENTS, self.root.export, self.session, 'svg', 1,
                            mentions=['svg', 'folded, pprof, json'])

    def test_a_pipe_that_nobody_reads_keeps_nobody_else_waiting(self):
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        # So that there is no room.
        os.set_blocking(writer, False)
        while True:
            try:
                os.write(writer, b'-' * 4096)
            except BlockingIOError:
                break
        os.set_blocking(writer, True)
        started = time.monotonic()
        self.assert_refused('org.memsnoop1.Error.Failed', self.root.export, self.session, 'json',
                            writer)
        self.assertLess(time.monotonic() - started, 40)
        os.close(writer)
        self.assertIn('leak_block', self.exported('folded').decode())


@harness.beside_others
class CommandLine(HeapTest):
    """memsnoopctl, from the start to a comparison."""

    def test_a_leak_is_recorded_exported_and_compared(self):
        target = self.target('heap-leak', BLOCKS, SIZE)
        started = self.memsnoopctl('start', '--heap', str(target.pid))
        self.assertEqual(started.returncode, 0, started.stderr)
        session = started.stdout.strip()
        before, after = (f'{self.folder}/{name}.json' for name in ('before', 'after'))
        done = self.memsnoopctl('export', '-f', 'json', '-o', before)
        self.assertEqual(done.returncode, 0, done.stderr)
        target.do('go', 'done')
        self.fresh_heap(session, target.pid)
        self.assertEqual(
            self.memsnoopctl('export', '--json', '-o', after).returncode, 0)
        difference = json.loads(self.memsnoopctl('diff', '--json', before, after).stdout)
        change = difference['changes'][0]
        self.assertEqual((change['change-bytes'], change['change-count']), (BLOCKS * SIZE, BLOCKS))
        self.assertTrue(any(frame.startswith('leak_block ') for frame in change['frames']))
        self.assertIn('leak_block', self.memsnoopctl('diff', before, after).stdout)
        self.assertIn('leak_block', self.memsnoopctl('report').stdout)
        self.assertIn('leak_block', self.memsnoopctl('stats', str(target.pid)).stdout)
        self.assertIn('leak_block', self.memsnoopctl('export', '-f', 'folded').stdout)
        self.assertEqual(self.memsnoopctl('stop', session).returncode, 0)

    def test_a_leak_is_recorded_and_reported_by_one_command(self):
        target = self.target('heap-leak', BLOCKS, SIZE)
        output = os.path.join(self.folder, 'output')
        with open(output, 'wb') as file, subprocess.Popen(
                [machine.program('cli', 'memsnoopctl'), 'report', '--heap', str(target.pid),
                 '--duration', '1h'], stdout=file) as process:
            self.wait_until(lambda: [self.root.session_property(path, 'State')
                                     for path in self.root.sessions()] == ['recording'],
                            'it records')
            target.do('go', 'done')
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(20), 0)
        with open(output, encoding='utf-8') as file:
            text = file.read()
        self.assertRegex(text, r'leak_block \(heap-leak.c:\d+\)')
        self.assertEqual(self.root.running_sessions(), [])

    def test_a_recording_made_for_a_command_ends_after_its_time(self):
        target = self.target('heap-leak', BLOCKS, SIZE)
        for command in (['report', '--json'], ['export', '--json']):
            done = self.memsnoopctl(*command, '--heap', str(target.pid), '--duration', '1')
            self.assertEqual((done.returncode, done.stderr), (0, ''), done)
            self.assertEqual(json.loads(done.stdout)['heaps'][0]['pid'], target.pid)
            self.assertEqual(self.root.running_sessions(), [])
        absent = self.memsnoopctl('report', '--heap', str(unused_pid()), '-d', '1')
        self.assertEqual((absent.returncode, absent.stdout), (1, ''), absent)
        self.assertIn(str(unused_pid()), absent.stderr)

    def test_a_leak_is_drawn_for_a_browser(self):
        target = self.target('heap-leak', BLOCKS, SIZE)
        session = self.start(target)
        target.do('go', 'done')
        self.wait_until(lambda: self.live_of(self.fresh_heap(session, target.pid), 'leak_block')[1],
                        'the functions have their names')
        exported, page = f'{self.folder}/heap.json', f'{self.folder}/heap.html'
        self.assertEqual(
            self.memsnoopctl('export', '-f', 'json', '-o', exported, session).returncode, 0)
        for source in ([str(target.pid)], [session], ['--session', session, str(target.pid)],
                       [exported], []):
            with self.subTest(source=source):
                done = self.memsnoopctl('flame', '--json', '-o', page, *source)
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(json.loads(done.stdout)['total'], BLOCKS * SIZE)
                with open(page, encoding='utf-8') as file:
                    text = file.read()
                self.assertTrue('leak_block ' in text)
                self.assertTrue(text.endswith('</html>\n'))
        self.assertEqual(self.memsnoopctl('flame', str(os.getpid())).returncode, 1)
        self.assertEqual(self.memsnoopctl('flame', '--session', '999').returncode, 1)

    def test_wrong_command_lines_are_explained(self):
        for arguments in (['start', '--heap'], ['start', '--sample-interval', '64K'],
                          ['diff', 'one'], ['export', '--json', '-f', 'pprof'],
                          ['flame', '0'], ['flame', '--json'], ['flame', '-v', 'beauty'],
                          ['flame', '-s', '1', 'a.json']):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.memsnoopctl(*arguments).returncode, 2)
        self.assertEqual(self.memsnoopctl('diff', '/dev/null', '/dev/null').returncode, 1)


if __name__ == '__main__':
    harness.main()
