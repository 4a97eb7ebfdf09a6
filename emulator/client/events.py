"""What happens in an emulator, as it happens: Server-Sent Events."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from emulator.client.api import answered, options, reaching

_SILENCE = 45.0
"""Seconds without even a comment after which the emulator counts as gone."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened: `request`, `message`, `status`, `callback` or `reset`."""

    id: str
    name: str
    data: dict[str, Any]


def events(url: str, after: str | None = None) -> Iterator[Event | None]:
    """The events of the session at `url`, and None for signs of life in between.

    They begin now, or after the event with the id `after`. Raises Unreachable when there is nothing
    to follow, or no more.
    """
    headers = {"accept": "text/event-stream"} | ({"last-event-id": after} if after else {})
    timeout = httpx.Timeout(5.0, read=_SILENCE)
    with (
        reaching(url),
        httpx.Client(**options(url), headers=headers, timeout=timeout) as http,
        http.stream("GET", f"{url}/__admin/events") as response,
    ):
        if not response.is_success or "event-stream" not in response.headers["content-type"]:
            response.read()
            answered(response)
        yield None
        yield from parsed(response.iter_lines())
        raise httpx.ReadError("the stream has ended")


def parsed(lines: Iterable[str]) -> Iterator[Event | None]:
    """The events of a stream by its lines; None for every comment."""
    members: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if line.startswith(":"):
            yield None
        elif line:
            members[name] = value.removeprefix(" ")
        elif "data" in members:
            yield Event(members.get("id", ""), members["event"], json.loads(members["data"]))
            members = {}
