"""Where callbacks go: read, chosen and removed."""

from __future__ import annotations

from typing import Any

import pytest

from emulator import Settings
from emulator.core.outbox import Webhook
from tests.admin.live import Live
from tests.conftest import emulator
from tests.processes import refused
from tests.receiver import Receiver

NOWHERE = {
    "url": None,
    "events": ["status", "seen", "inbound", "postback"],
    "format": "json",
    "signed": False,
}


def test_there_is_none_at_first(live: Live) -> None:
    assert live.get("webhook") == NOWHERE


def test_one_is_chosen_and_its_secret_is_not_shown(live: Live) -> None:
    chosen = live.call(
        "PUT",
        "webhook",
        url="https://example.com/hook?a=1",
        secret="hush",
        events=["seen"],
        format="xml",
    )

    assert chosen == {
        "url": "https://example.com/hook?a=1",
        "events": ["seen"],
        "format": "xml",
        "signed": True,
    }
    assert live.get("webhook") == chosen


def test_what_is_told_can_be_given_again_and_keeps_the_secret(
    live: Live, receiver: Receiver
) -> None:
    live.webhook(receiver, secret="hush")
    told = live.get("webhook")

    assert live.call("PUT", "webhook", **told) == told
    live.text()
    live.advance(1)
    unsigned = live.call("PUT", "webhook", **{**told, "signed": False})

    (received,) = receiver.received
    assert received.headers["emulator-signature"].startswith("sha256=")
    assert unsigned == {**told, "signed": False}


def test_it_is_removed(live: Live) -> None:
    live.call("PUT", "webhook", url="http://127.0.0.1:9/")

    live.call("DELETE", "webhook", 204)

    assert live.get("webhook") == NOWHERE


def test_each_session_has_its_own(live: Live) -> None:
    live.call("PUT", "webhook", url="http://127.0.0.1:9/")

    assert live.client.get("/__session/other/__admin/webhook").json() == NOWHERE


def test_a_reset_goes_back_to_that_of_the_start(receiver: Receiver) -> None:
    with emulator(Settings(seed="tests", webhook=Webhook(receiver.url))) as client:
        live = Live(client)
        live.call("PUT", "webhook", url="http://127.0.0.1:9/")
        live.call("POST", "reset", 204)

        assert live.get("webhook") == {**NOWHERE, "url": receiver.url}
        assert client.get("/__session/other/__admin/webhook").json()["url"] == receiver.url


@pytest.mark.parametrize(
    ("body", "detail"),
    [
        ({}, '"url" takes the address that callbacks go to'),
        ({"url": 5}, '"url" takes the address that callbacks go to'),
        ({"uri": "http://a"}, 'no member "uri"; did you mean "url"?'),
        ({"url": "http://a", "secret": 5}, '"secret" takes a text'),
        (
            {"url": "http://a", "signed": "yes"},
            '"signed" takes true, to keep the secret that there is, or false',
        ),
        (
            {"url": "http://a", "events": "seen"},
            '"events" takes a list of status, seen, inbound, postback',
        ),
        ({"url": "http://a", "events": ["sen"]}, 'no event "sen"; did you mean "seen"?'),
        ({"url": "http://a", "events": [None]}, None),
        ({"url": "http://a", "format": "yaml"}, 'no format "yaml"; known: json, xml'),
        ({"url": "http://a", "format": ["json"]}, None),
    ],
)
def test_a_wrong_webhook_is_told(body: Any, detail: str | None, live: Live) -> None:
    status, code, told = live.problem("PUT", "webhook", body)

    assert (status, code) == (400, "webhook")
    assert detail is None or told == detail
    assert live.get("webhook") == NOWHERE


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/hook",
        "ftp://example.com/",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://",
        "http:///hook",
        "http://:80/",
        "http://a:0/",
        "http://a:99999/",
        "http://a:port/",
        "http://[::1/",
        "http://user:secret@example.com/",
        "http://a\nb/",
    ],
)
def test_what_is_no_http_address_is_refused(url: str, live: Live) -> None:
    status, code, detail = live.problem("PUT", "webhook", {"url": url})

    assert (status, code) == (400, "webhook")
    assert "secret@" not in detail


@pytest.mark.parametrize(
    "host",
    [
        "169.254.169.254",
        "169.254.0.1:8080",
        "[fe80::1]",
        "[::ffff:169.254.169.254]",
        "100.100.100.200",
        "[fd00:ec2::254]",
        "224.0.0.1",
        "[ff02::1]",
    ],
)
def test_addresses_by_which_machines_tell_secrets_are_refused(host: str, live: Live) -> None:
    status, code, detail = live.problem("PUT", "webhook", {"url": f"http://{host}/latest/"})

    assert (status, code) == (400, "webhook")
    assert detail.startswith("callbacks never go to ")


def test_a_webhook_of_the_start_is_checked_too() -> None:
    told = refused("serve", "--webhook", "http://169.254.169.254/")

    assert told.startswith("webhook: callbacks never go to 169.254.169.254")
