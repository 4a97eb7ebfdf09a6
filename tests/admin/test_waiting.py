"""Look-ups that wait: they answer as soon as there is enough, and never later than asked."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import httpx
import orjson
import pytest

from emulator.core.journal import Journal
from tests.admin.conftest import Toys
from tests.asgi.toy_app import POST, RIGHT, toy_app
from tests.providers.examples import accepted

EXAMPLE = accepted("infobip.omni-text")


class Waiters:
    """One emulator, whose clients all run on the loop of the test."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client

    async def post(self, recipient: str = "Bea", session: str = "default") -> None:
        body = orjson.dumps({"to": [recipient], "text": "Hello"})
        path = f"/__session/{session}{POST}"
        response = await self.client.post(path, headers=RIGHT, content=body)
        assert response.status_code == 200

    def waiting(self, kind: str = "messages", **query: Any) -> asyncio.Task[dict[str, Any]]:
        """A look-up that has begun."""

        async def ask() -> dict[str, Any]:
            response = await self.client.get(f"/__admin/{kind}", params=query)
            assert response.status_code == 200, response.text
            found: dict[str, Any] = response.json()
            return found

        return asyncio.get_running_loop().create_task(ask())

    async def begun(self, *tasks: asyncio.Task[Any]) -> None:
        """Give look-ups the time to begin; none of them has anything to answer."""
        done, _ = await asyncio.wait(tasks, timeout=0.05)
        assert done == set()


def told(story: Any) -> Any:
    """What a story with an emulator of its own comes to, in five seconds at most."""

    async def tell() -> Any:
        transport = httpx.ASGITransport(toy_app())
        async with (
            httpx.AsyncClient(transport=transport, base_url="http://localhost") as client,
            asyncio.timeout(5),
        ):
            return await story(Waiters(client))

    return asyncio.run(tell())


def recipients(found: dict[str, Any]) -> list[str]:
    return [message["recipient"] for message in found["messages"]]


def test_what_is_there_is_answered_at_once() -> None:
    async def story(waiters: Waiters) -> dict[str, Any]:
        await waiters.post()
        return await waiters.waiting(wait=60)

    assert recipients(told(story)) == ["Bea"]


@pytest.mark.parametrize("kind", ["messages", "requests"])
def test_a_look_up_is_answered_when_something_arrives(kind: str) -> None:
    async def story(waiters: Waiters) -> dict[str, Any]:
        waiting = waiters.waiting(kind, wait=60)
        await waiters.begun(waiting)
        await waiters.post()
        return await waiting

    assert told(story)["total"] == 1


def test_only_what_the_filters_ask_for_is_waited_for() -> None:
    async def story(waiters: Waiters) -> dict[str, Any]:
        waiting = waiters.waiting(wait=60, recipient="Bea")
        await waiters.post("Cy")
        await waiters.begun(waiting)
        await waiters.post("Bea")
        return await waiting

    assert recipients(told(story)) == ["Bea"]


def test_as_many_are_waited_for_as_count_says() -> None:
    async def story(waiters: Waiters) -> dict[str, Any]:
        waiting = waiters.waiting(wait=60, count=3)
        for recipient in ("Bea", "Cy"):
            await waiters.post(recipient)
            await waiters.begun(waiting)
        await waiters.post("Di")
        return await waiting

    assert recipients(told(story)) == ["Bea", "Cy", "Di"]


def test_more_than_a_page_holds_is_not_waited_for() -> None:
    async def story(waiters: Waiters) -> dict[str, Any]:
        waiting = waiters.waiting(wait=60, count=3, limit=2)
        for recipient in ("Bea", "Cy"):
            await waiters.post(recipient)
        return await waiting

    assert recipients(told(story)) == ["Bea", "Cy"]


def test_what_follows_a_page_is_waited_for() -> None:
    async def story(waiters: Waiters) -> dict[str, Any]:
        await waiters.post("Bea")
        page = await waiters.waiting()
        waiting = waiters.waiting(wait=60, after=page["messages"][0]["id"])
        await waiters.begun(waiting)
        await waiters.post("Cy")
        return await waiting

    assert recipients(told(story)) == ["Cy"]


def test_everybody_who_waits_is_answered() -> None:
    async def story(waiters: Waiters) -> list[dict[str, Any]]:
        waiting = [waiters.waiting(wait=60) for _ in range(50)]
        await waiters.begun(*waiting)
        await waiters.post()
        return await asyncio.gather(*waiting)

    assert [recipients(found) for found in told(story)] == [["Bea"]] * 50


def test_when_the_time_is_over_what_is_there_is_answered() -> None:
    async def story(waiters: Waiters) -> tuple[dict[str, Any], float]:
        await waiters.post()
        began = time.monotonic()
        found = await waiters.waiting(wait=0.3, count=2)
        return found, time.monotonic() - began

    found, seconds = told(story)
    assert recipients(found) == ["Bea"]
    assert 0.3 <= seconds < 1


def test_whoever_waits_does_not_look_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    look = Journal.messages

    async def counted(*arguments: Any) -> Any:
        looks.append(arguments)
        return await look(*arguments)

    async def story(waiters: Waiters) -> None:
        await waiters.waiting(wait=0.3)

    monkeypatch.setattr(Journal, "messages", counted)
    told(story)

    assert len(looks) == 2


def test_what_arrives_in_another_session_is_not_waited_for() -> None:
    async def story(waiters: Waiters) -> dict[str, Any]:
        waiting = waiters.waiting(wait=0.3)
        await waiters.post(session="another")
        return await waiting

    assert recipients(told(story)) == []


def test_a_reset_ends_all_waiting() -> None:
    async def story(waiters: Waiters) -> list[dict[str, Any]]:
        waiting = [waiters.waiting(kind, wait=60) for kind in ("messages", "requests")]
        await waiters.begun(*waiting)
        await waiters.client.post("/__admin/reset")
        return await asyncio.gather(*waiting)

    assert [found["total"] for found in told(story)] == [0, 0]


def test_a_reset_ends_the_waiting_of_one_who_was_just_woken() -> None:
    async def story(waiters: Waiters) -> dict[str, Any]:
        waiting = waiters.waiting(wait=60, count=2)
        await waiters.begun(waiting)
        await waiters.post()
        await waiters.client.post("/__admin/reset")
        return await waiting

    assert told(story)["total"] == 0


def test_the_reset_of_another_session_ends_nothing() -> None:
    async def story(waiters: Waiters) -> dict[str, Any]:
        waiting = waiters.waiting(wait=60)
        await waiters.client.post("/__session/another/__admin/reset")
        await waiters.begun(waiting)
        await waiters.post()
        return await waiting

    assert recipients(told(story)) == ["Bea"]


def test_deleting_a_session_ends_all_waiting_in_it() -> None:
    async def story(waiters: Waiters) -> httpx.Response:
        path = "/__session/t1/__admin/messages?wait=60"
        waiting = asyncio.ensure_future(waiters.client.get(path))
        await asyncio.wait([waiting], timeout=0.05)
        await waiters.client.delete("/__admin/sessions/t1")
        return await waiting

    assert told(story).json()["messages"] == []


def test_a_message_is_waited_for_until_it_has_a_status() -> None:
    async def story(waiters: Waiters) -> dict[str, Any]:
        waiting = waiters.waiting(wait=60, status="LOST")
        then = [{"after": 0.1, "status": "LOST"}]
        await waiters.client.post("/__admin/rules", json={"outcomes": [{"accept": {"then": then}}]})
        await waiters.post()
        return await waiting

    assert recipients(told(story)) == ["Bea"]


@pytest.mark.parametrize("kind", ["messages", "requests"])
@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ({"wait": "61"}, 'parameter "wait" takes a number from 0 to 60, not "61"'),
        ({"wait": "60.1"}, 'parameter "wait" takes a number from 0 to 60, not "60.1"'),
        ({"wait": "-1"}, 'parameter "wait" takes a number from 0 to 60, not "-1"'),
        ({"wait": "1e1"}, 'parameter "wait" takes a number from 0 to 60, not "1e1"'),
        ({"wait": "nan"}, 'parameter "wait" takes a number from 0 to 60, not "nan"'),
        ({"wait": "5s"}, 'parameter "wait" takes a number from 0 to 60, not "5s"'),
        ({"count": "0"}, 'parameter "count" takes a whole number from 1 to 10000, not "0"'),
        ({"count": "1.5"}, 'parameter "count" takes a whole number from 1 to 10000, not "1.5"'),
        ({"count": "10001"}, 'parameter "count" takes a whole number from 1 to 10000, not "10001"'),
        ({"waits": "1"}, 'no parameter "waits"; did you mean "wait"?'),
    ],
)
def test_a_wait_that_makes_no_sense_is_a_problem_at_once(
    toys: Toys, kind: str, query: dict[str, str], detail: str
) -> None:
    assert toys.problem(kind, **query) == (400, "parameter", detail)


@pytest.mark.parametrize("wait", ["0", "0.0", "60", "60.0"])
def test_the_bounds_of_a_wait_are_allowed(toys: Toys, wait: str) -> None:
    toys.post("Bea")

    assert len(toys.told("messages", wait=wait)["messages"]) == 1


def test_a_look_up_on_a_socket_is_answered_within_a_moment_of_the_arrival(
    world: httpx.Client,
) -> None:
    async def story() -> list[float]:
        late = []
        async with httpx.AsyncClient(base_url=world.base_url, timeout=30, verify=False) as client:
            for count in range(1, 11):
                path = f"/__admin/messages?wait=30&count={count}"
                waiting = asyncio.ensure_future(client.get(path))
                await asyncio.wait([waiting], timeout=0.03)
                await client.post(EXAMPLE.path, headers=EXAMPLE.headers, content=EXAMPLE.request)
                arrived = time.monotonic()
                found = await waiting
                late.append(time.monotonic() - arrived)
                assert found.json()["total"] == count
        return sorted(late)

    late = asyncio.run(story())

    # Some 6 ms on a quiet machine; this is to hold on a busy one.
    assert late[5] < 0.25
    assert late[-1] < 0.5
