"""One isolated world."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from emulator.core.auth import Accounts
from emulator.core.entropy import Entropy
from emulator.core.journal import Journal
from emulator.core.readings import Readings
from emulator.core.rulebook import Rulebook

_SETTLING = 5.0
"""The most seconds that a reset waits for answers that are on their way."""


class Session:
    """A name, who may send, what happened and what shall, and where ids and time come from."""

    def __init__(
        self,
        name: str,
        accounts: Accounts,
        journal: Journal,
        entropy: Entropy,
        readings: Readings,
    ) -> None:
        self.name = name
        self.accounts = accounts
        self.journal = journal
        self.entropy = entropy
        self.readings = readings
        self.rules = Rulebook(entropy)
        self.in_flight = 0
        self._released = asyncio.Event()
        self._settled = asyncio.Event()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is in flight and nobody waits."""
        return not self.in_flight and not self.journal.awaited

    def leave(self) -> None:
        """Count one call less in flight."""
        self.in_flight -= 1
        if not self.in_flight:
            self._settled.set()

    async def pause(self, seconds: float | None) -> None:
        """Hold an answer back for some seconds, or for ever; a reset lets it go."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._released.wait()

    def release(self) -> None:
        """Let go of everything that is held back, and of everybody who waits."""
        self._released.set()
        self._released = asyncio.Event()
        self.journal.wake(over=True)

    def close(self) -> None:
        """End all waiting for good."""
        self.journal.closed = True
        self.release()

    async def reset(self) -> None:
        """Forget everything, counters included, once what is in flight is settled.

        Readings go back to those that the session began with.
        """
        self.release()
        if self.in_flight:
            self._settled.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_SETTLING):
                    await self._settled.wait()
        self.rules.clear()
        self.readings.restore()
        await self.journal.clear(counters=True)
        await self.journal.tell_reset("all", self.entropy.now())

    async def reset_part(self, part: str) -> None:
        """Forget one of `PARTS`."""
        match part:
            case "journal":
                await self.journal.clear()
            case "rules":
                self.rules.clear()
        await self.journal.tell_reset(part, self.entropy.now())


PARTS = ("journal", "rules")
"""What can be forgotten by itself."""
