"""Is a request refused with the right status, in its provider's shape?"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.providers.bodies import INVITE, KONNEK, OMNI, OMNICHAT, WAYS, Way, assert_refused, letter
from tests.providers.calls import journalled, rejected, send
from tests.providers.examples import PROVIDER_OF, named

TOO_LONG = b" " * (1024 * 1024 + 1)

every_way = pytest.mark.parametrize("way", WAYS, ids=named)


def code(way: Way, rule: str) -> str:
    return f"{PROVIDER_OF[way.endpoint].name}.{rule}"


@every_way
def test_a_request_without_its_members_is_refused_with_400(way: Way, client: httpx.Client) -> None:
    body = "<request><unknown>1</unknown></request>" if way.form == "xml" else {}

    answer = send(client, way.endpoint, body, form=way.form)

    assert_refused(answer, way, 400)


@every_way
def test_a_request_without_credentials_is_refused_with_401(way: Way, client: httpx.Client) -> None:
    without = {"authorization": None, "auth-username": None, "auth-password": None}

    answer = send(client, way.endpoint, letter(way), without, form=way.form)

    assert_refused(answer, way, 401)
    assert rejected(answer) == [code(way, "credentials")]


@every_way
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE", "OPTIONS", "FETCH"])
def test_another_verb_is_refused_with_405_and_told_the_right_one(
    method: str, way: Way, client: httpx.Client
) -> None:
    answer = send(client, way.endpoint, letter(way), method=method, form=way.form)

    assert_refused(answer, way, 405)
    assert answer.headers["Allow"] == "POST"
    assert rejected(answer) == [code(way, "method")]


@every_way
def test_an_accept_header_without_a_known_format_is_refused_with_406(
    way: Way, client: httpx.Client
) -> None:
    answer = send(client, way.endpoint, letter(way), {"Accept": "text/html"}, form=way.form)

    assert_refused(answer, way, 406)
    assert rejected(answer) == [code(way, "accept")]


@every_way
def test_a_body_of_more_than_a_mebibyte_is_refused_with_413(way: Way, client: httpx.Client) -> None:
    answer = send(client, way.endpoint, TOO_LONG, form=way.form)

    assert_refused(answer, way, 413)
    assert rejected(answer) == [code(way, "body-size")]


@every_way
def test_a_body_of_a_mebibyte_is_read(way: Way, client: httpx.Client) -> None:
    answer = send(client, way.endpoint, TOO_LONG[:-1], form=way.form)

    assert_refused(answer, way, 400)
    assert rejected(answer) == [code(way, "body-empty")]


@every_way
@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "json", "*/*"]
)
def test_a_body_in_another_format_is_refused_with_415(
    content_type: str, way: Way, client: httpx.Client
) -> None:
    # What the answer is written in then has to be asked for.
    headers = {"Content-Type": content_type, "Accept": f"application/{way.form}"}

    answer = send(client, way.endpoint, letter(way), headers, form=way.form)

    assert_refused(answer, way, 415)
    assert rejected(answer) == [code(way, "content-type")]


@pytest.mark.parametrize("endpoint", [OMNICHAT, INVITE, KONNEK])
def test_xml_is_refused_with_415_where_only_json_is_read(
    endpoint: str, client: httpx.Client
) -> None:
    headers = {"Content-Type": "application/xml"}

    answer = send(client, endpoint, "<request/>", headers)

    assert_refused(answer, Way(endpoint, "json"), 415)


@pytest.mark.parametrize("endpoint", [OMNICHAT, INVITE, KONNEK])
def test_an_answer_in_xml_is_refused_with_406_where_only_json_is_written(
    endpoint: str, client: httpx.Client
) -> None:
    way = Way(endpoint, "json")

    answer = send(client, endpoint, letter(way), {"Accept": "application/xml"})

    assert_refused(answer, way, 406)


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("/omni/1/texts", "/omni/1/text"),
        ("/omni/2/text", "/omni/1/text"),
        ("/omni/1/text/", "/omni/1/text"),
        ("/facebook/1/singel", "/facebook/1/single"),
        ("/omnichat/1/applications/A/integrations/FACEBOOK/messages", "/message"),
        ("/omnichat/1/applications/A/integrations/FACEBOOK/invitation", "/invite"),
    ],
)
def test_an_unknown_path_of_a_provider_is_refused_with_404_and_told_the_nearest(
    path: str, nearest: str, client: httpx.Client
) -> None:
    way = Way(OMNI, "json")

    answer = send(client, OMNI, letter(way), path=path)

    record = journalled(client, answer)
    assert_refused(answer, way, 404)
    assert rejected(answer) == ["infobip.path"]
    assert record["outcome"] == "unmatched"
    assert record["near_misses"][0]["path"].endswith(nearest)


def test_an_unknown_path_is_refused_in_xml_where_that_is_the_request_s_format(
    client: httpx.Client,
) -> None:
    way = Way(OMNI, "xml")

    answer = send(client, OMNI, letter(way), path="/omni/1/texts", form="xml")

    assert_refused(answer, way, 404)


@pytest.mark.parametrize("channel", ["fax", "WhatsApp", "whatsapp2", "%20"])
def test_an_unknown_channel_of_konnek_is_refused_with_404(
    channel: str, client: httpx.Client
) -> None:
    way = Way(KONNEK, "json")

    answer = send(client, KONNEK, letter(way), path=f"/{channel}/send/client1")

    assert_refused(answer, way, 404)
    assert rejected(answer) == ["konnek.channel-enum"]


def test_a_client_of_konnek_has_to_be_named(client: httpx.Client) -> None:
    way = Way(KONNEK, "json")

    answer = send(client, KONNEK, letter(way), path="/whatsapp/send/")

    assert_refused(answer, way, 404)
    assert rejected(answer) == ["konnek.path"]


@every_way
@pytest.mark.parametrize("body", [b"", b"{", b"\xff", TOO_LONG, b'{"a":1,"a":2}'])
def test_credentials_are_checked_before_the_body_is_looked_at(
    body: bytes, way: Way, client: httpx.Client
) -> None:
    wrong = {"authorization": "Basic eDp5", "auth-username": "x", "auth-password": "y"}

    answer = send(client, way.endpoint, body, wrong, form=way.form)

    assert_refused(answer, way, 401)


@every_way
def test_credentials_are_checked_before_the_formats(way: Way, client: httpx.Client) -> None:
    headers = {"authorization": None, "auth-username": None, "accept": "text/html"}

    answer = send(client, way.endpoint, letter(way), headers, form=way.form)

    assert_refused(answer, way, 401)


@every_way
def test_a_refusal_stands_in_the_journal_as_it_was_sent(way: Way, client: httpx.Client) -> None:
    body: Any = b"<request><text>1</text></request>" if way.form == "xml" else b"{}"

    answer = send(client, way.endpoint, body, form=way.form)

    record = journalled(client, answer)
    codes = [violation["code"] for violation in record["rejection"]["violations"]]
    assert (record["outcome"], record["endpoint"]) == ("refused", way.endpoint)
    assert (record["rejection"]["name"], codes) == ("invalid", rejected(answer))
    assert (record["body"], record["messages"]) == (body.decode(), [])
    assert record["response"]["status"] == 400
    assert record["response"]["body"] == answer.text


def test_a_path_of_no_provider_is_a_problem_that_names_the_nearest_endpoints(
    client: httpx.Client,
) -> None:
    answer = client.post("/omny/1/text")

    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "POST /omni/1/text" in answer.json()["detail"]
    assert journalled(client, answer)["outcome"] == "unmatched"
