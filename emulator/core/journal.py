"""What happened in a session: every exchange, and the messages that it sent."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from typing import Any, NamedTuple

from emulator.core import records
from emulator.core.errors import EmulatorError
from emulator.core.events import KINDS, Event, Follower
from emulator.core.exchange import Exchange
from emulator.core.living import Kept, Living
from emulator.core.provider import Provider
from emulator.core.store import Deferred, Entry, Store

_AT_ONCE = 500
_MOST_SAVED = 5000
_TOLD = 512
_OVERHEAD = 2048
"""About the bytes that an exchange or a message holds besides the bodies."""

Test = Callable[[Mapping[str, Any]], bool]


class Page(NamedTuple):
    """Some records, oldest first; `total` counts all that match, `next` continues after them."""

    records: list[dict[str, Any]]
    total: int
    evicted: int
    next: str | None


class Journal:
    """The exchanges of one session in a store, found by id, recipient, endpoint and the like.

    `lost` counts the requests of an earlier session of the same name that had to make place,
    `endings` how often all waiting was ended. It is `closed` when nothing will follow,
    and `followed` once somebody follows its events.
    """

    def __init__(self, store: Store, session: str) -> None:
        self._store = store
        self._session = session
        self._told: list[Entry] = []
        self._flushing: asyncio.Task[None] | None = None
        self._waiting: list[asyncio.Future[bool]] = []
        self.lost = 0
        self.endings = 0
        self.closed = False
        self.followed = False
        self._followers: set[Follower] = set()

    def number(self) -> Awaitable[int]:
        """The number of the exchange that begins now; the first is 1."""
        return self._store.increment(self._session, "exchanges")

    async def uses(self, name: str) -> int:
        """Count one use of something that works a limited number of times."""
        return await self._store.increment(self._session, f"uses:{name}")

    async def append(self, exchange: Exchange, provider: Provider | None) -> Kept:
        """Keep an exchange with its messages, and tell who waits."""
        if self._told:
            await self.flush()
        kept = Kept(exchange, provider, self._session)
        messages = len(exchange.messages)
        size = _OVERHEAD * (1 + messages) + len(exchange.call.body) + len(exchange.sent.body)
        batch = Deferred(partial(_entries, kept), 1 + messages, size)
        await self._store.append(self._session, batch)
        if self._waiting:
            self.wake()
        return kept

    def tell(self, kind: str, record: Callable[[], bytes]) -> None:
        """Keep something that happened besides calls, for those who follow the session."""
        self._told.append(Entry(record, _TOLD, (), (kind,)))
        if len(self._told) == 1:
            self._flushing = asyncio.get_running_loop().create_task(self.flush())

    async def flush(self) -> None:
        """Keep what was told, and tell who waits."""
        if self._told:
            batch, self._told = self._told, []
            await self._store.append(self._session, batch, minor=True)
            self.wake()

    def wake(self, *, over: bool = False) -> None:
        """Tell everybody who waits that something changed, or that waiting is over."""
        self.endings += over
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(not over)

    async def changed(self, within: float | None) -> bool:
        """Wait until something changes; False when the time or the waiting itself is over."""
        future = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            async with asyncio.timeout(within):
                going_on: bool = await future
                return going_on
        except TimeoutError:
            return False
        finally:
            self._waiting = [other for other in self._waiting if other is not future]

    @property
    def awaited(self) -> bool:
        """Whether somebody waits."""
        return bool(self._waiting)

    async def requests(
        self, filters: Mapping[str, str], after: str | None = None, limit: int | None = None
    ) -> Page:
        """Requests by `endpoint`, `outcome`, `recipient` and `status`."""
        return await self._page("request", filters, (), after, limit)

    async def messages(
        self, filters: Mapping[str, str], after: str | None = None, limit: int | None = None
    ) -> Page:
        """Messages by `endpoint`, `recipient`, `sender`, `type`, `status` and part of `text`."""
        tests: list[Test] = []
        tagged = dict(filters)
        if (text := tagged.pop("text", None)) is not None:
            tests.append(lambda record: text in (record["text"] or ""))
        if (status := tagged.pop("status", None)) is not None:
            tests.append(lambda record: record["status"]["name"] == status)
        if (sender := tagged.pop("sender", None)) is not None:
            tests.append(lambda record: record["sender"] == sender)
        if "type" in tagged:
            tagged["type"] = tagged["type"].lower()
        return await self._page("message", tagged, tests, after, limit)

    async def request(self, id: str) -> dict[str, Any] | None:
        """One request."""
        return await self._newest(f"request:{id}")

    async def message(self, id: str) -> dict[str, Any] | None:
        """One message; the newest, where a client reused an id."""
        return await self._newest(f"message:{id}")

    def position(self) -> Awaitable[int]:
        """The number of the newest event; 0 before the first."""
        return self._store.last(self._session)

    async def events(self, after: int, most: int) -> list[Event]:
        """What happened after the event of that number, oldest first."""
        found = [
            Event(number, kind, record)
            for kind in KINDS
            for number, record in await self._store.read(self._session, (), (kind,), after, most)
        ]
        return sorted(found)[:most]

    @contextmanager
    def follow(self, position: int) -> Iterator[Follower]:
        """Follow what happens: nothing of it is forgotten before it was told."""
        follower = Follower(position)
        self._followers.add(follower)
        try:
            yield follower
        finally:
            self._followers.discard(follower)

    async def next(self, follower: Follower) -> list[Event]:
        """What a follower was not told yet, oldest first."""
        events = follower.saved or await self.events(follower.position, _AT_ONCE)
        follower.saved = []
        if events:
            follower.position = events[-1].number
        return events

    async def requests_after(self, number: int) -> list[tuple[int, dict[str, Any]]]:
        """The requests among the events after that number, with their own."""
        return await self._decoded((), ("request",), number)

    async def living(self, id: str, *, by: str = "message") -> Living | None:
        """The newest message as it lives, by its id, its `recipient` or the token of its `link`."""
        found = await self._store.newest(self._session, f"{by}:{id}", "message")
        return found if isinstance(found, Living) else None

    async def clear(self, counters: bool = False) -> None:
        """Forget all exchanges, and the counters if asked to."""
        if self._followers:
            await self.flush()
        for follower in self._followers:
            position = follower.saved[-1].number if follower.saved else follower.position
            follower.saved += await self.events(position, _MOST_SAVED - len(follower.saved))
        self._told = []
        self.lost = 0
        await self._store.clear(self._session, counters)

    async def drop(self) -> None:
        """Forget that there ever was such a session."""
        self._told = []
        await self._store.drop(self._session)

    async def _newest(self, tag: str) -> dict[str, Any] | None:
        found = await self._store.read(self._session, [tag])
        return records.decode(found[-1][1]) if found else None

    async def _page(
        self,
        kind: str,
        filters: Mapping[str, str],
        tests: Sequence[Test],
        after: str | None,
        limit: int | None,
    ) -> Page:
        tags: list[str] = []
        labels = [kind]
        for name, value in filters.items():
            (tags if name == "recipient" else labels).append(f"{name}:{value}")
        start = await self._position(kind, after) if after else 0
        if tests:
            matching = [
                (number, record)
                for number, record in await self._decoded(tags, labels)
                if all(test(record) for test in tests)
            ]
            total = len(matching)
            rest = [pair for pair in matching if pair[0] > start]
        else:
            total = await self._store.count(self._session, tags, labels)
            most = None if limit is None else limit + 1
            rest = await self._decoded(tags, labels, start, most)
        shown = rest[:limit]
        following = f"@{shown[-1][0]}" if len(rest) > len(shown) and shown else None
        evicted = await self._store.evicted(self._session) + self.lost
        return Page([record for _, record in shown], total, evicted, following)

    async def _decoded(
        self,
        tags: Sequence[str],
        labels: Sequence[str],
        after: int = 0,
        limit: int | None = None,
    ) -> list[tuple[int, dict[str, Any]]]:
        found = await self._store.read(self._session, tags, labels, after, limit)
        return [(number, records.decode(record)) for number, record in found]

    async def _position(self, kind: str, after: str) -> int:
        """The sequence number of a page's end (`@number`) or of an id."""
        if re.fullmatch("@[0-9]{1,18}", after):
            return int(after[1:])
        found = await self._store.read(self._session, [f"{kind}:{after}"])
        if not found:
            raise EmulatorError(
                f'no {kind} "{after}" is kept; use an id, or "next" of another page'
            )
        return found[-1][0]


def _entries(kept: Kept) -> Sequence[Entry]:
    exchange = kept.exchange
    record = partial(records.encode_request, exchange, kept.session)
    labels = _request_labels(exchange.endpoint, exchange.outcome, exchange.sent.status)
    entries = [Entry(record, _OVERHEAD, _request_tags(exchange), labels)]
    for living in kept.living:
        message = living.message
        tags: tuple[str, ...] = (f"message:{message.id}", f"recipient:{message.recipient}")
        if message.link is not None:
            tags = (*tags, f"link:{message.link}")
        labels = _message_labels(exchange.endpoint, message.type)
        entries.append(Entry(living, _OVERHEAD, tags, labels))
    return entries


def _request_tags(exchange: Exchange) -> tuple[str, ...]:
    messages = exchange.messages or exchange.unsent
    if len(messages) == 1:
        recipient = messages[0].recipient
        return (f"request:{exchange.id}", f"recipient:{recipient}")
    recipients = {f"recipient:{message.recipient}" for message in messages}
    return (f"request:{exchange.id}", *recipients)


@lru_cache(maxsize=1024)
def _request_labels(endpoint: str | None, outcome: str, status: int) -> tuple[str, ...]:
    return ("request", f"endpoint:{endpoint}", f"outcome:{outcome}", f"status:{status}")


@lru_cache(maxsize=1024)
def _message_labels(endpoint: str | None, kind: str) -> tuple[str, ...]:
    return ("message", f"endpoint:{endpoint}", f"type:{kind.lower()}")
