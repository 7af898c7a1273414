# SPDX-License-Identifier: GPL-2.0-or-later
"""The window where it has little room."""

import os

import harness
import viewer_bad_input
from harness import USER

NAME = 'Heap of leaky (11)'


@harness.beside_others
class Recordings(viewer_bad_input.SaidTest):
    """The page of the recordings."""

    pictures = 'narrow'

    def open_recordings(self, width):
        folder = os.path.join(self.desktop.session.folder, f'state-{width}')
        os.makedirs(os.path.join(folder, 'memsnoop'))
        path = os.path.join(folder, 'memsnoop', 'viewer.ini')
        with open(path, 'w', encoding='utf-8') as file:
            file.write(f'[window]\nwidth={width}\nheight=720\n')
        for name in (folder, os.path.dirname(path), path):
            os.chown(name, USER, USER)
        self.record()
        self.desktop.open_window(XDG_STATE_HOME=folder)
        self.tree.click('Recordings', 'tab')

    def places(self):
        """Of the row, its title, and its buttons."""
        row = self.tree.await_one('row', NAME)
        stop = self.tree.await_one('button', 'Stop: ' + NAME)
        show = self.tree.await_one('button', 'Show: ' + NAME)
        title = next(node for node in row.walk() if node.role == 'label')
        return [self.tree.place(node) for node in (row, title, show, stop)]

    def test_the_buttons_of_a_recording_are_below_its_text_where_it_is_narrow(self):
        self.open_recordings(360)
        row, title, show, stop = self.places()
        self.picture('recordings')
        self.assertLessEqual(row[2], 360)
        self.assertGreater(title[2], row[2] - 40)
        self.assertGreater(min(show[1], stop[1]), title[1] + title[3])

    def test_the_buttons_of_a_recording_are_beside_its_text_where_it_is_wide(self):
        self.open_recordings(1000)
        row, title, show, stop = self.places()
        self.assertLess(show[0], stop[0])
        self.assertGreaterEqual(show[0], title[0] + title[2])
        self.assertLess(abs(show[1] + show[3] / 2 - row[1] - row[3] / 2), 3)


if __name__ == '__main__':
    harness.main()
