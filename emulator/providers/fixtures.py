"""A provider's data files as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator import resources
from emulator.core.behaviour import Accept, Action, Break, MagicRecipient, Refuse
from emulator.core.exchange import Severity
from emulator.core.message import Step
from emulator.core.provider import Example, Specimens
from emulator.core.readings import Reading, Value


def protocol(provider: str) -> Mapping[str, Mapping[str, Any]]:
    """The rules that no schema can express, by name, their sources resolved."""
    rules: Mapping[str, Mapping[str, Any]] = resources.fixture(f"{provider}/protocol.json")["rules"]
    source = resources.schemas().source
    return {name: {**rule, "source": source(rule)} for name, rule in rules.items()}


def timeline(provider: str) -> tuple[Step, ...]:
    """The usual life of a message that was accepted."""
    return tuple(
        Step(**step) for step in resources.fixture(f"{provider}/statuses.json")["timeline"]
    )


def refusals(provider: str) -> Mapping[str, Mapping[str, Any]]:
    """The canned answer to each rejection by the rejection's name, their sources resolved."""
    found = resources.fixture(f"{provider}/request-errors.json")["rejections"]
    source = resources.schemas().source
    return {name: {**canned, "source": source(canned)} for name, canned in found.items()}


def examples(provider: str) -> Sequence[Example]:
    """The examples of the provider's documents, with the answers to them."""
    folder = f"{provider}/examples"
    source = resources.schemas().source
    return [
        Example(
            name=entry["name"],
            endpoint=entry["endpoint"],
            path=entry["path"],
            headers=entry["headers"],
            request=resources.text(f"{folder}/{entry['request']}"),
            response=resources.text(f"{folder}/{entry['response']}"),
            status=entry["status"],
            fidelity=entry["fidelity"],
            source=source({"source": {m: entry[m] for m in ("document", "section")}}) or {},
        )
        for entry in resources.fixture(f"{folder}/index.json")["examples"]
    ]


def specimens(endpoint: str) -> Specimens:
    """The endpoint's documents with which nothing is wrong."""
    provider, _, name = endpoint.partition(".")
    found = resources.fixture(f"{provider}/specimens/{name}.json")
    return Specimens(found["specimens"], found.get("path", {}))


def magic_recipients(provider: str) -> Mapping[str, MagicRecipient]:
    """The recipients that trigger an outcome, by number."""
    listed = resources.fixture(f"{provider}/magic-recipients.json")["recipients"]
    return {
        entry["recipient"]: MagicRecipient(entry["recipient"], _action(entry), entry.get("times"))
        for entry in listed
    }


def readings(provider: str) -> Sequence[Reading]:
    """The contradictions in the provider's documents, and how they can be read."""
    source = resources.schemas().source
    return [
        Reading(
            name=entry["name"],
            provider=provider,
            default=entry["default"],
            values={name: _value(value) for name, value in entry["values"].items()},
            reason=entry["reason"],
            sources=[source({"source": named}) or {} for named in entry["sources"]],
            endpoint=entry.get("endpoint"),
            when=entry.get("when"),
        )
        for entry in resources.fixture(f"{provider}/readings.json")["readings"]
    ]


def _value(entry: Mapping[str, Any]) -> Value:
    severities: dict[str, Severity] = dict.fromkeys(entry.get("warn", ()), "warn")
    severities |= dict.fromkeys(entry.get("refuse", ()), "refuse")
    return Value(entry["meaning"], severities)


def _action(entry: Mapping[str, Any]) -> Action:
    if "fault" in entry:
        return Break(entry["fault"])
    if "accept" in entry:
        then = entry["accept"].get("then")
        steps = None if then is None else tuple(Step(**step) for step in then)
        return Accept(entry["accept"].get("status"), steps)
    return Refuse(entry["refuse"], entry.get("retry_after"))
