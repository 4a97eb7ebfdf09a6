"""JSON bodies: strict, each member once, null as good as absent."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.codec_json import Json
from emulator.core.exchange import Finding
from emulator.core.malformed import MAX_DEPTH
from emulator.core.rejections import Malformed

SPACE = st.text(" \t\n\r", max_size=2)
# Few and awkward characters, so that names repeat and strings look like structure.
AWKWARD = st.text(':{}[],"\\/ \tnulab\n\u003a\u00e9\u2028\U0001f600', max_size=3)
NUMBERS = st.one_of(
    st.integers(-(2**63), 2**64 - 1).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
)


@st.composite
def spelt(draw: st.DrawFn, text: st.SearchStrategy[str] = AWKWARD) -> str:
    """A JSON string, each of its characters spelt plainly or as an escape, at random."""

    def character(plain: str) -> str:
        escaped = json.dumps(plain)[1:-1]
        if draw(st.booleans()):
            units = plain.encode("utf-16-be").hex()
            escaped = "".join(f"\\u{units[i : i + 4]}" for i in range(0, len(units), 4))
        return plain if escaped == plain or (draw(st.booleans()) and plain > "~") else escaped

    return '"' + "".join(map(character, draw(text))) + '"'


def containers(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    spaced = st.tuples(SPACE, inner, SPACE).map("".join)
    member = st.tuples(SPACE, spelt(), SPACE, st.just(":"), spaced).map("".join)
    return st.one_of(
        st.lists(spaced, max_size=3).map(lambda items: f"[{','.join(items)}]"),
        st.lists(member, max_size=4).map(lambda members: f"{{{','.join(members)}}}"),
    )


SCALARS = st.one_of(spelt(), NUMBERS, st.sampled_from(["null", "true", "false"]))
OBJECTS = st.tuples(SPACE, st.recursive(SCALARS, containers, max_leaves=12), SPACE).map(
    lambda parts: f'{parts[0]}{{"root":{parts[1]}}}{parts[2]}'
)


def finding(body: bytes) -> Finding:
    with pytest.raises(Malformed) as refused:
        Json().decode(body)
    (found,) = refused.value.findings
    return found


@given(OBJECTS)
def test_an_object_is_decoded_exactly_if_no_member_repeats(text: str) -> None:
    repeated = False

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal repeated
        repeated |= len(dict(pairs)) < len(pairs)
        return {name: value for name, value in pairs if value is not None}

    expected = json.loads(text, object_pairs_hook=members)

    if repeated:
        assert finding(text.encode()).rule == "member-repeated"
    else:
        assert Json().decode(text.encode()) == expected


@pytest.mark.parametrize(
    "body",
    [
        '{"a":1,"a":1}',
        '{"a":1,"\\u0061":2}',
        '{"a":null,"a":1}',
        '{"x":[{"a":{"b":1,"b":2}}]}',
        '{"a":1,"a":"b\\u003ac"}',
        '{"a\\u003A":1,"a:":1}',
        '{"a" :1,\n"a"\t:"\\\\u003a:"}',
    ],
)
def test_a_repeated_member_is_malformed_however_it_is_spelt(body: str) -> None:
    assert finding(body.encode()).rule == "member-repeated"


@pytest.mark.parametrize(
    "body",
    [
        '{"a:":":","b":"\\u003a"}',
        '{"a":{"b":1},"b":{"a":1}}',
        '{ "a" : "\\"a\\":1" , "b" : "\\\\" }',
        '{"a":"\\\\u003a"}',
    ],
)
def test_colons_and_escapes_in_strings_repeat_no_member(body: str) -> None:
    assert Json().decode(body.encode()) == json.loads(body)


def test_the_repeated_member_is_named() -> None:
    assert finding(b'{"to":"1","text":"x","to":"2"}') == Finding(
        "member-repeated", '"to" stands more than once in one object'
    )


@pytest.mark.parametrize("space", ["", " ", "\n\t"])
def test_a_null_is_seen_whatever_stands_around_it(space: str) -> None:
    body = f'{{"a"{space}:{space}null{space},"b"{space}:{space}1}}'

    assert Json().decode(body.encode()) == {"b": 1}


def test_members_that_are_null_count_as_absent_at_any_depth() -> None:
    body = b'{"a":null,"b":{"c":null,"d":[{"e":null,"f":0}]},"g":"null"}'

    assert Json().decode(body) == {"b": {"d": [{"f": 0}]}, "g": "null"}


@pytest.mark.parametrize(("opening", "closing"), [('{"a":', "}"), ("[", "]")])
def test_a_body_may_nest_to_the_limit_and_no_deeper(opening: str, closing: str) -> None:
    def nested(levels: int) -> bytes:
        inner = opening * (levels - 1) + "1" + closing * (levels - 1)
        return f'{{"root":{inner},"beside":[[]]}}'.encode()

    assert Json().decode(nested(MAX_DEPTH)) == json.loads(nested(MAX_DEPTH))
    assert finding(nested(MAX_DEPTH + 1)) == Finding(
        "nesting", "the body nests deeper than 64 levels"
    )


def test_a_wide_body_is_not_a_deep_one() -> None:
    body = b'{"a":[' + b",".join([b"[{}]"] * 500) + b"]}"

    assert Json().decode(body) == {"a": [[{}]] * 500}


def test_a_body_of_a_hundred_thousand_open_brackets_is_refused() -> None:
    assert finding(b'{"a":' + b"[" * 100_000).rule == "nesting"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("[]", "an array"),
        ('"a"', "a string"),
        ("true", "a boolean"),
        ("null", "null"),
        ("1", "a number"),
        ("1.5", "a number"),
    ],
)
def test_only_an_object_is_a_body(body: str, kind: str) -> None:
    assert finding(body.encode()) == Finding("body-object", f"the body is {kind}, not an object")


@pytest.mark.parametrize("body", [b"", b" \r\n\t"])
def test_an_empty_body_is_told_to_be_empty(body: bytes) -> None:
    assert finding(body) == Finding("body-empty", "the body is empty")


@pytest.mark.parametrize(
    "body",
    [
        '{"a":1,}',
        "{'a':1}",
        "{a:1}",
        '{"a":NaN}',
        '{"a":Infinity}',
        '{"a":01}',
        '{"a":1} {}',
        '{"a":"\n"}',
        '{"a":"\\x41"}',
        '{"a":"\\ud800"}',
        '\ufeff{"a":1}',
        '{"a"',
    ],
)
def test_what_strict_json_does_not_know_is_malformed(body: str) -> None:
    assert finding(body.encode()).rule == "json-malformed"


@pytest.mark.parametrize("comment", ["// note", "/* note */", "# note"])
def test_a_comment_is_recognised(comment: str) -> None:
    found = finding(f'{{"a":1,\n  {comment}\n"b":2}}'.encode())

    assert (found.rule, found.suggestion) == ("json-malformed", "JSON has no comments")


def test_bytes_that_are_not_utf_8_are_told_with_their_place() -> None:
    assert finding('{"a":"é"}'.encode("latin-1")) == Finding(
        "encoding", "byte 6 (0xe9) is not UTF-8"
    )


def test_json_is_written_compactly_in_the_given_order() -> None:
    assert Json().encode({"b": [1, "é"], "a": None}) == '{"b":[1,"é"],"a":null}'.encode()


def test_json_has_no_elements() -> None:
    assert Json().element("/to/0") is None
