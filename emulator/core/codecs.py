"""Wire formats, and choosing one by media type."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol

from emulator.core.exchange import Call, Document, Finding
from emulator.core.rejections import NotAcceptable, UnsupportedMediaType


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
