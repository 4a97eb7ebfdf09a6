"""How much of the contract the requests of a journal have tried.

A request touches a rule when it comes to where the rule applies, and breaks it when the journal
tells so; whatever it touches and does not break, it satisfies. A schema's rule is touched by the
bodies and path parameters in which it has something to constrain, conditions included. A protocol
rule is touched by every request that got as far as the step that looks at it, whatever the request
holds: one that is refused for its credentials touches `path`, `method` and `credentials`, and
nothing that comes later.
"""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.core import codecs
from emulator.core.codecs import Codec
from emulator.core.contract import Contract, Rule
from emulator.core.exchange import Call, Document
from emulator.core.provider import Endpoint, Provider
from emulator.core.rejections import Rejection
from emulator.core.routes import Routes

_STEPS = (
    "not-found",
    "method-not-allowed",
    "unauthorized",
    "too-large",
    "unsupported-media-type",
    "not-acceptable",
    "malformed",
    "invalid",
    "accepted",
)
"""The steps of the pipeline in their order, each by the refusal that it ends with."""

_DECODED = _STEPS.index("malformed") + 1
"""The first step that sees a document."""

_LOOKS_AT = {
    "path": "not-found",
    "method": "method-not-allowed",
    "credentials": "unauthorized",
    "basic-padding": "unauthorized",
    "auth-scheme-case": "unauthorized",
    "body-size": "too-large",
    "content-type": "unsupported-media-type",
    "content-type-missing": "unsupported-media-type",
    "accept": "not-acceptable",
    "body-empty": "malformed",
    "body-object": "malformed",
    "encoding": "malformed",
    "json-malformed": "malformed",
    "member-repeated": "malformed",
    "nesting": "malformed",
    "xml-malformed": "malformed",
    "xml-dtd": "malformed",
    "xml-item": "malformed",
    "xml-mixed": "malformed",
}
"""The step that looks at each protocol rule of the emulator; the last one looks at any other."""

ORDERED = "ordered"
"""The protocol rule behind a refusal that somebody asked for, whose name says nothing of a step."""


class Coverage:
    """Counts the requests that touch, satisfy and break each rule."""

    def __init__(self, providers: Sequence[Provider], contract: Contract) -> None:
        self.touched: Counter[str] = Counter()
        self.broken: Counter[str] = Counter()
        self._contract = contract
        self._routes = Routes(providers)
        self._endpoints = {e.name: e for provider in providers for e in provider.endpoints}
        self._protocol: dict[str, list[tuple[Rule, int, str]]] = {p.name: [] for p in providers}
        for rule in contract.rules.values():
            if rule.place == "protocol":
                name = rule.code.partition(".")[2]
                step = _STEPS.index(_LOOKS_AT.get(name, _STEPS[-1]))
                self._protocol[rule.provider].append((rule, step, name.partition("-")[0]))

    def add(self, request: Mapping[str, Any]) -> Iterator[None]:
        """Count a request's record; stops often, so that the caller can do something between."""
        provider = request["provider"]
        if provider is None:
            return
        told = [*(request["rejection"] or {}).get("violations", ()), *request["warnings"]]
        broken = {violation["code"] for violation in told}
        touched = set(broken)
        step = _step(request, f"{provider}.{ORDERED}" in broken)
        endpoint = self._endpoints.get(request["endpoint"])
        codec = None
        if endpoint is not None:
            if endpoint.path is not None and (target := self._routes.find(request["path"])):
                touched.update(self._contract.paths[endpoint.name].reached(target.params))
            codec, document = _understood(request, endpoint, step)
            if document is not None:
                for code in self._contract.bodies[endpoint.name].reached(document):
                    touched.add(code)
                    yield
        for rule, looks_at, form in self._protocol[provider]:
            if (
                looks_at <= step
                and rule.endpoint in (None, request["endpoint"])
                and (form not in ("json", "xml") or (codec is not None and codec.name == form))
            ):
                touched.add(rule.code)
        self.touched.update(touched)
        self.broken.update(broken)


def _step(request: Mapping[str, Any], ordered: bool) -> int:
    """The step that a request got to."""
    rejection = request["rejection"]
    name = rejection["name"] if rejection and not ordered else _STEPS[-1]
    return _STEPS.index(name) if name in _STEPS else len(_STEPS) - 1


def _understood(
    request: Mapping[str, Any], endpoint: Endpoint, step: int
) -> tuple[Codec | None, Document | None]:
    """The request's codec and its document as the schema sees it, as far as it got."""
    call = Call(
        method=request["method"],
        path=request["path"],
        headers=request["headers"],
        body=_body(request),
        received_at=0,
        started=0,
    )
    try:
        codec, _ = codecs.reader(call, endpoint.codecs)
        if step < _DECODED:
            return codec, None
        document = codec.decode(call.body)
    except Rejection:
        return None, None
    return codec, endpoint.prepare(document)[0] if endpoint.prepare else document


def _body(request: Mapping[str, Any]) -> bytes:
    if "body_base64" in request:
        return base64.b64decode(request["body_base64"])
    body: str = request["body"]
    return body.encode()
