"""What is checked of every answer besides schemathesis' own checks; `tests.fuzz` loads it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeAlias

import jsonschema_rs
import schemathesis
from schemathesis import Response

from tests import xml_bodies

Case: TypeAlias = schemathesis.Case[Any]

_DOCUMENT = "https://messaging-emulator.invalid/openapi.json"
_CODE = re.compile(r'code=([a-z0-9.-]+); pointer=\S*; message="')


@schemathesis.hook
def map_query(ctx: schemathesis.HookContext, query: Any) -> Any:
    """Let no look-up wait: there is nobody who would send anything."""
    if isinstance(query, dict) and "wait" in query:
        return {**query, "wait": 0.01}
    return query


@schemathesis.check
def a_refusal_has_a_code_that_exists(
    ctx: schemathesis.CheckContext, response: Response, case: Case
) -> None:
    if not _is_emulated(case) or response.status_code < 400:
        return
    codes = _told(response)
    assert codes, f"{response.status_code} without a code"
    unknown = codes - _described(case).codes
    assert not unknown, f"codes that no rule has: {sorted(unknown)}"


@schemathesis.check
def nothing_is_a_bug_of_the_emulator(
    ctx: schemathesis.CheckContext, response: Response, case: Case
) -> None:
    assert "emulator-error" not in response.headers


@schemathesis.check
def what_is_accepted_is_what_the_schema_allows(
    ctx: schemathesis.CheckContext, response: Response, case: Case
) -> None:
    """Hold a body in JSON against the described schema, once it came as far as being held."""
    if not _is_emulated(case) or response.status_code not in (200, 400):
        return
    document = _sent(response)
    if document is None:
        return
    described = _described(case)
    content = case.operation.definition.raw["requestBody"]["content"]
    valid = described.validator(content["application/json"]["schema"]["$ref"]).is_valid(document)
    if response.status_code == 200:
        assert valid, "accepted although the schema does not allow it"
    else:
        held = not described.codes_of_bodies.isdisjoint(_told(response))
        assert not (valid and held), "refused although the schema allows it"


@schemathesis.check
def an_answer_in_xml_is_what_the_schema_allows(
    ctx: schemathesis.CheckContext, response: Response, case: Case
) -> None:
    """Hold an answer in XML, which schemathesis does not, against the described schema."""
    if not _is_emulated(case) or "xml" not in response.headers["content-type"][0]:
        return
    described = _described(case)
    answer = case.operation.definition.raw["responses"][str(response.status_code)]
    schema = described.resolved(answer)["content"]["application/xml"]["schema"]
    document = xml_bodies.read(response.text, schema, described.document)
    assert described.validator(schema["$ref"]).is_valid(document), response.text


def _is_emulated(case: Case) -> bool:
    return "x-endpoint" in case.operation.definition.raw


def _told(response: Response) -> set[str]:
    return set(_CODE.findall(", ".join(response.headers.get("emulator-rejection", []))))


def _sent(response: Response) -> Any:
    """The document as the emulator reads it, or None where the body is not strict JSON."""
    headers, body = response.request.headers, response.request.body
    if "json" not in headers.get("Content-Type", "") or not body:
        return None
    try:
        text = body.decode() if isinstance(body, bytes) else str(body)
        document = _without_nulls(json.loads(text, parse_constant=_refuse))
        json.dumps(document, ensure_ascii=False).encode()
    except ValueError:
        return None
    # A single object is read as a list of one, which no schema can say.
    for holder, name in ((document, "destinations"), (_member(document, "body"), "button")):
        if isinstance(_member(holder, name), dict):
            holder[name] = [holder[name]]
    return document


def _member(holder: Any, name: str) -> Any:
    return holder.get(name) if isinstance(holder, dict) else None


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def _refuse(constant: str) -> None:
    raise ValueError(constant)


class _Described:
    """What the described rules are called, and validators of the described schemas."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.codes = _codes_in(document)
        self.codes_of_bodies = _codes_in(document["components"])
        self._registry = jsonschema_rs.Registry([(_DOCUMENT, document)])
        self._validators: dict[str, jsonschema_rs.Validator] = {}

    def resolved(self, part: Mapping[str, Any]) -> Any:
        found: Any = self.document if "$ref" in part else part
        for step in part.get("$ref", "").split("/")[1:]:
            found = found[step]
        return found

    def validator(self, ref: str) -> jsonschema_rs.Validator:
        if ref not in self._validators:
            schema = {"$ref": _DOCUMENT + ref}
            self._validators[ref] = jsonschema_rs.validator_for(schema, registry=self._registry)
        return self._validators[ref]


def _codes_in(part: Any) -> set[str]:
    return {*re.findall(r'"code": "([a-z]+\.[a-z0-9-]+)"', json.dumps(part))}


_documents: list[_Described] = []


def _described(case: Case) -> _Described:
    """The one document of this run."""
    if not _documents:
        _documents.append(_Described(case.operation.schema.raw_schema))
    return _documents[0]
