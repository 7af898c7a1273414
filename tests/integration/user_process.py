# SPDX-License-Identifier: GPL-2.0-or-later
"""The process of a UserCaller: makes the calls it is given on its input, one in a line.

A request is the text of a GVariant (path, interface, method, <arguments>, interactive, timeout); a
reply is (<values>,) or, for an error, (name, message). The first line of output is the
connection's name.

With the argument "agent" it is also the authentication agent of itself, at which polkit asks for a
password and never gets one: requests wait while a call is made.
"""

import os
import sys

import gi
gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402


def reply_to(connection, request):
    path, interface, method, _arguments, interactive, timeout = request.unpack()
    flags = Gio.DBusCallFlags.ALLOW_INTERACTIVE_AUTHORIZATION if interactive \
        else Gio.DBusCallFlags.NONE
    try:
        values = connection.call_sync(
            'org.memsnoop1', path, interface, method, request.get_child_value(3).get_variant(),
            None, flags, timeout * 1000, None)
    except GLib.Error as error:
        name = Gio.DBusError.get_remote_error(error) or f'{error.domain}.{error.code}'
        return GLib.Variant('(ss)', (name, error.message.replace(f'GDBus.Error:{name}: ', '', 1)))
    return GLib.Variant('(v)', (values,))


AGENT_PATH = '/org/memsnoop1/test/agent'
AGENT = """<node><interface name="org.freedesktop.PolicyKit1.AuthenticationAgent">
  <method name="BeginAuthentication">
    <arg type="s"/> <arg type="s"/> <arg type="s"/> <arg type="a{ss}"/> <arg type="s"/>
    <arg type="a(sa{sv})"/>
  </method>
  <method name="CancelAuthentication"> <arg type="s"/> </method>
</interface></node>"""


def become_agent(connection):
    interface = Gio.DBusNodeInfo.new_for_xml(AGENT).interfaces[0]
    connection.register_object(AGENT_PATH, interface, None, None, None)
    with open('/proc/self/stat', encoding='utf-8', errors='replace') as file:
        started = int(file.read().rsplit(')', 1)[1].split()[19])
    subject = ('unix-process', {
        'pid': GLib.Variant('u', os.getpid()),
        'start-time': GLib.Variant('t', started),
        'uid': GLib.Variant('i', os.getuid()),
    })
    connection.call_sync(
        'org.freedesktop.PolicyKit1', '/org/freedesktop/PolicyKit1/Authority',
        'org.freedesktop.PolicyKit1.Authority', 'RegisterAuthenticationAgent',
        GLib.Variant('((sa{sv})ss)', (subject, 'C', AGENT_PATH)), None, 0, 5000, None)


def main():
    connection = Gio.DBusConnection.new_for_address_sync(
        'unix:path=/run/dbus/system_bus_socket',
        Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
        | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
    if 'agent' in sys.argv[1:]:
        become_agent(connection)
    print(connection.get_unique_name(), flush=True)
    for line in sys.stdin:
        request = GLib.Variant.parse(GLib.VariantType('(sssvbi)'), line, None, None)
        print(reply_to(connection, request).print_(True), flush=True)


main()
