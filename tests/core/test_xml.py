"""XML bodies: the same documents as in JSON, without DTD, attributes or mixed content."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.codec_xml import Xml
from emulator.core.exchange import Finding
from emulator.core.malformed import MAX_DEPTH
from emulator.core.rejections import Malformed

XML = Xml(
    request_root="post",
    root="answer",
    error_root="sorry",
    lists={"letters": "letter", "stamps": "stamp"},
)

LISTS = st.sampled_from(["letters", "stamps"])
NAMES = st.sampled_from(["to", "text", "letter", "stamp", "a-b.c", "_é"])
WRITABLE = st.text(
    st.characters(
        codec="utf-8", exclude_categories=["Cc", "Cs"], include_characters="\t\n\r"
    ).filter(lambda character: character not in "\ufffe\uffff")
)


def objects(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    plain = st.dictionaries(NAMES, values, min_size=1, max_size=3)
    listed = st.dictionaries(LISTS, st.lists(values, max_size=3), max_size=2)
    return st.builds(lambda a, b: {**a, **b}, plain, listed)


DOCUMENTS = objects(st.recursive(WRITABLE, objects, max_leaves=8))


def finding(body: str | bytes) -> Finding:
    with pytest.raises(Malformed) as refused:
        XML.decode(body.encode() if isinstance(body, str) else body)
    (found,) = refused.value.findings
    return found


@given(DOCUMENTS)
def test_what_is_written_is_read_back_the_same(document: dict[str, Any]) -> None:
    assert XML.decode(XML.encode(document)) == document


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_is_written_as_well_formed_xml(text: str) -> None:
    written = ElementTree.fromstring(XML.encode({"text": text})).findtext("text")

    assert written is not None
    assert len(written) == len(text)
    assert all(a == b or a == "\ufffd" for a, b in zip(written, text, strict=True))


def test_what_xml_cannot_hold_becomes_the_replacement_character() -> None:
    body = XML.encode({"text": "a\0\x1b\ufffe<b>&\r\n"})

    assert (
        body
        == (
            '<?xml version="1.0" encoding="UTF-8"?>'
            "<answer><text>a\ufffd\ufffd\ufffd&lt;b&gt;&amp;&#13;\n</text></answer>"
        ).encode()
    )


def test_a_refusal_has_a_root_of_its_own() -> None:
    assert XML.encode({"why": "so"}, refused=True) == (
        b'<?xml version="1.0" encoding="UTF-8"?><sorry><why>so</why></sorry>'
    )


def test_numbers_are_written_as_text_and_lists_with_their_items_name() -> None:
    assert XML.encode({"letters": [{"id": 7}, {"id": 8}]}).endswith(
        b"<answer><letters><letter><id>7</id></letter><letter><id>8</id></letter></letters></answer>"
    )


@pytest.mark.parametrize(
    "body",
    [
        "<post><letters><letter>a</letter><letter>b</letter></letters></post>",
        "<post><letters><letters>a</letters><letters>b</letters></letters></post>",
        "<anything><letters><letter>a</letter><letters>b</letters></letters></anything>",
        '<p:post xmlns:p="urn:x"><p:letters x="1"><p:letter>a</p:letter>'
        "<!-- c --><letter>b</letter>\n</p:letters></p:post>",
        "\ufeff<post>\n <letters>\n  <letter><![CDATA[a]]></letter><letter>&#98;</letter>"
        "\n </letters>\n</post>",
    ],
)
def test_a_list_is_read_in_each_of_its_spellings(body: str) -> None:
    assert XML.decode(body.encode()) == {"letters": ["a", "b"]}


def test_a_leaf_keeps_its_white_space_and_an_empty_one_is_an_empty_string() -> None:
    assert XML.decode(b"<post><a> x\n </a><b/><letters/></post>") == {
        "a": " x\n ",
        "b": "",
        "letters": [],
    }


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
def test_a_body_in_its_declared_encoding_is_read(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?><post><text>é</text></post>'

    assert XML.decode(body.encode(encoding)) == {"text": "é"}


@pytest.mark.parametrize(
    "encoding", ["klingon", "shift_jis", "gbk", "utf-7", "utf-32", "hex", "idna", "undefined"]
)
def test_an_encoding_that_is_not_read_is_a_finding(encoding: str) -> None:
    body = f'<?xml version="1.0" encoding="{encoding}"?><post><text>a</text></post>'

    assert finding(body).rule == "encoding"


def test_bytes_that_are_not_of_the_encoding_are_malformed() -> None:
    assert finding(b"<post><text>\xe9</text></post>").rule == "xml-malformed"


@pytest.mark.parametrize(
    "doctype",
    [
        "<!DOCTYPE post>",
        '<!DOCTYPE post SYSTEM "http://127.0.0.1:9/post.dtd">',
        '<!DOCTYPE post [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE post [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY e "&b;&b;&b;">]>',
    ],
)
def test_a_document_type_is_refused_unread(doctype: str) -> None:
    assert finding(f"{doctype}<post><text>&e;</text></post>") == Finding(
        "xml-dtd", "the body declares a document type"
    )


@pytest.mark.parametrize(
    "body", ["<post><text>&e;</text></post>", "<post><text>&nbsp;</text></post>"]
)
def test_an_undeclared_entity_is_malformed(body: str) -> None:
    assert finding(body).rule == "xml-malformed"


def test_a_body_may_nest_to_the_limit_and_no_deeper() -> None:
    def nested(levels: int) -> bytes:
        return b"<a>" * levels + b"</a>" * levels

    expected: Any = ""
    for _ in range(MAX_DEPTH - 1):
        expected = {"a": expected}

    assert XML.decode(nested(MAX_DEPTH)) == expected
    assert finding(nested(MAX_DEPTH + 1)) == Finding(
        "nesting", "the body nests deeper than 64 levels"
    )


@pytest.mark.parametrize(
    ("body", "element"),
    [
        ("<post>oops<text>a</text></post>", "post"),
        ("<post><text>a</text>oops</post>", "post"),
        ("<post><a><text>a</text>oops</a></post>", "a"),
        ("<post><letters>oops</letters></post>", "letters"),
        ("<post><letters><letter>a</letter>oops</letters></post>", "letters"),
        ("<letters>oops</letters>", "letters"),
    ],
)
def test_text_beside_elements_is_malformed(body: str, element: str) -> None:
    assert finding(body) == Finding(
        "xml-mixed", f'text "oops" stands beside elements in <{element}>'
    )


def test_a_repeated_element_is_malformed() -> None:
    assert finding("<post><to>1</to><to>2</to></post>") == Finding(
        "member-repeated", '"to" stands more than once in one object'
    )


def test_a_list_holds_its_items_only() -> None:
    assert finding("<post><letters><stamp/></letters></post>") == Finding(
        "xml-item", "<letters> holds <stamp>; its items are <letter>"
    )


@pytest.mark.parametrize("body", ["<post/>", "<post>text</post>", "<letters/>"])
def test_a_root_without_members_is_no_body(body: str) -> None:
    assert finding(body).rule == "body-object"


@pytest.mark.parametrize("body", ["", "  \n"])
def test_an_empty_body_is_told_to_be_empty(body: str) -> None:
    assert finding(body) == Finding("body-empty", "the body is empty")


def test_a_wrong_closing_tag_is_told_with_the_right_one() -> None:
    assert finding("<post>\n <text>a</test>\n</post>") == Finding(
        "xml-malformed",
        "<text> of line 2 is closed by </test> at line 2, column 11",
        suggestion="did you mean </text>?",
    )


@pytest.mark.parametrize("body", ["<post>", "<post></post><post/>", "{}", "<post><a b></a></post>"])
def test_what_is_not_well_formed_is_told_with_its_place(body: str) -> None:
    found = finding(body)

    assert found.rule == "xml-malformed"
    assert " at line 1, column " in found.message


@pytest.mark.parametrize(
    ("pointer", "element"),
    [
        ("", "/post"),
        ("/text", "/post/text"),
        ("/letters", "/post/letters"),
        ("/letters/0/to", "/post/letters/letter[1]/to"),
        ("/letters/11/stamps/1", "/post/letters/letter[12]/stamps/stamp[2]"),
        ("/codes/0", "/post/codes/0"),
    ],
)
def test_a_pointer_is_told_as_the_path_of_its_element(pointer: str, element: str) -> None:
    assert XML.element(pointer) == element
