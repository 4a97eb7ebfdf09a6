"""The OpenAPI 3.1 document of the emulated endpoints and the admin API, put together."""

from __future__ import annotations

from typing import Any

from emulator.admin import openapi_admin
from emulator.admin.openapi_headers import HEADERS, security
from emulator.admin.openapi_providers import Described
from emulator.admin.openapi_schemas import Components
from emulator.admin.world import World
from emulator.core.provider import Provider
from emulator.core.validation import severity

_DESCRIPTION = """\
A local server that stands in for the HTTP APIs of messaging providers. Nothing is ever sent to \
anybody.

Request schemas hold what the provider refuses. Every rule is told in its member's description \
and listed under `x-rules` with its code, severity, fidelity and source: what breaks one of \
severity `warn` is swallowed by the provider, and the answer's `Emulator-Warning` tells of it; one \
of severity `allow` matters to a reading only. An explicit null counts as an absent member. \
Unknown members and query parameters are ignored with a warning. Everything is described as it is \
without strict mode and with the default of each reading.

`x-fidelity` says how true something is to the provider: `documented` by it, `inferred` from what \
is known elsewhere, or `invented`."""


def described(here: World) -> dict[str, Any]:
    """The document, but for the server that it is about."""
    # The table of calls holds this module's own call too.
    from emulator.admin.table import CALLS

    components = Components()
    problem = components.ref(here.schemas["emulator/problem.json"])
    paths: dict[str, Any] = {}
    schemes: dict[str, Any] = {}
    for provider in here.providers:
        examples = provider.examples()
        ways = security(provider, examples)
        paths |= Described(provider, examples, ways, problem, components).paths()
        schemes |= {name: scheme for way in ways for name, scheme in way.items()}
    paths |= openapi_admin.paths(CALLS, here.schemas, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "messaging-emulator",
            "version": here.version,
            "description": _DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [],
        "tags": [*map(_tag, here.providers), openapi_admin.TAG],
        "paths": paths,
        "components": {
            "schemas": components.schemas,
            "responses": components.responses,
            "headers": HEADERS,
            "securitySchemes": schemes | openapi_admin.SECURITY,
        },
    }


def _tag(provider: Provider) -> dict[str, Any]:
    """What holds for all endpoints of a provider."""
    return {
        "name": provider.name,
        "description": f"Emulated; authentication: {provider.auth.description}",
        "x-rules": [
            {
                **{member: value for member, value in rule.items() if member != "example"},
                "code": f"{provider.name}.{name}",
                "severity": severity(rule),
            }
            for name, rule in provider.protocol.items()
        ],
        "x-readings": [
            {
                "name": reading.name,
                "endpoint": reading.endpoint,
                "default": reading.default,
                "values": {name: value.meaning for name, value in reading.values.items()},
                "reason": reading.reason,
                "sources": reading.sources,
            }
            for reading in provider.readings
        ],
    }
