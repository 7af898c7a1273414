# SPDX-License-Identifier: GPL-2.0-or-later
"""The watch and recordings of heaps: which code holds what grows.

The interval is the shortest, as in watch.py.
"""

import time

import harness
import watch
from harness import USER
from watch import CONFIGURATION, OBSERVATION, STEP


class HeapSuspectTest(watch.WatchTest):
    """With programs whose heap grows, or not."""

    def heap_grower(self, kind='leak'):
        target = self.target('heap-growth', kind, STEP, 50)
        target.do('grow', 'growing')
        return target

    def check_sites(self, sites):
        frames = sites[0]['frames']
        self.assertTrue(frames[0].startswith('leak_block ') or
                        frames[1].startswith('leak_block '), frames)
        self.assertTrue(any(frame.startswith('main ') for frame in frames), frames)
        self.assertGreater(sites[0]['bytes'], 4 << 20)
        self.assertFalse(any(frame.startswith('use_block ')
                             for site in sites for frame in site['frames']), sites)

    def check_leak(self, target):
        """One suspicion, raised as growth, that becomes probable; its evidence."""
        self.await_suspicion(target, 'rss')
        raised = self.told(target.pid)[0][1]
        self.assertEqual((raised['kind'], raised['level']), ('rss', 'growth'))
        self.iterate_until(lambda: self.told(target.pid, 'changed', 'heap'),
                           'the heap explains the growth', 3 * OBSERVATION)
        changed = self.told(target.pid, 'changed', 'heap')[0][1]
        self.assertEqual(changed['id'], raised['id'])
        self.assertEqual(changed['level'], 'probable')
        self.assertNotIn('retained', changed)
        self.assertNotIn('sites', changed)
        return changed


@harness.beside_others
class RecordedHeap(HeapSuspectTest):
    """A session records the heap while the watch suspects the process."""

    def test_a_leak_is_probable_and_its_call_stack_is_told_to_those_who_may_know(self):
        target = self.heap_grower()
        retaining = self.heap_grower('retain')
        session = self.root.start(sources=['heap'], pids=[target.pid, retaining.pid])
        evidence = self.check_leak(target)
        suspect = self.suspect(evidence['id'])
        self.assertEqual((suspect['kind'], suspect['level']), ('heap', 'probable'))
        self.check_sites(suspect['sites'])
        self.assertGreater(suspect['sites-time'], evidence['since'])
        self.assert_refused(('org.freedesktop.DBus.Error.AccessDenied',
                             'org.freedesktop.DBus.Error.InteractiveAuthorizationRequired'),
                            self.suspect, evidence['id'], self.connect(uid=USER))
        self.check_retained(retaining)
        self.root.stop(session)
        self.hold(target)
        self.iterate_until(lambda: self.told(target.pid, 'cleared'), 'the growth is over',
                           3 * OBSERVATION)
        cleared = self.told(target.pid, 'cleared')[0][1]
        self.assertEqual((cleared['kind'], cleared['reason']), ('heap', 'stopped'))
        self.assertEqual([row for row in self.suspects().values() if row['pid'] == target.pid], [])

    def check_retained(self, target):
        """Memory that the recorded heap does not hold is no leak of the code."""
        self.await_suspicion(target, 'rss')
        self.iterate_until(
            lambda: any('retained' in evidence
                        for _, evidence in self.told(target.pid, 'changed')),
            'the heap does not grow', 2 * OBSERVATION)
        row = self.suspects()[target.pid]
        self.assertEqual((row['kind'], row['level']), ('rss', 'growth'))
        self.assertGreater(row['retained'], row['bytes'] // 2)


@harness.beside_others
class Evidence(HeapSuspectTest):
    """What shows that memory stays, and what does not."""

    def begin(self, kinds):
        targets = {kind: self.heap_grower(kind) for kind in kinds}
        self.root.start(sources=['heap'], pids=[target.pid for target in targets.values()])
        for target in targets.values():
            self.await_suspicion(target, 'rss')
        return targets

    def await_evidence(self, target, function, seconds=3 * OBSERVATION):
        """The first site of a suspicion that has become probable."""
        self.iterate_until(lambda: self.told(target.pid, 'changed', 'heap'),
                           f'{target.name} is probable', seconds)
        changed = self.told(target.pid, 'changed', 'heap')[0][1]
        raised = self.told(target.pid)[0][1]
        suspect = self.suspect(changed['id'])
        site = suspect['sites'][0]
        self.assertIn(function, [frame.split(' ')[0] for frame in site['frames']], suspect)
        self.assertEqual(suspect['level'], 'probable')
        self.assertGreater(suspect['confidence'], raised['confidence'])
        self.assertGreater(site['growth'], suspect['bytes'] // 4)
        self.assertGreater(site['growth-rate'], 0)
        self.assertTrue(0.8 < site['survival'] <= 1, site)
        return site

    def test_leaks_are_told_with_what_shows_them_and_other_programs_are_not(self):
        targets = self.begin(('many', 'vector', 'turnover', 'phases'))
        site = self.await_evidence(targets['many'], 'leak_block')
        self.assertEqual((site['reason'], site['free-count']), ('never-freed', 0))
        self.assertEqual(sum(frame.startswith('replace_at ') for frame in site['frames']), 63)
        site = self.await_evidence(targets['vector'], 'enlarge')
        self.assertIn(site['reason'], ('reallocated', 'never-freed'))
        self.assertEqual((site['count'], site['free-count']), (1, 0))
        for kind in ('turnover', 'phases'):
            self.iterate_until(
                lambda: any('retained' in evidence
                            for _, evidence in self.told(targets[kind].pid, 'changed')),
                f'the heap of {kind} does not grow', 2 * OBSERVATION)
            row = self.suspects()[targets[kind].pid]
            self.assertEqual((row['kind'], row['level']), ('rss', 'growth'))

    def test_a_leak_in_the_call_stack_of_much_garbage_is_told_by_what_grows_old(self):
        target = self.heap_grower('churn')
        self.await_suspicion(target, 'rss')
        self.root.start(sources=['heap'], pids=[target.pid])
        # Ages are known to 20 and 80 seconds.
        site = self.await_evidence(target, 'make_block', 90)
        self.assertIn(site['reason'], ('old-stay', 'peaks-stay'))
        self.assertGreater(site['free-count'], 6 * site['count'])
        self.assertGreater(site['oldest-age'], 5 * site['mean-lifetime'])


class RecordedBySuspicion(HeapSuspectTest):
    """The service records the heaps of suspects itself."""

    configuration = CONFIGURATION + 'record-suspects=true\n'

    def test_a_suspects_heap_is_recorded_for_a_while(self):
        target = self.heap_grower()
        evidence = self.check_leak(target)
        session = self.check_session(target)
        self.check_sites(self.suspect(evidence['id'])['sites'])
        # Others on the machine may be suspected, too.
        self.wait_until(lambda: session not in self.root.running_sessions(), 'the recording ends',
                        OBSERVATION)
        self.assertEqual(self.suspects()[target.pid]['level'], 'probable')


    def check_session(self, target):
        """What was recorded is a session like any other, but nobody's; its path is returned."""
        session = self.told(target.pid, 'changed', 'heap')[0][0]
        self.assertIn(session, self.root.sessions())
        properties = self.root.objects()[session]['org.memsnoop1.Session']
        self.assertEqual(properties['Pids'], [target.pid])
        self.assertEqual(properties['Sources'], ['heap'])
        self.assertEqual(properties['CpuBudget'], 0.1)
        self.assertGreaterEqual(properties['SampleInterval'], 65536)
        self.assertEqual(properties['Owner'], int(self.daemon.status('Uid').split()[0]))
        user = self.connect(uid=USER)
        self.assert_refused(('org.freedesktop.DBus.Error.AccessDenied',
                             'org.freedesktop.DBus.Error.InteractiveAuthorizationRequired'),
                            user.report, session, 'text')
        self.assertIn('leak_block', self.root.report(session, 'text'))
        return session


@harness.beside_others
class NotRecorded(HeapSuspectTest):
    """Nobody wants the heap recorded."""

    def test_growth_is_told_and_nothing_is_recorded(self):
        target = self.heap_grower()
        self.await_suspicion(target, 'rss')
        objects = self.daemon.bpf_objects()
        later = time.monotonic() + OBSERVATION / 4
        self.iterate_until(lambda: time.monotonic() > later, 'time passes')
        self.assertEqual(self.daemon.bpf_objects(), objects)
        self.assertEqual(self.suspects()[target.pid]['level'], 'growth')
        self.assertEqual(self.suspect(self.suspects()[target.pid]['id'])['sites'], [])


if __name__ == '__main__':
    harness.main()
