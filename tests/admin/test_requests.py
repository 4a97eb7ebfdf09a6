"""`/__admin/requests`: what was called, filtered, page by page."""

from __future__ import annotations

import pytest

from tests.admin.conftest import Toys
from tests.asgi.toy_app import client_of, toy_app


def numbers(toys: Toys, **query: str) -> str:
    """The numbers of the requests that are found."""
    found = toys.told("requests", **query)
    ids = [record["id"].partition("-")[0] for record in found["requests"]]
    assert found["total"] == len(ids)
    return " ".join(ids)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, "1 2 3 4 5 6 7"),
        ({"endpoint": "toy.letters"}, "1 2 3 4"),
        ({"endpoint": "toy.bell"}, "6"),
        ({"outcome": "accepted"}, "1 2 4 6"),
        ({"outcome": "refused"}, "3"),
        ({"outcome": "unmatched"}, "5 7"),
        ({"outcome": "answered"}, ""),
        ({"outcome": "broken"}, ""),
        ({"recipient": "Bea"}, "1 2"),
        ({"recipient": "lost"}, "4"),
        ({"recipient": "nobody"}, ""),
        ({"status": "200"}, "1 2 4 6"),
        ({"status": "400"}, "3"),
        ({"status": "404"}, "5 7"),
        ({"status": "500"}, ""),
        ({"recipient": "Bea", "status": "200", "outcome": "accepted"}, "1 2"),
        ({"recipient": "Bea", "status": "404"}, ""),
    ],
)
def test_requests_are_filtered(lively: Toys, query: dict[str, str], expected: str) -> None:
    assert numbers(lively, **query) == expected


def test_an_answer_names_the_request_that_is_found_under_that_id(toys: Toys) -> None:
    response = toys.post("Bea")

    record = toys.told(f"requests/{response.headers['emulator-request']}")

    assert toys.told("requests")["requests"] == [record]
    assert (record["endpoint"], record["outcome"], record["response"]["body"]) == (
        "toy.letters",
        "accepted",
        response.text,
    )
    assert set(record) == {
        *("id", "session", "received_at", "duration_ms", "provider", "endpoint"),
        *("method", "path", "query", "headers", "body"),
        *("outcome", "rejection", "warnings", "rule", "fault", "delay_ms"),
        *("readings", "response", "recipients", "messages"),
    }


def test_an_unmatched_request_has_its_near_misses(lively: Toys) -> None:
    in_territory, nowhere = lively.told("requests", outcome="unmatched")["requests"]

    assert (in_territory["provider"], nowhere["provider"]) == ("toy", None)
    assert in_territory["near_misses"] == [
        {
            "endpoint": "toy.letters",
            "method": "POST",
            "path": "/toy/{box}/letters",
            "difference": "2 path segments, 3 expected",
        },
        {
            "endpoint": "toy.bell",
            "method": "PUT",
            "path": "/toy/bell",
            "difference": '"nothing" stands where "bell" is expected',
        },
    ]
    assert [miss["endpoint"] for miss in nowhere["near_misses"]] == ["toy.letters", "toy.bell"]


def test_page_after_page_shows_every_request_exactly_once(toys: Toys) -> None:
    ids = [toys.post("Bea").headers["emulator-request"] for _ in range(7)]

    pages, query = [], {"limit": "3"}
    while True:
        page = toys.told("requests", **query)
        pages.append([record["id"] for record in page["requests"]])
        if page["next"] is None:
            break
        query["after"] = page["next"]

    assert pages == [ids[:3], ids[3:6], ids[6:]]
    assert page["total"] == 7


def test_a_page_may_begin_after_an_id(toys: Toys) -> None:
    ids = [toys.post("Bea").headers["emulator-request"] for _ in range(4)]

    found = toys.told("requests", after=ids[1])

    assert ([record["id"] for record in found["requests"]], found["total"]) == (ids[2:], 4)


def test_what_was_evicted_is_counted() -> None:
    with client_of(toy_app(journal_limit=2)) as client:
        toys = Toys(client)
        first = toys.post("Bea").headers["emulator-request"]
        for _ in range(4):
            toys.post("Bea")

        found = toys.told("requests")

        assert (len(found["requests"]), found["total"], found["evicted"]) == (2, 2, 3)
        assert toys.problem(f"requests/{first}")[:2] == (404, "request")


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"outcom": "x"}, 'no parameter "outcom"; did you mean "outcome"?'),
        (
            {"colour": "x"},
            'no parameter "colour"; known: after, count, endpoint, limit, outcome, recipient,'
            " status, wait",
        ),
        ({"outcome": "acepted"}, 'no outcome "acepted"; did you mean "accepted"?'),
        (
            {"outcome": "x"},
            'no outcome "x"; known: accepted, answered, broken, refused, unmatched',
        ),
        ({"endpoint": "toy.leters"}, 'no endpoint "toy.leters"; did you mean "toy.letters"?'),
        (
            {"status": "ok"},
            'parameter "status" takes a whole number from 100 to 599, not "ok"',
        ),
        (
            {"status": "600"},
            'parameter "status" takes a whole number from 100 to 599, not "600"',
        ),
        (
            {"limit": "0"},
            'parameter "limit" takes a whole number from 1 to 10000, not "0"',
        ),
        (
            {"limit": "10001"},
            'parameter "limit" takes a whole number from 1 to 10000, not "10001"',
        ),
        (
            {"limit": "-1"},
            'parameter "limit" takes a whole number from 1 to 10000, not "-1"',
        ),
        (
            {"limit": "²"},
            'parameter "limit" takes a whole number from 1 to 10000, not "²"',
        ),
        ({"recipient": ""}, 'parameter "recipient" is empty; leave it out'),
        (
            {"after": "nothing"},
            'no request "nothing" is kept; use an id, or "next" of another page',
        ),
        (
            {"after": "@²"},
            'no request "@²" is kept; use an id, or "next" of another page',
        ),
    ],
)
def test_a_query_that_makes_no_sense_is_a_problem_that_says_what_would(
    lively: Toys, query: dict[str, str], detail: str
) -> None:
    assert lively.problem("requests", **query) == (400, "parameter", detail)


@pytest.mark.parametrize(
    "query",
    [
        {"limit": "0" * 20 + "20000"},
        {"limit": "0" * 19 + "1" + "0" * 5},
        {"limit": "9" * 5000},
        {"status": "0200"},
        {"status": "9" * 5000},
    ],
    ids=["zeros", "more zeros", "nines", "padded status", "nines for a status"],
)
def test_a_number_is_checked_to_its_last_digit(lively: Toys, query: dict[str, str]) -> None:
    assert lively.problem("requests", **query)[:2] == (400, "parameter")


def test_a_place_that_cannot_be_is_no_bug(lively: Toys) -> None:
    assert lively.ask("requests", after="@" + "9" * 5000).status_code in (200, 400)


def test_a_repeated_parameter_is_a_problem(toys: Toys) -> None:
    response = toys.client.get("/__admin/requests?status=200&status=404")

    assert (response.status_code, response.json()["detail"]) == (
        400,
        'parameter "status" stands more than once',
    )


def test_an_id_that_is_not_kept_is_a_problem(toys: Toys) -> None:
    assert toys.problem("requests/7-x") == (
        404,
        "request",
        'no request "7-x" is kept; GET /__admin/requests lists them',
    )
