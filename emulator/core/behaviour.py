"""What shall happen to a call: outcomes, and the recipients that trigger one without any setup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Accept:
    """The message gets this status."""

    status: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """The provider refuses the whole call; `retry_after` is in seconds."""

    rejection: str
    retry_after: int | None = None


Action: TypeAlias = Accept | Refuse


@dataclass(frozen=True, slots=True)
class MagicRecipient:
    """A recipient that triggers an action, for ever or a number of times a session."""

    recipient: str
    action: Action
    times: int | None = None
