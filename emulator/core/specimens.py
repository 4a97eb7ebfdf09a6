"""An example of each rule kept and broken, made of an endpoint's specimens.

A specimen is a document with which nothing is wrong. Changed in one place by what the rule's
keyword allows at most, it still is; changed by one more, it breaks that rule and no other.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any

from emulator.core.contract import Path, Rule
from emulator.core.exchange import Severities
from emulator.core.provider import Endpoint, Specimens
from emulator.core.rejections import Invalid

_ABSENT = object()


def example(rule: Rule, endpoint: Endpoint, specimens: Specimens) -> Mapping[str, Any] | None:
    """A document that keeps the rule, on its limit where it has one, and one that breaks only it.

    None if no specimen comes to the rule.
    """
    in_body = rule.place == "body"
    for specimen in specimens.documents if in_body else [specimens.path]:
        for path in _paths(specimen, rule.path):
            for failing in _failing(rule, specimen, path):
                if _broken(failing, rule, endpoint) == {rule.code}:
                    on_limit = _on_limit(rule, specimen, path)
                    right = not _broken(on_limit, rule, endpoint)
                    return {"passing": on_limit if right else specimen, "failing": failing}
    return None


def _broken(document: Any, rule: Rule, endpoint: Endpoint) -> set[str]:
    """The codes of what a document breaks, the rule's own even where it is silent."""
    schema = endpoint.path if rule.place == "path" else endpoint.request
    assert schema is not None
    if rule.place == "body" and endpoint.prepare is not None and isinstance(document, dict):
        document = endpoint.prepare(document)[0]
    loud: Severities = frozenset({(rule.code, "warn")} if rule.severity == "allow" else ())
    try:
        found = schema.check(document, loud)
    except Invalid as invalid:
        found = [*invalid.violations]
    return {violation.code for violation in found}


def _failing(rule: Rule, specimen: Any, path: Path) -> Iterator[Any]:
    match rule.keyword:
        case "required":
            yield _with(specimen, path, _ABSENT)
        case "additionalProperties":
            if _at(specimen, path) is not _ABSENT:
                unknown = next(iter(rule.told.get("suggestions", ())), "unknown")
                yield _with(specimen, (*path, unknown), "x")
        case _:
            value = _at(specimen, path)
            wrong = _wrong(rule, value) if value is not _ABSENT else _shown(rule)
            yield from (_with(specimen, path, other) for other in wrong)


def _shown(rule: Rule) -> Iterator[Any]:
    """The value that the annotation itself gives as wrong."""
    if "example" in rule.told:
        yield rule.told["example"]["failing"]


def _wrong(rule: Rule, value: Any) -> Iterator[Any]:
    """Values that break a keyword by as little as possible, the likeliest slip first."""
    yield from _shown(rule)
    limit = rule.limit
    match rule.keyword, limit:
        case "type", "string":
            yield int(value) if str(value).isdigit() else 1
        case "type", "array":
            yield value[0] if isinstance(value, list) and value else "x"
            yield "x"
        case "type", "object":
            yield [value]
        case "type", _:
            yield str(value)
        case "enum", _:
            yield from (word.swapcase() for word in limit if isinstance(word, str))
        case "const", str():
            yield limit.swapcase()
        case "not", {"const": excluded}:
            yield excluded
        case "not", {"enum": [*excluded]}:
            yield from excluded
        case "minLength" | "minItems", _:
            yield value[: limit - 1]
        case "maxLength" | "maxItems", _:
            yield _repeated(value, limit + 1)
        case "minimum", _:
            yield limit - 1
        case "maximum", _:
            yield limit + 1


def _on_limit(rule: Rule, specimen: Any, path: Path) -> Any:
    """The specimen changed as far as the rule allows."""
    value, limit = _at(specimen, path), rule.limit
    match rule.keyword:
        case "minLength" | "minItems":
            return _with(specimen, path, value[:limit])
        case "maxLength" | "maxItems":
            return _with(specimen, path, _repeated(value, limit))
        case "minimum" | "maximum":
            return _with(specimen, path, limit)
    passing = rule.told.get("example", {}).get("passing", value)
    return _with(specimen, path, passing)


def _repeated(value: Any, size: int) -> Any:
    """A text or an array of that size, made of the value's own parts."""
    return (value * size)[:size]


def _paths(document: Any, template: Sequence[str | int], done: Path = ()) -> Iterator[Path]:
    """The paths that a template leads to in a document; their last member may be absent."""
    if not template:
        yield done
        return
    first, *rest = template
    value = _at(document, done)
    if first == "*" and isinstance(value, list):
        for index in range(len(value)):
            yield from _paths(document, rest, (*done, index))
    elif isinstance(value, dict) and (first in value or not rest):
        yield from _paths(document, rest, (*done, first))


def _at(document: Any, path: Path) -> Any:
    for part in path:
        if isinstance(document, dict) and part not in document:
            return _ABSENT
        document = document[part]
    return document


def _with(document: Any, path: Path, value: Any) -> Any:
    """The document with another value at a path, or with none."""
    if not path:
        return value
    changed = deepcopy(document)
    *parents, last = path
    parent = _at(changed, tuple(parents))
    if value is _ABSENT:
        parent.pop(last, None)
    else:
        parent[last] = value
    return changed
