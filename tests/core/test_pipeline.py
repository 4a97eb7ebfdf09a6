"""The one-way path: the order of its steps, and what becomes of a call that one of them stops."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from emulator.core import pipeline
from emulator.core.exchange import Exchange, NearMiss
from emulator.core.readings import Choice
from emulator.core.rejections import Rejection
from tests.core.toy import BELL, LETTERS, PROVIDER, XML, answered, call, run, session

# What can be wrong with a call, in the order in which it is noticed.
FAULTS: list[tuple[str, dict[str, Any], dict[str, str | None]]] = [
    ("not-found", {"path_params": {"box": "east"}}, {}),
    ("method-not-allowed", {"method": "PUT"}, {}),
    ("unauthorized", {}, {"authorization": "Basic nonsense"}),
    ("too-large", {"size": 2_000_000}, {}),
    ("unsupported-media-type", {}, {"content-type": "text/plain"}),
    ("not-acceptable", {}, {"accept": "image/png"}),
    ("malformed", {"body": b'{"to":'}, {}),
    ("invalid", {"body": b'{"to":[]}'}, {}),
    ("bad-request", {"body": b'{"to":["grumpy"],"text":"Hello"}'}, {}),
]
STATUSES = [404, 405, 401, 413, 415, 406, 400, 400, 400]


def headers(exchange: Exchange, name: str) -> list[str]:
    return [value for known, value in exchange.sent.headers if known == name]


def document(exchange: Exchange) -> Any:
    return orjson.loads(exchange.sent.body)


def letter(*recipients: str, **members: Any) -> bytes:
    return orjson.dumps({"to": recipients, "text": "Hello", **members})


@pytest.mark.parametrize("first", range(len(FAULTS)), ids=[name for name, _, _ in FAULTS])
def test_the_first_step_that_finds_a_fault_decides(first: int) -> None:
    changes: dict[str, Any] = {}
    changed_headers: dict[str, str | None] = {}
    for _, change, header in reversed(FAULTS[first:]):
        changes |= change
        changed_headers |= header

    exchange = answered(call(headers=changed_headers, **changes))

    assert exchange.rejection is not None
    assert (exchange.rejection.name, exchange.outcome, exchange.sent.status) == (
        FAULTS[first][0],
        "refused",
        STATUSES[first],
    )
    assert document(exchange) == {"sorry": FAULTS[first][0]}


def test_a_right_call_becomes_an_exchange_with_everything_made_of_it() -> None:
    arrived = call()

    exchange = answered(arrived)

    (message,) = exchange.messages
    assert exchange == Exchange(
        id=exchange.id,
        call=arrived,
        outcome="accepted",
        sent=exchange.sent,
        provider="toy",
        endpoint="toy.letters",
        messages=[message],
        warnings=[],
        duration=0.25,
        chosen=Choice(),
    )
    assert document(exchange) == {"letters": [{"to": "Bea", "id": message.id, "status": "SENT"}]}
    assert list(exchange.sent.headers) == [
        ("Content-Type", "application/json;charset=UTF-8"),
        ("Emulator-Request", exchange.id),
    ]


def test_an_endpoint_without_messages_is_answered_too() -> None:
    exchange = answered(call(method="PUT", body=b"{}"), endpoint=BELL)

    assert (exchange.outcome, document(exchange), list(exchange.messages)) == (
        "accepted",
        {"rung": True},
        [],
    )


def test_no_value_of_an_exchange_can_be_changed() -> None:
    exchange = answered(call(body=letter("Bea", extra=1)))
    refused = answered(call(body=b"{}"))
    values = [
        exchange,
        exchange.call,
        exchange.sent,
        exchange.messages[0],
        exchange.messages[0].status,
        exchange.warnings[0],
        refused.violations[0],
    ]

    for value in values:
        for name in type(value).__annotations__:
            with pytest.raises(AttributeError):
                setattr(value, name, None)


def test_an_answer_is_written_in_the_format_that_was_asked_for() -> None:
    exchange = answered(call(suffix="xml"))

    letters = [{"to": "Bea", "id": exchange.messages[0].id, "status": "SENT"}]
    assert exchange.sent.body == XML.encode({"letters": letters})
    assert headers(exchange, "Content-Type") == ["application/xml;charset=UTF-8"]


@pytest.mark.parametrize(
    ("wrong", "accept", "expected"),
    [
        ({"authorization": None}, "application/xml", "application/xml;charset=UTF-8"),
        ({"authorization": None}, "image/png", "application/json;charset=UTF-8"),
        ({"content-type": "text/plain"}, "application/xml", "application/xml;charset=UTF-8"),
    ],
)
def test_a_refusal_before_negotiation_is_in_the_format_that_was_asked_for(
    wrong: dict[str, str | None], accept: str, expected: str
) -> None:
    exchange = answered(call(headers={**wrong, "accept": accept}))

    assert headers(exchange, "Content-Type") == [expected]


def test_prepare_may_change_the_document_before_it_is_validated() -> None:
    def listed(document: Any) -> Any:
        return {**document, "to": [document["to"]]}, ()

    exchange = answered(
        call(body=b'{"to":"Bea","text":"Hi"}'), endpoint=LETTERS._replace(prepare=listed)
    )

    assert [message.recipient for message in exchange.messages] == ["Bea"]


@pytest.mark.parametrize("function", ["messages", "answer"])
def test_a_refusal_of_the_providers_own_is_a_fact_like_any_other(function: str) -> None:
    class Asleep(Rejection):
        """The post office is closed."""

        name = "bad-request"

    def refuse(*_: Any) -> Any:
        raise Asleep

    within = session()
    endpoints = {
        "messages": LETTERS._replace(messages=refuse),
        "answer": LETTERS._replace(answer=refuse),
    }
    exchange = answered(call(), within, endpoints[function])

    kept = run(within.journal.request(exchange.id))
    assert kept is not None
    assert (kept["outcome"], kept["rejection"], kept["messages"]) == (
        "refused",
        {"name": "bad-request", "violations": []},
        [],
    )
    assert run(within.journal.messages({})).total == 0


def test_the_same_calls_in_the_same_order_give_the_same_bytes() -> None:
    def story(seed: str) -> list[bytes]:
        within = session(seed=seed)
        calls = [call(), call(body=b"{}"), call(body=letter("Bea", "Cy")), call(suffix="xml")]
        return [answered(each, within).sent.body for each in calls]

    assert story("one") == story("one")
    assert story("one")[0] != story("two")[0]


@pytest.mark.parametrize("fault", FAULTS, ids=[name for name, _, _ in FAULTS])
def test_what_was_answered_is_journalled_before_it_can_be_sent(
    fault: tuple[str, dict[str, Any], dict[str, str | None]],
) -> None:
    within = session()
    _, changes, changed_headers = fault

    exchange = answered(call(headers=changed_headers, **changes), within)

    kept = run(within.journal.request(exchange.id))
    assert kept is not None
    assert (kept["response"]["status"], kept["response"]["body"]) == (
        exchange.sent.status,
        exchange.sent.body.decode(),
    )


def test_a_bug_in_a_provider_is_not_mistaken_for_a_refusal() -> None:
    def buggy(arrival: Any, messages: Any) -> Any:
        raise KeyError("colour")

    with pytest.raises(KeyError):
        answered(call(), endpoint=LETTERS._replace(answer=buggy))


def test_a_bug_is_answered_by_a_problem_and_kept_with_its_traceback() -> None:
    within = session()

    exchange = run(pipeline.failure(call(), KeyError("colour"), "Traceback: …", within))

    assert (exchange.outcome, exchange.sent.status) == ("broken", 500)
    assert list(exchange.sent.headers) == [
        ("Content-Type", "application/problem+json"),
        ("Emulator-Request", exchange.id),
        ("Emulator-Error", "KeyError"),
    ]
    assert document(exchange) == {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "a bug of the emulator, not an emulated answer; the journal has the traceback",
        "code": "emulator-error",
        "request": exchange.id,
    }
    kept = run(within.journal.request(exchange.id))
    assert kept is not None
    assert (kept["outcome"], kept["error"]) == ("broken", "Traceback: …")


def test_a_miss_in_a_territory_is_refused_as_its_provider_does() -> None:
    within = session()
    near = [NearMiss("toy.bell", "PUT", "/toy/bell", "so near")]

    exchange = run(pipeline.miss(call(path="/toy/bel"), PROVIDER, near, within))

    assert (exchange.outcome, exchange.sent.status, document(exchange)) == (
        "unmatched",
        404,
        {"sorry": "not-found"},
    )
    assert headers(exchange, "Emulator-Rejection") == [
        'code=toy.path; pointer=; message="nothing is at \\"/toy/bel\\";'
        ' did you mean PUT /toy/bell?"'
    ]


def test_a_miss_of_every_provider_is_a_problem_that_names_the_nearest() -> None:
    within = session()
    near = [
        NearMiss("toy.bell", "PUT", "/toy/bell", "so near"),
        NearMiss("toy.letters", "POST", "/toy/{box}/letters", "farther"),
    ]

    exchange = run(pipeline.miss(call(path="/toi/bell"), None, near, within))

    assert headers(exchange, "Content-Type") == ["application/problem+json"]
    assert document(exchange)["detail"] == (
        'no provider has "/toi/bell"; the nearest are PUT /toy/bell, POST /toy/{box}/letters;'
        " /__admin/docs describes them"
    )
    kept = run(within.journal.request(exchange.id))
    assert kept is not None
    assert (kept["outcome"], kept["provider"], kept["near_misses"][0]["difference"]) == (
        "unmatched",
        None,
        "so near",
    )
