"""What becomes of a call that is right: for each message, and for all of them together."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from emulator.core import rules
from emulator.core.exchange import Exchange
from emulator.core.message import Step
from emulator.core.session import Session
from tests.core.toy import PROVIDER, answered, call, run, session


@pytest.fixture
def within() -> Session:
    return session()


def install(within: Session, *outcomes: Any, recipient: str | None = None, **members: Any) -> str:
    """Install a rule about a recipient and give its id."""
    given = {"match": {"recipient": recipient}, "outcomes": [*outcomes], **members}
    return within.rules.add(rules.rule(given, [PROVIDER]), 0).id


def post(within: Session, *recipients: str, **members: Any) -> Exchange:
    body = orjson.dumps({"to": recipients, "text": "Hello", **members})
    return answered(call(body=body), within)


def told(exchange: Exchange) -> list[tuple[str, str]]:
    """Recipient and status of each message, as the answer tells them."""
    letters = orjson.loads(exchange.sent.body)["letters"]
    assert [letter["to"] for letter in letters] == [m.recipient for m in exchange.messages]
    return [(letter["to"], letter["status"]) for letter in letters]


def kept(within: Session, exchange: Exchange) -> dict[str, Any]:
    """The exchange as the journal has it."""
    record = run(within.journal.request(exchange.id))
    assert record is not None
    return record


def test_in_a_bulk_each_message_is_decided_for_itself(within: Session) -> None:
    install(within, {"accept": {"status": "LOST"}}, recipient="C*")

    exchange = post(within, "Bea", "Cy", "Di", "Cleo", "lost")

    assert told(exchange) == [
        ("Bea", "SENT"),
        ("Cy", "LOST"),
        ("Di", "SENT"),
        ("Cleo", "LOST"),
        ("lost", "LOST"),
    ]
    assert exchange.outcome == "accepted"


def test_each_message_of_a_bulk_is_a_use(within: Session) -> None:
    install(within, {"accept": {"status": "LOST"}}, {"accept": {}}, times=2)

    exchange = post(within, "Bea", "Cy", "Di")

    assert told(exchange) == [("Bea", "LOST"), ("Cy", "SENT"), ("Di", "SENT")]


@pytest.mark.parametrize(
    ("outcome", "status", "name"),
    [
        ({"refuse": "not-found"}, 404, "refused"),
        ({"answer": {"status": 202, "body": "?"}}, 202, "answered"),
        ({"fault": "malformed"}, 200, "broken"),
    ],
)
def test_the_first_outcome_about_the_whole_call_decides(
    within: Session, outcome: dict[str, Any], status: int, name: str
) -> None:
    install(within, {"accept": {"status": "LOST"}}, recipient="Bea")
    decides = install(within, outcome, recipient="Cy")
    unused = install(within, {"refuse": "too-many-requests"}, recipient="Di")

    exchange = post(within, "Bea", "Cy", "Di")

    rule = within.rules.get(unused)
    assert (exchange.sent.status, exchange.outcome, exchange.rule) == (status, name, decides)
    assert rule is not None
    assert rule.uses == 0


def test_a_rule_goes_before_a_magic_recipient(within: Session) -> None:
    install(within, {"accept": {}}, recipient="lost")
    install(within, {"accept": {}}, recipient="grumpy", times=1)

    assert told(post(within, "lost")) == [("lost", "SENT")]
    assert [post(within, "grumpy").sent.status for _ in range(2)] == [200, 400]


def test_a_rule_that_goes_before_uses_up_nothing_of_a_magic_recipient(within: Session) -> None:
    install(within, {"accept": {}}, recipient="busy", times=2)

    assert [post(within, "busy").sent.status for _ in range(5)] == [200, 200, 429, 429, 200]


@pytest.mark.parametrize("refusal", ["bad-request", "unauthorized", "not-found"])
def test_a_refusal_is_the_provider_s_own(within: Session, refusal: str) -> None:
    id = install(within, {"refuse": refusal}, name="carrier flaps")

    exchange = post(within, "Bea")

    record = kept(within, exchange)
    assert orjson.loads(exchange.sent.body) == {"sorry": refusal}
    assert (record["outcome"], record["rule"], record["messages"]) == ("refused", id, [])
    assert record["rejection"]["name"] == refusal
    assert [(v["code"], v["message"]) for v in record["rejection"]["violations"]] == [
        ("toy.ordered", 'rule "carrier flaps" orders this answer')
    ]


def test_a_refusal_names_its_rule_by_its_id_where_it_has_no_name(within: Session) -> None:
    id = install(within, {"refuse": "bad-request"})

    (violation,) = post(within, "Bea").violations

    assert violation.message == f'rule "{id}" orders this answer'


def test_a_refusal_says_when_to_try_again_if_it_is_told_to(within: Session) -> None:
    install(within, {"refuse": "too-many-requests", "retry_after": 30}, {"refuse": "not-found"})

    first, second = post(within, "Bea"), post(within, "Bea")

    assert ("Retry-After", "30") in first.sent.headers
    assert "Retry-After" not in dict(second.sent.headers)


def test_an_answer_is_sent_as_it_is_and_sends_no_message(within: Session) -> None:
    id = install(
        within, {"answer": {"status": 503, "headers": {"X-Mood": "bad"}, "body": "<later/>"}}
    )

    exchange = post(within, "Bea", "Cy")

    record = kept(within, exchange)
    assert (exchange.sent.status, exchange.sent.body) == (503, b"<later/>")
    assert [*exchange.sent.headers] == [
        ("Content-Type", "text/plain;charset=UTF-8"),
        ("X-Mood", "bad"),
        ("Emulator-Request", exchange.id),
    ]
    assert (record["outcome"], record["rule"], record["rejection"]) == ("answered", id, None)
    assert (record["messages"], record["recipients"]) == ([], ["Bea", "Cy"])
    assert run(within.journal.messages({})).total == 0


@pytest.mark.parametrize("fault", ["reset", "empty", "hang"])
def test_a_fault_of_which_the_client_hears_nothing_sends_no_message(
    within: Session, fault: str
) -> None:
    id = install(within, {"fault": fault})

    exchange = post(within, "Bea", "Cy")

    record = kept(within, exchange)
    assert (record["outcome"], record["fault"], record["rule"]) == ("broken", fault, id)
    assert (record["response"], record["messages"]) == (None, [])
    assert record["recipients"] == ["Bea", "Cy"]
    assert run(within.journal.messages({})).total == 0


@pytest.mark.parametrize("fault", ["truncated", "malformed", "dribble"])
def test_a_fault_in_the_middle_of_the_answer_comes_after_the_message_was_sent(
    within: Session, fault: str
) -> None:
    exchanges = []
    outcomes: list[dict[str, Any]] = [{"fault": fault}, {"accept": {}}]
    for outcome in outcomes:
        install(within, outcome, times=1)
        exchanges.append(post(within, "Bea", "Cy"))

    broken, whole = (kept(within, exchange) for exchange in exchanges)
    assert (broken["outcome"], broken["fault"], whole["fault"]) == ("broken", fault, None)
    assert broken["response"]["status"] == whole["response"]["status"] == 200
    assert [len(record["messages"]) for record in (broken, whole)] == [2, 2]
    assert run(within.journal.messages({})).total == 4


def test_a_message_is_accepted_with_a_status_and_a_plan_for_what_comes_after(
    within: Session,
) -> None:
    then = [{"after": 1, "status": "SENT"}, {"after": 60, "status": "LOST"}]
    install(within, {"accept": {"status": "LOST", "then": then}}, {"accept": {}}, {"delay": 1})

    exchanges = [post(within, "Bea") for _ in range(3)]

    (first,), (second,), (third,) = (exchange.messages for exchange in exchanges)
    assert (first.status.name, first.plan) == ("LOST", (Step(1, "SENT"), Step(60, "LOST")))
    assert [(m.status.name, m.plan) for m in (second, third)] == [("SENT", None)] * 2


def test_an_outcome_without_a_delay_is_not_held_back(within: Session) -> None:
    install(within, {"accept": {}})

    assert post(within, "Bea").delay == 0


@pytest.mark.parametrize(
    "outcome",
    [
        {},
        {"accept": {"status": "LOST"}},
        {"refuse": "not-found"},
        {"answer": {}},
        {"fault": "reset"},
    ],
    ids=str,
)
def test_every_outcome_can_be_delayed(within: Session, outcome: dict[str, Any]) -> None:
    install(within, {**outcome, "delay": 1.5})

    exchange = post(within, "Bea")

    assert exchange.delay == 1.5
    assert kept(within, exchange)["delay_ms"] == 1500


def test_a_bulk_takes_as_long_as_its_longest_delay(within: Session) -> None:
    install(within, {"delay": 2}, recipient="Bea")
    install(within, {"delay": 3}, recipient="Cy")
    install(within, {"refuse": "not-found", "delay": 1}, recipient="Di")

    assert post(within, "Bea", "Cy", "Bea").delay == 3
    assert post(within, "Bea", "Cy", "Di").delay == 3


def test_delays_differ_from_call_to_call_and_follow_from_the_seed() -> None:
    def delays(seed: str) -> list[float]:
        within = session(seed=seed)
        install(within, {"delay": {"uniform": [1, 2]}})
        return [post(within, "Bea").delay for _ in range(20)]

    found = delays("one")

    assert found == delays("one")
    assert found != delays("two")
    assert len(set(found)) == 20
    assert all(1 <= delay < 2 for delay in found)
    assert max(found) - min(found) > 0.5


def test_the_rule_of_a_bulk_is_the_first_that_was_used(within: Session) -> None:
    first = install(within, {"accept": {}}, recipient="Bea")
    install(within, {"accept": {"status": "LOST"}}, recipient="Cy")

    assert post(within, "Di", "Bea", "Cy").rule == first


def test_what_is_warned_of_is_told_with_an_ordered_refusal(within: Session) -> None:
    install(within, {"refuse": "bad-request"})

    exchange = post(within, "Bea", recipient="Cy")

    assert [violation.code for violation in exchange.violations] == ["toy.ordered"]
    assert [warning.code for warning in exchange.warnings] == ["toy.member-unknown"]
