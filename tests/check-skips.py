#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Adds up what meson ran and fails on tests that were left out without leave.

    check-skips.py --allowed FILE MESON-LOG...

A MESON-LOG is a testlog.json. A skipped test names the feature that it misses: its reason begins with
"FEATURE: ", after "# SKIP" in TAP, or after "SKIP" on the last line that it prints before it exits
with 77. FILE lists the features that may be missing, as lines "FEATURE: why that is all right".

Fails (exit status 1) when a test failed, when one was skipped for a feature that is not listed, and
when a log has no test that ran. The last line is "N passed, N failed, N skipped".
"""

import argparse
import json
import os
import re
import sys

TAP_PLAN = re.compile(r'^1\.\.\d+', re.MULTILINE)
TAP_RESULT = re.compile(
    r'^(?P<failed>not )?ok\b\s*\d*\s*-?\s*(?P<name>[^#\n]*?)\s*'
    r'(?:#\s*(?P<directive>SKIP|TODO)\S*\s*(?P<reason>.*))?$',
    re.MULTILINE | re.IGNORECASE)
# What stands before the reason when a whole test is skipped.
SKIP_LINE = re.compile(r'^(1\.\.0\s*#\s*)?SKIP\S*\s+', re.IGNORECASE)
GOOD_RESULTS = {'OK', 'EXPECTEDFAIL', 'SKIP'}


def read_allowed(path):
    with open(path, encoding='utf-8') as file:
        lines = [line.strip() for line in file]
    return {line.split(':', 1)[0] for line in lines if line and not line.startswith('#')}


def read_log(path):
    if not os.path.exists(path):
        return []
    with open(path, encoding='utf-8') as file:
        return [json.loads(line) for line in file if line.strip()]


def last_line(text):
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].strip() if lines else ''


class Totals:
    def __init__(self):
        self.passed = 0
        self.failures = []
        self.skips = []

    def add_tap(self, test):
        """The cases of a test that speaks TAP, and the test itself when it failed apart from them."""
        failures_before = len(self.failures)
        for case in TAP_RESULT.finditer(test['stdout']):
            name = f"{test['name']} {case['name']}"
            directive = (case['directive'] or '').upper()
            if directive == 'SKIP':
                self.skips.append((name, case['reason']))
            elif case['failed'] and directive != 'TODO':
                self.failures.append((name, 'not ok'))
            else:
                self.passed += 1
        if test['result'] not in GOOD_RESULTS and len(self.failures) == failures_before:
            self.failures.append((test['name'], test['result']))

    def add_plain(self, test):
        if test['result'] == 'SKIP':
            reason = SKIP_LINE.sub('', last_line(test.get('stdout', '')))
            self.skips.append((test['name'], reason))
        elif test['result'] in GOOD_RESULTS:
            self.passed += 1
        else:
            self.failures.append((test['name'], test['result']))

    def add_log(self, path):
        """Returns whether any test of the log ran."""
        executed_before = self.passed + len(self.failures)
        for test in read_log(path):
            if TAP_RESULT.search(test.get('stdout', '')) and TAP_PLAN.search(test['stdout']):
                self.add_tap(test)
            else:
                self.add_plain(test)
        return self.passed + len(self.failures) > executed_before


def parse_arguments():
    parser = argparse.ArgumentParser(description='Add up the tests that meson ran.')
    parser.add_argument('--allowed', required=True, help='the list of features that may be missing')
    parser.add_argument('logs', nargs='+', metavar='MESON-LOG', help='a testlog.json')
    return parser.parse_args()


def main():
    arguments = parse_arguments()
    allowed = read_allowed(arguments.allowed)
    totals = Totals()
    complaints = [f'no test ran: {log}' for log in arguments.logs if not totals.add_log(log)]
    complaints += [f'failed: {name} ({result})' for name, result in totals.failures]
    for name, reason in totals.skips:
        print(f'skipped: {name} ({reason})')
        if reason.split(':', 1)[0] not in allowed:
            complaints.append(f'skipped for a feature that is not in {arguments.allowed}: '
                              f"{name} ({reason or 'it gives no reason'})")
    for complaint in complaints:
        print(complaint)
    print(f'{totals.passed} passed, {len(totals.failures)} failed, {len(totals.skips)} skipped')
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main())
