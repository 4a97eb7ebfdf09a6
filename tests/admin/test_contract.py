"""`/__admin/contract`: the rules, one rule with its examples, and how much of them was tried."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import orjson
import pytest

from emulator import Settings, create_app, resources
from emulator.core.provider import Specimens
from tests.admin.conftest import Toys
from tests.asgi.toy_app import RIGHT, client_of, toy_app
from tests.core.toy import PROVIDER

SHOUTING = {
    "expected": "a quiet text",
    "severity": "warn",
    "fidelity": "invented",
    "source": {"because": "it is rude"},
    "because": "it is rude",
    "example": {"passing": {"path": "/a"}, "failing": {"path": "/b"}},
}
PROTOCOL = {**{n: {**SHOUTING, "severity": "refuse"} for n in ("path", "credentials")}}
SPECIMENS = Specimens([{"to": ["Bea"], "text": "Hello"}], {"box": "north"})
TOY = PROVIDER._replace(
    protocol={**PROTOCOL, "shouting": SHOUTING}, specimens=lambda endpoint: SPECIMENS
)
MEMBERS = [
    *("code", "provider", "endpoint", "place", "pointer", "keyword", "limit", "unit"),
    *("severity", "fidelity", "expected", "source"),
]


@pytest.fixture
def ruled() -> Any:
    """An emulator whose provider has three protocol rules and a specimen."""
    with client_of(toy_app(TOY)) as client:
        yield Toys(client)


def codes(toys: Toys, **query: str) -> list[str]:
    return [rule["code"].partition(".")[2] for rule in toys.told("contract", **query)["contract"]]


def counted(toys: Toys, code: str) -> tuple[int, int, int]:
    rules = toys.told("contract", coverage="true")["contract"]
    rule = next(rule for rule in rules if rule["code"] == f"toy.{code}")
    return rule["touched"], rule["satisfied"], rule["broken"]


def test_every_rule_is_listed_with_its_source(ruled: Toys) -> None:
    told = ruled.told("contract")

    rules = {rule["code"]: rule for rule in told["contract"]}
    assert list(told) == ["contract"]
    assert list(rules["toy.text-max"]) == MEMBERS
    assert rules["toy.text-max"] == {
        "code": "toy.text-max",
        "provider": "toy",
        "endpoint": "toy.letters",
        "place": "body",
        "pointer": "/text",
        "keyword": "maxLength",
        "limit": 20,
        "unit": "code points",
        "severity": "warn",
        "fidelity": "documented",
        "expected": "at most 20 characters (code points)",
        "source": {"document": "toys.txt", "row": "text-max"},
    }
    assert list(rules)[-3:] == ["toy.path", "toy.credentials", "toy.shouting"]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"provider": "toy", "fidelity": "invented"}, "odd-type path credentials shouting"),
        ({"severity": "warn"}, "text-required member-unknown text-max shouting"),
        ({"severity": "allow"}, ""),
        ({"endpoint": "toy.bell"}, ""),
        ({"endpoint": "toy.letters", "fidelity": "invented"}, "odd-type"),
    ],
)
def test_rules_are_found_by_their_properties(
    ruled: Toys, query: dict[str, str], expected: str
) -> None:
    assert " ".join(codes(ruled, **query)) == expected


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"severity": "wran"}, 'no severity "wran"; did you mean "warn"?'),
        ({"fidelity": "invent"}, 'no fidelity "invent"; did you mean "invented"?'),
        ({"provider": "toys"}, 'no provider "toys"; did you mean "toy"?'),
        ({"endpoint": "toy.letter"}, 'no endpoint "toy.letter"; did you mean "toy.letters"?'),
        ({"coverage": "yes"}, 'no coverage "yes"; known: false, true'),
        (
            {"codes": "x"},
            'no parameter "codes"; known: coverage, endpoint, fidelity, provider, severity',
        ),
    ],
)
def test_a_filter_that_is_not_known_is_a_problem_that_names_the_nearest(
    ruled: Toys, query: dict[str, str], detail: str
) -> None:
    assert ruled.problem("contract", **query) == (400, "parameter", detail)


def test_one_rule_comes_with_a_passing_and_a_failing_example(ruled: Toys) -> None:
    told = ruled.told("contract/toy.text-max")

    assert list(told) == [*MEMBERS, "example"]
    assert told["example"] == {
        "passing": {"to": ["Bea"], "text": "HelloHelloHelloHello"},
        "failing": {"to": ["Bea"], "text": "HelloHelloHelloHelloH"},
    }


def test_the_example_of_a_protocol_rule_is_its_own(ruled: Toys) -> None:
    told = ruled.told("contract/toy.shouting")

    assert told["example"] == {"passing": {"path": "/a"}, "failing": {"path": "/b"}}
    assert (told["because"], told["endpoint"], told["place"]) == ("it is rude", None, "protocol")


def test_a_provider_without_specimens_has_no_examples(toys: Toys) -> None:
    assert toys.told("contract/toy.text-max")["example"] is None


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        ("toy.text-may", 'did you mean "toy.text-max"?'),
        ("2", "GET /__admin/contract lists them"),
    ],
)
def test_a_code_that_is_not_known_is_a_problem_that_names_the_nearest(
    ruled: Toys, code: str, hint: str
) -> None:
    assert ruled.problem(f"contract/{code}") == (404, "rule", f'no rule "{code}"; {hint}')


def test_coverage_counts_the_requests_that_came_to_a_rule_and_broke_it(ruled: Toys) -> None:
    ruled.post("Bea")
    ruled.post("")
    ruled.post("Cy", box="west")
    ruled.post("Bea", text="x" * 21)
    ruled.client.post("/toy/north/letters", content=b"{}")

    assert counted(ruled, "recipient-empty") == (3, 2, 1)
    assert counted(ruled, "text-max") == (3, 2, 1)
    assert counted(ruled, "box-enum") == (5, 4, 1)
    assert counted(ruled, "credentials") == (4, 3, 1)
    assert counted(ruled, "colour-enum") == (0, 0, 0)


def test_coverage_says_how_many_rules_were_tried(ruled: Toys) -> None:
    ruled.post("Bea")
    ruled.post("", text="x")

    told = ruled.told("contract", coverage="true", endpoint="toy.letters")

    touched = [rule["code"] for rule in told["contract"] if rule["touched"]]
    assert told["coverage"] == {
        "rules": len(told["contract"]),
        "touched": len(touched),
        "broken": 1,
    }
    assert "toy.to-max" in touched
    assert "toy.stamps-max" not in touched


def test_coverage_is_of_what_the_journal_keeps(ruled: Toys) -> None:
    ruled.post("Bea")
    before = counted(ruled, "to-max")
    ruled.ask("reset", "POST")

    assert (before, counted(ruled, "to-max")) == ((1, 1, 0), (0, 0, 0))


def test_coverage_goes_through_more_requests_than_one_page() -> None:
    with client_of(toy_app(TOY)) as client:
        for _ in range(45):
            Toys(client).post("Bea")

        assert counted(Toys(client), "to-max") == (45, 45, 0)


def test_other_calls_are_answered_while_coverage_is_counted() -> None:
    body = orjson.dumps({"to": ["Bea"] * 200, "text": "Hello"})

    async def meanwhile() -> int:
        transport = httpx.ASGITransport(toy_app(TOY))
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            for _ in range(200):
                await client.post("/toy/north/letters", headers=RIGHT, content=body)
            counting = asyncio.create_task(client.get("/__admin/contract?coverage=true"))
            answered = 0
            while not counting.done():
                await client.get("/__admin/health")
                answered += 1
                await asyncio.sleep(0)
            assert (await counting).status_code == 200
            return answered

    assert asyncio.run(meanwhile()) > 5


def test_what_is_answered_satisfies_its_schemas() -> None:
    schemas = resources.schemas()
    contract, rule = (schemas[f"emulator/{name}.json"] for name in ("contract", "contract-rule"))
    with client_of(create_app(Settings())) as client:
        told = Toys(client).told("contract", coverage="true")

        assert contract.check(told) == []
        for listed in told["contract"]:
            assert rule.check(Toys(client).told(f"contract/{listed['code']}")) == []


def test_a_session_that_is_strict_sees_what_it_refuses() -> None:
    with client_of(create_app(Settings(strict=True))) as client:
        severities = {
            rule["code"]: rule["severity"] for rule in Toys(client).told("contract")["contract"]
        }

    assert severities["infobip.facebook-text-max"] == "refuse"
    assert severities["konnek.timestampt-spelling"] == "warn"
