"""One isolated world."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial

from emulator.core import records
from emulator.core.auth import Accounts
from emulator.core.behaviour import Rule
from emulator.core.clock import Clock
from emulator.core.entropy import Entropy
from emulator.core.errors import EmulatorError
from emulator.core.exchange import Document, Exchange
from emulator.core.journal import Journal
from emulator.core.living import Kept, Living, is_usual
from emulator.core.message import Moment, Step
from emulator.core.outbox import Callback, EventName, Outbox, Send, Webhook
from emulator.core.provider import Provider, Said
from emulator.core.readings import Readings
from emulator.core.rulebook import Rulebook
from emulator.core.scenarios import Scenario

_SETTLING = 5.0
"""The most seconds that a reset waits for answers that are on their way."""

PARTS = ("journal", "rules", "callbacks", "clock")
"""What can be forgotten by itself."""


class Session:
    """A name, who may send, what happened and what shall, and where ids and time come from."""

    def __init__(
        self,
        name: str,
        accounts: Accounts,
        journal: Journal,
        entropy: Entropy,
        readings: Readings,
        clock: Clock,
        send: Send,
        webhook: Webhook | None = None,
        rules: Sequence[Rule] = (),
    ) -> None:
        self.name = name
        self.accounts = accounts
        self.journal = journal
        self.entropy = entropy
        self.readings = readings
        self.clock = clock
        self.rules = Rulebook(entropy, rules)
        self.scenarios: Mapping[str, Scenario] = {}
        self.outbox = Outbox(send, clock, self._tell_callback, webhook)
        self.agenda = self.outbox.agenda
        self.in_flight = 0
        self._released = asyncio.Event()
        self._settled = asyncio.Event()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is in flight and nobody waits."""
        return not self.in_flight and not self.journal.awaited

    async def keep(self, exchange: Exchange, provider: Provider | None = None) -> None:
        """Journal an exchange, and let its messages live from now on."""
        kept = await self.journal.append(exchange, provider)
        if not exchange.messages or provider is None:
            return
        if all(map(is_usual, exchange.messages)):
            for step in provider.timeline:
                self.agenda.at(exchange.call.received_at + step.after, self._usual, (kept, step))
        else:
            for living in kept.living:
                for due, step in living.plan():
                    self.agenda.at(due, self._step, (living, step))

    def move(self, living: Living, status: str) -> None:
        """Give a message a status now; raises EmulatorError where it cannot have it."""
        self._moved(living, living.move(self.clock.now(), Step(0, status)), Step(0, status))

    def tell(
        self, event: EventName, said: Said, provider: Provider, document: Document
    ) -> Callback:
        """Tell the application what its user did."""
        id = said.living.message.id if said.living is not None else None
        return self._post(event, id, provider, document, said.at, Step(0, ""), said.record())

    async def up_to_date(self) -> None:
        """Let everything happen that is due, so that whoever looks sees it."""
        self.agenda.catch_up()
        await self.journal.flush()

    def leave(self) -> None:
        """Count one call less in flight."""
        self.in_flight -= 1
        if not self.in_flight:
            self._settled.set()

    async def pause(self, seconds: float | None) -> bool:
        """Hold an answer back for some seconds, or for ever; True where a reset let it go."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                return await self._released.wait()
        return False

    def release(self) -> None:
        """Let go of everything that is held back, and of everybody who waits."""
        self._released.set()
        self._released = asyncio.Event()
        self.journal.wake(over=True)

    def close(self) -> None:
        """End all waiting for good."""
        self.journal.closed = True
        self.outbox.clear()
        self.agenda.clear()
        self.release()

    async def reset(self) -> None:
        """Forget everything, counters included, once what is in flight is settled.

        Readings, webhook and clock go back to those that the session began with.
        """
        self.release()
        if self.in_flight:
            self._settled.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(_SETTLING):
                    await self._settled.wait()
        self.rules.restore()
        self.readings.restore()
        self.scenarios = {}
        self.outbox.reset()
        self.agenda.clear()
        self.clock.run()
        await self.journal.clear(counters=True)
        self.entropy.restart()
        await self._tell_reset("all")

    async def reset_part(self, part: str) -> None:
        """Forget one of `PARTS`."""
        match part:
            case "journal":
                await self.journal.clear()
            case "rules":
                self.rules.restore()
            case "callbacks":
                self.outbox.clear()
            case "clock":
                self.clock.run()
                self.agenda.reset_alarm()
        await self._tell_reset(part)

    async def _tell_reset(self, part: str) -> None:
        self.journal.tell("reset", partial(records.encode_reset, part, self.clock.now()))
        await self.journal.flush()

    def _usual(self, subject: tuple[Kept, Step], at: float) -> None:
        kept, step = subject
        if kept.is_looked_at or self.journal.followed or self.outbox.webhook is not None:
            for living in kept.living:
                self._step((living, step), at)
        else:
            # Nobody is there to be told.
            kept.passed = (*kept.passed, step)

    def _step(self, subject: tuple[Living, Step], at: float) -> None:
        living, step = subject
        # Somebody may have moved the message elsewhere by hand.
        with suppress(EmulatorError):
            self._moved(living, living.move(at, step), step)

    def _moved(self, living: Living, moment: Moment, step: Step) -> None:
        self.journal.tell("status", partial(records.encode_status, living, moment))
        stage, provider = moment.status.stage, living.provider
        if provider.callbacks is None or stage == "underway" or not moment.final:
            return
        event: EventName = "seen" if stage == "seen" else "status"
        if self.outbox.wants(event):
            report = provider.callbacks.seen if stage == "seen" else provider.callbacks.status
            document = report(living, moment)
            for _ in range(step.copies):
                self._post(event, living.message.id, provider, document, moment.at, step)

    def _post(
        self,
        event: EventName,
        message: str | None,
        provider: Provider,
        document: Document,
        at: float,
        step: Step,
        said: Mapping[str, str | None] | None = None,
    ) -> Callback:
        assert provider.callbacks is not None
        wanted = self.outbox.webhook.format if self.outbox.webhook is not None else "json"
        codecs = {codec.name: codec for codec in provider.callbacks.codecs}
        codec = codecs.get(wanted) or provider.callbacks.codecs[0]
        body = codec.encode(document)
        return self.outbox.post(event, message, codec.media_type, body, at, step.late, said)

    def _tell_callback(self, callback: Callback) -> None:
        # As it is now: the next attempt is another event.
        record = records.encode_callback(callback, self.name)
        self.journal.tell("callback", lambda: record)
