# SPDX-License-Identifier: GPL-2.0-or-later
"""Prints the names of the test cases in a file, one a line, without running any of it.

After the name follow the marks of the case and of its class: decorators of harness without arguments.
"""

import ast
import sys


def marks_of(definition):
    return [decorator.attr for decorator in definition.decorator_list
            if isinstance(decorator, ast.Attribute)]


with open(sys.argv[1], encoding='utf-8') as source:
    tree = ast.parse(source.read())
for group in tree.body:
    if isinstance(group, ast.ClassDef):
        for item in group.body:
            if isinstance(item, ast.FunctionDef) and item.name.startswith('test_'):
                print(item.name, *marks_of(group), *marks_of(item))
