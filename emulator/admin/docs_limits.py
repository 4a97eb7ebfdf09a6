"""The rules of a described request, member by member, with the conditions they stand under."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Node = Mapping[str, Any]


class Limit(NamedTuple):
    """A rule, the member it is about (`*` for any item of a list), and when it holds."""

    pointer: str
    when: str
    rule: Node


def limits(schema: Node, document: Node, pointer: str = "", when: str = "") -> Iterator[Limit]:
    """Every rule that stands in a schema of an OpenAPI document."""
    if not isinstance(schema, Mapping):
        return
    if "$ref" in schema:
        yield from limits(resolved(schema["$ref"], document), document, pointer, when)
    for rule in schema.get("x-rules", ()):
        yield Limit(pointer, when, rule)
    for name, member in schema.get("properties", {}).items():
        yield from limits(member, document, f"{pointer}/{name}", when)
    if "items" in schema:
        yield from limits(schema["items"], document, f"{pointer}/*", when)
    for part in schema.get("allOf", ()):
        yield from limits(part, document, pointer, when)
    if "then" in schema:
        further = "; ".join(filter(None, (when, _condition(schema["if"], pointer))))
        yield from limits(schema["then"], document, pointer, further)


def resolved(ref: str, document: Node) -> Any:
    """What a reference inside the document names."""
    found: Any = document
    for part in ref.split("/")[1:]:
        found = found[part]
    return found


def _condition(schema: Node, pointer: str) -> str:
    """An `if` in words."""
    match schema:
        case {"not": {"required": [str(name)]}}:
            return f"without `{pointer}/{name}`"
        case {"properties": members}:
            return " and ".join(
                _of_member(f"{pointer}/{name}", member) for name, member in members.items()
            )
    return str(dict(schema))


def _of_member(pointer: str, schema: Node) -> str:
    match schema:
        case {"const": value}:
            return f"`{pointer}` is {value}"
        case {"enum": values}:
            return f"`{pointer}` is {', '.join(map(str, values))}"
        case {"type": "array", "minItems": least, "maxItems": most} if least == most:
            return f"`{pointer}` has {least} item{'s' * (least != 1)}"
    return f"`{pointer}` is {dict(schema)}"
