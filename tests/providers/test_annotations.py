"""Every constraint of a request has a rule of its own, which says who states it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest

from emulator import resources
from emulator.core.contract import Contract
from emulator.core.exchange import Severity
from emulator.core.provider import Fidelity
from emulator.core.validation import BASE
from tests.providers.examples import PROVIDERS, named

CONSTRAINING = frozenset(
    {"type", "enum", "const", "not", "required", "additionalProperties", "pattern", "minLength"}
    | {"maxLength", "minItems", "maxItems", "minimum", "maximum"}
)
LEADING = frozenset({"properties", "items", "allOf", "then", "$ref"})
SAYING = frozenset({"$schema", "$id", "title", "description", "if", "x-rules"})
MEMBERS = frozenset(
    {"code", "severity", "fidelity", "source", "because", "expected", "suggestion", "suggestions"}
    | {"sample_slip", "example"}
)

SCHEMAS = resources.schemas()
REQUESTS = [
    uri
    for uri in SCHEMAS.resources
    if re.search(r"/(?!emulator/)[a-z]+/[a-z-]+\.(request|path)\.json$", uri)
]


def short(uri: str) -> str:
    return uri.removeprefix(BASE)


def rules(node: Any, where: str = "") -> Iterator[tuple[str, Any]]:
    """The annotation of every constraint, None where one is missing; an `if` constrains nothing."""
    if not isinstance(node, dict):
        return
    told = node.get("x-rules", {})
    for keyword in sorted(told.keys() - (node.keys() & CONSTRAINING)):
        yield f"{where}/x-rules/{keyword}", None
    for keyword, value in node.items():
        here = f"{where}/{keyword}"
        if keyword == "required":
            yield from ((f"{here}/{name}", told.get(keyword, {}).get(name)) for name in value)
        elif keyword in CONSTRAINING:
            yield here, told.get(keyword)
        elif keyword == "properties":
            for name, member in value.items():
                yield from rules(member, f"{here}/{name}")
        elif keyword == "allOf":
            for index, part in enumerate(value):
                yield from rules(part, f"{here}/{index}")
        elif keyword in LEADING - {"$ref"}:
            yield from rules(value, here)
        elif keyword not in SAYING | LEADING:
            yield f"{here} (a keyword that nothing here knows)", None


def problems(rule: Any) -> list[str]:
    """What an annotation lacks."""
    if rule is None:
        return ["no rule"]
    found = [f"unknown member {name}" for name in sorted(rule.keys() - MEMBERS)]
    if not re.fullmatch(r"[a-z0-9]+\.[a-z0-9-]+", rule.get("code", "")):
        found.append("no code")
    if rule.get("fidelity") not in get_args(Fidelity):
        found.append("no fidelity")
    if rule.get("severity", "refuse") not in get_args(Severity):
        found.append("no severity")
    source = rule.get("source")
    if source is None:
        if not rule.get("because"):
            found.append("neither source nor reason")
    elif not (source.get("document") and source.get("section") and source.get("row")):
        found.append("a source without document, section or row")
    elif SCHEMAS.source(rule) is None:
        found.append("a source that is not known")
    return found


@pytest.mark.parametrize("uri", REQUESTS, ids=short)
def test_every_constraint_has_a_rule_with_a_code_and_a_source_or_a_reason(uri: str) -> None:
    found = [(where, problems(rule)) for where, rule in rules(SCHEMAS.resources[uri])]

    assert found
    assert [(where, lacking) for where, lacking in found if lacking] == []


@pytest.mark.parametrize("provider", PROVIDERS, ids=named)
def test_every_protocol_rule_has_a_source_or_a_reason_and_an_example(provider: Any) -> None:
    told = resources.fixture(f"{provider.name}/protocol.json")["rules"]

    lacking = {
        name: [
            *problems(
                {"code": f"{provider.name}.{name}"} | {k: rule[k] for k in rule.keys() & MEMBERS}
            ),
            *[f"no {part}" for part in ("expected", "example") if not rule.get(part)],
        ]
        for name, rule in told.items()
    }

    assert {name: problem for name, problem in lacking.items() if problem} == {}


def test_a_code_stands_once_and_with_its_providers_name() -> None:
    codes = [
        (rule["code"], short(uri).partition("/")[0])
        for uri in REQUESTS
        for _, rule in rules(SCHEMAS.resources[uri])
    ]
    codes += [(f"{p.name}.{rule}", p.name) for p in PROVIDERS for rule in p.protocol]

    assert len({code for code, _ in codes}) == len(codes)
    assert [code for code, provider in codes if not code.startswith(f"{provider}.")] == []


def test_the_contract_lists_every_rule_that_is_written_down() -> None:
    folder = Path(resources.ROOT)
    text = "".join(
        (folder / "schemas" / short(uri)).read_text(encoding="utf-8") for uri in REQUESTS
    )
    written = re.findall(r'"code": "([a-z0-9.-]+)"', text)
    written += [f"{p.name}.{rule}" for p in PROVIDERS for rule in p.protocol]

    assert sorted(Contract(PROVIDERS).rules) == sorted(written)


def test_a_rule_of_one_endpoint_names_one_that_exists() -> None:
    endpoints = {endpoint.name for provider in PROVIDERS for endpoint in provider.endpoints}

    named_ones = {rule.endpoint for rule in Contract(PROVIDERS).rules.values() if rule.endpoint}

    assert named_ones == endpoints


RIGHT = {"code": "x.y", "fidelity": "inferred", "because": "so"}
SOURCE = {"document": "000", "section": "Text", "row": "to | String"}


@pytest.mark.parametrize(
    ("node", "lacking"),
    [
        ({"type": "string"}, [("/type", ["no rule"])]),
        ({"type": "string", "x-rules": {"type": RIGHT}}, [("/type", [])]),
        ({"if": {"type": "string"}}, []),
        ({"x-rules": {"type": RIGHT}}, [("/x-rules/type", ["no rule"])]),
        ({"oneOf": []}, [("/oneOf (a keyword that nothing here knows)", ["no rule"])]),
        (
            {"required": ["a", "b"], "x-rules": {"required": {"a": RIGHT}}},
            [("/required/a", []), ("/required/b", ["no rule"])],
        ),
        (
            {"allOf": [{"then": {"properties": {"n": {"items": {"minLength": 1}}}}}]},
            [("/allOf/0/then/properties/n/items/minLength", ["no rule"])],
        ),
        (
            {"minLength": 1, "x-rules": {"minLength": {"source": {**SOURCE, "row": ""}}}},
            [
                (
                    "/minLength",
                    ["no code", "no fidelity", "a source without document, section or row"],
                )
            ],
        ),
        (
            {"minLength": 1, "x-rules": {"minLength": {**RIGHT, "because": "", "sauce": 1}}},
            [("/minLength", ["unknown member sauce", "neither source nor reason"])],
        ),
    ],
)
def test_a_constraint_without_code_or_source_is_found(
    node: dict[str, Any], lacking: list[tuple[str, list[str]]]
) -> None:
    assert [(where, problems(rule)) for where, rule in rules(node)] == lacking
