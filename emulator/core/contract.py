"""The rules of the installed providers: every constraint that a call can break, and who says so.

One walk over a schema gives its rules and prepares it for being followed, so that the rules that a
document reaches are told from those that it never comes to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import quote, urljoin

from emulator.core.exchange import Severity
from emulator.core.explanation import annotation, expectation, pointer
from emulator.core.provider import Endpoint, Provider
from emulator.core.validation import Schema, severity

Place: TypeAlias = Literal["body", "path", "protocol"]
Path: TypeAlias = tuple[str | int, ...]

_UNITS = {
    "minLength": "code points",
    "maxLength": "code points",
    "minItems": "items",
    "maxItems": "items",
}
_CONCERNED: Mapping[str, tuple[type, ...]] = {
    "required": (dict,),
    "additionalProperties": (dict,),
    "minLength": (str,),
    "maxLength": (str,),
    "pattern": (str,),
    "minItems": (list,),
    "maxItems": (list,),
    "minimum": (int, float),
    "maximum": (int, float),
}
"""The types of the values that a keyword says something of; any other keyword is about all."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A constraint of a provider: what it limits to what, and who says so.

    `place` is what `path` leads into: the body, the path's parameters, or for a rule that no schema
    can express nothing. In a path, `*` stands for any item of an array. `limit` is the value of the
    schema's keyword, or the member that is required. A rule without an endpoint is about all of its
    provider; one that several endpoints share is the first one's. `told` is all that stands beside
    the keyword.
    """

    code: str
    provider: str
    endpoint: str | None
    place: Place
    path: Path
    keyword: str | None
    limit: Any
    severity: Severity
    fidelity: str
    expected: str
    source: Mapping[str, Any] | None
    told: Mapping[str, Any]

    @property
    def pointer(self) -> str:
        """The path as a JSON Pointer."""
        return pointer(self.path)

    @property
    def unit(self) -> str | None:
        """What the limit counts."""
        return _UNITS.get(self.keyword or "")

    @property
    def because(self) -> str | None:
        """The reason for a rule that no document states."""
        return self.told.get("because")


@dataclass(slots=True)
class Site:
    """A part of a schema: the rules that hold there, and the sites that are below or beside it."""

    rules: list[tuple[str, tuple[type, ...] | None]] = field(default_factory=list)
    members: dict[str, Site] = field(default_factory=dict)
    items: Site | None = None
    beside: list[tuple[Callable[[Any], bool] | None, Site]] = field(default_factory=list)

    def reached(self, instance: Any) -> Iterator[str]:
        """The codes of the rules that say something of an instance, kept or not, with repeats."""
        kind = type(instance)
        for code, concerned in self.rules:
            if concerned is None or kind in concerned:
                yield code
        for condition, site in self.beside:
            if condition is None or condition(instance):
                yield from site.reached(instance)
        if kind is dict:
            for name, site in self.members.items():
                if name in instance:
                    yield from site.reached(instance[name])
        elif kind is list and self.items is not None:
            for item in instance:
                yield from self.items.reached(item)


class Contract:
    """The rules of some providers by code, and for each endpoint where they apply."""

    def __init__(self, providers: Sequence[Provider]) -> None:
        self.rules: dict[str, Rule] = {}
        self.bodies: dict[str, Site] = {}
        self.paths: dict[str, Site] = {}
        for provider in providers:
            for endpoint in provider.endpoints:
                name = endpoint.name
                if endpoint.path is not None:
                    self.paths[name] = self._walked(provider, endpoint, "path", endpoint.path)
                self.bodies[name] = self._walked(provider, endpoint, "body", endpoint.request)
            for rule in map(_protocol_rule(provider), provider.protocol):
                self.rules[rule.code] = rule

    def _walked(self, provider: Provider, endpoint: Endpoint, place: Place, schema: Schema) -> Site:
        walk = _Walk(provider.name, endpoint.name, place, schema, self.rules)
        return walk.site(schema.document, f"{schema.uri}#", ())


class _Walk:
    """Makes the sites of one schema, and keeps the rules that it meets for the first time."""

    def __init__(
        self,
        provider: str,
        endpoint: str,
        place: Place,
        schema: Schema,
        rules: dict[str, Rule],
    ) -> None:
        self._provider = provider
        self._endpoint = endpoint
        self._place = place
        self._schemas = schema.schemas
        self._rules = rules
        self._known: dict[str, Site] = {}

    def site(self, node: Any, uri: str, path: Path) -> Site:
        """The site of the schema at an address; `path` leads to what it constrains."""
        if uri in self._known:
            return self._known[uri]
        site = self._known[uri] = Site()
        if not isinstance(node, dict):
            return site
        for keyword, told in node.get("x-rules", {}).items():
            for absent in told if keyword == "required" else [None]:
                rule = self._rule(keyword, node, path, absent)
                self._rules.setdefault(rule.code, rule)
                site.rules.append((rule.code, _CONCERNED.get(keyword)))
        for name, member in node.get("properties", {}).items():
            address = f"{uri}/properties{quote(pointer([name]))}"
            site.members[name] = self.site(member, address, (*path, name))
        if "items" in node:
            site.items = self.site(node["items"], f"{uri}/items", (*path, "*"))
        for index, part in enumerate(node.get("allOf", ())):
            site.beside.append((None, self.site(part, f"{uri}/allOf/{index}", path)))
        if "if" in node:
            condition = self._schemas.validator(f"{uri}/if", "warn").is_valid
            site.beside.append((condition, self.site(node.get("then"), f"{uri}/then", path)))
        if "$ref" in node:
            address = urljoin(uri, node["$ref"])
            address = address if "#" in address else f"{address}#"
            site.beside.append((None, self.site(self._resolved(address), address, path)))
        return site

    def _resolved(self, address: str) -> Any:
        uri, _, fragment = address.partition("#")
        found: Any = self._schemas.resources[uri]
        for part in fragment.split("/")[1:]:
            found = found[part]
        return found

    def _rule(self, keyword: str, node: Mapping[str, Any], path: Path, absent: str | None) -> Rule:
        told = annotation(keyword, node, absent)
        return Rule(
            code=told["code"],
            provider=self._provider,
            endpoint=self._endpoint,
            place=self._place,
            path=path if absent is None else (*path, absent),
            keyword=keyword,
            limit=node[keyword] if absent is None else absent,
            severity=severity(told),
            fidelity=told["fidelity"],
            expected=expectation(keyword, node, absent),
            source=self._schemas.source(told),
            told=told,
        )


def _protocol_rule(provider: Provider) -> Callable[[str], Rule]:
    def rule(name: str) -> Rule:
        told = provider.protocol[name]
        return Rule(
            code=f"{provider.name}.{name}",
            provider=provider.name,
            endpoint=told.get("endpoint"),
            place="protocol",
            path=(),
            keyword=None,
            limit=None,
            severity=severity(told),
            fidelity=told["fidelity"],
            expected=told["expected"],
            source=told.get("source"),
            told=told,
        )

    return rule
