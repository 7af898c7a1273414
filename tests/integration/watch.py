# SPDX-License-Identifier: GPL-2.0-or-later
"""The watch: what grows is suspected, told, followed over a restart, and withdrawn.

The interval is the shortest, so that the minimum time of observation passes in 12 seconds; several
processes are looked at in each test, because each takes as long.
"""

import glob
import os
import signal
import subprocess
import sys
import tempfile
import time

import caller
import harness
from caller import GLib
from harness import OTHER_USER, USER

INTERVAL = 0.05
OBSERVATION = 240 * INTERVAL
# Until a steady leak has to be told: one and a half times the minimum, and some for a busy machine.
DEADLINE = 1.5 * OBSERVATION + 5
STEP = 128 << 10
CONFIGURATION = f'[watch]\ninterval={INTERVAL}\n'

TOUCH = '''
import mmap, sys, time
with open(sys.argv[1], 'r+b') as file:
    memory = mmap.mmap(file.fileno(), 0)
for start in range(0, len(memory), int(sys.argv[2])):
    sum(memory[start:start + int(sys.argv[2]):4096])
    time.sleep(float(sys.argv[3]))
time.sleep(1000)
'''


class WatchTest(harness.ServiceTest):
    """With a client that hears all signals."""

    configuration = CONFIGURATION

    def setUp(self):
        super().setUp()
        self.signals = []
        if self.daemon_starts:
            self.listen()

    def listen(self):
        self.root.subscribe(caller.MANAGER, 'LeakSuspected',
                            lambda _path, values: self.signals.append(values))

    def told(self, pid, state='raised', kind=None):
        """What was signalled about a process: pairs of session and evidence."""
        return [(session, evidence) for session, told_pid, _comm, evidence in self.signals
                if told_pid == pid and evidence['state'] == state
                and kind in (None, evidence['kind'])]

    def grower(self, kind='private', amount=STEP, uid=None):
        target = self.target('growth', kind, amount, 50, uid=uid)
        target.do('grow', 'growing')
        return target

    def hold(self, target):
        """Ends the growth."""
        target.do('hold', 'holding')

    def await_suspicion(self, target, kind):
        self.iterate_until(lambda: self.told(target.pid, kind=kind),
                           f'{target.name} is suspected of {kind}', DEADLINE)
        return self.told(target.pid, kind=kind)[0]

    def suspects(self, client=None):
        return {row['pid']: row for row in (client or self.root).call('ListSuspects')}

    def suspect(self, identifier, client=None):
        return (client or self.root).call('GetSuspect', GLib.Variant('(t)', (identifier,)))

    def ignore(self, path, client=None, method='Ignore'):
        (client or self.root).call(method, GLib.Variant('(s)', (path,)))


class Growth(WatchTest):
    """What is suspected, and what is not."""

    def test_each_kind_of_growth_is_suspected_with_its_evidence_and_nothing_else_is(self):
        session = self.root.start()
        began = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        private, shared = self.grower(), self.grower('shared')
        descriptors = self.grower('descriptors', 40)
        steady = self.target('growth')
        _session, evidence = self.await_suspicion(private, 'rss')
        now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        self.assertGreater(now - began, OBSERVATION * 0.9e9, 'the minimum time comes first')
        self.assertEqual(_session, '/')
        self.check_evidence(evidence, STEP / INTERVAL, began, now)
        _session, evidence = self.await_suspicion(shared, 'shmem')
        self.check_evidence(evidence, STEP / INTERVAL, began,
                            time.clock_gettime_ns(time.CLOCK_BOOTTIME))
        self.check_kernel(descriptors, session)
        self.assertEqual(self.told(steady.pid), [])
        self.check_broadcast_is_anonymous()
        self.check_lists(private)
        self.check_history(private)
        self.check_stop(private)
        shared.kill()
        self.iterate_until(lambda: self.told(shared.pid, 'cleared'), 'an exit withdraws it')
        self.assertEqual(self.told(shared.pid, 'cleared')[0][1]['reason'], 'exited')
        self.assertNotIn(shared.pid, self.suspects())

    def check_evidence(self, evidence, rate, began, now):
        self.assertEqual(evidence['level'], 'growth')
        self.assertEqual(evidence['uid'], 0)
        self.assertTrue(0.5 <= evidence['confidence'] <= 1, evidence)
        # Targets sleep for a while in each step, and take longer on a busy machine.
        self.assertTrue(rate * 0.4 < evidence['rate'] < rate * 1.3, evidence)
        self.assertTrue(began - 2e9 <= evidence['since'] <= now - OBSERVATION * 0.5e9, evidence)
        self.assertTrue(4 << 20 <= evidence['bytes'] <= rate * (now - began) * 1.3e-9, evidence)
        self.assertTrue(0 < evidence['time-to-exhaustion'] < 365 * 24 * 3600, evidence)

    def check_kernel(self, target, session):
        told_session, evidence = self.await_suspicion(target, 'kernel')
        self.assertEqual(told_session, session)
        self.assertEqual(evidence['level'], 'probable')
        sites = self.suspect(evidence['id'])['sites']
        self.assertTrue(sites)
        self.assertTrue({site['cache'] for site in sites}, sites)
        self.assertEqual(self.told(target.pid, kind='rss'), [])

    def check_broadcast_is_anonymous(self):
        for _session, _pid, _comm, evidence in self.signals:
            self.assertLessEqual(set(evidence), {
                'id', 'state', 'reason', 'level', 'kind', 'confidence', 'bytes', 'rate', 'since',
                'last-growth', 'time-to-exhaustion', 'uid', 'start-time'})
            self.assertEqual('reason' in evidence, evidence['state'] == 'cleared')

    def check_lists(self, target):
        row = self.suspects()[target.pid]
        self.assertEqual(row['comm'], 'growth')
        self.assertTrue(row['exe'].endswith('/growth'))
        self.assertEqual(self.suspect(row['id'])['pid'], target.pid)
        self.assert_refused('org.memsnoop1.Error.NoSuchSuspect', self.suspect, row['id'] + 1000,
                            mentions=[row['id'] + 1000])
        rows = self.root.processes(sort='growth-rate')
        rates = [row['growth-rate'] for row in rows]
        self.assertEqual(rates, sorted(rates, reverse=True))
        # Others on the machine may grow faster.
        self.assertGreater({row['pid']: row['growth-rate'] for row in rows}[target.pid], STEP)

    def check_history(self, target):
        memory = self.root.stats(target.pid)['memory']
        times = [point[0] for point in memory['history']]
        self.assertEqual(times, sorted(set(times)))
        self.assertLessEqual(len(times), 136)
        self.assertGreater(memory['history'][-1][1], memory['history'][0][1] + (4 << 20))
        self.assertGreater(memory['growth-rate'], 0)
        self.assertLessEqual(memory['watched-since'], times[0] + INTERVAL * 1e9)

    def check_stop(self, target):
        self.hold(target)
        self.iterate_until(lambda: self.told(target.pid, 'cleared'), 'growth that stops is cleared',
                           DEADLINE + OBSERVATION)
        self.assertEqual(len(self.told(target.pid)), 1, 'it is raised once')
        cleared = self.told(target.pid, 'cleared')[0][1]
        self.assertEqual(cleared['id'], self.told(target.pid)[0][1]['id'])
        self.assertEqual(cleared['reason'], 'stopped')

    def test_memory_that_is_full_soon_at_a_steady_rate_is_told_at_once_and_taken_back_later(self):
        harness.machine.set_available_memory(1 << 40)
        target = self.grower()
        _session, raised = self.await_suspicion(target, 'rss')
        self.assertGreater(raised['time-to-exhaustion'], 1200)
        harness.machine.set_available_memory(int(200 * raised['rate']))
        self.await_changes(target, 1, 10 * 10 * INTERVAL)
        soon = self.told(target.pid, 'changed')[0][1]
        self.assertEqual(soon['id'], raised['id'])
        self.assertLessEqual(soon['time-to-exhaustion'], 600)
        self.assertTrue(0.5 < soon['rate'] / raised['rate'] < 2, 'the rate alone would be no news')
        harness.machine.set_available_memory(int(4000 * raised['rate']))
        self.await_changes(target, 2, OBSERVATION)
        self.assertGreater(self.told(target.pid, 'changed')[1][1]['time-to-exhaustion'], 1200)

    def await_changes(self, target, count, seconds):
        self.iterate_until(lambda: len(self.told(target.pid, 'changed')) >= count,
                           f'change {count} is told', seconds)

    @harness.once
    def test_shared_memory_that_is_there_already_is_no_growth_of_those_who_touch_it(self):
        touching = [self.toucher(64 << 20) for _ in range(2)]
        self.await_suspicion(self.grower(), 'rss')
        end = time.monotonic() + OBSERVATION / 4
        self.iterate_until(lambda: time.monotonic() > end, 'they are judged, too')
        for process in touching:
            self.assertIsNone(process.poll(), 'it still touches more')
            self.assertEqual(self.told(process.pid), [])

    def toucher(self, size):
        """A process that maps a file that is in memory, and comes to know it step by step."""
        file = tempfile.NamedTemporaryFile(dir='/dev/shm')
        self.addCleanup(file.close)
        file.write(b'x' * size)
        file.flush()
        process = subprocess.Popen(
            [sys.executable, '-c', TOUCH, file.name, str(STEP), str(INTERVAL)],
            preexec_fn=harness.machine.die_with_parent)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    @harness.beside_others
    def test_other_users_see_their_own_suspects_and_what_they_may_not_do_changes_nothing(self):
        own, other = self.grower(uid=USER), self.grower(uid=OTHER_USER)
        self.await_suspicion(own, 'rss')
        _session, evidence = self.await_suspicion(other, 'rss')
        client = self.connect(USER)
        self.assertIn(own.pid, self.suspects(client))
        self.assertEqual({row['uid'] for row in self.suspects(client).values()}, {USER})
        self.assertEqual(self.suspect(self.suspects(client)[own.pid]['id'], client)['pid'], own.pid)
        refusals = (caller.ACCESS_DENIED, caller.AUTHORIZATION_REQUIRED)
        self.assert_refused(refusals, self.suspect, evidence['id'], client)
        self.assert_refused(refusals, self.ignore, '/bin/true', client)
        self.assert_refused(refusals, self.ignore, '/bin/true', client, 'Unignore')
        self.assert_refused(refusals, client.call, 'ListIgnored')
        self.assertEqual(self.root.call('ListIgnored'), [])
        self.assertIn(own.pid, self.suspects())

    @harness.beside_others
    def test_the_command_line_tells_it_in_words(self):
        growing = self.grower()
        watch = subprocess.Popen(
            [harness.machine.program('cli', 'memsnoopctl'), 'watch'], stdout=subprocess.PIPE,
            text=True, preexec_fn=harness.machine.die_with_parent)
        self.addCleanup(watch.stdout.close)
        self.addCleanup(watch.wait)
        self.addCleanup(watch.kill)
        _session, evidence = self.await_suspicion(growing, 'rss')
        listed = self.memsnoopctl('suspects')
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertIn(str(growing.pid), listed.stdout)
        self.assertIn('growth', self.memsnoopctl('suspects', str(evidence['id'])).stdout)
        for arguments in (['history', str(growing.pid)], ['top', '--sort', 'growth-rate']):
            told = self.memsnoopctl(*arguments)
            self.assertEqual(told.returncode, 0, told.stderr)
            self.assertTrue(told.stdout.strip())
        path = os.readlink(f'/proc/{growing.pid}/exe')
        self.assertEqual(self.memsnoopctl('ignore', path).returncode, 0)
        self.iterate_until(lambda: self.told(growing.pid, 'cleared'), 'ignoring withdraws it')
        self.assertEqual(self.told(growing.pid, 'cleared')[0][1]['reason'], 'ignored')
        self.assertIn(path, self.memsnoopctl('ignore').stdout)
        self.assertEqual(self.memsnoopctl('unignore', path).returncode, 0)
        self.assertEqual(self.root.call('ListIgnored'), [])
        watch.send_signal(signal.SIGINT)
        told = watch.stdout.read()
        self.assertIn(f'growth ({growing.pid})', told)
        self.assertIn('as its program is ignored now', told)


@harness.beside_others
class Restart(WatchTest):
    """What survives."""

    def test_suspicions_histories_and_the_ignored_survive_a_restart(self):
        growing, ignored = self.grower(), self.target('eventfd-leak')
        ignored_path = os.readlink(f'/proc/{ignored.pid}/exe')
        self.ignore(ignored_path)
        _session, evidence = self.await_suspicion(growing, 'rss')
        history = self.root.stats(growing.pid)['memory']['history']
        self.assertEqual(self.daemon.terminate(), 0)
        self.daemon.start()
        self.wait_until(lambda: growing.pid in self.suspects(), 'it is still suspected')
        self.assertEqual(self.suspects()[growing.pid]['id'], evidence['id'])
        self.assertEqual(self.root.call('ListIgnored'), [ignored_path])
        memory = self.wait_until(lambda: self.root.stats(growing.pid)['memory'].get('history') and
                                 self.root.stats(growing.pid)['memory'], 'it has a history')
        self.assertEqual(memory['history'][0], history[0])
        self.assertEqual(len(self.told(growing.pid)), 1, 'it is not told again')

    def test_what_was_ignored_before_a_crash_is_not_suspected_after_it(self):
        growing = self.grower()
        self.await_suspicion(growing, 'rss')
        self.assertEqual(self.daemon.terminate(), 0)
        self.daemon.start()
        self.wait_until(lambda: growing.pid in self.suspects(), 'it was saved')
        self.ignore(os.readlink(f'/proc/{growing.pid}/exe'))
        self.daemon.kill()
        self.daemon.start()
        self.assertNotIn(growing.pid, self.suspects())

    def test_damaged_state_is_set_aside_and_does_not_stop_the_start(self):
        self.assertEqual(self.daemon.terminate(), 0)
        files = [path for path in glob.glob(os.path.join(self.daemon.state_folder, '*'))]
        self.assertTrue(files, 'the state was saved')
        for name in ('watch', 'ignored'):
            with open(os.path.join(self.daemon.state_folder, name), 'wb') as file:
                file.write(b'\xff\x00 no state at all\n' * 100)
        self.daemon.start()
        for name in ('watch', 'ignored'):
            self.assertTrue(os.path.exists(
                os.path.join(self.daemon.state_folder, name + '.damaged')), name)
        self.assertEqual(self.root.call('ListIgnored'), [])
        self.assertIn('damaged', self.daemon.log())


class Ignoring(WatchTest):
    """Bad input, and loads of processes."""

    def test_what_cannot_be_ignored_is_refused_and_changes_nothing(self):
        for path, error in (('bin/true', caller.INVALID_ARGUMENTS),
                            ('', caller.INVALID_ARGUMENTS),
                            ('/bin/../bin/true', caller.INVALID_ARGUMENTS),
                            ('/' + 'x' * 5000, caller.INVALID_ARGUMENTS),
                            ('/usr', caller.INVALID_ARGUMENTS),
                            ('/no/such/program', caller.FREEDESKTOP + 'FileNotFound')):
            self.assert_refused(error, self.ignore, path)
        self.assert_refused(caller.INVALID_ARGUMENTS, self.ignore, '/bin/true', method='Unignore',
                            mentions=['/bin/true'])
        self.assertEqual(self.root.call('ListIgnored'), [])

    def test_thousands_of_processes_that_come_and_go_between_two_looks_leave_nothing(self):
        before = self.daemon.status('VmRSS')
        subprocess.run(['sh', '-c', 'i=0; while [ $i -lt 3000 ]; do /bin/true; i=$((i+1)); done'],
                       check=True)
        # Kilobytes; what else runs on the machine is watched, too.
        others = 4 * len(self.root.processes())
        grown = int(self.daemon.status('VmRSS').split()[0]) - int(before.split()[0])
        # The address sanitizer keeps what was freed last: by itself, 256 MiB.
        with open(f'/proc/{self.daemon.pid}/maps', encoding='utf-8') as maps:
            limit = 8192 + (262144 if 'libasan' in maps.read() else 0)
        self.assertLess(grown, limit + others)
        self.assertEqual(self.signals, [])


@harness.beside_others
class BadConfiguration(harness.ServiceTest):
    """Intervals and thresholds out of their ranges keep the service from starting, by their line."""

    daemon_starts = False

    def test_intervals_and_thresholds_out_of_range_are_named_with_their_line(self):
        for group, key, value, right in (('watch', 'interval', '0.01', '0.05'),
                                         ('watch', 'interval', '3601', '3600'),
                                         ('watch', 'interval', 'nan', '0.05'),
                                         ('watch', 'minimum-growth-share', '1.5', '1'),
                                         ('anomalies', 'churn', '2', '1')):
            self.daemon.configure(f'\n[{group}]\n{key}={value}\n')
            self.daemon.launch()
            self.assertEqual(self.daemon.wait(), 1)
            for text in (':3:', key, value, right):
                self.assertIn(text, self.daemon.log())


if __name__ == '__main__':
    harness.main()
