"""What goes on between recipients and the application once messages are sent, as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from emulator.client.records import Record, known, time


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to the application; a `status` of None goes with an `error`."""

    at: datetime
    duration_ms: float
    status: int | None
    error: str | None
    response: str


@dataclass(frozen=True, slots=True)
class Sent:
    """What a callback sends."""

    media_type: str
    body: str


@dataclass(frozen=True, slots=True)
class Said:
    """What the user wrote or tapped; `payload` is that of the button."""

    endpoint: str
    sender: str
    recipient: str
    text: str
    payload: str | None


@dataclass(frozen=True, slots=True)
class Callback:
    """Something that the application was told, or is to be.

    `event` is `status`, `seen`, `inbound` or `postback`; `state` is `pending`, `delivered`,
    `failed` or `refused`.
    """

    id: str
    session: str
    event: str
    message: str | None
    said: Said | None
    url: str | None
    state: str
    error: str | None
    request: Sent
    attempts: tuple[Attempt, ...]
    next_attempt_at: datetime | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Tap:
    """What tapping a button did: a postback's payload and callback, or the address it opens."""

    kind: str
    url: str | None = None
    payload: str | None = None
    callback: str | None = None


@dataclass(frozen=True, slots=True)
class Inbound:
    """Something that an end user wrote."""

    id: str
    endpoint: str
    sender: str
    recipient: str
    text: str
    received_at: datetime
    callback: str | None


def callback(record: Record) -> Callback:
    """A callback from its record."""
    following, said = record["next_attempt_at"], record["said"]
    return Callback(
        **{
            **known(Callback, record),
            "said": said and Said(**known(Said, said)),
            "request": Sent(**known(Sent, record["request"])),
            "attempts": tuple(
                Attempt(**{**known(Attempt, attempt), "at": time(attempt["at"])})
                for attempt in record["attempts"]
            ),
            "next_attempt_at": following and time(following),
            "created_at": time(record["created_at"]),
        }
    )


def tap(record: Record) -> Tap:
    """What tapping did, from its record."""
    return Tap(**known(Tap, record))


def inbound(record: Record) -> Inbound:
    """What an end user wrote, from its record."""
    return Inbound(**{**known(Inbound, record), "received_at": time(record["received_at"])})
