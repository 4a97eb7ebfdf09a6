"""`python -m benchmarks.soak`: an hour's traffic in minutes; memory and speed have to stay level.

360,000 calls are those of an hour with a hundred a second. Among the accepted ones of all endpoints
are sessions, refusals, faults, broken connections, rules, resets, and looks at the journal.
"""

import argparse
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from itertools import cycle, islice
from json import dumps

from benchmarks import client, servers
from benchmarks.samples import SAMPLES, Sample, buttons, omni, wire
from benchmarks.servers import Server

CALLS = 360_000
PARTS = 10
CONNECTIONS = 16
PART_LIMIT_S = 600.0
MOST_GROWTH = 1.1
SESSIONS = 100
ODD = 100
FAULTS = ("447700900900", "447700900901", "447700900902", "447700900903")


def main() -> None:
    """Send everything, a tenth at a time, and compare the last tenth with the first full ones."""
    parser = argparse.ArgumentParser(prog="benchmarks.soak", description=__doc__)
    parser.add_argument("--calls", type=int, default=CALLS, help=f"in all ({CALLS})")
    calls = parser.parse_args().calls // PARTS
    memory_mb, call_ms = [], []
    with servers.emulator("--journal-limit", str(min(10_000, calls))) as emulator:
        for part in range(1, PARTS + 1):
            spent_s = emulator.cpu_s()
            run = client.drive(
                emulator.host, emulator.port, traffic(calls), CONNECTIONS, PART_LIMIT_S
            )
            if len(run.latencies_s) < calls:
                sys.exit(f"only {len(run.latencies_s)} of {calls} calls within {PART_LIMIT_S} s")
            # Not by the clock, because other work on the machine does not count.
            call_ms.append((emulator.cpu_s() - spent_s) / calls * 1000)
            misbehave(emulator)
            memory_mb.append(emulator.memory_mb("VmRSS"))
            told = f"{call_ms[-1]:.3f} ms a call, {memory_mb[-1]:.1f} MB"
            print(f"{part:3}/{PARTS}  {told}", flush=True)
    # By the middle the journal is full, and every kind of work was done a few times. Of the times
    # the least counts, because other work on the machine only adds to them.
    half = PARTS // 2
    growth = {
        "memory": memory_mb[-1] / memory_mb[half - 1],
        "time a call": min(call_ms[half:]) / min(call_ms[1:half]),
    }
    for name, times in growth.items():
        print(f"{name}: {times:.2f} times from the first half to the second, at most {MOST_GROWTH}")
    sys.exit(max(growth.values()) > MOST_GROWTH)


def traffic(calls: int) -> Iterator[bytes]:
    """Accepted calls of every kind; each tenth is to another session."""
    for number, sample in enumerate(islice(cycle(SAMPLES), calls)):
        if number % 10 == 0:
            headers = sample.headers | {"Emulator-Session": f"s{number // 10 % SESSIONS}"}
            yield wire(Sample(sample.name, sample.path, headers, sample.body))
        else:
            yield wire(sample)


def misbehave(emulator: Server) -> None:
    """What an hour brings besides: refusals, faults, clients that go away, and who looks on."""
    for number in range(ODD):
        raw(emulator, wire(buttons(4)))
        raw(emulator, wire(omni(FAULTS[number % len(FAULTS)])))
        raw(emulator, wire(omni("41793026727"))[:-20])
        raw(emulator, b"no HTTP\r\n\r\n")
        rule = Sample("rule", "", {"Content-Type": "application/json"}, dumps(RULE))
        session = f"/__session/s{number % SESSIONS}/__admin"
        emulator.ask("POST", f"{session}/rules", rule)
        emulator.ask("POST", f"{session}/reset")
    emulator.ask("GET", "/__admin/requests?limit=10000")
    emulator.ask("GET", "/__admin/messages?text=Hello")
    emulator.ask("GET", "/__admin/metrics")


RULE = {"match": {"recipient": "4479*"}, "outcomes": [{"refuse": "too-many-requests"}]}


def raw(emulator: Server, sent: bytes) -> None:
    """Send bytes, wait for some answer if the call is whole, and go away."""
    with suppress(OSError), socket.create_connection((emulator.host, emulator.port), 5) as sender:
        sender.settimeout(0.05)
        sender.sendall(sent)
        sender.recv(65536)


if __name__ == "__main__":
    main()
