"""A store in this process's memory."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import TypeAlias

from emulator.core.store import Batch, Deferred, Entry

BYTES_LIMIT = 64 * 1024 * 1024
"""The most bytes of entries kept in one namespace, whatever the number of batches."""

TOTAL_LIMIT = 8 * BYTES_LIMIT
"""The most bytes of entries kept in all namespaces; those idle longest lose their oldest first."""


class MemoryStore:
    """Keeps the newest `limit` batches of each namespace."""

    name = "memory"

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._bytes = 0
        self._logs: defaultdict[str, _Log] = defaultdict(_Log)
        self._counters: defaultdict[str, Counter[str]] = defaultdict(Counter)

    async def append(self, namespace: str, batch: Batch, *, minor: bool = False) -> None:
        """Keep a batch, newest; a minor one counts neither for the bound nor as forgotten."""
        logs = self._logs
        log = logs[namespace]
        if len(logs) > 1:
            # In the order of their last use.
            del logs[namespace]
            logs[namespace] = log
        size = log.append(batch, minor)
        while log.major > self._limit or (log.bytes > BYTES_LIMIT and log.major + log.minor > 1):
            size -= log.evict()
        self._bytes += size
        while self._bytes > TOTAL_LIMIT:
            self._bytes -= next(log for log in logs.values() if log.bytes).evict()

    async def read(
        self,
        namespace: str,
        tags: Sequence[str],
        labels: Sequence[str] = (),
        after: int = 0,
        limit: int | None = None,
    ) -> list[tuple[int, bytes]]:
        """Sequence number and record of the entries that carry all of these, oldest first."""
        found = islice(self._logs[namespace].find(tags, labels, after), limit)
        return [(number, entry.record()) for number, entry in found]

    async def newest(self, namespace: str, tag: str, label: str) -> Callable[[], bytes] | None:
        """What makes the record of the newest entry with that tag and label, as it was appended."""
        found = [entry for _, entry in self._logs[namespace].find([tag], [label], 0)]
        return found[-1].record if found else None

    async def count(self, namespace: str, tags: Sequence[str], labels: Sequence[str] = ()) -> int:
        """How many kept entries carry all of these."""
        log = self._logs[namespace]
        if tags:
            return sum(1 for _ in log.find(tags, labels, 0))
        log.look()
        wanted = set(labels)
        return sum(number for known, number in log.labelled.items() if wanted.issubset(known))

    async def last(self, namespace: str) -> int:
        """The newest sequence number that was given; 0 before the first."""
        return self._logs[namespace].next - 1

    async def evicted(self, namespace: str) -> int:
        """How many batches were forgotten since the namespace was last cleared."""
        return self._logs[namespace].evicted

    async def increment(self, namespace: str, counter: str) -> int:
        """Add one to a counter and give its new value."""
        counters = self._counters[namespace]
        counters[counter] += 1
        return counters[counter]

    async def drop(self, namespace: str) -> None:
        """Forget a namespace as if it had never been, its numbers too."""
        self._counters.pop(namespace, None)
        if (log := self._logs.pop(namespace, None)) is not None:
            self._bytes -= log.bytes

    async def clear(self, namespace: str, counters: bool = False) -> None:
        """Forget the namespace's entries, and its counters if asked to."""
        log = self._logs[namespace]
        self._bytes -= log.bytes
        self._logs[namespace] = _Log(log.next)
        if counters:
            self._counters.pop(namespace, None)


_Kept: TypeAlias = tuple[Batch, int, int, bool]
"""A batch, how many entries and bytes it has, and whether it is a minor one."""


class _Log:
    """One namespace: batches by the number of their first entry, and for each tag those numbers.

    A batch is looked at and indexed when somebody looks for the first time since it came; most are
    forgotten before that. Most tags (an id, a recipient) stand in one batch only: those keep the
    bare number, because an empty deque takes 600 bytes.
    """

    def __init__(self, first: int = 1) -> None:
        self.labelled: dict[tuple[str, ...], int] = {}
        self.bytes = 0
        self.evicted = 0
        self.major = 0
        self.minor = 0
        self.next = first
        self._first = first
        self._unseen = first
        self._kept: dict[int, _Kept] = {}
        self._entries: dict[int, Sequence[Entry]] = {}
        self._index: dict[str, int | deque[int]] = {}

    def append(self, batch: Batch, minor: bool) -> int:
        """Keep a batch and give its size."""
        if isinstance(batch, Deferred):
            _, length, size = batch
        else:
            length, size = len(batch), sum(entry.size for entry in batch)
        self._kept[self.next] = (batch, length, size, minor)
        self.next += length
        self.bytes += size
        if minor:
            self.minor += 1
        else:
            self.major += 1
        return size

    def look(self) -> None:
        """Index what came since somebody looked last."""
        number = self._unseen
        while number < self.next:
            batch, length, _, _ = self._kept[number]
            entries = batch.make() if isinstance(batch, Deferred) else batch
            self._entries[number] = entries
            self._add(number, entries)
            number += length
        self._unseen = number

    def evict(self) -> int:
        """Forget the oldest batch and give its size."""
        number = self._first
        _, length, size, minor = self._kept.pop(number)
        self._first += length
        self.bytes -= size
        if minor:
            self.minor -= 1
        else:
            self.major -= 1
            self.evicted += 1
        if number < self._unseen:
            self._remove(number, self._entries.pop(number))
        else:
            self._unseen = self._first
        return size

    def find(
        self, tags: Sequence[str], labels: Sequence[str], after: int
    ) -> Iterator[tuple[int, Entry]]:
        self.look()
        rarest = min(map(self._numbers, tags), key=len) if tags else self._since(after)
        wanted, marked = set(tags), set(labels)
        for first in rarest:
            for number, entry in enumerate(self._entries[first], first):
                if number > after and wanted.issubset(entry.tags) and marked.issubset(entry.labels):
                    yield number, entry

    def _add(self, number: int, entries: Sequence[Entry]) -> None:
        index = self._index
        for _, _, tags, labels in entries:
            self.labelled[labels] = self.labelled.get(labels, 0) + 1
            for tag in tags:
                known = index.setdefault(tag, number)
                if known is number:
                    continue
                if not isinstance(known, deque):
                    index[tag] = deque((known, number))
                elif known[-1] != number:
                    known.append(number)

    def _remove(self, number: int, entries: Sequence[Entry]) -> None:
        index = self._index
        for _, _, tags, labels in entries:
            self.labelled[labels] -= 1
            if not self.labelled[labels]:
                del self.labelled[labels]
            for tag in tags:
                known = index.get(tag)
                if known == number:
                    del index[tag]
                elif isinstance(known, deque) and known[0] == number:
                    known.popleft()
                    if not known:
                        del index[tag]

    def _since(self, after: int) -> Collection[int]:
        """The batches that hold what follows a number."""
        if after < self._first:
            return self._entries
        found: deque[int] = deque()
        for first in reversed(self._entries):
            found.appendleft(first)
            if first <= after + 1:
                break
        return found

    def _numbers(self, tag: str) -> Collection[int]:
        known = self._index.get(tag, ())
        return (known,) if isinstance(known, int) else known
