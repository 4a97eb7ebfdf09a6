"""The refusals that a provider can utter.

Rejection
  Invalid                the document breaks constraints
  Malformed              the bytes are no document
  Unauthorized           no, unreadable or wrong credentials
  NotFound               nothing at this path
  MethodNotAllowed       another verb is expected; carries `Allow`
  NotAcceptable          no format that the client takes
  TooLarge               more bytes than are read
  UnsupportedMediaType   a format that the endpoint does not read
  Ordered                asked for by a rule or a magic recipient, by name
"""

from __future__ import annotations

from collections.abc import Sequence

from emulator.core.exchange import Finding, Violation


class Rejection(Exception):
    """A refusal in the provider's words; `name` picks the provider's canned answer."""

    name = "bad-request"

    def __init__(
        self,
        *findings: Finding,
        violations: Sequence[Violation] = (),
        headers: tuple[tuple[str, str], ...] = (),
    ) -> None:
        super().__init__(self.name)
        self.findings = findings
        self.violations = violations
        self.headers = headers
        self.delay = 0.0
        self.rule: str | None = None


class Invalid(Rejection):
    """The document breaks constraints of its schema."""

    name = "invalid"


class Malformed(Rejection):
    """The bytes are not a document in the announced format."""

    name = "malformed"


class Unauthorized(Rejection):
    """Credentials are missing, unreadable or wrong."""

    name = "unauthorized"


class NotFound(Rejection):
    """The provider has nothing at this path."""

    name = "not-found"


class MethodNotAllowed(Rejection):
    """The path exists for another verb."""

    name = "method-not-allowed"


class NotAcceptable(Rejection):
    """The endpoint writes none of the formats that the client accepts."""

    name = "not-acceptable"


class TooLarge(Rejection):
    """The body is longer than the emulator reads."""

    name = "too-large"


class UnsupportedMediaType(Rejection):
    """The endpoint does not read the body's format."""

    name = "unsupported-media-type"


class Ordered(Rejection):
    """A refusal that a rule (by its id) or a magic recipient asked for, after `delay` seconds."""

    def __init__(
        self,
        name: str,
        reason: str,
        headers: tuple[tuple[str, str], ...] = (),
        *,
        delay: float = 0.0,
        rule: str | None = None,
    ) -> None:
        self.name = name
        super().__init__(Finding("ordered", reason), headers=headers)
        self.delay = delay
        self.rule = rule
