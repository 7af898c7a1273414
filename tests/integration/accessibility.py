# SPDX-License-Identifier: GPL-2.0-or-later
"""Drives a window as those do who cannot see it: through its accessibility tree, on a display of the test.

The display is an Xvfb, whose screen is kept as pictures in the build's folder "screenshots". The tree is
asked for over AT-SPI's own bus, without libatspi: that remembers what it was told, and here what counts is
what is there now.
"""

import os
import shutil
import struct
import time
import zlib

import gi
gi.require_version('Gio', '2.0')
from gi.repository import Gio, GLib  # noqa: E402

import bus  # noqa: E402
import desktop  # noqa: E402
import machine  # noqa: E402

REGISTRY = 'org.a11y.atspi.Registry'
ROOT = '/org/a11y/atspi/accessible/root'
CONTROLLER = '/org/a11y/atspi/registry/deviceeventcontroller'
INTERFACE = 'org.a11y.atspi.'
PRESS, RELEASE, SYMBOL = 0, 1, 3
# Within which a window does what it was asked to, on a busy machine.
PATIENCE = 30
SHIFT, CONTROL, ALT = 'Shift_L', 'Control_L', 'Alt_L'
KEYSYMS = {'BackSpace': 0xff08, 'Tab': 0xff09, 'Return': 0xff0d, 'Escape': 0xff1b, 'space': 0x20,
           'Home': 0xff50, 'Left': 0xff51, 'Up': 0xff52, 'Right': 0xff53, 'Down': 0xff54,
           'Page_Down': 0xff56, 'End': 0xff57, 'Menu': 0xff67, 'F10': 0xffc7}
# Those of the first keyboard that X knows, which Xvfb has.
KEYCODES = {SHIFT: 50, CONTROL: 37, ALT: 64}
# Bits of AT-SPI's states.
STATES = {'active': 1, 'busy': 3, 'checked': 4, 'editable': 7, 'expandable': 9, 'expanded': 10,
          'focusable': 11, 'focused': 12, 'pressed': 20, 'selected': 23, 'sensitive': 24}
# Of which nothing below tells more than they do.
LEAVES = ('image', 'separator')
# Names that later versions of GTK and of AT-SPI give to the same roles.
ROLES = {'push button': 'button', 'toggle button': 'button', 'tree table': 'tree grid',
         'table cell': 'grid cell', 'table row': 'row', 'list item': 'row', 'page tab': 'tab',
         'entry': 'text', 'text box': 'text', 'table column header': 'column header'}


class Screen(desktop.SessionProgram):
    """A display on which nobody looks."""

    def __init__(self, session, width=1200, height=850):
        super().__init__(session, 'Xvfb')
        self.size = f'{width}x{height}x24'
        self.display = None

    def start(self):
        """Takes a number that is free, and names it in the session's environment."""
        # No display of the machine is seen, and none is left over.
        machine.mount_empty('/tmp/.X11-unix')
        os.chmod('/tmp/.X11-unix', 0o1777)
        reading, writing = os.pipe()
        self.spawn(['Xvfb', '-displayfd', str(writing), '-screen', '0', self.size, '-nolisten', 'tcp',
                    '-noreset', '-fbdir', self.session.folder], pass_fds=[writing],
                   env=self.session.environment, cwd='/', user=self.session.uid,
                   group=self.session.uid, extra_groups=[])
        os.close(writing)
        with os.fdopen(reading, encoding='ascii') as number:
            self.display = ':' + number.readline().strip()
        if self.display == ':':
            raise RuntimeError('Xvfb ended: ' + self.log())
        self.session.environment['DISPLAY'] = self.display

    def take_picture(self, name):
        """What the screen shows, as BUILD/screenshots/NAME.png; returns the path."""
        folder = machine.program('screenshots')
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, name + '.png')
        with open(os.path.join(self.session.folder, 'Xvfb_screen0'), 'rb') as dump:
            content = dump.read()
        with open(path, 'wb') as picture:
            picture.write(png_of_dump(content))
        return path


def png_of_dump(dump):
    """A picture of X's window dump (XWDFile.h), which has four bytes for each pixel, blue first."""
    fields = struct.unpack('>20I', dump[:80])
    header, width, height, line, colors = fields[0], fields[4], fields[5], fields[12], fields[19]
    pixels = dump[header + 12 * colors:]
    rows = bytearray()
    for y in range(height):
        row = pixels[y * line:y * line + 4 * width]
        colored = bytearray(3 * width)
        colored[0::3], colored[1::3], colored[2::3] = row[2::4], row[1::4], row[0::4]
        rows += b'\0' + colored
    chunks = ((b'IHDR', struct.pack('>IIBBBBB', width, height, 8, 2, 0, 0, 0)),
              (b'IDAT', zlib.compress(bytes(rows), 6)), (b'IEND', b''))
    return b'\x89PNG\r\n\x1a\n' + b''.join(
        struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
        for kind, data in chunks)


class Node:
    """A part of a window as it was when it was looked at."""

    def __init__(self, owner, path, parent):
        self.owner, self.path, self.parent = owner, path, parent
        self.role, self.name, self.bits, self.children = '', '', 0, []

    def has(self, *states):
        """Whether it is in all of these states; with "not " before its name, that it is not."""
        return all(bool(self.bits >> STATES[state.removeprefix('not ')] & 1)
                   != state.startswith('not ') for state in states)

    def walk(self):
        """It and all below."""
        yield self
        for child in self.children:
            yield from child.walk()

    def ancestors(self):
        node = self.parent
        while node is not None:
            yield node
            node = node.parent

    def row(self):
        """The row that it is, or is in; None when it is in none."""
        return next((node for node in (self, *self.ancestors()) if node.role == 'row'), None)

    def texts(self):
        """The names of the labels in it, in order; those without text have none."""
        return [node.name for node in self.walk() if node.role in ('label', 'alert')
                and node.name != 'GtkLabel']

    def shown(self, depth=0):
        """It and what is below, for people."""
        told = [state for state in STATES if self.has(state)]
        line = f'{"  " * depth}{self.role} {self.name!r} {" ".join(told)}'
        return '\n'.join([line, *(child.shown(depth + 1) for child in self.children)])


class Accessibility(bus.Server):
    """AT-SPI in a session: the trees of its windows, and its keyboard."""

    def __init__(self, session):
        super().__init__('at-spi-bus-launcher', session.folder)
        self.session = session
        self.connection = None

    def start(self):
        """To be called when there is a display; programs started later are on its bus."""
        self.spawn([machine.accessibility_launcher(), '--launch-immediately'],
                   env=self.session.environment, cwd='/', user=self.session.uid,
                   group=self.session.uid, extra_groups=[])
        session = self.session.connect()
        bus.wait_for_name(session, 'org.a11y.Bus', self)
        address = session.call_sync('org.a11y.Bus', '/org/a11y/bus', 'org.a11y.Bus', 'GetAddress',
                                    None, None, 0, 15000, None).unpack()[0]
        session.close_sync(None)
        self.connection = Gio.DBusConnection.new_for_address_sync(
            address, Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT
            | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION, None, None)
        # Also when the bus ends before the test does.
        self.connection.set_exit_on_close(False)

    def end(self):
        if self.connection is not None and not self.connection.is_closed():
            self.connection.close_sync(None)
        super().end()

    def call(self, owner, path, interface, method, arguments=None):
        """The values of the reply."""
        return self.connection.call_sync(owner, path, interface, method, arguments, None, 0, 15000,
                                         None).unpack()

    # Trees

    def windows(self, leaves=()):
        """The trees of all windows of all programs, as they are now, to nodes of the roles `leaves`."""
        programs = self.call(REGISTRY, ROOT, INTERFACE + 'Accessible', 'GetChildren')[0]
        roots = [Node(owner, path, None) for owner, path in programs]
        self._look_below(roots, leaves)
        return [window for root in roots for window in root.children]

    def inside(self, node):
        """The node with all that is in it now."""
        self._look_below([node], ())
        return node

    def _look_below(self, level, leaves):
        while level:
            self._look_at(level)
            level = [child for node in level if node.role not in leaves for child in node.children]

    def _look_at(self, nodes):
        """Fills in what nodes are; all are asked at once, as there may be thousands."""
        waiting = [0]

        def ask(node, interface, method, keep, arguments=None):
            def done(connection, result):
                waiting[0] -= 1
                try:
                    keep(node, connection.call_finish(result).unpack()[0])
                except GLib.Error:
                    # It is gone since its parent told of it.
                    node.children = []
            waiting[0] += 1
            self.connection.call(node.owner, node.path, interface, method, arguments, None, 0,
                                 15000, None, done)

        name = GLib.Variant('(ss)', (INTERFACE + 'Accessible', 'Name'))
        for node in nodes:
            ask(node, INTERFACE + 'Accessible', 'GetRoleName', _keep_role)
            ask(node, INTERFACE + 'Accessible', 'GetState', _keep_states)
            ask(node, 'org.freedesktop.DBus.Properties', 'Get', _keep_name, name)
            if node.parent is None or node.parent.role not in LEAVES:
                ask(node, INTERFACE + 'Accessible', 'GetChildren', _keep_children)
        while waiting[0] > 0:
            GLib.MainContext.default().iteration(True)

    def shown(self):
        """All windows, for people."""
        return '\n'.join(window.shown() for window in self.windows())

    def find(self, role=None, name=None, states=(), within=None, leaves=()):
        """All parts that are meant; `name` is the whole name, or a function of it.

        `within` is such a function of a node, of which one above has to be true; nodes of the roles
        `leaves` are not looked into.
        """
        def meant(node):
            return (role is None or node.role == role) and node.has(*states) \
                and (name is None or (name(node.name) if callable(name) else node.name == name)) \
                and (within is None or any(within(above) for above in node.ancestors()))
        return [node for window in self.windows(leaves) for node in window.walk() if meant(node)]

    def await_that(self, condition, what, seconds=PATIENCE):
        """The first true value of condition(); the failure has the tree in it."""
        deadline = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > deadline:
                raise AssertionError(f'waited {seconds} s in vain: {what}\n{self.shown()}')
            # To look takes the window some time, too.
            self.pass_time(0.2)

    def await_one(self, role=None, name=None, states=(), within=None, seconds=PATIENCE, leaves=()):
        """The first part that is meant, as soon as there is one."""
        what = ' '.join([role or 'anything', repr(name) if isinstance(name, str) else '', *states])
        return self.await_that(lambda: self.find(role, name, states, within, leaves), what, seconds)[0]

    def await_none(self, role=None, name=None, states=(), within=None, seconds=PATIENCE):
        what = ' '.join(['no', role or '', repr(name), *states])
        self.await_that(lambda: not self.find(role, name, states, within), what, seconds)

    @staticmethod
    def pass_time(seconds):
        """Lets time pass, in which the test answers what it is asked over the bus."""
        context = GLib.MainContext.default()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not context.iteration(False):
                time.sleep(0.005)

    # Acting

    def description(self, node):
        return self.property(node, 'Accessible', 'Description')

    def property(self, node, interface, name):
        return self.call(node.owner, node.path, 'org.freedesktop.DBus.Properties', 'Get',
                         GLib.Variant('(ss)', (INTERFACE + interface, name)))[0]

    def actions(self, node):
        """The names of what can be done with it."""
        count = self.property(node, 'Action', 'NActions')
        return [self.call(node.owner, node.path, INTERFACE + 'Action', 'GetName',
                          GLib.Variant('(i)', (i,)))[0] for i in range(count)]

    def act(self, node, action=None):
        """Does an action of it: that of the name, or the first."""
        number = 0 if action is None else self.actions(node).index(action)
        done = self.call(node.owner, node.path, INTERFACE + 'Action', 'DoAction',
                         GLib.Variant('(i)', (number,)))[0]
        assert done, f'{node.role} {node.name!r} did not do {action or "its action"}'

    def click(self, name, role='button', within=None, seconds=PATIENCE):
        """Waits until a button can be pressed, and presses it."""
        node = self.await_one(role, name, ('sensitive', 'focusable'), within, seconds)
        self.act(node)
        return node

    def choose(self, name, place):
        """Does an item of the menu that is open. GTK 4.18 tells no names of items: there it is the place."""
        def meant():
            items = self.find('menu item', states=('sensitive',))
            named = [item for item in items if item.name == name]
            return named or (not any(item.name for item in items) and items[place:place + 1])
        self.act(self.await_that(meant, f'menu item {name!r}')[0])

    def enter(self, node, text):
        """Replaces the text of an entry."""
        self.call(node.owner, node.path, INTERFACE + 'EditableText', 'SetTextContents',
                  GLib.Variant('(s)', (text,)))

    def value(self, node):
        """Where a scroll bar, or what else has a range, is in it."""
        return self.property(node, 'Value', 'CurrentValue')

    def place(self, node):
        """Where it is in its window: left, top, width and height."""
        return self.call(node.owner, node.path, INTERFACE + 'Component', 'GetExtents',
                         GLib.Variant('(u)', (1,)))[0]

    # A pointer, and keys

    def point_at(self, node):
        """Clicks in its middle, for what has no action. Windows are in the screen's corner."""
        left, top, width, height = self.place(node)
        for event in ('abs', 'b1c'):
            self.call(REGISTRY, CONTROLLER, INTERFACE + 'DeviceEventController',
                      'GenerateMouseEvent',
                      GLib.Variant('(iis)', (left + width // 2, top + height // 2, event)))

    def press(self, *keys):
        """Presses keys together, the last one of which may be a letter: press(CONTROL, 'f')."""
        for key in keys[:-1]:
            self._key(KEYCODES[key], PRESS)
        self._key(KEYSYMS.get(keys[-1]) or ord(keys[-1]), SYMBOL)
        for key in reversed(keys[:-1]):
            self._key(KEYCODES[key], RELEASE)

    def type(self, text):
        """Types what needs no shift, letter by letter."""
        for letter in text:
            self._key(ord(letter), SYMBOL)

    def _key(self, number, kind):
        self.call(REGISTRY, CONTROLLER, INTERFACE + 'DeviceEventController',
                  'GenerateKeyboardEvent', GLib.Variant('(isu)', (number, '', kind)))

    def focused(self):
        """What has the keyboard, with all of the row that it is in; None when nothing has."""
        # Mostly no row has it: those of large tables are looked into in the end.
        for leaves in (('row',), ()):
            for window in self.windows(leaves):
                for node in window.walk() if window.has('active') else ():
                    if node.has('focused'):
                        return self.inside(node) if node.role in leaves else node
        return None

    def move_to(self, meant, key='Tab', presses=40):
        """Moves the focus with a key until it is on what is meant: a name, or a function of a node."""
        passed = []
        for _ in range(presses):
            self.press(key)
            self.pass_time(0.05)
            node = self.focused()
            if node is not None and (meant(node) if callable(meant) else node.name == meant):
                return node
            passed.append(node and (node.role, node.name))
        raise AssertionError(f'{presses} times {key} do not lead to {meant}, but to {passed}')


def _keep_role(node, role):
    node.role = ROLES.get(role, role)


def _keep_states(node, halves):
    node.bits = halves[0] | halves[1] << 32


def _keep_name(node, name):
    node.name = name


def _keep_children(node, children):
    node.children = [Node(owner, path, node) for owner, path in children]


class Desktop:
    """A session of a user with a display, AT-SPI and, in it, the window.

    `folder` in the session is the user's home.
    """

    def __init__(self, uid):
        os.makedirs('/run/memsnoop-test', exist_ok=True)
        self.session = desktop.SessionBus(uid)
        self.screen = Screen(self.session)
        self.tree = Accessibility(self.session)
        self.viewer = desktop.SessionProgram(self.session, 'memsnoop-viewer')
        # Drawn without GL, with nothing but the defaults, and with only what the test sees.
        self.session.environment.update(
            GSK_RENDERER='cairo', GDK_BACKEND='x11', GSETTINGS_BACKEND='memory', GTK_A11Y='atspi',
            XDG_CACHE_HOME=self.session.folder + '/cache', LANGUAGE='')

    def start(self):
        self.session.start()
        self.screen.start()
        self.tree.start()

    def open_window(self, *arguments, **environment):
        """Starts the window and waits until it is there."""
        path = machine.public_copy(machine.program('viewer', 'memsnoop-viewer'))
        self.viewer.start(path, *arguments, **environment)
        self.tree.await_that(self.tree.windows, 'the window is there: ' + self.viewer.log())

    def run(self, *arguments):
        """Starts the program another time, beside the one that runs; the process, when it has ended."""
        second = desktop.SessionProgram(self.session, 'second-viewer')
        second.start(machine.public_copy(machine.program('viewer', 'memsnoop-viewer')), *arguments)
        self.tree.await_that(lambda: not second.running(), 'the second one ends')
        return second

    def end(self):
        """Ends everything, the window first; what that has said until then."""
        for program in (self.viewer, self.tree, self.screen, self.session):
            program.end()
        said = self.viewer.log()
        for program in (self.viewer, self.tree, self.screen):
            print(f'--- {program.name}\n{program.log()}', flush=True)
        shutil.rmtree(self.session.folder, ignore_errors=True)
        return said
