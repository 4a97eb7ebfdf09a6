"""The server under strain, in a process of its own: clients without end, and an end under load."""

from __future__ import annotations

import asyncio
import json
import resource
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.processes import Running, serving

SLOW = 10_000
LETTER = b'{"destinations":[{"to":{"phoneNumber":"41793026727"}}],"text":"Hello"}'
CALL = (
    b"POST /omni/1/text HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\nContent-Length: %d\r\n\r\n%b"
) % (len(LETTER), LETTER)

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@contextmanager
def many_descriptors(wanted: int) -> Iterator[int]:
    """As many file descriptors as wanted, or as there may be."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = before[1] if before[1] != resource.RLIM_INFINITY else wanted
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(before[0], min(wanted, most)), before[1]))
    yield resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def memory_mb(emulator: Running) -> float:
    status = Path(f"/proc/{emulator.process.pid}/status").read_text()
    (resident,) = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")]
    return int(resident) / 1024


def refused(emulator: Running, guard: str) -> float:
    told = httpx.get(f"{emulator.url}/__admin/metrics", timeout=30).text
    line = f'emulator_refused_total{{guard="{guard}"}} '
    values = [found.removeprefix(line) for found in told.splitlines() if found.startswith(line)]
    return float(values[0]) if values else 0


@linux
def test_ten_thousand_slow_clients_keep_nobody_out(tmp_path: Path) -> None:
    with serving(tmp_path) as emulator, many_descriptors(SLOW + 500) as descriptors:
        before = memory_mb(emulator)
        slow = []
        for number in range(min(SLOW, descriptors - 300)):
            connection = socket.create_connection(("127.0.0.1", emulator.port), timeout=20)
            slow.append(connection)
            # Those that had to go already answer a write with a reset.
            with suppress(ConnectionError):
                connection.sendall(b"POST /omni/1/text HTTP/1.1\r\nX: ")
            if number % 500 == 0:
                assert emulator.send(body=LETTER.decode()).status_code == 200

        began = time.monotonic()
        answer = emulator.send(body=LETTER.decode())

        took = time.monotonic() - began
        grown = memory_mb(emulator) - before
        gone = refused(emulator, "connections") + refused(emulator, "head-time")
        for connection in slow:
            connection.close()
    assert answer.status_code == 200
    assert took < 5
    assert grown < 200
    assert gone >= len(slow) - 4096


async def clients(port: int, answered: dict[str, int], number: int) -> None:
    """Call and call again on some connections until each is closed, and note what is answered."""

    async def call() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        with closing(writer), suppress(ConnectionError, asyncio.IncompleteReadError):
            while True:
                writer.write(CALL)
                head = await reader.readuntil(b"\r\n\r\n")
                status, *lines = head.decode().split("\r\n")
                headers = dict(line.split(": ", 1) for line in lines if line)
                await reader.readexactly(int(headers["content-length"]))
                answered[headers["emulator-request"]] = int(status.split()[1])

    await asyncio.gather(*(call() for _ in range(number)))


def test_whatever_was_answered_before_the_end_is_in_the_log(tmp_path: Path) -> None:
    answered: dict[str, int] = {}

    async def load_and_end(emulator: Running) -> int:
        load = asyncio.create_task(clients(emulator.port, answered, 32))
        while len(answered) < 300:
            await asyncio.sleep(0.01)
            assert not load.done()
        emulator.process.terminate()
        await asyncio.wait_for(load, timeout=15)
        return await asyncio.to_thread(emulator.process.wait, 15)

    with serving(tmp_path, "--log-format", "json") as emulator:
        exit_code = asyncio.run(load_and_end(emulator))

        log = [json.loads(line) for line in emulator.log.read_text().splitlines()]
    told = {line["id"]: line["status"] for line in log if line["event"] == "request"}
    assert exit_code == 0
    assert len(answered) >= 300
    assert answered.items() <= told.items()
    # Nor was anything done whose client was not told: each call in flight got its answer.
    assert told == answered
