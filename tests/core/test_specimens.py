"""Examples of a rule kept and broken, made of documents with which nothing is wrong."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from emulator.core.contract import Contract
from emulator.core.provider import Specimens
from emulator.core.specimens import example
from emulator.core.validation import BASE
from tests.core.test_contract import CONTRACT, contract_of, endpoint_of
from tests.core.toy import LETTERS, PROVIDER, rule

RIGHT: dict[str, Any] = {"to": ["Bea"], "text": "Hello"}
FULL = {**RIGHT, "colour": "red", "stamps": 3, "code": "AB", "a/b~c": True}
SPECIMENS = Specimens([RIGHT, FULL], {"box": "north"})


def made(code: str, specimens: Specimens = SPECIMENS) -> Any:
    return example(CONTRACT.rules[f"toy.{code}"], LETTERS, specimens)


@pytest.mark.parametrize(
    ("code", "passing", "failing"),
    [
        ("to-required", RIGHT, {"text": "Hello"}),
        ("text-required", RIGHT, {"to": ["Bea"]}),
        ("member-unknown", RIGHT, {**RIGHT, "recipient": "x"}),
        ("letter-type", RIGHT, [RIGHT]),
        ("to-type", RIGHT, {**RIGHT, "to": "Bea"}),
        ("recipient-type", RIGHT, {**RIGHT, "to": [1]}),
        ("recipient-empty", {**RIGHT, "to": ["B"]}, {**RIGHT, "to": [""]}),
        ("to-min", RIGHT, {**RIGHT, "to": []}),
        ("to-max", {**RIGHT, "to": ["Bea"] * 200}, {**RIGHT, "to": ["Bea"] * 201}),
        ("text-max", {**RIGHT, "text": "Hello" * 4}, {**RIGHT, "text": "HelloHelloHelloHelloH"}),
        ("colour-enum", FULL, {**FULL, "colour": "RED"}),
        ("stamps-type", FULL, {**FULL, "stamps": "3"}),
        ("stamps-min", {**FULL, "stamps": 1}, {**FULL, "stamps": 0}),
        ("stamps-max", {**FULL, "stamps": 9}, {**FULL, "stamps": 10}),
        ("code-min", FULL, {**FULL, "code": "A"}),
        ("odd-type", FULL, {**FULL, "a/b~c": "True"}),
    ],
)
def test_the_example_of_a_rule_is_on_its_limit_and_past_it(
    code: str, passing: Any, failing: Any
) -> None:
    assert made(code) == {"passing": passing, "failing": failing}


def test_the_example_of_a_paths_rule_is_its_parameters() -> None:
    assert made("box-enum") == {"passing": {"box": "north"}, "failing": {"box": "NORTH"}}


WORD: dict[str, Any] = {
    "$id": f"{BASE}toy/parts.json",
    "properties": {
        "word": {
            "minLength": 1,
            "pattern": "^([A-Z]{3})?$",
            "not": {"enum": ["ABC", "XYZ"]},
            "x-rules": {
                "minLength": rule("word-min"),
                "pattern": rule("word-pattern", example={"passing": "DEF", "failing": "def"}),
                "not": rule("word-not", severity="allow"),
            },
        },
        "old": {
            "not": {"type": "string"},
            "x-rules": {"not": rule("old", example={"failing": "x"})},
        },
    },
}


@pytest.mark.parametrize(
    ("code", "passing", "failing"),
    [
        ("word-min", {"word": "GHI"}, {"word": ""}),
        ("word-pattern", {"word": "DEF"}, {"word": "def"}),
        ("word-not", {"word": "GHI"}, {"word": "ABC"}),
        ("old", {"word": "GHI"}, {"word": "GHI", "old": "x"}),
    ],
)
def test_what_a_keyword_cannot_tell_is_annotated_or_left_as_it_is(
    code: str, passing: Any, failing: Any
) -> None:
    endpoint = endpoint_of(WORD)
    rules = contract_of(endpoint).rules

    made = example(rules[f"toy.{code}"], endpoint, Specimens([{"word": "GHI"}], {}))

    assert made == {"passing": passing, "failing": failing}


def test_a_rule_that_no_specimen_comes_to_has_no_example() -> None:
    assert made("colour-enum", Specimens([RIGHT], {})) is None


def test_making_an_example_leaves_the_specimens_alone() -> None:
    before = deepcopy(SPECIMENS)

    for one in Contract([PROVIDER]).rules.values():
        if one.place != "protocol":
            example(one, LETTERS, SPECIMENS)

    assert before == SPECIMENS
