"""What one recipient got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple


@dataclass(frozen=True, slots=True)
class Status:
    """A provider's delivery status; `document` is the object its answers carry.

    `id` is None where the provider has no number for it.
    """

    id: int | None
    name: str
    group: str
    document: Mapping[str, Any]


class Moment(NamedTuple):
    """A status that a message gets at a time, in seconds since the epoch."""

    at: float
    status: Status


class Button(NamedTuple):
    """Something the recipient can tap: `postback` sends its payload back, `url` opens its url."""

    kind: str
    title: str | None
    payload: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """A file that the recipient's application loads."""

    url: str
    name: str | None = None


class Message(NamedTuple):
    """One thing sent to one recipient.

    `text` is as delivered, `content` the provider's own message object; `part` is the JSON Pointer
    to what the request says of this message alone, when it carries several. `status` is the one
    that it is accepted with, `life` what comes after that, past and to come.
    """

    id: str
    channel: str
    sender: str | None
    recipient: str
    type: str
    content: Mapping[str, Any]
    status: Status
    text: str | None = None
    bulk_id: str | None = None
    buttons: tuple[Button, ...] = ()
    media: Media | None = None
    segments: int = 1
    part: str = ""
    life: Sequence[Moment] = ()
