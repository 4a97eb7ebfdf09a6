"""A provider's data files as values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator import resources
from emulator.core.behaviour import Accept, Action, MagicRecipient, Refuse


def protocol(provider: str) -> Mapping[str, Mapping[str, Any]]:
    """The rules that no schema can express, by name, their sources resolved."""
    rules: Mapping[str, Mapping[str, Any]] = resources.fixture(f"{provider}/protocol.json")["rules"]
    source = resources.schemas().source
    return {name: {**rule, "source": source(rule)} for name, rule in rules.items()}


def refusals(provider: str) -> Mapping[str, Mapping[str, Any]]:
    """The canned answer to each rejection, by the rejection's name."""
    found: Mapping[str, Mapping[str, Any]] = resources.fixture(f"{provider}/request-errors.json")
    return found["rejections"]


def magic_recipients(provider: str) -> Mapping[str, MagicRecipient]:
    """The recipients that trigger an outcome, by number."""
    listed = resources.fixture(f"{provider}/magic-recipients.json")["recipients"]
    return {
        entry["recipient"]: MagicRecipient(entry["recipient"], _action(entry), entry.get("times"))
        for entry in listed
    }


def _action(entry: Mapping[str, Any]) -> Action:
    if "accept" in entry:
        return Accept(entry["accept"]["status"])
    return Refuse(entry["refuse"], entry.get("retry_after"))
