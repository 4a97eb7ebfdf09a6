"""The requests that the documents print, byte for byte, and ways to send them."""

from __future__ import annotations

import http.client
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator import resources
from tests.providers.examples import PROVIDERS

without_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@dataclass(frozen=True, slots=True)
class Printed:
    """A printed request: its first line, headers less `Host`, and body."""

    name: str
    endpoint: str
    expect: int
    method: str
    path: str
    headers: tuple[str, ...]
    body: bytes

    def wire(self, host: str, target: str | None = None) -> bytes:
        """The request's bytes, its host and length put in."""
        lines = [
            f"{self.method} {target or self.path} HTTP/1.1",
            f"Host: {host}",
            *self.headers,
            f"Content-Length: {len(self.body)}",
            "Connection: close",
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + self.body


def _printed(folder: str, entry: dict[str, Any]) -> Printed:
    head, _, body = resources.text(f"{folder}/{entry['file']}").partition("\n\n")
    first, *headers = head.splitlines()
    method, path, _ = first.split(" ")
    return Printed(
        name=entry["file"],
        endpoint=entry["endpoint"],
        expect=entry["expect"],
        method=method,
        path=path,
        headers=tuple(header for header in headers if not header.startswith("Host:")),
        body=body.encode(),
    )


def _all() -> list[Printed]:
    folders = [f"{provider.name}/examples/as-printed" for provider in PROVIDERS]
    return [
        _printed(folder, entry)
        for folder in folders
        for entry in resources.fixture(f"{folder}/index.json")["samples"]
    ]


PRINTED = _all()


def printed(name: str) -> Printed:
    """The printed request in that file."""
    return next(sample for sample in PRINTED if sample.name == name)


def send(server: httpx.Client, request: bytes) -> httpx.Response:
    """Put bytes on a socket and read the answer; the request asks to close the connection."""
    address = (server.base_url.host, server.base_url.port)
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(request)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return httpx.Response(answer.status, headers=answer.getheaders(), content=answer.read())


def curl(server: httpx.Client, sample: Printed, folder: Path) -> httpx.Response:
    """Send a sample with curl, without the headers that curl adds of its own."""
    body, head, answer = folder / "body", folder / "head", folder / "answer"
    body.write_bytes(sample.body)
    headers = ("User-Agent:", "Accept:", *sample.headers)
    url = str(server.base_url).rstrip("/") + sample.path
    subprocess.run(
        ["curl", "-sS", "--path-as-is", "--request", sample.method, url]
        + [argument for header in headers for argument in ("--header", header)]
        + ["--data-binary", f"@{body}", "--dump-header", str(head), "--output", str(answer)],
        check=True,
        timeout=30,
    )
    first, *lines = head.read_text().strip().splitlines()
    pairs = [(name, value.strip()) for name, _, value in (line.partition(":") for line in lines)]
    return httpx.Response(int(first.split()[1]), headers=pairs, content=answer.read_bytes())
