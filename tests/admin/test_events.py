"""What happens, as it happens: the stream of events on a real socket."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from tests.admin.conftest import Toys
from tests.asgi.toy_app import LETTER, POST, RIGHT, on_a_socket, toy_app
from tests.processes import serving
from tests.providers.examples import accepted

EXAMPLE = accepted("infobip.omni-text")


class Event(NamedTuple):
    """One event as it came over the wire."""

    id: int
    kind: str
    data: dict[str, Any]


class Following:
    """The events that arrive on a connection, one after another."""

    def __init__(self, stream: httpx.Response) -> None:
        self._lines = stream.iter_lines()

    def next(self) -> Event:
        """The next event."""
        found = self._next()
        assert found is not None, "the stream ended"
        return found

    def some(self, number: int) -> list[Event]:
        return [self.next() for _ in range(number)]

    def ended(self) -> bool:
        """Whether the server ends the stream instead of telling more."""
        return self._next() is None

    def _next(self) -> Event | None:
        fields: dict[str, str] = {}
        comments = 0
        for line in self._lines:
            if line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields.keys() == {"id", "event", "data"}:
                return Event(int(fields["id"]), fields["event"], json.loads(fields["data"]))
            else:
                # A comment, which only keeps the connection open.
                assert fields.keys() == {""}, fields
                comments += 1
                assert comments < 4, "nothing was told for half a minute"
                fields = {}
        return None


@contextmanager
def following(client: httpx.Client, last: int | None = None, **query: Any) -> Iterator[Following]:
    """Follow the events of the client's session, after the last one that is known."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    with client.stream("GET", "/__admin/events", params=query, headers=headers) as stream:
        assert (stream.status_code, stream.headers["content-type"]) == (
            200,
            "text/event-stream; charset=utf-8",
        )
        yield Following(stream)


def send(client: httpx.Client) -> str:
    """Send a message and give the id of the request."""
    answer = client.post(EXAMPLE.path, headers=EXAMPLE.headers, content=EXAMPLE.request)
    assert answer.status_code == 200
    id: str = answer.headers["Emulator-Request"]
    return id


def kinds(events: list[Event]) -> list[str]:
    return [event.kind for event in events]


@pytest.fixture
def still(world: httpx.Client) -> httpx.Client:
    """A session in which nothing happens by itself."""
    world.put("/__admin/clock", json={"mode": "frozen"})
    return world


def test_a_request_and_its_message_are_told_as_the_admin_api_gives_them(
    still: httpx.Client,
) -> None:
    with following(still) as events:
        id = send(still)
        request, message = events.some(2)

    assert kinds([request, message]) == ["request", "message"]
    assert request.data == still.get(f"/__admin/requests/{id}").json()
    assert message.data == still.get("/__admin/messages").json()["messages"][0]
    assert message.id == request.id + 1


def test_events_come_in_the_order_in_which_things_happened(still: httpx.Client) -> None:
    with following(still) as events:
        ids = [send(still) for _ in range(20)]
        found = events.some(40)

    assert kinds(found) == ["request", "message"] * 20
    assert [event.data["id"] for event in found if event.kind == "request"] == ids
    assert [event.id for event in found] == [*range(found[0].id, found[0].id + 40)]


def test_only_what_happens_from_now_on_is_told_unless_asked_for(still: httpx.Client) -> None:
    send(still)

    with following(still) as events:
        id = send(still)

        assert events.next().data["id"] == id


@pytest.mark.parametrize("way", [{"last": 0}, {"after": 0}])
def test_everything_that_is_kept_is_told_from_the_beginning(
    still: httpx.Client, way: dict[str, int]
) -> None:
    ids = [send(still) for _ in range(3)]

    with following(still, **way) as events:
        ids.append(send(still))
        found = events.some(8)

    assert [event.data["id"] for event in found if event.kind == "request"] == ids
    assert [event.id for event in found] == [*range(1, 9)]


def test_a_stream_goes_on_after_the_last_event_that_is_known(still: httpx.Client) -> None:
    with following(still) as events:
        send(still)
        last = events.some(2)[-1].id
    missed = [send(still) for _ in range(2)]

    with following(still, last) as events:
        found = events.some(4)
        missed.append(send(still))
        found += events.some(2)

    assert [event.data["id"] for event in found if event.kind == "request"] == missed
    assert [event.id for event in found] == [*range(last + 1, last + 7)]


def test_the_header_goes_before_the_query(still: httpx.Client) -> None:
    send(still)

    with following(still, last=1, after=0) as events:
        assert events.next().kind == "message"


def test_many_events_at_once_are_all_told(still: httpx.Client) -> None:
    for _ in range(30):
        send(still)
    with following(still, 0) as events:
        assert len({event.id for event in events.some(60)}) == 60


def test_several_who_follow_are_told_the_same(still: httpx.Client) -> None:
    with following(still) as one, following(still) as other:
        send(still)

        assert one.some(2) == other.some(2)


def test_what_happens_in_another_session_is_not_told(
    still: httpx.Client, server: httpx.Client
) -> None:
    with following(still) as events:
        server.post("/__session/events-elsewhere/__admin/reset")
        id = send(still)

        assert events.next().data["id"] == id


def test_a_status_is_told_with_its_message(still: httpx.Client) -> None:
    with following(still) as events:
        send(still)
        _, message = events.some(2)
        still.post("/__admin/clock/advance", json={"seconds": 60})
        status = events.next()

    assert (status.kind, status.data["message"]) == ("status", message.data["id"])
    assert status.data["status"] == "DELIVERED_TO_HANDSET"


def test_who_comes_back_is_told_of_the_statuses_meanwhile(still: httpx.Client) -> None:
    with following(still) as events:
        send(still)
        last = events.some(2)[-1]
    send(still)
    still.post("/__admin/clock/advance", json={"seconds": 1}).raise_for_status()

    with following(still, last.id) as events:
        found = events.some(4)

    assert sorted(kinds(found)) == ["message", "request", "status", "status"]


def test_a_reset_is_told_and_the_numbers_go_on(still: httpx.Client) -> None:
    with following(still) as events:
        send(still)
        found = events.some(2)
        still.post("/__admin/reset")
        still.put("/__admin/clock", json={"mode": "frozen"})
        send(still)
        found += events.some(3)

    assert kinds(found) == ["request", "message", "reset", "request", "message"]
    assert found[2].data["part"] == "all"
    assert found[2].data["at"].endswith("Z")
    assert [event.id for event in found] == sorted(event.id for event in found)
    assert found[0].data["id"] == found[3].data["id"]


@pytest.mark.parametrize("reset", ["reset", "reset/journal"])
def test_what_happened_before_a_reset_is_told_however_soon_it_comes(
    still: httpx.Client, reset: str
) -> None:
    with following(still) as events:
        ids = []
        for _ in range(20):
            ids.append(send(still))
            still.post(f"/__admin/{reset}").raise_for_status()
            still.put("/__admin/clock", json={"mode": "frozen"})
        found = events.some(60)

    assert kinds(found) == ["request", "message", "reset"] * 20
    assert [event.data["id"] for event in found if event.kind == "request"] == ids
    assert [event.id for event in found] == [*range(found[0].id, found[0].id + 60)]


@pytest.mark.parametrize("part", ["journal", "rules", "callbacks", "clock"])
def test_the_reset_of_a_part_is_told(still: httpx.Client, part: str) -> None:
    with following(still) as events:
        still.post(f"/__admin/reset/{part}")

        assert events.next()[1:] == ("reset", {"at": ANY_TIME, "part": part})


class _AnyTime:
    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other.endswith("Z")


ANY_TIME = _AnyTime()


def test_forgetting_the_requests_is_told_as_a_reset(still: httpx.Client) -> None:
    with following(still) as events:
        still.delete("/__admin/requests")

        assert events.next()[1:] == ("reset", {"at": ANY_TIME, "part": "journal"})


def test_who_missed_a_reset_is_told_that_events_are_gone(still: httpx.Client) -> None:
    with following(still) as events:
        send(still)
        last = events.some(2)[-1].id
    send(still)
    still.post("/__admin/reset")

    with following(still, last) as events:
        found = events.some(2)

    assert [event[1:] for event in found] == [
        ("reset", {"at": None, "part": "evicted"}),
        ("reset", {"at": ANY_TIME, "part": "all"}),
    ]


def test_who_missed_what_was_forgotten_is_told_so() -> None:
    with (
        on_a_socket(toy_app(journal_limit=3)) as port,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", verify=False) as client,
    ):
        client.put("/__admin/clock", json={"mode": "frozen"})
        for _ in range(5):
            client.post(POST, headers=RIGHT, content=LETTER)

        with following(client, 2) as events:
            found = events.some(7)
        with following(client, 4) as events:
            untouched = events.next()

    assert (found[0].kind, found[0].data["part"]) == ("reset", "evicted")
    assert [event.id for event in found] == [2, *range(5, 11)]
    assert kinds(found[1:]) == ["request", "message"] * 3
    assert untouched.id == 5


def test_who_knows_events_of_an_earlier_run_begins_anew(tmp_path: Path) -> None:
    with (
        serving(tmp_path) as emulator,
        httpx.Client(base_url=emulator.url, verify=False) as client,
    ):
        client.put("/__admin/clock", json={"mode": "frozen"})
        send(client)
        with following(client, 999) as events:
            found = events.some(3)
            send(client)
            found += events.some(2)

    assert found[0][1:] == ("reset", {"at": None, "part": "restarted"})
    assert kinds(found[1:]) == ["request", "message"] * 2
    assert [event.id for event in found[1:]] == [1, 2, 3, 4]


def test_a_stream_ends_with_its_session(server: httpx.Client) -> None:
    made = server.post("/__admin/sessions").json()
    with (
        httpx.Client(base_url=made["base_url"], timeout=30, verify=False) as client,
        following(client) as events,
    ):
        server.delete(f"/__admin/sessions/{made['name']}")

        assert events.ended()


@pytest.mark.parametrize("given", ["x", "-1", "1.5", "9" * 30])
def test_a_number_of_an_event_that_is_none_is_a_problem(toys: Toys, given: str) -> None:
    detail = f'parameter "after" takes a whole number from 0 to {10**17}, not "{given}"'

    by_header = toys.client.get("/__admin/events", headers={"Last-Event-ID": given})

    assert toys.problem("events", after=given) == (400, "parameter", detail)
    assert (by_header.status_code, by_header.json()["detail"]) == (400, detail)
