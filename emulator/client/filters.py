"""What to look for: filters of messages and requests, and how something differs from them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NamedTuple, TypedDict

from emulator.client.live import Callback
from emulator.client.records import Message, Request
from emulator.core.words import meant

Filters = Mapping[str, Any]


class MessageFilters(TypedDict, total=False):
    """Which messages: `text` is a part of the text as delivered, `type` is taken in any case."""

    endpoint: str
    recipient: str
    sender: str
    type: str
    text: str
    status: str


class RequestFilters(TypedDict, total=False):
    """Which requests: `outcome` is what became of it, `status` what it was answered with."""

    endpoint: str
    outcome: str
    recipient: str
    status: int


class CallbackFilters(TypedDict, total=False):
    """Which callbacks: `message` is the id of the one that they are about."""

    event: str
    state: str
    message: str


class Difference(NamedTuple):
    """A member that is not what a filter asks for."""

    member: str
    expected: Any
    found: Any


def checked(filters: Filters, kind: type[Any]) -> dict[str, Any]:
    """The filters; raises TypeError for an unknown name, and for None, which would find all."""
    known = [*kind.__annotations__]
    for name, value in filters.items():
        if name not in known:
            hint = meant(name, known) or f"filters: {', '.join(known)}"
            raise TypeError(f'no filter "{name}"; {hint}')
        if value is None or value == "":
            raise TypeError(f"filter {name}={value!r} looks for nothing; leave it out for any")
    return dict(filters)


def in_words(filters: Filters) -> str:
    """The filters as the end of a sentence, such as ` with recipient "41793026727"`."""
    told = " and ".join(f"{name} {wanted(name, value)}" for name, value in filters.items())
    return f" with {told}" if told else ""


def wanted(name: str, value: Any) -> str:
    """What a filter asks of its member."""
    return f"containing {shown(value)}" if name == "text" else shown(value)


def message_differences(message: Message, filters: Filters) -> list[Difference]:
    """The members of a message that keep it from being found."""
    differences = []
    for name, expected in filters.items():
        found = message.status.name if name == "status" else getattr(message, name)
        match name:
            case "text":
                fits = expected in (found or "")
            case "type":
                fits = expected.lower() == found.lower()
            case _:
                fits = expected == found
        if not fits:
            differences.append(Difference(name, expected, found))
    return differences


def callback_differences(callback: Callback, filters: Filters) -> list[Difference]:
    """The members of a callback that keep it from being found."""
    return [
        Difference(name, expected, getattr(callback, name))
        for name, expected in filters.items()
        if getattr(callback, name) != expected
    ]


def request_differences(request: Request, filters: Filters) -> list[Difference]:
    """The members of a request that keep it from being found."""
    differences = []
    for name, expected in filters.items():
        found: Any
        match name:
            case "status":
                found = request.response and request.response.status
                fits = found == int(expected)
            case "recipient":
                found = request.recipients
                fits = expected in found
            case _:
                found = getattr(request, name)
                fits = expected == found
        if not fits:
            differences.append(Difference(name, expected, found))
    return differences


def shown(value: Any, most: int = 70) -> str:
    """A value in one short line."""
    if isinstance(value, tuple):
        return ", ".join(map(shown, value)) or "none"
    if value is None:
        return "none"
    if not isinstance(value, str):
        return str(value)
    return json.dumps(value if len(value) <= most else f"{value[: most - 1]}…", ensure_ascii=False)
