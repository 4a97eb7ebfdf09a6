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
from collections.abc import Sequence

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from benchmarks.bare import application
from benchmarks.samples import SAMPLES, Sample, wire
from emulator.app import create_app
from emulator.connection import Connection
from emulator.server import Server

CONNECTIONS = 16
FULL = 700
"""Calls on each connection after which the journal is full."""
TURNS = 10
ROUNDS = 100
PROFILED = 150
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


def emulator(sink: Sink) -> Sequence[HttpToolsProtocol]:
    """Connections of the emulator."""
    app = create_app()
    server = Server(app, "127.0.0.1", 0, lambda port: None, lambda: None, at_once=app.endpoints)
    server.config.load()
    made = [Connection(server.config, server.server_state, {}) for _ in range(CONNECTIONS)]
    for connection in made:
        connection.connection_made(sink)
    return made


def bare(sink: Sink, path: str, answer: bytes) -> Sequence[HttpToolsProtocol]:
    """Connections of the bare server."""
    app = application(path, "application/json", answer)
    config = uvicorn.Config(app, lifespan="off", log_config=None, access_log=False)
    config.load()
    made = [HttpToolsProtocol(config, ServerState(), {}) for _ in range(CONNECTIONS)]
    for connection in made:
        connection.connection_made(sink)
    return made


async def drive(protocols: Sequence[HttpToolsProtocol], request: bytes, turns: int) -> float:
    """Microseconds of each call, if each connection gets so many in turns."""
    began = time.perf_counter()
    for _ in range(turns):
        for protocol in protocols:
            protocol.data_received(request)
        # A task of theirs has no need to wait for anything.
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    return (time.perf_counter() - began) / turns / len(protocols) * 1e6


async def measure(sample: Sample, told: int) -> None:
    """Print both servers' time for a call, and the emulator's by function."""
    request = wire(sample)
    sink = Sink()
    ours = emulator(sink)
    await drive(ours, request, 1)
    head, _, body = sink.last.partition(b"\r\n\r\n")
    if b" 200 " not in head[:16]:
        raise SystemExit(f"{sample.name} is refused: {sink.last!r}")
    theirs = bare(sink, sample.path, body)
    # As emulator/server.py has it.
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    await drive(ours, request, FULL)
    took = [
        (await drive(ours, request, TURNS), await drive(theirs, request, TURNS))
        for _ in range(ROUNDS)
    ]
    # The least of many short rounds: whatever else the machine does only adds.
    emulated, plain = map(min, zip(*took, strict=True))
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
