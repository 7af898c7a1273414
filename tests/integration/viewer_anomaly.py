# SPDX-License-Identifier: GPL-2.0-or-later
"""What is abnormal now, on the page of a process."""

import authority
import caller
import harness
import viewer
import viewer_bad_input
from caller import GLib
from harness import USER
from viewer_bad_input import HOSTILE
from watch import CONFIGURATION

CHURN = 'Frees most of the kernel memory that it allocates soon after'
# No more rows than this are shown.
ROWS_MAX = 16


def abnormal(tree):
    """The texts of each row of the group, by its title, and what screen readers are told of the row."""
    groups = [node for window in tree.windows() for node in window.walk()
              if node.name == 'Abnormal Now']
    rows = [row for group in groups for row in group.walk() if row.role == 'row']
    return {row.texts()[0]: (row.texts()[1], tree.description(row)) for row in rows if row.texts()}


@harness.beside_others
class Anomalies(viewer.ViewerTest):
    """With the real service and a program that does little but open and close files."""

    pictures = 'anomaly'
    configuration = CONFIGURATION + '[anomalies]\nchurn-rate=100\n'
    rules = authority.allow(USER, 'record-any')
    viewer_starts = False

    def test_what_is_abnormal_is_shown_while_it_is_and_is_gone_when_it_is_over(self):
        target = self.target('eventfd-churn', 1000000, 2000, uid=USER)
        self.desktop.open_window('--process', str(target.pid))
        self.await_text(f'eventfd-churn ({target.pid})')
        self.assertEqual(abnormal(self.tree), {})
        self.root.start(sources=['kernel'], pids=[target.pid])
        target.order('go')
        self.tree.await_that(lambda: CHURN in abnormal(self.tree), 'the churn is shown')
        text, description = abnormal(self.tree)[CHURN]
        self.assertRegex(text, r'^Within a minute it freed (9\d|100)\.\d % of its allocations\. '
                               r'The limit is 90\.0 %\. Noticed less than a minute ago\.$')
        self.assertEqual(description, text)
        self.picture('churn')
        target.kill()
        self.tree.await_that(lambda: abnormal(self.tree) == {}, 'it is over')


@harness.beside_others
class Said(viewer_bad_input.SaidTest):
    """What the service says is not what the contract says."""

    pictures = 'anomaly-said'

    def say(self, kind, pid=11, **details):
        self.service.connection.emit_signal(
            None, caller.PATH, caller.MANAGER, 'AnomalyDetected',
            GLib.Variant('(oussa{sv})', ('/', pid, '<b>leaky', kind, details)))

    def await_titles(self, *titles):
        self.tree.await_that(lambda: list(abnormal(self.tree)) == list(titles), f'{titles} are shown')

    def test_hostile_anomalies_are_text_bounded_and_forgotten_with_their_service(self):
        self.say_stats()
        self.desktop.open_window()
        self.await_rows(lambda rows: len(rows) == 1)
        # What is raised before the page is opened is shown on it, too.
        self.say('burst', value=GLib.Variant('d', float('nan')), threshold=GLib.Variant('s', 'x'))
        self.say('burst', pid=12, value=GLib.Variant('d', 1))
        for kind in HOSTILE.values():
            self.say(kind, state=GLib.Variant('u', 1), value=GLib.Variant('d', 1e300))
        self.desktop.run('--process', '11')
        self.tree.await_that(lambda: len(abnormal(self.tree)) == 1 + len(HOSTILE), 'all are shown')
        shown = abnormal(self.tree)
        self.assertRegex(shown['Allocates kernel memory unusually fast'][0], r'^Noticed less than a minute ago\.$')
        for name in (HOSTILE[11], 'a\\x0ab\\x09c\\x1b[31m', '\\u202egnp.exe', '%s%n%d'):
            self.assertIn(f'Does something unusual ({name})', shown)
        self.assertLess(max(map(len, shown)), 200)
        self.picture('hostile')
        for kind in HOSTILE.values():
            self.say(kind, state=GLib.Variant('s', 'cleared'))
        self.await_titles('Allocates kernel memory unusually fast')
        for number in range(5000):
            self.say(f'kind {number}')
        self.assert_answers(3)
        self.assertEqual(len(abnormal(self.tree)), ROWS_MAX)
        self.await_text(r'^.*4080 more are not shown\.$')
        self.picture('many')
        self.end_service()
        self.await_titles()
        self.start_service()
        self.say_stats()
        self.tree.await_none('label', lambda name: name.startswith('New figures cannot be read'))
        self.say('large-allocation', value=GLib.Variant('d', 4 << 20))
        self.await_titles('Has allocated an unusually large block of kernel memory')
        self.assert_runs()


if __name__ == '__main__':
    harness.main()
