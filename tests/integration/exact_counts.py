# SPDX-License-Identifier: GPL-2.0-or-later
"""The figures of real processes, against a witness that shares nothing with the service."""

import time

import harness

FIGURES = ('alloc-count', 'alloc-bytes', 'requested-bytes', 'free-count', 'free-bytes',
           'current-bytes', 'peak-bytes')


class ExactCounts(harness.ServiceTest):
    """Counts and bytes are the witness's, unless the kernel counts events it kept from us."""

    features = (*harness.ServiceTest.features, 'tracefs')

    def setUp(self):
        super().setUp()
        self.kmem = None

    def begin(self, *target):
        """Target, witness, recording, in this order: nothing of the target's comes in between."""
        running = self.target(*target)
        self.kmem = self.witness(running)
        self.root.start()
        return running

    def figures_of(self, pid):
        """What service and witness say of a process that rests; the witness may take a moment."""
        for _ in range(5):
            kernel = self.root.stats(pid)['kernel']
            seen = self.kmem.figures()[pid]
            found = {key: kernel[key] for key in FIGURES}
            expected = {key: getattr(seen, key.replace('-', '_')) for key in FIGURES}
            if found == expected:
                break
            time.sleep(0.2)
        return kernel, seen, found, expected

    def assert_equal_to_witness(self, pid):
        kernel, seen, found, expected = self.figures_of(pid)
        if found != expected:
            # An event that the kernel kept from us is in no figure, and it says how many those are.
            lost = self.fresh_report(self.root.sessions()[0])['recording']['events-lost']
            for key in FIGURES:
                slack = lost if key.endswith('count') else lost * 8192
                self.assertLessEqual(
                    abs(found[key] - expected[key]), slack,
                    f'{key}: {found} by the service, {expected} by the witness, {lost} events lost')
        return kernel, seen

    def test_files_opened_and_some_of_them_closed(self):
        target = self.begin('eventfd-leak', 3000, 1000)
        target.do('go', 'opened')
        self.assert_equal_to_witness(target.pid)
        target.do('close', 'closed')
        kernel, seen = self.assert_equal_to_witness(target.pid)
        # The target's own word for both: each file has its context.
        self.assertEqual(sum(count for site, count in seen.sites.items()
                             if site.startswith('do_eventfd')), 2000)
        self.assertGreaterEqual(kernel['current-bytes'], 2000 * 64)

    def test_the_histogram_has_every_allocation_at_its_size(self):
        target = self.begin('socket-queue', 500, 700)
        target.do('go', 'queued')
        kernel, seen = self.assert_equal_to_witness(target.pid)
        if kernel['alloc-count'] == seen.alloc_count:
            self.assertEqual(dict(kernel['size-histogram']), seen.sizes)
        self.assertEqual(sum(count for _, count in kernel['size-histogram']),
                         kernel['alloc-count'])

    def test_internal_fragmentation_is_what_nobody_asked_for(self):
        target = self.begin('socket-queue', 1000, 10)
        target.do('go', 'queued')
        kernel, seen = self.assert_equal_to_witness(target.pid)
        self.assertAlmostEqual(kernel['internal-fragmentation'],
                               1 - seen.requested_bytes / seen.alloc_bytes, places=3)

    def test_all_messages_received_leave_nothing_behind(self):
        target = self.begin('socket-queue', 2000, 100)
        target.do('go', 'queued')
        full, _ = self.assert_equal_to_witness(target.pid)
        target.do('drain', 'drained')
        empty, _ = self.assert_equal_to_witness(target.pid)
        self.assertGreater(full['current-bytes'], 2000 * 256)
        self.assertLess(empty['current-bytes'], full['current-bytes'] / 10)
        self.assertGreaterEqual(empty['peak-bytes'], full['current-bytes'])

    def test_allocations_freed_at_once_are_churn(self):
        target = self.begin('eventfd-churn', 10000)
        target.do('go', 'done')
        kernel, _ = self.assert_equal_to_witness(target.pid)
        self.assertGreater(kernel['churn'], 0.99)
        self.assertLessEqual(kernel['churn'], 1)

    def test_fifty_threads_on_all_cores_free_each_others_blocks(self):
        target = self.begin('threads-crossing', 50, 200)
        told = target.do('go', 'done')
        kernel, seen = self.assert_equal_to_witness(target.pid)
        self.assertGreaterEqual(kernel['alloc-count'], 4 * told['opened'])
        self.assertIn(kernel['last-thread'], seen.threads)
        self.assertLess(kernel['current-bytes'], 50 * 4096)

    def test_a_free_by_another_process_is_the_allocating_processs(self):
        target = self.begin('free-elsewhere', 1000)
        target.do('go', 'handed')
        held, _ = self.assert_equal_to_witness(target.pid)
        self.assertGreater(held['current-bytes'], 1000 * 400)
        target.do('free', 'freed')
        kernel, _ = self.assert_equal_to_witness(target.pid)
        self.assertLess(kernel['current-bytes'], 100 * 400)
        self.assert_equal_to_witness(target.known['receiver'])

    @harness.once
    def test_a_free_after_the_allocating_process_has_exited_is_still_its_own(self):
        target = self.begin('free-elsewhere', 1000)
        target.do('go', 'handed')
        target.do('leave', 'alone')
        held = self.row_of(target.pid)
        self.assertGreater(held['current-bytes'], 1000 * 400)
        target.do('free', 'freed')
        freed = self.row_of(target.pid)
        self.assertLess(freed['current-bytes'], 100 * 400)
        # What the process left to the kernel is freed when that gets to it.
        self.wait_until(lambda: self.row_of(target.pid)['current-bytes']
                        == self.kmem.figures()[target.pid].current_bytes,
                        'the row is as the witness says')

    def test_a_hundred_thousand_live_blocks_are_held_and_freed(self):
        target = self.begin('many-blocks', 100000)
        target.do('go', 'holding')
        kernel, _ = self.assert_equal_to_witness(target.pid)
        self.assertGreaterEqual(kernel['current-bytes'], 100000 * 64)
        target.do('free', 'freed')
        kernel, _ = self.assert_equal_to_witness(target.pid)
        self.assertLess(kernel['current-bytes'], 1 << 20)

    def test_call_site_and_slab_cache_say_what_grew(self):
        target = self.begin('eventfd-leak', 2000)
        target.do('go', 'opened')
        sites = self.root.stats(target.pid)['kernel']['sites']
        by_function = {site['frames'][0].split('+')[0]: site for site in sites}
        self.assertEqual(by_function['do_eventfd']['count'], 2000)
        self.assertEqual(by_function['do_eventfd']['bytes'], 2000 * 64)
        self.assertIn('kmalloc', by_function['do_eventfd']['cache'])
        self.assertEqual(by_function['alloc_empty_file']['cache'], 'filp')
        self.assertEqual(by_function['alloc_empty_file']['count'], 2000)
        self.assertEqual(sites, sorted(sites, key=lambda site: -site['bytes']))
        self.assertLessEqual(self.root.stats(target.pid)['kernel']['sites-age'], 5_000_000_000)

    def row_of(self, pid):
        """Of a process that may have exited: only a report has those."""
        return self.fresh_report(self.root.sessions()[0], pid=pid)['processes'][0]


if __name__ == '__main__':
    harness.main()
