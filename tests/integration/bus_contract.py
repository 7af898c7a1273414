# SPDX-License-Identifier: GPL-2.0-or-later
"""The contract on the bus, as other programs meet it."""

import json
import os
import time
import xml.etree.ElementTree as ElementTree

import caller
import harness
import machine

STATS = {'pid': 'u', 'start-time': 't', 'comm': 's', 'exe': 's', 'uid': 'u', 'memory': 'a{sv}',
         'kernel': 'a{sv}'}
MEMORY = {'rss-anon': 't', 'rss-file': 't', 'rss-shmem': 't', 'swap': 't', 'pss': 't', 'uss': 't',
          'history': 'a(ttttt)', 'growth-rate': 'd', 'watched-since': 't'}
KERNEL = {'since': 't', 'alloc-count': 't', 'free-count': 't', 'alloc-bytes': 't',
          'free-bytes': 't', 'requested-bytes': 't', 'current-bytes': 't', 'peak-bytes': 't',
          'internal-fragmentation': 'd', 'churn': 'd', 'size-histogram': 'a(tt)',
          'recent-sizes': 'at', 'last-thread': 'u', 'history': 'a(tt)', 'sites': 'aa{sv}',
          'sites-age': 't', 'lost': 't', 'exact': 'b', 'unseen-frees': 't'}
SITE = {'bytes': 't', 'count': 't', 'frames': 'as', 'cache': 's',
        'exact': 'b', 'reclaimable': 'b'}
ROW = {'pid': 'u', 'start-time': 't', 'comm': 's', 'uid': 'u', 'rss-anon': 't', 'rss-file': 't',
       'rss-shmem': 't', 'swap': 't', 'growth-rate': 'd', 'kernel.current-bytes': 't',
       'kernel.peak-bytes': 't'}


def types_of(variant):
    """The types in a dictionary a{sv}, by key."""
    return {variant.get_child_value(i).get_child_value(0).get_string():
            variant.get_child_value(i).get_child_value(1).get_variant().get_type_string()
            for i in range(variant.n_children())}


def members_of(node):
    """The interfaces of introspection data, by name: signatures of their members."""
    found = {}
    for interface in node.findall('interface'):
        members = set()
        for member in interface:
            if member.tag in ('method', 'signal'):
                signature = [(argument.get('type'), argument.get('direction', 'out'))
                             for argument in member.findall('arg')]
                members.add((member.tag, member.get('name'), tuple(signature)))
            elif member.tag == 'property':
                members.add(('property', member.get('name'), member.get('type'),
                             member.get('access')))
        found[interface.get('name')] = members
    return found


class Contract(harness.ServiceTest):
    """Names, signatures and types."""

    def call_raw(self, method, arguments):
        return self.root.connection.call_sync(caller.NAME, caller.PATH, caller.MANAGER, method,
                                              arguments, None, 0, 10000, None)

    def test_the_live_interfaces_are_those_of_the_documented_file(self):
        session = self.root.start()
        documented = members_of(ElementTree.parse(
            os.path.join(machine.SOURCE, 'dbus', 'org.memsnoop1.xml')).getroot())
        manager = members_of(ElementTree.fromstring(self.root.introspect()))
        own = members_of(ElementTree.fromstring(self.root.introspect(session)))
        self.assertEqual(manager[caller.MANAGER], documented[caller.MANAGER])
        self.assertEqual(own[caller.SESSION], documented[caller.SESSION])
        self.assertIn(caller.OBJECT_MANAGER, manager)

    def test_the_statistics_of_a_process_have_the_documented_types(self):
        target = self.target('eventfd-leak', 100)
        self.root.start()
        target.do('go', 'opened')
        stats = self.call_raw('GetProcessStats',
                              caller.GLib.Variant('(u)', (target.pid,))).get_child_value(0)
        self.assertEqual(types_of(stats), STATS)
        kernel = stats.lookup_value('kernel')
        memory = types_of(stats.lookup_value('memory'))
        self.assertEqual(types_of(kernel), KERNEL)
        self.assertEqual(memory, {key: MEMORY[key] for key in memory})
        self.assertLessEqual({'rss-anon', 'rss-file', 'rss-shmem', 'swap'}, set(memory))
        self.assertEqual(types_of(kernel.lookup_value('sites').get_child_value(0)), SITE)

    def test_the_rows_of_processes_have_the_documented_types(self):
        target = self.target('eventfd-leak', 100)
        self.root.start()
        target.do('go', 'opened')
        rows = self.call_raw('ListProcesses',
                             caller.GLib.Variant('(a{sv})', ({},))).get_child_value(0)
        self.assertEqual(rows.get_type_string(), 'aa{sv}')
        for i in range(rows.n_children()):
            row = rows.get_child_value(i)
            types = types_of(row)
            self.assertEqual(types, {key: ROW[key] for key in types})
            if row.lookup_value('pid').get_uint32() == target.pid:
                self.assertEqual(types, ROW)

    def test_the_columns_of_processes_have_the_documented_types(self):
        target = self.target('eventfd-leak', 100)
        self.root.start()
        target.do('go', 'opened')
        arguments = caller.GLib.Variant('(a{sv})', (caller.dictionary({'history': True}),))
        columns = self.call_raw('ListProcessColumns', arguments).get_child_value(0)
        expected = {key: 'a' + kind for key, kind in ROW.items()}
        self.assertEqual(types_of(columns),
                         {**expected, 'recent-count': 'au', 'recent-private': 'at'})
        place = columns.lookup_value('pid').unpack().index(target.pid)
        self.assertEqual(columns.lookup_value('comm').unpack()[place], 'eventfd-leak')
        self.assertGreater(columns.lookup_value('kernel.current-bytes').unpack()[place], 0)

    def test_rows_are_in_the_order_that_was_asked_for(self):
        self.root.start()
        target = self.target('eventfd-leak', 3000)
        target.do('go', 'opened')
        for key in ('rss-anon', 'rss-file', 'rss-shmem', 'swap', 'growth-rate',
                    'kernel.current-bytes', 'kernel.peak-bytes'):
            with self.subTest(key=key):
                values = [row.get(key, 0) for row in self.root.processes(sort=key)]
                self.assertEqual(values, sorted(values, reverse=True))
        first = self.root.processes(sort='kernel.current-bytes', limit=1)
        self.assertEqual(len(first), 1)

    def test_rows_agree_with_what_the_kernel_says_of_a_process(self):
        target = self.target('identity')
        row = next(row for row in self.root.processes() if row['pid'] == target.pid)
        stats = self.root.stats(target.pid)
        with open(f'/proc/{target.pid}/status', encoding='ascii') as file:
            status = dict(line.split(':\t') for line in file.read().splitlines())
        page = os.sysconf('SC_PAGESIZE')
        for key, name in (('rss-anon', 'RssAnon'), ('rss-file', 'RssFile'),
                          ('rss-shmem', 'RssShmem')):
            expected = int(status[name].split()[0]) * 1024
            # The kernel keeps these counters in batches for each core.
            self.assertLessEqual(abs(row[key] - expected), 256 * page * os.cpu_count())
            self.assertLessEqual(abs(stats['memory'][key] - expected), page * 64)
        self.assertEqual(row['uid'], 0)
        self.assertEqual(row['comm'], 'identity')
        self.assertEqual(row['start-time'] // 10_000_000, stats['start-time'] // 10_000_000)

    def test_sessions_appear_and_disappear_with_signals(self):
        seen = []
        self.root.subscribe(caller.OBJECT_MANAGER, 'InterfacesAdded',
                            lambda path, values: seen.append(('added', values[0])))
        self.root.subscribe(caller.OBJECT_MANAGER, 'InterfacesRemoved',
                            lambda path, values: seen.append(('removed', values[0])))
        session = self.root.start(keep=0)
        self.iterate_until(lambda: ('added', session) in seen, 'the session is announced')
        self.root.stop(session)
        self.iterate_until(lambda: ('removed', session) in seen, 'the session is withdrawn')

    def test_a_change_of_state_is_signalled(self):
        states = []
        session = self.root.start()
        self.root.subscribe(caller.PROPERTIES, 'PropertiesChanged',
                            lambda path, values: path == session
                            and states.append(values[1].get('State')))
        self.root.stop(session)
        self.iterate_until(lambda: 'stopped' in states, 'the state is signalled')

    @harness.once
    def test_figures_are_signalled_at_most_every_five_seconds(self):
        times = []
        session = self.root.start()
        self.root.subscribe(caller.PROPERTIES, 'PropertiesChanged',
                            lambda path, values: path == session and 'EventsSeen' in values[1]
                            and times.append(time.monotonic()))
        target = self.target('eventfd-churn', 2000, 200)
        target.order('go')
        self.iterate_until(lambda: len(times) >= 2, 'figures are signalled', 20)
        self.assertGreater(times[1] - times[0], 4)

    def test_history_has_the_live_bytes_over_time(self):
        target = self.target('eventfd-leak', 2000)
        self.root.start()
        target.do('go', 'opened')
        live = self.root.stats(target.pid)['kernel']['current-bytes']
        history = self.wait_until(
            lambda: [point for point in self.root.stats(target.pid)['kernel']['history']
                     if point[1] >= live * 0.9], 'the history shows the growth', 20)
        now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        self.assertTrue(all(0 < when <= now for when, _ in history))

    def test_the_json_report_is_json_and_the_text_report_is_text(self):
        target = self.target('eventfd-leak', 1000)
        session = self.root.start()
        target.do('go', 'opened')
        report = json.loads(self.root.report(session, 'json'))
        self.assertGreater(report['totals']['current-bytes'], 1000 * 256)
        self.assertIn(target.pid, [row['pid'] for row in report['processes']])
        text = self.root.report(session, 'text')
        self.assertIn('KiB', text)
        self.assertIn('eventfd-leak', text)
        self.assertIn('do_eventfd', self.root.report(session, 'text', pid=target.pid))

    def test_a_report_is_sorted_as_asked_for_and_cut_at_the_limit(self):
        session = self.root.start()
        self.target('eventfd-leak', 1000).do('go', 'opened')
        for key in ('current-bytes', 'peak-bytes', 'alloc-bytes', 'alloc-count', 'churn',
                    'internal-fragmentation'):
            with self.subTest(key=key):
                rows = json.loads(self.root.report(session, sort=key, limit=0))['processes']
                values = [row[key] for row in rows]
                self.assertEqual(values, sorted(values, reverse=True))
        report = json.loads(self.root.report(session, limit=2))
        self.assertEqual(len(report['processes']), 2)
        self.assertGreater(report['left-out']['processes'], 0)


class Crowd(harness.ServiceTest):
    """Many clients at once, and much to report."""

    configuration = '[sessions]\nmaximum=200\nmaximum-per-caller=100\n'

    def test_a_hundred_clients_asking_at_once_are_all_answered(self):
        target = self.target('eventfd-leak', 100)
        clients = [self.connect() for _ in range(100)]
        sessions, answers, times = [], [], []
        for client in clients:
            client.call_async('Start', caller.GLib.Variant('(a{sv})', ({},)), sessions.append)
        self.iterate_until(lambda: len(sessions) == 100, 'every Start is answered', 60)
        self.assertEqual([item for item in sessions if isinstance(item, caller.BusError)], [])
        self.assertEqual(len({path for path, in sessions}), 100)
        begin = time.monotonic()

        def answered(values):
            answers.append(values)
            times.append(time.monotonic() - begin)
        few = caller.dictionary({'limit': 20})
        for client, (path,) in zip(clients, sessions):
            client.call_async('GetProcessStats', caller.GLib.Variant('(u)', (target.pid,)),
                              answered)
            client.call_async('ListProcesses', caller.GLib.Variant('(a{sv})', (few,)), answered)
            client.call_async('GetReport', caller.GLib.Variant('(osa{sv})', (path, 'json', {})),
                              answered)
        self.iterate_until(lambda: len(answers) == 300, 'every call is answered', 60)
        self.assertEqual([item for item in answers if isinstance(item, caller.BusError)], [])
        self.assertLess(max(times), 30)
        for client in clients:
            client.close()
        self.wait_until(lambda: self.root.running_sessions() == [], 'every session stops', 30)
        self.assertEqual(self.daemon.bpf_objects(), set())

    def test_a_thousand_processes_are_listed(self):
        target = self.target('many-processes', 1000)
        rows = self.root.processes()
        self.assertGreaterEqual(
            len([row for row in rows if row['comm'] == 'sleeping-child']), 1000)
        self.assertIn(target.known['last-child'], [row['pid'] for row in rows])

    def test_a_report_over_many_blocks_does_not_delay_other_calls(self):
        target = self.target('many-blocks', 1000000)
        session = self.root.start(map_memory=128 << 20)
        target.do('go', 'holding')
        self.root.report(session)
        done, waits = [], []
        self.root.call_async('GetReport',
                             caller.GLib.Variant('(osa{sv})', (session, 'json', {})), done.append)
        other = self.connect()
        for _ in range(50):
            begin = time.monotonic()
            other.property('Version')
            waits.append(time.monotonic() - begin)
        self.iterate_until(lambda: done, 'the report comes')
        self.assertNotIsInstance(done[0], caller.BusError)
        self.assertLess(sorted(waits)[-3], 0.1)


if __name__ == '__main__':
    harness.main()
