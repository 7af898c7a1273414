# SPDX-License-Identifier: GPL-2.0-or-later
"""What cannot be recorded is counted and said, and never lasts longer than its cause."""

import json
import subprocess
import time

import harness

MEBIBYTE = 1 << 20
# More than a table of 64 MiB has room for, with much to spare for what else the machine does.
BLOCKS = 2400000


class Loss(harness.ServiceTest):
    """A live table that is full, and frees that no tracepoint shows."""

    features = (*harness.ServiceTest.features, 'tracefs')

    def kernel(self, target):
        return self.root.stats(target.pid)['kernel']

    def test_a_full_live_table_is_counted_and_marked_and_is_right_again_afterwards(self):
        target = self.target('many-blocks', BLOCKS)
        other = self.target('eventfd-leak', 1000)
        session = self.root.start(map_memory=64 * MEBIBYTE)
        capacity = json.loads(self.root.report(session))['recording']['live-capacity']
        self.assertLess(capacity, BLOCKS)

        target.do('go', 'holding')
        full = self.kernel(target)
        totals = self.fresh_report(session)['recording']
        self.assertFalse(full['exact'])
        self.assertGreater(full['lost'], 0)
        self.assertGreater(totals['lost']['table-full'], 0)
        self.wait_until(
            lambda: self.root.property('EventsLost') >= totals['lost']['table-full'],
            'the property tells the loss')
        # Every block is either in the figures or counted as lost.
        self.assertGreaterEqual(full['alloc-count'] + full['lost'], BLOCKS)
        self.assertLessEqual(full['alloc-count'] + full['lost'], BLOCKS * 1.03)
        self.assertGreater(totals['live-entries'], capacity * 0.9)

        target.do('free', 'freed')
        emptied = self.kernel(target)
        # What the kernel keeps in reserve for slabs that are empty is live.
        self.assertLess(emptied['current-bytes'], full['current-bytes'] / 4)
        # Other programs of the machine have their blocks in the table as well.
        self.wait_until(lambda: self.fresh_report(session)['recording']['live-entries']
                        < capacity * 3 / 4, 'there is room again', 30)

        witness = self.witness(other)
        other.do('go', 'opened')
        again = self.kernel(other)
        # Not "exact", for which unseen frees of the kernel's own count as well.
        self.assertEqual(again['lost'], 0)
        self.assertEqual(again['alloc-count'], witness.figures()[other.pid].alloc_count)

    def test_the_memory_of_the_maps_stays_within_what_was_asked_for(self):
        for mebibytes in (4, 16, 128):
            with self.subTest(mebibytes=mebibytes):
                session = self.root.start(map_memory=mebibytes * MEBIBYTE)
                used = self.root.session_property(session, 'MemoryUsed')
                self.assertLessEqual(used, mebibytes * MEBIBYTE)
                self.assertGreater(used, mebibytes * MEBIBYTE / 4)
                self.root.stop(session)

    @harness.once
    def test_programs_that_come_and_go_by_the_thousand_all_find_a_record(self):
        session = self.root.start()
        shell = subprocess.Popen(['/bin/sh', '-c', 'while :; do /bin/true; done'])
        self.addCleanup(shell.wait)
        self.addCleanup(shell.kill)
        time.sleep(12)
        self.assertEqual(
            self.fresh_report(session)['recording']['lost']['processes-full'], 0)

    @harness.beside_others
    @harness.once
    def test_epoll_pairs_do_not_look_like_a_growing_leak(self):
        """The kernel frees what EPOLL_CTL_ADD allocates in bulk, some seconds later."""
        target = self.target('epoll-pairs', 10000)
        self.root.start()
        live = []
        for _ in range(4):
            target.do('go', 'done')
            time.sleep(6)
            live.append(self.kernel(target)['current-bytes'])
        kernel = self.kernel(target)
        self.assertGreaterEqual(kernel['alloc-count'], 4 * 10000)
        self.assertLess(live[-1], 2 * live[0] + MEBIBYTE, live)
        if kernel['free-count'] < kernel['alloc-count'] - 100:
            self.assertFalse(kernel['exact'], kernel)
            self.assertGreater(kernel['unseen-frees'], 0)

    def test_kernel_threads_and_interrupts_are_accounted_apart(self):
        session = self.root.start()
        target = self.target('saturate', 1)
        target.do('go', 'done')
        report = self.fresh_report(session, limit=0)
        kinds = {row['kind'] for row in report['processes']}
        self.assertLessEqual(kinds, {'program', 'kernel-thread', 'interrupts', 'retired'})
        self.assertIn('program', kinds)
        for row in report['processes']:
            self.assertGreaterEqual(row['alloc-bytes'], row['free-bytes'], row)
            self.assertEqual(row['current-bytes'], row['alloc-bytes'] - row['free-bytes'], row)

    def test_all_cores_allocating_as_fast_as_they_can_lose_nothing_but_recursion_misses(self):
        target = self.target('saturate', 3)
        session = self.root.start()
        told = target.do('go', 'done')
        kernel = self.kernel(target)
        lost = self.fresh_report(session)['recording']['lost']
        self.assertEqual({key: count for key, count in lost.items() if key != 'recursion-misses'},
                         {'table-full': 0, 'processes-full': 0, 'other': 0})
        expected = 4 * told['pairs']
        self.assertGreaterEqual(kernel['alloc-count'], expected - lost['recursion-misses'])
        self.assertLessEqual(kernel['alloc-count'], expected + 5000)


if __name__ == '__main__':
    harness.main()
