# SPDX-License-Identifier: GPL-2.0-or-later
"""The service where processes have other pids than the kernel's, as in a container."""

import os
import sys

import harness
import machine
from harness import ServiceTest

# PROC_PID_INIT_INO in the kernel's include/linux/proc_ns.h.
INITIAL = 4026531836


@harness.beside_others
class PidNamespaceTest(ServiceTest):
    configuration = '[watch]\ninterval = 0.05\n'

    def test_processes_have_the_pids_of_proc(self):
        self.assertNotEqual(os.stat('/proc/self/ns/pid').st_ino, INITIAL)
        target = self.target('eventfd-leak', 10)
        features = self.root.property('Features')
        self.assertTrue(features['watch'])
        self.assertFalse(features['process-iterator'])
        listed = {process['pid']: process['comm'] for process in self.root.processes()}
        self.assertEqual(listed[target.pid], 'eventfd-leak')
        self.assertGreater(self.root.stats(target.pid)['memory']['rss-file'], 0)

    def test_recording_is_not_supported(self):
        error = self.assert_refused('org.freedesktop.DBus.Error.NotSupported', self.root.start,
                                    mentions=['pid namespace', str(INITIAL)])
        reasons = self.root.property('FeatureReasons')
        for feature in ('kernel', 'process-iterator'):
            self.assertIn('pid namespace', reasons[feature])
        self.assertIn(reasons['kernel'], error.message)


del ServiceTest


def enter_pid_namespace():
    """Runs the program again as one of the first processes of a pid namespace."""
    if os.stat('/proc/self/ns/pid').st_ino == INITIAL:
        machine.require('root')
        os.execvp('unshare', ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc', '--',
                              sys.executable, '-B', *sys.argv])


if __name__ == '__main__':
    enter_pid_namespace()
    harness.main()
