# SPDX-License-Identifier: GPL-2.0-or-later
"""What the window shows when it is started for something: by its options, and by the session bus."""

import harness
import viewer_bad_input
from caller import GLib

START = 123450000000


@harness.beside_others
class Process(viewer_bad_input.SaidTest):
    """A process is its number and its start time."""

    pictures = 'start'

    def setUp(self):
        super().setUp()
        self.say_stats(**{'start-time': GLib.Variant('t', START)})

    def test_one_that_has_the_number_of_another_is_not_shown(self):
        self.desktop.open_window('--process', f'11:{START - 10_000_000}')
        self.await_text('^Process 11 is not there any more')
        self.assertNotIn('leaky (11)', [text for window in self.tree.windows()
                                        for text in window.texts()])
        self.desktop.run('--process', f'11:{START}')
        self.await_text('leaky (11)')
        refused = self.desktop.run('--process=11:soon')
        self.assertEqual(refused.process.returncode, 2)
        self.assertIn('“11:soon” is not the number of a process', refused.log())
        self.await_text('leaky (11)')


if __name__ == '__main__':
    harness.main()
