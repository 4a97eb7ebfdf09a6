"""`/__admin/messages`: what recipients got, filtered, page by page."""

from __future__ import annotations

import pytest

from tests.admin.conftest import Toys


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, ["Bea", "Cy", "Bea", "lost"]),
        ({"endpoint": "toy.letters"}, ["Bea", "Cy", "Bea", "lost"]),
        ({"endpoint": "toy.bell"}, []),
        ({"recipient": "Bea"}, ["Bea", "Bea"]),
        ({"recipient": "bea"}, []),
        ({"sender": "south"}, ["Cy", "Bea"]),
        ({"type": "LETTER"}, ["Bea", "Cy", "Bea", "lost"]),
        ({"type": "letter"}, ["Bea", "Cy", "Bea", "lost"]),
        ({"type": "PARCEL"}, []),
        ({"text": "morning"}, ["Cy", "Bea", "lost"]),
        ({"text": "nothing like it"}, []),
        ({"status": "LOST"}, ["lost"]),
        ({"status": "SENT"}, ["Bea", "Cy", "Bea"]),
        ({"sender": "south", "recipient": "Bea", "text": "Good"}, ["Bea"]),
    ],
)
def test_messages_are_filtered(lively: Toys, query: dict[str, str], expected: list[str]) -> None:
    found = lively.told("messages", **query)

    assert [record["recipient"] for record in found["messages"]] == expected
    assert {name: found[name] for name in ("total", "evicted", "next")} == {
        "total": len(expected),
        "evicted": 0,
        "next": None,
    }


def test_a_message_is_found_under_the_id_that_was_answered(toys: Toys) -> None:
    response = toys.post("Bea")
    id = response.json()["letters"][0]["id"]

    record = toys.told(f"messages/{id}")

    assert (record["id"], record["request"], record["recipient"], record["text"]) == (
        id,
        response.headers["emulator-request"],
        "Bea",
        "Hello",
    )
    assert toys.told("messages")["messages"] == [record]


@pytest.mark.parametrize("filtered", [{}, {"recipient": "Bea"}, {"text": "Hello"}])
def test_page_after_page_shows_every_message_exactly_once(
    toys: Toys, filtered: dict[str, str]
) -> None:
    sent = [
        letter["id"]
        for size in (1, 3, 2)
        for letter in toys.post(*["Bea"] * size).json()["letters"]
    ]

    pages, query = [], {**filtered, "limit": "2"}
    while True:
        page = toys.told("messages", **query)
        pages.append([record["id"] for record in page["messages"]])
        if page["next"] is None:
            break
        query["after"] = page["next"]

    assert pages == [sent[:2], sent[2:4], sent[4:]]


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"recipent": "x"}, 'no parameter "recipent"; did you mean "recipient"?'),
        (
            {"outcome": "accepted"},
            'no parameter "outcome"; known: after, count, endpoint, limit, recipient, sender,'
            " status, text, type, wait",
        ),
        ({"status": "SNT"}, 'no status "SNT"; did you mean "SENT"?'),
        ({"status": "200"}, 'no status "200"; known: LOST, SENT'),
        ({"endpoint": "toy.bel"}, 'no endpoint "toy.bel"; did you mean "toy.bell"?'),
        ({"limit": "many"}, 'parameter "limit" takes a whole number from 1 to 10000, not "many"'),
        (
            {"after": "nothing"},
            'no message "nothing" is kept; use an id, or "next" of another page',
        ),
    ],
)
def test_a_query_that_makes_no_sense_is_a_problem_that_says_what_would(
    lively: Toys, query: dict[str, str], detail: str
) -> None:
    assert lively.problem("messages", **query) == (400, "parameter", detail)


def test_an_id_that_is_not_kept_is_a_problem(toys: Toys) -> None:
    assert toys.problem("messages/a/b") == (
        404,
        "message",
        'no message "a/b" is kept; GET /__admin/messages lists them',
    )
