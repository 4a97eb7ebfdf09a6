"""Scenarios: the channels over which a message is tried, one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Scenario:
    """A key by which messages ask for these channels; the `default` is for those without one."""

    key: str
    channels: Sequence[str]
    name: str = ""
    sender: str = ""
    default: bool = False

    def record(self) -> dict[str, Any]:
        """The scenario as the admin API takes it."""
        flow = [{"from": self.sender, "channel": channel} for channel in self.channels]
        return {"key": self.key, "name": self.name, "flow": flow, "default": self.default}
