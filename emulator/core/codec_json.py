"""The wire format JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from emulator.core.exchange import Document, Finding
from emulator.core.malformed import MAX_DEPTH, is_too_deep, repeated, too_deep
from emulator.core.rejections import Malformed


class Json:
    """Strict JSON (RFC 8259) in UTF-8: no comments, no duplicate members; null counts as absent."""

    name = "json"
    media_type = "application/json;charset=UTF-8"
    reads = frozenset({"application/json", "text/json"})

    def decode(self, body: bytes) -> Document:
        """Give the body's document, or raise Malformed."""
        try:
            document = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            raise Malformed(_json_finding(body, error)) from None
        if type(document) is not dict:
            kind = _JSON_KINDS.get(type(document), "a number")
            message = f"the body is {kind}, not an object"
            raise Malformed(Finding("body-object", message))
        if body.count(b"{") + body.count(b"[") > MAX_DEPTH and is_too_deep(document):
            raise too_deep()
        # Equal numbers of colons before and after mean that no duplicate member was dropped, unless
        # one is hidden behind an escaped colon.
        is_escaped = b"\\" in body and b"\\u003" in body
        if is_escaped or body.count(b":") != orjson.dumps(document).count(b":"):
            _check_duplicates(body)
        return _without_nulls(document) if b"null" in body else document

    def encode(self, document: Document, *, refused: bool = False) -> bytes:
        """Give compact JSON."""
        # Copied, because orjson's bytes hold on to a buffer of four kilobytes.
        return bytes(memoryview(orjson.dumps(document)))

    def element(self, pointer: str) -> str | None:
        """None: JSON has no elements."""
        return None


_JSON_KINDS: Mapping[type, str] = {
    list: "an array",
    str: "a string",
    bool: "a boolean",
    type(None): "null",
}


def _json_finding(body: bytes, error: orjson.JSONDecodeError) -> Finding:
    if not body.strip():
        return Finding("body-empty", "the body is empty")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as broken:
        byte = body[broken.start]
        return Finding("encoding", f"byte {broken.start} (0x{byte:02x}) is not UTF-8")
    if error.msg == "depth limit exceeded":
        return too_deep().findings[0]
    message = f"{error.msg} at line {error.lineno}, column {error.colno}"
    is_comment = text.startswith(("//", "/*", "#"), error.pos)
    return Finding(
        "json-malformed", message, suggestion="JSON has no comments" if is_comment else None
    )


def _check_duplicates(body: bytes) -> None:
    import json

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise Malformed(repeated(name))
            found[name] = value
        return found

    json.loads(body, object_pairs_hook=members)


def _without_nulls(value: Any) -> Any:
    if type(value) is dict:
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if type(value) is list:
        return [_without_nulls(item) for item in value]
    return value
