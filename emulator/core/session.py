"""One isolated world."""

from __future__ import annotations

from dataclasses import dataclass

from emulator.core.auth import Accounts
from emulator.core.entropy import Entropy
from emulator.core.journal import Journal
from emulator.core.readings import Readings


@dataclass(frozen=True, slots=True)
class Session:
    """A name, who may send, what happened, and where ids and time come from."""

    name: str
    accounts: Accounts
    journal: Journal
    entropy: Entropy
    readings: Readings

    async def reset(self) -> None:
        """Forget everything that happened, counters included, and read as at the beginning."""
        self.readings.restore()
        await self.journal.clear(counters=True)
