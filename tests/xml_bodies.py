"""Bodies in XML as the JSON documents that an OpenAPI document says they stand for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

Node = Mapping[str, Any]


def read(text: str, schema: Node, document: Node) -> Any:
    """The document in an XML body; what stands where the schema does not say it is a failure."""
    root = ElementTree.fromstring(text)
    schema = _resolved(schema, document)
    assert root.tag == schema["xml"]["name"]
    return _value(root, schema, document)


def _value(element: ElementTree.Element, schema: Node, document: Node) -> Any:
    schema = _resolved(schema, document)
    match schema.get("type"):
        case "object":
            members = schema["properties"]
            names = [child.tag for child in element]
            assert len(set(names)) == len(names), f"<{element.tag}> repeats a member"
            return {child.tag: _value(child, members[child.tag], document) for child in element}
        case "array":
            assert schema["xml"]["wrapped"] is True
            items = _resolved(schema["items"], document)
            assert {child.tag for child in element} <= {items["xml"]["name"]}
            return [_value(child, items, document) for child in element]
        case "integer":
            return int(element.text or "")
    return element.text or ""


def _resolved(schema: Node, document: Node) -> Node:
    if "$ref" not in schema:
        return schema
    found: Any = document
    for part in schema["$ref"].split("/")[1:]:
        found = found[part]
    return {**_resolved(found, document), **{k: v for k, v in schema.items() if k != "$ref"}}
