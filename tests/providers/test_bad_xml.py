"""Is whatever else may arrive as XML refused in the provider's shape, with its reason?"""

from __future__ import annotations

from itertools import pairwise

import httpx
import pytest

from tests.providers.bodies import OMNI, Way, assert_malformed, assert_refused, omni_xml
from tests.providers.calls import journalled, send

XML = Way(OMNI, "xml")

LETTER = omni_xml("41793026727").decode()
ENTITIES = [f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in pairwise("abcdefghi")]
BOMB = f'<!DOCTYPE r [<!ENTITY a "ha">{"".join(ENTITIES)}]>{LETTER.replace("Hello", "&i;")}'
EXTERNAL = '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + LETTER.replace("Hello", "&x;")
MIXED = "<request>{}</request>"

BAD_XML = [
    ("an empty body", "", "body-empty", "the body is empty"),
    ("white space", " \n ", "body-empty", "the body is empty"),
    ("no XML", "hello", "xml-malformed", "line 1"),
    ("JSON", '{"text":"Hello"}', "xml-malformed", "line 1"),
    ("an unclosed root", "<request>", "xml-malformed", "line 1"),
    ("a wrong end", "<request><a>\n</b></request>", "xml-malformed", "<a> of line 1"),
    ("an undefined entity", LETTER.replace("Hello", "&nbsp;"), "xml-malformed", "entity"),
    ("a bare ampersand", LETTER.replace("Hello", "a & b"), "xml-malformed", "line 1"),
    ("two roots", "<request/><request/>", "xml-malformed", "line 1"),
    ("a late declaration", '\n<?xml version="1.0"?><request/>', "xml-malformed", "line 2"),
    ("NUL", LETTER.replace("Hello", "\0"), "xml-malformed", "line 1"),
    ("a control character", LETTER.replace("Hello", "\1"), "xml-malformed", "line 1"),
    ("a control character, escaped", LETTER.replace("Hello", "&#1;"), "xml-malformed", "line 1"),
    ("a surrogate, escaped", LETTER.replace("Hello", "&#xd800;"), "xml-malformed", "line 1"),
    ("an attribute twice", "<request a='1' a='2'/>", "xml-malformed", "attribute"),
    ("an unbound prefix at its end", "<a:request></b:request>", "xml-malformed", "line 1"),
    ("a DTD", f"<!DOCTYPE request>{LETTER}", "xml-dtd", "document type"),
    ("an external DTD", f'<!DOCTYPE r SYSTEM "http://x/">{LETTER}', "xml-dtd", "document type"),
    ("an entity bomb", BOMB, "xml-dtd", "document type"),
    ("an external entity", EXTERNAL, "xml-dtd", "document type"),
    ("a text only", "<request>Hello</request>", "body-object", "no child elements"),
    ("nothing", "<request/>", "body-object", "no child elements"),
    ("text in front", MIXED.format("x<text>1</text>"), "xml-mixed", '"x" stands beside'),
    ("text between", MIXED.format("<a>1</a>x<b>2</b>"), "xml-mixed", "in <request>"),
    ("text behind", MIXED.format("<text>1</text>x"), "xml-mixed", "in <request>"),
    (
        "text in a list",
        MIXED.format("<destinations>x</destinations>"),
        "xml-mixed",
        "in <destinations>",
    ),
    (
        "text in a list at the root",
        "<destinations>x</destinations>",
        "xml-mixed",
        "in <destinations>",
    ),
    (
        "text in an item",
        MIXED.format(f"<destinations><destination>x{LETTER}</destination></destinations>"),
        "xml-mixed",
        "in <destination>",
    ),
    ("another item", MIXED.format("<destinations><to/></destinations>"), "xml-item", "holds <to>"),
    ("an element twice", MIXED.format("<a>1</a><a>2</a>"), "member-repeated", '"a" stands'),
    (
        "an element twice but for its prefix",
        MIXED.format("<a>1</a><n:a xmlns:n='n'>2</n:a>"),
        "member-repeated",
        '"a" stands',
    ),
    ("100 levels", "<a>" * 100 + "</a>" * 100, "nesting", "deeper than 64 levels"),
    ("65 levels", "<a>" * 65 + "</a>" * 65, "nesting", "deeper than 64 levels"),
    ("an open end", "<a>" * 100_000, "nesting", "deeper than 64 levels"),
    ("an unknown encoding", f'<?xml version="1.0" encoding="klingon"?>{LETTER}', "encoding", None),
    ("no text encoding", f'<?xml version="1.0" encoding="hex"?>{LETTER}', "encoding", None),
]


@pytest.mark.parametrize(
    ("body", "rule", "reason"), [case[1:] for case in BAD_XML], ids=[case[0] for case in BAD_XML]
)
def test_what_is_no_document_in_xml_is_refused(
    body: str, rule: str, reason: str | None, client: httpx.Client
) -> None:
    answer = send(client, OMNI, body, form="xml")

    assert_malformed(client, answer, XML, rule, reason or "")


@pytest.mark.parametrize(
    "encoding",
    ["gbk", "big5", "shift_jis", "euc-kr", "utf-7", "utf-16", "utf-32", "idna", "undefined"],
)
def test_xml_that_is_not_in_the_encoding_it_names_is_refused(
    encoding: str, client: httpx.Client
) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?>{LETTER}'

    answer = send(client, OMNI, body.replace("Hello", "H\xe9llo").encode("latin-1"), form="xml")

    assert_refused(answer, XML, 400)
    assert journalled(client, answer)["outcome"] == "refused"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("body", [BOMB, EXTERNAL], ids=["bomb", "external"])
def test_a_dtd_is_refused_in_another_encoding_too(
    body: str, encoding: str, client: httpx.Client
) -> None:
    declared = f'<?xml version="1.0" encoding="utf-16"?>{body}'

    answer = send(client, OMNI, declared.encode(encoding), form="xml")

    assert_malformed(client, answer, XML, "xml-dtd", "document type")


def test_xml_that_is_not_utf_8_is_refused(client: httpx.Client) -> None:
    answer = send(client, OMNI, LETTER.replace("Hello", "Käse").encode("latin-1"), form="xml")

    record = journalled(client, answer)
    assert_malformed(client, answer, XML, "xml-malformed", "line 1")
    assert "K\\xe4se" in record["body"]
    assert record["body_base64"]


def test_64_levels_are_read_in_xml(client: httpx.Client) -> None:
    body = omni_xml("41793026727", further="<a>" * 63 + "</a>" * 63)

    answer = send(client, OMNI, body, form="xml")

    assert answer.status_code == 200
