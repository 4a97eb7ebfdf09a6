"""What grows with what: a look-up and memory with the journal, a call with what is in it."""

import statistics
import time
from contextlib import closing
from http.client import HTTPConnection
from itertools import chain

from benchmarks import client, servers
from benchmarks.figures import Figure
from benchmarks.samples import Sample, buttons, omni, wire
from benchmarks.servers import Server

FEW, MANY = 1_000, 100_000
LOOK_UPS, LOOK_UP_TURNS = 50, 10
FILL_LIMIT_S = 300.0
LOOK_UP_LIMIT_S = 60.0
BODY_LIMIT = 1024 * 1024
BULKS = 9
REFUSALS, REFUSAL_TURNS = 100, 10


def measure_lookup(connections: int) -> list[Figure]:
    """Messages of one recipient among few and among many stored requests, in turns."""
    limit = ["--journal-limit", str(2 * MANY)]
    with servers.emulator(*limit) as small, servers.emulator(*limit) as large:
        fill(small, FEW, connections)
        fill(large, MANY, connections)
        turns = [(look_ups(small, FEW), look_ups(large, MANY)) for _ in range(LOOK_UP_TURNS)]
    few_s, many_s = (statistics.median(chain(*took)) for took in zip(*turns, strict=True))
    return [
        Figure(f"look-up by recipient among {FEW:,}", few_s * 1000, "ms"),
        Figure(f"look-up by recipient among {MANY:,}", many_s * 1000, "ms"),
        Figure("look-up by recipient, ratio", many_s / few_s, "times", most=2),
    ]


def measure_memory(connections: int) -> list[Figure]:
    """Memory and speed over many requests, with the journal limit that is the default."""
    with servers.emulator() as emulator:
        at_start = emulator.memory_mb("VmRSS")
        tenths = []
        for _ in range(10):
            before_s = emulator.cpu_s()
            fill(emulator, MANY // 10, connections)
            tenths.append((emulator.cpu_s() - before_s, emulator.memory_mb("VmRSS")))
    took_s, memory_mb = zip(*tenths, strict=True)
    # The least of three, as for the bulk; the journal is full after the first tenth.
    slower = min(took_s[-3:]) / min(took_s[:3])
    grown = memory_mb[-1] / memory_mb[0]
    return [
        Figure("resident memory at the start", at_start, "MB"),
        Figure(f"resident memory after {MANY:,} requests", memory_mb[-1], "MB", most=120),
        Figure("memory at the end, against a journal just full", grown, "times", most=1.05),
        Figure("CPU for the last tenth, against the first", slower, "times", most=1.1),
    ]


def measure_bulk() -> list[Figure]:
    """One call with ten times the destinations of another."""
    samples = [omni(*map(phone_number, range(count))) for count in (1_000, 10_000)]
    assert all(len(sample.body) < BODY_LIMIT for sample in samples)
    with servers.emulator() as emulator:
        took: list[list[float]] = [[], []]
        for _ in range(BULKS):
            for sample, seconds in zip(samples, took, strict=True):
                seconds.append(seconds_of(emulator, sample))
    # The least, not the median: whatever else the machine does only adds to a single call.
    thousand_s, ten_thousand_s = map(min, took)
    return [
        Figure("one call, 1,000 destinations", thousand_s * 1000, "ms"),
        Figure("one call, 10,000 destinations", ten_thousand_s * 1000, "ms"),
        # Linear is 10; the rest is room for the memory allocator and a noisy machine.
        Figure("ten times the destinations cost", ten_thousand_s / thousand_s, "times", most=13),
    ]


def measure_refusal() -> list[Figure]:
    """A call with four buttons, which is refused and explained, and the same with three."""
    samples = [buttons(count) for count in (3, 4)]
    with servers.emulator() as emulator:
        turns = [[answered_s(emulator, sample) for sample in samples] for _ in range(REFUSAL_TURNS)]
    accepted_s, refused_s = (statistics.median(chain(*took)) for took in zip(*turns, strict=True))
    return [
        Figure("an accepted call", accepted_s * 1000, "ms"),
        Figure("a refused call", refused_s * 1000, "ms"),
        Figure("a refused call, ratio", refused_s / accepted_s, "times", most=5),
    ]


def answered_s(server: Server, sample: Sample) -> list[float]:
    """Seconds that each of some calls takes, one after the other."""
    took = []
    with closing(HTTPConnection(server.host, server.port, timeout=LOOK_UP_LIMIT_S)) as connection:
        for _ in range(REFUSALS):
            started = time.perf_counter()
            connection.request("POST", sample.path, sample.body, sample.headers)
            connection.getresponse().read()
            took.append(time.perf_counter() - started)
    return took


def fill(server: Server, count: int, connections: int) -> None:
    """Send so many calls, each to a recipient of its own."""
    calls = (wire(omni(phone_number(place))) for place in range(count))
    run = client.drive(server.host, server.port, calls, connections, FILL_LIMIT_S)
    if len(run.latencies_s) != count:
        raise SystemExit(f"only {len(run.latencies_s)} of {count} calls within {FILL_LIMIT_S} s")


def phone_number(place: int) -> str:
    """The recipient at this place of an endless list."""
    return f"4179{place:07}"


def look_ups(server: Server, stored: int) -> list[float]:
    """Seconds that each of some look-ups takes, spread evenly over what is stored."""
    recipients = [phone_number(place) for place in range(0, stored, stored // LOOK_UPS)]
    paths = [f"/__admin/messages?recipient={recipient}" for recipient in recipients]
    answer = server.ask("GET", paths[-1])
    if recipients[-1].encode() not in answer.body:
        raise SystemExit(f"the message to {recipients[-1]} is not found: {answer}")
    calls = (f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode() for path in paths)
    return client.drive(server.host, server.port, calls, 1, LOOK_UP_LIMIT_S).latencies_s


def seconds_of(server: Server, sample: Sample) -> float:
    """Seconds until a call is answered."""
    started = time.perf_counter()
    server.send(sample)
    return time.perf_counter() - started
