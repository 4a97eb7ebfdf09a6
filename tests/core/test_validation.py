"""How a schema's annotations become violations: code, pointer, what was expected, who says so."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.exchange import Violation
from emulator.core.rejections import Invalid
from emulator.core.validation import BASE, MOST_EXPLAINED, Schemas
from tests.core.toy import DOCUMENTS, LETTER, SCHEMAS, rule

RIGHT: dict[str, Any] = {"to": ["Bea"], "text": "Hello"}
LETTERS = SCHEMAS["toy/letter.json"]


def broken(document: Any) -> list[Violation]:
    with pytest.raises(Invalid) as invalid:
        LETTERS.check(document)
    return list(invalid.value.violations)


def told(violations: list[Violation]) -> list[tuple[str, str, str]]:
    return [(violation.code, violation.pointer, violation.severity) for violation in violations]


def test_a_right_document_breaks_nothing() -> None:
    full = {**RIGHT, "colour": "red", "stamps": 9, "code": "AB", "a/b~c": True}

    assert [LETTERS.check(RIGHT), LETTERS.check(full)] == [[], []]


def test_a_violation_carries_all_that_its_annotation_says() -> None:
    assert broken({**RIGHT, "code": "ab"}) == [
        Violation(
            code="toy.code-pattern",
            pointer="/code",
            message='expected capital letters, found "ab"',
            expected="capital letters",
            source={"document": "toys.txt", "row": "code-pattern"},
            severity="refuse",
            fidelity="documented",
            value='"ab"',
        )
    ]


def test_a_document_without_a_file_is_told_by_its_title() -> None:
    (violation,) = broken({**RIGHT, "colour": "rde"})

    assert violation == Violation(
        code="toy.colour-enum",
        pointer="/colour",
        message='expected one of red, green, blue, found "rde"',
        expected="one of red, green, blue",
        source={"document": "What one hears"},
        value='"rde"',
        suggestion='did you mean "red"?',
    )


def test_a_rule_without_a_source_tells_its_reason() -> None:
    (violation,) = broken({**RIGHT, "a/b~c": 1})

    assert (violation.source, violation.fidelity) == ({"because": "why not"}, "invented")


def test_a_rule_with_neither_source_nor_reason_has_none() -> None:
    assert SCHEMAS.source({"code": "toy.x"}) is None


@pytest.mark.parametrize(
    ("change", "code", "pointer", "message", "value"),
    [
        ({"to": "Bea"}, "to-type", "/to", "expected an array, found a string", '"Bea"'),
        ({"to": {}}, "to-type", "/to", "expected an array, found an object", "{}"),
        ({"to": []}, "to-min", "/to", "expected at least 1 item, found 0", "[]"),
        (
            {"to": ["x"] * 201},
            "to-max",
            "/to",
            "expected at most 200 items, found 201",
            '["x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x","x",...',
        ),
        ({"to": ["a", 7]}, "recipient-type", "/to/1", "expected a string, found a number", "7"),
        ({"to": [None]}, "recipient-type", "/to/0", "expected a string, found null", "null"),
        (
            {"to": ["a", ""]},
            "recipient-empty",
            "/to/1",
            "expected a non-empty string, found an empty one",
            '""',
        ),
        ({"text": [1]}, "text-type", "/text", "expected a string, found an array", "[1]"),
        (
            {"stamps": True},
            "stamps-type",
            "/stamps",
            "expected an integer, found a boolean",
            "true",
        ),
        ({"stamps": 1.5}, "stamps-type", "/stamps", "expected an integer, found a number", "1.5"),
        ({"stamps": 0}, "stamps-min", "/stamps", "expected at least 1, found 0", "0"),
        ({"stamps": 10}, "stamps-max", "/stamps", "expected at most 9, found 10", "10"),
        (
            {"code": "A"},
            "code-min",
            "/code",
            "expected at least 2 characters (code points), found 1",
            '"A"',
        ),
        ({"a/b~c": "x"}, "odd-type", "/a~1b~0c", "expected a boolean, found a string", '"x"'),
    ],
)
def test_each_keyword_is_told_in_words(
    change: dict[str, Any], code: str, pointer: str, message: str, value: str
) -> None:
    (violation,) = broken({**RIGHT, **change})

    assert (violation.code, violation.pointer, violation.message, violation.value) == (
        f"toy.{code}",
        pointer,
        message,
        value,
    )


def test_an_absent_member_is_told_where_it_should_stand() -> None:
    (violation,) = broken({"text": "Hello"})

    assert violation == Violation(
        code="toy.to-required",
        pointer="/to",
        message='expected member "to", found none',
        expected='member "to"',
        source={"document": "toys.txt", "row": "to-required"},
    )


def test_every_absent_member_is_told() -> None:
    assert told(broken({})) == [
        ("toy.to-required", "/to", "refuse"),
        ("toy.text-required", "/text", "warn"),
    ]


@pytest.mark.parametrize(
    ("name", "pointer", "suggestion"),
    [
        ("txet", "/txet", 'did you mean "text"?'),
        ("TO", "/TO", 'did you mean "to"?'),
        ("recipient", "/recipient", "it is called to here"),
        ("x~/y", "/x~0~1y", None),
        ("", "/", None),
    ],
)
def test_an_unknown_member_is_warned_of_with_the_likely_one(
    name: str, pointer: str, suggestion: str | None
) -> None:
    expected = "only the members to, text, colour, stamps, code, a/b~c"

    assert LETTERS.check({**RIGHT, name: 1}) == [
        Violation(
            code="toy.member-unknown",
            pointer=pointer,
            message=f'expected {expected}, found "{name}"',
            expected=expected,
            source={"document": "toys.txt", "row": "member-unknown"},
            severity="warn",
            suggestion=suggestion,
        )
    ]


def test_what_is_only_warned_of_is_no_refusal() -> None:
    document = {"to": ["Bea"], "colour": "red", "extra": 1, "more": 2}

    assert told(LETTERS.check(document)) == [
        ("toy.text-required", "/text", "warn"),
        ("toy.member-unknown", "/extra", "warn"),
        ("toy.member-unknown", "/more", "warn"),
    ]


def test_refusals_come_before_warnings() -> None:
    document = {"to": [""], "text": "x" * 21, "stamps": 0, "extra": 1}

    assert told(broken(document)) == [
        ("toy.recipient-empty", "/to/0", "refuse"),
        ("toy.stamps-min", "/stamps", "refuse"),
        ("toy.member-unknown", "/extra", "warn"),
        ("toy.text-max", "/text", "warn"),
    ]


def test_a_hundred_violations_of_a_document_are_explained_and_no_more() -> None:
    violations = broken({"to": [""] * 150, **{f"extra{n}": n for n in range(150)}})

    assert [sum(v.severity == kind for v in violations) for kind in ("refuse", "warn")] == [
        MOST_EXPLAINED,
        MOST_EXPLAINED,
    ]


def test_a_long_value_is_told_shortened() -> None:
    (violation,) = broken({**RIGHT, "code": "x" * 5000})

    assert violation.value == '"' + "x" * 76 + "..."
    assert len(violation.message) < 200


def test_a_long_unknown_name_is_told_shortened() -> None:
    (violation,) = LETTERS.check({**RIGHT, "x" * 5000: 1})

    assert len(violation.message) < 300


def test_characters_are_counted_in_code_points() -> None:
    assert LETTERS.check({**RIGHT, "text": "\U0001f600" * 20}) == []
    assert told(LETTERS.check({**RIGHT, "text": "\U0001f600" * 21})) == [
        ("toy.text-max", "/text", "warn")
    ]


@pytest.mark.parametrize(
    ("code", "limit"),
    [
        ("toy.to-max", 200),
        ("toy.text-max", 20),
        ("toy.colour-enum", ["red", "green", "blue"]),
        ("toy.to-required", "to"),
        ("toy.box-enum", ["north", "south"]),
    ],
)
def test_a_limit_is_found_by_its_rules_code(code: str, limit: object) -> None:
    assert SCHEMAS.limit(code) == limit


def test_a_rule_in_a_branch_or_a_referenced_file_is_found_and_applied() -> None:
    schemas = Schemas(
        {
            "toy/one.json": {
                "$id": f"{BASE}toy/one.json",
                "properties": {"kind": True, "sizes": {"items": {"$ref": "two.json"}}},
                "if": {"properties": {"kind": {"const": "small"}}},
                "then": {
                    "properties": {"weight": {"maximum": 5, "x-rules": {"maximum": rule("light")}}}
                },
            },
            "toy/two.json": {
                "$id": f"{BASE}toy/two.json",
                "minimum": 3,
                "x-rules": {"minimum": rule("size-min")},
            },
        },
        DOCUMENTS,
    )
    one = schemas["toy/one.json"]

    with pytest.raises(Invalid) as invalid:
        one.check({"kind": "small", "weight": 6, "sizes": [3, 2]})

    assert sorted(told(list(invalid.value.violations))) == [
        ("toy.light", "/weight", "refuse"),
        ("toy.size-min", "/sizes/1", "refuse"),
    ]
    assert one.check({"kind": "large", "weight": 6}) == []
    assert (schemas.limit("toy.light"), schemas.limit("toy.size-min")) == (5, 3)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 12)
    | st.sampled_from(["", "A", "AB", "red", "x" * 21]),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)
LIKELY = st.dictionaries(st.sampled_from([*LETTER["properties"], "extra"]), VALUES) | VALUES


@given(LIKELY)
def test_a_document_is_refused_exactly_if_a_refusal_is_explained(document: Any) -> None:
    before = deepcopy(document)
    refused = False

    try:
        violations = LETTERS.check(document)
    except Invalid as invalid:
        refused, violations = True, list(invalid.violations)

    assert refused == any(violation.severity == "refuse" for violation in violations)
    assert document == before
