"""What one recipient got."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

Stage: TypeAlias = Literal["underway", "operator", "delivered", "seen", "failed"]
"""How far a message has come; nothing follows what is seen or has failed."""


class Status(NamedTuple):
    """A provider's delivery status; `document` is the object its answers carry.

    `id` is None where the provider has no number for it; `stage` is how far a message with it has
    come.
    """

    id: int | None
    name: str
    group: str
    document: Mapping[str, Any]
    stage: Stage = "underway"


class Step(NamedTuple):
    """A status that a message gets some seconds after it was accepted, by name.

    With a `channel` it is about that channel of a scenario only; one that is not `final` leaves the
    message to the next channel. The callback that tells of it comes `late` seconds later, and as
    many `copies` of it.
    """

    after: float
    status: str
    channel: str | None = None
    final: bool = True
    late: float = 0.0
    copies: int = 1


class Moment(NamedTuple):
    """A status that a message got at a time, in seconds since the epoch.

    One that is not `final` is that of a channel, after which the next one is tried.
    """

    at: float
    status: Status
    channel: str | None = None
    final: bool = True


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
    that it is accepted with, `plan` what comes after that; None leaves it to the provider.
    `flow` has the sender and the channel of each step of the scenario by which it goes, in the
    order in which they are tried. `reference` is a second id that the provider answers with, `link`
    the token of a link in the text.
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
    plan: Sequence[Step] | None = None
    flow: Sequence[tuple[str | None, str]] = ()
    reference: str | None = None
    link: str | None = None
