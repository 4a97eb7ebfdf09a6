"""Invite links: whoever opens one becomes a user whose key can be sent to."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from tests.admin.live import Live
from tests.providers.bodies import INVITE, OMNICHAT
from tests.providers.calls import send
from tests.providers.examples import accepted


def invited(live: Live, prefix: str = "", channel: str = "FACEBOOK") -> dict[str, Any]:
    """The record of an invite that was sent."""
    path = f"{prefix}/omnichat/1/applications/app-1/integrations/{channel}/invite"
    body = {"to": "41793026727", "message": "Follow us: <link>", "linkPlaceholder": "<link>"}
    assert send(live.client, INVITE, body, path=path).status_code == 200
    (message,) = live.client.get(f"{prefix}/__admin/messages").json()["messages"]
    found: dict[str, Any] = message
    return found


def link(message: dict[str, Any]) -> str:
    (found,) = re.findall("http://[^ ]+", message["text"])
    return str(found)


@pytest.mark.parametrize("prefix", ["", "/__session/t1"])
def test_the_link_is_a_page_that_records_who_opened_it(prefix: str, live: Live) -> None:
    before = invited(live, prefix)

    page = live.client.get(link(before))

    (after,) = live.client.get(f"{prefix}/__admin/messages").json()["messages"]
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert link(before).startswith(f"http://localhost{prefix}/__invite/")
    assert "link" not in before
    assert after["link"]["clicks"] == 1
    assert after["link"]["user_key"] in page.text
    assert re.fullmatch("[0-9A-F]{64}", after["link"]["user_key"])


def test_the_link_works_under_the_name_of_the_provider(live: Live) -> None:
    live.client.headers["host"] = "api.infobip.com"
    path = "/omnichat/1/applications/app-1/integrations/FACEBOOK/invite"
    body = {"to": "41793026727", "message": "Follow us: <link>", "linkPlaceholder": "<link>"}
    send(live.client, INVITE, body, path=path).raise_for_status()
    del live.client.headers["host"]
    (message,) = live.get("messages")["messages"]

    url = httpx.URL(link(message))
    page = live.client.get(url.path, headers={"host": url.host})

    assert url.host == "api.infobip.com"
    assert page.status_code == 200
    assert live.message(message["id"])["link"]["clicks"] == 1


@pytest.mark.parametrize(
    ("channel", "digits"), [("FACEBOOK", 64), ("TELEGRAM", 32), ("telegram", 32)]
)
def test_a_user_key_has_the_documented_shape(channel: str, digits: int, live: Live) -> None:
    message = invited(live, channel=channel)

    live.client.get(link(message))

    assert re.fullmatch(f"[0-9A-F]{{{digits}}}", live.message(message["id"])["link"]["user_key"])


def test_clicks_are_counted_and_the_user_stays_the_same(live: Live) -> None:
    message = invited(live)

    first = live.client.get(link(message)).text
    second = live.client.get(link(message)).text

    assert first == second
    assert live.message(message["id"])["link"]["clicks"] == 2


def test_a_user_key_can_be_sent_to(live: Live) -> None:
    message = invited(live)
    live.client.get(link(message))
    key = live.message(message["id"])["link"]["user_key"]

    id = live.send(OMNICHAT, {"to": key, "message": {"type": "TEXT", "text": "Welcome"}})

    assert live.message(id)["recipient"] == key


def test_the_page_loads_nothing_and_shows_what_it_got_as_text(live: Live) -> None:
    path = accepted(INVITE).path.replace("/invite", "").rsplit("/", 3)[0]
    body = {"to": "<b>41</b>", "message": "Follow <link>", "linkPlaceholder": "<link>"}
    sent = send(live.client, INVITE, body, path=f"{path}/a&b/integrations/FACEBOOK/invite")
    assert sent.status_code == 200
    (message,) = live.get("messages")["messages"]

    page = live.client.get(link(message))

    assert page.headers["content-security-policy"] == "default-src 'none'"
    assert "&lt;b&gt;41&lt;/b&gt; follows the application a&amp;b." in page.text


@pytest.mark.parametrize("path", ["/__invite/none", "/__session/t1/__invite/none"])
def test_a_link_that_leads_nowhere_says_so(path: str, client: httpx.Client) -> None:
    answer = client.get(path)

    assert (answer.status_code, answer.json()["code"]) == (404, "invite")


def test_a_link_leads_nowhere_in_another_session(live: Live) -> None:
    message = invited(live, "/__session/t1")

    answer = live.client.get(link(message).replace("/t1/", "/t2/"))

    assert answer.status_code == 404


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_a_link_is_opened_in_no_other_way(method: str, live: Live) -> None:
    message = invited(live)

    answer = live.client.request(method, link(message))

    assert answer.status_code == 404
    assert "link" not in live.message(message["id"])
