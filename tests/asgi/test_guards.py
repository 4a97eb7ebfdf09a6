"""Who may use the emulator's own pages: no foreign host or origin, no change without the token."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from emulator.settings import Settings
from tests.asgi.toy_app import LETTER, POST, RIGHT, client_of, toy_app

LOCAL = [
    "localhost",
    "127.0.0.1",
    "127.0.0.1:8484",
    "127.8.9.1:1",
    "[::1]:8484",
    "a.b.localhost:80",
]
PRIVATE = [
    "emulator",
    "emulator:8484",
    "10.0.0.7:8484",
    "192.168.1.9",
    "[fd00::7]:8484",
    "ci.internal",
]
FOREIGN = [
    "evil.example",
    "evil.example:8484",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "evil-localhost.example",
    "notlocalhost.example",
    "127.0.0.1@evil.example",
    "127.0.0.1:80@evil.example",
    "evil.example:80:80",
    "localhost, evil.example",
    "localhost,",
    "",
]


def asked(host: str, *, method: str = "GET", path: str = "/__admin/health", **settings: Any) -> Any:
    """Status and problem code of a call under a host name."""
    with client_of(toy_app(**settings)) as client:
        response = client.request(method, path, headers={"host": host})
    return response.status_code, (response.json() if response.content else {}).get("code")


@pytest.mark.parametrize("host", [*LOCAL, "LOCALHOST", "t1.localhost"])
def test_a_loopback_host_is_at_home(host: str) -> None:
    assert asked(host) == (200, None)


@pytest.mark.parametrize("host", [*FOREIGN, *PRIVATE])
def test_a_foreign_host_is_refused_on_the_emulators_own_pages(host: str) -> None:
    assert asked(host) == (403, "host")


@pytest.mark.parametrize("path", ["/__admin/requests", "/__inbox", "/__anything", "/__"])
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "OPTIONS"])
def test_a_foreign_host_is_refused_whatever_it_asks_for(path: str, method: str) -> None:
    assert asked("evil.example", method=method, path=path) == (403, "host")


@pytest.mark.parametrize("host", [*LOCAL, *PRIVATE, "printer.local", "app.test"])
def test_an_exposed_emulator_is_at_home_under_private_names(host: str) -> None:
    assert asked(host, expose=True) == (200, None)


@pytest.mark.parametrize("host", FOREIGN)
def test_an_exposed_emulator_refuses_public_names_too(host: str) -> None:
    assert asked(host, expose=True) == (403, "host")


@pytest.mark.parametrize("host", [*FOREIGN, "api.provider.example", *PRIVATE])
def test_the_emulated_endpoints_answer_under_any_name(host: str) -> None:
    with client_of(toy_app()) as client:
        response = client.post(POST, headers=RIGHT | {"host": host}, content=LETTER)

    assert response.status_code == 200


def test_the_refusal_is_a_problem_that_says_what_to_do() -> None:
    with client_of(toy_app()) as client:
        response = client.get("/__admin/health", headers={"host": "evil.example"})

    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Forbidden",
        "status": 403,
        "detail": 'Host "evil.example" is foreign; call the emulator by its own address',
        "code": "host",
    }


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:8484", 200),
        ("https://localhost:8484", 200),
        ("http://localhost:3000", 403),
        ("http://localhost", 403),
        ("http://evil.example", 403),
        ("null", 403),
        ("", 403),
        ("localhost:8484", 403),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_only_pages_of_the_emulator_itself_may_call_its_pages(
    method: str, origin: str, status: int
) -> None:
    with client_of(toy_app()) as client:
        response = client.request(method, "/__admin/health", headers={"origin": origin})

    assert response.status_code == status
    assert "access-control-allow-origin" not in response.headers


def test_a_foreign_page_can_change_nothing() -> None:
    with client_of(toy_app()) as client:
        client.post(POST, headers=RIGHT, content=LETTER)

        response = client.post("/__admin/reset", headers={"origin": "http://evil.example"})

        kept = client.get("/__admin/requests").json()["total"]
    assert (response.status_code, response.json()["code"], kept) == (403, "origin", 1)


@pytest.fixture
def exposed() -> Iterator[httpx.Client]:
    with client_of(toy_app(expose=True, admin_token="t0ken")) as client:
        client.post(POST, headers=RIGHT, content=LETTER)
        yield client


@pytest.mark.parametrize(
    "path", ["/__admin/health", "/__admin/endpoints", "/__admin/requests", "/__admin/messages"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_reading_needs_no_token(exposed: httpx.Client, method: str, path: str) -> None:
    assert exposed.request(method, path).status_code == 200


@pytest.mark.parametrize(("method", "path"), [("DELETE", "requests"), ("POST", "reset")])
@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Bearer ", "Bearer wrong", "Bearer t0ken2", "Basic t0ken"]
)
def test_a_change_without_the_token_is_refused(
    exposed: httpx.Client, method: str, path: str, authorization: str | None
) -> None:
    headers = {} if authorization is None else {"authorization": authorization}

    response = exposed.request(method, f"/__admin/{path}", headers=headers)

    assert (response.status_code, response.json()["code"]) == (401, "token")
    assert "t0ken" not in response.text
    assert exposed.get("/__admin/requests").json()["total"] == 1


@pytest.mark.parametrize(("method", "path"), [("DELETE", "requests"), ("POST", "reset")])
def test_a_change_with_the_token_is_done(exposed: httpx.Client, method: str, path: str) -> None:
    headers = {"authorization": "Bearer t0ken"}

    response = exposed.request(method, f"/__admin/{path}", headers=headers)

    assert response.status_code == 204
    assert exposed.get("/__admin/requests").json()["total"] == 0


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER  "])
def test_a_token_that_was_chosen_is_needed_even_where_nobody_else_can_call(scheme: str) -> None:
    with client_of(toy_app(admin_token="t0ken")) as client:
        without = client.post("/__admin/reset")
        headers = {"authorization": f"{scheme} t0ken"}
        with_it = client.post("/__admin/reset", headers=headers)

    assert (without.status_code, without.json()["code"]) == (401, "token")
    assert with_it.status_code == 204


@pytest.mark.parametrize("settings", [{"expose": True, "admin_token": ""}, {}])
def test_no_token_is_needed_where_none_was_asked_for(settings: dict[str, Any]) -> None:
    with client_of(toy_app(**settings)) as client:
        assert client.post("/__admin/reset").status_code == 204


def test_an_exposed_application_without_a_token_has_made_one_up() -> None:
    with client_of(toy_app(expose=True)) as client:
        assert client.post("/__admin/reset").status_code == 401
    one, other = (Settings(expose=True).admin_token for _ in range(2))
    assert one
    assert one != other


@pytest.mark.parametrize("path", ["requests/find", "requests/count"])
def test_a_question_that_is_asked_by_post_needs_no_token(exposed: httpx.Client, path: str) -> None:
    assert exposed.post(f"/__admin/{path}", json={}).status_code == 200
    assert exposed.post(f"/__session/t1/__admin/{path}", json={}).status_code == 200


@pytest.mark.parametrize("host", ["api.provider.example", "API.provider.example:8485"])
def test_a_name_that_was_given_to_the_emulator_is_at_home(host: str) -> None:
    names = ("API.provider.example",)

    assert asked(host, names=names) == (200, None)
    assert asked(f"x.{host}", names=names) == (403, "host")


@pytest.mark.parametrize("name", ["testserver", "emulator.example:8484"])
def test_an_application_that_is_called_in_its_own_process_has_the_name_it_is_called_by(
    name: str,
) -> None:
    async def status() -> int:
        transport = httpx.ASGITransport(toy_app())
        async with httpx.AsyncClient(transport=transport, base_url=f"http://{name}") as client:
            return (await client.get("/__admin/messages")).status_code

    assert asyncio.run(status()) == 200


def test_the_emulated_endpoints_need_no_token(exposed: httpx.Client) -> None:
    assert exposed.post(POST, headers=RIGHT, content=LETTER).status_code == 200


@pytest.mark.parametrize("path", ["/__admin/health", "/__admin/docs.css", "/__admin/none", "/__"])
@pytest.mark.parametrize("headers", [{}, {"host": "evil.example"}])
def test_the_emulators_own_pages_mix_with_no_others(path: str, headers: dict[str, str]) -> None:
    with client_of(toy_app()) as client:
        response = client.get(path, headers=headers)

    assert "frame-ancestors 'none'" in response.headers["content-security-policy"]
    assert "default-src 'none'" in response.headers["content-security-policy"]
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["x-frame-options"] == "DENY"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers.get_list("content-security-policy") == [
        response.headers["content-security-policy"]
    ]


def test_a_providers_answer_has_none_of_these_headers() -> None:
    with client_of(toy_app()) as client:
        response = client.post(POST, headers=RIGHT, content=LETTER)

    assert not {"content-security-policy", "x-frame-options"} & set(response.headers)
