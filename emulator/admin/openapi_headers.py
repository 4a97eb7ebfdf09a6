"""What an OpenAPI document says of the headers: those of the answers, and the credentials."""

from __future__ import annotations

import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from emulator.core.auth import AuthorizationHeader, HeaderPair
from emulator.core.provider import Example, Provider

_TOLD = {
    "type": "string",
    "pattern": r'^code=[a-z0-9.-]+; pointer=\S*; message="',
    "examples": ['code=provider.rule; pointer=/message/buttons; message="expected …"'],
}
HEADERS: Mapping[str, Mapping[str, Any]] = {
    "Emulator-Request": {
        "description": "The call's id in the journal",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+-[0-9a-f]+$"},
    },
    "Emulator-Rejection": {
        "description": "Why the call was refused; one for each broken rule, ten at most",
        "required": True,
        "schema": _TOLD,
    },
    "Emulator-Warning": {
        "description": "What the provider swallows although it may not be meant, likewise",
        "schema": _TOLD,
    },
    "Emulator-Error": {
        "description": "A bug of the emulator: the exception's name",
        "schema": {"type": "string", "minLength": 1},
    },
    "Allow": {
        "description": "The verb that the path is offered for",
        "required": True,
        "schema": {"type": "string", "minLength": 1},
    },
    "Retry-After": {
        "description": "Seconds to wait",
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
}
"""The headers of emulated answers."""


def header(*names: str) -> dict[str, Any]:
    """References to headers; one whose name ends in `?` may be absent."""
    found: dict[str, Any] = {}
    for name in names:
        bare = name.rstrip("?")
        found[bare] = (
            {"$ref": f"#/components/headers/{name}"}
            if bare == name
            else {**HEADERS[bare], "required": False}
        )
    return found


def security(provider: Provider, examples: Sequence[Example]) -> list[dict[str, Any]]:
    """The ways to authenticate, each as the security schemes that it takes together."""
    name, shown = provider.name, examples[0].headers if examples else {}
    match provider.auth:
        case AuthorizationHeader():
            basic = {"type": "http", "scheme": "basic"}
            if "authorization" in shown:
                encoded = shown["authorization"].partition(" ")[2]
                basic["x-example"] = binascii.a2b_base64(encoded).decode()
            app = {
                **_in_header("Authorization"),
                "description": "The word App and a key that the emulator was given by `--api-key`",
                "x-example": "App <key>",
            }
            return [{f"{name}.basic": basic}, {f"{name}.app": app}]
        case HeaderPair(username, password):
            return [
                {
                    f"{name}.{header}": {
                        **_in_header(header.capitalize()),
                        "x-example": shown.get(header, ""),
                    }
                    for header in (username, password)
                }
            ]
    return []


def _in_header(name: str) -> dict[str, str]:
    return {"type": "apiKey", "in": "header", "name": name}
