"""What do the recipients that trigger an outcome trigger, in every endpoint and format?"""

from __future__ import annotations

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


@every_way
@pytest.mark.parametrize("status", [400, 401, 403, 404, 500, 503])
def test_a_recipient_triggers_a_refusal_in_the_provider_s_shape(
    status: int, way: Way, client: httpx.Client
) -> None:
    recipient = f"447700900{status}"

    answer = send(client, way.endpoint, letter(way, recipient), form=way.form)

    (why,) = told(answer, "Emulator-Rejection")
    assert_refused(answer, way, status)
    assert why.code == f"{PROVIDER_OF[way.endpoint].name}.ordered"
    assert recipient in why.message
    assert messages(client) == []


@every_way
def test_a_recipient_is_refused_with_429_twice_and_then_accepted(
    way: Way, client: httpx.Client
) -> None:
    body = letter(way, "447700900429")

    first, second, third = (send(client, way.endpoint, body, form=way.form) for _ in range(3))

    for answer in (first, second):
        assert_refused(answer, way, 429)
        assert answer.headers["Retry-After"] == "1"
    assert third.status_code == 200
    assert "Retry-After" not in third.headers


def test_the_429_comes_back_after_a_reset(client: httpx.Client) -> None:
    way = Way(OMNI, "json")
    for _ in range(3):
        send(client, OMNI, letter(way, "447700900429"))

    client.post("/__admin/reset")

    assert_refused(send(client, OMNI, letter(way, "447700900429")), way, 429)


@every_way
@pytest.mark.parametrize("recipient", ["+447700900500", "447700900500"])
def test_a_recipient_may_have_a_plus(recipient: str, way: Way, client: httpx.Client) -> None:
    answer = send(client, way.endpoint, letter(way, recipient), form=way.form)

    assert_refused(answer, way, 500)


@pytest.mark.parametrize(
    ("recipient", "name", "id", "description"),
    [
        ("447700900005", "REJECTED_DESTINATION", 14, "By Destination"),
        ("447700900006", "REJECTED_NOT_ENOUGH_CREDITS", 12, "Not enough credits"),
    ],
)
def test_a_message_is_rejected_and_the_others_of_its_bulk_are_not(
    recipient: str, name: str, id: int, description: str, client: httpx.Client
) -> None:
    answer = send(client, OMNI, omni("41793026727", recipient))

    statuses = [message["status"] for message in answer.json()["messages"]]
    told = {member: statuses[1][member] for member in ("groupName", "id", "name", "description")}
    assert statuses[0]["name"] == "PENDING_ENROUTE"
    assert told == {"groupName": "REJECTED", "id": id, "name": name, "description": description}
    assert [message["status"]["name"] for message in messages(client)] == ["PENDING_ENROUTE", name]


def test_a_rejected_message_says_what_to_do_about_it(client: httpx.Client) -> None:
    answer = send(client, OMNI, omni_xml("447700900005"), form="xml")

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
    recipient: str, id: int, name: str, client: httpx.Client
) -> None:
    answer = send(client, KONNEK, letter(Way(KONNEK, "json"), recipient))

    (message,) = messages(client)
    assert answer.status_code == 200
    assert answer.json()["data"]["status"] == id
    assert message["status"]["name"] == name


def test_the_first_refusal_in_a_bulk_decides_the_request(client: httpx.Client) -> None:
    recipients = ("41793026727", "447700900005", "447700900403", "447700900500")

    answer = send(client, OMNI, omni(*recipients))

    assert_refused(answer, Way(OMNI, "json"), 403)
    assert journalled(client, answer)["messages"] == []


def test_an_invalid_request_is_refused_before_its_recipient_matters(client: httpx.Client) -> None:
    answer = send(client, OMNI, omni("447700900500", text="Hello", bulkId=5))

    assert_refused(answer, Way(OMNI, "json"), 400)
    assert rejected(answer) == ["infobip.bulk-id-type"]


def test_what_is_warned_of_is_told_with_an_ordered_refusal_too(client: httpx.Client) -> None:
    answer = send(client, OMNI, omni("447700900500", colour="red"))

    assert (answer.status_code, warned(answer)) == (500, ["infobip.omni-member-unknown"])
