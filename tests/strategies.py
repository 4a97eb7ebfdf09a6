"""Documents that follow from a JSON Schema: valid ones, and ones that break a single rule.

Understands the keywords that request schemas are written in (`KEYWORDS`) and says so when it meets
another one.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias
from urllib.parse import urljoin

import jsonschema_rs
from hypothesis import reject
from hypothesis import strategies as st

Draw: TypeAlias = Callable[[st.SearchStrategy[Any]], Any]
Node: TypeAlias = Mapping[str, Any]

KEYWORDS = frozenset(
    {"$schema", "$id", "$ref", "title", "description", "x-rules", "type", "enum", "const", "not"}
    | {"allOf", "if", "then", "required", "properties", "additionalProperties", "items"}
    | {"minLength", "maxLength", "pattern", "minItems", "maxItems", "minimum", "maximum"}
)
TYPES = ("string", "integer", "number", "boolean", "array", "object")
MOST = 2**53

characters = st.characters(exclude_categories=["Cs"])
names = st.text(characters, max_size=8)
anything: st.SearchStrategy[Any] = st.recursive(
    st.booleans()
    | st.integers(-MOST, MOST)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(characters, max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=5,
)


class Impossible(Exception):
    """No value satisfies all the schemas of a place."""


class Grammar:
    """Draws values of one schema; a strict one also keeps the rules that are only warned of."""

    def __init__(self, root: Node, resources: Mapping[str, Node], *, strict: bool) -> None:
        self.root = root
        self._resources = resources
        self._strict = strict

    def documents(self, *further: Node) -> st.SearchStrategy[Any]:
        """Values that satisfy the schema, and further schemas too."""

        @st.composite
        def documents(draw: Draw) -> Any:
            try:
                return self.value(draw, [self.root, *further])
            except Impossible:
                reject()

        return documents()

    def value(self, draw: Draw, schemas: Sequence[Any]) -> Any:
        """Draw one value that satisfies all schemas."""
        nodes = list(self._nodes(schemas))
        choices = [node["enum"] for node in nodes if "enum" in node]
        choices += [[node["const"]] for node in nodes if "const" in node]
        if choices:
            excluded = [node["not"] for node in nodes if "not" in node]
            common = [
                value
                for value in choices[0]
                if all(value in others for others in choices[1:])
                and not any(holds(schema, value) for schema in excluded)
            ]
            if not common:
                raise Impossible
            return draw(st.sampled_from(common))
        if not nodes:
            return draw(anything)
        match draw(st.sampled_from(_types(nodes))):
            case "string":
                return draw(_strings(nodes))
            case "integer":
                return draw(_numbers(nodes, whole=True))
            case "number":
                return draw(_numbers(nodes, whole=False))
            case "boolean":
                return draw(st.booleans())
            case "array":
                return self._array(draw, nodes)
        return self._object(draw, nodes)

    def resolved(self, ref: str) -> Any:
        """The schema that a `$ref` names."""
        uri, _, pointer = urljoin(self.root["$id"], ref).partition("#")
        found: Any = self._resources[uri]
        for part in pointer.split("/")[1:]:
            found = found[part]
        return found

    def _nodes(self, schemas: Iterable[Any]) -> Iterator[Node]:
        """The schemas less those that say nothing, `$ref` and unconditional `allOf` followed."""
        for schema in schemas:
            if schema is False:
                raise Impossible
            if schema is True:
                continue
            unknown = schema.keys() - KEYWORDS
            assert not unknown, f"the strategies do not know the keywords {sorted(unknown)}"
            node = _less(schema, {"allow"} if self._strict else {"allow", "warn"})
            yield node
            if "$ref" in node:
                yield from self._nodes([self.resolved(node["$ref"])])
            yield from self._nodes(part for part in node.get("allOf", ()) if "if" not in part)

    def _array(self, draw: Draw, nodes: Sequence[Node]) -> list[Any]:
        least, most = _bounds(nodes, "minItems", "maxItems")
        size = draw(_sizes(least, least + 3 if most is None else most))
        items = [node["items"] for node in nodes if "items" in node]
        return [self.value(draw, items) for _ in range(size)]

    def _object(self, draw: Draw, nodes: list[Node]) -> dict[str, Any]:
        """Draw the members that conditions look at first, then what follows from them."""
        document: dict[str, Any] = {}
        decided: set[str] = set()
        undecided = list(_conditions(nodes))
        while undecided:
            condition = undecided.pop(0)
            for name in _tested(condition["if"]) - decided:
                self._member(draw, document, name, nodes)
                decided.add(name)
            if holds(condition["if"], document):
                consequences = list(self._nodes([condition["then"]]))
                nodes = [*nodes, *consequences]
                undecided += _conditions(consequences)
        known = {name: None for node in nodes for name in node.get("properties", ())}
        for name in known:
            if name not in decided:
                self._member(draw, document, name, nodes)
        if not any(node.get("additionalProperties") is False for node in nodes):
            document |= draw(st.dictionaries(names.filter(lambda n: n not in known), anything))
        return document

    def _member(
        self, draw: Draw, document: dict[str, Any], name: str, nodes: Sequence[Node]
    ) -> None:
        """Put a member into a document, or leave it out where that is allowed and drawn."""
        required = any(name in node.get("required", ()) for node in nodes)
        if not required and not draw(st.booleans()):
            return
        forbidden = any(node.get("not", {}).get("required") == [name] for node in nodes)
        schemas = [node["properties"][name] for node in nodes if name in node.get("properties", ())]
        try:
            if forbidden:
                raise Impossible
            document[name] = self.value(draw, schemas)
        except Impossible:
            if required:
                raise


_validators: dict[int, tuple[Any, jsonschema_rs.Validator]] = {}


def holds(schema: Any, instance: Any) -> bool:
    """Whether an instance satisfies a schema without references."""
    if id(schema) not in _validators:
        _validators[id(schema)] = (schema, jsonschema_rs.validator_for(schema))
    return _validators[id(schema)][1].is_valid(instance)


def _less(schema: Node, severities: Collection[str]) -> Node:
    """A schema less its keywords whose rules have such a severity; those inside it stay."""
    rules = schema.get("x-rules", {})
    kept = {k: v for k, v in schema.items() if severity(rules.get(k, {})) not in severities}
    if "required" in rules:
        told = rules["required"]
        kept["required"] = [n for n in schema["required"] if severity(told[n]) not in severities]
    return kept


def severity(rule: Node) -> str:
    """What breaking an annotated rule leads to."""
    found: str = rule.get("severity", "refuse")
    return found


def _conditions(nodes: Iterable[Node]) -> Iterator[Node]:
    for node in nodes:
        if "if" in node:
            yield node
        yield from (part for part in node.get("allOf", ()) if "if" in part)


def _tested(condition: Node) -> set[str]:
    """The members that a condition looks at."""
    tested = {*condition.get("properties", ()), *condition.get("required", ())}
    return tested | _tested(condition["not"]) if "not" in condition else tested


def _types(nodes: Sequence[Node]) -> list[str]:
    allowed = set(TYPES)
    for node in nodes:
        if "type" in node:
            allowed &= {node["type"], *(["integer"] if node["type"] == "number" else [])}
        if node.get("not", {}).keys() == {"type"}:
            allowed -= {node["not"]["type"]}
    if not allowed:
        raise Impossible
    return sorted(allowed)


def _bounds(nodes: Sequence[Node], least: str, most: str) -> tuple[int, int | None]:
    lowest = max((node[least] for node in nodes if least in node), default=0)
    highest = min((node[most] for node in nodes if most in node), default=None)
    if highest is not None and highest < lowest:
        raise Impossible
    return lowest, highest


@cache
def _sizes(least: int, most: int) -> st.SearchStrategy[int]:
    return st.sampled_from([least, most]) | st.integers(least, most)


def _strings(nodes: Sequence[Node]) -> st.SearchStrategy[str]:
    least, most = _bounds(nodes, "minLength", "maxLength")
    patterns = tuple(node["pattern"] for node in nodes if "pattern" in node)
    excluded = tuple(node["not"]["pattern"] for node in nodes if "pattern" in node.get("not", ()))
    return _texts(least, most, patterns, excluded)


@cache
def _texts(
    least: int, most: int | None, patterns: tuple[str, ...], excluded: tuple[str, ...]
) -> st.SearchStrategy[str]:
    if patterns:
        found = st.from_regex(patterns[0], alphabet=characters).filter(
            lambda text: least <= len(text) <= (math.inf if most is None else most)
        )
    else:
        found = _sizes(least, least + 30 if most is None else most).flatmap(_long_texts)
    return found.filter(
        lambda text: (
            all(re.search(pattern, text) for pattern in patterns)
            and not any(re.search(pattern, text) for pattern in excluded)
        )
    )


@cache
def _long_texts(size: int) -> st.SearchStrategy[str]:
    """Texts of one length; a long one repeats a short one."""
    if size <= 12:
        return st.text(characters, min_size=size, max_size=size)
    return st.text(characters, min_size=1, max_size=12).map(lambda text: (text * size)[:size])


def _numbers(nodes: Sequence[Node], *, whole: bool) -> st.SearchStrategy[float]:
    least = max((node["minimum"] for node in nodes if "minimum" in node), default=-MOST)
    most = min((node["maximum"] for node in nodes if "maximum" in node), default=MOST)
    integers = st.integers(math.ceil(least), math.floor(most))
    if whole:
        return integers | integers.map(float)
    return integers | st.floats(least, most)
