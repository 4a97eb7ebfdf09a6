"""What happened, one thing after another, and who is told of it."""

from __future__ import annotations

from typing import NamedTuple


class Event(NamedTuple):
    """Something that was kept: its number, what kind of thing it is, and its record."""

    number: int
    kind: str
    record: bytes


KINDS = ("request", "message", "status", "callback", "reset")
"""The kinds of events."""


class Follower:
    """Somebody who is told of everything that happens after the event of that number."""

    def __init__(self, position: int) -> None:
        self.position = position
        self.saved: list[Event] = []
