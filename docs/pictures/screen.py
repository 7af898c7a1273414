# SPDX-License-Identifier: GPL-2.0-or-later
"""A display that says what window managers and compositors say, and pictures of single windows on it.

The pictures have what a desktop shows: shadows and round corners, and nothing behind them.
"""

import ctypes
import re
import shutil
import struct
import subprocess
import time
import zlib

import accessibility

_WINDOW, _ATOM = 33, 4
_REPLACE, _ALL_PLANES, _ZPIXMAP, _IS_VIEWABLE, _REVERT_TO_PARENT = 0, 2**64 - 1, 2, 2, 2
# Smaller windows are X's and GTK's own.
_LEAST_WIDTH = 20
_COMPRESSION = 9


class _Image(ctypes.Structure):
    """The beginning of Xlib's XImage."""

    _fields_ = [('width', ctypes.c_int), ('height', ctypes.c_int), ('xoffset', ctypes.c_int),
                ('format', ctypes.c_int), ('data', ctypes.c_void_p), ('byte_order', ctypes.c_int),
                ('bitmap_unit', ctypes.c_int), ('bitmap_bit_order', ctypes.c_int),
                ('bitmap_pad', ctypes.c_int), ('depth', ctypes.c_int),
                ('bytes_per_line', ctypes.c_int)]


class _Attributes(ctypes.Structure):
    """Xlib's XWindowAttributes."""

    _fields_ = [('x', ctypes.c_int), ('y', ctypes.c_int), ('width', ctypes.c_int),
                ('height', ctypes.c_int), ('border_width', ctypes.c_int), ('depth', ctypes.c_int),
                ('visual', ctypes.c_void_p), ('root', ctypes.c_ulong), ('class', ctypes.c_int),
                ('bit_gravity', ctypes.c_int), ('win_gravity', ctypes.c_int),
                ('backing_store', ctypes.c_int), ('backing_planes', ctypes.c_ulong),
                ('backing_pixel', ctypes.c_ulong), ('save_under', ctypes.c_int),
                ('colormap', ctypes.c_ulong), ('map_installed', ctypes.c_int),
                ('map_state', ctypes.c_int), ('all_event_masks', ctypes.c_long),
                ('your_event_mask', ctypes.c_long), ('do_not_propagate_mask', ctypes.c_long),
                ('override_redirect', ctypes.c_int), ('screen', ctypes.c_void_p)]


def _xlib():
    """Xlib, which GTK has on X11, too."""
    library = ctypes.CDLL('libX11.so.6')
    display, window, number = ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int
    pointer = ctypes.POINTER
    for name, result, *arguments in (
            ('XOpenDisplay', display, ctypes.c_char_p),
            ('XDefaultRootWindow', window, display),
            ('XInternAtom', window, display, ctypes.c_char_p, number),
            ('XCreateSimpleWindow', window, display, window, number, number, ctypes.c_uint,
             ctypes.c_uint, ctypes.c_uint, window, window),
            ('XChangeProperty', number, display, window, window, window, number, number,
             ctypes.c_void_p, number),
            ('XSetSelectionOwner', number, display, window, window, window),
            ('XSetInputFocus', number, display, window, number, window),
            ('XWarpPointer', number, display, window, window, *[number] * 2, ctypes.c_uint,
             ctypes.c_uint, *[number] * 2),
            ('XQueryTree', number, display, window, pointer(window), pointer(window),
             pointer(pointer(window)), pointer(ctypes.c_uint)),
            ('XGetWindowAttributes', number, display, window, pointer(_Attributes)),
            ('XGetImage', pointer(_Image), display, window, *[number] * 4, window, number),
            ('XFree', number, ctypes.c_void_p),
            ('XSync', number, display, number),
            ('XCloseDisplay', number, display)):
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
    return library


class Screen(accessibility.Screen):
    """A display of a session."""

    def start(self):
        super().start()
        # pylint: disable=attribute-defined-outside-init
        self.xlib = _xlib()
        self.connection = self.xlib.XOpenDisplay(self.display.encode())
        if not self.connection:
            raise RuntimeError(f'the display {self.display} cannot be reached')
        self.root = self.xlib.XDefaultRootWindow(self.connection)
        self._manage()

    def _atom(self, name):
        return self.xlib.XInternAtom(self.connection, name.encode(), 0)

    def _set(self, window, name, kind, *values):
        self.xlib.XChangeProperty(self.connection, window, self._atom(name), kind, 32, _REPLACE,
                                  (ctypes.c_ulong * len(values))(*values), len(values))

    def _manage(self):
        """GTK draws shadows only where a window manager and a compositor say that they are there."""
        manager = self.xlib.XCreateSimpleWindow(self.connection, self.root, -9, -9, 1, 1, 0, 0, 0)
        for window in (self.root, manager):
            self._set(window, '_NET_SUPPORTING_WM_CHECK', _WINDOW, manager)
        self._set(self.root, '_NET_SUPPORTED', _ATOM,
                  *map(self._atom, ('_GTK_FRAME_EXTENTS', '_NET_WM_STATE', '_NET_ACTIVE_WINDOW')))
        for selection in ('WM_S0', '_NET_WM_CM_S0'):
            self.xlib.XSetSelectionOwner(self.connection, self._atom(selection), manager, 0)
        # Where it is over nothing.
        self.xlib.XWarpPointer(self.connection, 0, self.root, 0, 0, 0, 0, 9999, 9999)
        self.xlib.XSync(self.connection, 0)

    def windows(self):
        """Those that are seen, the lowest first."""
        ignored, children = ctypes.c_ulong(), ctypes.POINTER(ctypes.c_ulong)()
        count = ctypes.c_uint()
        self.xlib.XQueryTree(self.connection, self.root, ignored, ignored, children, count)
        seen = [window for window in children[:count.value] if self._is_seen(window)]
        if count.value > 0:
            self.xlib.XFree(children)
        return seen

    def _attributes(self, window):
        attributes = _Attributes()
        if not self.xlib.XGetWindowAttributes(self.connection, window, attributes):
            raise RuntimeError(f'the window {window:#x} is not there any more')
        return attributes

    def _is_seen(self, window):
        attributes = self._attributes(window)
        return attributes.map_state == _IS_VIEWABLE and attributes.width > _LEAST_WIDTH

    def size_of(self, window):
        """Its width and height with its shadow."""
        attributes = self._attributes(window)
        return attributes.width, attributes.height

    def focus(self, window):
        """Makes it the one that has the keyboard."""
        self.xlib.XSetInputFocus(self.connection, window, _REVERT_TO_PARENT, 0)
        self.xlib.XSync(self.connection, 0)

    def take(self, window, path):
        """Writes what a window shows, without what is transparent around it, as PNG."""
        width, height = self.size_of(window)
        image = self.xlib.XGetImage(self.connection, window, 0, 0, width, height, _ALL_PLANES,
                                    _ZPIXMAP)
        if not image:
            raise RuntimeError(f'the window {window:#x} cannot be read')
        line = image.contents.bytes_per_line
        data = ctypes.string_at(image.contents.data, line * height)
        rows = [data[y * line:y * line + 4 * width] for y in range(height)]
        pixels = _straight(b''.join(rows), self._attributes(window).depth == 32)
        self.xlib.XFree(image.contents.data)
        self.xlib.XFree(image)
        write_png(path, *_crop(pixels, width))


def _straight(data, has_alpha):
    """What X has, blue first and multiplied with alpha, as PNG has it."""
    pixels = bytearray(len(data))
    pixels[0::4], pixels[1::4], pixels[2::4] = data[2::4], data[1::4], data[0::4]
    pixels[3::4] = data[3::4] if has_alpha else b'\xff' * (len(data) // 4)
    for match in re.finditer(rb'[^\x00\xff]', pixels[3::4]):
        at, alpha = 4 * match.start(), match.group()[0]
        for i in range(at, at + 3):
            pixels[i] = min(255, (pixels[i] * 255 + alpha // 2) // alpha)
    return bytes(pixels)


def _crop(pixels, width):
    """Without the rows and columns at the edges in which nothing is seen; and how wide that is."""
    alpha = pixels[3::4]
    rows = [y for y in range(len(alpha) // width) if any(alpha[y * width:(y + 1) * width])]
    columns = [x for x in range(width) if any(alpha[x::width])]
    if not rows:
        return pixels, width
    left, right = columns[0], columns[-1] + 1
    return b''.join(pixels[4 * (y * width + left):4 * (y * width + right)]
                    for y in range(rows[0], rows[-1] + 1)), right - left


def write_png(path, pixels, width):
    """Writes red, green, blue and alpha of each pixel; smaller where pngquant is installed."""
    line = 4 * width
    rows, above = [], bytes(line)
    for at in range(0, len(pixels), line):
        row = pixels[at:at + line]
        # Filter 2, the difference from the row above: what windows show repeats downwards.
        rows.append(b'\2' + bytes((one - other) & 255 for one, other in zip(row, above)))
        above = row
    header = struct.pack('>IIBBBBB', width, len(rows), 8, 6, 0, 0, 0)
    with open(path, 'wb') as file:
        file.write(b'\x89PNG\r\n\x1a\n')
        for kind, data in ((b'IHDR', header),
                           (b'IDAT', zlib.compress(b''.join(rows), _COMPRESSION)), (b'IEND', b'')):
            file.write(struct.pack('>I', len(data)) + kind + data +
                       struct.pack('>I', zlib.crc32(kind + data)))
    if shutil.which('pngquant'):
        subprocess.run(['pngquant', '--force', '--skip-if-larger', '--speed', '1', '--strip',
                        '--output', path, path], check=False)


def settle(seconds=0.5):
    """For animations, which are the window's own."""
    time.sleep(seconds)
