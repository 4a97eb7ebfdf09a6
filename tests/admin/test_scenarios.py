"""OMNI scenarios: the channels over which a message is tried, one after another."""

from __future__ import annotations

from typing import Any

import pytest

from tests.admin.live import Live
from tests.providers.bodies import OMNI, Way, assert_refused, omni
from tests.providers.calls import rejected, send, told
from tests.receiver import Receiver

KEY = "AD9E01A5DC7BEE2C2B828D208182A611"
VIBER_ELSE_SMS = {
    "key": KEY,
    "name": "Viber, else SMS",
    "flow": [{"from": "Shop", "channel": "VIBER"}, {"from": "447491163443", "channel": "SMS"}],
    "default": False,
}
FAILED = "UNDELIVERABLE_NOT_DELIVERED"


@pytest.fixture
def shop(live: Live) -> Live:
    """An emulator with a scenario."""
    live.call("PUT", "scenarios", scenarios=[VIBER_ELSE_SMS])
    return live


def history(live: Live, id: str) -> list[tuple[str, str | None]]:
    return [(step["status"], step.get("channel")) for step in live.message(id)["history"]]


def fail_viber(live: Live, **more: Any) -> None:
    step = {"after": 1, "channel": "VIBER", "status": FAILED}
    live.call("POST", "rules", 201, outcomes=[{"accept": {"then": [step]}}], **more)


def test_scenarios_are_chosen_and_shown(shop: Live) -> None:
    assert shop.get("scenarios") == {"scenarios": [VIBER_ELSE_SMS]}


def test_those_that_are_chosen_replace_those_before(shop: Live) -> None:
    shop.call("PUT", "scenarios", scenarios=[])

    assert shop.get("scenarios") == {"scenarios": []}


def test_a_reset_forgets_them(shop: Live) -> None:
    shop.call("POST", "reset", 204)

    assert shop.get("scenarios") == {"scenarios": []}


def test_a_message_is_delivered_over_the_first_channel(shop: Live) -> None:
    id = shop.send(OMNI, omni("41793026727", scenarioKey=KEY))

    shop.advance(10)

    assert history(shop, id) == [("PENDING_ENROUTE", "VIBER"), ("DELIVERED_TO_HANDSET", "VIBER")]
    assert shop.message(id)["channel"] == "VIBER"
    assert [message["id"] for message in shop.get("messages", sender="Shop")["messages"]] == [id]
    assert shop.get("messages", sender="447491163443")["total"] == 0


def test_where_the_first_channel_fails_the_next_delivers(shop: Live, receiver: Receiver) -> None:
    shop.webhook(receiver)
    fail_viber(shop)
    id = shop.send(OMNI, omni("41793026727", scenarioKey=KEY))

    shop.advance(1)
    between = shop.message(id)
    shop.advance(10)

    assert between["status"]["name"] == "PENDING_ENROUTE"
    assert (between["channel"], between["sender"]) == ("SMS", "447491163443")
    assert history(shop, id) == [
        ("PENDING_ENROUTE", "VIBER"),
        (FAILED, "VIBER"),
        ("DELIVERED_TO_HANDSET", "SMS"),
    ]
    assert shop.message(id)["channel"] == "SMS"
    shop.call("POST", f"messages/{id}/seen")
    report, seen = [result for one in shop.told(receiver) for result in one.document["results"]]
    assert (report["channel"], report["status"]["name"]) == ("SMS", "DELIVERED_TO_HANDSET")
    assert seen["from"] == "447491163443"


def test_where_all_channels_fail_the_message_does(shop: Live, receiver: Receiver) -> None:
    shop.webhook(receiver)
    id = shop.send(OMNI, omni("447700900002", scenarioKey=KEY))

    shop.advance(10)

    assert history(shop, id) == [
        ("PENDING_ENROUTE", "VIBER"),
        (FAILED, "VIBER"),
        (FAILED, "SMS"),
    ]
    assert shop.message(id)["status"]["name"] == FAILED
    assert len(receiver.received) == 1


def test_a_rule_may_fail_a_channel_for_one_recipient(shop: Live) -> None:
    fail_viber(shop, match={"recipient": "4179*"})
    ids = [
        shop.send(OMNI, omni(recipient, scenarioKey=KEY))
        for recipient in ("41793026727", "41763026727")
    ]

    shop.advance(10)

    assert [shop.message(id)["channel"] for id in ids] == ["SMS", "VIBER"]


def test_without_a_key_the_default_decides(live: Live) -> None:
    live.call("PUT", "scenarios", scenarios=[{**VIBER_ELSE_SMS, "default": True}])

    id = live.text()

    assert live.message(id)["channel"] == "VIBER"


def test_without_a_key_and_a_default_there_is_no_scenario(shop: Live) -> None:
    id = shop.text()

    shop.advance(10)

    assert history(shop, id) == [("PENDING_ENROUTE", None), ("DELIVERED_TO_HANDSET", None)]


def test_any_key_is_accepted_while_there_are_none(live: Live) -> None:
    id = live.send(OMNI, omni("41793026727", scenarioKey="anything"))

    assert live.message(id)["channel"] == "OMNI"


def test_an_unknown_key_is_refused_with_the_known_ones(shop: Live) -> None:
    answer = send(shop.client, OMNI, omni("41793026727", scenarioKey="nothing"))

    (why,) = told(answer, "Emulator-Rejection")
    assert_refused(answer, Way(OMNI, "json"), 400)
    assert rejected(answer) == ["infobip.scenario-unknown"]
    assert (why.pointer, why.message) == (
        "/scenarioKey",
        f'no scenario "nothing"; known: {KEY}',
    )


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, '"scenarios" takes a list of 1000 scenarios at most'),
        ({"scenario": []}, 'no member "scenario"; did you mean "scenarios"?'),
        (
            {"scenarios": [{"key": "K", "flow": []}]},
            "scenarios[0].flow takes a list of steps, such as"
            ' [{"from": "Shop", "channel": "VIBER"}]',
        ),
    ],
)
def test_a_wrong_scenario_is_told_and_changes_nothing(body: Any, detail: str, shop: Live) -> None:
    assert shop.problem("PUT", "scenarios", body) == (400, "scenario", detail)
    assert shop.get("scenarios") == {"scenarios": [VIBER_ELSE_SMS]}
