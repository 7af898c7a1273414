# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel allocated and freed, by a witness that shares nothing with the service.

The trace buffer of tracefs keeps every event of the kmem tracepoints; from these records the
figures of a process are worked out again, in the plainest way. So tests compare with what this
kernel did in this run, rather than with numbers known from another one.
"""

import atexit
import contextlib
import dataclasses
import os
import re
import time

import machine

INSTANCES = f'{machine.TRACEFS}/instances'
PREFIX = 'memsnoop-test-'
INSTANCE = f'{INSTANCES}/{PREFIX}{os.getpid()}'
EVENTS = ('kmalloc', 'kfree', 'kmem_cache_alloc', 'kmem_cache_free',
          # Of older kernels.
          'kmalloc_node', 'kmem_cache_alloc_node')

ALLOCATION = re.compile(
    r'-(?P<thread>\d+)\s+\(\s*(?P<process>[\d-]+)\)\s+\[\d+\]\s+(?P<flags>\S+)\s+[\d.]+: '
    r'\w+: call_site=(?P<site>\S+) .*'
    r'\bbytes_req=(?P<requested>\d+) bytes_alloc=(?P<allocated>\d+)')


@dataclasses.dataclass
class Figures:
    """As GetProcessStats has them."""
    alloc_count: int = 0
    alloc_bytes: int = 0
    requested_bytes: int = 0
    free_count: int = 0
    free_bytes: int = 0
    current_bytes: int = 0
    peak_bytes: int = 0
    unseen_frees: int = 0
    sizes: dict = dataclasses.field(default_factory=dict)
    sites: dict = dataclasses.field(default_factory=dict)
    threads: set = dataclasses.field(default_factory=set)

    def allocate(self, size, requested, site, thread):
        self.alloc_count += 1
        self.alloc_bytes += size
        self.requested_bytes += requested
        self.current_bytes += size
        self.peak_bytes = max(self.peak_bytes, self.current_bytes)
        bound = 1 << (size.bit_length() - 1)
        self.sizes[bound] = self.sizes.get(bound, 0) + 1
        self.sites[site] = self.sites.get(site, 0) + 1
        self.threads.add(thread)

    def free(self, size, site):
        self.free_count += 1
        self.free_bytes += size
        self.current_bytes -= size
        self.sites[site] -= 1


class Witness:
    """Records what one program allocates, and all frees, from start() on."""

    def __init__(self, program):
        self._comm = program[:15]
        self._pipe = None
        self._rest = ''
        self._live = {}
        self._figures = {}

    def start(self):
        machine.require('tracefs')
        _remove_forgotten()
        os.mkdir(INSTANCE)
        atexit.register(self.end)
        self._set('buffer_size_kb', str(_buffer_size() // 1024))
        self._set('trace_clock', 'boot')
        self._set('options/record-tgid', '1')
        # Addresses as they are: their hashes have only 32 bits.
        self._set('options/hash-ptr', '0')
        for event in EVENTS:
            if os.path.exists(f'{INSTANCE}/events/kmem/{event}'):
                if 'free' not in event:
                    self._set(f'events/kmem/{event}/filter', f'comm == "{self._comm}"')
                self._set(f'events/kmem/{event}/enable', '1')
        self._pipe = os.open(INSTANCE + '/trace_pipe', os.O_RDONLY | os.O_NONBLOCK)

    def end(self):
        """Takes the witness out of the kernel."""
        if os.path.isdir(INSTANCE):
            self._set('tracing_on', '0')
            if self._pipe is not None:
                os.close(self._pipe)
            os.rmdir(INSTANCE)

    def figures(self):
        """Figures by pid, of everything since start(); can be asked for at any time."""
        # The machine goes on making events while they are read.
        end = time.clock_gettime(time.CLOCK_BOOTTIME)
        while True:
            try:
                chunk = os.read(self._pipe, 1 << 16)
            except BlockingIOError:
                break
            lines = (self._rest + chunk.decode('latin-1')).split('\n')
            self._rest = lines.pop()
            for line in lines:
                self._account(line)
            if lines and _time_of(lines[-1]) > end:
                break
        self._check_complete()
        return self._figures

    def _account(self, line):
        # Most lines are frees of what somebody else allocated.
        address = _address_in(line)
        if address in self._live:
            self._free(address, 'bytes_alloc=' in line)
        if address is None or 'bytes_alloc=' not in line:
            return
        record = ALLOCATION.search(line)
        owner = self._owner(record)
        size = int(record['allocated'])
        site = record['site'].split('/')[0]
        owner.allocate(size, int(record['requested']), site, int(record['thread']))
        self._live[address] = (owner, size, site)

    def _free(self, address, unseen):
        """A block whose address is allocated again was freed unseen."""
        owner, size, site = self._live.pop(address)
        owner.free(size, site)
        owner.unseen_frees += unseen

    def _owner(self, record):
        # The third flag is h, H, s, z or Z in interrupts.
        interrupt = record['flags'][2] != '.'
        pid = 0 if interrupt else int(record['process'].strip('-') or record['thread'])
        return self._figures.setdefault(pid, Figures())

    def _check_complete(self):
        """A buffer that ran over makes a bad witness: then the test failed, not the service."""
        for core in os.listdir(INSTANCE + '/per_cpu'):
            with open(f'{INSTANCE}/per_cpu/{core}/stats', encoding='ascii') as file:
                lost = sum(int(count) for count in re.findall(
                    r'^(?:overrun|commit overrun|dropped events): (\d+)', file.read(), re.M))
            if lost:
                raise RuntimeError(f'the witness lost {lost} events on {core}')

    @staticmethod
    def _set(name, value):
        with open(f'{INSTANCE}/{name}', 'w', encoding='ascii') as file:
            file.write(value)


def _remove_forgotten():
    """Those of tests that were killed: their events would go on, and slow the whole machine."""
    for name in os.listdir(INSTANCES):
        pid = name.removeprefix(PREFIX)
        if pid != name and not os.path.exists(f'/proc/{pid}'):
            # Another test may be about the same, and one in another pid namespace be alive.
            with contextlib.suppress(OSError):
                os.rmdir(f'{INSTANCES}/{name}')


def _buffer_size():
    """Bytes for each core: room for what the rest of a busy machine frees, if there is memory."""
    with open('/proc/meminfo', encoding='ascii') as file:
        available = int(re.search(r'^MemAvailable:\s+(\d+) kB', file.read(), re.M)[1]) * 1024
    return max(8 << 20, min(available // 16 // os.cpu_count(), 256 << 20))


def _address_in(line):
    """The address of an event, None for a line without one and for NULL."""
    start = line.find(' ptr=') + 5
    if start < 5:
        return None
    address = line[start:].split(' ', 1)[0]
    return address if address.strip('0') else None


def _time_of(line):
    """When an event was, in seconds since boot; 0 for a line that is none."""
    match = re.search(r' (\d+\.\d+): ', line)
    return float(match[1]) if match else 0
