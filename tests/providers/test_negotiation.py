"""In which format is a request read, and in which is it answered?"""

from __future__ import annotations

import httpx
import orjson
import pytest

from tests.providers.bodies import (
    KONNEK,
    OMNI,
    OMNICHAT,
    Way,
    assert_refused,
    infobip_refusal,
    letter,
    omni,
    omni_xml,
)
from tests.providers.calls import journalled, rejected, send, told, warned

BODIES = {"json": orjson.dumps(omni("41793026727")), "xml": omni_xml("41793026727")}
STATUSES = {"json": "PENDING_ENROUTE", "xml": "MESSAGE_ACCEPTED"}

forms = pytest.mark.parametrize("form", ["json", "xml"])


def assert_written_in(answer: httpx.Response, form: str) -> None:
    """The answer is a success in that format, with the status that the document shows for it."""
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == f"application/{form};charset=UTF-8"
    assert answer.text.startswith({"json": '{"', "xml": "<?xml "}[form])
    assert STATUSES[form] in answer.text


@pytest.mark.parametrize(
    ("content_type", "form"),
    [
        ("application/json", "json"),
        ("application/json;charset=UTF-8", "json"),
        ("Application/JSON ; charset=utf-8", "json"),
        ("text/json", "json"),
        ("application/xml", "xml"),
        ("application/xml; charset=utf-8", "xml"),
        ("text/xml", "xml"),
        ("TEXT/XML", "xml"),
    ],
)
def test_the_content_type_says_how_a_body_is_read(
    content_type: str, form: str, client: httpx.Client
) -> None:
    answer = send(client, OMNI, BODIES[form], {"Content-Type": content_type})

    assert_written_in(answer, form)


@forms
@pytest.mark.parametrize(
    ("accept", "answered"),
    [
        (None, None),
        ("*/*", None),
        ("application/*", None),
        ("text/*", None),
        ("application/json", "json"),
        ("application/xml", "xml"),
        ("text/xml", "xml"),
        ("text/json", "json"),
        ("APPLICATION/XML", "xml"),
        ("application/xml;charset=utf-8", "xml"),
        ("application/json, application/xml", None),
        ("application/json;q=0.5, application/xml;q=0.5", None),
        ("application/json;q=0.9, application/xml;q=0.8", "json"),
        ("application/xml;q=0.9, application/json;q=0.8", "xml"),
        ("application/json;q=0.8,application/xml;q=0.9", "xml"),
        ("application/json;q=0.8,application/xml", "xml"),
        ("application/json; q=0.8 , application/xml ; q=0.9", "xml"),
        ("application/json;q=0, */*", "xml"),
        ("application/xml;q=0, */*", "json"),
        ("*/*;q=0.1, application/json;q=0", "xml"),
        ("text/html, application/xml;q=0.9, */*;q=0.8", "xml"),
        ("text/html, */*;q=0.1", None),
        ("image/png, application/json", "json"),
        ("application/json;q=0.001", "json"),
    ],
)
def test_the_accept_header_decides_and_else_the_request_s_own_format(
    accept: str | None, answered: str | None, form: str, client: httpx.Client
) -> None:
    answer = send(client, OMNI, BODIES[form], {"Accept": accept}, form=form)

    assert_written_in(answer, answered or form)


@forms
@pytest.mark.parametrize(
    "accept",
    [
        "text/html",
        "text/plain, image/*",
        "*/*;q=0",
        "application/json;q=0, application/xml;q=0",
        "application/json;q=0, application/xml;q=0, */*;q=0",
        "application/problem+json",
        "json",
    ],
)
def test_an_accept_header_that_allows_neither_format_is_refused(
    accept: str, form: str, client: httpx.Client
) -> None:
    answer = send(client, OMNI, BODIES[form], {"Accept": accept}, form=form)

    assert_refused(answer, Way(OMNI, form), 406)
    assert rejected(answer) == ["infobip.accept"]


def test_several_accept_headers_count_as_one(client: httpx.Client) -> None:
    headers = [
        ("Authorization", "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="),
        ("Accept", "application/json;q=0.1"),
        ("Accept", "application/xml"),
        ("Content-Type", "application/json"),
    ]

    answer = client.post("/omni/1/text", content=BODIES["json"], headers=headers)

    assert_written_in(answer, "xml")


@forms
@pytest.mark.parametrize("accept", [None, "application/json", "application/xml", "text/html"])
@pytest.mark.parametrize("suffix", ["json", "xml"])
@pytest.mark.parametrize("path", ["/omni/1/text", "/1/omni/1/text"])
def test_a_suffix_decides_before_the_accept_header(
    path: str, suffix: str, accept: str | None, form: str, client: httpx.Client
) -> None:
    headers = {"Accept": accept}

    answer = send(client, OMNI, BODIES[form], headers, path=f"{path}.{suffix}", form=form)

    assert_written_in(answer, suffix)


@pytest.mark.parametrize(
    ("path", "accept", "form", "refused_in"),
    [
        ("/omni/1/text", None, "json", "json"),
        ("/omni/1/text", None, "xml", "xml"),
        ("/omni/1/text", "application/xml", "json", "xml"),
        ("/omni/1/text", "application/json", "xml", "json"),
        ("/omni/1/text.xml", "application/json", "json", "xml"),
        ("/omni/1/text.json", "application/xml", "xml", "json"),
    ],
)
def test_a_refusal_is_written_in_the_format_of_the_answer(
    path: str, accept: str | None, form: str, refused_in: str, client: httpx.Client
) -> None:
    headers = {"Accept": accept, "Authorization": None}

    answer = send(client, OMNI, BODIES[form], headers, path=path, form=form)

    assert answer.status_code == 401
    assert answer.text == infobip_refusal(401, refused_in)


@pytest.mark.parametrize("path", ["/omni/1/text.yaml", "/omni/1/text.", "/omni/1/text.JSON"])
def test_another_suffix_is_another_path(path: str, client: httpx.Client) -> None:
    answer = send(client, OMNI, BODIES["json"], path=path)

    assert_refused(answer, Way(OMNI, "json"), 404)


@forms
@pytest.mark.parametrize("before", ["", " \r\n\t"])
def test_without_a_content_type_a_body_is_read_as_what_it_looks_like_and_warned_of(
    before: str, form: str, client: httpx.Client
) -> None:
    body = before.encode() + BODIES[form]

    answer = send(client, OMNI, body, {"Content-Type": None}, form=form)

    assert_written_in(answer, form)
    assert warned(answer) == ["infobip.content-type-missing"]
    assert form.upper() in told(answer, "Emulator-Warning")[0].message


@pytest.mark.parametrize("way", [Way(OMNICHAT, "json"), Way(KONNEK, "json")])
def test_without_a_content_type_json_is_read_where_there_is_nothing_else(
    way: Way, client: httpx.Client
) -> None:
    answer = send(client, way.endpoint, letter(way), {"Content-Type": None})

    assert answer.status_code == 200
    assert warned(answer) == [f"{way.endpoint.partition('.')[0]}.content-type-missing"]


def test_a_missing_content_type_is_told_beside_what_a_body_is_refused_for(
    client: httpx.Client,
) -> None:
    answer = send(client, OMNI, b"<request", {"Content-Type": None}, form="xml")

    record = journalled(client, answer)
    assert_refused(answer, Way(OMNI, "xml"), 400)
    assert rejected(answer) == ["infobip.xml-malformed"]
    assert warned(answer) == ["infobip.content-type-missing"]
    assert [warning["code"] for warning in record["warnings"]] == warned(answer)


def test_answers_in_both_formats_have_the_same_members(client: httpx.Client) -> None:
    body = omni("41793026727", "41793026731", bulkId="B-1")

    answer = send(client, OMNI, body, {"Accept": "application/xml"})

    before, _, after = answer.text.partition("<messageId>")
    assert before == (
        '<?xml version="1.0" encoding="UTF-8"?><omniResponse><bulkId>B-1</bulkId><messages>'
        "<message><to><phoneNumber>41793026727</phoneNumber></to><status><groupId>0</groupId>"
        "<groupName>ACCEPTED</groupName><id>0</id><name>MESSAGE_ACCEPTED</name>"
        "<description>Message accepted</description></status>"
    )
    assert after.endswith("</messageId></message></messages></omniResponse>")
