"""Which endpoint a path belongs to, and which ones it almost reached."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple

from emulator.core.errors import EmulatorError
from emulator.core.exchange import NearMiss
from emulator.core.provider import Endpoint, Provider

RESERVED = "/__"
"""What the paths of the emulator's own pages start with; no provider has any of them."""

INVITES = f"{RESERVED}invite/"
"""What the path of an invite's link starts with, before its token."""


LONG = 512
"""Characters of a path beyond which it is not remembered where it leads: no such one is usual."""


class Target(NamedTuple):
    """Where a path leads; without an endpoint, to a provider that has nothing there."""

    provider: Provider
    endpoint: Endpoint | None
    params: Mapping[str, str]
    suffix: str | None = None


class _Route(NamedTuple):
    template: str
    pattern: re.Pattern[str]
    provider: Provider
    endpoint: Endpoint
    suffix: str | None


class Routes:
    """All paths of the installed providers; raises EmulatorError where two endpoints claim one."""

    def __init__(self, providers: Sequence[Provider]) -> None:
        self._routes = [route for provider in providers for route in _routes_of(provider)]
        # Literal segments come before parameters, so that /facebook/1/single is never a parameter.
        self._routes.sort(key=lambda route: route.template.count("{"))
        self._territories = [(re.compile(p.territory), p) for p in providers]
        claimed: dict[str, str] = {}
        for route in self._routes:
            key = f"{route.endpoint.method} {re.sub('{.*?}', '{}', route.template)}"
            if key in claimed:
                raise EmulatorError(
                    f"{route.endpoint.name} and {claimed[key]} both claim {key}; one has to yield"
                )
            claimed[key] = route.endpoint.name
        self._remembered = lru_cache(maxsize=4096)(self._find)

    def find(self, path: str) -> Target | None:
        """The endpoint at a path, else the provider it belongs to, else None."""
        return self._remembered(path) if len(path) <= LONG else self._find(path)

    def _find(self, path: str) -> Target | None:
        if path.startswith(RESERVED):
            return None
        path = re.sub("//+", "/", path)
        for route in self._routes:
            if match := route.pattern.fullmatch(path):
                return Target(route.provider, route.endpoint, match.groupdict(), route.suffix)
        for territory, provider in self._territories:
            if territory.match(path):
                return Target(provider, None, {})
        return None

    def near_misses(self, path: str) -> list[NearMiss]:
        """The endpoints whose paths are most like this one, the likest first, three at most.

        Those of the provider that the path belongs to come before all others.
        """
        target = self.find(path)
        owner = target.provider if target is not None else None
        ranked = sorted(
            (route for route in self._routes if not route.suffix),
            key=lambda route: (route.provider is not owner, -_likeness(path, route.template)),
        )
        found: dict[str, NearMiss] = {}
        for route in ranked:
            endpoint = route.endpoint
            if endpoint.name not in found:
                found[endpoint.name] = NearMiss(
                    endpoint.name,
                    endpoint.method,
                    route.template,
                    _difference(path, route.template),
                )
        return list(found.values())[:3]


def paths(endpoint: Endpoint) -> list[tuple[str, str | None]]:
    """Every path template of an endpoint, with the format that its suffix asks for."""
    suffixes = [codec.name for codec in endpoint.codecs] if len(endpoint.codecs) > 1 else []
    return [
        (f"{path}.{suffix}" if suffix else path, suffix)
        for path in endpoint.paths
        for suffix in (None, *suffixes)
    ]


def _routes_of(provider: Provider) -> list[_Route]:
    return [
        _Route(template, _pattern(template), provider, endpoint, suffix)
        for endpoint in provider.endpoints
        for template, suffix in paths(endpoint)
    ]


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    named = (f"(?P<{part}>[^/]+)" if i % 2 else re.escape(part) for i, part in enumerate(parts))
    return re.compile("".join(named))


def _likeness(path: str, template: str) -> float:
    """How alike they are, a parameter counting as like any segment in its place."""
    # It takes some time to load, and only calls that go astray need it.
    import difflib

    ours, theirs = template.split("/"), path.split("/")
    filled = [
        given if known.startswith("{") else known
        for known, given in zip(ours, [*theirs, *([""] * len(ours))], strict=False)
    ]
    return difflib.SequenceMatcher(None, "/".join(filled), path).ratio()


def _difference(path: str, template: str) -> str:
    ours, theirs = template.split("/")[1:], path.split("/")[1:]
    if len(ours) != len(theirs):
        return f"{len(theirs)} path segments, {len(ours)} expected"
    wrong = [
        f'"{given}" stands where "{known}" is expected'
        for known, given in zip(ours, theirs, strict=True)
        if not known.startswith("{") and known != given
    ]
    return "; ".join(wrong)
