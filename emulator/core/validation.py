"""JSON Schemas as constraints: quick to accept, and able to say which rule a document breaks.

A constraining keyword is annotated beside itself, under `x-rules`: its code, severity, fidelity and
source. `jsonschema-rs` decides on every request; `jsonschema` is imported when the first document
has to be explained.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cached_property, lru_cache
from itertools import chain, islice
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import jsonschema_rs
import orjson

from emulator.core.exchange import Document, Severities, Severity, Violation
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
        self._rules = {uri: [*_annotated(schema)] for uri, schema in self.resources.items()}
        self._registries = {
            severity: jsonschema_rs.Registry(self._kept(severity).items())
            for severity in ("warn", "refuse")
        }

    def __getitem__(self, path: str) -> Schema:
        """The schema in that file of `schemas/`."""
        return Schema(urljoin(BASE, path), self)

    def validator(self, uri: str, severity: Severity) -> jsonschema_rs.Validator:
        """The validator that holds warnings too (`warn`), or refusals only (`refuse`)."""
        return jsonschema_rs.validator_for({"$ref": uri}, registry=self._registries[severity])

    def explainer(
        self, uri: str, severity: Severity, *, guided: bool = False
    ) -> Draft202012Validator:
        """The same schema for the library that explains, guided to where something is broken."""
        from jsonschema import Draft202012Validator
        from referencing import Registry
        from referencing.jsonschema import DRAFT202012

        kept = self._kept(severity)
        registry = Registry[Any]().with_resources(
            (name, DRAFT202012.create_resource(schema)) for name, schema in kept.items()
        )
        kind = Draft202012Validator
        if guided:
            from jsonschema.validators import extend

            kind = extend(kind, _Guided().keywords())  # type: ignore[no-untyped-call]  # theirs
        return kind(kept[uri], registry=registry)

    @lru_cache(maxsize=64)  # noqa: B019 - lives as long as the process, as the schemas do
    def with_severities(self, severities: Severities) -> Schemas:
        """The same schemas with other severities of some rules."""
        changed = {
            uri: _overridden(schema, dict(severities)) for uri, schema in self.resources.items()
        }
        return Schemas(changed, self._documents)

    def _kept(self, severity: Severity) -> dict[str, Any]:
        """The schemas with the rules that warn or refuse (`warn`), or that refuse (`refuse`)."""
        dropped = {"allow"} if severity == "warn" else {"allow", "warn"}
        return {
            uri: _less(schema, dropped) if self._rules[uri] else schema
            for uri, schema in self.resources.items()
        }

    def limit(self, code: str) -> Any:
        """The limit that the rule with that code sets."""
        rules = chain.from_iterable(self._rules.values())
        return next(limit for rule, limit in rules if rule["code"] == code)

    def strictly(self) -> frozenset[str]:
        """The rules that strict mode refuses: those that warn, but for the documents' own slips."""
        return frozenset(
            rule["code"] for rules in self._rules.values() for rule, _ in rules if is_strict(rule)
        )

    def source(self, rule: Mapping[str, Any]) -> Mapping[str, Any] | None:
        """A rule's source with the document's file and title in place of its short name."""
        source = rule.get("source")
        if source is None:
            return {"because": rule["because"]} if "because" in rule else None
        document = self._documents[source["document"]]
        return {**source, "document": document["file"] or document["title"]}


class Schema:
    """One schema, compiled when it is first needed."""

    def __init__(self, uri: str, schemas: Schemas) -> None:
        self.uri = uri
        self._schemas = schemas
        self._variants: dict[Severities, Schema] = {}

    @cached_property
    def _holds(self) -> Callable[[Any], bool]:
        return self._schemas.validator(self.uri, "warn").is_valid

    @cached_property
    def _tolerates(self) -> Callable[[Any], bool]:
        return self._schemas.validator(self.uri, "refuse").is_valid

    @property
    def document(self) -> Mapping[str, Any]:
        """The schema itself."""
        return self._schemas.resources[self.uri]

    @property
    def schemas(self) -> Schemas:
        """The schemas among which its references are looked up."""
        return self._schemas

    def check(self, document: Document, severities: Severities = frozenset()) -> list[Violation]:
        """Give the document's warnings, or raise Invalid with what it breaks.

        `severities` replace those of the rules themselves.
        """
        if severities:
            return self._with(severities).check(document)
        if self._holds(document):
            return []
        found = self._explained(document, "warn")
        if self._tolerates(document):
            return found
        if len(found) == MOST_EXPLAINED:
            # So many warnings may have left no place for what is refused.
            warnings = [violation for violation in found if violation.severity == "warn"]
            found = [*self._explained(document, "refuse"), *warnings]
        raise Invalid(violations=sorted(found, key=lambda broken: broken.severity != "refuse"))

    def _with(self, severities: Severities) -> Schema:
        if severities not in self._variants:
            schemas = self._schemas.with_severities(severities)
            self._variants[severities] = Schema(self.uri, schemas)
        return self._variants[severities]

    def _explained(self, document: Document, severity: Severity) -> list[Violation]:
        errors = self._explainers[severity].iter_errors(document)
        found = (
            violation
            for error in errors
            for violation in explained(broken(error), self._schemas.source)
        )
        return list(islice(found, MOST_EXPLAINED))

    @cached_property
    def _explainers(self) -> Mapping[Severity, Draft202012Validator]:
        return {
            "warn": self._schemas.explainer(self.uri, "warn", guided=True),
            "refuse": self._schemas.explainer(self.uri, "refuse", guided=True),
        }


class _Guided:
    """Keywords that look into a part of a document only where the quick validator finds it broken.

    The library that explains takes a hundred times as long, most of it over parts that are right.
    """

    def __init__(self) -> None:
        self._quick: dict[int, Callable[[Any], bool | None]] = {}

    def keywords(self) -> Mapping[str, Any]:
        """The keywords that lead into other schemas."""
        return {
            "properties": self._properties,
            "items": self._items,
            "allOf": self._all_of,
            "if": self._if,
        }

    def _holds(self, schema: Any, instance: Any) -> bool | None:
        """Whether the instance is right; None where that cannot be told without looking."""
        if id(schema) not in self._quick:
            # A reference has to be resolved from where it stands.
            refers = b'"$ref"' in orjson.dumps(schema)
            quick = jsonschema_rs.validator_for({} if refers else schema).is_valid
            self._quick[id(schema)] = (lambda _: None) if refers else quick
        return self._quick[id(schema)](instance)

    def _properties(self, validator: Any, properties: Any, instance: Any, _: Any) -> Iterator[Any]:
        if isinstance(instance, dict):
            for name, schema in properties.items():
                if name in instance and not self._holds(schema, instance[name]):
                    yield from validator.descend(instance[name], schema, name, name)

    def _items(self, validator: Any, schema: Any, instance: Any, _: Any) -> Iterator[Any]:
        if isinstance(instance, list):
            for index, item in enumerate(instance):
                if not self._holds(schema, item):
                    yield from validator.descend(item, schema, path=index)

    def _all_of(self, validator: Any, schemas: Any, instance: Any, _: Any) -> Iterator[Any]:
        for index, schema in enumerate(schemas):
            if not self._holds(schema, instance):
                yield from validator.descend(instance, schema, schema_path=index)

    def _if(self, validator: Any, condition: Any, instance: Any, schema: Any) -> Iterator[Any]:
        meets = self._holds(condition, instance)
        if meets is None:
            meets = validator.evolve(schema=condition).is_valid(instance)
        branch = "then" if meets else "else"
        if branch in schema and not self._holds(schema[branch], instance):
            yield from validator.descend(instance, schema[branch], schema_path=branch)


def broken(error: ValidationError) -> Broken:
    """What the library that explains found, in our own words for it."""
    keyword = str(error.validator)
    schema: Any = error.schema
    absent = None
    if keyword == "required":
        # One error comes for each absent member, told apart by its text only.
        names: Any = error.validator_value
        absent = next(name for name in names if error.message == f"{name!r} is a required property")
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


def _less(schema: Any, dropped: Collection[str]) -> Any:
    """The same schema less every keyword and required member whose rule has such a severity."""
    if isinstance(schema, list):
        return [_less(item, dropped) for item in schema]
    if not isinstance(schema, dict):
        return schema
    rules = schema.get("x-rules", {})
    kept = {}
    for keyword, value in schema.items():
        rule = rules.get(keyword, {})
        if keyword == "required" and rule:
            value = [name for name in value if severity(rule[name]) not in dropped]
        elif severity(rule) in dropped:
            continue
        kept[keyword] = value if keyword == "x-rules" else _less(value, dropped)
    return kept


def _overridden(schema: Any, severities: Mapping[str, Severity]) -> Any:
    """The same schema with the severities of the rules that have these codes."""
    if isinstance(schema, list):
        return [_overridden(item, severities) for item in schema]
    if not isinstance(schema, dict):
        return schema
    changed = {name: _overridden(item, severities) for name, item in schema.items()}
    # A rule's code is a word; a schema may have a member of that name.
    code = schema.get("code")
    if isinstance(code, str) and code in severities and "fidelity" in schema:
        changed["severity"] = severities[code]
    return changed


def is_strict(rule: Mapping[str, Any]) -> bool:
    """Whether strict mode refuses what otherwise warns."""
    return severity(rule) == "warn" and not rule.get("sample_slip")


def severity(rule: Mapping[str, Any]) -> Severity:
    """A rule's severity; unless it says otherwise, a provider refuses what breaks it."""
    found: Severity = rule.get("severity", "refuse")
    return found
