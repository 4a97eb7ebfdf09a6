"""Scenarios: the channels over which a message is tried, one after another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from emulator.core.errors import EmulatorError
from emulator.core.words import unknown

MOST_SCENARIOS = 1000


class Scenario(NamedTuple):
    """A key, a name, and the sender and channel of each step; `default` is used without a key."""

    key: str
    name: str
    flow: tuple[tuple[str | None, str], ...]
    default: bool = False

    def record(self) -> dict[str, Any]:
        """The scenario as JSON, members in the documented order."""
        flow = [{"from": sender or "", "channel": channel} for sender, channel in self.flow]
        return {"key": self.key, "name": self.name, "flow": flow, "default": self.default}


def scenarios(given: Any) -> dict[str, Scenario]:
    """The scenarios of a JSON value by key; raises EmulatorError."""
    if not isinstance(given, list) or len(given) > MOST_SCENARIOS:
        raise EmulatorError(f'"scenarios" takes a list of {MOST_SCENARIOS} scenarios at most')
    found: dict[str, Scenario] = {}
    for index, item in enumerate(given):
        scenario = _scenario(item, f"scenarios[{index}]")
        if scenario.key in found:
            raise EmulatorError(f'scenarios[{index}]: key "{scenario.key}" stands twice')
        found[scenario.key] = scenario
    if sum(scenario.default for scenario in found.values()) > 1:
        raise EmulatorError("more than one scenario is the default; one can be")
    return found


def _scenario(given: Any, where: str) -> Scenario:
    members = _members(given, where, ("key", "name", "flow", "default"))
    flow = members.get("flow")
    if not isinstance(flow, list) or not flow:
        raise EmulatorError(
            f'{where}.flow takes a list of steps, such as [{{"from": "Shop", "channel": "VIBER"}}]'
        )
    steps = [
        _members(step, f"{where}.flow[{n}]", ("from", "channel")) for n, step in enumerate(flow)
    ]
    key, name, default = members.get("key"), members.get("name", ""), members.get("default", False)
    if not (isinstance(key, str) and key and isinstance(name, str) and isinstance(default, bool)):
        raise EmulatorError(f'{where}: "key" and "name" take texts, "default" true or false')
    for number, step in enumerate(steps):
        if not (isinstance(step.get("channel"), str) and step["channel"]):
            raise EmulatorError(f'{where}.flow[{number}] lacks member "channel"')
        if not isinstance(step.get("from", ""), str):
            raise EmulatorError(f'{where}.flow[{number}]: "from" takes a text')
    return Scenario(key, name, tuple((s.get("from") or None, s["channel"]) for s in steps), default)


def _members(given: Any, where: str, known: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(given, dict):
        raise EmulatorError(f"{where} takes an object")
    for name in given:
        if name not in known:
            raise EmulatorError(f"{where}: {unknown('member', name, known)}")
    return {name: value for name, value in given.items() if value is not None}
