"""The rules of a request schema, one by one, and documents that break exactly one of them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from emulator import resources
from emulator.core.provider import Endpoint
from tests.providers.examples import ENDPOINTS
from tests.strategies import Draw, Grammar, Node, anything, names, severity


class Member(NamedTuple):
    """A step into an object's member."""

    name: str


class Item(NamedTuple):
    """A step into any item of an array."""


class Where(NamedTuple):
    """A step that stays, where the value satisfies a condition."""

    condition: Node


Step: TypeAlias = Member | Item | Where


@dataclass(frozen=True, slots=True)
class Rule:
    """A keyword that is annotated with a code, and the steps to the values that it constrains.

    `absent` is the member that a rule under `required` is about.
    """

    endpoint: Endpoint
    code: str
    severity: str
    keyword: str
    node: Node
    steps: tuple[Step, ...]
    absent: str | None = None

    @property
    def name(self) -> str:
        """The endpoint and the code."""
        return f"{self.endpoint.name}:{self.code}"


class Broken(NamedTuple):
    """A document that breaks one rule, and the JSON Pointer to where it does."""

    document: Any
    pointer: str


def grammar(endpoint: Endpoint, *, strict: bool) -> Grammar:
    """The grammar of an endpoint's requests."""
    schemas = resources.schemas().resources
    return Grammar(endpoint.request.document, schemas, strict=strict)


def breaking(rule: Rule) -> st.SearchStrategy[Broken]:
    """Documents that break the rule and, warnings included, no other one."""

    @st.composite
    def broken(draw: Draw) -> Broken:
        whole = draw(grammar(rule.endpoint, strict=True).documents(_leading_to(rule)))
        document, path = deepcopy(whole), _path(draw, whole, rule.steps)
        match rule.keyword:
            case "not" if rule.severity == "allow":
                pass  # the document has a value that is excluded: see `_leading_to`
            case "required":
                assert rule.absent is not None
                del _at(document, path)[rule.absent]
                path.append(rule.absent)
            case "additionalProperties":
                known = rule.node["properties"]
                unknown = draw(names.filter(lambda name: name not in known))
                _at(document, path)[unknown] = draw(anything)
                path.append(unknown)
            case _:
                *parents, last = [None, *path]
                wrong = draw(_wrong(rule))
                if last is None:
                    document = wrong
                else:
                    _at(document, parents[1:])[last] = wrong
        return Broken(document, _pointer(path))

    return broken()


def _wrong(rule: Rule) -> st.SearchStrategy[Any]:
    """Values that break a keyword, by as little as possible, and satisfy those beside it."""
    limit = rule.node[rule.keyword]
    beside = {key: value for key, value in rule.node.items() if key != rule.keyword}
    match rule.keyword:
        case "type":
            # An endpoint that prepares documents may take a single object for a list of one.
            lenient = limit == "array" and rule.endpoint.prepare is not None
            taken = (limit, "object") if lenient else (limit,)
            bounds = {key: beside[key] for key in ("minimum", "maximum") if key in beside}
            within = Draft202012Validator(bounds).is_valid
            return anything.filter(
                lambda value: within(value) and not any(_is(kind, value) for kind in taken)
            )
        case "enum":
            return anything.filter(lambda value: value not in limit) | st.sampled_from(
                [f"{word}x" for word in limit] + [word.swapcase() for word in limit if word]
            )
        case "const":
            return anything.filter(lambda value: value != limit) | st.just(limit.swapcase())
        case "minLength":
            return _values(rule, beside, {"maxLength": limit - 1})
        case "maxLength":
            return _values(rule, beside, {"minLength": limit + 1, "maxLength": limit + 1})
        case "minItems":
            return _values(rule, beside, {"maxItems": limit - 1})
        case "maxItems":
            return _values(rule, beside, {"minItems": limit + 1, "maxItems": limit + 1})
        case "minimum":
            return _beyond(rule.node["type"], limit, -1)
        case "maximum":
            return _beyond(rule.node["type"], limit, 1)
        case "pattern":
            return _values(rule, beside).filter(lambda text: not re.search(limit, text))
        case "not":
            return _values(rule, limit, beside)
    raise AssertionError(f"nothing is known that breaks the keyword {rule.keyword}")


def _beyond(kind: str, limit: float, direction: int) -> st.SearchStrategy[float]:
    nearest = [] if kind == "integer" else [math.nextafter(limit, direction * math.inf)]
    return st.sampled_from([*nearest, limit + direction, limit + direction * 10**6])


def _values(rule: Rule, *nodes: Node) -> st.SearchStrategy[Any]:
    known = grammar(rule.endpoint, strict=True)
    return st.composite(lambda draw: known.value(draw, nodes))()


def _is(kind: str, value: Any) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    match kind:
        case "integer":
            return isinstance(value, int | float) and value == int(value)
        case "number":
            return isinstance(value, int | float)
    return isinstance(value, {"string": str, "array": list, "object": dict}[kind])


def _leading_to(rule: Rule) -> Node:
    """A schema of the documents in which the rule has something to constrain."""

    def leading(steps: Sequence[Step]) -> Node | None:
        if not steps:
            if rule.keyword == "not" and rule.severity == "allow":
                return {"allOf": [rule.node["not"]]}
            # A missing or surplus member needs an object; any other value is put in its place.
            return {} if rule.keyword in ("required", "additionalProperties") else None
        rest = leading(steps[1:])
        match steps[0]:
            case Member(name):
                return {} if rest is None else {"required": [name], "properties": {name: rest}}
            case Item():
                return {"minItems": 1, "items": rest or {}}
            case Where(condition):
                return {"allOf": [condition, rest or {}]}

    return leading(rule.steps) or {}


def _path(draw: Draw, document: Any, steps: Sequence[Step]) -> list[str | int]:
    path: list[str | int] = []
    for step in steps:
        match step:
            case Member(name):
                path.append(name)
            case Item():
                path.append(draw(st.integers(0, len(_at(document, path)) - 1)))
    return path


def _at(document: Any, path: Sequence[Any]) -> Any:
    """The value at a path, None where its last member is absent."""
    for part in path:
        document = document.get(part) if isinstance(document, dict) else document[part]
    return document


def _pointer(path: Sequence[str | int]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def _rules(endpoint: Endpoint, node: Any, steps: tuple[Step, ...]) -> Iterator[Rule]:
    if not isinstance(node, dict):
        return
    for keyword, annotation in node.get("x-rules", {}).items():
        told = annotation if keyword == "required" else {None: annotation}
        for absent, rule in told.items():
            yield Rule(endpoint, rule["code"], severity(rule), keyword, node, steps, absent)
    for name, member in node.get("properties", {}).items():
        yield from _rules(endpoint, member, (*steps, Member(name)))
    for part in node.get("allOf", ()):
        yield from _rules(endpoint, part, steps)
    yield from _rules(endpoint, node.get("items"), (*steps, Item()))
    if "if" in node:
        yield from _rules(endpoint, node["then"], (*steps, Where(node["if"])))
    if "$ref" in node:
        known = grammar(endpoint, strict=True)
        yield from _rules(endpoint, known.resolved(node["$ref"]), steps)


RULES = [rule for endpoint in ENDPOINTS for rule in _rules(endpoint, endpoint.request.document, ())]
"""Every annotated rule of every endpoint's request schema."""
