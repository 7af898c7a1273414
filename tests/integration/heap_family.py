# SPDX-License-Identifier: GPL-2.0-or-later
"""Following the children of programs whose heaps are recorded."""

import json
import os
import shutil
import time

import caller
import daemon
import harness
import machine
from harness import USER
from heap import HeapTest

BLOCKS = 1000
SIZE = 100


class FamilyTest(HeapTest):
    """With a program that has children."""

    def family(self, blocks=BLOCKS, size=SIZE, *more, **options):
        return self.target('heap-family', blocks, size, *more, **options)

    def recorded(self, session):
        return self.root.session_property(session, 'Pids')

    def await_recorded(self, session, *pids):
        self.wait_until(lambda: set(pids) <= set(self.recorded(session)),
                        f'{pids} are recorded', 20)

    def children_of(self, session):
        return json.loads(self.root.report(session, 'json', limit=1))['children']

    def assert_blocks(self, heap):
        self.assertEqual(self.live_of(heap, 'leak_block'), (BLOCKS * SIZE, BLOCKS), heap['pid'])
        self.assertTrue(heap['exact'], heap)
        return heap

    def follow(self, command, **options):
        """The session, the target, and the children that the command made, recorded."""
        target = self.family()
        session = self.start(target, **options)
        told = target.do(command, 'done')
        children = [pid for key, pid in told.items() if key.startswith('child')]
        self.await_recorded(session, *children)
        return session, target, children


@harness.beside_others
class Children(FamilyTest):
    """Each way to have a child, with exact numbers."""

    def check(self, command, n=1):
        session, target, children = self.follow(command)
        self.assertEqual(len(children), n)
        target.do('go', 'done')
        own, *heaps = self.fresh_heaps(session, target.pid, *children)
        self.assertEqual(self.live_of(own, 'leak_block'), (0, 0))
        for heap in map(self.assert_blocks, heaps):
            self.assertEqual(heap['current-bytes'], BLOCKS * SIZE)
            self.assertEqual(heap['alloc-count'], BLOCKS)
        self.assertEqual(self.recorded(session)[0], target.pid)
        self.assertEqual(self.children_of(session)['recorded'], n)
        self.root.stop(session)
        self.assertEqual(self.daemon.bpf_objects(), set())

    def test_a_forked_child_has_figures_of_its_own(self):
        self.check('fork')

    def test_a_child_of_a_thread(self):
        self.check('thread')

    def test_a_child_that_executes_a_program(self):
        self.check('exec')

    def test_a_child_of_vfork(self):
        self.check('vfork')

    def test_a_child_of_posix_spawn(self):
        self.check('spawn')

    def test_a_child_of_a_child_that_has_exited(self):
        self.check('daemon')

    def test_grandchildren(self):
        self.check('tree', 3)

    def test_a_recorded_child_that_executes_a_program_begins_anew(self):
        session, target, (child,) = self.follow('fork')
        target.do('go', 'done')
        first = self.assert_blocks(self.fresh_heap(session, child))
        target.do('again', 'done')
        target.do('go', 'done')
        second = self.assert_blocks(self.fresh_heap(session, child))
        self.assertGreater(second['since'], first['since'])
        self.assertEqual(self.children_of(session)['recorded'], 1)

    def test_blocks_from_before_the_recording_are_not_counted(self):
        target = self.family()
        session = self.start(target)
        target.do('own', 'done')
        child = target.do('fork', 'done')['child0']
        self.await_recorded(session, child)
        target.do('go', 'done')
        parent, heap = map(self.assert_blocks, self.fresh_heaps(session, target.pid, child))
        self.assertGreater(heap['since'], parent['since'])
        self.assertGreaterEqual(heap['since'], heap['start-time'])

    def test_statistics_lists_and_exports_have_the_child(self):
        session, target, (child,) = self.follow('fork')
        target.do('go', 'done')
        self.assert_blocks(self.fresh_heap(session, child))
        self.assertEqual(self.root.stats(child)['heap']['current-bytes'], BLOCKS * SIZE)
        rows = self.root.processes(sort='heap.current-bytes', limit=1)
        self.assertEqual(rows[0]['pid'], child)
        alone = json.loads(self.root.report(session, 'json', pid=child))
        self.assertEqual([heap['pid'] for heap in alone['heaps']], [child])
        path = f'{self.folder}/export.json'
        with open(path, 'wb') as file:
            self.root.export(session, 'json', file.fileno())
        with open(path, 'rb') as file:
            exported = json.load(file)
        self.assertEqual({heap['pid'] for heap in exported['heaps']}, {target.pid, child})
        self.assertIn('Children: 1 recorded.', self.root.report(session, 'text'))

    def test_children_are_left_alone_when_that_is_asked_for(self):
        target = self.family()
        session = self.start(target, follow=False)
        child = target.do('fork', 'done')['child0']
        time.sleep(0.5)
        target.do('go', 'done')
        self.assertEqual(self.recorded(session), [target.pid])
        self.assertNotIn('heap', self.root.stats(child))
        self.assertNotIn('children', json.loads(self.root.report(session, 'json')))

    def test_the_growth_of_a_child_is_recorded_alone_and_with_its_heap(self):
        for sources in (['growth'], ['heap', 'growth']):
            with self.subTest(sources=sources):
                session, target, (child,) = self.follow('fork', sources=sources)
                self.wait_until(lambda of=session: self.children_of(of)['recorded'] == 1,
                                'all of the child is recorded')
                target.do('go', 'done')
                self.root.stop(session)
                report = json.loads(self.root.report(session, 'json', limit=0))
                growth = {growth['pid']: growth for growth in report['growth']}
                self.assertEqual(set(growth), {target.pid, child})
                # What 1,000 blocks of 112 bytes with their headers take, but for pages that are there.
                self.assertGreaterEqual(growth[child]['bytes'], 100 * 1024)
                self.assertEqual('heaps' in report and bool(report['heaps']), 'heap' in sources)
                target.do('end', 'done')


class Speed(FamilyTest):
    """What probes in the files of a program cost its children."""

    def test_a_child_that_is_not_recorded_soon_runs_as_fast_as_without(self):
        target = self.family(100000, SIZE)
        session = self.start(target, follow=False)

        def nanoseconds_of_a_block():
            target.do('fork', 'done')
            time.sleep(2.5)
            needed = target.do('go', 'done')['nanoseconds'] / 100000
            target.do('end', 'done')
            return needed
        # With probes it takes 1,800 at least, and twice that on a busy machine.
        self.assertLess(min(nanoseconds_of_a_block() for _ in range(3)), 900)
        self.assertEqual(self.recorded(session), [target.pid])


@harness.beside_others
class Ends(FamilyTest):
    """How children end, and what stays of them."""

    def test_the_figures_of_a_child_that_has_exited_stay(self):
        session, target, (child,) = self.follow('fork')
        target.do('go', 'done')
        self.assert_blocks(self.fresh_heap(session, child))
        target.do('end', 'done')
        heap = self.wait_until(
            lambda: next((heap for heap in [self.fresh_heap_kept(session, child)]
                          if heap['exited-at'] > 0), None), 'the end of the child is seen', 20)
        self.assertEqual(self.live_of(heap, 'leak_block'), (BLOCKS * SIZE, BLOCKS))
        self.assertIn(child, self.recorded(session))
        self.root.stop(session)
        self.assertEqual(self.daemon.bpf_objects(), set())
        kept = self.fresh_heap_kept(session, child)
        self.assertEqual(self.live_of(kept, 'leak_block'), (BLOCKS * SIZE, BLOCKS))

    def fresh_heap_kept(self, session, pid):
        report = json.loads(self.root.report(session, 'json', limit=0))
        return next(heap for heap in report['heaps'] if heap['pid'] == pid)

    def test_stop_ends_all_while_children_come(self):
        target = self.family(BLOCKS, 300)
        session = self.start(target)
        objects = self.daemon.bpf_objects()
        target.order('storm')
        time.sleep(0.1)
        self.root.stop(session)
        # What measures the cost of a trap beside the first recording may not be over.
        self.wait_until(lambda: not self.daemon.bpf_objects(), 'everything is detached')
        daemon.wait_until_gone(objects)
        target.await_phase('done')

    def test_two_sessions_follow_the_same_family(self):
        session, target, (child,) = self.follow('fork')
        other = self.connect()
        second = self.start(target, client=other)
        grandchild = target.do('fork', 'done')['child1']
        self.await_recorded(session, grandchild)
        self.await_recorded(second, grandchild)
        self.assertNotIn(child, self.recorded(second))
        self.root.stop(session)
        target.do('go', 'done')
        self.assert_blocks(self.fresh_heap(second, grandchild))
        other.stop(second)
        self.assertEqual(self.daemon.bpf_objects(), set())


@harness.beside_others
class Deaths(FamilyTest):
    """Processes that exit at any moment, and others that get their pids."""

    def start_and_kill(self, target, session_seconds):
        """Kills a target so long after its session was asked for; the session, or None."""
        finished = []
        options = {'sources': ['heap'], 'pids': [target.pid]}
        self.root.call_async(
            'Start', caller.GLib.Variant('(a{sv})', (caller.dictionary(options),)),
            finished.append)
        self.root.connection.flush_sync(None)
        time.sleep(session_seconds)
        target.kill()
        self.iterate_until(lambda: finished, 'Start is answered', 30)
        if isinstance(finished[0], caller.BusError):
            self.assertEqual(finished[0].name, caller.UNKNOWN_PROCESS, finished[0])
            return None
        return finished[0][0]

    def test_a_target_with_children_dies_while_its_session_starts(self):
        for attempt in range(10):
            target = self.family()
            session = self.start_and_kill(target, attempt * 0.015)
            if session is not None:
                self.root.stop(session)
        self.wait_until(lambda: not self.daemon.bpf_objects(), 'everything is detached')

    def test_a_target_dies_while_its_stacks_are_unwound(self):
        for attempt in range(4):
            target = self.target('heap-many', 20000, 100)
            session = self.start(target)
            target.order('go')
            time.sleep(attempt * 0.05)
            target.kill()
            self.assertIn('heap-many', self.root.report(session, 'text'))
            self.root.stop(session)
            self.assertIn('heap-many', self.root.report(session, 'text'))
        self.assertEqual(self.daemon.bpf_objects(), set())

    def test_a_target_dies_while_its_session_stops(self):
        for attempt in range(6):
            target = self.family()
            session = self.start(target)
            target.do('own', 'done')
            finished = []
            self.root.call_async('Stop', caller.GLib.Variant('(o)', (session,)), finished.append)
            self.root.connection.flush_sync(None)
            time.sleep(attempt * 0.01)
            target.kill()
            self.iterate_until(lambda found=finished: found, 'Stop is answered', 30)
            self.assertNotIsInstance(finished[0], caller.BusError)
            report = json.loads(self.root.report(session, 'json'))
            self.assertEqual(self.live_of(report['heaps'][0], 'leak_block'), (BLOCKS * SIZE, BLOCKS))
        self.assertEqual(self.daemon.bpf_objects(), set())

    def test_programs_executed_one_after_another_do_not_use_up_the_room_for_call_stacks(self):
        depths, programs = 120, 40
        target = self.target('heap-many', 2 * depths, depths)
        # Room for 4,096 call stacks.
        session = self.start(target, map_memory=4 << 20)
        for _ in range(programs - 1):
            target.do('go', 'done')
            target.order('exec')
            target.await_phase('ready')
        target.do('go', 'done')
        heap = self.fresh_heap(session, target.pid)
        self.assertEqual(heap['losses']['contexts-full'], 0)
        self.assertEqual(heap['losses']['depth-lowered-to'], 0)
        self.assertTrue(heap['exact'], heap['losses'])
        blocks = [site for site in heap['sites'] if not site.get('mapping')]
        self.assertEqual(sum(site['count'] for site in blocks), 2 * depths)
        self.assertEqual(sum(site['bytes'] for site in blocks), 2 * depths * 48)

    @harness.needs('chosen-pid')
    def test_another_process_with_the_same_pid_is_not_in_the_figures(self):
        target = self.target('pid-reuse', 1, 1, 500)
        child = target.do('go', 'first')['child']
        session = self.root.start(sources=['heap'], pids=[child])
        target.do('end', 'ended')
        target.do('again', 'second')
        self.assertNotIn('heap', self.root.stats(child))
        heap = self.fresh_heap(session, child)
        self.assertGreater(heap['exited-at'], 0)
        self.assertEqual(self.live_of(heap, 'make_blocks'), (0, 0))
        second = self.root.start(sources=['heap'], pids=[child])
        target.do('allocate', 'allocated')
        heap = self.fresh_heap(second, child)
        self.assertEqual(self.live_of(heap, 'make_blocks')[1], 500)
        heap = self.fresh_heap(session, child)
        self.assertEqual(self.live_of(heap, 'make_blocks'), (0, 0))


class Losses(FamilyTest):
    """Children that are not recorded are told."""

    def test_programs_that_come_and_go_are_counted(self):
        n = 1000
        target = self.family(BLOCKS, n)
        session = self.start(target)
        started = time.monotonic()
        target.do('storm', 'done')
        rate = n / (time.monotonic() - started)
        self.assertGreater(rate, 100)
        def counted():
            told = self.children_of(session)
            return told if told['recorded'] + sum(told['not-recorded'].values()) == n else None
        told = self.wait_until(counted, 'all are counted', 20)
        self.assertGreater(told['not-recorded']['short-lived'], n * 0.8, told)
        self.assertEqual(told['not-recorded']['unseen'], 0)
        self.root.session_property(session, 'ChildrenNotRecorded')
        self.assertRegex(self.root.report(session, 'text'),
                         r'Children: \d+ recorded.*were not recorded: \d+ exited before')

    def test_more_children_than_can_be_recorded_are_told(self):
        target = self.family()
        session = self.start(target, map_memory=4 << 20)
        children = [target.do('fork', 'done')[f'child{i}'] for i in range(20)]
        self.wait_until(lambda: self.children_of(session)['recorded'] >= 16, '16 are recorded', 30)
        told = self.wait_until(
            lambda: next((told for told in [self.children_of(session)]
                          if told['not-recorded']['no-room'] == 4), None), 'the others are told', 10)
        self.assertEqual(told['recorded'], 16)
        target.do('end', 'done')
        self.assertEqual(len(children), 20)


@harness.beside_others
class Authority(FamilyTest):
    """The right to record one's own processes does not reach to what their children become."""

    rules = ''

    def set_uid_program(self):
        folder = f'{self.folder}/set-uid'
        os.mkdir(folder)
        os.chmod(self.folder, 0o755)
        os.chmod(folder, 0o755)
        path = f'{folder}/heap-family'
        shutil.copy(machine.program('tests', 'targets', 'heap-family'), path)
        os.chown(path, 0, 0)
        os.chmod(path, 0o4755)
        return path

    def test_a_child_that_becomes_another_users_is_not_recorded(self):
        target = self.family(BLOCKS, SIZE, self.set_uid_program(), uid=USER)
        client = self.connect(uid=USER)
        session = client.start(sources=['heap'], pids=[target.pid])
        child = target.do('exec', 'done')['child0']
        target.do('go', 'done')
        told = self.wait_until(
            lambda: next((told for told in [self.children_of(session)]
                          if told['not-recorded']['not-own']), None), 'the child is left out')
        self.assertEqual(told['recorded'], 0)
        self.assertNotIn(child, self.recorded(session))
        report = json.loads(client.report(session, 'json'))
        self.assertEqual([heap['pid'] for heap in report['heaps']], [target.pid])

    def test_a_recorded_child_that_becomes_another_users_is_recorded_no_more(self):
        target = self.family(BLOCKS, SIZE, self.set_uid_program(), uid=USER)
        client = self.connect(uid=USER)
        session = client.start(sources=['heap'], pids=[target.pid])
        child = target.do('fork', 'done')['child0']
        self.await_recorded(session, child)
        target.do('go', 'done')
        report = json.loads(client.report(session, 'json'))
        self.assertEqual({heap['pid'] for heap in report['heaps']}, {target.pid, child})
        target.do('again', 'done')
        report = json.loads(client.report(session, 'json'))
        self.assertEqual([heap['pid'] for heap in report['heaps']], [target.pid])
        self.wait_until(lambda: child not in self.recorded(session), 'it is recorded no more')
        target.do('end', 'done')
        told = self.children_of(session)
        self.assertEqual((told['recorded'], told['not-recorded']['not-own']), (0, 1))

    def test_a_process_that_became_another_users_and_has_exited_is_recognised(self):
        target = self.family(BLOCKS, SIZE, self.set_uid_program(), uid=USER)
        client = self.connect(uid=USER)
        session = client.start(sources=['heap'], pids=[target.pid])
        target.do('own', 'done')
        self.assertIn('leak_block', self.wait_until(
            lambda: next((text for text in [client.report(session, 'text')]
                          if 'leak_block' in text), None), 'the report names the function'))
        target.order('become')
        target.process.wait(10)
        self.assert_refused(caller.ACCESS_DENIED, client.report, session, 'text',
                            mentions=[target.pid])
        client.stop(session)
        self.assert_refused(caller.ACCESS_DENIED, client.report, session, 'text',
                            mentions=[target.pid])
        self.assertIn('heap-family', self.root.report(session, 'text'))


if __name__ == '__main__':
    harness.main()
