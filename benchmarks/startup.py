"""How long a start takes: of a server to its first 200, and of the command line."""

import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import gettempdir

from benchmarks import servers
from benchmarks.figures import Figure
from benchmarks.processes import start_measured
from benchmarks.samples import SAMPLES

RUNS = 9
HELP_LIMIT_S = 30


def measure_server() -> list[Figure]:
    """Process start to first 200, both servers in turns; the first pair only warms the caches."""
    ours, theirs = [], []
    for _ in range(RUNS + 1):
        with servers.emulator() as emulator:
            answer = emulator.send(SAMPLES[0])
            ours.append(emulator.start_s)
        with servers.bare(SAMPLES[0].path, answer) as bare:
            theirs.append(bare.start_s)
    emulator_s, bare_s = statistics.median(ours[1:]), statistics.median(theirs[1:])
    return [
        Figure("start to first 200, emulator", emulator_s * 1000, "ms"),
        Figure("start to first 200, bare server", bare_s * 1000, "ms"),
        Figure("start to first 200, ratio", emulator_s / bare_s, "times", most=1.5),
    ]


def measure_help() -> list[Figure]:
    """`messaging-emulator --help` as a process of its own."""
    return [Figure("messaging-emulator --help", median_run("--help") * 1000, "ms", most=250)]


def median_run(argument: str) -> float:
    """Seconds that the command takes with this argument, after one run for the caches."""
    command = [sys.executable, "-m", "emulator", argument]
    took = []
    for _ in range(RUNS + 1):
        started = time.perf_counter()
        process = start_measured(command, Path(gettempdir()))
        if process.wait(HELP_LIMIT_S):
            raise SystemExit(f"{subprocess.list2cmdline(command)}: exit code {process.returncode}")
        took.append(time.perf_counter() - started)
    return statistics.median(took[1:])
