"""JSON Schemas that users write to choose documents."""

from __future__ import annotations

from itertools import islice
from typing import Any

import jsonschema_rs

from emulator.core.errors import EmulatorError
from emulator.core.exchange import Document
from emulator.core.words import meant

_TYPES = ("array", "boolean", "integer", "null", "number", "object", "string")


class Matcher:
    """A JSON Schema as a question about documents; raises EmulatorError if it is none."""

    def __init__(self, schema: Any) -> None:
        if not isinstance(schema, dict | bool):
            raise EmulatorError(f"a JSON Schema is an object, not {schema!r:.60}")
        try:
            # Nothing is ever fetched, whatever a reference names.
            self._validator = jsonschema_rs.validator_for(schema, offline=True)
        except ValueError as error:
            raise EmulatorError(f"no JSON Schema: {_said(error, schema)}") from None
        self.holds = self._validator.is_valid

    def differences(self, document: Document) -> list[str]:
        """Where a document differs from what the schema asks for, three places at most."""
        errors = islice(self._validator.iter_errors(document), 3)
        return [f"{_pointer(error.instance_path)}: {error.message}" for error in errors]


def _said(error: ValueError, schema: Any) -> str:
    if not isinstance(error, jsonschema_rs.ValidationError) or not error.instance_path:
        return str(error).splitlines()[0]
    at, wrong = _pointer(error.instance_path), schema
    for part in error.instance_path:
        wrong = wrong[part]
    if at.endswith("/type") and isinstance(wrong, str):
        hint = meant(wrong, _TYPES) or f"known: {', '.join(_TYPES)}"
        return f'at {at}: no type "{wrong}"; {hint}'
    return f"at {at}: {error.message}"


def _pointer(path: list[str | int]) -> str:
    return "".join(f"/{part}" for part in path)
