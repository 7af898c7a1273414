#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# The build-id of an ELF file, in hexadecimal digits.
readelf --notes "$1" | sed -n 's/^ *Build ID: //p'
