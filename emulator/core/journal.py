"""What happened in a session: every exchange, and the messages that it sent."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

from emulator.core import records
from emulator.core.errors import EmulatorError
from emulator.core.exchange import Exchange
from emulator.core.store import Entry, Store

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
    """The exchanges of one session in a store, found by id, recipient, endpoint and the like."""

    def __init__(self, store: Store, session: str) -> None:
        self._store = store
        self._session = session

    def number(self) -> Awaitable[int]:
        """The number of the exchange that begins now; the first is 1."""
        return self._store.increment(self._session, "exchanges")

    async def uses(self, name: str) -> int:
        """Count one use of something that works a limited number of times."""
        return await self._store.increment(self._session, f"uses:{name}")

    def append(self, exchange: Exchange) -> Awaitable[None]:
        """Keep an exchange and its messages."""
        session = self._session
        size = _OVERHEAD + len(exchange.call.body) + len(exchange.sent.body)
        record = partial(records.encode_request, exchange, session)
        labels = _request_labels(exchange.endpoint, exchange.outcome, exchange.sent.status)
        batch = [Entry(record, size, _request_tags(exchange), labels)]
        for message in exchange.messages:
            record = partial(records.encode_message, message, exchange, session)
            tags = (f"message:{message.id}", f"recipient:{message.recipient}")
            labels = _message_labels(exchange.endpoint, message.type, message.sender)
            batch.append(Entry(record, _OVERHEAD, tags, labels))
        return self._store.append(session, batch)

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
        if "type" in tagged:
            tagged["type"] = tagged["type"].lower()
        return await self._page("message", tagged, tests, after, limit)

    async def request(self, id: str) -> dict[str, Any] | None:
        """One request."""
        return await self._newest(f"request:{id}")

    async def message(self, id: str) -> dict[str, Any] | None:
        """One message; the newest, where a client reused an id."""
        return await self._newest(f"message:{id}")

    async def clear(self, counters: bool = False) -> None:
        """Forget all exchanges, and the counters if asked to."""
        await self._store.clear(self._session, counters)

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
        evicted = await self._store.evicted(self._session)
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


def _request_tags(exchange: Exchange) -> tuple[str, ...]:
    messages = exchange.messages
    if len(messages) == 1:
        recipient = messages[0].recipient
        return (f"request:{exchange.id}", f"recipient:{recipient}")
    recipients = {f"recipient:{message.recipient}" for message in messages}
    return (f"request:{exchange.id}", *recipients)


@lru_cache(maxsize=1024)
def _request_labels(endpoint: str | None, outcome: str, status: int) -> tuple[str, ...]:
    return ("request", f"endpoint:{endpoint}", f"outcome:{outcome}", f"status:{status}")


@lru_cache(maxsize=1024)
def _message_labels(endpoint: str | None, kind: str, sender: str | None) -> tuple[str, ...]:
    labels = ("message", f"endpoint:{endpoint}", f"type:{kind.lower()}")
    return labels if sender is None else (*labels, f"sender:{sender}")
