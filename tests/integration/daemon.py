# SPDX-License-Identifier: GPL-2.0-or-later
"""The real memsnoopd, and what it has in the kernel."""

import glob
import json
import os
import re
import signal
import subprocess

import bus
import caller
import machine


class Daemon(bus.Server):
    """memsnoopd of the build."""

    def __init__(self, folder, configuration=''):
        super().__init__('memsnoopd', folder)
        self.configuration_path = os.path.join(folder, 'memsnoopd.conf')
        # Where the daemon gets to as another user, too; it makes the folder itself.
        self.state_folder = folder + '-state'
        self.program = machine.program('service', 'memsnoopd')
        self.configure(configuration)

    def configure(self, text):
        with open(self.configuration_path, 'w', encoding='utf-8') as file:
            file.write(text)

    def start(self, wrapper=()):
        """Starts it, under another program if one is given, and waits until it is on the bus."""
        self.launch(wrapper)
        bus.wait_for_name(bus.connect(), caller.NAME, self)

    def launch(self, wrapper=(), configuration_path=None):
        """Starts it and waits for nothing."""
        environment = {**os.environ, 'G_DEBUG': 'fatal-criticals', 'G_MESSAGES_DEBUG': '',
                       'STATE_DIRECTORY': self.state_folder}
        self.spawn([*wrapper, self.program,
                    '--config', configuration_path or self.configuration_path],
                   env=environment, cwd='/')

    def wait(self, seconds=15):
        """Its exit status."""
        return self.process.wait(seconds)

    def terminate(self):
        """Its exit status after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self):
        self.process.kill()
        return self.wait()

    @property
    def pid(self):
        return self.process.pid

    def status(self, key):
        """A line of /proc/PID/status."""
        with open(f'/proc/{self.pid}/status', encoding='utf-8') as file:
            return re.search(rf'^{key}:[ \t]*(.*)$', file.read(), re.M).group(1)

    def bpf_objects(self):
        """What of BPF its file descriptors hold for a recording: pairs of kind and id.

        Without iterators, which the service always has: they run when they are read, and see no
        events.
        """
        found, iterators = set(), set()
        for path in glob.glob(f'/proc/{self.pid}/fdinfo/*'):
            try:
                with open(path, encoding='ascii') as file:
                    content = file.read()
            except OSError:
                # Closed since it was listed.
                continue
            objects = re.findall(r'^(prog|link|map)_id:\s*(\d+)$', content, re.M)
            iterator = re.search(r'^link_type:\s*iter$', content, re.M)
            (iterators if iterator else found).update(objects)
        return found - iterators


def in_kernel(objects):
    """Which of these BPF objects the kernel still has."""
    present = set()
    for kind in {kind for kind, _ in objects}:
        present.update((kind, str(item['id'])) for item in _shown_by_bpftool(kind))
    return objects & present


def _shown_by_bpftool(kind):
    def show():
        shown = subprocess.run([machine.system_program('bpftool'), '--json', kind, 'show'],
                               check=False, capture_output=True)
        # It fails when something of others that it was about to show has gone.
        return shown if shown.returncode == 0 else None
    return json.loads(bus.wait_until(show, f'bpftool shows every {kind}').stdout)


def wait_until_gone(objects):
    """The kernel frees what nobody holds a moment later."""
    bus.wait_until(lambda: not in_kernel(objects), f'the kernel drops {sorted(objects)}')
