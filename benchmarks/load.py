"""A closed loop of one call over some connections for some seconds: by wrk, or by `client`."""

import itertools
import shutil
import statistics
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import client
from benchmarks.samples import Sample, wire
from benchmarks.servers import Server

# Lua's long brackets take a body as it is, except for a line end right after the opening one.
SCRIPT = """
wrk.method = "POST"
wrk.body = [==[
{body}]==]
{headers}
done = function(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("RESULT %d %d %d %d %d\\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), failed))
end
"""


@dataclass(frozen=True)
class Load:
    """What one round of load saw, and what it cost the server.

    `cpu_us` is the server's time on the processor for each call, and `core_share` the part of the
    round it had its core for: near 1 unless something else runs on this machine.
    """

    requests_per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    core_share: float


@dataclass(frozen=True)
class Answered:
    """What a load generator counted."""

    calls: int
    seconds: float
    p50_ms: float
    p99_ms: float


def generator() -> str:
    """What makes the load on this machine."""
    return "wrk" if shutil.which("wrk") else "the client of benchmarks/client.py (wrk is missing)"


def run(server: Server, sample: Sample, seconds: float, connections: int) -> Load:
    """One round against a server; a single answer other than 2xx ends the benchmark."""
    by = with_wrk if shutil.which("wrk") else with_client
    before_s = server.cpu_s()
    answered = by(server, sample, seconds, connections)
    cpu_s = server.cpu_s() - before_s
    return Load(
        answered.calls / answered.seconds,
        answered.p50_ms,
        answered.p99_ms,
        cpu_s / answered.calls * 1e6,
        cpu_s / answered.seconds,
    )


def median(rounds: Sequence[Load]) -> Load:
    """The median of each figure over several rounds."""
    return Load(
        statistics.median(load.requests_per_second for load in rounds),
        statistics.median(load.p50_ms for load in rounds),
        statistics.median(load.p99_ms for load in rounds),
        statistics.median(load.cpu_us for load in rounds),
        statistics.median(load.core_share for load in rounds),
    )


def with_wrk(server: Server, sample: Sample, seconds: float, connections: int) -> Answered:
    """A round made by wrk, which counts in whole seconds."""
    headers = "\n".join(f'wrk.headers["{name}"] = "{v}"' for name, v in sample.headers.items())
    duration = max(1, round(seconds))
    with TemporaryDirectory() as folder:
        script = Path(folder, "sample.lua")
        script.write_text(SCRIPT.format(body=sample.body, headers=headers))
        output = subprocess.run(
            [
                "wrk",
                "--threads=1",
                f"--connections={connections}",
                f"--duration={duration}s",
                f"--script={script}",
                f"{server.url}{sample.path}",
            ],
            capture_output=True,
            text=True,
            check=True,
            timeout=duration + 60,
        ).stdout
    result = next(line for line in output.splitlines() if line.startswith("RESULT "))
    requests, microseconds, p50, p99, failed = map(int, result.split()[1:])
    if failed:
        raise SystemExit(f"{server.name}, {sample.name}: {failed} calls failed\n{output}")
    return Answered(requests, microseconds / 1e6, p50 / 1000, p99 / 1000)


def with_client(server: Server, sample: Sample, seconds: float, connections: int) -> Answered:
    """A round made by this project's own client."""
    calls = itertools.repeat(wire(sample))
    run = client.drive(server.host, server.port, calls, connections, seconds)
    steps = statistics.quantiles(run.latencies_s, n=100)
    return Answered(len(run.latencies_s), run.duration_s, steps[49] * 1000, steps[98] * 1000)
