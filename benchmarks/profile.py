"""`python -m benchmarks.profile [SAMPLE]`: where the time of one call goes, without any socket.

The protocol of each server is fed a request's bytes and gives the answer's to a transport that
keeps none of them: what is left out is what the kernel and the event loop do for both alike.
"""

import argparse
import asyncio
import cProfile
import gc
import pstats
import time

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from benchmarks.bare import application
from benchmarks.samples import SAMPLES, Sample, wire
from emulator.app import create_app
from emulator.connection import Connection
from emulator.server import Server

CALLS = 150
ROUNDS = 100
PROFILED = 2000
TOLD = 40


class Sink(asyncio.Transport):
    """A transport that counts what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.last = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Keep only what came last."""
        self.last = bytes(data)

    def is_closing(self) -> bool:
        """Never."""
        return False


def emulator() -> HttpToolsProtocol:
    """A connection of the emulator."""
    app = create_app()
    server = Server(app, "127.0.0.1", 0, lambda port: None, lambda: None, at_once=app.endpoints)
    server.config.load()
    return Connection(server.config, server.server_state, {})


def bare(path: str, content_type: str, answer: bytes) -> HttpToolsProtocol:
    """A connection of the bare server."""
    app = application(path, content_type, answer)
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
    config.load()
    return HttpToolsProtocol(config, ServerState(), {})


async def drive(protocol: HttpToolsProtocol, request: bytes, calls: int) -> float:
    """Microseconds of each of so many calls."""
    began = time.perf_counter()
    for _ in range(calls):
        protocol.data_received(request)
        # Its task has no need to wait for anything.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    return (time.perf_counter() - began) / calls * 1e6


async def measure(sample: Sample, told: int) -> None:
    """Print both servers' time for a call, and the emulator's by function."""
    request = wire(sample)
    sink = Sink()
    ours = emulator()
    ours.connection_made(sink)
    await drive(ours, request, 1)
    head, _, body = sink.last.partition(b"\r\n\r\n")
    if b" 200 " not in head[:16]:
        raise SystemExit(f"{sample.name} is refused: {sink.last!r}")
    theirs = bare(sample.path, "application/json", body)
    theirs.connection_made(sink)
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    turns = [
        (await drive(ours, request, CALLS), await drive(theirs, request, CALLS))
        for _ in range(ROUNDS)
    ]
    # The least of many short turns: whatever else the machine does only adds.
    emulated, plain = map(min, zip(*turns, strict=True))
    print(f"{sample.name}: {emulated:.1f} us, bare {plain:.1f} us, ratio {plain / emulated:.2f}\n")
    profile = cProfile.Profile()
    profile.enable()
    await drive(ours, request, PROFILED)
    profile.disable()
    pstats.Stats(profile).sort_stats("tottime").print_stats(told)


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="benchmarks.profile", description=__doc__)
    names = [sample.name for sample in SAMPLES]
    parser.add_argument("sample", nargs="?", choices=names, default=names[0], help="what is sent")
    parser.add_argument("--lines", type=int, default=TOLD, help=f"functions told ({TOLD})")
    options = parser.parse_args()
    sample = next(sample for sample in SAMPLES if sample.name == options.sample)
    import uvloop

    uvloop.run(measure(sample, options.lines))


if __name__ == "__main__":
    main()
