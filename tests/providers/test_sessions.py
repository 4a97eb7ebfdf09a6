"""Worlds apart on one server: their accounts at every provider, and a thousand of them at once."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import httpx
import orjson
import pytest

from emulator import Settings
from tests.conftest import emulator
from tests.providers.bodies import KONNEK, WAYS, Way, letter
from tests.providers.calls import send
from tests.providers.examples import accepted, named


def credentials(endpoint: str, account: Mapping[str, str]) -> dict[str, str | None]:
    """The headers with which an account calls an endpoint."""
    if endpoint == KONNEK:
        return {"auth-username": account["username"], "auth-password": account["password"]}
    pair = f"{account['username']}:{account['password']}"
    return {"authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


@pytest.mark.parametrize("provider", ["infobip", "konnek"])
@pytest.mark.parametrize("way", WAYS, ids=named)
def test_each_account_of_a_session_works_for_every_provider_and_chooses_the_session(
    way: Way, provider: str, client: httpx.Client
) -> None:
    made = client.post("/__admin/sessions", json={"name": "t1"}).json()
    headers = credentials(way.endpoint, made["accounts"][provider])

    answer = send(client, way.endpoint, letter(way), headers, form=way.form)

    record = client.get(
        f"/__session/t1/__admin/requests/{answer.headers['Emulator-Request']}"
    ).json()
    assert (answer.status_code, record["session"]) == (200, "t1")
    assert client.get("/__admin/requests").json()["total"] == 0


@pytest.mark.parametrize("way", WAYS, ids=named)
def test_the_configured_account_works_in_every_session(way: Way, client: httpx.Client) -> None:
    path = f"/__session/t1{accepted(way.endpoint, way.form).path}"

    answer = send(client, way.endpoint, letter(way), path=path, form=way.form)

    assert answer.status_code == 200


@pytest.mark.parametrize("way", WAYS, ids=named)
def test_an_account_of_one_session_is_refused_in_another(way: Way, client: httpx.Client) -> None:
    made = client.post("/__admin/sessions", json={"name": "t1"}).json()
    headers = credentials(way.endpoint, made["accounts"]["infobip"])
    path = f"/__session/t2{accepted(way.endpoint, way.form).path}"

    answer = send(client, way.endpoint, letter(way), headers, path=path, form=way.form)

    assert answer.status_code == 401


def test_a_thousand_sessions_at_once_get_their_own_messages_and_nobody_else_s(
    server_url: str,
) -> None:
    way = Way("infobip.omni-text", "json")
    example = accepted(way.endpoint)

    def send_one(client: httpx.Client, number: int) -> None:
        """Send a message, in one of three ways to say to which session."""
        path, headers = example.path, {**example.headers}
        match number % 3:
            case 0:
                path = f"/__session/crowd-{number}{path}"
            case 1:
                headers["emulator-session"] = f"crowd-{number}"
            case _:
                given = {"name": f"crowd-{number}"}
                made = client.post("/__admin/sessions", json=given).json()
                chosen = credentials(way.endpoint, made["accounts"]["infobip"])
                headers |= {name: str(value) for name, value in chosen.items()}
        body = orjson.dumps(letter(way, text=f"for {number}"))
        assert client.post(path, headers=headers, content=body).status_code == 200

    def got(client: httpx.Client, number: int) -> list[tuple[str, str]]:
        """Session and text of every message that a session has."""
        found = client.get(f"/__session/crowd-{number}/__admin/messages").json()
        return [(message["session"], message["text"]) for message in found["messages"]]

    with ThreadPoolExecutor(25) as threads, ExitStack() as stack:
        clients = [
            stack.enter_context(httpx.Client(base_url=server_url, timeout=30, verify=False))
            for _ in range(25)
        ]
        everybody = [clients[number % 25] for number in range(1000)]
        [*threads.map(send_one, everybody, range(1000))]
        found = [*threads.map(got, everybody, range(1000))]

    assert found == [[(f"crowd-{n}", f"for {n}")] for n in range(1000)]


@pytest.mark.parametrize("seed", [None, "seed"])
def test_ids_are_given_twice_only_where_a_seed_asks_for_it(seed: str | None) -> None:
    def ids(client: httpx.Client) -> set[str]:
        found = set()
        for way in WAYS:
            send(client, way.endpoint, letter(way), form=way.form).raise_for_status()
        for kind in ("requests", "messages"):
            found |= {record["id"] for record in client.get(f"/__admin/{kind}").json()[kind]}
        return found

    with emulator(Settings(seed=seed)) as client:
        before = ids(client)
        client.post("/__admin/reset")
        again = ids(client)
        client.headers["emulator-session"] = "elsewhere"
        elsewhere = ids(client)

    # Konnek repeats the id of the request.
    assert (before == again) == (seed is not None)
    assert len(before & again) == (len(before) if seed else 1)
    assert len(before & elsewhere) == 1
