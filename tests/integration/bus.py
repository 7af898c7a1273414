# SPDX-License-Identifier: GPL-2.0-or-later
"""The real dbus-daemon and the real polkitd, on the private bus of a test."""

import os
import subprocess
import time

import gi
gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402

import machine  # noqa: E402

ADDRESS = 'unix:path=/run/dbus/system_bus_socket'

# The distribution's configuration of the system bus, and the policy that Memsnoop installs.
CONFIGURATION = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <include>/usr/share/dbus-1/system.conf</include>
  <include>{policy}</include>
</busconfig>
'''


class Server:
    """A program of the test bed; its output is kept and shown when the test fails."""

    def __init__(self, name, folder):
        self.name = name
        self.log_path = os.path.join(folder, name + '.log')
        self.process = None

    def spawn(self, command, **options):
        with open(self.log_path, 'ab') as log:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                preexec_fn=machine.die_with_parent, **options)

    def log(self):
        try:
            with open(self.log_path, encoding='utf-8', errors='backslashreplace') as log:
                return log.read()
        except FileNotFoundError:
            return ''

    def running(self):
        return self.process is not None and self.process.poll() is None

    def end(self):
        if self.running():
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Bus(Server):
    """A dbus-daemon with the rules of the system bus."""

    def __init__(self, folder):
        super().__init__('dbus-daemon', folder)
        self.folder = folder

    def start(self):
        policy = os.path.join(self.folder, 'org.memsnoop1.conf')
        with open(os.path.join(machine.SOURCE, 'data', 'org.memsnoop1.conf'),
                  encoding='utf-8') as source, open(policy, 'w', encoding='utf-8') as copy:
            copy.write(source.read())
        configuration = os.path.join(self.folder, 'bus.conf')
        with open(configuration, 'w', encoding='utf-8') as file:
            file.write(CONFIGURATION.format(policy=policy))
        os.environ['DBUS_SYSTEM_BUS_ADDRESS'] = ADDRESS
        self.spawn([machine.system_program('dbus-daemon'), '--config-file=' + configuration,
                    '--nofork', '--nopidfile', '--nosyslog', '--address=' + ADDRESS])
        wait_until(lambda: listens() or not self.running(), 'the bus listens')
        if not self.running():
            raise RuntimeError('dbus-daemon ended: ' + self.log())


class Polkit(Server):
    """polkitd, which reads the actions and rules that the namespace shows it."""

    def __init__(self, folder, bus):
        super().__init__('polkitd', folder)
        self.bus = bus

    def start(self):
        self.spawn([machine.POLKITD, '--no-debug'])
        wait_for_name(connect(), 'org.freedesktop.PolicyKit1', self)

    def add_rule(self, name, script):
        """Adds a rule in polkit's JavaScript; to be called before start()."""
        with open(os.path.join(machine.RULES, name), 'w', encoding='utf-8') as file:
            file.write(script)


def listens():
    """Whether the bus takes connections: for a moment its socket is there and does not yet."""
    try:
        connect().close_sync(None)
    except GLib.Error:
        return False
    return True


def connect():
    """A connection of its own to the bus, by this process."""
    return Gio.DBusConnection.new_for_address_sync(
        ADDRESS,
        Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
        | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)


def owner_of(connection, name):
    """The unique name that owns a name, None without owner."""
    try:
        return connection.call_sync(
            'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus',
            'GetNameOwner', GLib.Variant('(s)', (name,)), None, 0, 5000, None).unpack()[0]
    except GLib.Error:
        return None


def wait_for_name(connection, name, server):
    wait_until(lambda: owner_of(connection, name) or not server.running(),
               f'{server.name} takes the name {name}')
    if not server.running():
        raise RuntimeError(f'{server.name} ended with {server.process.returncode}: {server.log()}')


def wait_until(condition, what, seconds=15, pause=0.02):
    """The first true value of condition(); fails when there is none in time.

    Pauses become longer, as a condition may cost more than what it waits for.
    """
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f'waited {seconds} s in vain: {what}')
        time.sleep(pause)
        pause = min(1.2 * pause, 0.2)
