"""How requests are counted for the rules that they touch, keep and break."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.core import pipeline, records
from emulator.core.contract import Contract
from emulator.core.coverage import Coverage
from emulator.core.exchange import Call, NearMiss
from emulator.core.provider import Provider
from tests.core.toy import CALL, LETTERS, PROVIDER, answered, call, run, session

NAMES = ("path", "method", "credentials", "body-size", "content-type", "accept", "json-malformed")
QUIET = ("xml-malformed", "shouting", "ordered")
PROTOCOL = {
    name: {
        "expected": "what is right",
        "severity": "warn" if name == "shouting" else "refuse",
        "fidelity": "invented",
    }
    for name in (*NAMES, *QUIET)
}
TOYS = PROVIDER._replace(protocol=PROTOCOL)
SHOUTING_BELL = {**PROTOCOL["shouting"], "endpoint": "toy.bell"}
WITH_BELL = TOYS._replace(protocol={**PROTOCOL, "shouting": SHOUTING_BELL})


NEAR = [NearMiss(LETTERS.name, "POST", "/toy/{box}/letters", "2 path segments, 3 expected")]


def counted(*calls: Call, provider: Provider = TOYS) -> Coverage:
    coverage = Coverage([provider], Contract([provider]))
    for one in calls:
        record = records.request(answered(one, provider=provider), "toy")
        assert all(pause is None for pause in coverage.add(record))
    return coverage


def protocol(coverage: Coverage) -> list[str]:
    """The protocol rules that were touched, in the pipeline's order."""
    return [name for name in (*NAMES, *QUIET) if coverage.touched[f"toy.{name}"]]


def test_a_right_request_touches_what_it_comes_to_and_breaks_nothing() -> None:
    coverage = counted(CALL, CALL)

    assert coverage.touched["toy.to-max"] == 2
    assert coverage.touched["toy.box-enum"] == 2
    assert coverage.touched["toy.colour-enum"] == 0
    assert coverage.broken == {}


def test_a_rule_broken_twice_in_a_request_is_broken_by_one() -> None:
    coverage = counted(call(body=b'{"to":["",""],"text":"x"}'), CALL)

    assert (coverage.touched["toy.recipient-empty"], coverage.broken["toy.recipient-empty"]) == (
        2,
        1,
    )
    assert coverage.broken["toy.recipient-type"] == 0


def test_warnings_count_as_broken() -> None:
    coverage = counted(call(body=b'{"to":["Bea"],"text":"LOUD","extra":1}'))

    assert coverage.broken == {"toy.shouting": 1, "toy.member-unknown": 1}


@pytest.mark.parametrize(
    ("changes", "last"),
    [
        ({"path_params": {"box": "west"}}, "path"),
        ({"method": "PUT"}, "method"),
        ({"headers": {"authorization": None}}, "credentials"),
        ({"size": 2_000_000}, "body-size"),
        ({"headers": {"content-type": "text/plain"}}, "content-type"),
        ({"headers": {"accept": "text/plain"}}, "accept"),
        ({"body": b"{"}, "json-malformed"),
        ({"body": b"{}"}, "json-malformed"),
    ],
)
def test_a_request_touches_the_protocol_up_to_where_it_is_refused(
    changes: dict[str, Any], last: str
) -> None:
    coverage = counted(call(**changes))

    assert protocol(coverage) == [*NAMES[: NAMES.index(last) + 1]]


def test_a_body_is_looked_at_only_once_it_was_read() -> None:
    refused = [
        call(headers={"authorization": None}),
        call(body=b"{"),
        call(headers={"accept": "text/plain"}),
    ]

    assert counted(*refused).touched["toy.letter-type"] == 0


def test_an_accepted_request_touches_the_whole_protocol_of_its_format() -> None:
    xml = call(
        headers={"content-type": "application/xml"},
        body=b"<post><to><recipient>Bea</recipient></to><text>Hi</text></post>",
    )

    assert protocol(counted(CALL)) == [*NAMES, "shouting", "ordered"]
    assert protocol(counted(xml)) == [*NAMES[:-1], *QUIET]
    assert counted(xml).touched["toy.recipient-empty"] == 1


def test_a_refusal_by_order_says_nothing_of_where_a_request_got_to() -> None:
    coverage = counted(call(body=b'{"to":["grumpy"],"text":"Hi"}'))

    assert coverage.broken == {"toy.ordered": 1}
    assert coverage.touched["toy.to-max"] == 1
    assert protocol(coverage) == [*NAMES, "shouting", "ordered"]


def test_a_rule_about_one_endpoint_is_not_touched_by_the_others() -> None:
    coverage = counted(CALL, provider=WITH_BELL)

    assert coverage.touched["toy.shouting"] == 0


def test_a_body_that_is_no_utf_8_is_decoded_as_it_was() -> None:
    latin = (
        b'<?xml version="1.0" encoding="ISO-8859-1"?>'
        b"<post><to><recipient>B\xe9a</recipient></to><text>Hi</text></post>"
    )

    coverage = counted(call(headers={"content-type": "application/xml"}, body=latin))

    assert coverage.touched["toy.recipient-type"] == 1


def test_calls_to_no_endpoint_touch_a_providers_path_or_nothing() -> None:
    within = session()
    nowhere = run(pipeline.miss(call(path="/toy/nothing"), TOYS, NEAR, within))
    unknown = run(pipeline.miss(call(path="/nothing"), None, NEAR, within))

    coverage = Coverage([TOYS], Contract([TOYS]))
    for exchange in (nowhere, unknown):
        assert list(coverage.add(records.request(exchange, "toy"))) == []

    assert coverage.touched == coverage.broken == {"toy.path": 1}


def test_the_caller_may_pause_at_every_rule_that_is_come_to() -> None:
    record = records.request(answered(call(body=b'{"to":["a","b"],"text":"x"}')), "toy")

    pauses = list(Coverage([TOYS], Contract([TOYS])).add(record))

    assert len(pauses) == 4 + 3 + 2 * 2 + 2
