"""The package's JSON Schemas as components of an OpenAPI document.

Only what a provider refuses stays a constraint there. Every rule, the ones that warn included, is
told in its member's `description` and listed under `x-rules`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urldefrag, urljoin

from emulator.core.codec_xml import Xml
from emulator.core.explanation import expectation
from emulator.core.validation import BASE, Schema, Schemas, severity

_ONE = frozenset({"additionalProperties", "contains", "else", "if", "items", "not", "then"})
_LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_NAMED = frozenset({"$defs", "patternProperties", "properties"})
_TOLD = ("code", "keyword", "limit", "expected", "severity", "fidelity", "source", "because")


class Components:
    """The schemas and answers that a document refers to, put in when they are first asked for."""

    def __init__(self) -> None:
        self.schemas: dict[str, Any] = {}
        self.responses: dict[str, Any] = {}

    def ref(self, schema: Schema, xml: Xml | None = None, root: str = "") -> dict[str, str]:
        """A reference to a schema; with `xml`, of elements named so below the root element."""
        name = self._name(schema.uri, schema.schemas)
        if xml is not None:
            self.schemas[name]["xml"] = {"name": root}
            _name_elements(self.schemas[name], xml.lists)
        return {"$ref": f"#/components/schemas/{name}"}

    def inline(self, schema: Schema) -> dict[str, Any]:
        """A schema to stand where it is used."""
        converted: dict[str, Any] = _Place(schema.uri, schema.schemas, self).converted(
            schema.document
        )
        return converted

    def _name(self, uri: str, schemas: Schemas) -> str:
        name = uri.removeprefix(BASE).removesuffix(".json").replace("/", ".")
        if name not in self.schemas:
            self.schemas[name] = {}
            self.schemas[name].update(_Place(uri, schemas, self).converted(schemas.resources[uri]))
        return name

    def reference(self, ref: str, uri: str, schemas: Schemas) -> str:
        """A `$ref` of the schema at `uri` as one of the document."""
        target, fragment = urldefrag(urljoin(uri, ref))
        return f"#/components/schemas/{self._name(target, schemas)}{fragment}"


class _Place(NamedTuple):
    """Where a schema comes from, and the components that it may refer to."""

    uri: str
    schemas: Schemas
    components: Components

    def converted(self, schema: Any) -> Any:
        """The schema without its rules but with what they say."""
        if not isinstance(schema, dict):
            return schema
        found = {}
        for keyword, value in schema.items():
            if keyword in ("$id", "$schema", "x-rules") or not _refuses(schema, keyword):
                continue
            if keyword == "$ref":
                value = self.components.reference(value, self.uri, self.schemas)
            elif keyword == "required":
                value = [name for name in value if _refuses(schema, keyword, name)]
            elif keyword in _ONE:
                value = self.converted(value)
            elif keyword in _LIST:
                value = [self.converted(item) for item in value]
            elif keyword in _NAMED:
                value = {name: self.converted(item) for name, item in value.items()}
            found[keyword] = value
        members = found.get("properties", {})
        for rule, absent in _rules(schema):
            told = self._told(rule)
            if absent in members:
                members[absent] = _annotated(members[absent], told)
            else:
                found = _annotated(found, told)
        return found

    def _told(self, rule: Mapping[str, Any]) -> dict[str, Any]:
        told = {**rule, "severity": severity(rule), "source": self.schemas.source(rule)}
        return {name: told[name] for name in _TOLD if name in told}


def _rules(schema: Mapping[str, Any]) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Each rule with its keyword, limit and expectation, and the member whose absence breaks it."""
    for keyword, annotation in schema.get("x-rules", {}).items():
        told = annotation if keyword == "required" else {None: annotation}
        for absent, rule in told.items():
            limit = schema[keyword] if absent is None else absent
            expected = expectation(keyword, schema, absent)
            yield {**rule, "keyword": keyword, "limit": limit, "expected": expected}, absent


def _refuses(schema: Mapping[str, Any], keyword: str, absent: str | None = None) -> bool:
    rule = schema.get("x-rules", {}).get(keyword)
    if rule is None or (keyword == "required" and absent is None):
        return True
    return severity(rule if absent is None else rule[absent]) == "refuse"


def _annotated(schema: Any, rule: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with a rule listed and told in its description."""
    schema = {} if schema is True else schema
    return {
        **schema,
        "description": "\n".join(filter(None, (schema.get("description"), _sentence(rule)))),
        "x-rules": [*schema.get("x-rules", ()), rule],
    }


def _sentence(rule: Mapping[str, Any]) -> str:
    told = f"- {rule['expected']} (`{rule['code']}`, {rule['severity']}, {rule['fidelity']})"
    return f"{told}: {cited(rule['source'], rule.get('because'))}"


def cited(source: Mapping[str, Any] | None, because: str | None = None) -> str:
    """A source in words, with the reason where one is given."""
    source = source or {}
    places = [str(source[part]) for part in ("document", "section") if source.get(part)]
    quote = f"«{source['row']}»" if source.get("row") else None
    words = ", ".join(filter(None, (*places, quote)))
    return ". ".join(filter(None, (words, because or source.get("because"))))


def _name_elements(schema: Any, lists: Mapping[str, str]) -> None:
    """Say in every list that it stands in an element of its own, and what its items are called."""
    for name, member in schema.get("properties", {}).items():
        if name in lists:
            member["xml"] = {"wrapped": True}
            member["items"]["xml"] = {"name": lists[name]}
            _name_elements(member["items"], lists)
