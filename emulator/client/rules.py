"""Rules: what shall happen to the calls that match."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict
from urllib.parse import quote

from emulator.client.api import AdminApi
from emulator.core.errors import EmulatorError

__tracebackhide__ = True  # by pytest: what a test did wrong is in the test

Outcome = Mapping[str, Any]
"""What a rule makes of a call: `accept`, `refuse`, `answer` or `fault`, each with a `delay`."""

Delay = float | Mapping[str, Any]
"""Seconds, or `{"uniform": [a, b]}` or `{"lognormal": {"median": m, "sigma": s}}`."""


class Matching(TypedDict, total=False):
    """Which calls a rule is for, and how often.

    `endpoint` and `recipient` take `*`; the body has to satisfy the JSON Schema `document`; `times`
    is for ever if None.
    """

    endpoint: str
    recipient: str
    document: Mapping[str, Any]
    times: int | None
    probability: float
    name: str


class Rule:
    """A rule that is installed; what it has done so far is asked for when it is read."""

    def __init__(self, api: AdminApi, record: Mapping[str, Any]) -> None:
        self._api = api
        self.id: str = record["id"]
        self.name: str | None = record["name"]
        self.match: Mapping[str, Any] = record["match"]
        self.outcomes: list[Outcome] = record["outcomes"]
        self.times: int | None = record["times"]
        self.probability: float = record["probability"]

    def __repr__(self) -> str:
        return f"Rule({self.name or self.id}: {dict(self.match)} → {self.outcomes})"

    @property
    def uses(self) -> int:
        """How many calls it has decided."""
        uses: int = self._now()["uses"]
        return uses

    @property
    def remaining(self) -> int | None:
        """How many calls it will still decide, None for any number."""
        remaining: int | None = self._now()["remaining"]
        return remaining

    @property
    def near_misses(self) -> list[Mapping[str, Any]]:
        """The requests that it almost applied to, with the differences."""
        near_misses: list[Mapping[str, Any]] = self._now()["near_misses"]
        return near_misses

    def remove(self) -> None:
        """Take it back."""
        self._api.call("DELETE", self._path)

    def _now(self) -> Any:
        return self._api.get(self._path)

    @property
    def _path(self) -> str:
        return f"rules/{quote(self.id, safe='')}"


def install(
    api: AdminApi,
    outcomes: Sequence[Outcome],
    *,
    endpoint: str | None = None,
    recipient: str | None = None,
    document: Mapping[str, Any] | None = None,
    times: int | None = None,
    probability: float | None = None,
    name: str | None = None,
) -> Rule:
    """Install a rule; raises EmulatorError for what is none."""
    for outcome in outcomes:
        if not isinstance(outcome, Mapping):
            raise EmulatorError(
                'an outcome is a dict such as {"refuse": "too-many-requests"}, not'
                f" {outcome!r:.80}"
            )
    match = {"endpoint": endpoint, "recipient": recipient, "document": document}
    rule = {"name": name, "times": times, "probability": probability}
    body = {
        "match": {member: value for member, value in match.items() if value is not None},
        "outcomes": [dict(outcome) for outcome in outcomes],
        **{member: value for member, value in rule.items() if value is not None},
    }
    return Rule(api, api.call("POST", "rules", body=body))
