"""The command line in processes of its own, as a person or a script starts it."""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
COMMAND = [sys.executable, "-m", "emulator"]


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment with the checkout's package and no setting but the given ones."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("EMULATOR_")}
    return {**kept, "PYTHONPATH": str(ROOT), **(variables or {})}


def run(
    *arguments: str, cwd: Path = ROOT, variables: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """A command that ends by itself."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=environment(variables),
        capture_output=True,
        text=True,
        timeout=20,
    )


def refused(*arguments: str, cwd: Path = ROOT, variables: Mapping[str, str] | None = None) -> str:
    """The one sentence with which a command ends that cannot be done."""
    ended = run(*arguments, cwd=cwd, variables=variables)
    assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (1, "", 1), ended.stderr
    name, _, sentence = ended.stderr.strip().partition(": ")
    assert name == "messaging-emulator"
    return sentence


@dataclass
class Running:
    """An emulator that is ready."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def send(self, account: str = "Aladdin:open sesame", body: str = "{}") -> httpx.Response:
        """Post a body to an emulated endpoint."""
        credentials = base64.b64encode(account.encode()).decode()
        headers = {"authorization": f"Basic {credentials}", "content-type": "application/json"}
        return httpx.post(f"{self.url}/omni/1/text", headers=headers, content=body)

    def end(self) -> tuple[int, float]:
        """Exit code, and seconds from SIGTERM to the end."""
        began = time.monotonic()
        self.process.terminate()
        return self.process.wait(timeout=15), time.monotonic() - began


@contextmanager
def serving(
    folder: Path, *arguments: str, variables: Mapping[str, str] | None = None
) -> Iterator[Running]:
    """`serve` in a folder with these arguments, and `--port 0` unless something else says it."""
    ready, log = folder / "ready.json", folder / "log.txt"
    ready.unlink(missing_ok=True)
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [*COMMAND, "serve", *arguments, "--ready-file", str(ready)],
            cwd=folder,
            env=environment({"EMULATOR_PORT": "0", **(variables or {})}),
            stderr=stderr,
        )
    try:
        deadline = time.monotonic() + 20
        while not ready.exists():
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, "the server did not get ready"
            time.sleep(0.01)
        yield Running(json.loads(ready.read_text())["url"], process, log)
    finally:
        process.kill()
        process.wait(timeout=10)


def free_port() -> int:
    """A port that was free a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
