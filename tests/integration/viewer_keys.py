# SPDX-License-Identifier: GPL-2.0-or-later
"""Where keys lead in the window."""

import harness
import viewer
import viewer_bad_input
from accessibility import ALT, CONTROL
from viewer_bad_input import listed, row


@harness.beside_others
class Keys(viewer_bad_input.SaidTest):
    """Without a pointer, beside a service of which all is known."""

    pictures = 'keys'

    def test_the_row_that_was_opened_has_the_focus_again(self):
        self.service.answers['ListProcesses'] = listed(
            [row(pid, f'p{pid}', (20 - pid) << 20) for pid in range(11, 17)])
        self.say_stats()
        self.desktop.open_window()
        self.await_rows(lambda rows: len(rows) == 6)
        self.tree.move_to(lambda node: node.row() is not None)
        self.tree.move_to(lambda node: node.row() and node.row().name == 'p13 13', 'Down')
        for _ in range(3):
            self.tree.press('Return')
            self.tree.await_one('button', 'Back', ('focused',))
            self.tree.press('Escape')
            self.tree.await_none('button', 'Back')
            self.assertEqual(self.tree.focused().row().name, 'p13 13')

    def test_keys_for_the_lists_lead_into_them_and_space_stays_there(self):
        self.service.answers['ListProcesses'] = listed([row(11, 'p11')])
        self.desktop.open_window()
        self.await_rows(lambda rows: len(rows) == 1)
        for key, name in (('3', 'Recordings'), ('2', 'Suspects'), ('1', 'Processes')):
            # With GTK 4.18, Tab leads to one of them only.
            self.tree.move_to(lambda node, tab=name: node.role == 'tab' and node.name != tab)
            self.tree.press(ALT, key)
            self.tree.await_one('tab', name, ('selected',))
            self.tree.await_none('tab', states=('focused',))
            self.tree.press('space')
            self.tree.pass_time(0.5)
            self.tree.await_one('tab', name, ('selected',))

    def test_escape_ends_the_search_for_functions_then_leaves_it(self):
        self.record()
        self.say_report(viewer_bad_input.report())
        self.desktop.open_window('--process', '11')
        self.tree.await_one('tab', 'Calls')
        self.tree.press(CONTROL, 'f')
        self.tree.await_one('search box', 'Search functions', ('focused',))
        self.tree.type('here')
        self.tree.await_one(name='1 call found, with 4.0\xa0KiB')
        self.tree.press('Escape')
        self.tree.await_none(name=lambda name: ' found, with ' in name)
        self.tree.await_one('search box', 'Search functions', ('focused',))
        self.tree.press('Escape')
        self.tree.await_none('search box', 'Search functions', ('focused',))
        self.await_text('leaky (11)')


@harness.beside_others
class Told(viewer_bad_input.SaidTest):
    """The keys themselves."""

    pictures = 'keys-told'
    # GTK's warnings, too, as of what has no room.
    unwanted = viewer.ViewerTest.unwanted

    def test_all_keys_are_shown_from_the_menu(self):
        self.desktop.open_window()
        self.await_rows(lambda rows: len(rows) == 1)
        self.tree.press('F10')
        self.tree.await_one('menu item', states=('focused',))
        self.tree.press('Return')
        self.await_text('Move through time in the chart')
        self.picture('all')


if __name__ == '__main__':
    harness.main()
