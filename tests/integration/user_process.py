# SPDX-License-Identifier: GPL-2.0-or-later
"""The process of a UserCaller: makes the calls it is given on its input, one in a line.

A request is the text of a GVariant (path, interface, method, <arguments>, interactive, timeout); a reply is
(<values>,) or, for an error, (name, message). The first line of output is the connection's name.
"""

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


def main():
    connection = Gio.DBusConnection.new_for_address_sync(
        'unix:path=/run/dbus/system_bus_socket',
        Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
        | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
    print(connection.get_unique_name(), flush=True)
    for line in sys.stdin:
        request = GLib.Variant.parse(GLib.VariantType('(sssvbi)'), line, None, None)
        print(reply_to(connection, request).print_(True), flush=True)


main()
