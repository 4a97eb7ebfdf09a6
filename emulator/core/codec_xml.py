"""The wire format XML."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from emulator.core.exchange import Document, Finding
from emulator.core.malformed import MAX_DEPTH, repeated, too_deep
from emulator.core.rejections import Malformed


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
        return _read(body, self.lists)

    def encode(self, document: Document, *, refused: bool = False) -> bytes:
        """Give compact XML with a declaration."""
        parts = ['<?xml version="1.0" encoding="UTF-8"?>']
        _write(parts, self.error_root if refused else self.root, document, self.lists)
        return "".join(parts).encode()

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


def _read(body: bytes, lists: Mapping[str, str]) -> Document:
    """Build a document straight from the parser's events.

    `stack` holds name and content of each open element: a list where its name is a list's, a dict
    once it has a child, None while it may turn out to be a text.
    """
    stack: list[tuple[str, Any]] = []
    text: list[str] = []
    result: Any = None

    def start(name: str, _: Mapping[str, str]) -> None:
        if ":" in name:
            name = name.rpartition(":")[2]
        content: Any = [] if name in lists else None
        if stack:
            parent, siblings = stack[-1]
            if text:
                _check_blank(text, parent)
            if siblings is None:
                stack[-1] = (parent, {})
            elif type(siblings) is list:
                if name not in (parent, lists[parent]):
                    message = f"<{parent}> holds <{name}>; its items are <{lists[parent]}>"
                    raise Malformed(Finding("xml-item", message))
                content = None
            if len(stack) == MAX_DEPTH:
                raise too_deep()
        stack.append((name, content))

    def end(_: str) -> None:
        nonlocal result
        name, content = stack.pop()
        if content is None:
            content = "".join(text)
            text.clear()
        elif text:
            _check_blank(text, name)
        if not stack:
            result = content
            return
        siblings = stack[-1][1]
        if type(siblings) is list:
            siblings.append(content)
        elif name in siblings:
            raise Malformed(repeated(name))
        else:
            siblings[name] = content

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = text.append
    # Refused before any declaration in it is read: entities can neither expand nor be fetched.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise Malformed(_finding(body, error, parser.ErrorByteIndex)) from None
    except (LookupError, ValueError) as error:
        raise Malformed(Finding("encoding", str(error))) from None
    if type(result) is not dict:
        raise Malformed(Finding("body-object", "the root element has no child elements"))
    return result


def _check_blank(text: list[str], name: str) -> None:
    if told := "".join(text).strip():
        message = f'text "{told[:40]}" stands beside elements in <{name}>'
        raise Malformed(Finding("xml-mixed", message))
    text.clear()


def _refuse_doctype(*_: object) -> None:
    raise Malformed(Finding("xml-dtd", "the body declares a document type"))


def _finding(body: bytes, error: expat.ExpatError, index: int) -> Finding:
    if not body.strip():
        return Finding("body-empty", "the body is empty")
    where = f"line {error.lineno}, column {error.offset + 1}"
    reason = expat.ErrorString(error.code)
    opened = _open_elements(body)
    if reason == expat.errors.XML_ERROR_TAG_MISMATCH and opened:
        name, line = opened[-1]
        closing = re.match(rb"(?:</)?\s*([^>\s]*)", body[max(index, 0) :])
        closed = closing.group(1).decode(errors="replace") if closing else "?"
        message = f"<{name}> of line {line} is closed by </{closed}> at {where}"
        return Finding("xml-malformed", message, suggestion=f"did you mean </{name}>?")
    return Finding("xml-malformed", f"{reason} at {where}")


def _open_elements(body: bytes) -> list[tuple[str, int]]:
    """The elements that are open where a body ceases to be well-formed, and their lines."""
    opened: list[tuple[str, int]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, _: opened.append((name, parser.CurrentLineNumber))
    parser.EndElementHandler = lambda _: opened.pop()
    with suppress(expat.ExpatError):
        parser.Parse(body, True)
    return opened


_XML_SPECIAL = re.compile("[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_XML_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}


def _write(parts: list[str], name: str, value: Any, lists: Mapping[str, str]) -> None:
    if type(value) is dict:
        parts.append(f"<{name}>")
        for member, item in value.items():
            _write(parts, member, item, lists)
        parts.append(f"</{name}>")
    elif type(value) is list:
        item_name = lists[name]
        parts.append(f"<{name}>")
        for item in value:
            _write(parts, item_name, item, lists)
        parts.append(f"</{name}>")
    elif type(value) is int:
        parts.append(f"<{name}>{value}</{name}>")
    elif value is None:
        parts.append(f"<{name}/>")
    elif type(value) is bool:
        parts.append(f"<{name}>{'true' if value else 'false'}</{name}>")
    else:
        text = str(value)
        if _XML_SPECIAL.search(text):
            # What XML 1.0 cannot hold, not even escaped, becomes the replacement character.
            text = _XML_SPECIAL.sub(lambda m: _XML_ESCAPES.get(m[0], "\ufffd"), text)
        parts.append(f"<{name}>{text}</{name}>")
