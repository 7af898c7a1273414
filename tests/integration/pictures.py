# SPDX-License-Identifier: GPL-2.0-or-later
"""The script that takes the pictures of the window, with the window in all its looks."""

import os
import struct
import subprocess
import sys

import harness
import machine

# Of the window's shadow, on both sides.
SHADOW = 2 * 60
# A picture of nothing has some hundred bytes.
LEAST_BYTES = 5000


class Pictures(harness.ServiceTest):
    """What it starts is its own."""

    features = (*harness.ServiceTest.features, 'window', 'dunst')

    def setUp(self):
        self.folder = machine.program('screenshots')
        self.environment = dict(os.environ)
        # It has a namespace of its own.
        del self.environment[machine.IN_NAMESPACE]

    def take(self, looks, scenes):
        """Takes pictures without waiting for a suspicion; their widths in pixels, by name."""
        script = os.path.join(machine.SOURCE, 'docs', 'pictures', 'take')
        run = subprocess.run(
            [sys.executable, '-B', script, '--patience', '0', '--looks', *looks, '--scenes', *scenes,
             '--', self.folder], env=self.environment, check=False, capture_output=True, text=True,
            timeout=110)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return {f'{scene}-{look}': self.width_of(f'{scene}-{look}.png')
                for scene in scenes for look in looks}

    def width_of(self, name):
        path = os.path.join(self.folder, name)
        with open(path, 'rb') as file:
            head = file.read(24)
        self.assertEqual(head[:8], b'\x89PNG\r\n\x1a\n', name)
        self.assertGreater(os.path.getsize(path), LEAST_BYTES, name)
        return struct.unpack('>I', head[16:20])[0]

    @harness.beside_others
    def test_pictures_of_a_light_and_a_dark_window_are_taken(self):
        widths = self.take(('light', 'dark'), ('processes', 'heap', 'recordings'))
        self.assertGreater(min(widths.values()), 1000)

    @harness.beside_others
    def test_every_page_has_room_in_a_window_of_360_pixels(self):
        widths = self.take(('narrow',), ('processes', 'process', 'heap', 'calls', 'recordings'))
        self.assertLess(max(widths.values()), 360 + SHADOW, widths)

    @harness.beside_others
    def test_recordings_have_room_there_in_german_whose_words_are_longer(self):
        widths = self.take(('narrow-german',), ('recordings',))
        self.assertLess(max(widths.values()), 360 + SHADOW, widths)

    @harness.beside_others
    def test_processes_are_shown_from_right_to_left_and_in_double_size(self):
        widths = self.take(('right-to-left', 'double'), ('processes',))
        self.assertGreater(widths['processes-right-to-left'], 1000)
        self.assertGreater(widths['processes-double'], 2000)

    @harness.beside_others
    def test_pictures_are_taken_from_right_to_left_and_in_other_languages(self):
        self.take(('right-to-left', 'german'), ('heap',))


if __name__ == '__main__':
    harness.main()
