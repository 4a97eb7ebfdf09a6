"""Invites (document 003): the link in the text, and how many SMS the text takes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.providers.bodies import INVITE
from tests.providers.calls import messages, send, told, warned

LINK = "http://localhost/__invite/"


def invite(message: str, placeholder: str | None = None) -> dict[str, Any]:
    body = {"to": "41793026727", "message": message}
    return body if placeholder is None else {**body, "linkPlaceholder": placeholder}


def delivered(client: httpx.Client) -> str:
    (message,) = messages(client)
    text: str = message["text"]
    return text


@pytest.mark.parametrize("placeholder", ["<link>", "{{link}}", "\\1", ".*", "LINK"])
def test_the_placeholder_is_replaced_by_a_link(placeholder: str, client: httpx.Client) -> None:
    answer = send(client, INVITE, invite(f"Follow us at {placeholder}!", placeholder))

    before, link, token = delivered(client).rpartition(LINK)
    assert (before, link, token[-1]) == ("Follow us at ", LINK, "!")
    assert token[:-1].isalnum()
    assert warned(answer) == []


def test_every_occurrence_of_the_placeholder_is_replaced_by_the_same_link(
    client: httpx.Client,
) -> None:
    send(client, INVITE, invite("<link> or <link>", "<link>"))

    first, second = delivered(client).split(" or ")
    assert first == second
    assert first.startswith(LINK)


def test_two_invites_have_two_links(client: httpx.Client) -> None:
    for _ in range(2):
        send(client, INVITE, invite("<link>", "<link>"))

    first, second = (message["text"] for message in messages(client))
    assert first != second


def test_a_link_leads_to_the_address_that_the_client_called(client: httpx.Client) -> None:
    send(client, INVITE, invite("<link>", "<link>"), {"Host": "api.infobip.com"})

    assert delivered(client).startswith("http://api.infobip.com/__invite/")


@pytest.mark.parametrize(
    ("message", "placeholder"),
    [("Hello", None), ("Hello", "<link>"), ("Hello <LINK>", "<link>")],
)
def test_an_invite_without_its_link_is_sent_with_a_warning(
    message: str, placeholder: str | None, client: httpx.Client
) -> None:
    answer = send(client, INVITE, invite(message, placeholder))

    assert answer.status_code == 200
    assert delivered(client) == message
    assert [(w.code, w.pointer) for w in told(answer, "Emulator-Warning")] == [
        ("infobip.link-placeholder", "/linkPlaceholder")
    ]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("a" * 459, 3),
        ("a" * 460, 4),
        # Letters of the basic table that are not ASCII count one.
        ("é" * 160, 1),
        ("Ω" * 161, 2),
        ("\n\r@£$" * 32, 1),
        # Those of its extension count two, and are never split over two parts.
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 158 + "€", 1),
        ("a" * 159 + "€", 2),
        ("a" * 152 + "€" + "a" * 151, 2),
        ("a" * 152 + "€" + "a" * 152, 3),
        ("a" * 151 + "€" + "a" * 153, 2),
        ("^{}\\[~]|€\f" * 8, 1),
        ("^{}\\[~]|€\f" * 8 + "a", 2),
        # One letter outside both tables makes the whole text UCS-2.
        ("ç", 1),
        ("ж" * 70, 1),
        ("ж" * 71, 2),
        ("ж" * 134, 2),
        ("ж" * 135, 3),
        ("a" * 69 + "ж", 1),
        ("a" * 70 + "ж", 2),
        ("`" + "€" * 69, 1),
        # Beyond the basic plane a letter counts two units, and is never split either.
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("😀" * 66, 2),
        ("😀" * 67, 3),
        ("a" * 66 + "😀" + "a" * 65, 2),
        ("a" * 66 + "😀" + "a" * 66, 3),
    ],
)
def test_the_message_count_is_the_number_of_sms(
    text: str, count: int, client: httpx.Client
) -> None:
    answer = send(client, INVITE, invite(text))

    assert answer.json()["messageCount"] == count
    assert messages(client)[0]["segments"] == count


@pytest.mark.parametrize(
    ("message", "placeholder", "count"),
    [
        ("a" * 130 + "<link>", "<link>", 2),
        ("a" * 120 + "<link>", "<link>", 1),
        ("a" * 120 + "<li" + "n" * 60 + "k>", "<li" + "n" * 60 + "k>", 1),
        ("Follow us: ⟨link⟩" + "a" * 100, "⟨link⟩", 1),
    ],
)
def test_sms_are_counted_after_the_link_took_its_place(
    message: str, placeholder: str, count: int, client: httpx.Client
) -> None:
    answer = send(client, INVITE, invite(message, placeholder))

    assert answer.json()["messageCount"] == count
