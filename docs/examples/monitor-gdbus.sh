#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# monitor-gdbus.sh PID [SECONDS]: lists processes, records the heap of one, and follows what is suspected meanwhile.
set -euo pipefail
pid=$1
seconds=${2:-10}

# call METHOD [ARGUMENT...]: arguments and answer in GVariant's text format
call() {
  local method=$1
  shift
  gdbus call --system --dest org.memsnoop1 --object-path /org/memsnoop1 \
    --method "org.memsnoop1.Manager.$method" -- "$@"
}

echo 'The largest processes:'
call ListProcesses "{'limit': <uint32 5>}"

gdbus monitor --system --dest org.memsnoop1 --object-path /org/memsnoop1 > >(grep --line-buffered LeakSuspected) &
monitor=$!
trap 'kill "$monitor"' EXIT

# It would end with this one call's connection: it lingers, for no longer than its duration.
session=$(call Start "{'sources': <['heap']>, 'pids': <[uint32 $pid]>, 'linger': <true>, 'duration': <uint32 $((seconds + 60))>}")
session=${session#*"'"}
session=${session%"'"*}
stop() {
  call Stop "$session" >/dev/null
  kill "$monitor"
}
trap stop EXIT
echo "Recording as $session"
sleep "$seconds"

# ('text',) or, when an apostrophe is in it, ("text",), with \n for the ends of lines.
report=$(call GetReport "$session" text "{'limit': <uint32 3>}")
printf '%b\n' "${report:2:-3}"
