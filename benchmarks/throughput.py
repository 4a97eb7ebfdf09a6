"""Requests per second, latency and peak memory of one sample, emulator and bare server in turns."""

import statistics

from benchmarks import load, servers
from benchmarks.figures import Throughput
from benchmarks.samples import Sample

WARM_UP_S = 1.0


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
