"""What happened: found by its properties, page by page, the newest where ids repeat."""

from __future__ import annotations

from itertools import count
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.errors import EmulatorError
from emulator.core.exchange import Exchange
from emulator.core.journal import Page
from emulator.core.session import Session
from tests.core.toy import BELL, LETTERS, answered, call, run, session


def post(within: Session, *recipients: str, box: str = "north", **members: Any) -> Exchange:
    body = orjson.dumps({"to": recipients, "text": "Hello", **members})
    return answered(call(body=body, path_params={"box": box}), within)


def with_ids(*ids: str) -> Any:
    """An endpoint whose clients choose the ids of its messages."""
    chosen = iter(ids)

    def messages(arrival: Any) -> Any:
        return [message._replace(id=next(chosen)) for message in LETTERS.messages(arrival)]

    return LETTERS._replace(messages=messages)


@pytest.fixture
def lively() -> Session:
    """A session in which this and that happened."""
    within = session()
    post(within, "Bea")
    post(within, "Cy", "Bea", box="south", text="Good morning")
    post(within, "", text="refused")
    post(within, "lost", text="morning again")
    post(within, "grumpy")
    answered(call(method="PUT", body=b"{}"), within, endpoint=BELL)
    return within


def numbers(page: Page) -> list[str]:
    """The numbers that the records' ids begin with."""
    return [record["id"].partition("-")[0] for record in page.records]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, "1 2 3 4 5 6"),
        ({"endpoint": "toy.letters"}, "1 2 3 4 5"),
        ({"endpoint": "toy.bell"}, "6"),
        ({"outcome": "accepted"}, "1 2 4 6"),
        ({"outcome": "refused"}, "3 5"),
        ({"outcome": "broken"}, ""),
        ({"status": "200"}, "1 2 4 6"),
        ({"status": "400"}, "3 5"),
        ({"recipient": "Bea"}, "1 2"),
        ({"recipient": "Cy"}, "2"),
        ({"recipient": "nobody"}, ""),
        ({"recipient": "Bea", "status": "200", "endpoint": "toy.letters"}, "1 2"),
        ({"recipient": "Bea", "outcome": "refused"}, ""),
    ],
)
def test_requests_are_found_by_their_properties(
    lively: Session, filters: dict[str, str], expected: str
) -> None:
    page = run(lively.journal.requests(filters))

    assert (numbers(page), page.total) == (expected.split(), len(expected.split()))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["Bea", "Cy", "Bea", "lost"]),
        ({"endpoint": "toy.letters"}, ["Bea", "Cy", "Bea", "lost"]),
        ({"endpoint": "toy.bell"}, []),
        ({"recipient": "Bea"}, ["Bea", "Bea"]),
        ({"sender": "south"}, ["Cy", "Bea"]),
        ({"sender": "south", "recipient": "Bea"}, ["Bea"]),
        ({"type": "letter"}, ["Bea", "Cy", "Bea", "lost"]),
        ({"type": "LETTER", "recipient": "Cy"}, ["Cy"]),
        ({"type": "parcel"}, []),
        ({"text": "morning"}, ["Cy", "Bea", "lost"]),
        ({"text": "Morning"}, []),
        ({"text": "morning", "sender": "north"}, ["lost"]),
        ({"status": "LOST"}, ["lost"]),
        ({"status": "SENT", "text": "Hello"}, ["Bea"]),
    ],
)
def test_messages_are_found_by_their_properties(
    lively: Session, filters: dict[str, str], expected: list[str]
) -> None:
    page = run(lively.journal.messages(filters))

    assert ([record["recipient"] for record in page.records], page.total) == (
        expected,
        len(expected),
    )


@given(
    bulks=st.lists(st.integers(1, 4), max_size=8),
    limit=st.integers(1, 5),
    filters=st.sampled_from([{}, {"recipient": "Bea"}, {"text": "Hello"}, {"status": "SENT"}]),
)
def test_page_after_page_shows_every_message_exactly_once(
    bulks: list[int], limit: int, filters: dict[str, str]
) -> None:
    within = session()
    sent = [m.id for size in bulks for m in post(within, *["Bea"] * size).messages]

    seen: list[str] = []
    totals = set()
    after: str | None = None
    for turn in count():
        page = run(within.journal.messages(filters, after, limit))
        seen += [record["id"] for record in page.records]
        totals.add(page.total)
        after = page.next
        if after is None:
            break
        assert len(page.records) == limit
        assert turn < 100

    assert seen == sent
    assert totals == {len(sent)}


def test_a_page_goes_on_after_an_id_too() -> None:
    within = session()
    ids = [post(within, f"n{n}").id for n in range(5)]

    page = run(within.journal.requests({}, after=ids[2]))

    assert ([record["id"] for record in page.records], page.total, page.next) == (ids[3:], 5, None)


def test_what_comes_later_follows_the_last_page() -> None:
    within = session()
    for n in range(3):
        post(within, f"n{n}")

    page = run(within.journal.requests({}, limit=2))
    post(within, "later")
    rest = run(within.journal.requests({}, after=page.next))

    assert (numbers(page), numbers(rest)) == (["1", "2"], ["3", "4"])


@pytest.mark.parametrize("after", ["nothing", "@", "@x", "@-1", "@\u00b2", "@" + "9" * 5000])
def test_a_place_that_is_none_is_told_or_is_past_everything(lively: Session, after: str) -> None:
    try:
        page = run(lively.journal.requests({}, after=after))
    except EmulatorError as error:
        assert 'use an id, or "next" of another page' in str(error)  # noqa: PT017 - one of two ends
    else:
        assert page.records == []


def test_a_reused_id_gives_the_newest_message() -> None:
    within = session()
    reusing = with_ids("mine", "other", "mine")

    for recipient in ("Bea", "Cy", "Dee"):
        body = orjson.dumps({"to": [recipient], "text": "Hello"})
        answered(call(body=body), within, endpoint=reusing)

    newest = run(within.journal.message("mine"))
    everything = run(within.journal.messages({}))
    assert newest is not None
    assert newest["recipient"] == "Dee"
    assert [record["id"] for record in everything.records] == ["mine", "other", "mine"]


def test_what_is_not_kept_is_not_found() -> None:
    within = session()

    assert run(within.journal.request("1-x")) is None
    assert run(within.journal.message("x")) is None


def test_the_oldest_are_evicted_with_their_messages_and_counted() -> None:
    within = session(limit=3)
    first = post(within, "Bea", "Cy")
    for n in range(4):
        post(within, f"n{n}")

    requests, messages = run(within.journal.requests({})), run(within.journal.messages({}))

    assert (numbers(requests), requests.total, requests.evicted) == (["3", "4", "5"], 3, 2)
    assert ([m["recipient"] for m in messages.records], messages.total, messages.evicted) == (
        ["n1", "n2", "n3"],
        3,
        2,
    )
    assert run(within.journal.request(first.id)) is None
    assert run(within.journal.message(first.messages[1].id)) is None


def test_clearing_forgets_all_and_goes_on_counting() -> None:
    within = session(limit=1)
    ids = [post(within, "Bea").id, post(within, "Bea").id]

    run(within.journal.clear())

    assert run(within.journal.requests({})) == Page([], 0, 0, None)
    assert run(within.journal.request(ids[1])) is None
    assert post(within, "Bea").id.startswith("3-")


def test_a_reset_begins_again_with_the_same_ids() -> None:
    within = session()
    before = [post(within, "Bea").sent.body for _ in range(3)]

    run(within.reset())

    assert run(within.journal.requests({})) == Page([], 0, 0, None)
    assert [post(within, "Bea").sent.body for _ in range(3)] == before


def test_a_filter_takes_its_value_literally() -> None:
    within = session()
    post(within, "Bea:1")
    post(within, "*")

    assert [
        run(within.journal.messages({"recipient": recipient})).total
        for recipient in ("Bea", "Bea:1", "*", "")
    ] == [0, 1, 1, 0]


def test_a_message_without_a_sender_is_nobodys() -> None:
    within = session()

    def messages(arrival: Any) -> Any:
        return [message._replace(sender=None) for message in LETTERS.messages(arrival)]

    answered(call(), within, endpoint=LETTERS._replace(messages=messages))

    assert run(within.journal.messages({"sender": "None"})).total == 0
    assert run(within.journal.messages({})).total == 1
