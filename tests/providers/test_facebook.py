"""Facebook (document 002): kinds of messages, and the limits of each."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.providers.bodies import FACEBOOK, Way, assert_refused, facebook
from tests.providers.calls import journalled, messages, send, told, warned

WAY = Way(FACEBOOK, "json")

POSTBACK = {"type": "POSTBACK", "title": "Yes", "payload": "userId:abc123"}
URL = {"type": "URL", "title": "Learn more", "url": "https://company.com/about"}


def template(*buttons: dict[str, Any], text: str = "Subscribe?") -> dict[str, Any]:
    payload = {"type": "BUTTON", "text": text, "buttons": buttons}
    return facebook({"type": "TEMPLATE", "payload": payload})


@pytest.mark.parametrize("text", ["a" * 640, "é" * 640, "😀" * 640])
def test_a_text_of_640_characters_is_delivered_whole(text: str, client: httpx.Client) -> None:
    answer = send(client, FACEBOOK, facebook({"type": "TEXT", "text": text}))

    assert answer.status_code == 200
    assert warned(answer) == []
    assert messages(client)[0]["text"] == text


@pytest.mark.parametrize(
    "text", ["a" * 640 + "b", "é" * 640 + "b", "😀" * 640 + "b", "a" * 640 + "b" * 1000]
)
def test_a_longer_text_is_truncated_and_warned_of(text: str, client: httpx.Client) -> None:
    body = facebook({"type": "TEXT", "text": text})

    answer = send(client, FACEBOOK, body)

    (message,) = messages(client)
    (warning,) = told(answer, "Emulator-Warning")
    assert answer.status_code == 200
    assert message["text"] == text[:640]
    assert message["content"] == body["message"]
    assert (warning.code, warning.pointer) == ("infobip.facebook-text-max", "/message/text")
    assert [w["code"] for w in message["warnings"]] == ["infobip.facebook-text-max"]


@pytest.mark.parametrize("kind", ["IMAGE", "VIDEO", "AUDIO", "FILE"])
def test_a_file_is_sent(kind: str, client: httpx.Client) -> None:
    message = {"type": kind, "url": "https://petersapparel.com/img/shirt.png"}

    answer = send(client, FACEBOOK, facebook(message))

    (sent,) = messages(client)
    assert answer.status_code == 200
    assert (sent["type"], sent["media"]["url"]) == (kind, message["url"])
    assert (sent["text"], sent["content"]) == (None, message)


@pytest.mark.parametrize("action", ["MARK_SEEN", "TYPING_ON", "TYPING_OFF"])
def test_a_sender_action_is_sent(action: str, client: httpx.Client) -> None:
    message = {"type": "SENDER_ACTION", "senderAction": action}

    answer = send(client, FACEBOOK, facebook(message))

    (sent,) = messages(client)
    assert answer.status_code == 200
    assert (sent["type"], sent["text"], sent["content"]) == ("SENDER_ACTION", None, message)


@pytest.mark.parametrize("count", [1, 2, 3])
def test_a_template_has_up_to_three_buttons(count: int, client: httpx.Client) -> None:
    answer = send(client, FACEBOOK, template(*[POSTBACK, URL, POSTBACK][:count]))

    (sent,) = messages(client)
    kinds = ["postback", "url", "postback"][:count]
    assert answer.status_code == 200
    assert (sent["type"], sent["text"]) == ("TEMPLATE", "Subscribe?")
    assert [button["kind"] for button in sent["buttons"]] == kinds


def test_buttons_are_kept_with_what_they_do(client: httpx.Client) -> None:
    send(client, FACEBOOK, template(POSTBACK, URL))

    assert messages(client)[0]["buttons"] == [
        {"kind": "postback", "title": "Yes", "payload": "userId:abc123"},
        {"kind": "url", "title": "Learn more", "url": "https://company.com/about"},
    ]


@pytest.mark.parametrize(
    "body",
    [
        template({**POSTBACK, "title": "a" * 20}),
        template({**POSTBACK, "payload": "a" * 1000}),
        template(POSTBACK, text="😀" * 320),
        template({**URL, "url": "https://" + "a" * 2000}),
    ],
)
def test_what_is_at_its_limit_is_sent(body: dict[str, Any], client: httpx.Client) -> None:
    answer = send(client, FACEBOOK, body)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (
            template({**POSTBACK, "title": "a" * 21}),
            "infobip.button-title-max",
            "/message/payload/buttons/0/title",
        ),
        (
            template(URL, {**POSTBACK, "payload": "a" * 1001}),
            "infobip.button-payload-max",
            "/message/payload/buttons/1/payload",
        ),
        (template(POSTBACK, text="a" * 321), "infobip.template-text-max", "/message/payload/text"),
        (template(), "infobip.template-buttons-min", "/message/payload/buttons"),
        (template(*[URL] * 4), "infobip.template-buttons-max", "/message/payload/buttons"),
        (
            facebook({"type": "BUTTONS", "text": "Hello", "buttons": [URL]}),
            "infobip.facebook-message-type-enum",
            "/message/type",
        ),
        (facebook({"type": "text", "text": "Hello"}), "infobip.facebook-message-type-enum", None),
        (facebook({"type": "IMAGE"}), "infobip.facebook-url-required", "/message/url"),
        (
            facebook({"type": "SENDER_ACTION", "senderAction": "TYPING"}),
            "infobip.sender-action-enum",
            "/message/senderAction",
        ),
    ],
)
def test_what_is_past_its_limit_is_refused_for_it(
    body: dict[str, Any], code: str, pointer: str | None, client: httpx.Client
) -> None:
    answer = send(client, FACEBOOK, body)

    first = told(answer, "Emulator-Rejection")[0]
    assert_refused(answer, WAY, 400)
    assert (first.code, first.pointer) == (code, pointer or "/message/type")


@pytest.mark.parametrize(
    ("kind", "meant"),
    [("IMAG", "IMAGE"), ("image", "IMAGE"), ("TEMPLATES", "TEMPLATE")],
)
def test_a_misspelt_type_is_answered_with_the_type_that_was_meant(
    kind: str, meant: str, client: httpx.Client
) -> None:
    answer = send(client, FACEBOOK, facebook({"type": kind}))

    assert f'did you mean "{meant}"?' in told(answer, "Emulator-Rejection")[0].message


def test_a_violation_names_the_document_that_it_is_from(client: httpx.Client) -> None:
    answer = send(client, FACEBOOK, template({**POSTBACK, "title": "a" * 21}))

    (violation,) = journalled(client, answer)["rejection"]["violations"]
    assert violation["source"] == {
        "document": "002_9483704518ebe9db.txt",
        "section": "Button Object",
        "row": "title | String | Button title. 20 character limit.",
    }


def test_the_label_of_a_button_is_not_called_text_here(client: httpx.Client) -> None:
    button = {"type": "POSTBACK", "text": "Yes", "payload": "1"}

    answer = send(client, FACEBOOK, template(button))

    (warning,) = told(answer, "Emulator-Warning")
    assert_refused(answer, WAY, 400)
    assert told(answer, "Emulator-Rejection")[0].code == "infobip.button-title-required"
    assert warning.code == "infobip.button-member-unknown"
    assert warning.message.endswith("the label is called title here")
