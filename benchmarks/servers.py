"""Server processes under measurement: started on one core, looked at, stopped."""

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.processes import start_measured
from benchmarks.samples import Sample

HEALTH = "/__admin/health"
START_LIMIT_S = 30.0
STOP_LIMIT_S = 10.0


@dataclass(frozen=True)
class Answer:
    """What a server sent back to one call."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Server:
    """A running server: where it is and how long it took to its first 200."""

    name: str
    pid: int
    host: str
    port: int
    start_s: float

    @property
    def url(self) -> str:
        """Its address without a path."""
        return f"http://{self.host}:{self.port}"

    def ask(self, method: str, path: str, sample: Sample | None = None) -> Answer:
        """The answer to one call on a connection of its own."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=60)
        try:
            connection.request(
                method,
                path,
                sample.body.encode() if sample else None,
                sample.headers if sample else {},
            )
            response = connection.getresponse()
            return Answer(response.status, response.headers["Content-Type"], response.read())
        finally:
            connection.close()

    def send(self, sample: Sample) -> Answer:
        """The answer to a sample, which has to be accepted: a refusal costs something else."""
        answer = self.ask("POST", sample.path, sample)
        if answer.status != 200:
            raise SystemExit(f"{self.name} answers {sample.name} with {answer.status}: {answer}")
        return answer

    def cpu_s(self) -> float:
        """Seconds it has spent on the processor."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self, field: str) -> float:
        """`VmRSS` (resident now) or `VmHWM` (the most ever) in megabytes."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(f"{field}:"):
                return int(line.split()[1]) * 1024 / 1e6
        raise LookupError(field)


@contextmanager
def emulator(*arguments: str) -> Iterator[Server]:
    """The emulator of this checkout with these arguments of `serve`."""
    with TemporaryDirectory() as folder:
        ready = Path(folder, "ready.json")
        serve = ["-m", "emulator", "serve", "--port", "0", "--ready-file", str(ready), *arguments]
        with running("emulator", serve, ready) as server:
            yield server


@contextmanager
def bare(path: str, answer: Answer) -> Iterator[Server]:
    """A bare server that gives this answer to each POST to `path`."""
    with TemporaryDirectory() as folder:
        ready, body = Path(folder, "ready.json"), Path(folder, "answer")
        body.write_bytes(answer.body)
        serve = ["-m", "benchmarks.bare", str(ready), path, answer.content_type, str(body)]
        with running("bare server", serve, ready) as server:
            yield server


@contextmanager
def running(name: str, arguments: list[str], ready: Path) -> Iterator[Server]:
    """A Python process that writes its address to `ready`; stopped at the end, whatever happens."""
    log = ready.with_name("log")
    with log.open("wb") as stderr:
        started = time.perf_counter()
        process = start_measured([sys.executable, *arguments], ready.parent, stderr.fileno())
        try:
            host, port = address(ready, process, started)
            server = Server(name, process.pid, host, port, 0.0)
            while not is_healthy(server):
                check(process, started)
            yield Server(name, process.pid, host, port, time.perf_counter() - started)
        except NotStarted as error:
            raise SystemExit(f"{name} {error}:\n{log.read_text()[-2000:]}") from error
        finally:
            stop(process)


class NotStarted(Exception):
    """The server ended or stayed silent."""


def address(ready: Path, process: subprocess.Popen[bytes], started: float) -> tuple[str, int]:
    """Host and port from the ready file, as soon as it is there."""
    while True:
        check(process, started)
        try:
            url = json.loads(ready.read_text())["url"]
        except (FileNotFoundError, json.JSONDecodeError):
            continue
        host, _, port = url.removeprefix("http://").rpartition(":")
        return host, int(port)


def check(process: subprocess.Popen[bytes], started: float) -> None:
    """Wait a moment; raise `NotStarted` when there is nothing left to wait for."""
    if process.poll() is not None:
        raise NotStarted(f"ended with exit code {process.returncode}")
    if time.perf_counter() - started > START_LIMIT_S:
        raise NotStarted(f"was not ready within {START_LIMIT_S:.0f} s")
    time.sleep(0.001)


def is_healthy(server: Server) -> bool:
    """Whether it answers 200 now."""
    try:
        return server.ask("GET", HEALTH).status == 200
    except OSError:
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """End it politely, then by force."""
    process.terminate()
    try:
        process.wait(STOP_LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
