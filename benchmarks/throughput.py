"""Requests per second, latency and peak memory of one sample, emulator and bare server in turns."""

import statistics
from collections.abc import Sequence

from benchmarks import load, servers
from benchmarks.figures import Figure, Throughput
from benchmarks.load import Load
from benchmarks.samples import SAMPLES, Sample
from benchmarks.servers import Server

WARM_UP_S = 1.0
CROWD = 64


def measure(sample: Sample, seconds: float, rounds: int, connections: int) -> Throughput:
    """Medians over the rounds; the bare server gives the emulator's own answer."""
    with (
        servers.emulator() as emulator,
        servers.bare(sample.path, emulator.send(sample)) as bare,
    ):
        ours, theirs = in_turns((emulator, bare), sample, seconds, rounds, connections)
        return Throughput(
            sample.name,
            load.median(ours),
            load.median(theirs),
            emulator.memory_mb("VmHWM"),
            bare.memory_mb("VmHWM"),
            # Of neighbouring rounds, because what else a machine does changes within seconds.
            statistics.median(
                our.requests_per_second / their.requests_per_second
                for our, their in zip(ours, theirs, strict=True)
            ),
            sample.least_ratio,
        )


def measure_slowest(seconds: float, rounds: int) -> list[Figure]:
    """The slowest of a hundred calls where many clients call at once."""
    sample = SAMPLES[0]
    with (
        servers.emulator() as emulator,
        servers.bare(sample.path, emulator.send(sample)) as bare,
    ):
        loads = in_turns((emulator, bare), sample, seconds, rounds, CROWD)
    # The least of the rounds: whatever else the machine does only adds.
    ours, theirs = (min(load.p99_ms for load in rounds) for rounds in loads)
    return [
        Figure(f"p99 with {CROWD} connections, emulator", ours, "ms"),
        Figure(f"p99 with {CROWD} connections, bare server", theirs, "ms"),
        Figure(f"p99 with {CROWD} connections, ratio", ours / theirs, "times", most=1.5),
    ]


def in_turns(
    both: Sequence[Server], sample: Sample, seconds: float, rounds: int, connections: int
) -> Sequence[Sequence[Load]]:
    """The rounds of each server, one after the other in turns, once they are warm."""
    for server in both:
        load.run(server, sample, WARM_UP_S, connections)
    turns = [
        [load.run(server, sample, seconds, connections) for server in both] for _ in range(rounds)
    ]
    return [*zip(*turns, strict=True)]
