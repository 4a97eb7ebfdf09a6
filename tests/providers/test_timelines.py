"""What becomes of a message that was accepted, in every endpoint, on the session's clock."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.admin.live import Live
from tests.providers.bodies import KONNEK, OMNI, WAYS, Way, letter, omni
from tests.providers.calls import send
from tests.providers.examples import named
from tests.receiver import Receiver

every_way = pytest.mark.parametrize("way", WAYS, ids=named)

NAMES = {
    "accepted": ("PENDING_ENROUTE", "Pending"),
    "delivered": ("DELIVERED_TO_HANDSET", "Delivered"),
    "undeliverable": ("UNDELIVERABLE_NOT_DELIVERED", "Undelivered"),
    "expired": ("EXPIRED_EXPIRED", "Failed"),
    "seen": ("SEEN", "Read"),
}
TWO_DAYS = 48 * 3600


@pytest.fixture
def live(client: httpx.Client) -> Live:
    """An emulator whose clock stands still."""
    return Live(client)


def name(meaning: str, way: Way) -> str:
    """The provider's status for it."""
    if meaning == "accepted" and way.form == "xml":
        return "MESSAGE_ACCEPTED"
    infobip, konnek = NAMES[meaning]
    return konnek if way.endpoint == KONNEK else infobip


def sent(live: Live, way: Way, recipient: str) -> str:
    """Send a text, and give the message's id."""
    answer = send(live.client, way.endpoint, letter(way, recipient), form=way.form)
    assert answer.status_code == 200
    (message,) = live.get("messages", recipient=recipient)["messages"]
    return str(message["id"])


def life(live: Live, id: str) -> list[tuple[float, str]]:
    """The statuses that a message had, and the seconds after which it had them."""
    record = live.message(id)
    begun, *_ = times = [datetime.fromisoformat(step["at"]) for step in record["history"]]
    statuses = (step["status"] for step in record["history"])
    return [
        ((at - begun).total_seconds(), status) for at, status in zip(times, statuses, strict=True)
    ]


@every_way
@pytest.mark.parametrize(
    ("recipient", "steps"),
    [
        ("41793026727", [(1, "delivered")]),
        ("447700900001", [(1, "delivered")]),
        ("447700900002", [(1, "undeliverable")]),
        ("447700900003", [(TWO_DAYS, "expired")]),
        ("447700900004", [(1, "delivered"), (2, "seen")]),
    ],
)
def test_a_recipients_message_has_its_timeline(
    recipient: str, steps: list[tuple[float, str]], way: Way, live: Live, receiver: Receiver
) -> None:
    live.webhook(receiver)
    id = sent(live, way, recipient)
    *_, (last, _) = steps

    live.advance(last - 0.001)
    before = life(live, id)
    live.advance(0.001)

    expected = [(0.0, "accepted"), *steps]
    assert life(live, id) == [(at, name(meaning, way)) for at, meaning in expected]
    assert before == life(live, id)[:-1]
    events = ["seen" if meaning == "seen" else "status" for _, meaning in steps]
    assert [record["event"] for record in live.callbacks(state="delivered")] == events


@every_way
@pytest.mark.parametrize("recipient", ["447700900005", "447700900006"])
def test_nothing_follows_a_message_that_was_rejected(
    recipient: str, way: Way, live: Live, receiver: Receiver
) -> None:
    live.webhook(receiver)
    id = sent(live, way, recipient)

    live.advance(TWO_DAYS)

    assert len(life(live, id)) == 1
    assert live.told(receiver) == []


def test_each_message_of_a_bulk_has_its_own_life(live: Live) -> None:
    send(live.client, OMNI, omni("447700900001", "447700900002", "447700900005"))

    live.advance(5)

    statuses = [record["status"]["name"] for record in live.get("messages")["messages"]]
    assert statuses == [
        "DELIVERED_TO_HANDSET",
        "UNDELIVERABLE_NOT_DELIVERED",
        "REJECTED_DESTINATION",
    ]


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ({"then": []}, [(0, "PENDING_ENROUTE")]),
        ({"status": "REJECTED_NETWORK"}, [(0, "REJECTED_NETWORK")]),
        ({"status": "PENDING_ACCEPTED"}, [(0, "PENDING_ACCEPTED"), (1, "DELIVERED_TO_HANDSET")]),
        (
            {
                "then": [
                    {"after": 0, "status": "DELIVERED_TO_OPERATOR"},
                    {"after": 90, "status": "DELIVERED_TO_HANDSET"},
                    {"after": 90.5, "status": "SEEN"},
                ]
            },
            [
                (0, "PENDING_ENROUTE"),
                (0, "DELIVERED_TO_OPERATOR"),
                (90, "DELIVERED_TO_HANDSET"),
                (90.5, "SEEN"),
            ],
        ),
    ],
)
def test_a_rule_decides_over_a_life(
    accept: dict[str, Any], expected: list[tuple[float, str]], live: Live
) -> None:
    live.call("POST", "rules", 201, outcomes=[{"accept": accept}])
    id = live.text()

    live.advance(TWO_DAYS)

    assert life(live, id) == expected


def test_messages_are_found_by_the_status_that_they_have_come_to(live: Live) -> None:
    first = live.text()
    live.advance(1)
    second = live.text()

    def found(status: str) -> list[str]:
        return [record["id"] for record in live.get("messages", status=status)["messages"]]

    assert found("DELIVERED_TO_HANDSET") == [first]
    assert found("PENDING_ENROUTE") == [second]


@pytest.mark.parametrize(
    ("accept", "told"),
    [
        (
            {"then": [{"after": 1, "status": "SEEN"}]},
            'outcomes[0].accept.then: "SEEN" cannot come first; what can is ',
        ),
        (
            {"then": [{"after": 1, "status": "Read"}]},
            'outcomes[0].accept.then: "Read" cannot come first; what can is Failed, Undelivered,'
            " Unsent, Pending, Sent, Delivered",
        ),
        (
            {"status": "PENDING_ENROUTE", "then": [{"after": 1, "status": "Delivered"}]},
            'outcomes[0].accept: no provider has all of the statuses "PENDING_ENROUTE" and'
            ' "Delivered"',
        ),
    ],
)
def test_a_life_that_no_message_can_have_is_refused(
    accept: dict[str, Any], told: str, live: Live
) -> None:
    status, code, detail = live.problem("POST", "rules", {"outcomes": [{"accept": accept}]})

    assert (status, code) == (400, "rule")
    assert detail.startswith(told)
