"""The admin API in OpenAPI, from the table of its calls."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from emulator.admin.calls import AdminCall
from emulator.admin.openapi_schemas import Components
from emulator.core.validation import Schemas

TAG = {"name": "admin", "description": "The emulator's own calls, under `/__admin`"}
_TOKEN = "admin.token"
SECURITY = {
    _TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "description": "For changes, when the emulator is exposed to other machines",
    }
}


def paths(
    calls: Iterable[AdminCall], schemas: Schemas, components: Components
) -> dict[str, dict[str, Any]]:
    """Every path of the admin API with its operations."""
    found: dict[str, dict[str, Any]] = {}
    for call in calls:
        operation = _operation(call, schemas, components)
        found.setdefault(call.template, {})[call.method.lower()] = operation
    return found


def _operation(call: AdminCall, schemas: Schemas, components: Components) -> dict[str, Any]:
    def body(name: str) -> dict[str, str]:
        return components.ref(schemas[f"emulator/{name}.json"])

    words = re.findall(r"\w+", call.template.removeprefix("/__"))
    operation: dict[str, Any] = {
        "operationId": "-".join((f"admin.{call.method.lower()}", *words[1:])),
        "summary": call.summary,
        "tags": [TAG["name"]],
    }
    changes = call.method != "GET"
    if changes:
        operation["security"] = [{}, {_TOKEN: []}]
    if call.parameters:
        operation["parameters"] = [
            {
                "name": parameter.name,
                "in": "path" if f"{{{parameter.name}}}" in call.template else "query",
                "description": parameter.meaning,
                "schema": dict(parameter.schema),
            }
            for parameter in call.parameters
        ]
        for parameter in operation["parameters"]:
            if parameter["in"] == "path":
                parameter["required"] = True
    if call.takes is not None:
        content = {"application/json": {"schema": body(call.takes)}}
        operation["requestBody"] = {"required": True, "content": content}
    operation["responses"] = _answers(call, body(call.gives) if call.gives else {"type": "string"})
    problems = sorted({*call.problems, *((401,) if changes else ()), 403})
    for status in problems:
        operation["responses"][str(status)] = {
            "description": HTTPStatus(status).phrase,
            "content": {"application/problem+json": {"schema": body("problem")}},
        }
    return operation


def _answers(call: AdminCall, schema: dict[str, str]) -> dict[str, Any]:
    if call.media_type is None:
        return {"204": {"description": "Done"}}
    content = {call.media_type: {"schema": schema}}
    return {str(status): {"description": "Done", "content": content} for status in call.statuses}
