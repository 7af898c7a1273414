# SPDX-License-Identifier: GPL-2.0-or-later
"""What the window shows when it is started for something: by its options, and by the session bus."""

import shlex

import accessibility
import caller
import harness
import machine
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

    def await_parts(self, *expected):
        """What there is of the page."""
        parts = {'Memory Over Time': 'course', 'Figures': 'figures', 'What Holds the Heap': 'heap',
                 'Where It Grows': 'growth', 'What Holds Kernel Memory': 'kernel'}

        def met():
            texts = {text for window in self.tree.windows() for text in window.texts()}
            return {part for name, part in parts.items() if name in texts} == set(expected)
        self.tree.await_that(met, f'{expected} are shown')

    def test_one_that_never_was_is_told_and_nothing_else(self):
        self.service.answers['GetProcessStats'] = (caller.UNKNOWN_PROCESS, 'no such')
        self.desktop.open_window('--process', '4194303')
        self.await_text('^There is no process 4194303\\.$')
        self.await_parts()

    def test_one_without_memory_is_explained_and_not_recorded(self):
        memory = {key: GLib.Variant('t', 0) for key in ('rss-anon', 'rss-file', 'rss-shmem', 'swap')}
        self.say_stats(memory=GLib.Variant('a{sv}', memory))
        self.desktop.open_window('--process', '11')
        self.await_text('^This process has no memory of its own: it is a kernel thread')
        self.await_parts()
        self.picture('no-memory')
        self.say_stats(memory=GLib.Variant('a{sv}', memory), kernel=GLib.Variant('a{sv}', {
            'current-bytes': GLib.Variant('t', 4096)}))
        self.await_parts('figures', 'kernel')

    def test_one_that_has_become_a_zombie_stays_as_it_was_known(self):
        memory = {key: GLib.Variant('t', 1 << 20)
                  for key in ('rss-anon', 'rss-file', 'rss-shmem', 'swap')}
        everything = ('course', 'figures', 'heap', 'growth', 'kernel')
        self.say_stats(memory=GLib.Variant('a{sv}', memory))
        self.desktop.open_window('--process', '11')
        self.await_parts(*everything)
        self.tree.await_one('button', 'Record Heap', ('sensitive',))
        self.say_stats(memory=GLib.Variant('a{sv}', dict.fromkeys(memory, GLib.Variant('t', 0))))
        self.await_text('^The process has exited, and its parent')
        self.await_parts(*everything)
        self.tree.await_none('button', 'Record Heap', ('sensitive',))
        self.service.answers['GetProcessStats'] = (caller.UNKNOWN_PROCESS, 'no such')
        self.await_text('^Process 11 is not there any more. What is shown is')


@harness.beside_others
class Activation(viewer_bad_input.SaidTest):
    """The session bus starts it, as the file says that is installed for that."""

    pictures = 'activation'
    name, path = 'org.memsnoop1.Viewer', '/org/memsnoop1/Viewer'

    def setUp(self):
        super().setUp()
        self.say_stats(**{'start-time': GLib.Variant('t', START)})
        session = self.desktop.session
        with open(machine.program('data', self.name + '.service'), encoding='utf-8') as file:
            command = next(line for line in file if line.startswith('Exec=')).split('=')[1].split()
        self.assertEqual(command[0].rsplit('/', 1)[1], 'memsnoop-viewer')
        viewer = machine.public_copy(machine.program('viewer', 'memsnoop-viewer'))
        variables = ' '.join(f'{key}={shlex.quote(value)}' for key, value in session.environment.items()
                             if key.isidentifier())
        session.add_program('activated', f'exec env {variables} {shlex.join([viewer, *command[1:]])}\n')
        session.add_service(self.name, session.programs + '/activated')
        self.connection = session.connect()
        self.addCleanup(self.act, 'quit')

    def call(self, method, arguments):
        self.connection.call_sync(self.name, self.path, 'org.freedesktop.Application', method,
                                  arguments, None, 0, 1000 * accessibility.PATIENCE, None)

    def act(self, action, *parameters):
        self.call('ActivateAction', GLib.Variant('(sava{sv})', (
            action, [GLib.Variant('s', parameter) for parameter in parameters],
            {'activation-token': GLib.Variant('s', 'token')})))

    def test_it_opens_at_a_process_at_the_suspects_and_by_itself(self):
        self.act('show-process', f'11:{START}')
        self.await_text('leaky (11)')
        self.act('show-process', 'x')
        self.act('suspects')
        self.tree.await_one('tab', 'Suspects', ('selected',))
        self.call('Activate', GLib.Variant('(a{sv})', ({},)))
        self.tree.await_one('tab', 'Suspects', ('selected',))
        self.assertEqual(self.desktop.run('--process', f'11:{START}').process.returncode, 0)
        self.await_text('leaky (11)')
        self.assertEqual(len(self.tree.windows()), 1)


if __name__ == '__main__':
    harness.main()
