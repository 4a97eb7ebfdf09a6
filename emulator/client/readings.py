"""How contradictions in the providers' documents are read."""

from __future__ import annotations

from emulator.client.api import AdminApi

__tracebackhide__ = True  # by pytest: what a test did wrong is in the test


class Readings:
    """The readings of a session, asked for when they are read."""

    def __init__(self, api: AdminApi) -> None:
        self._api = api

    def all(self) -> dict[str, str]:
        """The value of each reading by its name."""
        listed = self._api.get("readings")["readings"]
        return {reading["name"]: reading["value"] for reading in listed}

    @property
    def strict(self) -> bool:
        """Whether warnings are refusals."""
        strict: bool = self._api.get("readings")["strict"]
        return strict

    def choose(self, *, strict: bool | None = None, **readings: str) -> None:
        """Choose readings, and strict mode: `choose(facebook_text_limit="reject")`."""
        chosen = {name.replace("_", "-"): value for name, value in readings.items()}
        self._api.call(
            "PUT", "readings", body=chosen if strict is None else {**chosen, "strict": strict}
        )
