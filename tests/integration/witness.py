# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel allocated and freed, by a witness that shares nothing with the service.

The trace buffer of tracefs keeps every event of the kmem tracepoints; from these records the figures
of a process are worked out again, in the plainest way. So tests compare with what this kernel did in this
run, rather than with numbers known from another one.
"""

import atexit
import dataclasses
import os
import re

import machine

INSTANCE = f'{machine.TRACEFS}/instances/memsnoop-test-{os.getpid()}'
EVENTS = ('kmalloc', 'kfree', 'kmem_cache_alloc', 'kmem_cache_free',
          # Of older kernels.
          'kmalloc_node', 'kmem_cache_alloc_node')
BUFFER_KIB_PER_CPU = 48 * 1024

RECORD = re.compile(
    r'-(?P<thread>\d+)\s+\(\s*(?P<process>[\d-]+)\)\s+\[\d+\]\s+(?P<flags>\S+)\s+[\d.]+: '
    r'(?P<event>\w+): call_site=(?P<site>\S+) ptr=(?:0x)?(?P<address>[0-9a-f]+)'
    r'(?: name=(?P<cache>\S+))?'
    r'(?: bytes_req=(?P<requested>\d+) bytes_alloc=(?P<allocated>\d+))?')


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
    """Records from start() on; figures() can be asked for at any time after."""

    def __init__(self):
        self._figures = {}

    def start(self):
        machine.require('tracefs')
        os.mkdir(INSTANCE)
        atexit.register(self.end)
        self._set('buffer_size_kb', str(BUFFER_KIB_PER_CPU))
        self._set('options/record-tgid', '1')
        for event in EVENTS:
            if os.path.exists(f'{INSTANCE}/events/kmem/{event}'):
                self._set(f'events/kmem/{event}/enable', '1')

    def end(self):
        """Takes the witness out of the kernel; figures() no longer work."""
        if os.path.isdir(INSTANCE):
            self._set('tracing_on', '0')
            os.rmdir(INSTANCE)

    def figures(self):
        """Figures by pid, of everything since start()."""
        self._figures = {}
        live = {}
        with open(INSTANCE + '/trace', encoding='utf-8', errors='replace') as trace:
            for line in trace:
                record = RECORD.search(line)
                if record is not None:
                    self._account(record, live)
        self._check_complete()
        return self._figures

    def _account(self, record, live):
        address = record['address']
        if int(address, 16) == 0:
            return
        if record['requested'] is None:
            block = live.pop(address, None)
            if block is not None:
                owner, size, site = block
                owner.free(size, site)
            return
        stale = live.pop(address, None)
        if stale is not None:
            owner, size, site = stale
            owner.free(size, site)
            owner.unseen_frees += 1
        owner = self._owner(record)
        size = int(record['allocated'])
        site = record['site'].split('/')[0]
        owner.allocate(size, int(record['requested']), site, int(record['thread']))
        live[address] = (owner, size, site)

    def _owner(self, record):
        # The third flag is h, H, s, z or Z in interrupts.
        interrupt = record['flags'][2] != '.'
        pid = 0 if interrupt else int(record['process'].strip('-') or record['thread'])
        return self._figures.setdefault(pid, Figures())

    def _check_complete(self):
        """A buffer that ran over makes a bad witness: that is a failure of the test, not of the service."""
        for core in os.listdir(INSTANCE + '/per_cpu'):
            with open(f'{INSTANCE}/per_cpu/{core}/stats', encoding='ascii') as file:
                stats = dict(line.split(': ') for line in file.read().splitlines())
            lost = sum(int(stats[key]) for key in ('overrun', 'commit overrun', 'dropped events'))
            if lost:
                raise RuntimeError(f'the witness lost {lost} events on {core}')

    @staticmethod
    def _set(name, value):
        with open(f'{INSTANCE}/{name}', 'w', encoding='ascii') as file:
            file.write(value)
