"""One suite for every store: batches of bytes in order, found by tags, the oldest forgotten."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Coroutine
from types import FrameType
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.store import Entry, Store
from emulator.stores import memory
from emulator.stores.memory import MemoryStore

T = TypeVar("T")

BACKENDS: dict[str, Callable[[int], Store]] = {"memory": MemoryStore}


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> Callable[[int], Store]:
    """Opens a store that keeps so many batches."""
    found: Callable[[int], Store] = BACKENDS[request.param]
    return found


@pytest.fixture
def store(backend: Callable[[int], Store]) -> Store:
    return backend(1000)


def entry(record: str, *tags: str, size: int = 1, labels: tuple[str, ...] = ()) -> Entry:
    return Entry(lambda: record.encode(), size, tags, labels)


def run(awaited: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(awaited)


def append(store: Store, *batch: Entry, to: str = "s") -> None:
    run(store.append(to, batch))


def read(store: Store, *tags: str, after: int = 0, limit: int | None = None) -> list[str]:
    """What is found, as `number:record`."""
    found = run(store.read("s", tags, after=after, limit=limit))
    return [f"{number}:{record.decode()}" for number, record in found]


def test_entries_are_read_in_order_by_a_tag(store: Store) -> None:
    append(store, entry("a", "x", "y"), entry("b", "y"))
    append(store, entry("c", "x"))

    assert [read(store, tag) for tag in ("x", "y", "z")] == [["1:a", "3:c"], ["1:a", "2:b"], []]


def test_entries_are_read_by_several_tags_at_once(store: Store) -> None:
    append(store, entry("a", "x", "y"), entry("b", "x"), entry("c", "y", "x", "z"))

    assert read(store, "x", "y") == ["1:a", "3:c"]
    assert read(store, "y", "x", "z") == ["3:c"]
    assert read(store, "x", "nothing") == []


def test_reading_goes_on_after_a_number_up_to_a_limit(store: Store) -> None:
    append(store, *[entry(f"{n}", "x", "even" if n % 2 == 0 else "odd") for n in range(1, 10)])

    assert read(store, "x", after=3, limit=2) == ["4:4", "5:5"]
    assert read(store, "even", after=3, limit=2) == ["4:4", "6:6"]
    assert read(store, "x", "odd", after=4) == ["5:5", "7:7", "9:9"]
    assert read(store, "x", after=9) == []
    assert read(store, "x", limit=0) == []


def test_counting_is_by_the_same_tags(store: Store) -> None:
    append(store, entry("a", "x", "y"), entry("b", "x"))

    counts = [run(store.count("s", tags)) for tags in (["x"], ["y"], ["x", "y"], ["z"], ["x", "z"])]

    assert counts == [2, 1, 1, 0, 0]


def test_an_empty_store_has_nothing(store: Store) -> None:
    assert (read(store, "x"), run(store.count("s", ["x"])), run(store.evicted("s"))) == ([], 0, 0)


def test_namespaces_are_apart(store: Store) -> None:
    append(store, entry("a", "x"))
    append(store, entry("b", "x"), to="other")
    run(store.increment("s", "n"))

    run(store.clear("other", counters=True))

    assert (read(store, "x"), run(store.increment("s", "n"))) == (["1:a"], 2)
    assert run(store.read("other", ["x"])) == []


def test_the_oldest_batches_are_evicted_whole_and_counted(
    backend: Callable[[int], Store],
) -> None:
    store = backend(2)
    append(store, entry("a", "x"), entry("b", "x", "y"))
    append(store, entry("c", "x"))
    append(store, entry("d", "x"), entry("e", "y"))
    append(store, entry("f", "x"))

    assert (read(store, "x"), read(store, "y")) == (["4:d", "6:f"], ["5:e"])
    assert run(store.count("s", ["x"])) == 2
    assert run(store.evicted("s")) == 2


def test_numbers_go_on_after_everything_was_evicted(backend: Callable[[int], Store]) -> None:
    store = backend(1)
    append(store, entry("a", "x"))
    append(store, entry("b", "y"))

    assert (read(store, "x"), read(store, "y"), read(store, "y", after=1)) == ([], ["2:b"], ["2:b"])


def test_clearing_forgets_entries_and_keeps_counters_unless_asked_to(store: Store) -> None:
    append(store, entry("a", "x"))
    run(store.increment("s", "n"))

    run(store.clear("s"))
    after_clear = run(store.increment("s", "n"))
    run(store.clear("s", counters=True))

    assert (read(store, "x"), run(store.count("s", ["x"])), run(store.evicted("s"))) == ([], 0, 0)
    assert (after_clear, run(store.increment("s", "n"))) == (2, 1)


def test_each_counter_counts_from_one(store: Store) -> None:
    assert [run(store.increment("s", name)) for name in ("a", "a", "b", "a")] == [1, 2, 1, 3]


def test_a_counter_misses_nobody_who_counts_at_the_same_time(store: Store) -> None:
    async def together() -> list[int]:
        return await asyncio.gather(*[store.increment("s", "n") for _ in range(50)])

    assert sorted(run(together())) == list(range(1, 51))


@given(
    batches=st.lists(st.lists(st.sets(st.sampled_from("xyz")), min_size=1, max_size=3), max_size=9),
    limit=st.integers(1, 4),
    tags=st.sets(st.sampled_from("xyz"), min_size=1),
    after=st.integers(0, 12),
)
@pytest.mark.parametrize("backend", BACKENDS.values(), ids=BACKENDS)
def test_what_is_found_is_what_a_plain_list_would_give(
    backend: Callable[[int], Store],
    batches: list[list[set[str]]],
    limit: int,
    tags: set[str],
    after: int,
) -> None:
    store = backend(limit)
    plain: list[list[tuple[int, set[str]]]] = []
    number = 0
    for batch in batches:
        append(store, *[entry("r", *sorted(carried)) for carried in batch])
        plain.append([(number + n, carried) for n, carried in enumerate(batch, start=1)])
        number += len(batch)

    kept = [pair for batch in plain[-limit:] for pair in batch if tags <= pair[1]]

    assert read(store, *tags, after=after) == [f"{n}:r" for n, _ in kept if n > after]
    assert run(store.count("s", sorted(tags))) == len(kept)
    assert run(store.evicted("s")) == max(0, len(batches) - limit)


def steps(call: Coroutine[Any, Any, object]) -> int:
    """How many lines of the store's own code a call runs through."""
    taken = 0

    def trace(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal taken
        if "stores" not in frame.f_code.co_filename:
            return None
        taken += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        run(call)
    finally:
        sys.settrace(before)
    return taken


def filled(backend: Callable[[int], Store], size: int) -> Store:
    """A store where one entry in the middle is Bea's and all the others are not."""
    store = backend(size)

    async def fill() -> None:
        for n in range(size):
            to = "to:Bea" if n == size // 2 else f"to:{n % 1000}"
            await store.append("s", [entry(f"{n}", f"id:{n}", to, labels=("message",))])

    run(fill())
    # Who looks first finds an index to be made; this is about those who come later.
    run(store.count("s", []))
    return store


def test_looking_one_up_takes_no_more_steps_in_a_large_store(
    backend: Callable[[int], Store],
) -> None:
    def cost(store: Store) -> list[int]:
        return [
            steps(store.read("s", ["to:Bea"])),
            steps(store.read("s", ["to:Bea"], ["message"])),
            steps(store.count("s", ["to:Bea"])),
            steps(store.count("s", [], ["message"])),
            steps(store.read("s", [], ["message"], limit=10)),
            steps(store.append("s", [entry("new", "to:Cy", labels=("message",))])),
        ]

    small, large = cost(filled(backend, 100)), cost(filled(backend, 100_000))

    assert min(small) > 0
    # A thousand times as much takes a few steps more or less, not a thousand times as many.
    assert [more - few for few, more in zip(small, large, strict=True) if more > few + 10] == []


def test_labels_narrow_a_look_up(store: Store) -> None:
    append(store, entry("a", "x", labels=("red",)), entry("b", "x", labels=("red", "big")))
    append(store, entry("c", "y", labels=("big",)))

    found = run(store.read("s", ["x"], ["big"]))
    all_big = run(store.read("s", [], ["big"]))
    counts = [run(store.count("s", *asked)) for asked in (([], ["big"]), (["x"], ["red"]))]

    assert [record for _, record in found] == [b"b"]
    assert [record for _, record in all_big] == [b"b", b"c"]
    assert counts == [2, 2]


def test_only_what_is_read_is_made_into_bytes(store: Store) -> None:
    made: list[str] = []

    def lazily(record: str, *tags: str) -> Entry:
        def make() -> bytes:
            made.append(record)
            return record.encode()

        return Entry(make, 1, tags)

    append(store, lazily("a", "x"), lazily("b", "x"), lazily("c", "y"))
    at_append = len(made)
    made.clear()
    read(store, "x", after=1)

    # A store on a disk makes the bytes at once, one in memory when they are read.
    assert (at_append, made) in ((0, ["b"]), (3, []))


def tags_of(store: Store) -> set[str]:
    assert isinstance(store, MemoryStore)
    return set(store._logs["s"]._index)


def test_memory_keeps_no_tag_of_what_was_evicted() -> None:
    store = MemoryStore(3)

    for n in range(50):
        append(store, entry("r", "all", f"id:{n}", "even" if n % 2 == 0 else "odd", f"d:{n // 10}"))
        read(store, "all")

    assert tags_of(store) == {"all", "id:47", "id:48", "id:49", "even", "odd", "d:4"}


def test_memory_keeps_no_label_of_what_was_evicted() -> None:
    store = MemoryStore(3)

    for n in range(50):
        append(store, entry("r", labels=("message", f"sender:{n}")))
        run(store.count("s", []))

    assert set(store._logs["s"].labelled) == {("message", f"sender:{n}") for n in (47, 48, 49)}
    assert run(store.count("s", [], ["message"])) == 3


def test_the_last_number_is_that_of_the_newest_entry(store: Store) -> None:
    lasts = [run(store.last("s"))]
    append(store, entry("a", "x"), entry("b", "x"))
    append(store, entry("c"), to="other")
    lasts.append(run(store.last("s")))
    run(store.clear("s", counters=True))
    lasts.append(run(store.last("s")))
    append(store, entry("d"))

    assert [*lasts, run(store.last("s")), run(store.last("other"))] == [0, 2, 2, 3, 1]


def test_the_last_number_stays_when_its_entry_was_evicted(backend: Callable[[int], Store]) -> None:
    store = backend(1)

    append(store, entry("a"), entry("b"))
    append(store, entry("c"))

    assert (run(store.last("s")), read(store)) == (3, ["3:c"])


@pytest.mark.parametrize("after", range(8))
def test_reading_without_tags_goes_on_after_any_number(
    backend: Callable[[int], Store], after: int
) -> None:
    store = backend(3)
    for batch in ("a", "bc", "def", "g"):
        append(store, *[entry(record) for record in batch])

    assert read(store, after=after) == [
        pair for n, pair in enumerate(("2:b", "3:c", "4:d", "5:e", "6:f", "7:g"), 2) if n > after
    ]
    assert read(store, after=after, limit=2) == read(store, after=after)[:2]


def test_reading_on_takes_no_more_steps_in_a_large_store(backend: Callable[[int], Store]) -> None:
    def cost(size: int) -> int:
        return steps(filled(backend, size).read("s", [], ["message"], after=size - 2))

    assert 0 < cost(10_000) <= cost(100) + 10


def test_memory_is_bounded_over_all_namespaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "TOTAL_LIMIT", 1000)
    store = MemoryStore(100)

    for name in ("idle", "s", "busy", "s"):
        for n in range(2):
            append(store, entry(f"{name}{n}", "x", size=150), to=name)

    def kept(name: str) -> tuple[int, int]:
        return run(store.count(name, ["x"])), run(store.evicted(name))

    # The one that was used longest ago loses its oldest first.
    assert [kept(name) for name in ("idle", "busy", "s")] == [(0, 2), (2, 0), (4, 0)]


def test_memory_counts_what_was_cleared_as_free_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "TOTAL_LIMIT", 1000)
    store = MemoryStore(100)

    for _ in range(5):
        append(store, entry("large", "x", size=900))
        run(store.clear("s"))
    append(store, entry("a", "x", size=500), to="other")
    append(store, entry("b", "x", size=500))

    assert run(store.count("other", ["x"])) + run(store.count("s", ["x"])) == 2


def test_memory_is_bounded_in_bytes_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "BYTES_LIMIT", 1000)
    store = MemoryStore(100)

    for n in range(10):
        append(store, entry(f"{n}", "x", size=200), entry(f"{n}+", "x", size=100))

    assert read(store, "x") == ["15:7", "16:7+", "17:8", "18:8+", "19:9", "20:9+"]
    assert run(store.evicted("s")) == 7


def test_the_newest_batch_is_kept_however_large_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "BYTES_LIMIT", 1000)
    store = MemoryStore(100)

    append(store, entry("small", "x"))
    append(store, entry("large", "x", size=5000))

    assert (read(store, "x"), run(store.evicted("s"))) == (["2:large"], 1)


def test_numbers_go_on_after_a_namespace_was_cleared(store: Store) -> None:
    append(store, entry("a", "x"), entry("b", "x"))

    run(store.clear("s", counters=True))
    append(store, entry("c", "x"))

    assert (read(store, "x"), read(store, "x", after=2)) == (["3:c"], ["3:c"])


def test_a_namespace_that_was_dropped_leaves_nothing_behind(store: Store) -> None:
    append(store, entry("a", "x"))
    run(store.increment("s", "calls"))

    run(store.drop("s"))

    assert (read(store, "x"), run(store.last("s")), run(store.increment("s", "calls"))) == (
        [],
        0,
        1,
    )
    append(store, entry("b", "x"))
    assert read(store, "x") == ["1:b"]
