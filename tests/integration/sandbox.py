# SPDX-License-Identifier: GPL-2.0-or-later
"""The service inside the sandbox of its systemd unit, set up by sandbox_run.py."""

import os
import pwd
import sys

import harness
import machine
from caller import GLib
from harness import OTHER_USER, USER

UNIT = os.path.join(machine.SOURCE, 'data', 'memsnoopd.service.in')
SANDBOX = (sys.executable, '-B',
           os.path.join(machine.SOURCE, 'tests', 'integration', 'sandbox_run.py'))

# CAP_SYS_PTRACE, CAP_SYSLOG, CAP_PERFMON and CAP_BPF.
KEPT_CAPABILITIES = 1 << 19 | 1 << 34 | 1 << 38 | 1 << 39
# CAP_DAC_READ_SEARCH, CAP_SYS_PTRACE and CAP_CHECKPOINT_RESTORE.
OPENER_CAPABILITIES = 1 << 2 | 1 << 19 | 1 << 40

RULE = f'''
    polkit.addRule(function (action, subject) {{
      if (subject.user == "{machine.USERS[USER]}" && action.id == "org.memsnoop1.inspect-any")
        return polkit.Result.YES;
    }});'''


class SandboxTest(harness.ServiceTest):
    """With the service inside."""

    features = (*harness.ServiceTest.features, 'sandbox')
    daemon_starts = False

    def start_inside(self):
        # In a build with sanitizers: the search for leaks needs ptrace(2), which the sandbox refuses.
        options = os.environ.get('ASAN_OPTIONS', '')
        os.environ['ASAN_OPTIONS'] = options + ':detect_leaks=0'
        # A build may lie in a place that is not to be seen inside.
        self.daemon.program = machine.installed_service()
        self.daemon.start((*SANDBOX, self.install_unit()))
        self.root = self.connect()

    def install_unit(self):
        """The unit with the state folder of this test."""
        with open(UNIT, encoding='utf-8') as file:
            text = file.read()
        path = os.path.join(self.folder, 'memsnoopd.service')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(text.replace('@statedir@', self.daemon.state_folder))
        return path


@harness.beside_others
class Sandbox(SandboxTest):
    """Everything that the service does outside works inside."""

    rules = RULE

    def make_state_folder(self):
        """As tmpfiles.d makes it."""
        account = pwd.getpwnam(machine.ACCOUNT)
        os.mkdir(self.daemon.state_folder, 0o700)
        os.chown(self.daemon.state_folder, account.pw_uid, account.pw_gid)

    def test_kernel_memory_is_recorded_with_call_sites_by_name(self):
        self.start_inside()
        target = self.target('eventfd-leak', 1000)
        session = self.root.start()
        target.do('go', 'opened')
        kernel = self.root.stats(target.pid)['kernel']
        self.assertGreaterEqual(kernel['alloc-count'], 1000)
        for site in kernel['sites']:
            self.assertFalse(site['frames'][0].startswith('0x'), site)
        self.assertIn('eventfd-leak', self.root.report(session, 'text'))
        self.root.stop(session)
        self.assertEqual([item for item in self.daemon.bpf_objects() if item[0] == 'link'], [])

    def test_no_feature_is_missing_that_there_is_outside(self):
        self.daemon.start()
        outside = self.connect().property('Features')
        self.daemon.terminate()
        self.start_inside()
        inside = self.root.property('Features')
        self.assertEqual(inside, outside, self.root.property('FeatureReasons'))

    def test_processes_of_other_users_are_described_in_full(self):
        target = self.target('eventfd-leak', 100, uid=OTHER_USER)
        self.start_inside()
        stats = self.root.stats(target.pid)
        # From another mount namespace, the path of a program in a chroot begins outside of that.
        executable = os.path.realpath(f'/proc/{target.pid}/exe')
        self.assertTrue(stats['exe'].endswith(executable), (stats['exe'], executable))
        self.assertEqual(stats['uid'], OTHER_USER)
        self.assertGreater(stats['memory']['pss'], 0)

    def test_state_is_kept_in_the_folder_that_was_made_for_it(self):
        target = self.target('eventfd-leak', 100)
        executable = os.readlink(f'/proc/{target.pid}/exe')
        self.make_state_folder()
        self.start_inside()
        self.root.call('Ignore', GLib.Variant('(s)', (executable,)))
        self.assertEqual(self.daemon.terminate(), 0)
        self.assertEqual(sorted(os.listdir(self.daemon.state_folder)), ['ignored', 'watch'])
        self.start_inside()
        self.assertEqual(self.root.call('ListIgnored'), [executable])
        self.assertNotIn('WARNING', self.daemon.log())

    def test_without_its_state_folder_the_service_runs_and_says_so(self):
        self.start_inside()
        self.assertEqual(self.root.call('ListIgnored'), [])
        self.assertIn(self.daemon.state_folder, self.daemon.log())
        self.assertFalse(os.path.exists(self.daemon.state_folder))

    def test_the_service_has_its_own_user_and_four_capabilities(self):
        self.start_inside()
        account = pwd.getpwnam(machine.ACCOUNT)
        self.assertEqual(self.daemon.status('Uid').split(), [str(account.pw_uid)] * 4)
        self.assertEqual(self.daemon.status('Gid').split(), [str(account.pw_gid)] * 4)
        self.assertEqual(self.daemon.status('Groups'), '')
        for kind in ('CapEff', 'CapPrm'):
            self.assertEqual(int(self.daemon.status(kind), 16), KEPT_CAPABILITIES, kind)
        for kind in ('CapInh', 'CapBnd', 'CapAmb'):
            self.assertEqual(int(self.daemon.status(kind), 16), 0, kind)
        self.assertEqual(self.daemon.status('NoNewPrivs'), '1')
        self.assertEqual(self.daemon.status('Seccomp'), '2')

    def test_the_opener_has_three_capabilities_and_no_other_right(self):
        self.start_inside()
        with open(f'/proc/{self.daemon.pid}/task/{self.daemon.pid}/children',
                  encoding='ascii') as file:
            children = file.read().split()
        openers = [pid for pid in children
                   if os.path.basename(os.readlink(f'/proc/{pid}/exe')) == 'memsnoop-opener']
        self.assertEqual(len(openers), 1)
        with open(f'/proc/{openers[0]}/status', encoding='utf-8') as file:
            status = dict(line.rstrip('\n').split(':', 1) for line in file)
        account = pwd.getpwnam(machine.ACCOUNT)
        self.assertEqual(status['Uid'].split(), [str(account.pw_uid)] * 4)
        self.assertEqual(status['Groups'].strip(), '')
        for kind in ('CapEff', 'CapPrm'):
            self.assertEqual(int(status[kind], 16), OPENER_CAPABILITIES, kind)
        for kind in ('CapInh', 'CapBnd', 'CapAmb'):
            self.assertEqual(int(status[kind], 16), 0, kind)
        self.assertEqual((status['NoNewPrivs'].strip(), status['Seccomp'].strip()), ('1', '2'))

    def test_polkit_answers_the_service_under_its_own_user(self):
        target = self.target('eventfd-leak', 100, uid=OTHER_USER)
        self.start_inside()
        self.assertEqual(self.connect(USER).stats(target.pid)['pid'], target.pid)


if __name__ == '__main__':
    harness.main()
