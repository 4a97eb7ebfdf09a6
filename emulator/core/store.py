"""What a store of bytes has to offer; journals give the bytes their meaning."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol, TypeAlias


class Entry(NamedTuple):
    """A record, the tags by which it is found, and labels that a look-up can ask for besides.

    Tags are indexed, labels are compared. `record` makes the bytes: a store that keeps them
    elsewhere calls it at once, one in memory when somebody asks. `size` is about how many bytes of
    memory the entry holds until then.
    """

    record: Callable[[], bytes]
    size: int
    tags: tuple[str, ...]
    labels: tuple[str, ...] = ()


class Deferred(NamedTuple):
    """A batch of `length` entries that are made when somebody looks, and hold `size` bytes."""

    make: Callable[[], Sequence[Entry]]
    length: int
    size: int


Batch: TypeAlias = Sequence[Entry] | Deferred


class Store(Protocol):
    """Keeps batches of entries per namespace, oldest first, and forgets the oldest beyond a bound.

    A batch is kept and forgotten as a whole. Sequence numbers grow by one an entry and start at 1;
    none is given twice, so that who reads on after a number misses nothing.
    """

    name: str

    async def append(self, namespace: str, batch: Batch, *, minor: bool = False) -> None:
        """Keep a batch, newest; a minor one counts neither for the bound nor as forgotten."""
        ...

    async def read(
        self,
        namespace: str,
        tags: Sequence[str],
        labels: Sequence[str] = (),
        after: int = 0,
        limit: int | None = None,
    ) -> list[tuple[int, bytes]]:
        """Sequence number and record of the entries that carry all of these, oldest first."""
        ...

    async def newest(self, namespace: str, tag: str, label: str) -> Callable[[], bytes] | None:
        """What makes the record of the newest entry with that tag and label, as it was appended."""
        ...

    async def count(self, namespace: str, tags: Sequence[str], labels: Sequence[str] = ()) -> int:
        """How many kept entries carry all of these."""
        ...

    async def last(self, namespace: str) -> int:
        """The newest sequence number that was given; 0 before the first."""
        ...

    async def evicted(self, namespace: str) -> int:
        """How many batches were forgotten since the namespace was last cleared."""
        ...

    async def increment(self, namespace: str, counter: str) -> int:
        """Add one to a counter, atomically, and give its new value; the first is 1."""
        ...

    async def drop(self, namespace: str) -> None:
        """Forget a namespace as if it had never been, its numbers too."""
        ...

    async def clear(self, namespace: str, counters: bool = False) -> None:
        """Forget the namespace's entries, and its counters if asked to."""
        ...
