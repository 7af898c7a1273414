# SPDX-License-Identifier: GPL-2.0-or-later
"""What the window shows when it is started for something: by its options, and by the session bus."""

import shlex

import accessibility
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
