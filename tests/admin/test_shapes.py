"""The admin API's answers are what `schemas/emulator/` and `/__admin/openapi.json` say."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from emulator import resources
from emulator.admin import table
from emulator.admin.calls import AdminCall
from emulator.core import pipeline
from tests.admin.live import Live
from tests.processes import free_port
from tests.providers.examples import EXAMPLES, Example, accepted, named

READING = [call for call in table.CALLS if call.method == "GET" and call.gives is not None]


def broken(shape: str, document: Any) -> list[str]:
    """What in a document is not as its schema says."""
    uri = resources.schemas()[f"emulator/{shape}.json"].uri
    validator = resources.schemas().validator(uri, "warn")
    return [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(document)]


def send(client: httpx.Client, example: Example, **changes: Any) -> httpx.Response:
    request = {"headers": example.headers, "content": example.request.encode(), **changes}
    return client.request(example.method, changes.pop("url", example.path), **request)


@pytest.fixture
def busy(client: httpx.Client) -> httpx.Client:
    """A client of an emulator that has seen every example, and calls of every outcome."""
    for example in EXAMPLES:
        send(client, example)
    omni = accepted("infobip.omni-text")
    client.post("/omni/1/text", headers=omni.headers, content=b'{"destinations": \xff}')
    client.post("/omni/1/text?a=1&a=2&b", headers=omni.headers, content=b'{"destinations": [{}]}')
    client.post("/omni/1/texts", headers=omni.headers, content=omni.request)
    client.get("/nothing/at/all", headers={"cookie": "secret"})
    for outcome in ({"answer": {"body": {"a": 1}}}, {"fault": "malformed", "delay": 0.01}):
        rule = {"match": {"endpoint": "infobip.omni-*"}, "outcomes": [outcome], "times": 1}
        client.post("/__admin/rules", json=rule)
    for _ in range(2):
        send(client, omni)
    client.post("/__admin/rules", json={"outcomes": [{"accept": {"status": "Read"}}]})
    enliven(client)
    return client


def enliven(client: httpx.Client) -> None:
    """Let messages be delivered and seen, buttons be tapped, users write and follow links."""
    scenario = {"key": "K", "flow": [{"from": "Shop", "channel": "VIBER"}]}
    client.put("/__admin/scenarios", json={"scenarios": [scenario]})
    client.put("/__admin/clock", json={"mode": "frozen"})
    said = {"sender": "user-1", "recipient": "app-1", "text": "Hello"}
    client.post("/__admin/inbound", json=said)
    # Nobody listens there.
    webhook = {"url": f"http://127.0.0.1:{free_port()}/", "secret": "hush"}
    client.put("/__admin/webhook", json=webhook)
    for record in client.get("/__admin/messages").json()["messages"]:
        client.post(f"/__admin/messages/{record['id']}/seen")
        client.post(f"/__admin/messages/{record['id']}/tap", json={"button": 0})
        if link := re.search("/__invite/[^ ]+", record["text"] or ""):
            client.get(link[0])
    client.post("/__admin/inbound", json=said)
    client.post("/__admin/clock/advance", json={"seconds": 60})


@pytest.mark.parametrize("call", READING, ids=lambda call: call.template)
def test_what_is_read_has_the_described_shape(call: AdminCall, busy: httpx.Client) -> None:
    assert call.gives is not None
    ids = {
        "/requests/{id}": busy.get("/__admin/requests").json()["requests"][0]["id"],
        "/messages/{id:path}": busy.get("/__admin/messages").json()["messages"][0]["id"],
        "/rules/{id}": busy.get("/__admin/rules").json()["rules"][0]["id"],
        "/contract/{code}": busy.get("/__admin/contract").json()["contract"][0]["code"],
    }
    path = call.template.replace("{id}", "{}").replace("{code}", "{}").format(ids.get(call.path))

    answer = busy.get(path)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == call.media_type
    assert broken(call.gives, answer.json()) == []


def test_the_records_of_all_kinds_of_calls_have_the_described_shape(busy: httpx.Client) -> None:
    requests = busy.get("/__admin/requests").json()["requests"]
    messages = busy.get("/__admin/messages").json()["messages"]

    assert {record["outcome"] for record in requests} == {
        *("accepted", "refused", "answered", "broken", "unmatched"),
    }
    assert {record["provider"] for record in messages} == {"infobip", "konnek"}
    for shape, records in (("request", requests), ("message", messages)):
        for record in records:
            assert broken(shape, record) == []


def test_callbacks_of_all_kinds_have_the_described_shape(busy: httpx.Client) -> None:
    callbacks = busy.get("/__admin/callbacks").json()["callbacks"]

    assert {record["event"] for record in callbacks} == {"status", "seen", "inbound", "postback"}
    assert {record["state"] for record in callbacks} == {"pending", "refused"}
    for record in callbacks:
        assert broken("callback", record) == []


@pytest.mark.parametrize(
    ("method", "path", "given", "body"),
    [
        ("PUT", "/clock", "clock-given", {"mode": "frozen", "now": "2026-01-31T12:00:00Z"}),
        ("POST", "/clock/advance", "advance", {"seconds": 0.5}),
        ("PUT", "/scenarios", "scenarios", {"scenarios": []}),
        ("PUT", "/webhook", "webhook-given", {"url": "http://127.0.0.1:9/", "events": ["seen"]}),
        ("POST", "/inbound", "inbound-given", {"sender": "a", "recipient": "b", "text": "c"}),
        ("POST", "/messages/{}/status", "status-given", {"status": "DELIVERED_TO_HANDSET"}),
        ("POST", "/messages/{}/seen", None, None),
        ("POST", "/messages/{}/tap", "tap-given", {"button": "Yes"}),
        ("POST", "/messages/{}/tap", "tap-given", {"button": 1}),
        ("POST", "/callbacks/callback-1/redeliver", None, None),
    ],
)
def test_what_is_changed_is_asked_for_and_answered_in_the_described_shape(
    method: str, path: str, given: str | None, body: Any, live: Live
) -> None:
    id = live.buttons()
    live.call("PUT", "webhook", url="http://127.0.0.1:9/")
    live.call("POST", "inbound", 201, sender="a", recipient="b", text="c")
    template = path.replace("{}", "{id:path}").replace("callback-1", "{id}")
    (call,) = (one for one in table.CALLS if (one.method, one.path) == (method, template))

    answer = live.client.request(method, f"/__admin{path.format(id)}", json=body)

    assert answer.status_code in call.statuses
    assert call.takes == given
    assert given is None or broken(given, body) == []
    assert call.gives is not None
    assert broken(call.gives, answer.json()) == []


def test_the_record_of_a_bug_of_ours_has_the_described_shape(
    busy: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(pipeline, "answer", fail)

    answer = send(busy, accepted("infobip.omni-text"))

    record = busy.get(f"/__admin/requests/{answer.headers['Emulator-Request']}").json()
    assert record["outcome"] == "broken"
    assert broken("request", record) == []
    assert broken("problem", answer.json()) == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/__admin/requests?limit=0", 400),
        ("GET", "/__admin/requests?colour=red", 400),
        ("GET", "/__admin/messages/none", 404),
        ("PUT", "/__admin/readings", 400),
        ("PATCH", "/__admin/health", 405),
        ("GET", "/__admin/nothing", 404),
        ("GET", "/nothing/at/all", 404),
    ],
)
def test_a_problem_has_the_described_shape(
    method: str, path: str, status: int, client: httpx.Client
) -> None:
    answer = client.request(method, path)

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert broken("problem", answer.json()) == []


@pytest.mark.parametrize("headers", [{"Host": "example.com"}, {"Origin": "http://example.com"}])
def test_a_foreign_caller_gets_a_problem_of_the_described_shape(
    headers: dict[str, str], client: httpx.Client
) -> None:
    answer = client.get("/__admin/health", headers=headers)

    assert answer.status_code == 403
    assert broken("problem", answer.json()) == []


@pytest.mark.parametrize(
    "choice",
    [
        {"strict": True},
        {"facebook-text-limit": "reject", "strict": False},
        {"readings": {"facebook-text-limit": "reject"}},
        {"readings": [{"name": "facebook-text-limit", "value": "reject"}]},
    ],
    ids=str,
)
def test_a_choice_of_readings_has_the_described_shape(
    choice: dict[str, Any], client: httpx.Client
) -> None:
    answer = client.put("/__admin/readings", json=choice)

    assert answer.status_code == 200
    assert broken("choice", choice) == []
    assert broken("readings", answer.json()) == []


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_a_shape_says_so_when_a_member_is_new_or_missing(
    example: Example, client: httpx.Client
) -> None:
    answer = send(client, example)
    record = client.get(f"/__admin/requests/{answer.headers['Emulator-Request']}").json()

    assert broken("request", {**record, "colour": "red"}) != []
    assert broken("request", {name: v for name, v in record.items() if name != "body"}) != []
