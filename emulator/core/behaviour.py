"""What shall happen to a call: matches, outcomes, rules, and recipients that need no rule."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple, TypeAlias, get_args

from emulator.core.exchange import Document, FaultName
from emulator.core.matcher import Matcher
from emulator.core.message import Step

LONGEST_DELAY = 60.0
"""The most seconds that an answer is held back."""

FAULTS: tuple[FaultName, ...] = get_args(FaultName)


class Accept(NamedTuple):
    """The message gets this status instead of the endpoint's own, then others.

    What follows is the provider's usual course if `then` is None.
    """

    status: str | None = None
    then: tuple[Step, ...] | None = None

    @property
    def statuses(self) -> list[str]:
        """Every status that it names."""
        first = [] if self.status is None else [self.status]
        return [*first, *(step.status for step in self.then or ())]


class Refuse(NamedTuple):
    """The provider refuses the whole call; `retry_after` is in seconds."""

    rejection: str
    retry_after: int | None = None


class Answer(NamedTuple):
    """These bytes answer the whole call, whatever the provider would say."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Break(NamedTuple):
    """The connection misbehaves instead of carrying the answer as it is."""

    fault: FaultName


Action: TypeAlias = Accept | Refuse | Answer | Break


class Uniform(NamedTuple):
    """A delay from `least` to `most` seconds."""

    least: float
    most: float

    def seconds(self, chance: float) -> float:
        """The delay for a chance between 0 and 1."""
        return self.least + chance * (self.most - self.least)


class Lognormal(NamedTuple):
    """A delay around a median of seconds with a long tail, cut off at the longest delay."""

    median: float
    sigma: float

    def seconds(self, chance: float) -> float:
        """The delay for a chance between 0 and 1."""
        # It takes some time to load, and few rules need it.
        from statistics import NormalDist

        if not self.median or not self.sigma:
            return self.median
        within = min(max(chance, 1e-12), 1 - 1e-12)
        exponent = self.sigma * NormalDist().inv_cdf(within)
        return min(self.median * math.exp(min(exponent, 100)), LONGEST_DELAY)


Delay: TypeAlias = Uniform | Lognormal


class Outcome(NamedTuple):
    """An action, and how long its answer is held back."""

    action: Action
    delay: Delay | None = None


class Match(NamedTuple):
    """Which calls are meant: every part that is given has to fit.

    `endpoint` and `recipient` take `*` for any characters; `document` is a JSON Schema that the
    decoded body satisfies.
    """

    endpoint: str | None = None
    recipient: str | None = None
    document: Matcher | None = None

    def fits_endpoint(self, name: str | None) -> bool:
        """Whether an endpoint is meant."""
        return self.endpoint is None or (name is not None and fits(self.endpoint, name))

    def fits_recipient(self, recipient: str) -> bool:
        """Whether a recipient is meant, with or without its leading plus sign."""
        pattern = self.recipient
        return (
            pattern is None
            or fits(pattern, recipient)
            or (recipient.startswith("+") and fits(pattern, recipient[1:]))
        )

    def fits_document(self, document: Document) -> bool:
        """Whether a body is meant."""
        return self.document is None or self.document.holds(document)

    def differences(
        self, endpoint: str | None, recipients: Sequence[str], document: Document | None
    ) -> Iterator[str]:
        """How a call differs from what is meant, a sentence each."""
        if not self.fits_endpoint(endpoint):
            found = "none" if endpoint is None else f'"{endpoint}"'
            yield f'endpoint: {found} does not match "{self.endpoint}"'
        if self.recipient is not None and not any(map(self.fits_recipient, recipients)):
            named = ", ".join(f'"{recipient}"' for recipient in recipients[:3]) or "none"
            yield f'recipient: {named} does not match "{self.recipient}"'
        if self.document is not None:
            if document is None:
                yield "document: the body could not be read"
            else:
                yield from (f"document{where}" for where in self.document.differences(document))


@lru_cache(maxsize=4096)
def _pattern(glob: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, glob.split("*"))), re.DOTALL)


def fits(glob: str, word: str) -> bool:
    """Whether a word is what a pattern with `*` for any characters means."""
    return glob == word or ("*" in glob and _pattern(glob).fullmatch(word) is not None)


@dataclass(frozen=True)
class Rule:
    """If a call matches, this happens to it: the nth use takes the nth outcome, then the last.

    `given` holds the match and the outcomes as they were written; without `times` a rule works for
    ever.
    """

    match: Match
    outcomes: tuple[Outcome, ...]
    given: Mapping[str, Any]
    name: str | None = None
    times: int | None = None
    probability: float = 1.0

    def outcome(self, use: int) -> Outcome:
        """The outcome of a use; the first is 1."""
        return self.outcomes[min(use, len(self.outcomes)) - 1]

    @cached_property
    def statuses(self) -> frozenset[str]:
        """The statuses that its outcomes give to messages."""
        return frozenset(
            status
            for outcome in self.outcomes
            if isinstance(outcome.action, Accept)
            for status in outcome.action.statuses
        )


class MagicRecipient(NamedTuple):
    """A recipient that triggers an action, for ever or a number of times a session."""

    recipient: str
    action: Action
    times: int | None = None
