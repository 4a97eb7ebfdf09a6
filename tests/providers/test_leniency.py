"""What does a provider overlook, and is the sender warned of it?"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.providers.bodies import (
    FACEBOOK,
    INVITE,
    KONNEK,
    OMNI,
    OMNICHAT,
    WAYS,
    Way,
    assert_refused,
    facebook,
    konnek,
    letter,
    omni,
    omni_xml,
)
from tests.providers.calls import journalled, messages, rejected, send, told, warned
from tests.providers.examples import PROVIDER_OF, accepted, named

JSON_WAYS = [way for way in WAYS if way.form == "json"]

# What an official client of OMNI sends: null for every member that is not set.
NULLS = {
    "destinations": [
        {
            "messageId": None,
            "to": {"phoneNumber": "41793026727", "emailAddress": None, "pushId": None},
        }
    ],
    "bulkId": None,
    "scenarioKey": None,
    "text": "Hello",
    "mailSubject": None,
    "notify": None,
}


@pytest.mark.parametrize("accept", ["application/json", "application/xml"])
def test_null_members_count_as_absent(accept: str, client: httpx.Client) -> None:
    answer = send(client, OMNI, NULLS, {"Accept": accept})

    (message,) = messages(client)
    assert answer.status_code == 200
    assert warned(answer) == []
    assert message["content"] == omni("41793026727")
    assert "null" not in answer.text
    assert "None" not in answer.text


@pytest.mark.parametrize(
    ("endpoint", "body", "code"),
    [
        (OMNICHAT, {"to": None, "message": {"type": "TEXT", "text": "a"}}, "infobip.to-required"),
        (INVITE, {"to": "41793026727", "message": None}, "infobip.invite-message-required"),
        (FACEBOOK, facebook({"type": "TEXT", "text": None}), "infobip.facebook-text-required"),
        (KONNEK, konnek("text", {"text": "Hello"}, times=None), "konnek.times-required"),
    ],
)
def test_a_required_member_may_not_be_null(
    endpoint: str, body: Any, code: str, client: httpx.Client
) -> None:
    answer = send(client, endpoint, body)

    assert_refused(answer, Way(endpoint, "json"), 400)
    assert rejected(answer) == [code]


def test_null_in_a_list_is_no_absent_item(client: httpx.Client) -> None:
    answer = send(client, OMNI, {"destinations": [None], "text": "Hello"})

    (reason,) = told(answer, "Emulator-Rejection")
    assert (reason.code, reason.pointer) == ("infobip.destination-type", "/destinations/0")


@pytest.mark.parametrize("way", JSON_WAYS, ids=named)
@pytest.mark.parametrize(
    ("name", "pointer"),
    [
        ("newMember", "/newMember"),
        ("a/b~c", "/a~1b~0c"),
        ("Größe 😀", "/Größe 😀"),
        ('say "hi"; pointer=', '/say "hi"; pointer='),
        ("", "/"),
        ("line\r\nSet-Cookie: a=b", "/line\r\nSet-Cookie: a=b"),
    ],
)
def test_an_unknown_member_is_ignored_with_a_warning(
    name: str, pointer: str, way: Way, client: httpx.Client
) -> None:
    answer = send(client, way.endpoint, {**letter(way), name: {"any": ["thing"]}})

    (warning,) = told(answer, "Emulator-Warning")
    assert answer.status_code == 200
    assert warning.code.endswith("member-unknown")
    assert warning.pointer == pointer
    assert "Set-Cookie" not in answer.headers


def test_an_unknown_element_is_ignored_with_a_warning(client: httpx.Client) -> None:
    body = omni_xml("41793026727", further="<notify>true</notify>")

    answer = send(client, OMNI, body, form="xml")

    (warning,) = journalled(client, answer)["warnings"]
    assert answer.status_code == 200
    assert warning["code"] == "infobip.omni-member-unknown"
    assert (warning["pointer"], warning["element"]) == ("/notify", "/request/notify")


@pytest.mark.parametrize(
    ("endpoint", "body", "suggestion"),
    [
        (OMNI, {**omni("41793026727"), "mailSubjct": "a"}, 'did you mean "mailSubject"?'),
        (OMNI, {**omni("41793026727"), "from": "a"}, "the sender belongs to the scenario here"),
        (
            KONNEK,
            konnek("text", {"text": "Hello"}, message={}),
            "the message is called body here",
        ),
    ],
)
def test_a_warning_names_what_may_be_meant(
    endpoint: str, body: Any, suggestion: str, client: httpx.Client
) -> None:
    answer = send(client, endpoint, body)

    (warning,) = told(answer, "Emulator-Warning")
    assert warning.message.endswith(f"; {suggestion}")


# The answer would get lost in clients and proxies that bound what they read of headers.
@pytest.mark.parametrize("way", [JSON_WAYS[0], JSON_WAYS[-1]], ids=named)
def test_a_long_name_does_not_make_a_long_header(way: Way, client: httpx.Client) -> None:
    answer = send(client, way.endpoint, {**letter(way), "n" * 100_000: 1})

    assert answer.status_code == 200
    assert max(len(value) for value in answer.headers.values()) < 4096


def test_a_long_name_of_a_user_does_not_make_a_long_header(client: httpx.Client) -> None:
    way = Way(KONNEK, "json")

    answer = send(client, KONNEK, letter(way), {"Auth-username": "n" * 50_000})

    assert_refused(answer, way, 401)
    assert max(len(value) for value in answer.headers.values()) < 4096


@pytest.mark.parametrize("way", WAYS, ids=named)
def test_query_parameters_are_ignored_with_a_warning_each(way: Way, client: httpx.Client) -> None:
    path = accepted(way.endpoint, way.form).path

    query = "?a=1&b=&a=2&c&%20=x"
    answer = send(client, way.endpoint, letter(way), path=path + query, form=way.form)

    provider = PROVIDER_OF[way.endpoint].name
    warnings = journalled(client, answer)["warnings"]
    assert answer.status_code == 200
    assert warned(answer) == [f"{provider}.query-parameter-unknown"] * 4
    assert [warning["value"] for warning in warnings] == ["a", "b", "c", "%20"]


def test_a_warning_stands_beside_the_message_too(client: httpx.Client) -> None:
    answer = send(client, OMNI, {**omni("41793026727"), "unknown": 1})

    (message,) = messages(client)
    assert message["warnings"] == journalled(client, answer)["warnings"]
    assert [warning["code"] for warning in message["warnings"]] == ["infobip.omni-member-unknown"]


def test_warnings_are_told_beside_what_a_request_is_refused_for(client: httpx.Client) -> None:
    answer = send(client, OMNI, {"unknown": 1, "text": ""})

    record = journalled(client, answer)
    assert rejected(answer) == ["infobip.destinations-required"]
    assert sorted(warned(answer)) == ["infobip.omni-member-unknown", "infobip.omni-text-empty"]
    assert [warning["code"] for warning in record["warnings"]] == warned(answer)


def test_no_more_than_ten_violations_are_told_in_headers(client: httpx.Client) -> None:
    answer = send(client, OMNI, omni(*[""] * 50))

    record = journalled(client, answer)
    assert len(told(answer, "Emulator-Rejection")) == 10
    assert len(record["rejection"]["violations"]) == 50


def test_a_value_is_told_shortened(client: httpx.Client) -> None:
    answer = send(client, OMNI, omni("9" * 10_000))

    (warning,) = told(answer, "Emulator-Warning")
    assert warning.code == "infobip.phone-number-format"
    assert len(warning.message) < 200
