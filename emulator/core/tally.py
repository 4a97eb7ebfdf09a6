"""What was answered and refused since the start, counted cheaply enough for every call."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from typing import NamedTuple

from emulator.core.exchange import Exchange

SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
"""The upper bounds by which durations are counted."""


class Kind(NamedTuple):
    """What is counted apart."""

    provider: str | None
    endpoint: str | None
    outcome: str
    status: int


class Row:
    """The calls of one kind: their messages and durations; the last count is of longer ones."""

    __slots__ = ("messages", "seconds", "within")

    def __init__(self) -> None:
        self.messages = 0
        self.seconds = 0.0
        self.within = [0] * (len(SECONDS) + 1)


class Tally:
    """Counts by kind of call; `refused` counts by the name of what a guard keeps within bounds."""

    def __init__(self) -> None:
        self.rows: dict[Kind, Row] = {}
        self.refused: Counter[str] = Counter()

    def count(self, exchange: Exchange) -> None:
        """Count an exchange."""
        duration = exchange.duration
        # A plain tuple equals the named one and takes half the time to make.
        kind = (exchange.provider, exchange.endpoint, exchange.outcome, exchange.sent.status)
        row = self.rows.get(kind)  # type: ignore[call-overload] # for that reason
        if row is None:
            row = self.rows[Kind(*kind)] = Row()
        row.seconds += duration
        row.messages += len(exchange.messages)
        row.within[bisect_left(SECONDS, duration)] += 1
        if exchange.call.size is not None:
            self.refused["body"] += 1
