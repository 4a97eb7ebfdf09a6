"""Rules as users write them: what they become, and what is said of one that is none."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from hypothesis import given

from emulator.core import rules
from emulator.core.behaviour import (
    FAULTS,
    Accept,
    Answer,
    Break,
    Lognormal,
    Match,
    Outcome,
    Refuse,
    Rule,
    Uniform,
)
from emulator.core.errors import EmulatorError
from emulator.core.message import Step
from tests.core.toy import BELL, PROVIDER, SENT
from tests.strategies import anything

REFUSE = {"refuse": "bad-request"}


def read(given: Any) -> Rule:
    return rules.rule(given, [PROVIDER])


def outcome(**given: Any) -> Outcome:
    """The outcome that a rule with this one has."""
    (found,) = read({"outcomes": [given]}).outcomes
    return found


def sentence(given: Any) -> str:
    with pytest.raises(EmulatorError) as raised:
        read(given)
    return str(raised.value)


def test_a_rule_is_read_whole() -> None:
    outcomes = [{"fault": "reset"}, {"refuse": "too-many-requests", "retry_after": 3, "delay": 0.5}]
    match = {"endpoint": "toy.*", "recipient": "B*"}

    rule = read(
        {"name": "flaps", "match": match, "outcomes": outcomes, "times": 3, "probability": 0.25}
    )

    assert rule == Rule(
        match=Match("toy.*", "B*"),
        outcomes=(
            Outcome(Break("reset")),
            Outcome(Refuse("too-many-requests", 3), Uniform(0.5, 0.5)),
        ),
        given={"match": match, "outcomes": outcomes},
        name="flaps",
        times=3,
        probability=0.25,
    )


def test_a_rule_needs_no_more_than_an_outcome() -> None:
    rule = read({"outcomes": [REFUSE]})

    assert rule == Rule(
        match=Match(),
        outcomes=(Outcome(Refuse("bad-request")),),
        given={"match": {}, "outcomes": [REFUSE]},
    )


def test_null_counts_as_absent_wherever_it_stands() -> None:
    given = {
        "name": None,
        "match": {"endpoint": None, "recipient": None, "document": None},
        "outcomes": [
            {"refuse": "bad-request", "retry_after": None, "delay": None, "fault": None},
            {"accept": {"status": None, "then": None}},
            {"answer": {"status": None, "headers": None, "body": None}},
        ],
        "times": None,
        "probability": None,
    }

    rule = read(given)

    assert rule == read({"outcomes": [REFUSE, {"accept": {}}, {"answer": {}}]})
    assert rule.given == {
        "match": {},
        "outcomes": [{"refuse": "bad-request"}, {"accept": {}}, {"answer": {}}],
    }


def test_null_stays_in_what_somebody_else_gives_a_meaning_to() -> None:
    schema = {"properties": {"text": {"const": None}}}

    rule = read({"match": {"document": schema}, "outcomes": [{"answer": {"body": {"a": None}}}]})

    assert rule.given["match"] == {"document": schema}
    assert rule.outcomes[0].action == Answer(
        200, (("Content-Type", "application/json;charset=UTF-8"),), b'{"a":null}'
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_every_fault_is_known(fault: str) -> None:
    assert outcome(fault=fault) == Outcome(Break(fault))  # type: ignore[arg-type] # by the test


@pytest.mark.parametrize("name", PROVIDER.refusals)
def test_every_refusal_of_the_provider_is_known(name: str) -> None:
    assert outcome(refuse=name) == Outcome(Refuse(name))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"accept": {}}, Accept()),
        ({"delay": 1}, Accept()),
        ({"accept": {"status": "LOST"}}, Accept("LOST")),
        (
            {
                "accept": {
                    "status": "LOST",
                    "then": [{"after": 0, "status": "SENT"}, {"after": 2.5, "status": "LOST"}],
                }
            },
            Accept("LOST", (Step(0, "SENT"), Step(2.5, "LOST"))),
        ),
        ({"accept": {"then": []}}, Accept(None, ())),
        (
            {
                "accept": {
                    "then": [
                        {"after": 1, "status": "LOST", "channel": "A", "late": 5, "copies": 0},
                        {"after": 1, "status": "LOST", "channel": None, "late": None},
                    ]
                }
            },
            Accept(None, (Step(1, "LOST", channel="A", late=5, copies=0), Step(1, "LOST"))),
        ),
        ({"refuse": "too-many-requests", "retry_after": 0}, Refuse("too-many-requests", 0)),
        (
            {"refuse": "too-many-requests", "retry_after": 86400},
            Refuse("too-many-requests", 86400),
        ),
        ({"answer": {}}, Answer(200, (), b"")),
        ({"answer": {"status": 204}}, Answer(204, (), b"")),
        (
            {"answer": {"status": 503, "body": "later"}},
            Answer(503, (("Content-Type", "text/plain;charset=UTF-8"),), b"later"),
        ),
        (
            {"answer": {"body": "<a/>", "headers": {"content-type": "text/xml", "X-A": "b"}}},
            Answer(200, (("content-type", "text/xml"), ("X-A", "b")), b"<a/>"),
        ),
        (
            {"answer": {"body": [1, {"a": True}]}},
            Answer(200, (("Content-Type", "application/json;charset=UTF-8"),), b'[1,{"a":true}]'),
        ),
        (
            {"answer": {"body": False}},
            Answer(200, (("Content-Type", "application/json;charset=UTF-8"),), b"false"),
        ),
    ],
    ids=str,
)
def test_an_outcome_is_read(given: dict[str, Any], expected: object) -> None:
    assert outcome(**given).action == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (0, None),
        (0.0, None),
        (2, Uniform(2, 2)),
        (60, Uniform(60, 60)),
        ({"uniform": [0.1, 2]}, Uniform(0.1, 2)),
        ({"uniform": [0, 0]}, Uniform(0, 0)),
        ({"uniform": [1, 2], "lognormal": None}, Uniform(1, 2)),
        ({"lognormal": {"median": 0.2, "sigma": 1}}, Lognormal(0.2, 1)),
    ],
)
def test_a_delay_is_read(given: Any, expected: object) -> None:
    assert outcome(refuse="bad-request", delay=given).delay == expected


def rule_with(**members: Any) -> dict[str, Any]:
    return {"outcomes": [REFUSE], **members}


def outcomes(*given: Any) -> dict[str, Any]:
    return {"outcomes": [*given]}


MANY = ", ".join(sorted(PROVIDER.refusals))
DELAYS = 'takes seconds, {"uniform": [a, b]} or {"lognormal": {"median": m, "sigma": s}}'
TAKES = (
    'member "outcomes" takes a list of 1 to 1000 outcomes,'
    ' such as [{"refuse": "too-many-requests"}]'
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("text", 'a rule takes an object, not "text"'),
        ([], "a rule takes an object, not []"),
        ({}, f"{TAKES}, not null"),
        (outcomes(), f"{TAKES}, not []"),
        ({"outcomes": REFUSE}, f'{TAKES}, not {{"refuse":"bad-request"}}'),
        (
            {"outcomes": ["a"] * 1001},
            f"{TAKES}, not " + "[" + 14 * '"a",' + "...",
        ),
        ({"outcome": REFUSE}, 'a rule: no member "outcome"; did you mean "outcomes"?'),
        (
            rule_with(colour="red"),
            'a rule: no member "colour"; known: match, name, outcomes, probability, times',
        ),
        (rule_with(name=5), 'member "name" takes a text, not 5'),
        *(
            (
                rule_with(times=times),
                f'member "times" takes a whole number from 1, or null for ever, not {shown}',
            )
            for times, shown in [
                (0, "0"),
                (-1, "-1"),
                (1.5, "1.5"),
                (True, "true"),
                ("3", '"3"'),
                (10**10, "10000000000"),
            ]
        ),
        *(
            (
                rule_with(probability=given),
                f'member "probability" takes a number from 0 to 1, not {shown}',
            )
            for given, shown in [(-0.1, "-0.1"), (1.1, "1.1"), (True, "true"), ("1", '"1"')]
        ),
        # A match
        (rule_with(match="toy"), 'a match takes an object, not "toy"'),
        (
            rule_with(match={"recipent": "Bea"}),
            'a match: no member "recipent"; did you mean "recipient"?',
        ),
        (rule_with(match={"recipient": ""}), '"recipient" of a match takes a text, not ""'),
        (rule_with(match={"recipient": 41}), '"recipient" of a match takes a text, not 41'),
        (rule_with(match={"endpoint": []}), '"endpoint" of a match takes a text, not []'),
        (
            rule_with(match={"endpoint": "toy.letter"}),
            'no endpoint "toy.letter"; did you mean "toy.letters"?',
        ),
        (
            rule_with(match={"endpoint": "post.*"}),
            'no endpoint "post.*"; known: toy.bell, toy.letters',
        ),
        (
            rule_with(match={"document": 5}),
            '"document" of a match: a JSON Schema is an object, not 5',
        ),
        (
            rule_with(match={"document": {"type": "strin"}}),
            '"document" of a match: no JSON Schema: at /type: no type "strin";'
            ' did you mean "string"?',
        ),
        (
            rule_with(match={"document": {"properties": {"to": {"type": "fish"}}}}),
            '"document" of a match: no JSON Schema: at /properties/to/type: no type "fish";'
            " known: array, boolean, integer, null, number, object, string",
        ),
        (
            rule_with(match={"document": {"required": "to"}}),
            '"document" of a match: no JSON Schema: at /required: "to" is not of type "array"',
        ),
        (
            rule_with(match={"document": {"properties": {"to": {"maxItems": -1}}}}),
            '"document" of a match: no JSON Schema: at /properties/to/maxItems:'
            " -1 is less than the minimum of 0",
        ),
        # Outcomes
        (outcomes("reset"), 'outcomes[0] takes an object, not "reset"'),
        (outcomes(REFUSE, None), "outcomes[1] takes an object, not null"),
        (
            outcomes({}),
            "outcomes[0] is empty; an outcome has one of accept, refuse, answer, fault",
        ),
        (
            outcomes(REFUSE, {"refusal": "bad-request"}),
            'outcomes[1]: no member "refusal"; did you mean "refuse"?',
        ),
        (
            outcomes({"refuse": "bad-request", "fault": "reset"}),
            'outcomes[0] has "refuse" and "fault"; an outcome is one of them',
        ),
        (
            outcomes({"accept": {}, "refuse": "bad-request", "answer": {}, "fault": "reset"}),
            'outcomes[0] has "accept" and "refuse" and "answer" and "fault";'
            " an outcome is one of them",
        ),
        (
            outcomes({"fault": "reset", "retry_after": 1}),
            'outcomes[0] has "retry_after", which belongs to "refuse"',
        ),
        (
            outcomes({"refuse": "not-found", "retry_after": 1}),
            'outcomes[0] has "retry_after", which goes with "too-many-requests" and "unavailable"',
        ),
        (
            outcomes({"retry_after": 1, "delay": 1}),
            'outcomes[0] has "retry_after", which belongs to "refuse"',
        ),
        # Accept
        (outcomes({"accept": "LOST"}), 'outcomes[0].accept takes an object, not "LOST"'),
        (
            outcomes({"accept": {"state": "LOST"}}),
            'outcomes[0].accept: no member "state"; did you mean "status"?',
        ),
        (
            outcomes({"accept": {"status": "LOTS"}}),
            'outcomes[0].accept: no status "LOTS"; did you mean "LOST"?',
        ),
        (
            outcomes({"accept": {"status": 5}}),
            'outcomes[0].accept: no status "5"; known: LOST, SENT',
        ),
        (
            outcomes({"accept": {"then": {"after": 1, "status": "LOST"}}}),
            'outcomes[0].accept.then takes a list of steps, not {"after":1,"status":"LOST"}',
        ),
        (outcomes({"accept": {"then": 0}}), "outcomes[0].accept.then takes a list of steps, not 0"),
        (
            outcomes({"accept": {"then": [{"status": "LOST"}]}}),
            'outcomes[0].accept.then[0] lacks member "after"',
        ),
        (
            outcomes({"accept": {"then": [{"after": 1, "status": None}]}}),
            'outcomes[0].accept.then[0] lacks member "status"',
        ),
        (
            outcomes({"accept": {"then": [{"after": 1, "status": "LOST", "at": 1}]}}),
            'outcomes[0].accept.then[0]: no member "at"; did you mean "late"?',
        ),
        (
            outcomes({"accept": {"then": [{"after": 1, "status": "SEEN"}]}}),
            'outcomes[0].accept.then[0]: no status "SEEN"; did you mean "SENT"?',
        ),
        (
            outcomes({"accept": {"then": [{"after": -1, "status": "LOST"}]}}),
            "outcomes[0].accept.then[0].after takes a number from 0 to 31622400, not -1",
        ),
        (
            outcomes(
                {
                    "accept": {
                        "then": [{"after": 2, "status": "LOST"}, {"after": 1, "status": "SENT"}]
                    }
                }
            ),
            "outcomes[0].accept.then[1].after is 1, less than that of the step that it follows (2);"
            " it counts seconds since acceptance",
        ),
        *(
            (
                outcomes({"accept": {"then": [{"after": 1, "status": "LOST", name: given}]}}),
                f"outcomes[0].accept.then[0].{name} takes {expected}",
            )
            for name, given, expected in [
                ("channel", "", 'a text, not ""'),
                ("channel", 5, "a text, not 5"),
                ("copies", -1, "0 to 10, not -1"),
                ("copies", 11, "0 to 10, not 11"),
                ("copies", True, "0 to 10, not true"),
                ("late", -1, "a number from 0 to 31622400, not -1"),
                ("late", "1", 'a number from 0 to 31622400, not "1"'),
            ]
        ),
        (
            outcomes({"accept": {"status": "LOST", "then": [{"after": 1, "status": "LOST"}]}}),
            'outcomes[0].accept.then: "LOST" cannot follow "LOST"; what can is SENT',
        ),
        # Refuse
        (
            outcomes({"refuse": "too-many-request"}),
            'outcomes[0]: no rejection "too-many-request"; did you mean "too-many-requests"?',
        ),
        (outcomes({"refuse": 429}), f'outcomes[0]: no rejection "429"; known: {MANY}'),
        *(
            (
                outcomes({"refuse": "too-many-requests", "retry_after": given}),
                f"outcomes[0].retry_after takes whole seconds from 0 to 86400, not {shown}",
            )
            for given, shown in [(-1, "-1"), (0.5, "0.5"), (86401, "86401"), (True, "true")]
        ),
        # Answer
        (outcomes({"answer": 200}), "outcomes[0].answer takes an object, not 200"),
        (
            outcomes({"answer": {"code": 200}}),
            'outcomes[0].answer: no member "code"; known: body, headers, status',
        ),
        *(
            (
                outcomes({"answer": {"status": given}}),
                f"outcomes[0].answer.status takes 200 to 599, not {shown}",
            )
            for given, shown in [(199, "199"), (600, "600"), ("200", '"200"'), (True, "true")]
        ),
        *(
            (
                outcomes({"answer": {"status": status, "body": "-"}}),
                f"outcomes[0].answer: an answer with status {status} has no body",
            )
            for status in (204, 304)
        ),
        (
            outcomes({"answer": {"headers": ["X-A"]}}),
            'outcomes[0].answer.headers takes an object, not ["X-A"]',
        ),
        (
            outcomes({"answer": {"headers": ""}}),
            'outcomes[0].answer.headers takes an object, not ""',
        ),
        (
            outcomes({"answer": {"headers": {"X A": "b"}}}),
            'outcomes[0].answer.headers: "X A": "b" is no header',
        ),
        (
            outcomes({"answer": {"headers": {"": "b"}}}),
            'outcomes[0].answer.headers: "": "b" is no header',
        ),
        (
            outcomes({"answer": {"headers": {"X-A": 5}}}),
            'outcomes[0].answer.headers: "X-A": 5 is no header',
        ),
        (
            outcomes({"answer": {"headers": {"X-A": "b\r\nX-B: c"}}}),
            'outcomes[0].answer.headers: the value of "X-A" is not one line of Latin-1',
        ),
        (
            outcomes({"answer": {"headers": {"X-A": "\u20ac"}}}),
            'outcomes[0].answer.headers: the value of "X-A" is not one line of Latin-1',
        ),
        (
            outcomes({"answer": {"headers": {"Content-length": "5"}}}),
            'outcomes[0].answer.headers: "Content-length" is the server\'s own; leave it out',
        ),
        # Faults
        (
            outcomes({"fault": "rest"}),
            'outcomes[0]: no fault "rest"; did you mean "reset"?',
        ),
        (
            outcomes({"fault": "explode"}),
            'outcomes[0]: no fault "explode"; known: '
            "dribble, empty, hang, malformed, reset, truncated",
        ),
        (
            outcomes({"fault": {}}),
            'outcomes[0]: no fault "{}"; known: dribble, empty, hang, malformed, reset, truncated',
        ),
        # Delays
        *(
            (
                outcomes({"delay": given}),
                f"outcomes[0].delay takes a number from 0 to 60, not {shown}",
            )
            for given, shown in [(-1, "-1"), (61, "61"), ("1", '"1"'), (True, "true"), ([1], "[1]")]
        ),
        (outcomes({"delay": {}}), f"outcomes[0].delay {DELAYS}, not {{}}"),
        (
            outcomes({"delay": {"normal": [1, 2]}}),
            'outcomes[0].delay: no member "normal"; did you mean "lognormal"?',
        ),
        (
            outcomes({"delay": {"uniform": [1]}}),
            f'outcomes[0].delay {DELAYS}, not {{"uniform":[1]}}',
        ),
        (
            outcomes({"delay": {"uniform": [1, 2], "lognormal": {"median": 1, "sigma": 1}}}),
            f"outcomes[0].delay {DELAYS},"
            ' not {"uniform":[1,2],"lognormal":{"median":1,"sigma":1}}',
        ),
        (
            outcomes({"delay": {"uniform": [2, 1]}}),
            "outcomes[0].delay.uniform: 2 is more than 1",
        ),
        (
            outcomes({"delay": {"uniform": [-1, 1]}}),
            "outcomes[0].delay.uniform[0] takes a number from 0 to 60, not -1",
        ),
        (
            outcomes({"delay": {"uniform": [1, 61]}}),
            "outcomes[0].delay.uniform[1] takes a number from 0 to 60, not 61",
        ),
        (
            outcomes({"delay": {"lognormal": [1, 1]}}),
            "outcomes[0].delay.lognormal takes an object, not [1,1]",
        ),
        (
            outcomes({"delay": {"lognormal": {"median": 1}}}),
            'outcomes[0].delay.lognormal lacks member "sigma"',
        ),
        (
            outcomes({"delay": {"lognormal": {"mean": 1, "sigma": 1}}}),
            'outcomes[0].delay.lognormal: no member "mean"; did you mean "median"?',
        ),
        (
            outcomes({"delay": {"lognormal": {"median": -1, "sigma": 1}}}),
            "outcomes[0].delay.lognormal.median takes a number from 0 to 60, not -1",
        ),
        (
            outcomes({"delay": {"lognormal": {"median": 1, "sigma": 11}}}),
            "outcomes[0].delay.lognormal.sigma takes a number from 0 to 10, not 11",
        ),
    ],
)
def test_what_is_no_rule_is_told_in_a_sentence_that_says_what_would_be_right(
    given: Any, expected: str
) -> None:
    assert sentence(given) == expected


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "https://example.com/schema.json"},
        {"$ref": "file:///etc/hostname"},
        {"$ref": "#/$defs/nothing"},
        {"$schema": "https://example.com/dialect"},
        {"pattern": "("},
    ],
    ids=str,
)
def test_a_schema_that_cannot_be_used_by_itself_is_none(schema: dict[str, str]) -> None:
    told = sentence(rule_with(match={"document": schema}))

    assert told.startswith('"document" of a match: no JSON Schema: ')
    assert "\n" not in told
    assert len(told) < 300


@pytest.mark.parametrize("keyword", ["$schema", "$ref", "$dynamicRef"])
def test_nothing_is_ever_fetched_for_a_schema(keyword: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)

        sentence(rule_with(match={"document": {keyword: f"http://{address(listening)}/schema"}}))

        with pytest.raises(BlockingIOError):
            listening.accept()


def address(listening: socket.socket) -> str:
    host, port = listening.getsockname()
    return f"{host}:{port}"


@pytest.mark.parametrize(
    "schema", [True, False, {}, {"$ref": "#/$defs/a", "$defs": {"a": {"type": "object"}}}], ids=str
)
def test_a_schema_may_be_whatever_is_one(schema: Any) -> None:
    assert read(rule_with(match={"document": schema})).match.document is not None


def test_statuses_and_refusals_are_those_of_the_endpoints_that_are_meant() -> None:
    bird = BELL._replace(name="bird.nest")
    birds = PROVIDER._replace(
        name="bird", endpoints=[bird], statuses={"HATCHED": SENT}, refusals={"flown": {}}
    )

    def told(endpoint: str | None, **given: Any) -> str:
        try:
            rules.rule({"match": {"endpoint": endpoint}, "outcomes": [given]}, [PROVIDER, birds])
        except EmulatorError as error:
            return str(error)
        return "a rule"

    hatched, lost = {"accept": {"status": "HATCHED"}}, {"accept": {"status": "LOST"}}
    assert [told("toy.*", **lost), told("bird.*", **hatched)] == ["a rule", "a rule"]
    assert [told(None, **lost), told("*", **hatched)] == ["a rule", "a rule"]
    assert [told("bird.nest", **lost), told("toy.bell", **hatched)] == [
        'outcomes[0].accept: no status "LOST"; known: HATCHED',
        'outcomes[0].accept: no status "HATCHED"; known: LOST, SENT',
    ]
    assert [told(None, refuse="flown"), told("toy.*", refuse="flown")] == [
        "a rule",
        f'outcomes[0]: no rejection "flown"; known: {MANY}',
    ]


@given(anything)
def test_whatever_is_given_is_a_rule_or_is_told_in_one_short_line(given: Any) -> None:
    for tried in (given, rule_with(match=given), outcomes(given), rule_with(times=given)):
        try:
            told = read(tried).name or "a rule"
        except EmulatorError as error:
            told = str(error)
        assert 0 < len(told) < 500
