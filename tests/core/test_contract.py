"""The rules that a walk over schemas finds, and which of them a document comes to."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.core.contract import Contract, Rule
from emulator.core.exchange import Violation
from emulator.core.provider import Endpoint
from emulator.core.rejections import Invalid
from emulator.core.validation import BASE, Schemas
from tests.core.toy import DOCUMENTS, LETTERS, PROVIDER, rule

SHOUTING = {"expected": "a quiet text", "severity": "warn", "fidelity": "invented"}
BEHEST = {"expected": "no order", "fidelity": "inferred", "endpoint": "toy.bell", "because": "so"}
TOYS = PROVIDER._replace(protocol={"shouting": SHOUTING, "behest": BEHEST})
CONTRACT = Contract([TOYS])

STRING = {"type": "string", "x-rules": {"type": rule("name-type")}}
NAMED = {"const": "named"}
PARTS: dict[str, Any] = {
    "$id": f"{BASE}toy/parts.json",
    "properties": {
        "kind": True,
        "first": {"$ref": "name.json"},
        "second": {"$ref": "name.json#"},
        "nested": {"items": {"$ref": "#/$defs/part"}},
        "either": True,
    },
    "allOf": [
        {"required": ["first"], "x-rules": {"required": {"first": rule("first-required")}}},
        {
            "if": {"properties": {"kind": NAMED}, "required": ["kind"]},
            "then": {
                "properties": {
                    "either": {"minLength": 3, "x-rules": {"minLength": rule("either-min")}}
                }
            },
        },
    ],
    "$defs": {
        "part": {
            "minItems": 2,
            "x-rules": {"minItems": rule("part-min", severity="allow")},
            "items": {"$ref": "#/$defs/part"},
        }
    },
}
NAME = {"$id": f"{BASE}toy/name.json", **STRING}


def endpoint_of(request: dict[str, Any]) -> Endpoint:
    schemas = Schemas({"toy/parts.json": request, "toy/name.json": NAME}, DOCUMENTS)
    return LETTERS._replace(request=schemas["toy/parts.json"], path=None)


def contract_of(endpoint: Endpoint) -> Contract:
    return Contract([PROVIDER._replace(endpoints=[endpoint], protocol={})])


def reached(contract: Contract, document: Any) -> list[str]:
    return sorted(
        {code.partition(".")[2] for code in contract.bodies["toy.letters"].reached(document)}
    )


def test_a_rule_says_what_where_and_who() -> None:
    found = CONTRACT.rules["toy.text-max"]

    assert found == Rule(
        code="toy.text-max",
        provider="toy",
        endpoint="toy.letters",
        place="body",
        path=("text",),
        keyword="maxLength",
        limit=20,
        severity="warn",
        fidelity="documented",
        expected="at most 20 characters (code points)",
        source={"document": "toys.txt", "row": "text-max"},
        told=rule("text-max", severity="warn"),
    )
    assert (found.pointer, found.unit, found.because) == ("/text", "code points", None)


@pytest.mark.parametrize(
    ("code", "pointer", "limit", "unit"),
    [
        ("letter-type", "", "object", None),
        ("to-required", "/to", "to", None),
        ("member-unknown", "", False, None),
        ("to-max", "/to", 200, "items"),
        ("recipient-empty", "/to/*", 1, "code points"),
        ("stamps-max", "/stamps", 9, None),
        ("colour-enum", "/colour", ["red", "green", "blue"], None),
        ("odd-type", "/a~1b~0c", "boolean", None),
        ("box-enum", "/box", ["north", "south"], None),
        ("shouting", "", None, None),
    ],
)
def test_a_rule_has_a_pointer_a_limit_and_its_unit(
    code: str, pointer: str, limit: Any, unit: str | None
) -> None:
    found = CONTRACT.rules[f"toy.{code}"]

    assert (found.pointer, found.limit, found.unit) == (pointer, limit, unit)


def test_rules_stand_in_the_order_of_paths_bodies_and_protocol() -> None:
    codes = [code.partition(".")[2] for code in CONTRACT.rules]

    assert codes[:3] == ["box-enum", "letter-type", "to-required"]
    assert codes[-2:] == ["shouting", "behest"]


def test_a_rule_of_the_protocol_says_which_endpoint_it_is_about_if_any() -> None:
    told = [CONTRACT.rules[f"toy.{name}"] for name in ("shouting", "behest")]

    assert [(r.place, r.endpoint, r.severity, r.because) for r in told] == [
        ("protocol", None, "warn", None),
        ("protocol", "toy.bell", "refuse", "so"),
    ]


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"to": [], "text": "x" * 21, "extra": 1},
        {"to": [1, ""], "text": 2, "colour": "rde", "stamps": 0, "code": "a", "a/b~c": 0},
        {"to": ["x"] * 201, "text": "x", "stamps": 10},
    ],
)
def test_a_rule_expects_what_its_violations_say(document: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as invalid:
        LETTERS.request.check(document)

    violations: list[Violation] = [*invalid.value.violations]
    assert [
        (CONTRACT.rules[v.code].expected, CONTRACT.rules[v.code].source) for v in violations
    ] == [(v.expected, v.source) for v in violations]


def test_a_part_that_several_places_share_is_one_rule() -> None:
    found = contract_of(endpoint_of(PARTS)).rules

    assert [(r.code, r.pointer, r.severity) for r in found.values()] == [
        ("toy.name-type", "/first", "refuse"),
        ("toy.part-min", "/nested/*", "allow"),
        ("toy.first-required", "/first", "refuse"),
        ("toy.either-min", "/either", "refuse"),
    ]


@pytest.mark.parametrize(
    ("document", "codes"),
    [
        ({}, ["first-required"]),
        ([], []),
        ({"second": 1}, ["first-required", "name-type"]),
        ({"kind": "named", "either": "x"}, ["either-min", "first-required"]),
        ({"kind": "named", "either": 1}, ["first-required"]),
        ({"kind": "other", "either": "x"}, ["first-required"]),
        ({"nested": [1]}, ["first-required"]),
        ({"nested": [[]]}, ["first-required", "part-min"]),
    ],
)
def test_a_document_comes_to_the_rules_that_say_something_of_it(
    document: Any, codes: list[str]
) -> None:
    assert reached(contract_of(endpoint_of(PARTS)), document) == codes


@pytest.mark.parametrize(
    ("document", "code", "comes"),
    [
        ({"stamps": 3}, "stamps-min", True),
        ({"stamps": 3.5}, "stamps-min", True),
        ({"stamps": True}, "stamps-min", False),
        ({"stamps": True}, "stamps-type", True),
        ({"to": ["x"]}, "recipient-type", True),
        ({"to": []}, "recipient-type", False),
        ({"to": "x"}, "to-max", False),
        ({"colour": None}, "colour-enum", True),
    ],
)
def test_a_keyword_is_about_values_of_its_type(
    document: dict[str, Any], code: str, comes: bool
) -> None:
    found = set(CONTRACT.bodies["toy.letters"].reached(document))

    assert (f"toy.{code}" in found) == comes
