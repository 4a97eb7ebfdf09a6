"""Requests per second, latency and peak memory of one sample, emulator and bare server in turns."""

import statistics

from benchmarks import load, servers
from benchmarks.figures import Figure, Throughput
from benchmarks.samples import SAMPLES, Sample

WARM_UP_S = 1.0
CROWD = 64


def measure(sample: Sample, seconds: float, rounds: int, connections: int) -> Throughput:
    """Medians over the rounds; the bare server gives the emulator's own answer."""
    with (
        servers.emulator() as emulator,
        servers.bare(sample.path, emulator.send(sample)) as bare,
    ):
        for server in (emulator, bare):
            load.run(server, sample, WARM_UP_S, connections)
        turns = [
            (
                load.run(emulator, sample, seconds, connections),
                load.run(bare, sample, seconds, connections),
            )
            for _ in range(rounds)
        ]
        ours, theirs = zip(*turns, strict=True)
        return Throughput(
            sample.name,
            load.median(ours),
            load.median(theirs),
            emulator.memory_mb("VmHWM"),
            bare.memory_mb("VmHWM"),
            # Of neighbouring rounds, because what else a machine does changes within seconds.
            statistics.median(
                our.requests_per_second / their.requests_per_second for our, their in turns
            ),
            sample.least_ratio,
        )


def measure_slowest(seconds: float, rounds: int) -> list[Figure]:
    """The slowest of a hundred calls where many clients call at once."""
    row = measure(SAMPLES[0], seconds, rounds, CROWD)
    ours, theirs = row.emulator.p99_ms, row.bare.p99_ms
    return [
        Figure(f"p99 with {CROWD} connections, emulator", ours, "ms"),
        Figure(f"p99 with {CROWD} connections, bare server", theirs, "ms"),
        Figure(f"p99 with {CROWD} connections, ratio", ours / theirs, "times", most=1.5),
    ]
