#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a command under the sandbox of a systemd unit, where no systemd runs.

    sandbox_run.py UNIT COMMAND [ARGUMENT...]

Reads the [Service] section of UNIT and applies what it says as systemd does: mount namespace, network
namespace, limits, capability bounding set, no new privileges, system call filters. An option of the
unit that is neither applied here nor known to have nothing to apply is an error, so that an option
that is added to the unit cannot go untested. Needs root.
"""

import ctypes
import errno
import os
import re
import resource
import stat
import subprocess
import sys
import tempfile

import seccomp

LIBC = ctypes.CDLL(None, use_errno=True)

CAPABILITIES = {
    'CAP_DAC_READ_SEARCH': 2, 'CAP_SETGID': 6, 'CAP_SETUID': 7, 'CAP_SETPCAP': 8,
    'CAP_SYS_PTRACE': 19, 'CAP_SYSLOG': 34, 'CAP_PERFMON': 38, 'CAP_BPF': 39,
    'CAP_CHECKPOINT_RESTORE': 40,
}
PR_CAPBSET_READ, PR_CAPBSET_DROP, PR_SET_NO_NEW_PRIVS = 23, 24, 38

CLONE_NEWTIME, CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS = 0x80, 0x20000, 0x2000000, 0x4000000
CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x8000000, 0x10000000, 0x20000000, 0x40000000
NAMESPACES = (CLONE_NEWTIME, CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER,
              CLONE_NEWPID, CLONE_NEWNET)

MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC, MS_BIND = 0x1, 0x2, 0x4, 0x8, 0x1000
MS_MOVE, MS_REC, MS_SLAVE = 0x2000, 0x4000, 0x80000
SYS_MOUNT_SETATTR = 442
AT_FDCWD, AT_RECURSIVE, MOUNT_ATTR_RDONLY = -100, 0x8000, 0x1

PROT_WRITE, PROT_EXEC, SHM_EXEC, O_CREAT = 0x2, 0x4, 0o100000, 0o100
SCHED_PLAIN = (0, 3, 5)  # other, batch, idle
AF_UNIX = 1

DEVICES = ('null', 'zero', 'full', 'random', 'urandom', 'tty')
HOMES = ('/home', '/root', '/run/user')
KERNEL_FILE_SYSTEMS = ('/dev', '/proc', '/sys')

# Options that say how to start and stop the service, and some that nothing here could break or
# apply: there is no control group of the unit's, and keys, IPC objects and IP are not used.
NOTHING_TO_APPLY = {
    'Type', 'BusName', 'ExecStart', 'Restart', 'RestartSec', 'TimeoutStopSec', 'PrivateMounts',
    'RemoveIPC', 'KeyringMode', 'IPAddressDeny',
}


def check(result, what):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f'{what}: {os.strerror(number)}')
    return result


def read_unit(path):
    """The options of the [Service] section: a list of values for each name."""
    options, section = {}, None
    with open(path, encoding='utf-8') as file:
        for line in file:
            line = line.strip()
            if line.startswith('['):
                section = line
            elif line and not line.startswith('#') and section == '[Service]':
                name, value = line.split('=', 1)
                options.setdefault(name, []).append(value)
    return options


def words(options, name):
    return ' '.join(options.get(name, [])).split()


def is_on(options, name):
    return options.get(name, ['no'])[-1] == 'yes'


# --- mount namespace ---

def mount(source, target, kind=None, flags=0, data=None):
    arguments = [value.encode() if value else None for value in (source, target, kind)]
    check(LIBC.mount(*arguments, ctypes.c_ulong(flags), data.encode() if data else None),
          f'mount {target}')


def make_read_only(path, recursive=False):
    attributes = (ctypes.c_uint64 * 4)(MOUNT_ATTR_RDONLY, 0, 0, 0)
    check(LIBC.syscall(SYS_MOUNT_SETATTR, AT_FDCWD, path.encode(), AT_RECURSIVE if recursive else 0,
                       attributes, ctypes.sizeof(attributes)), f'mount_setattr {path}')


def is_below(path, folders):
    return any(path == folder or path.startswith(folder + '/') for folder in folders)


def mount_points():
    with open('/proc/self/mountinfo', encoding='utf-8') as file:
        escaped = [line.split()[4] for line in file]
    return [re.sub(r'\\([0-7]{3})', lambda match: chr(int(match[1], 8)), path) for path in escaped]


def protect_system(writable):
    for path in mount_points():
        if not is_below(path, (*KERNEL_FILE_SYSTEMS, *writable)) and os.path.exists(path):
            make_read_only(path)


def make_path_read_only(path):
    mount(path, path, flags=MS_BIND | MS_REC)
    make_read_only(path, recursive=True)


def keep_path_writable(path):
    """A mount of its own, which is not made read-only with the one it was in."""
    mount(path, path, flags=MS_BIND | MS_REC)


def hide(path):
    if os.path.isdir(path):
        mount('tmpfs', path, 'tmpfs', MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, 'mode=000')
        return
    with tempfile.NamedTemporaryFile(dir='/run') as empty:
        os.chmod(empty.name, 0)
        mount(empty.name, path, flags=MS_BIND)


def private_devices():
    staging = tempfile.mkdtemp(dir='/run')
    mount('tmpfs', staging, 'tmpfs', MS_NOSUID | MS_NOEXEC, 'mode=755')
    for name in DEVICES:
        if os.path.exists(f'/dev/{name}'):
            with open(f'{staging}/{name}', 'wb'):
                mount(f'/dev/{name}', f'{staging}/{name}', flags=MS_BIND)
    os.mkdir(f'{staging}/shm', 0o1777)
    mount(staging, '/dev', flags=MS_MOVE)
    os.rmdir(staging)


def existing_paths(options, name):
    """Paths of the option; those with a dash in front may be missing."""
    for word in words(options, name):
        path = word.lstrip('-')
        if os.path.exists(path):
            yield path
        elif not word.startswith('-'):
            raise FileNotFoundError(errno.ENOENT, f'{name}: no such path', path)


def enter_namespaces(options):
    flags = CLONE_NEWNS
    if is_on(options, 'PrivateNetwork'):
        flags |= CLONE_NEWNET
    if is_on(options, 'ProtectHostname'):
        flags |= CLONE_NEWUTS
    check(LIBC.unshare(flags), 'unshare')
    mount(None, '/', flags=MS_REC | MS_SLAVE)


def set_up_mounts(options):
    hidden = list(existing_paths(options, 'InaccessiblePaths'))
    read_only = list(existing_paths(options, 'ReadOnlyPaths'))
    if is_on(options, 'ProtectControlGroups') and os.path.exists('/sys/fs/cgroup'):
        read_only.append('/sys/fs/cgroup')
    if is_on(options, 'ProtectHome'):
        hidden += filter(os.path.exists, HOMES)
    if is_on(options, 'ProtectKernelModules'):
        hidden += filter(os.path.exists, ['/usr/lib/modules'])
    if is_on(options, 'PrivateDevices'):
        private_devices()
    for path in read_only:
        make_path_read_only(path)
    for path in hidden:
        hide(path)
    writable = list(existing_paths(options, 'ReadWritePaths'))
    for path in writable:
        keep_path_writable(path)
    if options.get('ProtectSystem', [''])[-1] == 'strict':
        protect_system(writable)
    if is_on(options, 'PrivateTmp'):
        for path in ('/tmp', '/var/tmp'):
            mount('tmpfs', path, 'tmpfs', MS_NOSUID | MS_NODEV, 'mode=1777')


# --- limits and capabilities ---

def set_limits(options):
    if 'UMask' in options:
        os.umask(int(options['UMask'][-1], 8))
    if 'Nice' in options:
        os.setpriority(os.PRIO_PROCESS, 0, int(options['Nice'][-1]))
    if options.get('LimitMEMLOCK', [''])[-1] == 'infinity':
        hard = resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]
        resource.setrlimit(resource.RLIMIT_MEMLOCK, (hard, hard))


def bound_capabilities(options):
    keep = {CAPABILITIES[name] for name in words(options, 'CapabilityBoundingSet')}
    number = 0
    while LIBC.prctl(PR_CAPBSET_READ, number, 0, 0, 0) >= 0:
        if number not in keep:
            check(LIBC.prctl(PR_CAPBSET_DROP, number, 0, 0, 0), f'dropping capability {number}')
        number += 1


# --- system call filters ---

def system_calls(names):
    """The system calls of a list in which @NAME is one of systemd's sets."""
    calls = set()
    for name in names:
        if not name.startswith('@'):
            calls.add(name)
            continue
        output = subprocess.run(['systemd-analyze', 'syscall-filter', name], check=True, text=True,
                                stdout=subprocess.PIPE).stdout
        lines = [line.strip() for line in output.splitlines()[1:]]
        calls |= system_calls([line for line in lines if line and not line.startswith('#')])
    return calls


class Filter:
    """One filter program; several of them are in force together."""

    def __init__(self, default=seccomp.ALLOW):
        self.filter = seccomp.SyscallFilter(defaction=default)

    def add(self, action, call, *arguments):
        if seccomp.resolve_syscall(seccomp.Arch(), call) >= 0:
            self.filter.add_rule_exactly(action, call, *arguments)

    def refuse(self, call, *arguments, number=errno.EPERM):
        self.add(seccomp.ERRNO(number), call, *arguments)

    def refuse_set(self, name):
        for call in system_calls([name]):
            self.refuse(call)

    def load(self):
        self.filter.load()


def has_bits(position, bits):
    return seccomp.Arg(position, seccomp.MASKED_EQ, bits, bits)


def refuse_writable_code(rules):
    rules.refuse('mmap', has_bits(2, PROT_WRITE | PROT_EXEC))
    rules.refuse('mprotect', has_bits(2, PROT_EXEC))
    rules.refuse('pkey_mprotect', has_bits(2, PROT_EXEC))
    rules.refuse('shmat', has_bits(2, SHM_EXEC))


def refuse_namespaces(rules):
    rules.refuse('clone3', number=errno.ENOSYS)
    rules.refuse('setns')
    for flag in NAMESPACES:
        rules.refuse('unshare', has_bits(0, flag))
        if flag != CLONE_NEWTIME:  # clone has its signal number there
            rules.refuse('clone', has_bits(0, flag))


def refuse_real_time(rules):
    for policy in range(16):
        if policy not in SCHED_PLAIN:
            rules.refuse('sched_setscheduler', seccomp.Arg(1, seccomp.EQ, policy))


def refuse_set_id_files(rules):
    positions = {'chmod': 1, 'fchmod': 1, 'fchmodat': 2, 'mkdir': 1, 'mkdirat': 2, 'mknod': 1,
                 'mknodat': 2, 'creat': 1}
    for bit in (stat.S_ISUID, stat.S_ISGID):
        for call, position in positions.items():
            rules.refuse(call, has_bits(position, bit))
        rules.refuse('open', has_bits(1, O_CREAT), has_bits(2, bit))
        rules.refuse('openat', has_bits(2, O_CREAT), has_bits(3, bit))


def refuse_other_families(rules):
    rules.refuse('socket', seccomp.Arg(0, seccomp.NE, AF_UNIX), number=errno.EAFNOSUPPORT)


def refuse_other_personalities(rules):
    rules.refuse('personality', seccomp.Arg(0, seccomp.NE, 0))


def refuse_host_names(rules):
    rules.refuse('sethostname')
    rules.refuse('setdomainname')


FILTERS = {
    'MemoryDenyWriteExecute': refuse_writable_code,
    'RestrictNamespaces': refuse_namespaces,
    'RestrictRealtime': refuse_real_time,
    'RestrictSUIDSGID': refuse_set_id_files,
    'LockPersonality': refuse_other_personalities,
    'ProtectHostname': refuse_host_names,
    'ProtectClock': lambda rules: rules.refuse_set('@clock'),
    'ProtectKernelModules': lambda rules: rules.refuse_set('@module'),
    'PrivateDevices': lambda rules: rules.refuse_set('@raw-io'),
}


def allow_list(options):
    """The first line says what is allowed; one that begins with ~ what of that is not."""
    number = getattr(errno, options['SystemCallErrorNumber'][-1])
    rules = Filter(default=seccomp.ERRNO(number))
    calls = set()
    for line in options['SystemCallFilter']:
        if line.startswith('~'):
            calls -= system_calls(line[1:].split())
        else:
            calls |= system_calls(line.split())
    for call in calls:
        rules.add(seccomp.ALLOW, call)
    return rules


def build_filters(options):
    filters = []
    for name, add_rules in FILTERS.items():
        if is_on(options, name):
            filters.append(Filter())
            add_rules(filters[-1])
    if words(options, 'RestrictAddressFamilies') == ['AF_UNIX']:
        filters.append(Filter())
        refuse_other_families(filters[-1])
    # The last one, because it lets no more filters be loaded.
    filters.append(allow_list(options))
    return filters


APPLIED = set(FILTERS) | {
    'CapabilityBoundingSet', 'NoNewPrivileges', 'Nice', 'UMask', 'LimitMEMLOCK', 'ReadOnlyPaths',
    'ReadWritePaths', 'InaccessiblePaths', 'ProtectSystem', 'ProtectHome', 'PrivateTmp',
    'PrivateNetwork', 'ProtectControlGroups', 'RestrictAddressFamilies', 'SystemCallArchitectures',
    'SystemCallFilter', 'SystemCallErrorNumber',
}


def main():
    if len(sys.argv) < 3:
        sys.exit(f'usage: {sys.argv[0]} UNIT COMMAND [ARGUMENT...]')
    options = read_unit(sys.argv[1])
    unknown = set(options) - APPLIED - NOTHING_TO_APPLY
    if unknown:
        sys.exit(f"{sys.argv[1]}: options that are not applied here: {', '.join(sorted(unknown))}")
    filters = build_filters(options)
    # What is built may lie where the sandbox hides it; what is installed does not.
    program = os.open(sys.argv[2], os.O_RDONLY | os.O_CLOEXEC)
    enter_namespaces(options)
    set_up_mounts(options)
    set_limits(options)
    bound_capabilities(options)
    check(LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 'setting no new privileges')
    for rules in filters:
        rules.load()
    # By its path it finds what lies beside it.
    os.execve(sys.argv[2] if os.path.exists(sys.argv[2]) else program, sys.argv[2:], os.environ)


if __name__ == '__main__':
    main()
