# SPDX-License-Identifier: GPL-2.0-or-later
"""A file system of one file, /program, that answers only as long as somebody lets it.

    hanging_file_system.py FOLDER SOURCE

Mounts itself on FOLDER and tells "ready". It speaks the protocol of include/uapi/linux/fuse.h itself, as
much as executing a program takes. Who stops the process has a file system that does not answer;
after SIGUSR1 only reading is not answered.
"""

import ctypes
import errno
import os
import signal
import stat
import struct
import sys

import machine

LIBC = ctypes.CDLL(None, use_errno=True)

LOOKUP, FORGET, GETATTR, OPEN, READ, RELEASE, INIT, OPENDIR, INTERRUPT = 1, 2, 3, 14, 15, 18, 26, 27, 36
ROOT, FILE = 1, 2
REQUEST_BYTES = 1 << 17


class FileSystem:
    def __init__(self, folder, source):
        with open(source, 'rb') as file:
            self.content = file.read()
        self.reads = True
        self.device = os.open('/dev/fuse', os.O_RDWR | os.O_CLOEXEC)
        options = f'fd={self.device},rootmode=40000,user_id=0,group_id=0,allow_other'
        if LIBC.mount(b'memsnoop-test', folder.encode(), b'fuse', ctypes.c_ulong(0),
                      options.encode()) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number))

    def attributes(self, node):
        mode = stat.S_IFDIR | 0o755 if node == ROOT else stat.S_IFREG | 0o755
        size = 0 if node == ROOT else len(self.content)
        return struct.pack('=6Q10I', node, size, size // 512, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0,
                           4096, 0)

    def answer(self, operation, node, body):
        """What answers the request; None when nothing does. Nothing is valid for long."""
        if operation == INIT:
            return struct.pack('=4I2H2I2H8I', 7, 31, 1 << 17, 0, 16, 12, 1 << 16, 1, 0, 0,
                               *[0] * 8)
        if operation == LOOKUP:
            if body.rstrip(b'\0') != b'program':
                return errno.ENOENT
            return struct.pack('=4Q2I', FILE, 0, 0, 0, 0, 0) + self.attributes(FILE)
        if operation == GETATTR:
            return struct.pack('=Q2I', 0, 0, 0) + self.attributes(node)
        if operation in (OPEN, OPENDIR):
            return struct.pack('=Q2I', 1, 0, 0)
        if operation == READ and not self.reads:
            return None
        if operation == READ:
            _, offset, size = struct.unpack_from('=2QI', body)
            return self.content[offset:offset + size]
        if operation == RELEASE:
            return b''
        return None if operation in (FORGET, INTERRUPT) else errno.ENOSYS

    def serve(self):
        while True:
            request = os.read(self.device, REQUEST_BYTES)
            _, operation, unique, node = struct.unpack_from('=2I2Q', request)
            found = self.answer(operation, node, request[40:])
            if found is None:
                continue
            error, content = (-found, b'') if isinstance(found, int) else (0, found)
            os.write(self.device, struct.pack('=IiQ', 16 + len(content), error, unique) + content)


def main():
    machine.die_with_parent()
    file_system = FileSystem(*sys.argv[1:])
    signal.signal(signal.SIGUSR1, lambda *_: setattr(file_system, 'reads', False))
    print('ready', flush=True)
    try:
        file_system.serve()
    except OSError as error:
        # It was unmounted.
        sys.exit(0 if error.errno == errno.ENODEV else 1)


if __name__ == '__main__':
    main()
