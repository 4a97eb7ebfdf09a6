"""`/__admin/rules`: what shall happen, how often it did, and why it did not."""

from __future__ import annotations

from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator import resources
from tests.admin.conftest import Toys
from tests.asgi.toy_app import RIGHT
from tests.strategies import anything

REFUSE = {"refuse": "bad-request"}


def give(toys: Toys, *outcomes: Any, **members: Any) -> httpx.Response:
    given = {"outcomes": [*outcomes] or [REFUSE], **members}
    return toys.client.post("/__admin/rules", json=given)


def install(toys: Toys, *outcomes: Any, **members: Any) -> str:
    """Install a rule and give its id."""
    response = give(toys, *outcomes, **members)
    assert response.status_code == 201, response.text
    id: str = response.json()["id"]
    return id


def near(toys: Toys, id: str) -> list[list[str]]:
    """How the calls differ that came nearest to a rule."""
    misses = toys.told(f"rules/{id}")["near_misses"]
    assert all(toys.told(f"requests/{miss['request']}") for miss in misses)
    return [miss["differences"] for miss in misses]


def test_an_installed_rule_is_told_as_it_was_given(toys: Toys) -> None:
    match = {"endpoint": "toy.*", "recipient": None, "document": {"const": None}}
    outcomes = [{"fault": "reset", "delay": 0}, {"answer": {"body": {"a": None}}, "refuse": None}]

    response = give(toys, *outcomes, name="flaps", match=match, times=3)

    assert response.status_code == 201
    assert response.json() == {
        "id": response.json()["id"],
        "name": "flaps",
        "match": {"endpoint": "toy.*", "document": {"const": None}},
        "outcomes": [{"fault": "reset", "delay": 0}, {"answer": {"body": {"a": None}}}],
        "times": 3,
        "probability": 1.0,
        "uses": 0,
        "remaining": 3,
        "near_misses": [],
    }
    assert toys.told(f"rules/{response.json()['id']}") == response.json()


def test_what_is_told_of_a_rule_can_be_given_again(toys: Toys) -> None:
    then = [{"after": 1, "status": "LOST"}]
    told = give(toys, {"accept": {"then": then}, "delay": {"uniform": [0, 1]}}, name="a").json()
    members = ("name", "match", "outcomes", "times", "probability")

    again = toys.client.post("/__admin/rules", json={name: told[name] for name in members})

    assert again.status_code == 201
    assert [again.json()[name] for name in members] == [told[name] for name in members]


def test_rules_are_listed_in_the_order_in_which_they_are_tried(toys: Toys) -> None:
    ids = [install(toys) for _ in range(3)]

    assert [rule["id"] for rule in toys.told("rules")["rules"]] == ids[::-1]


def test_uses_and_what_remains_are_counted(toys: Toys) -> None:
    id = install(toys, times=3)

    answers = [toys.post("Bea") for _ in range(2)]

    rule = toys.told(f"rules/{id}")
    records = [toys.told(f"requests/{a.headers['emulator-request']}") for a in answers]
    assert [answer.status_code for answer in answers] == [400, 400]
    assert (rule["uses"], rule["remaining"]) == (2, 1)
    assert [record["rule"] for record in records] == [id, id]


@pytest.mark.parametrize("path", ["rules", "reset/rules", "reset"])
def test_all_rules_can_be_forgotten(toys: Toys, path: str) -> None:
    install(toys)
    toys.post("Bea")

    response = toys.ask(path, "DELETE" if path == "rules" else "POST")

    assert (response.status_code, response.content) == (204, b"")
    assert toys.told("rules") == {"rules": []}
    assert toys.post("Bea").status_code == 200
    assert toys.told("requests")["total"] == (1 if path == "reset" else 2)


def test_rules_stay_when_the_journal_is_forgotten(toys: Toys) -> None:
    install(toys)

    toys.ask("reset/journal", "POST")

    assert toys.post("Bea").status_code == 400


def test_one_rule_can_be_forgotten(toys: Toys) -> None:
    older, newer = install(toys, {"refuse": "not-found"}), install(toys)

    response = toys.ask(f"rules/{newer}", "DELETE")

    assert (response.status_code, response.content) == (204, b"")
    assert [rule["id"] for rule in toys.told("rules")["rules"]] == [older]
    assert toys.post("Bea").status_code == 404


@pytest.mark.parametrize("method", ["GET", "DELETE"])
def test_a_rule_that_is_not_installed_is_a_problem(toys: Toys, method: str) -> None:
    assert toys.problem("rules/rule-9", method) == (
        404,
        "rule",
        'no rule "rule-9" is installed; GET /__admin/rules lists them',
    )


def test_what_is_no_rule_is_a_problem_and_installs_nothing(toys: Toys) -> None:
    response = give(toys, {"fault": "rest"})

    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": 'outcomes[0]: no fault "rest"; did you mean "reset"?',
        "code": "rule",
    }
    assert toys.told("rules") == {"rules": []}


@pytest.mark.parametrize("path", ["rules", "requests/find", "requests/count"])
@pytest.mark.parametrize(
    ("body", "detail"),
    [
        (b"", "the body is not JSON: "),
        (b"{", "the body is not JSON: "),
        (b"[]", "the body is not a JSON object"),
        (b'{"document":' + b"[" * 200 + b"]" * 200 + b"}", "the body nests deeper than 64 levels"),
        (b"[" * 2000, "the body is not JSON: "),
    ],
    ids=["empty", "broken", "list", "deep", "deeper"],
)
def test_what_is_no_object_is_a_problem(toys: Toys, path: str, body: bytes, detail: str) -> None:
    response = toys.client.post(f"/__admin/{path}", content=body)

    assert (response.status_code, response.json()["code"]) == (400, "body")
    assert response.json()["detail"].startswith(detail)


def test_more_rules_than_a_session_holds_are_a_problem(
    toys: Toys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emulator.core.rulebook.MOST_RULES", 2)
    for _ in range(2):
        install(toys)

    response = give(toys)

    assert (response.status_code, response.json()["code"]) == (400, "rule")
    assert response.json()["detail"].endswith("DELETE /__admin/rules forgets them")


def test_a_rule_that_was_not_used_tells_how_the_nearest_calls_differ(toys: Toys) -> None:
    document = {"properties": {"text": {"const": "Bye"}}}
    id = install(toys, match={"endpoint": "toy.letters", "recipient": "B*", "document": document})
    toys.post("Cy")
    toys.post("Bea")
    toys.client.put("/toy/bell", headers=RIGHT, content=b"{}")
    toys.post("Di", text="Bye")

    assert near(toys, id) == [
        ['document/text: "Bye" was expected'],
        ['recipient: "Di" does not match "B*"'],
        ['recipient: "Cy" does not match "B*"', 'document/text: "Bye" was expected'],
    ]


def test_calls_from_before_a_rule_did_not_miss_it(toys: Toys) -> None:
    toys.post("Cy")
    id = install(toys, match={"recipient": "B*"})

    assert near(toys, id) == []


def test_a_rule_that_was_used_has_no_near_misses(toys: Toys) -> None:
    id = install(toys, match={"recipient": "B*"})
    toys.post("Cy")
    toys.post("Bea")

    assert near(toys, id) == []


def test_a_call_in_xml_is_compared_as_it_was_understood(toys: Toys) -> None:
    id = install(toys, match={"document": {"properties": {"to": {"const": ["Cy"]}}}})
    body = b"<post><to><recipient>Bea</recipient></to><text>Hello</text></post>"
    headers = {**RIGHT, "content-type": "application/xml"}

    assert toys.client.post("/toy/north/letters", headers=headers, content=body).is_success
    assert near(toys, id) == [['document/to: ["Cy"] was expected']]


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (
            {"to": [""], "text": "Hello"},
            ["answer: it was refused with 400 before rules are asked"],
        ),
        ({"to": ["Bea"], "text": "Hello"}, ["probability: chance passed it over (0)"]),
        ({"to": ["grumpy"], "text": "Hello"}, ["probability: chance passed it over (0)"]),
    ],
)
def test_a_call_that_fits_but_was_passed_over_says_why(
    toys: Toys, call: dict[str, Any], expected: list[str]
) -> None:
    id = install(toys, probability=0)

    toys.client.post("/toy/north/letters", headers=RIGHT, content=orjson.dumps(call))

    assert near(toys, id) == [expected]


def test_a_call_that_a_newer_rule_took_says_so(toys: Toys) -> None:
    older = install(toys)
    newer = install(toys, {"accept": {}})
    toys.post("Bea")

    assert near(toys, older) == [[f'rule: "{newer}" came first']]


def test_a_call_without_messages_says_so(toys: Toys) -> None:
    id = install(toys)

    toys.client.put("/toy/bell", headers=RIGHT, content=b"{}")

    assert near(toys, id) == [["recipient: none, and rules are about messages"]]


def test_a_call_that_another_recipient_decided_says_so(toys: Toys) -> None:
    id = install(toys, match={"recipient": "B*"})

    toys.post("grumpy", "Bea")

    assert near(toys, id) == [["recipient: another one of the call decided, which needs no rule"]]


def test_a_call_to_nothing_differs_in_its_endpoint(toys: Toys) -> None:
    id = install(toys, match={"endpoint": "toy.letters"})

    toys.client.get("/nowhere")

    assert near(toys, id) == [
        [
            'endpoint: none does not match "toy.letters"',
            "answer: it was refused with 404 before rules are asked",
        ]
    ]


def test_near_misses_are_three_at_most(toys: Toys) -> None:
    id = install(toys, match={"recipient": "B*"})
    for n in range(5):
        toys.post(f"C{n}")

    assert len(near(toys, id)) == 3


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ({}, "1 2 3 4 5 6 7"),
        ({"endpoint": "toy.letters"}, "1 2 3 4"),
        ({"endpoint": "toy.*"}, "1 2 3 4 6"),
        ({"endpoint": None, "recipient": "Bea"}, "1 2"),
        ({"recipient": "C*"}, "2"),
        ({"recipient": "*"}, "1 2 4"),
        ({"document": {"required": ["text"]}}, "1 2 3 4"),
        (
            {"document": {"properties": {"text": {"pattern": "morning"}}, "required": ["text"]}},
            "2 4",
        ),
        ({"endpoint": "toy.bell", "recipient": "Bea"}, ""),
        ({"document": False}, ""),
    ],
)
def test_requests_are_found_and_counted_by_a_match(
    lively: Toys, match: dict[str, Any], expected: str
) -> None:
    found = lively.client.post("/__admin/requests/find", json=match).json()
    counted = lively.client.post("/__admin/requests/count", json=match).json()

    numbers = [record["id"].partition("-")[0] for record in found["requests"]]
    assert numbers == expected.split()
    assert {name: found[name] for name in ("total", "evicted", "next")} == {
        "total": len(numbers),
        "evicted": 0,
        "next": None,
    }
    assert counted == {"count": len(numbers)}
    assert found["requests"] == [lively.told(f"requests/{r['id']}") for r in found["requests"]]


def test_a_call_that_a_rule_refused_is_found_by_its_recipient(toys: Toys) -> None:
    install(toys, match={"recipient": "B*"})
    for recipient in ("Bea", "Cy", "Bea"):
        toys.post(recipient)

    counted = toys.client.post("/__admin/requests/count", json={"recipient": "Bea"}).json()

    assert counted == {"count": 2}
    assert toys.told("requests", recipient="Bea", outcome="refused")["total"] == 2
    assert toys.told("messages", recipient="Bea")["total"] == 0


def test_a_request_of_a_bulk_is_found_by_any_of_its_recipients(lively: Toys) -> None:
    for recipient in ("Cy", "Bea"):
        found = lively.client.post("/__admin/requests/find", json={"recipient": recipient}).json()

        assert "2" in [record["id"].partition("-")[0] for record in found["requests"]]


@pytest.mark.parametrize("path", ["requests/find", "requests/count"])
@pytest.mark.parametrize(
    ("match", "detail"),
    [
        ({"recipent": "Bea"}, 'a match: no member "recipent"; did you mean "recipient"?'),
        ({"endpoint": "toy.letter"}, 'no endpoint "toy.letter"; did you mean "toy.letters"?'),
        ({"recipient": 41}, '"recipient" of a match takes a text, not 41'),
        (
            {"document": {"type": "strin"}},
            '"document" of a match: no JSON Schema: at /type: no type "strin";'
            ' did you mean "string"?',
        ),
    ],
)
def test_what_is_no_match_is_a_problem(
    toys: Toys, path: str, match: dict[str, Any], detail: str
) -> None:
    response = toys.client.post(f"/__admin/{path}", json=match)

    assert (response.status_code, response.json()["code"]) == (400, "match")
    assert response.json()["detail"] == detail


def schema(name: str) -> Any:
    uri = resources.schemas()[f"emulator/{name}.json"].uri
    return resources.schemas().validator(uri, "warn")


members = st.fixed_dictionaries(
    {},
    optional={
        "name": st.none() | st.text(max_size=5) | anything,
        "match": st.fixed_dictionaries(
            {},
            optional={
                "endpoint": st.sampled_from(["toy.*", "toy.bell", "*", None, "x"]) | anything,
                "recipient": st.text(max_size=3) | anything,
                "document": st.dictionaries(
                    st.sampled_from(["type", "required", "properties", "items", "$ref", "not"]),
                    anything,
                    max_size=2,
                )
                | anything,
            },
        )
        | anything,
        "outcomes": st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    "accept": st.fixed_dictionaries(
                        {}, optional={"status": st.just("LOST") | anything, "then": anything}
                    ),
                    "refuse": st.sampled_from(["bad-request", "x"]) | anything,
                    "retry_after": st.integers(-1, 5) | anything,
                    "answer": st.dictionaries(
                        st.sampled_from(["status", "headers", "body"]), anything, max_size=3
                    )
                    | anything,
                    "fault": st.sampled_from(["reset", "hang", "x"]) | anything,
                    "delay": st.integers(-1, 61)
                    | st.fixed_dictionaries({"uniform": st.lists(anything, max_size=3)})
                    | anything,
                },
            )
            | anything,
            max_size=3,
        )
        | anything,
        "times": st.integers(-1, 3) | anything,
        "probability": st.floats(-0.5, 1.5) | anything,
    },
)


@given(rule=members)
def test_whatever_is_given_is_installed_or_is_a_problem(toys: Toys, rule: dict[str, Any]) -> None:
    response = toys.client.post("/__admin/rules", content=orjson.dumps(rule))

    if response.status_code == 201:
        assert schema("rule").is_valid(response.json())
        assert toys.ask("rules").status_code == 200
        assert toys.ask("rules", "DELETE").status_code == 204
    else:
        assert (response.status_code, response.json()["code"]) == (400, "rule")


def test_a_rule_of_every_kind_is_as_its_schema_says(toys: Toys) -> None:
    given = {
        "name": "all",
        "match": {"endpoint": "toy.*", "recipient": "*", "document": True},
        "outcomes": [
            {"accept": {"status": "LOST", "then": [{"after": 1, "status": "SENT"}]}, "delay": 0.1},
            {"refuse": "too-many-requests", "retry_after": 1, "delay": {"uniform": [0, 1]}},
            {"answer": {"status": 202, "headers": {"X-A": "b"}, "body": [1]}},
            {"fault": "hang", "delay": {"lognormal": {"median": 1, "sigma": 1}}},
        ],
        "times": 5,
        "probability": 0.5,
    }

    told = toys.client.post("/__admin/rules", json=given).json()

    assert schema("rule-given").is_valid(given)
    assert schema("rule").is_valid(told)
