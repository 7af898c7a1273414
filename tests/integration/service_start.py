# SPDX-License-Identifier: GPL-2.0-or-later
"""How the service starts: its configuration, its account, and machines that lack something."""

import os
import subprocess

import caller
import harness
import machine

ALL_CAPABILITIES = (1 << 41) - 1


@harness.beside_others
class BrokenConfiguration(harness.ServiceTest):
    """A configuration that cannot be meant keeps the service from starting."""

    daemon_starts = False

    def refused(self, text, *mentions):
        self.daemon.configure(text)
        self.daemon.launch()
        self.assertNotEqual(self.daemon.wait(), 0)
        for mention in mentions:
            self.assertIn(mention, self.daemon.log())

    def test_an_unknown_group_or_key_is_named_with_its_line(self):
        self.refused('[sessions]\nmaximum=5\n\n[colours]\nred=1\n',
                     self.daemon.configuration_path + ':4', 'colours')
        self.refused('[sessions]\nmaximum=5\nminimum=5\n',
                     self.daemon.configuration_path + ':3', 'minimum')

    def test_a_bad_value_is_named_with_its_line_and_what_would_be_right(self):
        self.refused('[sessions]\n\nmaximum=many\n',
                     self.daemon.configuration_path + ':3', 'maximum', 'many', '4096')
        self.refused('[sessions]\nmaximum=0\n', ':2', 'maximum', '1')
        self.refused('[kernel]\nmap-memory=1K\n', ':2', 'map-memory', '1K')
        self.refused('[kernel]\nmap-memory=99999999999999999999G\n', ':2', 'map-memory')

    def test_a_file_that_is_no_key_file_is_refused(self):
        self.refused('maximum=5\n', self.daemon.configuration_path)
        self.refused('[sessions\nmaximum=5\n', self.daemon.configuration_path)
        with open(self.daemon.configuration_path, 'wb') as file:
            file.write(b'[sessions]\nmaximum=\xff\xfe\n')
        self.daemon.launch()
        self.assertNotEqual(self.daemon.wait(), 0)

    def test_a_file_that_was_asked_for_and_does_not_exist_is_refused(self):
        self.daemon.launch(configuration_path='/nonexistent/memsnoopd.conf')
        self.assertNotEqual(self.daemon.wait(), 0)
        self.assertIn('/nonexistent/memsnoopd.conf', self.daemon.log())

    def test_the_configuration_as_it_is_installed_is_accepted(self):
        with open(os.path.join(machine.SOURCE, 'data', 'memsnoopd.conf'), encoding='utf-8') as file:
            shipped = file.read()
        self.daemon.configure(shipped)
        self.daemon.start()
        self.daemon.terminate()
        # And so it is with every default written out.
        self.daemon.configure('\n'.join(
            line.removeprefix('#') if '=' in line and line.startswith('#') and ' ' not in line
            else line for line in shipped.splitlines()) + '\n')
        self.daemon.start()

    def test_arguments_that_do_not_exist_are_refused(self):
        for arguments in (['--colour'], ['surplus']):
            result = self.command(machine.program('service', 'memsnoopd'), *arguments)
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(arguments[0], result.stderr)

    def test_help_and_version_are_told_without_a_bus(self):
        result = self.command(machine.program('service', 'memsnoopd'), '--version')
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r'\d+\.\d+')
        result = self.command(machine.program('service', 'memsnoopd'), '--help')
        self.assertEqual(result.returncode, 0)
        self.assertIn('--config', result.stdout)


@harness.beside_others
class Account(harness.ServiceTest):
    """What remains of root's rights."""

    def effective(self):
        return int(self.daemon.status('CapEff'), 16)

    def test_the_service_changes_to_its_own_account_and_keeps_few_capabilities(self):
        uids = set(self.daemon.status('Uid').split())
        self.assertEqual(len(uids), 1)
        self.assertNotEqual(uids, {'0'})
        self.assertLessEqual(bin(self.effective()).count('1'), 6)
        self.assertEqual(self.daemon.status('CapPrm'), self.daemon.status('CapEff'))
        self.root.start()

    def test_no_capability_is_left_for_a_program_that_the_service_might_start(self):
        self.assertEqual(int(self.daemon.status('CapInh'), 16), 0)
        self.assertEqual(int(self.daemon.status('CapAmb'), 16), 0)
        self.assertEqual(self.daemon.status('NoNewPrivs'), '1')


@harness.beside_others
class NoAccount(harness.ServiceTest):
    """A machine on which nobody made the account."""

    daemon_starts = False

    def test_without_its_account_the_service_stays_root_with_few_capabilities(self):
        machine.remove_account()
        self.daemon.start()
        self.root = self.connect()
        self.assertEqual(set(self.daemon.status('Uid').split()), {'0'})
        self.assertNotEqual(int(self.daemon.status('CapEff'), 16) & ALL_CAPABILITIES,
                            ALL_CAPABILITIES)
        self.assertLessEqual(bin(int(self.daemon.status('CapEff'), 16)).count('1'), 6)
        target = self.target('eventfd-leak', 100)
        self.root.start()
        target.do('go', 'opened')
        self.assertGreaterEqual(self.root.stats(target.pid)['kernel']['alloc-count'], 100)


@harness.beside_others
class Descriptors(harness.ServiceTest):
    """Of which the service needs as many as the programs have files that it records."""

    daemon_starts = False

    def test_the_service_has_as_many_descriptors_as_it_may(self):
        self.daemon.start(['prlimit', '--nofile=1024:4096'])
        with open(f'/proc/{self.daemon.pid}/limits', encoding='ascii') as file:
            self.assertRegex(file.read(), r'Max open files +4096 +4096 ')


@harness.beside_others
class MissingFeatures(harness.ServiceTest):
    """The service stays up, says what is missing, and refuses what needs it."""

    daemon_starts = False

    def assert_not_recording(self, *mentions):
        self.root = self.connect()
        features = self.root.property('Features')
        reasons = self.root.property('FeatureReasons')
        self.assertFalse(features['kernel'])
        self.assertEqual(set(reasons), {key for key, there in features.items() if not there})
        for mention in mentions:
            self.assertIn(mention, reasons['kernel'])
        error = self.assert_refused(caller.NOT_SUPPORTED, self.root.start)
        self.assertGreater(len(error.message), 20)
        self.assert_nothing_recorded()
        self.assertGreater(len(self.root.processes()), 3)
        self.assertEqual(self.root.stats(self.daemon.pid)['pid'], self.daemon.pid)

    def test_a_kernel_without_btf(self):
        machine.mount_empty('/sys/kernel/btf')
        self.daemon.start()
        self.assert_not_recording('/sys/kernel/btf/vmlinux')

    def test_a_service_without_the_right_to_load_programs(self):
        self.daemon.start(wrapper=['setpriv', '--bounding-set', '-bpf,-sys_admin,-perfmon',
                                   '--inh-caps', '-bpf,-sys_admin,-perfmon'])
        self.assert_not_recording('CAP_BPF')

    def test_a_service_without_the_right_to_open_what_is_mapped(self):
        self.daemon.start(wrapper=['setpriv', '--bounding-set', '-checkpoint_restore,-sys_admin',
                                   '--inh-caps', '-checkpoint_restore,-sys_admin'])
        self.root = self.connect()
        self.assertFalse(self.root.property('Features')['mapped-files'])
        self.assertIn('CAP_CHECKPOINT_RESTORE',
                      self.root.property('FeatureReasons')['mapped-files'])
        # By its path, then.
        target = self.target('heap-leak', 1000, 100)
        self.root.start(sources=['heap'], pids=[target.pid])
        target.do('go', 'done')
        self.wait_until(lambda: self.root.stats(target.pid)['heap']['current-bytes'] == 100000,
                        'the heap is recorded')

    def test_a_service_without_the_right_to_look_into_processes(self):
        self.daemon.start(wrapper=['setpriv', '--bounding-set', '-sys_ptrace',
                                   '--inh-caps', '-sys_ptrace'])
        self.root = self.connect()
        target = self.target('heap-leak', 1000, 100, uid=harness.USER)
        with self.assertRaises(caller.BusError) as raised:
            self.root.start(sources=['heap'], pids=[target.pid])
        self.assertIn('not permitted', raised.exception.message)
        self.assertNotIn('exited', raised.exception.message)

    def test_a_kernel_that_does_not_tell_its_symbols(self):
        subprocess.run(['mount', '--bind', '/dev/null', '/proc/kallsyms'], check=True)
        self.daemon.start()
        self.root = self.connect()
        self.assertTrue(self.root.property('Features')['kernel'])
        self.assertFalse(self.root.property('Features')['kernel-symbols'])
        target = self.target('eventfd-leak', 1000)
        self.root.start()
        target.do('go', 'opened')
        sites = self.root.stats(target.pid)['kernel']['sites']
        self.assertTrue(all(site['frames'][0].startswith('0x') for site in sites), sites)

    def test_every_feature_that_is_missing_has_its_reason(self):
        self.daemon.start()
        self.root = self.connect()
        features = self.root.property('Features')
        reasons = self.root.property('FeatureReasons')
        self.assertLessEqual({'kernel', 'kernel-symbols', 'interrupt-context', 'bulk-frees',
                              'slab-comparison', 'process-iterator', 'heap', 'heap-sampling',
                              'mapped-files', 'uprobe-multi', 'uprobe-session', 'growth'},
                             set(features))
        self.assertEqual(set(reasons), {key for key, there in features.items() if not there})
        for reason in reasons.values():
            self.assertRegex(reason, r'^[A-Z/].* .*')


if __name__ == '__main__':
    harness.main()
