"""JSON Schemas as constraints: quick to accept, and able to say which rule a document breaks.

A constraining keyword is annotated beside itself, under `x-rules`: its code, severity, fidelity and
source. `jsonschema-rs` decides on every request; `jsonschema` is imported when the first document
has to be explained.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import jsonschema_rs

from emulator.core.exchange import Document, Severity, Violation
from emulator.core.explanation import Broken, explained
from emulator.core.rejections import Invalid

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

MOST_EXPLAINED = 100
"""How many violations of one document are explained; a bulk of thousands may break as many."""

BASE = "https://messaging-emulator.invalid/schemas/"
"""What the schemas' `$id` starts with; nothing is ever fetched from there."""


class Schemas:
    """Every schema of the package, and the titles of the documents that their sources name."""

    def __init__(
        self, resources: Mapping[str, dict[str, Any]], documents: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self.resources = {urljoin(BASE, path): schema for path, schema in resources.items()}
        self._documents = documents
        refusing = {uri: _without_warnings(schema) for uri, schema in self.resources.items()}
        self._all = jsonschema_rs.Registry(self.resources.items())
        self._refusing = jsonschema_rs.Registry(refusing.items())

    def __getitem__(self, path: str) -> Schema:
        """The schema in that file, such as `infobip/omni-text.request.json`."""
        return Schema(urljoin(BASE, path), self)

    def validator(self, uri: str, severity: Severity) -> jsonschema_rs.Validator:
        """The validator that holds warnings too (`warn`), or refusals only (`refuse`)."""
        registry = self._all if severity == "warn" else self._refusing
        return jsonschema_rs.validator_for({"$ref": uri}, registry=registry)

    def explainer(self, uri: str, severity: Severity) -> Draft202012Validator:
        """The same schema for the library that explains."""
        from jsonschema import Draft202012Validator
        from referencing import Registry
        from referencing.jsonschema import DRAFT202012

        clean = _without_warnings if severity == "refuse" else dict
        registry = Registry[Any]().with_resources(
            (name, DRAFT202012.create_resource(clean(schema)))
            for name, schema in self.resources.items()
        )
        return Draft202012Validator({"$ref": uri}, registry=registry)

    def limit(self, code: str) -> Any:
        """The limit that the rule with that code sets."""
        return next(limit for rule, limit in self._rules() if rule["code"] == code)

    def _rules(self) -> Iterator[tuple[Mapping[str, Any], Any]]:
        for schema in self.resources.values():
            yield from _annotated(schema)

    def source(self, rule: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """A rule's source with the document's file and title in place of its short name."""
        source = rule.get("source")
        if source is None:
            return {"because": rule["because"]} if "because" in rule else None
        document = self._documents[source["document"]]
        return {**source, "document": document["file"] or document["title"]}


class Schema:
    """One schema, compiled."""

    def __init__(self, uri: str, schemas: Schemas) -> None:
        self.uri = uri
        self._schemas = schemas
        self._holds = schemas.validator(uri, "warn").is_valid
        self._tolerates = schemas.validator(uri, "refuse").is_valid

    @property
    def document(self) -> Mapping[str, Any]:
        """The schema itself."""
        return self._schemas.resources[self.uri]

    def check(self, document: Document) -> list[Violation]:
        """Give the document's warnings, or raise Invalid with what it breaks."""
        if self._holds(document):
            return []
        warnings = self._explained(document, "warn")
        if self._tolerates(document):
            return warnings
        raise Invalid(violations=[*self._explained(document, "refuse"), *warnings])

    def _explained(self, document: Document, severity: Severity) -> list[Violation]:
        errors = self._explainers[severity].iter_errors(document)
        found = (
            violation
            for error in errors
            for violation in explained(_broken(error), self._schemas.source)
            if violation.severity == severity
        )
        return list(islice(found, MOST_EXPLAINED))

    @cached_property
    def _explainers(self) -> Mapping[Severity, Draft202012Validator]:
        return {
            "warn": self._schemas.explainer(self.uri, "warn"),
            "refuse": self._schemas.explainer(self.uri, "refuse"),
        }


def _broken(error: ValidationError) -> Broken:
    keyword = str(error.validator)
    schema: Any = error.schema
    absent = None
    if keyword == "required":
        # One error comes for each absent member, told apart by its text only.
        names: Any = error.validator_value
        absent = next(
            name
            for name in names
            if error.message == f"{name!r} is a required property"
        )
    return Broken(keyword, schema, error.instance, tuple(error.absolute_path), absent)


def _annotated(schema: Any) -> Iterator[tuple[Mapping[str, Any], Any]]:
    """Every rule in a schema, with the value of the keyword that it annotates."""
    if isinstance(schema, list):
        for item in schema:
            yield from _annotated(item)
    if not isinstance(schema, dict):
        return
    for keyword, rule in schema.get("x-rules", {}).items():
        if keyword == "required":
            yield from ((rule[name], name) for name in schema[keyword])
        else:
            yield rule, schema[keyword]
    for keyword, value in schema.items():
        if keyword != "x-rules":
            yield from _annotated(value)


def _without_warnings(schema: Any) -> Any:
    """The same schema less every keyword and required member that is only warned of."""
    if isinstance(schema, list):
        return [_without_warnings(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    rules = schema.get("x-rules", {})
    kept = {}
    for keyword, value in schema.items():
        rule = rules.get(keyword, {})
        if keyword == "required" and rule:
            value = [name for name in value if not _only_warns(rule[name])]
        elif _only_warns(rule):
            continue
        kept[keyword] = value if keyword == "x-rules" else _without_warnings(value)
    return kept


def _only_warns(rule: Mapping[str, Any]) -> bool:
    return rule.get("severity") == "warn"
