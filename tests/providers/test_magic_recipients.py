"""What do the recipients that trigger an outcome trigger, for a client on a real connection?"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.providers.bodies import (
    KONNEK,
    OMNI,
    WAYS,
    Way,
    assert_refused,
    letter,
    omni,
    omni_xml,
)
from tests.providers.calls import journalled, messages, rejected, send, told, warned
from tests.providers.examples import PROVIDER_OF, named

every_way = pytest.mark.parametrize("way", WAYS, ids=named)


# The statuses that follow the first one, at Infobip and at Konnek.
LIVES = {
    "447700900001": (["DELIVERED_TO_HANDSET"], ["Delivered"]),
    "447700900002": (["UNDELIVERABLE_NOT_DELIVERED"], ["Undelivered"]),
    "447700900003": (["EXPIRED_EXPIRED"], ["Failed"]),
    "447700900004": (["DELIVERED_TO_HANDSET", "SEEN"], ["Delivered", "Read"]),
    "447700900005": ([], []),
    "447700900006": ([], []),
}
REFUSALS = [400, 401, 403, 404, 500, 503]
FAULTS = {
    "447700900900": "ReadError",
    "447700900901": "RemoteProtocolError",
    "447700900902": "RemoteProtocolError",
    "447700900903": "half",
    "447700900904": "whole",
    "447700900905": "ReadTimeout",
}


def test_every_recipient_of_every_provider_is_tried_here() -> None:
    tried = {*LIVES, *FAULTS, "447700900429", *(f"447700900{status}" for status in REFUSALS)}

    assert {name for name, provider in PROVIDER_OF.items() if provider.magic_recipients} == {
        way.endpoint for way in WAYS
    }
    for provider in PROVIDER_OF.values():
        assert provider.magic_recipients.keys() == tried


@pytest.mark.parametrize("recipient", LIVES)
@every_way
def test_a_recipient_decides_the_life_of_its_message(
    recipient: str, way: Way, world: httpx.Client
) -> None:
    world.put("/__admin/clock", json={"mode": "frozen"})
    expected = LIVES[recipient][way.endpoint == KONNEK]

    answer = send(world, way.endpoint, letter(way, recipient), form=way.form)
    (accepted,) = messages(world)
    world.post("/__admin/clock/advance", json={"seconds": 47 * 3600})
    (later,) = messages(world)
    world.post("/__admin/clock/advance", json={"seconds": 2 * 3600})
    (message,) = messages(world)

    statuses = [moment["status"] for moment in message["history"]]
    assert answer.status_code == 200
    assert statuses == [accepted["status"]["name"], *expected]
    assert message["status"]["name"] == statuses[-1]
    assert (later["status"] != message["status"]) == (recipient == "447700900003")


@pytest.mark.parametrize("recipient", FAULTS)
def test_a_recipient_breaks_the_connection(recipient: str, world: httpx.Client) -> None:
    def seen(way: Way) -> tuple[str, float]:
        began = time.monotonic()
        patience = 0.3 if recipient == "447700900905" else 10
        with httpx.Client(base_url=world.base_url, timeout=patience, verify=False) as client:
            try:
                answer = send(client, way.endpoint, letter(way, recipient), form=way.form)
            except httpx.TransportError as error:
                return type(error).__name__, 0
        record = journalled(world, answer)
        whole = record["response"]["body"]
        parts = {whole: "whole", whole[: len(whole) // 2]: "half"}
        return parts.get(answer.text, "?"), time.monotonic() - began

    with ThreadPoolExecutor(len(WAYS)) as pool:
        found = [*pool.map(seen, WAYS)]

    assert [what for what, _ in found] == [FAULTS[recipient]] * len(WAYS)
    if FAULTS[recipient] == "whole":
        assert all(1 < seconds < 6 for _, seconds in found)


@every_way
@pytest.mark.parametrize("status", REFUSALS)
def test_a_recipient_triggers_a_refusal_in_the_provider_s_shape(
    status: int, way: Way, world: httpx.Client
) -> None:
    recipient = f"447700900{status}"

    answer = send(world, way.endpoint, letter(way, recipient), form=way.form)

    (why,) = told(answer, "Emulator-Rejection")
    assert_refused(answer, way, status)
    assert why.code == f"{PROVIDER_OF[way.endpoint].name}.ordered"
    assert recipient in why.message
    assert messages(world) == []


@every_way
def test_a_recipient_is_refused_with_429_twice_and_then_accepted(
    way: Way, world: httpx.Client
) -> None:
    body = letter(way, "447700900429")

    first, second, third = (send(world, way.endpoint, body, form=way.form) for _ in range(3))

    for answer in (first, second):
        assert_refused(answer, way, 429)
        assert answer.headers["Retry-After"] == "1"
    assert third.status_code == 200
    assert "Retry-After" not in third.headers


def test_the_429_comes_back_after_a_reset(world: httpx.Client) -> None:
    way = Way(OMNI, "json")
    for _ in range(3):
        send(world, OMNI, letter(way, "447700900429"))

    world.post("/__admin/reset")

    assert_refused(send(world, OMNI, letter(way, "447700900429")), way, 429)


@every_way
@pytest.mark.parametrize("recipient", ["+447700900500", "447700900500"])
def test_a_recipient_may_have_a_plus(recipient: str, way: Way, world: httpx.Client) -> None:
    answer = send(world, way.endpoint, letter(way, recipient), form=way.form)

    assert_refused(answer, way, 500)


@pytest.mark.parametrize(
    ("recipient", "name", "id", "description"),
    [
        ("447700900005", "REJECTED_DESTINATION", 14, "By Destination"),
        ("447700900006", "REJECTED_NOT_ENOUGH_CREDITS", 12, "Not enough credits"),
    ],
)
def test_a_message_is_rejected_and_the_others_of_its_bulk_are_not(
    recipient: str, name: str, id: int, description: str, world: httpx.Client
) -> None:
    answer = send(world, OMNI, omni("41793026727", recipient))

    statuses = [message["status"] for message in answer.json()["messages"]]
    told = {member: statuses[1][member] for member in ("groupName", "id", "name", "description")}
    assert statuses[0]["name"] == "PENDING_ENROUTE"
    assert told == {"groupName": "REJECTED", "id": id, "name": name, "description": description}
    assert [message["status"]["name"] for message in messages(world)] == ["PENDING_ENROUTE", name]


def test_a_rejected_message_says_what_to_do_about_it(world: httpx.Client) -> None:
    answer = send(world, OMNI, omni_xml("447700900005"), form="xml")

    assert (
        "<groupId>5</groupId><groupName>REJECTED</groupName><id>14</id>"
        "<name>REJECTED_DESTINATION</name><description>By Destination</description>"
        "<action>Remove destination from blacklist</action>"
    ) in answer.text


@pytest.mark.parametrize(
    ("recipient", "id", "name"),
    [("447700900005", -3, "Failed"), ("447700900006", -1, "Unsent")],
)
def test_a_message_of_konnek_is_answered_with_its_status(
    recipient: str, id: int, name: str, world: httpx.Client
) -> None:
    answer = send(world, KONNEK, letter(Way(KONNEK, "json"), recipient))

    (message,) = messages(world)
    assert answer.status_code == 200
    assert answer.json()["data"]["status"] == id
    assert message["status"]["name"] == name


def test_the_first_refusal_in_a_bulk_decides_the_request(world: httpx.Client) -> None:
    recipients = ("41793026727", "447700900005", "447700900403", "447700900500")

    answer = send(world, OMNI, omni(*recipients))

    assert_refused(answer, Way(OMNI, "json"), 403)
    assert journalled(world, answer)["messages"] == []


def test_an_invalid_request_is_refused_before_its_recipient_matters(world: httpx.Client) -> None:
    answer = send(world, OMNI, omni("447700900500", text="Hello", bulkId=5))

    assert_refused(answer, Way(OMNI, "json"), 400)
    assert rejected(answer) == ["infobip.bulk-id-type"]


def test_what_is_warned_of_is_told_with_an_ordered_refusal_too(world: httpx.Client) -> None:
    answer = send(world, OMNI, omni("447700900500", colour="red"))

    assert (answer.status_code, warned(answer)) == (500, ["infobip.omni-member-unknown"])
