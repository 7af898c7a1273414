# SPDX-License-Identifier: GPL-2.0-or-later
"""The machine as the tests see it: a private mount namespace, and what this kernel offers.

Each test runs in a mount namespace of its own. /run is empty there, so that the private bus takes
the place of the system bus for programs that do not read DBUS_SYSTEM_BUS_ADDRESS (polkitd), and so
that no login session of this machine decides what polkit answers; the folders in which polkit looks
for actions and rules are the test's; and the accounts of the service and of the tests' users exist.
"""

import ctypes
import importlib.util
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys

SOURCE = os.environ.get(
    'MEMSNOOP_SOURCE_DIR',
    os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
BUILD = os.environ.get('MEMSNOOP_BUILD_DIR', os.path.join(SOURCE, 'build'))

IN_NAMESPACE = 'MEMSNOOP_TEST_NAMESPACE'
ACTIONS = '/usr/share/polkit-1/actions'
RULES = '/etc/polkit-1/rules.d'
SERVICES = '/usr/share/dbus-1/system-services'
POLKITD = '/usr/lib/polkit-1/polkitd'
ACCOUNT = 'memsnoop'
# The dbus-daemon turns away users who have no name.
USERS = {54321: 'memsnoop-test-1', 54322: 'memsnoop-test-2'}
TRACEFS = '/sys/kernel/tracing'

SKIPPED = 77


def program(*parts):
    """A program of the build."""
    return os.path.join(BUILD, *parts)


def system_program(name):
    """A program of the system, also where PATH lacks the administrator's folders."""
    return shutil.which(name, path=os.environ.get('PATH', '') + ':/usr/sbin:/sbin')


# Features: what a test needs and a machine may lack. This is the one place that skips.

def _without_root():
    return None if os.geteuid() == 0 else 'the tests of the service run as root'


def _without_polkit():
    return None if os.access(POLKITD, os.X_OK) else f'{POLKITD} does not exist'


def _without_bus():
    return None if system_program('dbus-daemon') else 'dbus-daemon is not installed'


def _without_btf():
    path = '/sys/kernel/btf/vmlinux'
    return None if os.path.exists(path) else f'this kernel has no {path}'


def _without_tracefs():
    if os.path.exists(TRACEFS + '/events/kmem/kmalloc'):
        return None
    # In a container or a bare root it may only be not mounted.
    subprocess.run(['mount', '-t', 'tracefs', 'nodev', TRACEFS], check=False,
                   capture_output=True)
    if os.path.exists(TRACEFS + '/events/kmem/kmalloc'):
        return None
    return f'{TRACEFS} shows no kmem tracepoints'


def _without_chosen_pid():
    with open('/proc/self/status', encoding='ascii') as status:
        effective = int(re.search(r'^CapEff:\s*(\w+)$', status.read(), re.M).group(1), 16)
    if effective & (1 << 21 | 1 << 40):
        return None
    return 'choosing a pid needs CAP_SYS_ADMIN or CAP_CHECKPOINT_RESTORE'


def _without_sandbox():
    if importlib.util.find_spec('seccomp') is None:
        return 'the Python module seccomp is not installed'
    return None if shutil.which('systemd-analyze') else 'systemd-analyze is not installed'


def _without_fuse():
    return None if os.access('/dev/fuse', os.R_OK | os.W_OK) else '/dev/fuse cannot be used'


def _without_dunst():
    missing = [name for name in ('dunst', 'dunstctl', 'Xvfb') if not shutil.which(name)]
    return f'not installed: {", ".join(missing)}' if missing else None


def accessibility_launcher():
    """The program that starts AT-SPI's bus; None where it is not installed."""
    folders = ('/usr/libexec', '/usr/lib/at-spi2-core', '/usr/lib')
    return shutil.which('at-spi-bus-launcher', path=':'.join(folders))


def _without_window():
    programs = {'Xvfb': shutil.which('Xvfb'), 'at-spi-bus-launcher': accessibility_launcher(),
                'memsnoop-viewer': os.path.exists(program('viewer', 'memsnoop-viewer'))}
    missing = [name for name, there in programs.items() if not there]
    return f'not there: {", ".join(missing)}' if missing else None


def _without_gjs():
    return None if shutil.which('gjs') else 'gjs is not installed'


def _without_busctl():
    missing = [name for name in ('busctl', 'jq') if not shutil.which(name)]
    return f'not installed: {", ".join(missing)}' if missing else None


FEATURES = {
    'root': _without_root,
    'polkit': _without_polkit,
    'bus': _without_bus,
    'btf': _without_btf,
    'tracefs': _without_tracefs,
    'chosen-pid': _without_chosen_pid,
    'sandbox': _without_sandbox,
    'fuse': _without_fuse,
    'dunst': _without_dunst,
    'window': _without_window,
    'gjs': _without_gjs,
    'busctl': _without_busctl,
}


def require(*features):
    """Ends the test as skipped, naming the feature, unless the machine has them all."""
    for feature in features:
        reason = FEATURES[feature]()
        if reason is not None:
            print(f'SKIP {feature}: {reason}', flush=True)
            os._exit(SKIPPED)


# The namespace.

def enter_namespace():
    """Runs the program again in a mount namespace, and prepares that."""
    if os.environ.get(IN_NAMESPACE) is None:
        require('root')
        os.environ[IN_NAMESPACE] = '1'
        os.execvp('unshare', ['unshare', '--mount', '--propagation', 'private', '--',
                              sys.executable, '-B', *sys.argv])
    mount_empty('/run')
    os.mkdir('/run/dbus')
    _lay_over(ACTIONS, os.path.join(SOURCE, 'polkit', 'org.memsnoop1.policy'))
    mount_empty(RULES)
    _add_accounts()
    if os.path.isdir(SERVICES):
        mount_empty(SERVICES)


def mount_empty(path):
    """An empty folder in the place of path; on a bare machine path itself may be missing."""
    os.makedirs(path, exist_ok=True)
    subprocess.run(['mount', '-t', 'tmpfs', '-o', 'mode=755', 'memsnoop-test', path], check=True)


def mount_file(source, path):
    """The file source in the place of path."""
    subprocess.run(['mount', '--bind', source, path], check=True)


def _lay_over(folder, *files):
    """The folder's own files and these, in a copy that hides the folder."""
    own = [os.path.join(folder, name) for name in os.listdir(folder)] \
        if os.path.isdir(folder) else []
    contents = {}
    for path in [*own, *files]:
        with open(path, 'rb') as file:
            contents[os.path.basename(path)] = file.read()
    mount_empty(folder)
    for name, content in contents.items():
        with open(os.path.join(folder, name), 'wb') as file:
            file.write(content)


def _add_accounts():
    """Those of the tests' users, and that of the service, as sysusers would make it."""
    accounts = dict(USERS)
    taken = {entry.pw_uid: entry.pw_name for entry in pwd.getpwall()}
    if ACCOUNT not in taken.values():
        accounts[next(number for number in range(990, 100, -1) if number not in taken)] = ACCOUNT
    _append('/etc/passwd', ''.join(f'{name}:x:{uid}:{uid}::/:/usr/sbin/nologin\n'
                                   for uid, name in accounts.items()))
    _append('/etc/group', ''.join(f'{name}:x:{uid}:\n' for uid, name in accounts.items()))


def remove_account():
    """The account files as they would be on a machine without the account of the service."""
    for path in ('/etc/passwd', '/etc/group'):
        with open(path, encoding='utf-8') as file:
            kept = [line for line in file if not line.startswith(ACCOUNT + ':')]
        _replace(path, ''.join(kept))


def _append(path, lines):
    with open(path, encoding='utf-8') as file:
        _replace(path, file.read() + lines)


def _replace(path, content):
    os.makedirs('/run/memsnoop-test', exist_ok=True)
    copy = '/run/memsnoop-test/' + os.path.basename(path)
    # A new file each time: the old one may be mounted already.
    copy = f'{copy}.{len(os.listdir("/run/memsnoop-test"))}'
    with open(copy, 'w', encoding='utf-8') as file:
        file.write(content)
    mount_file(copy, path)


def set_available_memory(size):
    """What the kernel says is available, in bytes, from now on; there is no swap."""
    os.makedirs('/run/memsnoop-test', exist_ok=True)
    path = '/run/memsnoop-test/meminfo'
    is_new = not os.path.exists(path)
    # Written over, so that whoever reads it meanwhile has the one or the other.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    os.pwrite(descriptor, f'MemAvailable: {size // 1024:20} kB\nSwapFree: 0 kB\nShmem: 0 kB\n'.encode(),
              0)
    os.close(descriptor)
    if is_new:
        mount_file(path, '/proc/meminfo')


def installed_service():
    """A copy of the service with its helpers beside it, where a sandbox does not hide them."""
    folder = '/run/memsnoop-test/libexec'
    os.makedirs(folder, exist_ok=True)
    for parts in (('service', 'memsnoopd'), ('symbolizer', 'memsnoop-symbolizer'),
                  ('opener', 'memsnoop-opener')):
        shutil.copy(program(*parts), folder)
    return os.path.join(folder, 'memsnoopd')


def public_copy(path):
    """A copy of a program that every user can run: the build may be where others cannot look."""
    os.makedirs('/run/memsnoop-test', exist_ok=True)
    copy = os.path.join('/run/memsnoop-test', os.path.basename(path))
    if not os.path.exists(copy):
        shutil.copy(path, copy)
    return copy


_C = ctypes.CDLL(None)
_PR_SET_PDEATHSIG = 1


def die_with_parent():
    """For preexec_fn: what a test started ends with it, even when the test is killed."""
    _C.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
