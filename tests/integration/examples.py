# SPDX-License-Identifier: GPL-2.0-or-later
"""The examples of docs/integration.md, run against the real service, and what is said about them there."""

import glob
import os
import re
import stat
import textwrap

import heap_suspect
import harness
from harness import OTHER_USER, USER, machine
from watch import DEADLINE, STEP

EXAMPLES = os.path.join(machine.SOURCE, 'docs', 'examples')
INTEGRATION = os.path.join(machine.SOURCE, 'docs', 'integration.md')
SECONDS = int(DEADLINE + 5)


@harness.beside_others
class ExamplesTest(heap_suspect.HeapSuspectTest):
    """Each is run on a program that leaks; the output has what the example is for."""

    def run_example(self, *command, uid=USER, pid=None, seconds=SECONDS):
        """What it prints about a leaking process of its user, or another one."""
        if pid is None:
            target = self.target('heap-growth', 'leak', STEP, 50, uid=uid)
            target.do('grow', 'growing')
            pid = target.pid
        self.recorded = pid
        # Where every user can read it.
        path = command[-1]
        command = [*command[:-1], machine.public_copy(path)]
        done = self.command(*command, str(pid), str(seconds), uid=uid, timeout=seconds + 30)
        print(done.stdout, done.stderr, sep='\n---\n')
        return done

    def example(self, name):
        return os.path.join(EXAMPLES, name)

    def check(self, done, suspicion, frame=r'leak_block'):
        self.assertEqual((done.returncode, self.errors(done)), (0, ''))
        self.assertIn('The largest processes:', done.stdout)
        self.assertRegex(done.stdout, rf'\b{self.recorded}\b')
        self.assertRegex(done.stdout, r'Recording as /org/memsnoop1/session/\d+\n')
        self.assertRegex(done.stdout, suspicion.format(pid=self.recorded))
        self.assertRegex(done.stdout, frame)
        self.assertEqual(self.root.running_sessions(), [], 'it has stopped its session')

    @staticmethod
    def errors(done):
        """What busctl says when it begins to monitor is none."""
        return done.stderr.replace('Monitoring bus message stream.\n', '')

    def check_refusal(self, *command):
        """Of another user's process, it says why."""
        other = self.target('heap-growth', 'leak', STEP, 50, uid=OTHER_USER)
        done = self.run_example(*command, pid=other.pid, seconds=1)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, 'AccessDenied|InteractiveAuthorizationRequired')
        self.assertEqual(self.root.running_sessions(), [])

    def test_python(self):
        command = ('/usr/bin/python3', self.example('monitor.py'))
        self.check(self.run_example(*command), r"'heap-growth' \({pid}\) raised: rss, \d+ bytes")
        self.check_refusal(*command)

    def test_c(self):
        command = (machine.program('docs', 'examples', 'example-monitor'),)
        self.check(self.run_example(*command), r'"heap-growth" \({pid}\) raised: rss, \d+ bytes')
        self.check_refusal(*command)

    @harness.needs('gjs')
    def test_javascript(self):
        command = ('gjs', '-m', self.example('monitor.js'))
        self.check(self.run_example(*command), r'"heap-growth" \({pid}\) raised: rss, \d+ bytes')
        self.check_refusal(*command)

    def test_gdbus(self):
        command = ('bash', self.example('monitor-gdbus.sh'))
        self.check(self.run_example(*command),
                   r"LeakSuspected \(objectpath '/', (?:uint32 )?{pid}, 'heap-growth'")
        self.check_refusal(*command)

    @harness.needs('busctl')
    def test_busctl(self):
        self.check(self.run_example('bash', self.example('monitor-busctl.sh'), uid=0),
                   r'\["heap-growth",{pid},"raised","rss",[\d.]+\]')

    @harness.needs('busctl')
    def test_busctl_of_who_may_not_monitor_ends_without_more_complaints(self):
        done = self.run_example('bash', self.example('monitor-busctl.sh'), seconds=2)
        self.assertRegex(done.stdout, r'leak_block')
        self.assertNotIn('kill', done.stderr)
        self.assertEqual(self.root.running_sessions(), [])

    def test_folded_call_stacks_come_through_the_descriptor(self):
        done = self.run_example('/usr/bin/python3', self.example('monitor.py'), seconds=3)
        self.assertRegex(done.stdout, r'(?m)^[^\n]*main[^\n;]*;[^\n]*leak_block[^\n]* \d+$')

    def test_a_session_ends_with_its_caller_unless_it_lingers(self):
        target = self.target('heap-growth', 'leak', STEP, 50)
        for linger in (False, True):
            client = self.connect()
            session = client.start(sources=['heap'], pids=[target.pid], linger=linger)
            client.close()
            if not linger:
                self.wait_until(lambda: self.root.running_sessions() == [], 'it ends')
        self.assertEqual(self.root.running_sessions(), [session])
        self.root.stop(session)


@harness.beside_others
class Document(harness.ServiceTest):
    """docs/integration.md."""

    daemon_starts = False

    def test_every_fragment_is_a_part_of_an_example(self):
        sources = [self.read(path) for path in glob.glob(EXAMPLES + '/*')]
        # How one is run.
        sources.append('docs/examples/monitor.py 4711 30     # process 4711, for 30 seconds')
        fragments = re.findall(r'^```(?:sh|python|js|c)\n(.*?)^```$', self.read(INTEGRATION),
                               re.M | re.S)
        self.assertGreater(len(fragments), 5)
        for fragment in fragments:
            self.assertTrue(any(self.plain(fragment) in self.plain(source) for source in sources),
                            f'in no example:\n{fragment}')

    def test_every_example_is_told_and_can_be_run(self):
        for path in glob.glob(EXAMPLES + '/monitor*'):
            self.assertIn(f'(examples/{os.path.basename(path)})', self.read(INTEGRATION))
            self.assertEqual(path.endswith('.c'), not os.stat(path).st_mode & stat.S_IXUSR)

    @staticmethod
    def read(path):
        with open(path, encoding='utf-8') as file:
            return file.read()

    @staticmethod
    def plain(text):
        """Without indentation."""
        return '\n'.join(line.strip() for line in textwrap.dedent(text).splitlines()).strip()


if __name__ == '__main__':
    harness.main()
