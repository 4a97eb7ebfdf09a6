"""What the emulator remembers, as values: messages, requests and why they were refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

Record = Mapping[str, Any]
"""A record as the admin API gives it; members that this client does not know are left out."""


@dataclass(frozen=True, slots=True)
class Account:
    """A user that may send."""

    username: str
    password: str


@dataclass(frozen=True, slots=True)
class Source:
    """Who states a rule: a document with its section and row, or a reason."""

    document: str | None = None
    section: str | None = None
    row: str | None = None
    because: str | None = None


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule, refused or warned of."""

    code: str
    pointer: str
    message: str
    expected: str
    source: Source | None = None
    fidelity: str | None = None
    value: str | None = None
    suggestion: str | None = None
    element: str | None = None


@dataclass(frozen=True, slots=True)
class Button:
    """A button of a message: `postback` with a payload, or `url`."""

    kind: str
    title: str | None
    payload: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """A file that a message refers to."""

    url: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Status:
    """A delivery status, as the provider names and numbers it."""

    name: str
    group: str
    id: int | None


@dataclass(frozen=True, slots=True)
class Step:
    """A status that a message came to, and when; `channel` is that of a scenario."""

    at: datetime
    status: str
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """The link in a message's text, once somebody followed it; `user_key` can be sent to."""

    clicks: int
    user_key: str


@dataclass(frozen=True, slots=True)
class Message:
    """One thing sent to one recipient, as the recipient got it."""

    id: str
    request: str
    session: str
    provider: str
    endpoint: str
    channel: str
    sender: str | None
    recipient: str
    bulk_id: str | None
    type: str
    text: str | None
    buttons: tuple[Button, ...]
    media: Media | None
    content: Mapping[str, Any]
    segments: int
    status: Status
    history: tuple[Step, ...]
    warnings: tuple[Violation, ...]
    received_at: datetime
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Rejection:
    """Why a request was refused."""

    name: str
    violations: tuple[Violation, ...]


@dataclass(frozen=True, slots=True)
class Response:
    """What a request was answered with."""

    status: int
    headers: Mapping[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An endpoint that a request almost reached, and what kept it away."""

    endpoint: str
    method: str
    path: str
    difference: str


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP call that arrived, and what became of it.

    A fault may have left no `response`; `error` is the traceback of a bug of the emulator.
    """

    id: str
    session: str
    received_at: datetime
    duration_ms: float
    provider: str | None
    endpoint: str | None
    method: str
    path: str
    query: Mapping[str, str | list[str]]
    headers: Mapping[str, str]
    body: str
    outcome: str
    rejection: Rejection | None
    warnings: tuple[Violation, ...]
    rule: str | None
    fault: str | None
    delay_ms: float
    readings: Mapping[str, str]
    response: Response | None
    recipients: tuple[str, ...]
    messages: tuple[str, ...]
    near_misses: tuple[NearMiss, ...] = ()
    error: str | None = None
    body_base64: str | None = None


def message(record: Record) -> Message:
    """A message from its record."""
    return Message(
        **{
            **known(Message, record),
            "buttons": tuple(Button(**known(Button, button)) for button in record["buttons"]),
            "media": _optional(Media, record["media"]),
            "status": Status(**known(Status, record["status"])),
            "history": tuple(
                Step(**{**known(Step, step), "at": time(step["at"])}) for step in record["history"]
            ),
            "warnings": _violations(record["warnings"]),
            "received_at": time(record["received_at"]),
            "link": _optional(Link, record.get("link")),
        }
    )


def request(record: Record) -> Request:
    """A request from its record."""
    rejection = record["rejection"]
    return Request(
        **{
            **known(Request, record),
            "received_at": time(record["received_at"]),
            "rejection": rejection
            and Rejection(rejection["name"], _violations(rejection["violations"])),
            "warnings": _violations(record["warnings"]),
            "response": _optional(Response, record["response"]),
            "recipients": tuple(record["recipients"]),
            "messages": tuple(record["messages"]),
            "near_misses": tuple(
                NearMiss(**known(NearMiss, near)) for near in record.get("near_misses", ())
            ),
        }
    )


def _violations(records: Sequence[Record]) -> tuple[Violation, ...]:
    return tuple(
        Violation(**{**known(Violation, record), "source": _optional(Source, record.get("source"))})
        for record in records
    )


def _optional(kind: Any, record: Record | None) -> Any:
    return None if record is None else kind(**known(kind, record))


def known(kind: Any, record: Record) -> dict[str, Any]:
    """The members of a record that this client knows."""
    return {field.name: record[field.name] for field in fields(kind) if field.name in record}


def time(text: str) -> datetime:
    """A time from its RFC 3339 form."""
    return datetime.fromisoformat(text)
