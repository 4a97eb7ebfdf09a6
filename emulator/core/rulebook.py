"""What shall happen: the rules of one session, newest first, and how often each was used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from emulator.core.behaviour import Outcome, Rule
from emulator.core.entropy import Entropy
from emulator.core.errors import EmulatorError
from emulator.core.exchange import Document
from emulator.core.message import Message
from emulator.core.provider import Provider

MOST_RULES = 1000
"""How many rules a session holds."""


@dataclass(slots=True)
class Installed:
    """A rule at work; `since` is the number of the journal's last event before it."""

    id: str
    rule: Rule
    since: int
    uses: int = 0

    @property
    def remaining(self) -> int | None:
        """How often it will still be used; None for ever."""
        return None if self.rule.times is None else self.rule.times - self.uses

    @property
    def title(self) -> str:
        """The name that its author gave it, or its id."""
        return self.rule.name or self.id


class Order(NamedTuple):
    """An outcome for a message, why, and the id of the rule that orders it."""

    outcome: Outcome
    reason: str
    rule: str | None = None


class Rulebook:
    """The rules of a session; `initial` are those that it begins with, in the order to try them."""

    def __init__(self, entropy: Entropy, initial: Sequence[Rule] = ()) -> None:
        self._entropy = entropy
        self._initial = initial
        self._installed: dict[str, Installed] = {}
        self._given = 0
        self.restore()

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._installed)

    def __iter__(self) -> Iterator[Installed]:
        """In the order in which they are tried: newest first."""
        return reversed(self._installed.values())

    def add(self, rule: Rule, since: int) -> Installed:
        """Install a rule; raises EmulatorError when there are too many."""
        if len(self._installed) >= MOST_RULES:
            raise EmulatorError(
                f"{MOST_RULES} rules are installed; DELETE /__admin/rules forgets them"
            )
        self._given += 1
        installed = Installed(f"rule-{self._given}", rule, since)
        self._installed[installed.id] = installed
        return installed

    def get(self, id: str) -> Installed | None:
        """One rule."""
        return self._installed.get(id)

    def remove(self, id: str) -> None:
        """Forget one rule."""
        self._installed.pop(id, None)

    def clear(self) -> None:
        """Forget all rules."""
        self._installed.clear()

    def restore(self) -> None:
        """Go back to the rules that the session began with, none of them used yet."""
        self.clear()
        for rule in reversed(self._initial):
            self.add(rule, since=0)

    def decide(
        self, message: Message, endpoint: str, provider: Provider, document: Document, exchange: str
    ) -> Order | None:
        """The outcome that the newest rule orders that is about the message."""
        for installed in self:
            rule = installed.rule
            if installed.remaining != 0 and self._meant(
                installed, message, endpoint, provider, document, exchange
            ):
                installed.uses += 1
                reason = f'rule "{installed.title}" orders this answer'
                return Order(rule.outcome(installed.uses), reason, installed.id)
        return None

    def _meant(
        self,
        installed: Installed,
        message: Message,
        endpoint: str,
        provider: Provider,
        document: Document,
        exchange: str,
    ) -> bool:
        rule, match = installed.rule, installed.rule.match
        return (
            match.fits_endpoint(endpoint)
            and match.fits_recipient(message.recipient)
            and rule.statuses <= provider.statuses.keys()
            and match.fits_document(document)
            and (
                rule.probability >= 1
                or self._entropy.chance(f"{exchange}/{installed.id}/{message.id}")
                < rule.probability
            )
        )
