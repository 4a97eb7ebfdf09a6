"""Whether the emulator is ready, and what it emulates."""

from __future__ import annotations

import emulator
from tests.admin.conftest import Toys
from tests.asgi.toy_app import client_of, toy_app
from tests.core.toy import LETTER, PROVIDER


def test_a_ready_emulator_is_healthy(toys: Toys) -> None:
    health = toys.told("health")

    uptime = health.pop("uptime_seconds")
    assert health == {
        "status": "ok",
        "version": emulator.__version__,
        "store": "memory",
        "providers": ["toy"],
    }
    assert 0 <= uptime < 60


def test_uptime_grows(toys: Toys) -> None:
    first, second = (toys.told("health")["uptime_seconds"] for _ in range(2))

    assert first <= second


def test_every_endpoint_is_described(toys: Toys) -> None:
    letters, bell = toys.told("endpoints")["endpoints"]

    request_schema, response_schema = letters.pop("request_schema"), letters.pop("response_schema")
    accepted, *refused = letters.pop("answers")
    assert letters == {
        "name": "toy.letters",
        "provider": "toy",
        "summary": "Post a letter",
        "method": "POST",
        "paths": ["/toy/{box}/letters", "/toy/{box}/letters.json", "/toy/{box}/letters.xml"],
        "wire_formats": ["json", "xml"],
        "auth": "Basic, or App with an API key",
        "statuses": ["SENT", "LOST"],
        "fidelity": "documented",
    }
    assert accepted == {"status": 200, "name": "accepted", "fidelity": "documented"}
    assert {answer["name"] for answer in refused} == PROVIDER.refusals.keys()
    assert request_schema["properties"] == LETTER["properties"]
    assert response_schema["$id"].endswith("toy/anything.json")
    assert (bell["name"], bell["paths"], bell["wire_formats"], bell["fidelity"]) == (
        "toy.bell",
        ["/toy/bell"],
        ["json"],
        "invented",
    )


def test_calls_to_the_admin_api_leave_no_trace_in_the_journal(toys: Toys) -> None:
    for path in ("health", "endpoints", "requests", "nothing"):
        toys.ask(path)

    assert toys.told("requests")["total"] == 0


def test_emulators_in_one_process_are_apart() -> None:
    with client_of(toy_app()) as one, client_of(toy_app()) as other:
        Toys(one).post("Bea")

        assert Toys(one).told("requests")["total"] == 1
        assert Toys(other).told("requests")["total"] == 0
