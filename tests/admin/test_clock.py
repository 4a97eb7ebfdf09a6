"""The session's time: read, frozen, let run, and moved on."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.admin.live import Live
from tests.providers.bodies import OMNI, omni
from tests.providers.calls import send

NOON = "2026-01-31T12:00:00Z"


def test_the_clock_goes_with_the_machine_at_first(client: httpx.Client) -> None:
    clock = client.get("/__admin/clock").json()

    now = datetime.fromisoformat(clock["now"]).timestamp()
    assert clock["mode"] == "real"
    assert abs(now - time.time()) < 5


def test_a_frozen_clock_stands_still(client: httpx.Client) -> None:
    frozen = client.put("/__admin/clock", json={"mode": "frozen"}).json()

    assert frozen["mode"] == "frozen"
    assert client.get("/__admin/clock").json() == frozen


@pytest.mark.parametrize("now", [NOON, "2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00.000Z"])
def test_the_clock_is_frozen_at_a_time(now: str, client: httpx.Client) -> None:
    frozen = client.put("/__admin/clock", json={"mode": "frozen", "now": now})

    assert frozen.json() == {"mode": "frozen", "now": NOON}


def test_the_clock_is_moved_on(live: Live) -> None:
    assert live.call("POST", "clock/advance", seconds=90.5) == {
        "mode": "frozen",
        "now": "2026-01-31T12:01:30.500000Z",
    }


def test_everything_carries_the_sessions_time(live: Live) -> None:
    live.advance(60)
    id = live.text()
    live.advance(10)

    message = live.message(id)
    assert message["received_at"] == "2026-01-31T12:01:00Z"
    assert [step["at"] for step in message["history"]] == [
        "2026-01-31T12:01:00Z",
        "2026-01-31T12:01:01Z",
    ]
    assert live.get("requests")["requests"][0]["received_at"] == "2026-01-31T12:01:00Z"


def test_a_running_clock_may_be_set(live: Live) -> None:
    clock = live.call("PUT", "clock", mode="real", now=NOON)

    assert clock["mode"] == "real"
    assert clock["now"].startswith("2026-01-31T12:00:0")


def test_a_clock_that_is_set_forward_lets_happen_what_is_due(live: Live) -> None:
    id = live.text()

    live.call("PUT", "clock", now="2026-01-31T12:00:05Z")

    assert live.history(id) == ["PENDING_ENROUTE", "DELIVERED_TO_HANDSET"]


def test_on_a_running_clock_a_message_is_delivered_a_second_later(server: httpx.Client) -> None:
    send(server, OMNI, omni("41793026799"))

    filters = {"recipient": "41793026799", "status": "DELIVERED_TO_HANDSET"}
    found = server.get("/__admin/messages", params={**filters, "wait": "5"})

    (message,) = found.json()["messages"]
    begun, delivered = (datetime.fromisoformat(step["at"]) for step in message["history"])
    assert (delivered - begun).total_seconds() == 1


def test_a_reset_of_the_clock_goes_back_to_the_machines(live: Live) -> None:
    live.call("POST", "reset/clock", 204)

    clock = live.get("clock")
    assert clock["mode"] == "real"
    assert abs(datetime.fromisoformat(clock["now"]).timestamp() - time.time()) < 5


def test_each_session_has_its_own_time(live: Live) -> None:
    other = live.client.get("/__session/other/__admin/clock").json()

    assert other["mode"] == "real"


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"mode": "frosen"}, 'no mode "frosen"; did you mean "frozen"?'),
        ({"mod": "frozen"}, 'no member "mod"; did you mean "mode"?'),
        *(
            (
                {"now": now},
                '"now" takes a time of the years 1970 to 8999, such as 2026-01-31T12:00:00Z,'
                f" not {now!r}",
            )
            for now in (
                "noon",
                "2026-01-31T12:00:00",
                "0001-01-01T00:00:00+14:00",
                "1969-12-31T23:59:59Z",
                "9999-12-31T23:59:59Z",
                5,
                True,
            )
        ),
    ],
)
def test_a_wrong_time_is_told(body: dict[str, Any], detail: str, live: Live) -> None:
    assert live.problem("PUT", "clock", body) == (400, "clock", detail)


@pytest.mark.parametrize("seconds", [-1, 1e300, "60", None, True, 316_224_001])
def test_a_wrong_step_is_told(seconds: Any, live: Live) -> None:
    assert live.problem("POST", "clock/advance", {"seconds": seconds}) == (
        400,
        "clock",
        f'"seconds" takes a number from 0 to 316224000, not {seconds!r}',
    )
    assert live.get("clock")["now"] == NOON


def test_a_step_has_no_other_members(live: Live) -> None:
    assert live.problem("POST", "clock/advance", {"second": 1}) == (
        400,
        "clock",
        'no member "second"; did you mean "seconds"?',
    )


def test_the_clock_does_not_run_out_of_years(live: Live) -> None:
    live.call("PUT", "clock", now="8999-12-31T00:00:00Z")

    assert live.problem("POST", "clock/advance", {"seconds": 86_401}) == (
        400,
        "clock",
        "the clock goes no further than the year 9000",
    )
    live.text("447700900003")
    assert live.get("messages")["total"] == 1
