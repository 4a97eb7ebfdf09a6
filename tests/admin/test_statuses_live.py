"""The event of a status tells all that a page needs to show it."""

from __future__ import annotations

from itertools import islice

import httpx

from emulator.client.events import events
from tests.providers.examples import accepted


def test_a_status_comes_with_the_whole_status_of_its_message(server: httpx.Client) -> None:
    session = f"{str(server.base_url).rstrip('/')}/__session/statuses-live"
    example = accepted("konnek.send-message")
    httpx.put(f"{session}/__admin/clock", json={"mode": "frozen"}).raise_for_status()
    httpx.post(f"{session}{example.path}", headers=example.headers, content=example.request)
    (message,) = httpx.get(f"{session}/__admin/messages").json()["messages"]

    httpx.post(f"{session}/__admin/messages/{message['id']}/seen").raise_for_status()

    told = (event for event in events(session, "0") if event and event.name == "status")
    *_, seen = (event.data for event in islice(told, 2))
    (message,) = httpx.get(f"{session}/__admin/messages").json()["messages"]
    assert seen == {
        "message": message["id"],
        **message["history"][-1],
        "current": {"name": "Read", "group": "DELIVERED", "id": 3},
    }
    assert message["status"] == seen["current"]
