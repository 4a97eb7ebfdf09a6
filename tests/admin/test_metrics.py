"""The metrics are what Prometheus can read, and count what happened."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from emulator import Settings
from tests.conftest import emulator
from tests.providers.examples import accepted

OMNI = accepted("infobip.omni-text")


def metrics(client: httpx.Client) -> dict[str, dict[tuple[str, ...], float]]:
    """Every sample's name, and its values by those of its labels, in the order of their names."""
    found: dict[str, dict[tuple[str, ...], float]] = {}
    answer = client.get("/__admin/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    for family in text_string_to_metric_families(answer.text):
        assert family.documentation
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


def send(client: httpx.Client, body: str | None = None, **changes: Any) -> None:
    content = (OMNI.request if body is None else body).encode()
    client.post(changes.pop("path", "/omni/1/text"), content=content, headers=OMNI.headers)


def test_nothing_has_happened_at_the_start(client: httpx.Client) -> None:
    found = metrics(client)

    assert found["emulator_info"]
    assert found["emulator_sessions"] == {(): 1}
    assert found["emulator_journal_requests"] == {(): 0}
    assert "emulator_requests_total" not in found


def test_calls_are_counted_by_what_became_of_them(client: httpx.Client) -> None:
    send(client)
    send(client)
    send(client, "{}")
    client.get("/nothing")

    found = metrics(client)

    assert found["emulator_requests_total"] == {
        ("infobip.omni-text", "accepted", "infobip", "200"): 2,
        ("infobip.omni-text", "refused", "infobip", "400"): 1,
        ("", "unmatched", "", "404"): 1,
    }
    assert found["emulator_journal_requests"] == {(): 4}


def test_messages_are_counted_one_a_recipient(client: httpx.Client) -> None:
    to = [{"to": {"phoneNumber": f"4179302672{n}"}} for n in range(3)]

    client.post("/omni/1/text", json={"destinations": to, "text": "x"}, headers=OMNI.headers)

    assert metrics(client)["emulator_messages_total"] == {("infobip.omni-text",): 3}


def test_durations_add_up(client: httpx.Client) -> None:
    send(client)
    send(client, "{}")

    found = metrics(client)

    name = "emulator_request_duration_seconds"
    buckets = list(found[f"{name}_bucket"].values())
    assert buckets == sorted(buckets)
    assert found[f"{name}_bucket"]["infobip.omni-text", "+Inf"] == 2
    assert found[f"{name}_count"] == {("infobip.omni-text",): 2}
    assert 0 < found[f"{name}_sum"]["infobip.omni-text",] < 10


def test_all_sessions_count(client: httpx.Client) -> None:
    for name in ("one", "two"):
        send(client, path=f"/__session/{name}/omni/1/text")

    found = metrics(client)

    assert found["emulator_requests_total"] == {
        ("infobip.omni-text", "accepted", "infobip", "200"): 2
    }
    assert found["emulator_sessions"] == {(): 3}


def test_counts_only_grow_but_what_is_kept_is_what_is_kept(client: httpx.Client) -> None:
    send(client)

    client.post("/__admin/reset")

    found = metrics(client)
    assert sum(found["emulator_requests_total"].values()) == 1
    assert found["emulator_journal_requests"] == {(): 0}


def test_what_the_journal_forgot_is_counted() -> None:
    with emulator(Settings(journal_limit=2)) as client:
        for _ in range(5):
            send(client)

        found = metrics(client)

    assert found["emulator_journal_requests"] == {(): 2}
    assert found["emulator_journal_evicted"] == {(): 3}


@pytest.mark.parametrize(
    ("guard", "request_"),
    [
        ("host", {"url": "/__admin/health", "headers": {"host": "evil.example"}}),
        ("origin", {"url": "/__admin/health", "headers": {"origin": "http://evil.example"}}),
        ("body", {"url": "/omni/1/text", "content": b" " * 1_100_000}),
        ("body", {"url": "/__admin/sessions", "content": b" " * 1_100_000}),
        ("token", {"url": "/__admin/reset"}),
    ],
)
def test_what_a_guard_refused_is_counted(guard: str, request_: dict[str, Any]) -> None:
    with emulator(Settings(expose=True, admin_token="t0ken", auth="any")) as client:
        headers = {**OMNI.headers, **request_.pop("headers", {})}
        if request_["url"] == "/__admin/sessions":
            headers["authorization"] = "Bearer t0ken"
        client.post(**request_, headers=headers)

        assert metrics(client)["emulator_refused_total"] == {(guard,): 1}


def test_callbacks_are_counted_by_their_state(client: httpx.Client) -> None:
    written = {"sender": "41793026727", "recipient": "me", "text": "Hi"}
    answer = client.post("/__admin/inbound", json=written)

    assert answer.status_code == 201
    assert metrics(client)["emulator_callbacks"] == {("inbound", "refused"): 1}


def test_two_emulators_in_a_process_count_apart() -> None:
    with emulator(Settings()) as one, emulator(Settings()) as two:
        send(one)

        counts = [len(metrics(each).get("emulator_requests_total", {})) for each in (one, two)]

    assert counts == [1, 0]


def test_a_body_of_the_admin_api_is_bounded(client: httpx.Client) -> None:
    answer = client.post("/__admin/sessions", content=b" " * (1024 * 1024 + 1))

    assert (answer.status_code, answer.json()["code"]) == (413, "body")
    assert answer.json()["detail"] == "the body has more than 1048576 bytes"
