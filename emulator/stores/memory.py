"""A store in this process's memory."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterator, Sequence
from itertools import islice

from emulator.core.store import Entry

BYTES_LIMIT = 64 * 1024 * 1024
"""The most bytes of entries kept in one namespace, whatever the number of batches."""


class MemoryStore:
    """Keeps the newest `limit` batches of each namespace."""

    name = "memory"

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._logs: defaultdict[str, _Log] = defaultdict(_Log)
        self._counters: defaultdict[str, Counter[str]] = defaultdict(Counter)

    async def append(self, namespace: str, batch: Sequence[Entry]) -> None:
        """Keep a batch, newest."""
        log = self._logs[namespace]
        log.append(batch)
        while len(log.batches) > self._limit or (log.bytes > BYTES_LIMIT and len(log.batches) > 1):
            log.evict()

    async def read(
        self, namespace: str, tags: Sequence[str], after: int = 0, limit: int | None = None
    ) -> list[tuple[int, bytes]]:
        """Give sequence number and record of the entries that carry all tags, oldest first."""
        log = self._logs[namespace]
        found = islice(log.find(tags, after), limit)
        return [(number, log.entries[number].record()) for number in found]

    async def count(self, namespace: str, tags: Sequence[str]) -> int:
        """How many kept entries carry all tags."""
        log = self._logs[namespace]
        if len(tags) == 1:
            return len(log.numbers(tags[0]))
        return sum(1 for _ in log.find(tags, 0))

    async def evicted(self, namespace: str) -> int:
        """How many batches were forgotten since the namespace was last cleared."""
        return self._logs[namespace].evicted

    async def increment(self, namespace: str, counter: str) -> int:
        """Add one to a counter and give its new value."""
        counters = self._counters[namespace]
        counters[counter] += 1
        return counters[counter]

    async def clear(self, namespace: str, counters: bool = False) -> None:
        """Forget the namespace's entries, and its counters if asked to."""
        self._logs.pop(namespace, None)
        if counters:
            self._counters.pop(namespace, None)


class _Log:
    """One namespace: entries by number, and for each tag the numbers that carry it, ascending.

    Most tags (an id, a recipient) stand on one entry only: those keep the bare number, because an
    empty deque takes 600 bytes.
    """

    def __init__(self) -> None:
        self.entries: dict[int, Entry] = {}
        self.batches: deque[int] = deque()
        self.bytes = 0
        self.evicted = 0
        self._index: dict[str, int | deque[int]] = {}
        self._first = 0
        self._last = 0

    def append(self, batch: Sequence[Entry]) -> None:
        index = self._index
        for entry in batch:
            self._last = number = self._last + 1
            self.entries[number] = entry
            self.bytes += entry.size
            for tag in entry.tags:
                known = index.get(tag)
                if known is None:
                    index[tag] = number
                elif isinstance(known, deque):
                    known.append(number)
                else:
                    index[tag] = deque((known, number))
        self.batches.append(len(batch))

    def evict(self) -> None:
        self.evicted += 1
        for _ in range(self.batches.popleft()):
            self._first += 1
            entry = self.entries.pop(self._first)
            self.bytes -= entry.size
            for tag in entry.tags:
                known = self._index[tag]
                if isinstance(known, deque) and len(known) > 1:
                    known.popleft()
                else:
                    del self._index[tag]

    def numbers(self, tag: str) -> Collection[int]:
        known = self._index.get(tag, ())
        return (known,) if isinstance(known, int) else known

    def find(self, tags: Sequence[str], after: int) -> Iterator[int]:
        rarest = min(map(self.numbers, tags), key=len)
        wanted = set(tags)
        for number in rarest:
            if number > after and wanted.issubset(self.entries[number].tags):
                yield number
