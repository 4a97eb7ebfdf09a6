"""The emulated endpoints in OpenAPI: their paths, requests, answers and credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from typing import Any
from xml.etree import ElementTree

import orjson

from emulator.admin.openapi_headers import header
from emulator.admin.openapi_schemas import Components, cited
from emulator.core.codec_xml import Xml
from emulator.core.codecs import Codec
from emulator.core.provider import Endpoint, Example, Provider
from emulator.core.routes import paths


@dataclass(frozen=True, slots=True)
class Described:
    """A provider with its examples and ways to authenticate, and the components it refers to."""

    provider: Provider
    examples: Sequence[Example]
    security: Sequence[Mapping[str, Any]]
    problem: Mapping[str, str]
    components: Components

    def paths(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Every path of every endpoint with its operation."""
        for endpoint in self.provider.endpoints:
            for number, (path, suffix) in enumerate(paths(endpoint)):
                id = f"{endpoint.name}-{number + 1}" if number else endpoint.name
                operation = {"operationId": id, **self._operation(endpoint, path, suffix)}
                yield path, {endpoint.method.lower(): operation}

    def _operation(self, endpoint: Endpoint, path: str, suffix: str | None) -> dict[str, Any]:
        examples = [e for e in self.examples if e.endpoint == endpoint.name and e.status == 200]
        writes = [codec for codec in endpoint.codecs if suffix in (None, codec.name)]
        parameters = [*self._parameters(endpoint, path, examples)]
        return {
            "summary": endpoint.summary,
            "tags": [self.provider.name],
            "x-endpoint": endpoint.name,
            "x-fidelity": endpoint.fidelity,
            "security": [{name: [] for name in way} for way in self.security],
            **({"parameters": parameters} if parameters else {}),
            "requestBody": {"required": True, "content": self._request(endpoint, examples)},
            "responses": {
                "200": self._accepted(endpoint, examples, writes),
                **dict(self._refused(endpoint, suffix, writes)),
            },
        }

    def _parameters(
        self, endpoint: Endpoint, path: str, examples: Sequence[Example]
    ) -> Iterator[dict[str, Any]]:
        known = self.components.inline(endpoint.path)["properties"] if endpoint.path else {}
        for place, part in enumerate(path.split("/")):
            if part[:1] != "{":
                continue
            name = part[1:-1]
            schema = known.get(name)
            parameter = {
                "name": name,
                "in": "path",
                "required": True,
                "schema": schema if isinstance(schema, dict) else _SEGMENT,
            }
            if examples:
                parameter["example"] = examples[0].path.split("/")[place]
            yield parameter

    def _request(self, endpoint: Endpoint, examples: Sequence[Example]) -> dict[str, Any]:
        return {
            _media_type(codec): {
                "schema": self.components.ref(endpoint.request, *_root(codec, "request_root")),
                "examples": {
                    _key(example): _shown(example, _value(example.request, codec))
                    for example in examples
                    if _form(example) == codec.name
                },
            }
            for codec in endpoint.codecs
        }

    def _accepted(
        self, endpoint: Endpoint, examples: Sequence[Example], writes: Sequence[Codec]
    ) -> dict[str, Any]:
        content = {
            _media_type(codec): {
                "schema": self.components.ref(endpoint.response, *_root(codec, "root")),
                "examples": {
                    _key(example): _shown(example, _value(example.response, codec))
                    for example in examples
                    if _form(example) == codec.name
                },
            }
            for codec in writes
        }
        return {
            "description": "Accepted",
            "x-fidelity": endpoint.fidelity,
            "headers": header("Emulator-Request", "Emulator-Warning"),
            "content": content,
        }

    def _refused(
        self, endpoint: Endpoint, suffix: str | None, writes: Sequence[Codec]
    ) -> Iterator[tuple[str, dict[str, str]]]:
        refused = self.provider.answers(endpoint)[1:]
        for status, answers in groupby(refused, lambda answer: answer.status):
            # A suffix decides the answer's format, so that no Accept header can be in its way.
            if status != HTTPStatus.NOT_ACCEPTABLE or suffix is None:
                names = [answer.name for answer in answers]
                key = ".".join((self.provider.name, str(status), *(codec.name for codec in writes)))
                if key not in self.components.responses:
                    self.components.responses[key] = self._refusal(status, names, writes)
                yield str(status), {"$ref": f"#/components/responses/{key}"}

    def _refusal(
        self, status: int, names: Sequence[str], writes: Sequence[Codec]
    ) -> dict[str, Any]:
        canned = {name: self.provider.refusals[name] for name in names}
        content = {
            _media_type(codec): {
                "schema": self._refusal_schema(codec),
                "examples": {name: _canned(canned[name], codec) for name in names},
            }
            for codec in writes
        }
        told = ["Emulator-Request", "Emulator-Rejection", "Emulator-Warning"]
        match status:
            case HTTPStatus.METHOD_NOT_ALLOWED:
                told.append("Allow")
            case HTTPStatus.TOO_MANY_REQUESTS:
                told.append("Retry-After")
            case HTTPStatus.INTERNAL_SERVER_ERROR:
                # A bug of the emulator has this status too, but no vendor's body and no rejection.
                told[1:2] = ["Emulator-Rejection?", "Emulator-Error"]
                content["application/problem+json"] = {"schema": self.problem}
        return {
            "description": f"{HTTPStatus(status).phrase}: {', '.join(names)}",
            "x-fidelity": _weakest(rejection["fidelity"] for rejection in canned.values()),
            "headers": header(*told),
            "content": content,
        }

    def _refusal_schema(self, codec: Codec) -> dict[str, str]:
        if self.provider.refusal is None:
            return {}
        return self.components.ref(self.provider.refusal, *_root(codec, "error_root"))


_SEGMENT = {"type": "string", "pattern": "^[^/]+$"}


def _weakest(fidelities: Iterator[str]) -> str:
    return max(fidelities, key=("documented", "inferred", "invented").index)


def _root(codec: Codec, which: str) -> tuple[Xml | None, str]:
    """What the elements of a body in XML are called."""
    return (codec, getattr(codec, which)) if isinstance(codec, Xml) else (None, "")


def _media_type(codec: Codec) -> str:
    return codec.media_type.partition(";")[0]


def _key(example: Example) -> str:
    return example.name.rpartition("/")[2].rpartition(".")[0]


def _form(example: Example) -> str:
    return example.name.rpartition(".")[2]


def _value(body: str, codec: Codec) -> Any:
    """A body as an example's value: XML as text, evenly indented."""
    if not isinstance(codec, Xml):
        return orjson.loads(body)
    root = ElementTree.fromstring(body)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode")


def _shown(example: Example, value: Any) -> dict[str, Any]:
    return {
        "description": cited(example.source),
        "value": value,
        "x-fidelity": example.fidelity,
    }


def _canned(canned: Mapping[str, Any], codec: Codec) -> dict[str, Any]:
    document = canned["document"]
    value = codec.encode(document, refused=True).decode() if isinstance(codec, Xml) else document
    return {
        "description": cited(canned["source"]),
        "value": value,
        "x-fidelity": canned["fidelity"],
    }
