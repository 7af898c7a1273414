# SPDX-License-Identifier: GPL-2.0-or-later
"""What the pictures show: the service on a bus of its own, a program that leaks, and some that do not."""

import os
import shutil
import tempfile

import accessibility
import bus
import caller
import desktop
import machine
import screen
from daemon import Daemon

USER = 54323
USER_NAME = 'ada'
PROGRAMS = '/opt/news-reader'
ICON = 'org.memsnoop1.Viewer'
# Of the user, and of what the user is allowed to as an administrator who has given the password.
RULES = '''polkit.addRule(function(action, subject) {
  if (action.id.indexOf("org.memsnoop1.") == 0) return polkit.Result.YES;
});'''
# What takes eight minutes otherwise takes a few seconds.
CONFIGURATION = '[watch]\ninterval={interval}\n'
FONT = 'Cantarell 11'
# Beside the one that leaks: some that keep what they have, and one that collects its garbage now and then.
NEIGHBOURS = {
    'server': ('python3', '-c', 'import http.server as h; cache = bytearray(48 << 20); '
               'h.ThreadingHTTPServer(("127.0.0.1", 0), h.BaseHTTPRequestHandler).serve_forever()'),
    'batch': ('python3', '-c', 'import time; kept = []\n'
              'while True:\n kept.append(bytes(200_000)); time.sleep(.02)\n'
              ' if len(kept) > 250: kept.clear()'),
    'index': ('perl', '-e', 'my %words; $words{$_} = "x" x 200 for 1 .. 90000; sleep 9 while 1'),
    'script': ('gjs', '-c', 'imports.gi.GLib.MainLoop.new(null, false).run()'),
}


# A dark card at the corner, as many desktops have it.
NOTIFICATIONS = f'''[global]
font = {FONT}
width = 460
height = 300
offset = 20x20
padding = 16
horizontal_padding = 18
icon_path = {{icons}}/hicolor/scalable/apps
enable_recursive_icon_lookup = true
icon_theme = hicolor
max_icon_size = 48
min_icon_size = 48
text_icon_padding = 12
corner_radius = 14
frame_width = 0
separator_color = "#5e5c64"
show_indicators = no
markup = full
format = "<b>%s</b>\\n%b"
[urgency_low]
background = "#36363a"
foreground = "#ffffff"
[urgency_normal]
background = "#36363a"
foreground = "#ffffff"
[urgency_critical]
background = "#36363a"
foreground = "#ffffff"
'''


class Desktop(accessibility.Desktop):
    """That of the tests, with the looks of a desktop."""

    def __init__(self, environment, width, height):
        super().__init__(USER)
        self.screen = screen.Screen(self.session, 2400, 3000)
        self.others = []
        home = os.path.join(self.session.folder, 'config', 'gtk-4.0')
        os.makedirs(home)
        with open(os.path.join(home, 'settings.ini'), 'w', encoding='utf-8') as settings:
            settings.write(f'[Settings]\ngtk-font-name={FONT}\ngtk-hint-font-metrics=1\n'
                           'gtk-enable-animations=0\n'
                           'gtk-decoration-layout=appmenu:close\n')
        self._remember(width, height)
        self.session.environment.update(
            PATH=self.session.environment['PATH'] + ':/run/memsnoop-test',
            XDG_STATE_HOME=self.session.folder + '/state', XDG_CONFIG_HOME=self.session.folder + '/config',
            XDG_DATA_DIRS=data_folder() + ':/usr/local/share:/usr/share', **environment)

    def _remember(self, width, height):
        """A window that was so large the last time, and showed the user's processes only."""
        folder = os.path.join(self.session.folder, 'state', 'memsnoop')
        os.makedirs(folder)
        with open(os.path.join(folder, 'viewer.ini'), 'w', encoding='utf-8') as file:
            file.write(f'[window]\nwidth={width}\nheight={height}\nown-processes=true\n')

    def window(self):
        """That of the viewer, which is larger than its tooltips."""
        return max(self.screen.windows(), key=self.screen.size_of)

    def start_notifier(self):
        """Starts a notification server, and the notifier."""
        path = os.path.join(self.session.folder, 'dunstrc')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(NOTIFICATIONS.format(icons=data_folder() + '/icons'))
        self.others = [desktop.SessionProgram(self.session, name)
                       for name in ('dunst', 'memsnoop-notifier')]
        server, notifier = self.others
        server.start('dunst', '-conf', path)
        bus.wait_for_name(self.session.connect(), desktop.SERVER, server)
        # Where there is none the notifier offers none.
        self.session.add_program('memsnoop-viewer', '')
        notifier.start(machine.public_copy(machine.program('notifier', 'memsnoop-notifier')))

    def notification(self):
        """The window of the notification server."""
        windows = self.screen.windows()
        windows.remove(self.window())
        if not windows:
            raise RuntimeError('no notification is shown: ' + self.others[-1].log())
        return max(windows, key=self.screen.size_of)

    def end(self):
        for program in reversed(self.others):
            program.end()
        super().end()

    def speak(self, locale):
        """Has a locale that may not be installed, with the formats of C."""
        folder = os.path.join(self.session.folder, 'locale')
        os.makedirs(folder)
        os.symlink('/usr/lib/locale/C.utf8', os.path.join(folder, locale))
        self.session.environment.update(LOCPATH=folder, LC_ALL=locale)


def data_folder():
    """What is installed of the program's own data, for those that look for icons."""
    folder = '/run/memsnoop-test/share'
    if not os.path.exists(folder):
        for kind, name in (('scalable', ICON + '.svg'), ('symbolic', ICON + '-symbolic.svg')):
            os.makedirs(f'{folder}/icons/hicolor/{kind}/apps')
            shutil.copy(os.path.join(machine.SOURCE, 'data', 'icons', name),
                        f'{folder}/icons/hicolor/{kind}/apps')
        # Without it this is no theme for those that do not know the name.
        shutil.copy('/usr/share/icons/hicolor/index.theme', folder + '/icons/hicolor')
        os.makedirs(folder + '/applications')
        shutil.copy(machine.program('data', 'org.memsnoop1.Viewer.desktop'),
                    folder + '/applications')
    return folder


class Stage:
    """Everything but the window."""

    def __init__(self, interval):
        self.folder = tempfile.mkdtemp(prefix='memsnoop-', dir='/run')
        os.chmod(self.folder, 0o755)
        self.bus = bus.Bus(self.folder)
        self.polkit = bus.Polkit(self.folder, self.bus)
        self.daemon = Daemon(self.folder, CONFIGURATION.format(interval=interval))
        self.programs = []
        self.root = None
        self.reader = None

    def start(self):
        """Starts the service and what it looks at; the heap is recorded from the beginning."""
        self.bus.start()
        self.polkit.add_rule('10-memsnoop-pictures.rules', RULES)
        self.polkit.start()
        self.daemon.start()
        self.root = caller.LocalCaller()
        self.root.start(linger=True)
        self.reader = self._start('news-reader', self._place('news-reader'))
        self._await_library()
        self.root.start(sources=['heap'], pids=[self.pid], linger=True)
        for name, command in NEIGHBOURS.items():
            if shutil.which(command[0]):
                self._start(name, *command)

    def _place(self, name):
        """A copy where programs are."""
        machine.mount_empty('/opt')
        os.makedirs(PROGRAMS)
        return shutil.copy(machine.program('tests', 'targets', name), PROGRAMS)

    def _start(self, name, *command):
        program = bus.Server(name, self.folder)
        program.spawn(command, user=USER, group=USER, extra_groups=[], cwd='/')
        self.programs.append(program)
        return program

    def _await_library(self):
        """There is no heap before there is an allocator."""
        def loaded():
            with open(f'/proc/{self.pid}/maps', encoding='utf-8') as maps:
                return 'libc.so' in maps.read()
        bus.wait_until(loaded, 'the program has its library')

    @property
    def pid(self):
        """Of the program that leaks."""
        return self.reader.process.pid

    def has_evidence(self):
        """Whether it is known which code leaks."""
        suspects = self.root.call('ListSuspects')
        return any(suspect['pid'] == self.pid and suspect.get('kind') == 'heap'
                   and suspect.get('level') == 'probable' for suspect in suspects)

    def await_evidence(self, seconds):
        bus.wait_until(self.has_evidence, 'the leak is suspected', seconds, 0.5)

    def ignore_others(self):
        """What else the machine runs may leak, too: here it is about one program."""
        for suspect in self.root.call('ListSuspects'):
            if suspect['pid'] != self.pid and suspect.get('exe', '').startswith('/'):
                try:
                    self.root.call('Ignore', caller.GLib.Variant('(s)', (suspect['exe'],)))
                except caller.BusError as error:
                    print(error, flush=True)

    def end(self):
        for program in [*self.programs, self.daemon, self.polkit, self.bus]:
            program.end()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.daemon.state_folder, ignore_errors=True)
