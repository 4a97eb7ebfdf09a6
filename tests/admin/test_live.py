"""What recipients do: they get messages, see them, tap buttons, and write."""

from __future__ import annotations

from typing import Any

import pytest

from tests.admin.live import Live, question, strangers
from tests.providers.bodies import (
    FACEBOOK,
    INVITE,
    KONNEK,
    OMNI,
    OMNICHAT,
    Way,
    konnek,
    letter,
    omni,
)
from tests.providers.calls import send
from tests.receiver import Receiver

ENDPOINTS = [OMNICHAT, INVITE, OMNI, FACEBOOK, KONNEK]


def test_a_message_is_given_a_status_and_the_application_is_told(
    live: Live, receiver: Receiver
) -> None:
    live.webhook(receiver)
    id = live.text()

    moved = live.call("POST", f"messages/{id}/status", status="UNDELIVERABLE_NOT_DELIVERED")

    (told,) = live.told(receiver)
    assert moved["status"] == {
        "name": "UNDELIVERABLE_NOT_DELIVERED",
        "group": "UNDELIVERABLE",
        "id": 9,
    }
    assert [step["status"] for step in moved["history"]] == [
        "PENDING_ENROUTE",
        "UNDELIVERABLE_NOT_DELIVERED",
    ]
    assert told.document["results"][0]["messageId"] == id


def test_what_was_to_happen_does_not_undo_a_move_by_hand(live: Live) -> None:
    id = live.text()
    live.call("POST", f"messages/{id}/status", status="REJECTED_NETWORK")

    live.advance(3600)

    assert live.history(id) == ["PENDING_ENROUTE", "REJECTED_NETWORK"]


def test_a_move_that_cannot_be_names_those_that_can(live: Live) -> None:
    id = live.text()
    live.advance(1)

    moved = live.problem("POST", f"messages/{id}/status", {"status": "PENDING_ENROUTE"})

    assert moved == (
        409,
        "status",
        'a message that is "DELIVERED_TO_HANDSET" cannot become "PENDING_ENROUTE";'
        " it can become SEEN",
    )


def test_nothing_follows_a_final_status(live: Live) -> None:
    id = live.text("447700900005")

    status, code, detail = live.problem(
        "POST", f"messages/{id}/status", {"status": "DELIVERED_TO_HANDSET"}
    )

    assert (status, code) == (409, "status")
    assert detail.endswith("it can become nothing, this one is final")


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        (
            "messages/{id}/status",
            {"status": "DELIVERD"},
            (400, "status", 'no status "DELIVERD"; did you mean "DELIVERED_TO_HANDSET"?'),
        ),
        (
            "messages/{id}/status",
            {"state": "SEEN"},
            (400, "member", 'no member "state"; did you mean "status"?'),
        ),
        (
            "messages/none/status",
            {"status": "SEEN"},
            (404, "message", 'no message "none" is kept; GET /__admin/messages lists them'),
        ),
        (
            "messages/none/seen",
            {},
            (404, "message", 'no message "none" is kept; GET /__admin/messages lists them'),
        ),
        (
            "messages/none/tap",
            {"button": 0},
            (404, "message", 'no message "none" is kept; GET /__admin/messages lists them'),
        ),
        (
            "messages/{id}/tap",
            {"button": "Yes"},
            (404, "button", 'no button "Yes"; the message has none'),
        ),
        (
            "messages/{id}/tap",
            {},
            (400, "button", 'member "button" takes a title or a number; the message has no button'),
        ),
        (
            "messages/{id}/tap",
            {"buton": "Yes"},
            (400, "member", 'no member "buton"; did you mean "button"?'),
        ),
        (
            "inbound",
            {"sender": "a", "text": "Hi"},
            (400, "inbound", 'member "recipient" takes a text; a user writes to somebody'),
        ),
        (
            "inbound",
            {"sender": 1, "recipient": "b", "text": "Hi"},
            (400, "inbound", 'member "sender" takes a text; a user writes to somebody'),
        ),
        (
            "inbound",
            {"sender": "a", "recipient": "b", "text": ""},
            (400, "inbound", 'member "text" takes a text; a user writes to somebody'),
        ),
        (
            "inbound",
            {"sender": "a", "recipient": "b", "text": "Hi", "endpoint": "konnek.send-mesage"},
            (
                400,
                "inbound",
                'no endpoint "konnek.send-mesage"; did you mean "konnek.send-message"?',
            ),
        ),
        (
            "inbound",
            {"from": "a"},
            (400, "member", 'no member "from"; known: endpoint, recipient, sender, text'),
        ),
    ],
)
def test_a_wrong_use_is_told_with_what_would_have_been_right(
    path: str, body: Any, problem: tuple[int, str, str], live: Live
) -> None:
    id = live.text()

    assert live.problem("POST", path.format(id=id), body) == problem


@pytest.mark.parametrize("body", ["", "[]", "{"])
@pytest.mark.parametrize("path", ["messages/{id}/status", "messages/{id}/tap", "inbound"])
def test_a_body_that_is_no_object_is_a_problem(path: str, body: str, live: Live) -> None:
    path = path.format(id=live.text())

    answer = live.client.post(f"/__admin/{path}", content=body)

    assert (answer.status_code, answer.json()["code"]) == (400, "body")


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_recipient_sees_a_message_of_every_endpoint(
    endpoint: str, live: Live, receiver: Receiver
) -> None:
    live.webhook(receiver)
    id = live.send(endpoint, letter(Way(endpoint, "json")))

    seen = live.call("POST", f"messages/{id}/seen")

    live.advance()
    known = ["Pending", "Delivered", "Read"]
    if endpoint != KONNEK:
        known = ["PENDING_ENROUTE", "DELIVERED_TO_HANDSET", "SEEN"]
    assert [step["status"] for step in seen["history"]] == known
    assert [record["event"] for record in live.callbacks()] == ["status", "seen"]
    assert [*strangers(live.callbacks())] == []


def test_what_is_seen_is_not_seen_again(live: Live) -> None:
    id = live.text()
    live.call("POST", f"messages/{id}/seen")

    status, code, _ = live.problem("POST", f"messages/{id}/seen", None)

    assert (status, code) == (409, "status")


@pytest.mark.parametrize("endpoint", [OMNICHAT, FACEBOOK, KONNEK])
@pytest.mark.parametrize("button", ["Yes", 0])
def test_a_tap_on_a_button_is_told_to_the_application(
    button: str | int, endpoint: str, live: Live, receiver: Receiver
) -> None:
    live.webhook(receiver)
    id = live.buttons(endpoint)

    tapped = live.call("POST", f"messages/{id}/tap", button=button)

    (told,) = live.told(receiver)
    (record,) = live.callbacks(event="postback")
    assert tapped == {"kind": "postback", "payload": "tea:yes", "callback": record["id"]}
    assert (record["message"], record["state"]) == (id, "delivered")
    assert [*strangers([record])] == []
    if endpoint == KONNEK:
        assert told.document["from"]["username"] == "user-1"
        assert told.document["message"]["postback"] == {"key": "tea:yes", "title": "Yes"}
    else:
        (result,) = told.document["results"]
        assert result["message"] == {"type": "POSTBACK", "payload": "tea:yes", "title": "Yes"}
        assert (result["from"], result["pairedMessageId"]) == ("user-1", id)


def test_a_choice_from_a_list_is_a_tap_too(live: Live, receiver: Receiver) -> None:
    live.webhook(receiver)
    actions = [
        {"key": "k1", "title": "Green", "description": "Mild"},
        {"key": "k2", "title": "Black", "description": "Strong"},
    ]
    body = {
        "text": "Which tea?",
        "list": {
            "title": "Teas",
            "sections": [{"title": "All", "description": "Our teas", "actions": actions}],
        },
    }
    id = live.send(KONNEK, konnek("list", body))

    tapped = live.call("POST", f"messages/{id}/tap", button="Black")

    assert tapped["payload"] == "k2"
    assert live.told(receiver)[0].document["message"]["postback"]["key"] == "k2"


@pytest.mark.parametrize("endpoint", [OMNICHAT, FACEBOOK])
@pytest.mark.parametrize("button", ["Learn more", 1])
def test_a_tap_on_a_url_gives_the_url_and_tells_nobody(
    button: str | int, endpoint: str, live: Live, receiver: Receiver
) -> None:
    live.webhook(receiver)
    id = live.buttons(endpoint)

    tapped = live.call("POST", f"messages/{id}/tap", button=button)

    live.advance()
    assert tapped == {"kind": "url", "url": "http://example.com/tea"}
    assert (live.callbacks(), receiver.received) == ([], [])


@pytest.mark.parametrize(("button", "shown"), [("yes", '"yes"'), (2, "2"), (-1, "-1")])
def test_an_unknown_button_lists_those_that_there_are(button: Any, shown: str, live: Live) -> None:
    id = live.buttons()

    problem = live.problem("POST", f"messages/{id}/tap", {"button": button})

    assert problem == (
        404,
        "button",
        f'no button {shown}; the message has 0 "Yes", 1 "Learn more"',
    )


@pytest.mark.parametrize("button", [True, None, 0.5, ["Yes"]])
def test_what_is_no_button_is_told_with_what_is(button: Any, live: Live) -> None:
    id = live.buttons()

    problem = live.problem("POST", f"messages/{id}/tap", {"button": button})

    assert problem == (
        400,
        "button",
        'member "button" takes a title or a number; the message has 0 "Yes", 1 "Learn more"',
    )


def test_what_a_user_writes_is_told_to_the_application(live: Live, receiver: Receiver) -> None:
    live.webhook(receiver)
    id = live.buttons()

    written = live.call(
        "POST", "inbound", 201, sender="user-1", recipient="app-1", text="Hello bot"
    )

    (told,) = live.told(receiver)
    (record,) = live.callbacks()
    assert written == {
        "id": written["id"],
        "endpoint": OMNICHAT,
        "sender": "user-1",
        "recipient": "app-1",
        "text": "Hello bot",
        "received_at": "2026-01-31T12:00:00Z",
        "callback": record["id"],
    }
    assert (record["event"], record["message"], record["state"]) == ("inbound", id, "delivered")
    assert told.document == {
        "results": [
            {
                "from": "user-1",
                "to": "app-1",
                "integrationType": "FACEBOOK",
                "receivedAt": "2026-01-31T12:00:00.000+0000",
                "messageId": written["id"],
                "pairedMessageId": id,
                "callbackData": None,
                "message": {"type": "TEXT", "text": "Hello bot"},
                "contact": {"name": None},
                "price": {"pricePerMessage": 0, "currency": "EUR"},
            }
        ],
        "messageCount": 1,
        "pendingMessageCount": 0,
    }


@pytest.mark.parametrize("channel", ["FACEBOOK", "TELEGRAM", "VIBER", "WHATSAPP", "LINE"])
def test_what_a_user_says_names_the_integration_that_the_message_came_by(
    channel: str, live: Live, receiver: Receiver
) -> None:
    live.webhook(receiver)
    path = f"/omnichat/1/applications/app-1/integrations/{channel}/message"
    answer = send(live.client, OMNICHAT, question(OMNICHAT), path=path)

    live.call("POST", f"messages/{answer.json()['messageId']}/tap", button="Yes")
    live.call("POST", "inbound", 201, sender="user-1", recipient="app-1", text="Hello")

    told = live.told(receiver)
    assert [one.document["results"][0]["integrationType"] for one in told] == [channel] * 2
    assert [*strangers(live.callbacks())] == []


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_a_user_may_write_first_and_to_every_endpoint(
    endpoint: str, live: Live, receiver: Receiver
) -> None:
    live.webhook(receiver)

    said = {"endpoint": endpoint, "sender": "user-1", "recipient": "app-1"}
    for text in ("Hello", "Anybody there?", "😀"):
        live.call("POST", "inbound", 201, text=text, **said)

    live.advance()
    assert [record["message"] for record in live.callbacks(event="inbound")] == [None] * 3
    assert [*strangers(live.callbacks())] == []
    texts = [
        told.document["message"]["text"]
        if endpoint == KONNEK
        else told.document["results"][0]["message"]["text"]
        for told in live.told(receiver)
    ]
    assert texts == ["Hello", "Anybody there?", "😀"]


def test_without_an_endpoint_a_user_writes_to_whom_wrote_last(live: Live) -> None:
    live.buttons()
    live.buttons(KONNEK)
    told = {"sender": "user-1", "recipient": "client1", "text": "Hello"}

    written = live.call("POST", "inbound", 201, **told)

    assert written["endpoint"] == KONNEK


def test_a_call_that_was_refused_since_does_not_matter_to_what_a_user_writes(live: Live) -> None:
    id = live.text("41793026727")
    live.call("POST", "rules", 201, outcomes=[{"refuse": "unavailable"}])
    assert send(live.client, OMNI, omni("41793026727")).status_code == 503

    live.call("POST", "inbound", 201, sender="41793026727", recipient="Shop", text="Hello")

    (record,) = live.callbacks()
    assert record["message"] == id


def test_what_nobody_is_told_says_so(live: Live) -> None:
    written = live.call("POST", "inbound", 201, sender="a", recipient="b", text="Hello")

    (record,) = live.callbacks()
    assert written["callback"] == record["id"]
    assert (record["state"], record["url"], record["attempts"]) == ("refused", None, [])
    assert record["error"] == "no webhook is set; PUT /__admin/webhook sets one"


def test_two_words_of_a_user_have_ids_of_their_own(live: Live) -> None:
    said = {"sender": "a", "recipient": "b", "text": "Hello"}

    first, second = (live.call("POST", "inbound", 201, **said) for _ in range(2))

    assert first["id"] != second["id"]
