# SPDX-License-Identifier: GPL-2.0-or-later
"""An authentication agent, as desktops have one, that answers as the test wants instead of a person."""

import os

import bus
from caller import Gio, GLib
from target import start_time_of

AUTHORITY = ('org.freedesktop.PolicyKit1', '/org/freedesktop/PolicyKit1/Authority',
             'org.freedesktop.PolicyKit1.Authority')
PATH = '/org/memsnoop1/test/agent'
INTERFACE = """<node><interface name="org.freedesktop.PolicyKit1.AuthenticationAgent">
  <method name="BeginAuthentication">
    <arg type="s"/> <arg type="s"/> <arg type="s"/> <arg type="a{ss}"/> <arg type="s"/>
    <arg type="a(sa{sv})"/>
  </method>
  <method name="CancelAuthentication"> <arg type="s"/> </method>
</interface></node>"""


class Agent:
    """Of a process of a user; `asked` are the actions that it was asked about.

    While `accepts` is true whoever is asked has the right password; otherwise the dialog is closed.
    """

    def __init__(self, pid, uid):
        self.accepts = True
        self.asked = []
        self.uid = uid
        # Only root may say that a password was right, and only the user may be the user's agent.
        self.root = bus.connect()
        self.connection = connect_as(uid)
        interface = Gio.DBusNodeInfo.new_for_xml(INTERFACE).interfaces[0]
        self.connection.register_object(PATH, interface, self._called, None, None)
        subject = ('unix-process', {'pid': GLib.Variant('u', pid), 'uid': GLib.Variant('i', uid),
                                    'start-time': GLib.Variant('t', start_time_of(pid))})
        self.connection.call_sync(
            *AUTHORITY, 'RegisterAuthenticationAgent',
            GLib.Variant('((sa{sv})ss)', (subject, 'C', PATH)), None, 0, 5000, None)

    def _called(self, _connection, _sender, _path, _interface, method, values, invocation):
        if method == 'CancelAuthentication':
            invocation.return_value(None)
            return
        action, _message, _icon, _details, cookie, _identities = values.unpack()
        self.asked.append(action)
        if not self.accepts:
            invocation.return_dbus_error('org.freedesktop.PolicyKit1.Error.Cancelled', 'closed')
            return
        identity = values.get_child_value(5).get_child_value(0)
        self.root.call_sync(
            *AUTHORITY, 'AuthenticationAgentResponse2',
            GLib.Variant.new_tuple(GLib.Variant('u', self.uid),
                                   GLib.Variant('s', cookie), identity), None, 0, 5000, None)
        invocation.return_value(None)

    def close(self):
        self.connection.close_sync(None)
        self.root.close_sync(None)


def connect_as(uid):
    """A connection of this process to the system bus that is the user's."""
    os.seteuid(uid)
    try:
        return bus.connect()
    finally:
        os.seteuid(0)
