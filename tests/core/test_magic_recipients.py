"""Recipients that trigger an outcome without any setup."""

from __future__ import annotations

import orjson
import pytest

from emulator.core.exchange import Exchange
from emulator.core.session import Session
from tests.core.toy import answered, call, run, session


def post(*recipients: str, within: Session | None = None) -> Exchange:
    return answered(call(body=orjson.dumps({"to": recipients, "text": "Hello"})), within)


def statuses(exchange: Exchange) -> list[tuple[str, str]]:
    return [(message.recipient, message.status.name) for message in exchange.messages]


@pytest.mark.parametrize("spelling", ["lost", "+lost"])
def test_a_message_gets_the_status_that_its_recipient_triggers(spelling: str) -> None:
    exchange = post(spelling)

    assert (exchange.outcome, statuses(exchange)) == ("accepted", [(spelling, "LOST")])
    assert orjson.loads(exchange.sent.body)["letters"][0]["status"] == "LOST"


def test_in_a_bulk_only_the_message_to_that_recipient_is_touched() -> None:
    assert statuses(post("Bea", "lost", "Cy")) == [
        ("Bea", "SENT"),
        ("lost", "LOST"),
        ("Cy", "SENT"),
    ]


def test_a_refusing_recipient_refuses_the_whole_call() -> None:
    exchange = post("Bea", "lost", "grumpy")

    assert (exchange.outcome, exchange.sent.status, list(exchange.messages)) == (
        "refused",
        400,
        [],
    )
    assert [violation.message for violation in exchange.violations] == [
        "grumpy is a recipient that triggers this answer"
    ]


def test_a_recipient_that_refuses_some_times_then_accepts() -> None:
    within = session()

    outcomes = [post("busy", within=within) for _ in range(4)]

    assert [exchange.sent.status for exchange in outcomes] == [429, 429, 200, 200]
    assert [("Retry-After", "7") in exchange.sent.headers for exchange in outcomes] == [
        True,
        True,
        False,
        False,
    ]


def test_times_are_counted_for_each_session_and_begin_again_with_a_reset() -> None:
    one, two = session("one"), session("two")

    before = [post("busy", within=one).sent.status for _ in range(3)]
    other = post("busy", within=two).sent.status
    run(one.journal.clear())
    cleared = post("busy", within=one).sent.status
    run(one.reset())
    after = [post("busy", within=one).sent.status for _ in range(3)]

    assert (before, other, cleared, after) == ([429, 429, 200], 429, 200, [429, 429, 200])


def test_a_call_that_is_refused_for_another_reason_uses_up_no_times() -> None:
    within = session()

    invalid = answered(call(body=b'{"to":["busy",""],"text":"Hello"}'), within)
    later = [post("busy", within=within).sent.status for _ in range(3)]

    assert (invalid.sent.status, later) == (400, [429, 429, 200])


def test_the_first_refusing_recipient_of_a_bulk_decides() -> None:
    within = session()

    assert [
        post("grumpy", "busy", within=within).sent.status,
        post("busy", "grumpy", within=within).sent.status,
        post("busy", "grumpy", within=within).sent.status,
        post("busy", "grumpy", within=within).sent.status,
    ] == [400, 429, 429, 400]
