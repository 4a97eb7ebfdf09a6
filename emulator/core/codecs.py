"""Wire formats: JSON, XML, and choosing one by media type."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol
from xml.parsers import expat

import orjson

from emulator.core.exchange import Call, Document, Finding
from emulator.core.rejections import Malformed, NotAcceptable, UnsupportedMediaType

MAX_DEPTH = 64
"""How deep a body may nest; far beyond any documented body."""


class Codec(Protocol):
    """Reads and writes one wire format."""

    @property
    def name(self) -> str:
        """Its short name, which is also its path suffix."""
        ...

    @property
    def media_type(self) -> str:
        """The `Content-Type` of what it writes."""
        ...

    @property
    def reads(self) -> frozenset[str]:
        """The media types that it takes, lower-case."""
        ...

    def __hash__(self) -> int:
        """Choices of a codec are cached."""
        ...

    def decode(self, body: bytes) -> Document:
        """Give the body's document, or raise Malformed."""
        ...

    def encode(self, document: Document, *, refused: bool = False) -> bytes:
        """Give a document's bytes."""
        ...

    def element(self, pointer: str) -> str | None:
        """The path of the element at a JSON Pointer, where the format has elements."""
        ...


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
        if body.count(b"{") + body.count(b"[") > MAX_DEPTH:
            _check_depth(document)
        # Equal numbers of colons before and after mean that no duplicate member was dropped, unless
        # one is hidden behind an escaped colon.
        if b"\\u003" in body or body.count(b":") != orjson.dumps(document).count(b":"):
            _check_duplicates(body)
        return _without_nulls(document) if b"null" in body else document

    def encode(self, document: Document, *, refused: bool = False) -> bytes:
        """Give compact JSON."""
        # Copied, because orjson's bytes hold on to a buffer of four kilobytes.
        return bytes(memoryview(orjson.dumps(document)))

    def element(self, pointer: str) -> str | None:
        """None: JSON has no elements."""
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Xml:
    """XML without DTD, attributes ignored, where `lists` names each list's items.

    An item is also read under its list's own name. The request's root may have any name.
    """

    request_root: str
    root: str
    error_root: str
    lists: Mapping[str, str]
    name: str = "xml"
    media_type: str = "application/xml;charset=UTF-8"
    reads: frozenset[str] = field(default=frozenset({"application/xml", "text/xml"}))

    def decode(self, body: bytes) -> Document:
        """Give the body's document, or raise Malformed."""
        return _XmlReader(self.lists).read(body)

    def encode(self, document: Document, *, refused: bool = False) -> bytes:
        """Give compact XML with a declaration."""
        root = self.error_root if refused else self.root
        text = _xml(root, document, self.lists)
        return f'<?xml version="1.0" encoding="UTF-8"?>{text}'.encode()

    def element(self, pointer: str) -> str | None:
        """The element path, items counted from one: /request/destinations/destination[1]/to."""
        path, parent = [self.request_root], ""
        for part in pointer.split("/")[1:]:
            if part.isdigit() and parent in self.lists:
                path.append(f"{self.lists[parent]}[{int(part) + 1}]")
            else:
                path.append(part)
            parent = part
        return "/" + "/".join(path)


def reader(call: Call, codecs: Sequence[Codec]) -> tuple[Codec, Finding | None]:
    """Choose the codec for the body by `Content-Type`; raise UnsupportedMediaType.

    Without the header the body's first byte decides, and the finding says so.
    """
    content_type = call.headers.get("content-type")
    if content_type:
        found = _reading(content_type, tuple(codecs))
        if found is not None:
            return found, None
        known = " or ".join(codec.media_type.partition(";")[0] for codec in codecs)
        message = f'Content-Type "{content_type[:80]}" is not read here; {known} is'
        raise UnsupportedMediaType(Finding("content-type", message, value=content_type[:80]))
    guess = "xml" if call.body.lstrip()[:1] == b"<" else "json"
    codec = next((codec for codec in codecs if codec.name == guess), codecs[0])
    message = f"no Content-Type; the body was read as {codec.name.upper()}"
    return codec, Finding("content-type-missing", message)


def writer(call: Call, codecs: Sequence[Codec], read: Codec) -> Codec:
    """Choose the codec for the answer: path suffix, else `Accept`, else the request's own.

    Raises NotAcceptable.
    """
    if call.suffix is not None:
        return next(codec for codec in codecs if codec.name == call.suffix)
    accept = call.headers.get("accept")
    if not accept or accept == "*/*":
        return read
    found = _writing(accept, tuple(codecs), read)
    if found is None:
        known = " or ".join(codec.media_type.partition(";")[0] for codec in codecs)
        message = (
            f'Accept "{accept[:80]}" allows neither format of this endpoint; it writes {known}'
        )
        raise NotAcceptable(Finding("accept", message, value=accept[:80]))
    return found


def fallback(call: Call, codecs: Sequence[Codec]) -> Codec:
    """The codec for a refusal before or despite negotiation: the first that is asked for."""
    read = _reading(call.headers.get("content-type", ""), tuple(codecs)) or codecs[0]
    try:
        return writer(call, codecs, read)
    except NotAcceptable:
        return read


@lru_cache(maxsize=256)
def _reading(content_type: str, codecs: tuple[Codec, ...]) -> Codec | None:
    media_type = content_type.partition(";")[0].strip().lower()
    return next((codec for codec in codecs if media_type in codec.reads), None)


@lru_cache(maxsize=256)
def _writing(accept: str, codecs: tuple[Codec, ...], preferred: Codec) -> Codec | None:
    ranges = [_media_range(part) for part in accept.split(",")]
    order = (preferred, *(codec for codec in codecs if codec is not preferred))
    best = max(order, key=lambda codec: _quality(codec, ranges))
    return best if _quality(best, ranges) > 0 else None


def _media_range(text: str) -> tuple[str, float]:
    media_type, *parameters = (part.strip().lower() for part in text.split(";"))
    quality = next((p[2:] for p in parameters if p.startswith("q=")), "1")
    try:
        return media_type, float(quality)
    except ValueError:
        return media_type, 0.0


def _quality(codec: Codec, ranges: Sequence[tuple[str, float]]) -> float:
    """The q-value of the most specific range that covers the codec."""
    for wanted in (codec.reads, {f"{name.partition('/')[0]}/*" for name in codec.reads}, {"*/*"}):
        qualities = [quality for media_type, quality in ranges if media_type in wanted]
        if qualities:
            return max(qualities)
    return 0.0


_JSON_KINDS: Mapping[type, str] = {
    list: "an array",
    str: "a string",
    bool: "a boolean",
    type(None): "null",
}
_COMMENT = re.compile(rb"^\s*(//|/\*|#)", re.MULTILINE)


def _json_finding(body: bytes, error: orjson.JSONDecodeError) -> Finding:
    if not body.strip():
        return Finding("body-empty", "the body is empty")
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as broken:
        byte = body[broken.start]
        return Finding("encoding", f"byte {broken.start} (0x{byte:02x}) is not UTF-8")
    near = body[: error.pos + 2].rsplit(b"\n", 1)[-1] if error.pos else b""
    suggestion = "JSON has no comments" if _COMMENT.match(near) else None
    return Finding("json-malformed", error.msg, suggestion=suggestion)


def _check_depth(document: Document) -> None:
    level: list[Any] = [document]
    for _ in range(MAX_DEPTH):
        level = [
            item
            for container in level
            for item in (container.values() if type(container) is dict else container)
            if type(item) in (dict, list)
        ]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> Malformed:
    return Malformed(Finding("nesting", f"the body nests deeper than {MAX_DEPTH} levels"))


def _check_duplicates(body: bytes) -> None:
    import json

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, value in pairs:
            if name in found:
                raise Malformed(_repeated(name))
            found[name] = value
        return found

    json.loads(body, object_pairs_hook=members)


def _repeated(name: str) -> Finding:
    return Finding("member-repeated", f'"{name[:40]}" stands more than once in one object')


def _without_nulls(value: Any) -> Any:
    if type(value) is dict:
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    if type(value) is list:
        return [_without_nulls(item) for item in value]
    return value


class _XmlReader:
    """Builds a document straight from the parser's events; one reader reads one body."""

    def __init__(self, lists: Mapping[str, str]) -> None:
        self._lists = lists
        self._open: list[tuple[str, Any, int]] = []
        self._text: list[str] = []
        self._result: Any = None
        parser = self._parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        # Refused before any declaration in it is read: entities can neither expand nor be fetched.
        parser.StartDoctypeDeclHandler = self._doctype

    def read(self, body: bytes) -> Document:
        try:
            self._parser.Parse(body, True)
        except expat.ExpatError as error:
            raise Malformed(self._finding(body, error)) from None
        except LookupError as error:
            raise Malformed(Finding("encoding", str(error))) from None
        if type(self._result) is not dict:
            raise Malformed(Finding("body-object", "the root element has no child elements"))
        return self._result

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = name.rpartition(":")[2]
        if len(self._open) == MAX_DEPTH:
            raise _too_deep()
        if self._text:
            self._check_blank()
        container: Any = [] if name in self._lists else None
        if self._open:
            parent, content, _ = self._open[-1]
            if type(content) is list:
                if name not in (parent, self._lists[parent]):
                    message = f"<{parent}> holds <{name}>; its items are <{self._lists[parent]}>"
                    raise Malformed(Finding("xml-item", message))
                container = None
            elif content is None:
                self._open[-1] = (parent, {}, self._open[-1][2])
        self._open.append((name, container, self._parser.CurrentLineNumber))

    def _end(self, _: str) -> None:
        name, content, _line = self._open.pop()
        if content is None:
            content = "".join(self._text)
            self._text.clear()
        elif self._text:
            self._check_blank()
        if not self._open:
            self._result = content
            return
        parent = self._open[-1][1]
        if type(parent) is list:
            parent.append(content)
        elif name in parent:
            raise Malformed(_repeated(name))
        else:
            parent[name] = content

    def _check_blank(self) -> None:
        if text := "".join(self._text).strip():
            message = f'text "{text[:40]}" stands beside elements in <{self._open[-1][0]}>'
            raise Malformed(Finding("xml-mixed", message))
        self._text.clear()

    def _doctype(self, *_: object) -> None:
        raise Malformed(Finding("xml-dtd", "the body declares a document type"))

    def _finding(self, body: bytes, error: expat.ExpatError) -> Finding:
        if not body.strip():
            return Finding("body-empty", "the body is empty")
        where = f"line {error.lineno}, column {error.offset + 1}"
        reason = expat.ErrorString(error.code)
        if reason == expat.errors.XML_ERROR_TAG_MISMATCH and self._open:
            opened, _, line = self._open[-1]
            closing = re.match(rb"</?\s*([^>\s]*)", body[max(self._parser.ErrorByteIndex, 0) :])
            closed = closing.group(1).decode(errors="replace") if closing else "?"
            message = f"<{opened}> of line {line} is closed by </{closed}> at {where}"
            return Finding("xml-malformed", message, suggestion=f"did you mean </{opened}>?")
        return Finding("xml-malformed", f"{reason} at {where}")


_XML_SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_XML_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


def _xml(name: str, value: Any, lists: Mapping[str, str]) -> str:
    if isinstance(value, Mapping):
        content = "".join([_xml(member, item, lists) for member, item in value.items()])
    elif isinstance(value, list):
        item_name = lists[name]
        content = "".join([_xml(item_name, item, lists) for item in value])
    else:
        content = str(value)
        if _XML_SPECIAL.search(content):
            # What XML 1.0 cannot hold, not even escaped, becomes the replacement character.
            content = _XML_SPECIAL.sub(lambda m: _XML_ESCAPES.get(m[0], "\ufffd"), content)
    return f"<{name}>{content}</{name}>"
