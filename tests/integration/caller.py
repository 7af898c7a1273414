# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients of the service: in this process, which is root, or in a process of another user."""

import subprocess
import sys

import gi
gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402

import bus  # noqa: E402
import machine  # noqa: E402

NAME = 'org.memsnoop1'
PATH = '/org/memsnoop1'
MANAGER = 'org.memsnoop1.Manager'
SESSION = 'org.memsnoop1.Session'
PROPERTIES = 'org.freedesktop.DBus.Properties'
OBJECT_MANAGER = 'org.freedesktop.DBus.ObjectManager'

FREEDESKTOP = 'org.freedesktop.DBus.Error.'
ACCESS_DENIED = FREEDESKTOP + 'AccessDenied'
AUTHORIZATION_REQUIRED = FREEDESKTOP + 'InteractiveAuthorizationRequired'
INVALID_ARGUMENTS = FREEDESKTOP + 'InvalidArgs'
LIMITS_EXCEEDED = FREEDESKTOP + 'LimitsExceeded'
NOT_SUPPORTED = FREEDESKTOP + 'NotSupported'
UNKNOWN_PROCESS = FREEDESKTOP + 'UnixProcessIdUnknown'
NO_SUCH_SESSION = 'org.memsnoop1.Error.NoSuchSession'

OPTION_TYPES = {
    'sources': 'as', 'pids': 'au', 'follow': 'b', 'duration': 'u', 'linger': 'b', 'keep': 'u',
    'sample-interval': 't', 'stack-depth': 'u', 'map-memory': 't', 'cpu-budget': 'd',
    'limit': 'u', 'sort': 's', 'history': 'b', 'pid': 'u',
}


class BusError(Exception):
    """An error that came over the bus."""

    def __init__(self, name, message):
        super().__init__(f'{name}: {message}')
        self.name = name
        self.message = message


def dictionary(options):
    """The a{sv} of options: plain values get the type of their key, others are GLib.Variants."""
    result = {}
    for key, value in options.items():
        key = key.replace('_', '-')
        result[key] = value if isinstance(value, GLib.Variant) \
            else GLib.Variant(OPTION_TYPES[key], value)
    return result


class Caller:
    """The calls of the service, for one connection to the bus."""

    def request(self, message):
        """Sends (path, interface, method, arguments, interactive, timeout); the reply's values."""
        raise NotImplementedError

    def call(self, method, arguments=None, *, path=PATH, interface=MANAGER, interactive=False,
             timeout=30):
        """The reply as Python values: one, a tuple of several, or None."""
        arguments = arguments if arguments is not None else GLib.Variant('()', ())
        values = self.request((path, interface, method, arguments, interactive, timeout))
        return values[0] if len(values) == 1 else values or None

    def start(self, interactive=False, **options):
        return self.call('Start', GLib.Variant('(a{sv})', (dictionary(options),)),
                         interactive=interactive)

    def stop(self, session, interactive=False):
        return self.call('Stop', GLib.Variant('(o)', (session,)), interactive=interactive)

    def report(self, session, form='json', **options):
        return self.call('GetReport',
                         GLib.Variant('(osa{sv})', (session, form, dictionary(options))))

    def export(self, session, form, descriptor, **options):
        """Writes to the file descriptor."""
        raise NotImplementedError

    def stats(self, pid, interactive=False):
        return self.call('GetProcessStats', GLib.Variant('(u)', (pid,)), interactive=interactive)

    def processes(self, interactive=False, **options):
        return self.call('ListProcesses', GLib.Variant('(a{sv})', (dictionary(options),)),
                         interactive=interactive)

    def process_columns(self, interactive=False, **options):
        return self.call('ListProcessColumns', GLib.Variant('(a{sv})', (dictionary(options),)),
                         interactive=interactive)

    def property(self, name, path=PATH, interface=MANAGER):
        return self.call('Get', GLib.Variant('(ss)', (interface, name)), path=path,
                         interface=PROPERTIES)

    def session_property(self, session, name):
        return self.property(name, session, SESSION)

    def objects(self):
        return self.call('GetManagedObjects', interface=OBJECT_MANAGER)

    def sessions(self):
        return sorted(path for path, interfaces in self.objects().items() if SESSION in interfaces)

    def running_sessions(self):
        return sorted(path for path, interfaces in self.objects().items()
                      if interfaces.get(SESSION, {}).get('State')
                      not in (None, 'stopped', 'failed'))

    def introspect(self, path=PATH):
        return self.call('Introspect', path=path,
                         interface='org.freedesktop.DBus.Introspectable')


class LocalCaller(Caller):
    """A connection of this process."""

    def __init__(self):
        self.connection = bus.connect()

    def request(self, message):
        path, interface, method, arguments, interactive, timeout = message
        try:
            return self.connection.call_sync(
                NAME, path, interface, method, arguments, None, flags(interactive),
                timeout * 1000, None).unpack()
        except GLib.Error as error:
            raise error_of_bus(error) from None

    def export(self, session, form, descriptor, **options):
        descriptors = Gio.UnixFDList.new()
        index = descriptors.append(descriptor)
        arguments = GLib.Variant('(osha{sv})', (session, form, index, dictionary(options)))
        try:
            self.connection.call_with_unix_fd_list_sync(
                NAME, PATH, MANAGER, 'Export', arguments, None, 0, 60000, descriptors, None)
        except GLib.Error as error:
            raise error_of_bus(error) from None

    def call_async(self, method, arguments, finished, *, path=PATH, interface=MANAGER,
                   timeout=60):
        """finished gets the values, or a BusError."""
        def done(connection, result):
            try:
                finished(connection.call_finish(result).unpack())
            except GLib.Error as error:
                finished(error_of_bus(error))
        self.connection.call(NAME, path, interface, method, arguments, None, 0, timeout * 1000,
                             None, done)

    def subscribe(self, interface, member, handler):
        """handler gets path and values of every such signal of the service."""
        return self.connection.signal_subscribe(
            NAME, interface, member, None, None, Gio.DBusSignalFlags.NONE,
            lambda _connection, _sender, path, _interface, _member, values:
            handler(path, values.unpack()))

    @property
    def name(self):
        return self.connection.get_unique_name()

    def close(self):
        self.connection.close_sync(None)


class UserCaller(Caller):
    """A connection of a process of another user.

    With `agent`, polkit can ask that for a password, in vain.
    """

    def __init__(self, uid, agent=False):
        self.uid = uid
        with open(__file__.replace('caller.py', 'user_process.py'), encoding='utf-8') as file:
            code = file.read()
        # As text, since the user may not be able to read the source tree.
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [sys.executable, '-c', code, *(['agent'] if agent else [])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            user=uid, group=uid, extra_groups=[], cwd='/', preexec_fn=machine.die_with_parent)
        self.name = self.process.stdout.readline().strip()

    def request(self, message):
        self.send(message)
        return self.receive()

    def send(self, message):
        """A request whose reply nobody waits for yet."""
        self.process.stdin.write(GLib.Variant('(sssvbi)', message).print_(True) + '\n')
        self.process.stdin.flush()

    def send_start(self, interactive=False):
        self.send((PATH, MANAGER, 'Start', GLib.Variant('(a{sv})', ({},)), interactive, 60))

    def receive(self):
        """The reply to what was sent: as request()."""
        reply = GLib.Variant.parse(None, self.process.stdout.readline(), None, None)
        if reply.get_type_string() == '(ss)':
            raise BusError(*reply.unpack())
        return reply.unpack()[0]

    def close(self):
        """Leaves the bus in good order."""
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()

    def kill(self):
        """Leaves it as a crash does."""
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()


def flags(interactive):
    return Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION if interactive \
        else Gio.DBusCallFlags.NONE


def error_of_bus(error):
    name = Gio.DBusError.get_remote_error(error) or f'{error.domain}.{error.code}'
    # The name is in front of the message that GDBus makes.
    return BusError(name, error.message.replace(f'GDBus.Error:{name}: ', '', 1))
