# SPDX-License-Identifier: GPL-2.0-or-later
"""Drives the programs of tests/targets: see target.h there."""

import os
import subprocess

import machine


class Target:
    """A running target; what it told is in `known`, by key."""

    def __init__(self, name, *arguments, uid=None, path=None, prepare=None, env=None):
        """`path` is of a copy of the program; `prepare` is called in the process before it."""
        identity = {} if uid is None else {'user': uid, 'group': uid, 'extra_groups': []}
        built = machine.program('tests', 'targets', name)
        path = path or (built if uid is None else machine.public_copy(built))

        def begin():
            machine.die_with_parent()
            if prepare is not None:
                prepare()
        self.name = name
        self.known = {}
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [path, *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            preexec_fn=begin, cwd='/', env=env, **identity)
        self._await('ready')

    @property
    def pid(self):
        return self.known['pid']

    def do(self, command, phase=None):
        """Gives a command and waits for the end of the phase; what was told since, by key."""
        self.order(command)
        return self._await(phase or command)

    def order(self, command):
        """Gives a command without waiting."""
        self.process.stdin.write(command.encode() + b'\n')
        self.process.stdin.flush()

    def await_phase(self, phase):
        return self._await(phase)

    def end(self):
        """Ends it, if it still runs."""
        if self.process.poll() is None:
            self.process.stdin.close()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process.stdout.close()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def _await(self, phase):
        told = {}
        for line in self.process.stdout:
            key, value = line.decode().rstrip('\n').split('=', 1)
            if key == 'at':
                if value != phase:
                    raise AssertionError(f'{self.name} is at {value} instead of {phase}')
                self.known.update(told)
                return told
            told[key] = int(value)
        raise AssertionError(
            f'{self.name} ended with {self.process.wait()} before it was at {phase}')


def start_time_of(pid):
    """When a process started, in clock ticks since boot; None when there is no such process."""
    try:
        with open(f'/proc/{pid}/stat', 'rb') as file:
            return int(file.read().rsplit(b')', 1)[1].split()[19])
    except (FileNotFoundError, ProcessLookupError):
        return None


def unused_pid():
    """A pid that no process has and that the kernel does not give out soon."""
    with open('/proc/sys/kernel/pid_max', encoding='ascii') as file:
        pid = int(file.read()) - 1
    while os.path.exists(f'/proc/{pid}'):
        pid -= 1
    return pid
