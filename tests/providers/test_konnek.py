"""Konnek (document 004): every type of message, headers and footers, and what is lenient."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.providers.bodies import KONNEK, Way, assert_refused, konnek
from tests.providers.calls import messages, rejected, send, told, warned

WAY = Way(KONNEK, "json")

MEDIA = {"media": {"url": "https://a.example/file", "name": "A file"}}
ACTION = {"key": "sec1act1", "title": "Action 1", "description": "Description action 1"}
SECTION = {"title": "Section 1", "description": "Description section 1", "actions": [ACTION]}
BODIES: dict[str, dict[str, Any]] = {
    "text": {"text": "Hello"},
    "image": MEDIA,
    "video": MEDIA,
    "audio": MEDIA,
    "voice": MEDIA,
    "document": MEDIA,
    "button": {"button": [{"key": "btn1", "title": "Button 1"}]},
    "list": {"list": {"title": "A list", "sections": [SECTION]}},
    "location": {"location": {"latitude": -6.2, "longitude": 106.816666}},
}

kinds = pytest.mark.parametrize("kind", BODIES)


@kinds
def test_a_message_of_each_type_is_sent(kind: str, client: httpx.Client) -> None:
    answer = send(client, KONNEK, konnek(kind, BODIES[kind]))

    (message,) = messages(client)
    assert answer.status_code == 200
    assert (message["id"], message["type"]) == ("3c0b1912", kind)
    assert message["content"] == {"type": kind, "body": BODIES[kind]}
    assert message["status"] == {"name": "Pending", "group": "PENDING", "id": 0}


@kinds
def test_a_body_has_to_have_what_its_type_needs(kind: str, client: httpx.Client) -> None:
    (member,) = BODIES[kind]

    answer = send(client, KONNEK, konnek(kind, {}))

    (violation,) = told(answer, "Emulator-Rejection")
    assert_refused(answer, WAY, 400)
    assert violation.pointer == f"/body/{member}"


@pytest.mark.parametrize("channel", ["whatsapp", "telegram", "line", "facebook", "messenger"])
def test_a_message_is_sent_over_each_channel(channel: str, client: httpx.Client) -> None:
    answer = send(client, KONNEK, konnek("text", BODIES["text"]), path=f"/{channel}/send/shop%201")

    (message,) = messages(client)
    assert answer.status_code == 200
    assert (message["channel"], message["sender"]) == (channel, "shop 1")


def test_an_answer_repeats_the_id_and_has_an_id_of_its_own(client: httpx.Client) -> None:
    answer = send(client, KONNEK, konnek("text", BODIES["text"], id="my id"))

    data = answer.json()["data"]
    tid = data.pop("tid")
    assert answer.json()["meta"] == {"status": True, "code": 200, "message": "OK", "errors": None}
    assert data == {"message_id": "my id", "status": 0}
    assert re.fullmatch("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", tid)


def test_a_single_button_object_counts_as_a_list_of_one(client: httpx.Client) -> None:
    body = {"button": {"key": "btn1", "title": "Button 1"}}

    answer = send(client, KONNEK, konnek("button", body))

    assert answer.status_code == 200
    assert messages(client)[0]["buttons"] == [
        {"kind": "postback", "title": "Button 1", "payload": "btn1"}
    ]


def test_a_single_button_object_is_checked_like_one_in_a_list(client: httpx.Client) -> None:
    answer = send(client, KONNEK, konnek("button", {"button": {"key": "btn1"}}))

    assert_refused(answer, WAY, 400)
    assert rejected(answer) == ["konnek.button-title-required"]


def test_the_actions_of_a_list_can_be_tapped(client: httpx.Client) -> None:
    sections = [{**SECTION, "actions": [{**ACTION, "key": key}]} for key in ("a", "b")]

    send(client, KONNEK, konnek("list", {"list": {"title": "A list", "sections": sections}}))

    assert [button["payload"] for button in messages(client)[0]["buttons"]] == ["a", "b"]


@pytest.mark.parametrize(
    "header",
    [
        {"type": "text", "text": "A header"},
        {"type": "image", "media_url": "https://a.example/image.png"},
        {"type": "video", "media_url": "https://a.example/video.mp4"},
        {"type": "document", "media_url": "https://a.example/document.pdf"},
        {"type": "", "text": "", "media_url": ""},
    ],
)
@pytest.mark.parametrize("kind", ["button", "list"])
def test_buttons_and_lists_have_a_header_and_a_footer(
    kind: str, header: dict[str, str], client: httpx.Client
) -> None:
    footer = {"title": "A title", "text": "A footer"}

    answer = send(client, KONNEK, konnek(kind, BODIES[kind], header=header, footer=footer))

    content = messages(client)[0]["content"]
    assert answer.status_code == 200
    assert warned(answer) == []
    assert (content["header"], content["footer"]) == (header, footer)


@pytest.mark.parametrize(
    ("further", "code"),
    [
        ({"header": {"type": "text"}}, "konnek.header-text-required"),
        ({"header": {"type": "image"}}, "konnek.header-media-url-required"),
        ({"header": {"type": "audio"}}, "konnek.header-type-enum"),
        ({"header": {}}, "konnek.header-type-required"),
        ({"footer": {"title": "A title"}}, "konnek.footer-text-required"),
        ({"footer": "A footer"}, "konnek.footer-object-type"),
    ],
)
def test_a_header_or_footer_has_to_be_whole(
    further: dict[str, Any], code: str, client: httpx.Client
) -> None:
    answer = send(client, KONNEK, konnek("button", BODIES["button"], **further))

    assert_refused(answer, WAY, 400)
    assert rejected(answer) == [code]


def test_header_and_footer_are_not_looked_at_beside_a_text(client: httpx.Client) -> None:
    answer = send(client, KONNEK, konnek("text", BODIES["text"], header=5, footer={}))

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("members", "status", "code"),
    [
        ({}, 200, None),
        ({"timestamp": None, "timestampt": "now"}, 200, "konnek.timestampt-spelling"),
        ({"timestampt": "now"}, 200, "konnek.timestampt-spelling"),
        ({"timestamp": None}, 400, "konnek.timestamp-required"),
        ({"timestamp": 1699594688}, 400, "konnek.timestamp-type"),
        ({"timestamp": None, "timestampt": 5}, 400, "konnek.timestampt-type"),
        ({"times": 0}, 200, "konnek.times-min"),
        ({"times": "1699594688"}, 400, "konnek.times-type"),
        ({"times": 1.5}, 400, "konnek.times-type"),
        ({"times": None}, 400, "konnek.times-required"),
        ({"recipient": "628xxxxxxxx"}, 200, "konnek.recipient-format"),
        ({"recipient": 628123456789}, 400, "konnek.recipient-type"),
        ({"id": ""}, 400, "konnek.id-empty"),
        ({"reply_id": "", "reply_token": ""}, 200, None),
    ],
)
def test_what_the_sample_does_is_accepted_and_what_the_table_asks_for_is_asked_for(
    members: dict[str, Any], status: int, code: str | None, client: httpx.Client
) -> None:
    answer = send(client, KONNEK, konnek("text", BODIES["text"], **members))

    codes = [code] if code else []
    assert answer.status_code == status
    assert (warned(answer) if status == 200 else rejected(answer)) == codes


@pytest.mark.parametrize(
    ("latitude", "longitude", "codes"),
    [
        (90, 180, []),
        (-90.0, -180.0, []),
        (0, 0, []),
        (90.0001, 0, ["konnek.latitude-max"]),
        (0, -180.5, ["konnek.longitude-min"]),
        ("0", 0, ["konnek.latitude-type"]),
    ],
)
def test_a_location_is_on_earth(
    latitude: Any, longitude: Any, codes: list[str], client: httpx.Client
) -> None:
    location = {"latitude": latitude, "longitude": longitude}

    answer = send(client, KONNEK, konnek("location", {"location": location}))

    assert rejected(answer) == codes


def test_a_refusal_says_in_its_errors_what_is_wrong(client: httpx.Client) -> None:
    answer = send(client, KONNEK, konnek("image", {"media": {"url": 5}}, id=None))

    assert answer.json() == {
        "meta": {
            "status": False,
            "code": 400,
            "message": "Bad Request",
            "errors": (
                '/id: expected member "id", found none; '
                "/body/media/url: expected a string, found a number"
            ),
        },
        "data": None,
    }


def test_a_button_object_does_not_matter_where_the_type_reads_no_button(
    client: httpx.Client,
) -> None:
    answer = send(client, KONNEK, konnek("text", {"text": "Hi", "button": {}}))

    assert (answer.status_code, warned(answer)) == (200, [])
