"""The time of a session, on which messages are delivered, seen and expire."""

from __future__ import annotations

from datetime import datetime

from emulator.client.api import AdminApi

__tracebackhide__ = True  # by pytest: what a test did wrong is in the test

_PATIENCE = 120.0
"""Seconds for time to go by; an application that leaves a callback unanswered takes ten of them."""


class Clock:
    """A session's clock, which runs until it is frozen."""

    def __init__(self, api: AdminApi) -> None:
        self._api = api

    @property
    def now(self) -> datetime:
        """The time that it shows, in UTC."""
        return datetime.fromisoformat(self._api.get("clock")["now"])

    @property
    def is_frozen(self) -> bool:
        """Whether time stands still but for `advance`."""
        mode: str = self._api.get("clock")["mode"]
        return mode == "frozen"

    def freeze(self, at: datetime | str | None = None) -> None:
        """Stop it, at another time if one is given, which has to tell its time zone."""
        self._set("frozen", at)

    def run(self, at: datetime | str | None = None) -> None:
        """Let it run on."""
        self._set("real", at)

    def advance(self, seconds: float) -> None:
        """Move it on; what is due on the way has happened when this returns."""
        self._api.call("POST", "clock/advance", body={"seconds": seconds}, patience=_PATIENCE)

    def _set(self, mode: str, at: datetime | str | None) -> None:
        now = at.isoformat() if isinstance(at, datetime) else at
        self._api.call("PUT", "clock", body={"mode": mode, "now": now})
