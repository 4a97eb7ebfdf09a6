"""Which format is read, which is written, and which is used for a refusal before either."""

from __future__ import annotations

import pytest

from emulator.core.codec_json import Json
from emulator.core.codecs import fallback, reader, writer
from emulator.core.exchange import Finding
from emulator.core.rejections import NotAcceptable, UnsupportedMediaType
from tests.core.toy import CODECS, call

JSON, XML = CODECS


def named(name: str) -> object:
    return {"json": JSON, "xml": XML}[name]


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/json", "json"),
        ("application/json;charset=UTF-8", "json"),
        ("APPLICATION/JSON ; charset=latin-1", "json"),
        ("text/json", "json"),
        ("application/xml", "xml"),
        ("text/xml; charset=utf-8", "xml"),
    ],
)
def test_content_type_chooses_the_reader(content_type: str, expected: str) -> None:
    arrived = call(headers={"content-type": content_type}, body=b"whatever")

    assert reader(arrived, CODECS) == (named(expected), None)


@pytest.mark.parametrize(
    ("body", "expected"),
    [(b"<post/>", "xml"), (b"\r\n <post/>", "xml"), (b"{}", "json"), (b"", "json"), (b"x", "json")],
)
@pytest.mark.parametrize("header", [None, ""])
def test_without_content_type_the_first_byte_chooses_the_reader_with_a_warning(
    header: str | None, body: bytes, expected: str
) -> None:
    arrived = call(headers={"content-type": header}, body=body)

    assert reader(arrived, CODECS) == (
        named(expected),
        Finding(
            "content-type-missing", f"no Content-Type; the body was read as {expected.upper()}"
        ),
    )


def test_an_endpoint_without_xml_reads_json_whatever_the_first_byte() -> None:
    json = Json()

    chosen, _ = reader(call(headers={"content-type": None}, body=b"<post/>"), [json])

    assert chosen is json


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "json", "application/*"]
)
def test_another_content_type_is_unsupported(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType) as refused:
        reader(call(headers={"content-type": content_type}), CODECS)

    expected = (
        f'Content-Type "{content_type}" is not read here; application/json or application/xml is'
    )
    assert refused.value.findings == (Finding("content-type", expected, value=content_type),)


@pytest.mark.parametrize("read", ["json", "xml"])
@pytest.mark.parametrize(
    "accept", [None, "", "*/*", "application/*", "*/*;q=0.1", "text/html, */*"]
)
def test_who_accepts_anything_is_answered_in_the_format_of_the_request(
    accept: str | None, read: str
) -> None:
    arrived = call(headers={"accept": accept})

    assert writer(arrived, CODECS, next(c for c in CODECS if c.name == read)).name == read


@pytest.mark.parametrize("read", CODECS)
@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("application/json", "json"),
        ("application/xml", "xml"),
        ("TEXT/XML", "xml"),
        ("application/json;q=0.2, application/xml;q=0.8", "xml"),
        ("application/json;q=0.8, application/xml;q=0.2", "json"),
        ("application/xml;q=0, */*", "json"),
        ("*/*;q=0.5, application/xml", "xml"),
        ("application/*;q=0.9, application/json;q=0.1", "xml"),
        ("application/json ; charset=UTF-8 ; q=0.9,application/xml;q=1.0", "xml"),
        ("application/xml;q=nonsense, application/json;q=0.1", "json"),
    ],
)
def test_accept_chooses_the_writer(accept: str, expected: str, read: Json) -> None:
    assert writer(call(headers={"accept": accept}), CODECS, read).name == expected


@pytest.mark.parametrize("suffix", ["json", "xml"])
def test_a_suffix_goes_before_accept(suffix: str) -> None:
    for accept in ("application/json", "application/xml", "text/html"):
        arrived = call(headers={"accept": accept}, suffix=suffix)

        assert writer(arrived, CODECS, JSON).name == suffix


@pytest.mark.parametrize(
    "accept", ["text/html", "application/json;q=0", "image/*", "application/json;q=0, */*;q=0"]
)
def test_an_accept_that_allows_neither_format_is_not_acceptable(accept: str) -> None:
    with pytest.raises(NotAcceptable) as refused:
        writer(call(headers={"accept": accept}), CODECS, JSON)

    expected = (
        f'Accept "{accept}" allows neither format of this endpoint;'
        " it writes application/json or application/xml"
    )
    assert refused.value.findings == (Finding("accept", expected, value=accept),)


@pytest.mark.parametrize(
    ("content_type", "accept", "suffix", "expected"),
    [
        (None, None, None, "json"),
        ("application/xml", None, None, "xml"),
        ("text/plain", None, None, "json"),
        ("text/plain", "application/xml", None, "xml"),
        ("application/json", "application/xml", None, "xml"),
        ("application/xml", "text/html", None, "xml"),
        ("application/xml", "application/xml", "json", "json"),
    ],
)
def test_a_refusal_despite_negotiation_uses_the_first_format_that_is_asked_for(
    content_type: str | None, accept: str | None, suffix: str | None, expected: str
) -> None:
    arrived = call(headers={"content-type": content_type, "accept": accept}, suffix=suffix)

    assert fallback(arrived, CODECS).name == expected


def test_a_very_long_media_type_is_told_shortened() -> None:
    long = "x" * 5000

    with pytest.raises(UnsupportedMediaType) as unread:
        reader(call(headers={"content-type": long}), CODECS)
    with pytest.raises(NotAcceptable) as unwritten:
        writer(call(headers={"accept": long}), CODECS, JSON)

    assert [len(refused.value.findings[0].message) < 200 for refused in (unread, unwritten)] == [
        True,
        True,
    ]
