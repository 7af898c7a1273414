# SPDX-License-Identifier: GPL-2.0-or-later
"""The window of Memsnoop, and an empty one, on a display of their own beside the real service."""

import contextlib
import mmap
import os
import shutil
import struct
import subprocess
import time

import bed

SCREEN = (1200, 850)
# What text has at least, of 255, in the light style.
DARK = 128
# Of the lines of the screen one in so many is looked at.
LINE_STEP = 3

# Values of GSK_RENDERER: what Memsnoop's window chooses by itself, and OpenGL, here without a graphics card.
RENDERERS = ('cairo', 'gl')

# Programs that are needed, and the packages that have them; xdotool is in no list of quickstart, as no test needs it.
PACKAGES = {'Xvfb': 'xvfb, on Fedora xorg-x11-server-Xvfb', 'xdotool': 'xdotool'}

# The settings of nobody.
ENVIRONMENT = {'GDK_BACKEND': 'x11', 'GSETTINGS_BACKEND': 'memory', 'ADW_DISABLE_PORTAL': '1'}


class Screen:
    """An X server whose pixels are read from a file, which costs its clients nothing."""

    def __init__(self, folder):
        import machine
        read_end, write_end = os.pipe()
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            ['Xvfb', '-displayfd', str(write_end), '-fbdir', folder, '-wr', '-nolisten', 'tcp',
             '-screen', '0', f'{SCREEN[0]}x{SCREEN[1]}x24'],
            pass_fds=[write_end], preexec_fn=machine.die_with_parent,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(write_end)
        with os.fdopen(read_end) as pipe:
            self.name = ':' + pipe.readline().strip()
        with open(os.path.join(folder, 'Xvfb_screen0'), 'rb') as file:
            self.pixels = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ)
        # The format of xwd: a header of 32-bit numbers, colours of 12 bytes each, lines of pixels.
        header = struct.unpack('>25I', self.pixels[:100])
        self.start = header[0] + header[19] * 12
        self.line_bytes = header[12]

    def count_dark(self, width, height):
        """Dark pixels from the left upper corner on, of which some are looked at."""
        light = bytes(range(DARK, 256))
        count = 0
        for line in range(0, height, LINE_STEP):
            begin = self.start + line * self.line_bytes
            greens = self.pixels[begin + 1:begin + width * 4:4]
            count += len(greens.translate(None, light))
        return count

    def end(self):
        self.process.terminate()
        self.process.wait()
        self.pixels.close()


class Window:
    """A running program with a window."""

    def __init__(self, command, environment):
        import machine
        self.began = time.monotonic()
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(command, env=environment, cwd='/',
                                        stdin=subprocess.DEVNULL,
                                        preexec_fn=machine.die_with_parent)
        self.pid = self.process.pid

    def cpu_seconds(self):
        return bed.cpu_seconds_of(self.pid)

    def memory(self):
        """Resident, proportional and private bytes."""
        found = {}
        with open(f'/proc/{self.pid}/smaps_rollup', encoding='utf-8') as file:
            for line in file:
                key, value = line.split(maxsplit=1)
                if value.endswith('kB\n'):
                    found[key] = int(value.split()[0]) * 1024
        return (found['Rss:'], found['Pss:'], found['Private_Clean:'] + found['Private_Dirty:'])

    def check(self):
        if self.process.poll() is not None:
            raise RuntimeError(f'{self.process.args[0]} ended with {self.process.returncode}')

    def end(self):
        self.process.terminate()
        self.process.wait()


class WindowBed(bed.Bed):
    """The service, a session bus and a display."""

    is_accessible = False
    programs = ('Xvfb',)

    def __enter__(self):
        for name in self.programs:
            if not shutil.which(name):
                raise SystemExit(f'{name} is needed, and not installed: install the package {PACKAGES[name]}')
        super().__enter__()
        # Not before, since it reads the environment.
        import desktop
        folder = os.path.join('/run', 'memsnoop-bench-screen')
        os.makedirs(folder, exist_ok=True)
        self.session = desktop.SessionBus(0)
        self.callback(self.session.end)
        self.session.start()
        self.screen = Screen(folder)
        self.callback(self.screen.end)
        self.session.environment['DISPLAY'] = self.screen.name
        return self

    def start_accessibility(self):
        """What reads windows for those who cannot see them, as every desktop has it; for windows opened from now on."""
        import accessibility
        server = accessibility.Accessibility(self.session)
        self.callback(server.end)
        server.start()
        self.is_accessible = True

    def environment(self, renderer):
        """Of a program with a window; `renderer` is one of RENDERERS."""
        environment = {**self.session.environment, **ENVIRONMENT, 'GSK_RENDERER': renderer}
        if not self.is_accessible:
            environment['GTK_A11Y'] = 'none'
        return environment

    @contextlib.contextmanager
    def open(self, name, *arguments, renderer='cairo', beside=False):
        """Memsnoop's window ("viewer") or the empty one ("empty"), until it is left.

        It has the screen for itself, unless it is opened `beside` others.
        """
        import bus
        # The window before may take a moment to go.
        bus.wait_until(lambda: beside or self.screen.count_dark(*SCREEN) == 0,
                       'the screen is empty')
        window = Window([PROGRAMS[name](), *arguments], self.environment(renderer))
        try:
            yield window
            window.check()
        finally:
            window.end()

    def type(self, *command):
        """What a person does with keys and the pointer, as xdotool says it."""
        subprocess.run(['xdotool', *command], check=True, stdout=subprocess.DEVNULL,
                       env={**os.environ, 'DISPLAY': self.screen.name})


def program(*parts):
    """A program of the build."""
    import machine
    return machine.program(*parts)


PROGRAMS = {'viewer': lambda: program('viewer', 'memsnoop-viewer'),
            'empty': lambda: program('bench', 'empty-window')}
TITLES = {'viewer': 'Memsnoop', 'empty': 'an empty window'}
