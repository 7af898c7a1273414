# SPDX-License-Identifier: GPL-2.0-or-later
"""A desktop for the tests: a session bus of a user, its notification server, and a service that says what it is told to.

The notification server is one of the specification's version 1.2, all of whose rules it keeps; it is in the
test's process, so that the test sees what was sent and acts as the user does.
"""

import os
import re

import gi
gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402

import bus  # noqa: E402
import caller  # noqa: E402
import machine  # noqa: E402

# As the distributions' session.conf, for whoever may reach the socket: the test is root.
CONFIGURATION = '''<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>{address}</listen>
  <servicedir>{services}</servicedir>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
'''

SERVER = 'org.freedesktop.Notifications'
SERVER_PATH = '/org/freedesktop/Notifications'
INTERFACE = '''<node><interface name="org.freedesktop.Notifications">
  <method name="GetCapabilities"><arg type="as" direction="out"/></method>
  <method name="Notify">
    <arg type="s" direction="in"/> <arg type="u" direction="in"/> <arg type="s" direction="in"/>
    <arg type="s" direction="in"/> <arg type="s" direction="in"/> <arg type="as" direction="in"/>
    <arg type="a{sv}" direction="in"/> <arg type="i" direction="in"/>
    <arg type="u" direction="out"/>
  </method>
  <method name="CloseNotification"><arg type="u" direction="in"/></method>
  <method name="GetServerInformation">
    <arg type="s" direction="out"/> <arg type="s" direction="out"/>
    <arg type="s" direction="out"/> <arg type="s" direction="out"/>
  </method>
  <signal name="NotificationClosed"><arg type="u"/><arg type="u"/></signal>
  <signal name="ActionInvoked"><arg type="u"/><arg type="s"/></signal>
  <signal name="ActivationToken"><arg type="u"/><arg type="s"/></signal>
</interface></node>'''
EXPIRED, DISMISSED, CLOSED = 1, 2, 3


class SessionBus(bus.Server):
    """The session bus of a user; `environment` is what programs of the session get."""

    def __init__(self, uid):
        self.folder = os.path.join('/run/memsnoop-test', f'session-{uid}')
        os.makedirs(self.folder, mode=0o755)
        os.chown(self.folder, uid, uid)
        super().__init__('session-bus', self.folder)
        self.uid = uid
        self.address = f'unix:path={self.folder}/bus'
        self.programs = os.path.join(self.folder, 'bin')
        os.mkdir(self.programs)
        self.services = os.path.join(self.folder, 'services')
        os.mkdir(self.services)
        self.environment = {
            **os.environ, 'DBUS_SESSION_BUS_ADDRESS': self.address, 'HOME': self.folder,
            'XDG_RUNTIME_DIR': self.folder, 'LC_ALL': 'C.UTF-8',
            'PATH': self.programs + ':/usr/bin:/bin', 'G_DEBUG': 'fatal-criticals'}
        for name in ('DISPLAY', 'WAYLAND_DISPLAY'):
            self.environment.pop(name, None)

    def start(self):
        configuration = os.path.join(self.folder, 'bus.conf')
        with open(configuration, 'w', encoding='utf-8') as file:
            file.write(CONFIGURATION.format(address=self.address, services=self.services))
        self.spawn([machine.system_program('dbus-daemon'), '--config-file=' + configuration,
                    '--nofork', '--nopidfile'], user=self.uid, group=self.uid, extra_groups=[])
        bus.wait_until(lambda: os.path.exists(self.folder + '/bus') or not self.running(),
                       'the session bus listens')

    def connect(self):
        return Gio.DBusConnection.new_for_address_sync(
            self.address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)

    def add_program(self, name, script):
        """A shell script in the session's PATH."""
        path = os.path.join(self.programs, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write('#!/bin/sh\n' + script)
        os.chmod(path, 0o755)


    def add_service(self, name, command):
        """What the bus starts, as its user, when someone calls this name; before the bus is started."""
        with open(os.path.join(self.services, name + '.service'), 'w', encoding='utf-8') as file:
            file.write(f'[D-BUS Service]\nName={name}\nExec={command}\n')


class SessionProgram(bus.Server):
    """A program of the session, run as its user."""

    def __init__(self, session, name):
        super().__init__(name, session.folder)
        self.session = session

    def start(self, *command, **environment):
        self.spawn(command, env={**self.session.environment, **environment}, cwd='/',
                   user=self.session.uid, group=self.session.uid, extra_groups=[])


class Notification:
    """What a Notify said."""

    def __init__(self, values):
        (self.program, self.replaces, self.icon, self.summary, self.body, actions, self.hints,
         self.timeout) = values
        self.actions = dict(zip(actions[::2], actions[1::2]))

    @property
    def urgency(self):
        return self.hints['urgency']


class NotificationServer:
    """Shows notifications in `shown`, by id; `sent` is every Notify, in order.

    While it is `busy`, each Notify waits in `waiting` until finish(). A `hesitant` one does not say what it can do.
    """

    def __init__(self, session, capabilities=('actions', 'body', 'body-markup'), hesitant=False):
        self.capabilities = list(capabilities)
        self.shown = {}
        self.sent = []
        self.busy = False
        self.hesitant = hesitant
        self.waiting = []
        self.last = 0
        self.connection = session.connect()
        self.connection.register_object(
            SERVER_PATH, Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0], self._called, None,
            None)
        request_name(self.connection, SERVER)

    def _called(self, _connection, _sender, _path, _interface, method, values, invocation):
        values = values.unpack()
        if method == 'Notify' and self.busy:
            self.waiting.append((invocation, Notification(values)))
        elif method == 'Notify':
            invocation.return_value(GLib.Variant('(u)', (self._show(Notification(values)),)))
        elif method == 'CloseNotification':
            if values[0] in self.shown:
                self._close(values[0], CLOSED)
                invocation.return_value(None)
            else:
                invocation.return_dbus_error('org.freedesktop.Notifications.Error', '')
        elif method == 'GetCapabilities' and self.hesitant:
            self.waiting.append(invocation)
        elif method == 'GetCapabilities':
            invocation.return_value(GLib.Variant('(as)', (self.capabilities,)))
        else:
            invocation.return_value(GLib.Variant('(ssss)', ('test', 'Memsnoop', '1', '1.2')))

    def _show(self, notification):
        self.sent.append(notification)
        if notification.replaces:
            number = notification.replaces
        else:
            self.last += 1
            number = self.last
        self.shown[number] = notification
        return number

    def _close(self, number, reason):
        del self.shown[number]
        self._emit('NotificationClosed', '(uu)', number, reason)

    def _emit(self, signal, types, *values):
        self.connection.emit_signal(None, SERVER_PATH, SERVER, signal, GLib.Variant(types, values))

    def choose(self, number, action, token=None, times=1):
        """What a click does: the action, with a token of the desktop, and it is closed. GNOME Shell 43 signals the
        action once more for each change of the notification."""
        assert action in self.shown[number].actions, self.shown[number].actions
        if token is not None:
            self._emit('ActivationToken', '(us)', number, token)
        for _ in range(times):
            self._emit('ActionInvoked', '(us)', number, action)
        self._close(number, DISMISSED)

    def dismiss(self, number, reason=DISMISSED):
        self._close(number, reason)

    def finish(self):
        self.busy = False
        for invocation, notification in self.waiting:
            invocation.return_value(GLib.Variant('(u)', (self._show(notification),)))
        self.waiting.clear()

    def end(self):
        self.connection.close_sync(None)


APPLICATION = '''<node><interface name="org.freedesktop.Application">
  <method name="ActivateAction">
    <arg type="s" direction="in"/> <arg type="av" direction="in"/> <arg type="a{sv}" direction="in"/>
  </method>
</interface></node>'''


class Application:
    """A program that the session bus knows; `activated` are its actions, each with parameters and platform data."""

    def __init__(self, session, name):
        self.activated = []
        self.connection = session.connect()
        self.connection.register_object(
            '/' + name.replace('.', '/'), Gio.DBusNodeInfo.new_for_xml(APPLICATION).interfaces[0],
            self._called, None, None)
        request_name(self.connection, name)

    def _called(self, _connection, _sender, _path, _interface, _method, values, invocation):
        self.activated.append(values.unpack())
        invocation.return_value(None)


class SaidService:
    """Owns the service's name, and says what the test lets it say; `suspects` is its list.

    `lacks` are members of the contract that it does not have. `answers` are by method: a variant, an error
    (its name and message), or a function of the arguments, the invocation and the descriptors that came along, which
    may answer later. A method of `hangs` is never answered. `objects` is what there is beside the manager.
    """

    lacks = ()

    def __init__(self):
        self.suspects = {}
        self.calls = []
        self.answers = {}
        self.hangs = set()
        self.objects = {}
        self.unanswered = []
        self.connection = bus.connect()
        with open(os.path.join(machine.SOURCE, 'dbus', 'org.memsnoop1.xml'),
                  encoding='utf-8') as file:
            members = '|'.join(self.lacks or ' ')
            contract = re.sub(rf'<(method|signal|property) name="({members})"[^>]*?(/>|>.*?</\1>)', '',
                              file.read(), flags=re.DOTALL)
        manager = Gio.DBusNodeInfo.new_for_xml(contract).interfaces[0]
        self.connection.register_object(caller.PATH, manager, self._called, self._property, None)
        self.connection.register_object(
            caller.PATH, Gio.DBusNodeInfo.new_for_xml(OBJECT_MANAGER).interfaces[0], self._objects,
            None, None)
        request_name(self.connection, caller.NAME)

    def _called(self, _connection, _sender, _path, _interface, method, values, invocation):
        self.calls.append((method, *values.unpack()))
        if method in self.hangs:
            self.unanswered.append(invocation)
        elif method in self.answers:
            self._answer(self.answers[method], values, invocation)
        elif method == 'ListSuspects':
            invocation.return_value(GLib.Variant('(aa{sv})', (list(self.suspects.values()),)))
        elif method == 'GetSuspect' and values.unpack()[0] in self.suspects:
            invocation.return_value(GLib.Variant(
                '(a{sv})', ({**self.suspects[values.unpack()[0]],
                             'exe': GLib.Variant('s', '/opt/said')},)))
        elif method == 'GetSuspect':
            invocation.return_dbus_error('org.memsnoop1.Error.NoSuchSuspect', 'no such')
        else:
            invocation.return_dbus_error(caller.ACCESS_DENIED, 'Not <i>allowed</i> & refused')

    @staticmethod
    def _answer(answer, values, invocation):
        if callable(answer):
            descriptors = invocation.get_message().get_unix_fd_list()
            answer(values.unpack(), invocation, descriptors.peek_fds() if descriptors else [])
        elif isinstance(answer, tuple):
            invocation.return_dbus_error(*answer)
        else:
            invocation.return_value(answer)

    def _objects(self, *arguments):
        if 'GetManagedObjects' in self.hangs:
            self.unanswered.append(arguments[-1])
        else:
            arguments[-1].return_value(GLib.Variant('(a{oa{sa{sv}}})', (self.objects,)))

    @staticmethod
    def _property(_connection, _sender, _path, _interface, name):
        values = {'Version': GLib.Variant('s', 'said'), 'Features': GLib.Variant('a{sb}', {}),
                  'FeatureReasons': GLib.Variant('a{ss}', {}), 'EventsLost': GLib.Variant('t', 0),
                  'SuspectsLeftOut': GLib.Variant('u', 0), 'WatchInterval': GLib.Variant('d', 2)}
        return values[name]

    def signal(self, pid, comm, evidence):
        self.connection.emit_signal(
            None, caller.PATH, caller.MANAGER, 'LeakSuspected',
            GLib.Variant('(ousa{sv})', ('/', pid, comm, evidence)))

    def end(self):
        self.connection.close_sync(None)


OBJECT_MANAGER = '''<node><interface name="org.freedesktop.DBus.ObjectManager">
  <method name="GetManagedObjects"><arg type="a{oa{sa{sv}}}" direction="out"/></method>
</interface></node>'''


def request_name(connection, name):
    answer = connection.call_sync(
        'org.freedesktop.DBus', '/org/freedesktop/DBus', 'org.freedesktop.DBus', 'RequestName',
        GLib.Variant('(su)', (name, 4)), None, 0, 5000, None).unpack()[0]
    assert answer == 1, f'{name} is taken'
