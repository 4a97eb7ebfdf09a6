"""A toy provider whose messages live, and a session of it whose receiver is a function."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson

from emulator.core import pipeline
from emulator.core.auth import Accounts
from emulator.core.clock import Clock
from emulator.core.codec_json import Json
from emulator.core.entropy import Entropy
from emulator.core.exchange import Document
from emulator.core.journal import Journal
from emulator.core.living import Living
from emulator.core.message import Moment, Status, Step
from emulator.core.outbox import Attempt, Callback, Webhook
from emulator.core.provider import Callbacks, Said
from emulator.core.readings import Readings
from emulator.core.session import Session
from emulator.stores.memory import MemoryStore
from tests.core.toy import ANN, LETTERS, LOST, NOW, PROVIDER, SENT, call

POSTED = Status(3, "POSTED", "UNDERWAY", {"name": "POSTED"}, "operator")
ARRIVED = Status(4, "ARRIVED", "DONE", {"name": "ARRIVED"}, "delivered")
READ = Status(5, "READ", "DONE", {"name": "READ"}, "seen")
TORN = Status(6, "TORN", "FAILED", {"name": "TORN"}, "failed")
WAITING = Status(7, "WAITING", "UNDERWAY", {"name": "WAITING"})
STATUSES = {
    status.name: status
    for status in (SENT, LOST._replace(stage="failed"), POSTED, ARRIVED, READ, TORN, WAITING)
}


def _report(living: Living, moment: Moment) -> Document:
    return {"message": living.message.id, "is": moment.status.name, "at": moment.at}


def _words(said: Said) -> Document:
    return {"from": said.sender, "says": said.text}


LIVELY = PROVIDER._replace(
    statuses=STATUSES,
    timeline=(Step(1, "ARRIVED"),),
    callbacks=Callbacks(
        codecs=(Json(),),
        status=_report,
        seen=_report,
        inbound=_words,
        postback=_words,
        fidelity={},
    ),
)

HOOK = Webhook("http://127.0.0.1:9/callbacks")
"""Where callbacks seem to go."""

Answer = Callable[[Callback], int | None]
"""The status with which an attempt is answered, or None for no answer."""


class World:
    """A session with a frozen clock; `answer` stands for the receiver, `sent` is what it got."""

    def __init__(self, answer: Answer = lambda _: 200, limit: int = 10_000) -> None:
        self.clock = Clock(lambda: NOW)
        self.clock.freeze()
        self.answer = answer
        self.sent: list[tuple[float, str, Any]] = []
        self.held: asyncio.Event | None = None
        self.session = Session(
            name="toy",
            accounts=Accounts(frozenset({ANN}), frozenset()),
            journal=Journal(MemoryStore(limit), "toy"),
            entropy=Entropy("seed", "toy", now=self.clock.now, timer=lambda: 0.0),
            readings=Readings({}, frozenset()),
            clock=self.clock,
            send=self._send,
            webhook=HOOK,
        )
        self.outbox = self.session.outbox

    async def post(self, *recipients: str, **members: Any) -> list[Living]:
        """Post a letter, and give it as it lives."""
        body = orjson.dumps({"to": recipients or ["Bea"], "text": "Hello", **members})
        posted = call(body=body)._replace(received_at=self.clock.now())
        exchange = await pipeline.answer(posted, LETTERS, LIVELY, self.session)
        found = [await self.session.journal.living(sent.id) for sent in exchange.messages]
        return [living for living in found if living is not None]

    async def advance(self, seconds: float) -> None:
        await self.session.agenda.advance(seconds)
        await self.session.journal.flush()

    async def events(self) -> list[tuple[str, Any]]:
        """Everything that happened, oldest first."""
        found = await self.session.journal.events(0, 100_000)
        return [(event.kind, orjson.loads(event.record)) for event in found]

    async def _send(
        self, webhook: Webhook, callback: Callback, now: Callable[[], float]
    ) -> Attempt:
        # As on a socket: others get their turn in between.
        await asyncio.sleep(0)
        if self.held is not None:
            await self.held.wait()
        self.sent.append((round(now() - NOW, 6), callback.id, orjson.loads(callback.body)))
        status = self.answer(callback)
        return Attempt(now(), 0.0, status, None if status else "nobody is there")
