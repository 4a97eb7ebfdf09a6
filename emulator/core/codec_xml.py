"""The wire format XML."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
        except (LookupError, ValueError) as error:
            raise Malformed(Finding("encoding", str(error))) from None
        if type(self._result) is not dict:
            raise Malformed(Finding("body-object", "the root element has no child elements"))
        return self._result

    def _start(self, name: str, attributes: Mapping[str, str]) -> None:
        name = name.rpartition(":")[2]
        if len(self._open) == MAX_DEPTH:
            raise too_deep()
        if self._text:
            self._check_blank(self._open[-1][0])
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
            self._check_blank(name)
        if not self._open:
            self._result = content
            return
        parent = self._open[-1][1]
        if type(parent) is list:
            parent.append(content)
        elif name in parent:
            raise Malformed(repeated(name))
        else:
            parent[name] = content

    def _check_blank(self, name: str) -> None:
        if text := "".join(self._text).strip():
            message = f'text "{text[:40]}" stands beside elements in <{name}>'
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
            closing = re.match(rb"(?:</)?\s*([^>\s]*)", body[max(self._parser.ErrorByteIndex, 0) :])
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
