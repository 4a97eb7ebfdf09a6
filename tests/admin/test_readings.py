from __future__ import annotations

from typing import Any

import httpx
import pytest

from emulator import Settings
from tests.conftest import emulator


def shown(client: httpx.Client) -> dict[str, str]:
    answered = client.get("/__admin/readings").json()
    return {reading["name"]: reading["value"] for reading in answered["readings"]}


def test_every_reading_tells_its_values_its_reason_and_both_sources(client: httpx.Client) -> None:
    readings = client.get("/__admin/readings").json()["readings"]

    for reading in readings:
        assert reading["value"] == reading["default"]
        assert reading["default"] in reading["values"]
        assert len(reading["values"]) == 2
        assert len(reading["sources"]) == 2
        assert all(source["document"] and source["row"] for source in reading["sources"])
        assert reading["reason"].endswith(".")


@pytest.mark.parametrize(
    "body",
    [
        {"facebook-text-limit": "reject"},
        {"readings": {"facebook-text-limit": "reject"}},
        {"readings": [{"name": "facebook-text-limit", "value": "reject"}]},
    ],
)
def test_a_reading_is_chosen_by_name(body: Any, client: httpx.Client) -> None:
    answer = client.put("/__admin/readings", json=body)

    assert answer.status_code == 200
    assert shown(client)["facebook-text-limit"] == "reject"


def test_what_is_not_named_keeps_its_value(client: httpx.Client) -> None:
    client.put("/__admin/readings", json={"facebook-text-limit": "reject", "strict": True})

    client.put("/__admin/readings", json={"konnek-button": "array"})

    assert shown(client)["facebook-text-limit"] == "reject"
    assert client.get("/__admin/readings").json()["strict"] is True


def test_what_is_shown_can_be_put_back(client: httpx.Client) -> None:
    client.put("/__admin/readings", json={"bulk-id-echo": "several", "strict": True})
    before = client.get("/__admin/readings").json()

    answer = client.put("/__admin/readings", json=before)

    assert answer.json() == before


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({"facebook-text-limits": "reject"}, 'did you mean "facebook-text-limit"?'),
        ({"facebook-text-limit": "rejected"}, 'did you mean "reject"?'),
        ({"facebook-text-limit": 1}, "an object of names and values"),
        ({"strict": "yes"}, "takes true or false"),
        ({"readings": {}, "colour": "red"}, 'only "strict" may stand there'),
        ({"readings": "strict"}, "an object of names and values"),
    ],
)
def test_a_wrong_choice_is_told_what_would_be_right(
    body: Any, detail: str, client: httpx.Client
) -> None:
    before = shown(client)

    answer = client.put("/__admin/readings", json=body)

    assert answer.status_code == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert detail in answer.json()["detail"]
    assert shown(client) == before


def test_a_reset_goes_back_to_how_the_emulator_was_started() -> None:
    with emulator(Settings(strict=True, readings=(("konnek-button", "array"),))) as client:
        before = client.get("/__admin/readings").json()
        client.put("/__admin/readings", json={"konnek-button": "either", "strict": False})

        client.post("/__admin/reset")

        assert client.get("/__admin/readings").json() == before


def test_a_body_that_is_no_json_object_is_a_problem(client: httpx.Client) -> None:
    answers = [client.put("/__admin/readings", content=body) for body in (b"", b"[]", b"{")]

    assert [answer.status_code for answer in answers] == [400, 400, 400]
