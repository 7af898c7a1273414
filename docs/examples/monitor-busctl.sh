#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# monitor-busctl.sh PID [SECONDS]: lists processes, records the heap of one, and follows what is suspected meanwhile.
# Needs jq, and root for following: "busctl monitor" sees what others are told, too.
set -euo pipefail
pid=$1
seconds=${2:-10}

# call METHOD [SIGNATURE ARGUMENT...]
call() {
  busctl --system --json=short call org.memsnoop1 /org/memsnoop1 org.memsnoop1.Manager "$@"
}

echo 'The largest processes:'
# jq writes what a name may hold as JSON, so that it does nothing to the terminal.
call ListProcesses 'a{sv}' 1 limit u 5 |
  jq --ascii-output --compact-output '.data[0][] | [.pid.data, .["rss-anon"].data, .comm.data]'

busctl --system --json=short --quiet monitor --match "type='signal',interface='org.memsnoop1.Manager',member='LeakSuspected'" \
  > >(jq --unbuffered --ascii-output --compact-output \
    'select(.member == "LeakSuspected") | .payload.data | [.[2], .[1], (.[3] | .state, .kind, .rate | .data)]') &
monitor=$!
# That of an ordinary user has ended by itself, and said why.
end_monitor() {
  kill "$monitor" 2>/dev/null || true
}
trap end_monitor EXIT

# It would end with this one call's connection: it lingers, for no longer than its duration.
session=$(call Start 'a{sv}' 4 sources as 1 heap pids au 1 "$pid" linger b true duration u "$((seconds + 60))" |
  jq --raw-output '.data[0]')
stop() {
  end_monitor
  call Stop o "$session" >/dev/null
}
trap stop EXIT
echo "Recording as $session"
sleep "$seconds"

call GetReport 'osa{sv}' "$session" json 1 limit u 3 | jq --raw-output '.data[0]' |
  jq --ascii-output --compact-output '.heaps[] | .pid, .["current-bytes"], (.sites[] | [.bytes, .frames[:2]]), .["left-out"]'
