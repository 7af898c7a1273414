# SPDX-License-Identifier: GPL-2.0-or-later
"""memsnoopctl top on a terminal: what it draws, its keys, and that the terminal comes back as it was."""

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time

import harness
import machine
from harness import USER

ENTERED = b'\x1b[?1049h\x1b[?25l'
# The cursor, and the screen that was there before.
LEFT = b'\x1b[?25h\x1b[?1049l'
FRAME = b'\x1b[H'


class Terminal:
    """A pseudo terminal, and a program on it."""

    def __init__(self, *arguments, lines=24, columns=120, uid=None):
        self.screen, program_side = os.openpty()
        self.output = b''
        self.resize(lines, columns)
        self.before = termios.tcgetattr(self.screen)
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            [*arguments], user=uid, group=uid, extra_groups=None if uid is None else [],
            stdin=program_side, stdout=program_side, stderr=program_side,
            env={**os.environ, 'TERM': 'xterm', 'LC_ALL': 'C.UTF-8'},
            preexec_fn=self._lead_session)
        os.close(program_side)

    @staticmethod
    def _lead_session():
        machine.die_with_parent()
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    def resize(self, lines, columns):
        fcntl.ioctl(self.screen, termios.TIOCSWINSZ, struct.pack('HHHH', lines, columns, 0, 0))

    def press(self, keys):
        os.write(self.screen, keys.encode())

    def read(self):
        """Takes in what was printed so far."""
        while select.select([self.screen], [], [], 0)[0]:
            try:
                self.output += os.read(self.screen, 65536)
            except OSError:
                return

    def lines(self):
        """The last whole picture, without colours."""
        self.read()
        frame = self.output.split(FRAME)[-1]
        text = re.sub(r'\x1b\[[0-9;?]*[A-Za-z]', '', frame.decode('utf-8', 'replace'))
        return [line.rstrip() for line in text.split('\r\n')]

    def text(self):
        return '\n'.join(self.lines())

    def wait(self, seconds=15):
        """Its exit status."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read()
            time.sleep(0.02)
        self.read()
        return self.process.wait(0)

    def state(self):
        with open(f'/proc/{self.process.pid}/stat', encoding='ascii') as file:
            return file.read().rsplit(')', 1)[1].split()[0]

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.screen)


class LiveTable(harness.ServiceTest):
    """On a terminal of its own."""

    def top(self, *options, **size):
        terminal = Terminal(machine.program('cli', 'memsnoopctl'), 'top', '-d', '0.2', *options,
                            **size)
        self.addCleanup(terminal.close)
        self.wait_until(lambda: 'NAME' in terminal.text(), 'the table is drawn')
        return terminal

    def assert_given_back(self, terminal):
        terminal.read()
        self.assertGreater(terminal.output.rfind(LEFT), terminal.output.rfind(ENTERED))
        self.assertEqual(termios.tcgetattr(terminal.screen), terminal.before)

    def test_q_quits_and_the_terminal_is_as_it_was(self):
        # Others on the machine may have more memory, or newer pids.
        terminal = self.top(lines=1000)
        self.assertIn('memsnoopd', terminal.text())
        self.assertIn('kernel memory is not recorded', terminal.text())
        self.assertNotEqual(termios.tcgetattr(terminal.screen), terminal.before)
        terminal.press('q')
        self.assertEqual(terminal.wait(), 0)
        self.assert_given_back(terminal)

    def test_ctrl_c_and_termination_give_the_terminal_back(self):
        for end in (lambda terminal: terminal.press('\x03'),
                    lambda terminal: terminal.process.send_signal(signal.SIGTERM)):
            terminal = self.top()
            end(terminal)
            self.assertEqual(terminal.wait(), 0)
            self.assert_given_back(terminal)

    def test_a_stop_gives_the_terminal_back_until_it_goes_on(self):
        terminal = self.top()
        terminal.process.send_signal(signal.SIGTSTP)
        self.wait_until(lambda: terminal.state() == 'T', 'it stops')
        self.assert_given_back(terminal)
        terminal.process.send_signal(signal.SIGCONT)
        self.wait_until(lambda: terminal.read() or
                        terminal.output.rfind(ENTERED) > terminal.output.rfind(LEFT), 'it goes on')
        self.wait_until(lambda: 'NAME' in terminal.text(), 'the table is back')
        terminal.press('q')
        self.assertEqual(terminal.wait(), 0)
        self.assert_given_back(terminal)

    def test_it_follows_the_size_of_the_terminal(self):
        terminal = self.top(lines=24, columns=120)
        self.assertIn('PEAK', terminal.text())
        terminal.resize(6, 40)
        self.wait_until(lambda: 'PEAK' not in terminal.text() and len(terminal.lines()) <= 6,
                        'the table is small')
        self.assertLessEqual(max(map(len, terminal.lines())), 40)
        terminal.resize(24, 120)
        self.wait_until(lambda: 'PEAK' in terminal.text(), 'the table is large again')

    def test_keys_sort_and_explain(self):
        terminal = self.top()
        terminal.press('P')
        self.wait_until(lambda: 'PID▾' in terminal.text(), 'it sorts by process id')
        terminal.press('r')
        self.wait_until(lambda: 'PID▴' in terminal.text(), 'it sorts the other way round')
        terminal.press('\x1b[C')
        self.wait_until(lambda: 'USER▾' in terminal.text(), 'it sorts by the next column')
        terminal.press('?')
        self.wait_until(lambda: 'sort by:' in terminal.text(), 'the keys are explained')

    def test_k_records_until_it_is_pressed_again_or_top_ends(self):
        terminal = self.top()
        terminal.press('k')
        self.wait_until(self.root.running_sessions, 'a session runs')
        self.wait_until(lambda: 'recorded for' in terminal.text(), 'the recording is shown')
        terminal.press('k')
        self.wait_until(lambda: not self.root.running_sessions(), 'the session has ended')
        self.wait_until(lambda: 'is not recorded' in terminal.text(), 'top knows of it')
        terminal.press('k')
        self.wait_until(self.root.running_sessions, 'another session runs')
        terminal.press('q')
        self.assertEqual(terminal.wait(), 0)
        self.wait_until(lambda: not self.root.running_sessions(), 'it went with its caller')

    def test_a_user_who_may_not_record_all_is_told_what_is_allowed(self):
        terminal = Terminal(machine.public_copy(machine.program('cli', 'memsnoopctl')), 'top',
                            uid=USER)
        self.addCleanup(terminal.close)
        self.wait_until(lambda: 'ANONYMOUS' in terminal.text(), 'the table is drawn')
        terminal.press('k')
        self.wait_until(lambda: 'memsnoopctl start -p PID' in terminal.text(), 'the advice')
        self.assert_nothing_recorded()
        terminal.press('q')
        self.assertEqual(terminal.wait(), 0)

    def test_a_service_that_goes_is_waited_for(self):
        terminal = self.top(lines=1000)
        self.daemon.kill()
        self.wait_until(lambda: 'waiting for the service' in terminal.text(), 'it waits')
        self.daemon.start()
        self.wait_until(lambda: 'memsnoopd' in terminal.text(), 'the rows are back')
        terminal.press('q')
        self.assertEqual(terminal.wait(), 0)
        self.assert_given_back(terminal)


if __name__ == '__main__':
    harness.main()
