# SPDX-License-Identifier: GPL-2.0-or-later
"""The real service on a private bus, for the benchmarks: set up as for the integration tests."""

import argparse
import contextlib
import os
import re
import shutil
import sys
import tempfile
import time

import dbus
import dbus.bus
import dbus.lowlevel

SOURCE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(SOURCE, 'tests', 'integration'))


def parse_arguments(description, add_arguments):
    """The arguments; from here on the modules of the integration tests know the build."""
    parser = argparse.ArgumentParser(description=description + ' Needs root.')
    parser.add_argument('--build', metavar='FOLDER', help='the build folder (build)',
                        default=os.environ.get('MEMSNOOP_BUILD_DIR', os.path.join(SOURCE, 'build')))
    add_arguments(parser)
    arguments = parser.parse_args()
    os.environ['MEMSNOOP_SOURCE_DIR'] = SOURCE
    os.environ['MEMSNOOP_BUILD_DIR'] = os.path.abspath(arguments.build)
    return arguments


class Bed(contextlib.ExitStack):
    """A bus with memsnoopd on it; whoever calls is root, and needs no polkit."""

    def __init__(self, configuration=''):
        super().__init__()
        self.configuration = configuration

    def __enter__(self):
        # Not before, since they read the environment.
        import bus
        import caller
        import daemon
        import machine
        machine.require('root', 'bus', 'btf')
        machine.enter_namespace()
        super().__enter__()
        folder = tempfile.mkdtemp(prefix='memsnoop-bench-', dir='/run')
        self.callback(shutil.rmtree, folder)
        self.daemon = daemon.Daemon(folder, self.configuration)
        self.callback(shutil.rmtree, self.daemon.state_folder, ignore_errors=True)
        for server in (bus.Bus(folder), self.daemon):
            self.callback(server.end)
            server.start()
        self.service = caller.LocalCaller()
        self.callback(self.service.close)
        self.connection = dbus.bus.BusConnection(bus.ADDRESS)
        self.callback(self.connection.close)
        return self

    def target(self, name, *arguments):
        """A program of tests/targets; it ends with the bed at the latest."""
        import target
        started = target.Target(name, *arguments)
        self.callback(started.end)
        return started

    def call(self, method, signature='', *values, interface='org.memsnoop1.Manager'):
        """A call through libdbus, which leaves the reply as it comes.

        What the library of a client makes of a reply is not the service's time.
        """
        message = dbus.lowlevel.MethodCallMessage('org.memsnoop1', '/org/memsnoop1', interface,
                                                  method)
        message.append(*values, signature=signature)
        self.connection.send_message_with_reply_and_block(message, 60)

    def ping(self):
        """A call that does nothing: what the bus and the service's main loop take for any."""
        self.call('Ping', interface='org.freedesktop.DBus.Peer')

    def cpu_seconds(self):
        """What the service has used so far, of all its threads."""
        return cpu_seconds_of(self.daemon.pid)

    def resident_bytes(self):
        """Two numbers: of the tables that the service shares with the kernel, and of all else."""
        tables = other = 0
        is_table = False
        with open(f'/proc/{self.daemon.pid}/smaps', encoding='utf-8') as file:
            for line in file:
                if re.match('[0-9a-f]+-[0-9a-f]+ ', line):
                    is_table = 'bpf-map' in line
                elif line.startswith('Rss:'):
                    size = int(line.split()[1]) * 1024
                    tables += size if is_table else 0
                    other += 0 if is_table else size
        return tables, other


def cpu_seconds_of(pid):
    """What a process has used so far, of all its threads."""
    # As clock_getcpuclockid() makes it: /proc/PID/stat counts in hundredths of a second.
    return time.clock_gettime(~pid << 3 | 2)


def print_table(header, rows):
    """A table in Markdown; all columns but the first are numbers."""
    print(f'| {" | ".join(header)} |')
    print('| --- |' + ' ---: |' * (len(header) - 1))
    for row in rows:
        print(f'| {" | ".join(str(cell) for cell in row)} |')
    print(flush=True)


def note(text):
    """What a run is doing, beside its tables."""
    print(text, file=sys.stderr, flush=True)
