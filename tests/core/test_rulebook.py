"""The rules of a session: which one decides, how often, and with what luck."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core import rules
from emulator.core.errors import EmulatorError
from emulator.core.exchange import Exchange
from emulator.core.message import Status
from emulator.core.rulebook import MOST_RULES, Installed
from emulator.core.session import Session
from tests.core.toy import BELL, PROVIDER, answered, call, run, session

REFUSE = {"refuse": "bad-request"}


def install(within: Session, *outcomes: Any, **members: Any) -> Installed:
    """Install a rule in a session, in whose match nothing is named unless told."""
    given = {"outcomes": outcomes or [REFUSE], **members}
    return within.rules.add(rules.rule({**given, "outcomes": [*given["outcomes"]]}, [PROVIDER]), 0)


def post(within: Session, *recipients: str, **members: Any) -> Exchange:
    body = orjson.dumps({"to": recipients or ["Bea"], "text": "Hello", **members})
    return answered(call(body=body), within)


def statuses(within: Session, calls: int, *recipients: str) -> list[int]:
    """What so many calls are answered with."""
    return [post(within, *recipients).sent.status for _ in range(calls)]


def test_the_newest_rule_is_tried_first() -> None:
    within = session()
    install(within, {"refuse": "not-found"})
    newest = install(within, {"refuse": "bad-request"})

    exchange = post(within)

    assert (exchange.sent.status, exchange.rule) == (400, newest.id)
    assert [rule.uses for rule in within.rules] == [1, 0]


def test_a_rule_that_is_not_about_a_call_leaves_it_to_the_next() -> None:
    within = session()
    meant = install(within, {"refuse": "not-found"}, match={"recipient": "B*"})
    install(within, match={"recipient": "C*"})
    install(within, match={"endpoint": "toy.bell"})
    install(within, match={"document": {"required": ["colour"]}})

    exchange = post(within)

    assert (exchange.sent.status, exchange.rule) == (404, meant.id)
    assert [rule.uses for rule in within.rules] == [0, 0, 0, 1]


def test_every_part_of_a_match_has_to_fit() -> None:
    within = session()
    document = {"properties": {"text": {"const": "Hello"}}}
    install(within, match={"endpoint": "toy.letters", "recipient": "Bea", "document": document})

    assert [
        post(within, "Bea").sent.status,
        post(within, "Cy").sent.status,
        post(within, "Bea", text="Bye").sent.status,
    ] == [400, 200, 200]


def test_the_document_is_matched_as_it_was_understood() -> None:
    within = session()
    install(within, match={"document": {"properties": {"to": {"const": ["Bea"]}}}})
    body = b"<post><to><recipient>Bea</recipient></to><text>Hello</text></post>"

    exchange = answered(call(headers={"content-type": "application/xml"}, body=body), within)

    assert exchange.sent.status == 400


def test_a_sequence_goes_on_to_its_last_outcome_and_stays_there() -> None:
    within = session()
    install(within, {"refuse": "too-many-requests"}, {"refuse": "not-found"}, {"accept": {}})

    assert statuses(within, 5) == [429, 404, 200, 200, 200]


def test_a_rule_works_as_often_as_it_says() -> None:
    within = session()
    rule = install(within, times=2)

    assert statuses(within, 4) == [400, 400, 200, 200]
    assert (rule.uses, rule.remaining) == (2, 0)


def test_a_rule_that_is_used_up_leaves_its_calls_to_an_older_one() -> None:
    within = session()
    install(within, {"refuse": "not-found"})
    install(within, times=1)

    assert statuses(within, 3) == [400, 404, 404]


def test_a_rule_without_times_remains_for_ever() -> None:
    within = session()
    rule = install(within)

    statuses(within, 3)

    assert (rule.uses, rule.remaining) == (3, None)


def test_a_call_that_is_refused_for_itself_uses_no_rule() -> None:
    within = session()
    rule = install(within)

    unauthorized = answered(call(headers={"authorization": None}), within)
    invalid = post(within, "")

    assert (unauthorized.rule, invalid.rule, rule.uses) == (None, None, 0)


def test_a_call_without_a_message_uses_no_rule() -> None:
    within = session()
    install(within)

    assert answered(call(method="PUT", body=b"{}"), within, BELL).sent.status == 200


def test_a_status_that_the_provider_does_not_have_passes_the_rule_over() -> None:
    within = session()
    older = install(within, {"refuse": "not-found"})
    other = within.rules.add(
        rules.rule(
            {"outcomes": [{"accept": {"then": [{"after": 1, "status": "READ"}]}}]},
            [PROVIDER, with_status("READ")],
        ),
        0,
    )

    exchange = post(within)

    assert (exchange.rule, other.uses) == (older.id, 0)


def with_status(name: str) -> Any:
    """A provider like the toy with another status."""
    return PROVIDER._replace(statuses={name: Status(3, name, "DONE", {}, "delivered")})


@pytest.mark.parametrize("seed", ["one", "two", "three"])
def test_chance_is_decided_by_the_seed(seed: str) -> None:
    def luck(seed: str, name: str = "toy") -> list[int]:
        within = session(name, seed)
        install(within, probability=0.5)
        return statuses(within, 40)

    assert luck(seed) == luck(seed)
    assert luck(seed) != luck(f"{seed}!")
    assert luck(seed) != luck(seed, "other")


def test_a_probability_is_about_as_often_as_it_says() -> None:
    within = session()
    rule = install(within, probability=0.25)

    refused = statuses(within, 400).count(400)

    assert 70 <= refused <= 130
    assert rule.uses == refused


@pytest.mark.parametrize(("probability", "expected"), [(0, 0), (1, 50)])
def test_what_is_certain_is_certain(probability: int, expected: int) -> None:
    within = session()
    install(within, probability=probability)

    assert statuses(within, 50).count(400) == expected


def test_two_rules_have_a_chance_each() -> None:
    within = session()
    install(within, {"refuse": "not-found"}, probability=0.5)
    install(within, {"refuse": "bad-request"}, probability=0.5)

    found = statuses(within, 200)

    assert 70 <= found.count(400) <= 130
    assert 30 <= found.count(404) <= 70


def test_chance_that_passes_a_rule_over_uses_up_no_times() -> None:
    within = session()
    rule = install(within, {"refuse": "not-found"}, REFUSE, times=2, probability=0.3)

    found = statuses(within, 50)

    assert [status for status in found if status != 200] == [404, 400]
    assert rule.remaining == 0


def test_a_rule_is_found_and_forgotten_by_its_id() -> None:
    within = session()
    first, second = install(within), install(within, {"refuse": "not-found"})

    within.rules.remove(second.id)
    within.rules.remove("rule-99")

    assert (within.rules.get(first.id), within.rules.get(second.id)) == (first, None)
    assert statuses(within, 1) == [400]


def test_an_id_is_never_given_to_another_rule() -> None:
    within = session()
    first = install(within)
    within.rules.remove(first.id)
    second = install(within)
    within.rules.clear()

    assert len({first.id, second.id, install(within).id}) == 3


def test_all_rules_are_forgotten_with_a_reset() -> None:
    within = session()
    install(within)

    run(within.reset())

    assert not within.rules
    assert statuses(within, 1) == [200]


def test_more_rules_than_a_session_holds_are_refused() -> None:
    within = session()
    for _ in range(MOST_RULES):
        install(within)

    with pytest.raises(EmulatorError) as raised:
        install(within)

    assert str(raised.value) == ("1000 rules are installed; DELETE /__admin/rules forgets them")


@given(
    times=st.lists(st.none() | st.integers(1, 3), max_size=4),
    calls=st.integers(0, 12),
)
def test_rules_are_used_up_one_after_the_other(times: list[int | None], calls: int) -> None:
    within = session()
    installed = [install(within, times=limit) for limit in times]

    used = [post(within).rule for _ in range(calls)]

    expected = [rule.id for rule in reversed(installed) for _ in range(rule.rule.times or calls)][
        :calls
    ]
    assert used == expected + [None] * (calls - len(expected))
    assert [rule.uses for rule in installed] == [used.count(rule.id) for rule in installed]
