# SPDX-License-Identifier: GPL-2.0-or-later
"""Recordings of heaps that keep a CPU budget, and where their probes sit."""

import json

import caller
import harness
from harness import USER

SPIN_SECONDS = 50


class HeapBudget(harness.ServiceTest):
    """With a program that allocates and frees as fast as it can."""

    def spinning(self, **options):
        target = self.target('heap-blocks', SPIN_SECONDS)
        session = self.root.start(sources=['heap'], pids=[target.pid], **options)
        target.order('spin')
        return session

    def get(self, session, name):
        return self.root.session_property(session, name)

    def heap_of(self, session):
        return json.loads(self.root.report(session, 'json'))['heaps'][0]

    def test_a_sample_is_thinned_out_and_all_of_it_is_told(self):
        session = self.spinning(cpu_budget=0.2, sample_interval=4096)
        self.assertEqual(self.get(session, 'CpuBudget'), 0.2)
        self.wait_until(lambda: self.get(session, 'SampleInterval') > 4096,
                        'the interval is raised', 15)
        self.wait_until(lambda: self.get(session, 'RecordedShare') < 1,
                        'a part of the time is left out', 20)
        self.assertEqual(self.get(session, 'State'), 'recording')
        self.assertGreater(self.get(session, 'CpuCost'), 0.05)
        heap = self.heap_of(session)
        self.assertEqual(heap['cpu-budget'], 0.2)
        self.assertEqual(heap['sample-interval'], 4096)
        self.assertGreater(heap['sample-interval-now'], 4096)
        self.assertLess(heap['recorded-share'], 1)
        self.assertFalse(heap['exact'])
        self.assertIn('the sample interval was raised from 4.0 KiB',
                      self.root.report(session, 'text'))
        self.root.stop(session)
        self.assertLess(self.get(session, 'RecordedShare'), 1)

    def test_what_costs_far_too_much_ends_over_budget_and_stays_readable(self):
        session = self.spinning(cpu_budget=0.001)
        self.wait_until(lambda: self.get(session, 'State') == 'over-budget', 'it ends', 30)
        self.wait_until(lambda: not self.daemon.bpf_objects(), 'nothing is attached')
        self.assertGreater(self.heap_of(session)['alloc-count'], 0)
        self.root.stop(session)

    def test_nobody_elses_figures_are_worse_for_a_budget(self):
        target = self.target('heap-blocks', SPIN_SECONDS)
        exact = self.root.start(sources=['heap'], pids=[target.pid])
        target.order('spin')
        cheap = self.root.start(sources=['heap'], pids=[target.pid], cpu_budget=0.001)
        self.wait_until(lambda: self.get(cheap, 'CpuCost') > 0.05, 'the cost is known', 15)
        self.assertEqual(self.get(cheap, 'State'), 'recording')
        self.assertEqual(self.get(exact, 'RecordedShare'), 1)
        self.assertTrue(self.heap_of(exact)['exact'])
        self.root.stop(exact)
        self.wait_until(lambda: self.get(cheap, 'State') == 'over-budget', 'it ends alone', 30)

    def test_reports_tell_where_probes_sit_and_the_bus_how_many_there_are(self):
        target = self.target('heap-calls')
        session = self.root.start(sources=['heap'], pids=[target.pid])
        probes = self.heap_of(session)['probes']
        functions = [name for probe in probes for name in probe['functions'].split(', ')]
        for name in ('malloc', 'calloc', 'realloc', 'free'):
            self.assertIn(name, functions)
        self.assertEqual(self.get(session, 'Probes'), len(probes))
        self.assertEqual(self.get(session, 'FastProbes'),
                         len([probe for probe in probes
                              if probe['fast'] and not probe['return-instructions']]))
        for probe in probes:
            self.assertTrue(probe['module'].startswith('/'), probe)
            self.assertTrue(probe['placement'], probe)
        properties = self.root.objects()[session][caller.SESSION]
        self.assertNotIn('/', ' '.join(str(value) for value in properties.values()))
        self.assert_refused(('org.freedesktop.DBus.Error.AccessDenied',
                             'org.freedesktop.DBus.Error.InteractiveAuthorizationRequired'),
                            self.connect(uid=USER).report, session, 'json')


if __name__ == '__main__':
    harness.main()
