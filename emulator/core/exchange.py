"""The values of one exchange: the call that arrived, the reply to it, and the story of both.

What every request makes is a named tuple: a frozen dataclass takes more than twice as long to make.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from emulator.core.message import Message
    from emulator.core.readings import Choice
    from emulator.core.rejections import Rejection

Document: TypeAlias = Mapping[str, Any]
"""A body as JSON values, whatever the wire format was."""

Severity: TypeAlias = Literal["refuse", "warn", "allow"]
"""What a broken rule leads to; one that is allowed is silent unless a reading says otherwise."""

Severities: TypeAlias = frozenset[tuple[str, Severity]]
"""The severities that differ from the rules' own, by rule code."""
FaultName: TypeAlias = Literal["reset", "empty", "truncated", "malformed", "dribble", "hang"]
"""How a connection can misbehave."""

UNHEARD: Collection[FaultName] = ("reset", "empty", "hang")
"""The faults in which the provider says nothing: no message is sent."""

OutcomeName: TypeAlias = Literal["accepted", "refused", "answered", "broken", "unmatched"]


class Call(NamedTuple):
    """One HTTP call as read from the wire, not yet understood.

    `path` is decoded and without any session prefix; header names are lower-case; `received_at` is
    in seconds since the epoch, `started` on the timer that measures durations; `size` is the number
    of bytes that the client announced or sent when that is more than `body` holds.
    """

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    received_at: float
    started: float
    path_params: Mapping[str, str] = MappingProxyType({})
    suffix: str | None = None
    query: str = ""
    scheme: str = "http"
    root_path: str = ""
    size: int | None = None

    @property
    def base_url(self) -> str:
        """The address by which the client reached the emulator, session prefix included."""
        return f"{self.scheme}://{self.headers.get('host', 'localhost')}{self.root_path}"


class Reply(NamedTuple):
    """An answer before a codec makes bytes of it."""

    status: int
    document: Document
    headers: tuple[tuple[str, str], ...] = ()


class Violation(NamedTuple):
    """One broken constraint: which rule, where (JSON Pointer), what was expected, who says so."""

    code: str
    pointer: str
    message: str
    expected: str
    source: Mapping[str, Any] | None = None
    severity: Severity = "refuse"
    fidelity: str = "documented"
    value: str | None = None
    suggestion: str | None = None
    element: str | None = None


class Finding(NamedTuple):
    """A broken protocol rule as a step reports it; the provider adds its name and the source."""

    rule: str
    message: str
    pointer: str = ""
    value: str | None = None
    suggestion: str | None = None


class Sent(NamedTuple):
    """The answer's bytes, as handed to the wire."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes


@dataclass(frozen=True, slots=True)
class NearMiss:
    """An endpoint that a call almost reached, and what kept it away."""

    endpoint: str
    method: str
    path: str
    difference: str


class Exchange(NamedTuple):
    """One call and everything the emulator made of it.

    `sent` is the answer as it would go without its `fault`; `rule` is the id of the rule that
    decided. `duration` and `delay` are in seconds; the answer is held back for the delay. `unsent`
    are the messages that the call asked for where the outcome kept them from being sent.
    """

    id: str
    call: Call
    outcome: OutcomeName
    sent: Sent
    provider: str | None = None
    endpoint: str | None = None
    messages: Sequence[Message] = ()
    rejection: Rejection | None = None
    violations: Sequence[Violation] = ()
    warnings: Sequence[Violation] = ()
    near_misses: Sequence[NearMiss] = ()
    error: str | None = None
    chosen: Choice | None = None
    duration: float = 0.0
    rule: str | None = None
    fault: FaultName | None = None
    delay: float = 0.0
    unsent: Sequence[Message] = ()
