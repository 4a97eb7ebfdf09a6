"""Omnichat (document 000): texts, images and buttons."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.providers.bodies import OMNICHAT, Way, assert_refused
from tests.providers.calls import messages, send, told, warned

WAY = Way(OMNICHAT, "json")

POSTBACK = {"type": "POSTBACK", "text": "Yes", "payload": "userId:abc123"}
URL = {"type": "URL", "text": "Learn more", "url": "http://company.com/about-service-x"}


def omnichat(**message: Any) -> dict[str, Any]:
    return {"to": "37512FEC78DBC189", "message": message}


def buttons(*buttons: Any) -> dict[str, Any]:
    return omnichat(type="BUTTONS", text="Subscribe?", buttons=buttons)


def test_a_message_belongs_to_the_application_and_channel_in_its_path(
    client: httpx.Client,
) -> None:
    path = "/omnichat/1/applications/AB%20CD/integrations/TELEGRAM/message"

    send(client, OMNICHAT, omnichat(type="TEXT", text="Hello"), path=path)

    (message,) = messages(client)
    addressed = (message["sender"], message["channel"], message["recipient"])
    assert addressed == ("AB CD", "TELEGRAM", "37512FEC78DBC189")


def test_an_image_is_sent_with_its_text(client: httpx.Client) -> None:
    body = omnichat(type="IMAGE", text="A shirt", url="https://petersapparel.com/shirt.png")

    answer = send(client, OMNICHAT, body)

    (message,) = messages(client)
    assert answer.status_code == 200
    assert (message["type"], message["text"]) == ("IMAGE", "A shirt")
    assert message["media"]["url"] == "https://petersapparel.com/shirt.png"


@pytest.mark.parametrize("count", [1, 2, 3])
def test_up_to_three_buttons_are_sent(count: int, client: httpx.Client) -> None:
    answer = send(client, OMNICHAT, buttons(*[POSTBACK, URL, POSTBACK][:count]))

    expected = [
        {"kind": "postback", "title": "Yes", "payload": "userId:abc123"},
        {"kind": "url", "title": "Learn more", "url": "http://company.com/about-service-x"},
        {"kind": "postback", "title": "Yes", "payload": "userId:abc123"},
    ]
    assert answer.status_code == 200
    assert messages(client)[0]["buttons"] == expected[:count]


@pytest.mark.parametrize("count", [4, 5, 100])
def test_four_buttons_are_refused(count: int, client: httpx.Client) -> None:
    answer = send(client, OMNICHAT, buttons(*[POSTBACK] * count))

    (violation,) = told(answer, "Emulator-Rejection")
    assert_refused(answer, WAY, 400)
    assert (violation.code, violation.pointer) == ("infobip.buttons-max", "/message/buttons")
    assert violation.message == f"expected at most 3 items, found {count}"


def test_no_buttons_are_sent_with_a_warning(client: httpx.Client) -> None:
    answer = send(client, OMNICHAT, buttons())

    assert answer.status_code == 200
    assert warned(answer) == ["infobip.buttons-min"]


def test_a_button_needs_no_text(client: httpx.Client) -> None:
    answer = send(client, OMNICHAT, buttons({"type": "POSTBACK", "payload": "1"}))

    assert answer.status_code == 200
    assert messages(client)[0]["buttons"] == [{"kind": "postback", "title": None, "payload": "1"}]


@pytest.mark.parametrize(
    ("message", "code", "pointer"),
    [
        ({"type": "TEXT"}, "infobip.text-required", "/message/text"),
        ({"type": "TEXT", "text": ""}, "infobip.text-empty", "/message/text"),
        ({"type": "TEXT", "text": 5}, "infobip.text-type", "/message/text"),
        ({"text": "Hello"}, "infobip.message-type-required", "/message/type"),
        ({"type": "AUDIO", "text": "Hello"}, "infobip.message-type-enum", "/message/type"),
        ({"type": "IMAGE", "text": "Hello"}, "infobip.image-url-required", "/message/url"),
        (
            {"type": "IMAGE", "url": "https://a.example/"},
            "infobip.image-text-required",
            "/message/text",
        ),
        ({"type": "BUTTONS", "buttons": [URL]}, "infobip.buttons-text-required", "/message/text"),
        ({"type": "BUTTONS", "text": "Hello"}, "infobip.buttons-required", "/message/buttons"),
    ],
)
def test_a_message_has_to_have_what_its_type_needs(
    message: dict[str, Any], code: str, pointer: str, client: httpx.Client
) -> None:
    answer = send(client, OMNICHAT, omnichat(**message))

    assert_refused(answer, WAY, 400)
    assert [(v.code, v.pointer) for v in told(answer, "Emulator-Rejection")] == [(code, pointer)]


@pytest.mark.parametrize(
    ("message", "unread"),
    [
        ({"type": "TEXT", "text": "Hello"}, {"url": 5, "buttons": {}}),
        ({"type": "IMAGE", "text": "Hello", "url": "https://a.example/"}, {"buttons": 5}),
        ({"type": "BUTTONS", "text": "Hello", "buttons": [URL]}, {"url": []}),
    ],
)
def test_what_a_type_does_not_need_is_not_looked_at(
    message: dict[str, Any], unread: dict[str, Any], client: httpx.Client
) -> None:
    answer = send(client, OMNICHAT, omnichat(**message, **unread))

    assert answer.status_code == 200
    assert messages(client)[0]["content"] == {**message, **unread}


def test_all_that_is_wrong_is_told_at_once(client: httpx.Client) -> None:
    button = {"type": "POSTBACK", "payload": ""}

    answer = send(client, OMNICHAT, {"message": {"type": "BUTTONS", "buttons": [button, 5]}})

    found = {violation.pointer for violation in told(answer, "Emulator-Rejection")}
    assert found == {
        "/to",
        "/message/text",
        "/message/buttons/0/payload",
        "/message/buttons/1",
    }
