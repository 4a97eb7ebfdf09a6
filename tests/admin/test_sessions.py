"""`/__admin/sessions`, and everything else as it is in a session of its own."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from emulator.admin.table import CALLS
from emulator.core import sessions
from tests.admin.conftest import Toys
from tests.asgi.toy_app import LETTER, POST, RIGHT


def create(toys: Toys, given: Any = None, *, status: int = 201) -> dict[str, Any]:
    """Create a session and give what is told of it."""
    response = toys.client.post("/__admin/sessions", **({} if given is None else {"json": given}))
    assert response.status_code == status, response.text
    told: dict[str, Any] = response.json()
    return told


def post(toys: Toys, prefix: str = "", **headers: str) -> httpx.Response:
    """Post a letter to a session."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return toys.client.post(f"{prefix}{POST}", headers={**RIGHT, **named}, content=LETTER)


def basic(account: dict[str, str]) -> str:
    pair = f"{account['username']}:{account['password']}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def requests(toys: Toys, session: str) -> int:
    found: int = toys.client.get(f"/__session/{session}/__admin/requests").json()["total"]
    return found


def listed(toys: Toys) -> dict[str, int]:
    """The number of requests of each session that there is."""
    return {one["name"]: one["requests"] for one in toys.told("sessions")["sessions"]}


def refused(toys: Toys, given: Any) -> tuple[str, str]:
    """Code and detail of the problem that a session is refused with."""
    response = toys.client.post("/__admin/sessions", json=given)
    assert response.status_code == 400, response.text
    assert response.headers["content-type"] == "application/problem+json"
    return response.json()["code"], response.json()["detail"]


def test_a_session_tells_its_address_and_its_accounts(toys: Toys) -> None:
    made = create(toys, {"name": "t1"})

    assert made["name"] == "t1"
    assert made["base_url"] == "http://localhost:8484/__session/t1"
    assert made["accounts"].keys() == {"toy"}
    assert made["accounts"]["toy"].keys() == {"username", "password"}


@pytest.mark.parametrize("given", [None, {}, {"name": None, "strict": None, "accounts": None}])
def test_a_session_gets_a_name_that_is_free(toys: Toys, given: Any) -> None:
    create(toys, {"name": "s2"})

    names = [create(toys, given)["name"] for _ in range(3)]

    assert len({*names, "s2", "default"}) == 5
    assert all(requests(toys, name) == 0 for name in names)


def test_a_session_that_there_is_stays_as_it_is(toys: Toys) -> None:
    made = create(toys, {"name": "t1"})
    post(toys, "/__session/t1")

    again = create(toys, {"name": "t1", "strict": True}, status=200)

    assert again == made
    assert requests(toys, "t1") == 1
    readings = toys.client.get("/__session/t1/__admin/readings").json()
    assert readings["strict"] is False


@pytest.mark.parametrize("way", ["path", "header", "host", "account"])
def test_a_call_goes_to_the_session_that_it_chooses(toys: Toys, way: str) -> None:
    made = create(toys, {"name": "t1"})
    ways: dict[str, dict[str, str]] = {
        "path": {"prefix": "/__session/t1"},
        "header": {"emulator_session": "t1"},
        "host": {"host": "t1.localhost:8484"},
        "account": {"authorization": basic(made["accounts"]["toy"])},
    }

    answer = post(toys, **ways[way])

    record = toys.client.get(
        f"/__session/t1/__admin/requests/{answer.headers['emulator-request']}"
    ).json()
    assert (answer.status_code, record["session"]) == (200, "t1")
    assert (requests(toys, "t1"), requests(toys, "default")) == (1, 0)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/__session/t1/__admin/messages", {}),
        ("/__admin/messages", {"Emulator-Session": "t1"}),
        ("/__admin/messages", {"Host": "t1.localhost:8484"}),
    ],
)
def test_the_admin_api_is_that_of_the_session_that_is_chosen(
    toys: Toys, path: str, headers: dict[str, str]
) -> None:
    post(toys, "/__session/t1")
    post(toys)
    post(toys)

    assert toys.client.get(path, headers=headers).json()["total"] == 1


LOOK_UPS = [call.path for call in CALLS if call.method == "GET" and "{" not in call.path]


@pytest.mark.parametrize("path", [path for path in LOOK_UPS if path != "/events"])
def test_behind_the_prefix_everything_is_as_without_it(toys: Toys, path: str) -> None:
    response = toys.client.get(f"/__session/never-used/__admin{path}")

    assert response.status_code == 200
    assert response.headers["content-type"] == toys.ask(path[1:]).headers["content-type"]


def test_what_a_session_has_is_its_own(toys: Toys) -> None:
    rule = {"outcomes": [{"refuse": "not-found"}]}
    toys.client.post("/__session/one/__admin/rules", json=rule)
    toys.client.put("/__session/one/__admin/readings", json={"strict": True})
    toys.client.put("/__session/one/__admin/clock", json={"mode": "frozen"})

    def told(session: str, path: str) -> Any:
        return toys.client.get(f"/__session/{session}/__admin/{path}").json()

    assert [post(toys, f"/__session/{s}").status_code for s in ("one", "two")] == [404, 200]
    assert [len(told(s, "rules")["rules"]) for s in ("one", "two")] == [1, 0]
    assert [told(s, "readings")["strict"] for s in ("one", "two")] == [True, False]
    assert [told(s, "clock")["mode"] for s in ("one", "two")] == ["frozen", "real"]


def test_magic_recipients_count_in_each_session_for_itself(toys: Toys) -> None:
    def busy(session: str) -> int:
        body = b'{"to":["busy"],"text":"Hello"}'
        path = f"/__session/{session}{POST}"
        return toys.client.post(path, headers=RIGHT, content=body).status_code

    assert [busy("one") for _ in range(3)] == [429, 429, 200]
    assert [busy("two") for _ in range(3)] == [429, 429, 200]


def test_a_reset_is_of_one_session(toys: Toys) -> None:
    for session in ("one", "two"):
        post(toys, f"/__session/{session}")

    toys.client.post("/__session/one/__admin/reset")

    assert [requests(toys, session) for session in ("one", "two")] == [0, 1]


def test_a_session_may_be_strict_from_its_beginning(toys: Toys) -> None:
    create(toys, {"name": "t1", "strict": True})

    toys.client.post("/__session/t1/__admin/reset")

    assert toys.client.get("/__session/t1/__admin/readings").json()["strict"] is True
    assert toys.told("readings")["strict"] is False


def test_accounts_that_are_given_may_send_in_the_session_only(toys: Toys) -> None:
    bea = {"username": "Bea", "password": "hon:ey"}
    create(toys, {"name": "t1", "accounts": [bea]})

    statuses = [
        post(toys, f"/__session/{session}", authorization=basic(bea)).status_code
        for session in ("t1", "t2", "default")
    ]

    assert statuses == [200, 401, 401]


def test_the_sessions_are_listed_with_what_they_hold(toys: Toys) -> None:
    post(toys, "/__session/one")
    post(toys, "/__session/two")
    post(toys, "/__session/one")

    told = toys.told("sessions")

    assert listed(toys) == {"default": 0, "two": 1, "one": 2}
    assert told["evicted"] == 0
    assert [one["base_url"] for one in told["sessions"]][1:] == [
        "http://localhost:8484/__session/two",
        "http://localhost:8484/__session/one",
    ]
    assert all(one["last_used_at"].endswith("Z") for one in told["sessions"])


def test_a_deleted_session_is_gone(toys: Toys) -> None:
    made = create(toys, {"name": "t1"})
    post(toys, "/__session/t1")

    response = toys.ask("sessions/t1", "DELETE")

    assert (response.status_code, response.content) == (204, b"")
    assert listed(toys) == {"default": 0}
    assert post(toys, authorization=basic(made["accounts"]["toy"])).status_code == 401
    assert requests(toys, "t1") == 0


def test_the_default_session_stays(toys: Toys) -> None:
    assert toys.problem("sessions/default", "DELETE") == (
        400,
        "session",
        "the default session stays; POST /__admin/reset empties it",
    )


def test_a_session_that_is_unknown_cannot_be_deleted(toys: Toys) -> None:
    create(toys, {"name": "checkout"})

    assert toys.problem("sessions/chekout", "DELETE") == (
        404,
        "session",
        'no session "chekout"; did you mean "checkout"?',
    )


@pytest.mark.parametrize("path", ["/__admin/messages", "/toy/north/letters", "/__inbox", ""])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_name_with_a_slash_in_an_address_is_a_problem_and_makes_no_session(
    toys: Toys, method: str, path: str
) -> None:
    response = toys.client.request(method, f"/__session/a%2Fb{path}")

    assert (response.status_code, response.json()["code"]) == (400, "session")
    assert response.json()["detail"] == f'"a/b" {NO_NAME}'
    assert listed(toys) == {"default": 0}


NO_NAME = "is no name of a session; it has 1 to 64 letters, digits and . _ -"
TYPES = '"name" takes a text, and "strict" true or false'
ACCOUNTS = (
    '"accounts" takes a list such as [{"username": "Ann", "password": "secret"}];'
    " a user name has no colon"
)
READINGS = 'readings are an object of names and values, such as {"facebook-text-limit": "reject"}'


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"name": "a/b"}, ("session", f'"a/b" {NO_NAME}')),
        ({"name": ""}, ("session", f'"" {NO_NAME}')),
        ({"name": "x" * 100}, ("session", f'"{"x" * 80}" {NO_NAME}')),
        ({"name": 5}, ("session", TYPES)),
        ({"strict": "yes"}, ("session", TYPES)),
        ({"strict": 0}, ("session", TYPES)),
        ({"nam": "t1"}, ("session", 'no member "nam"; did you mean "name"?')),
        ({"accounts": "Ann"}, ("session", ACCOUNTS)),
        ({"accounts": 0}, ("session", ACCOUNTS)),
        ({"accounts": [["Ann", "secret"]]}, ("session", ACCOUNTS)),
        ({"accounts": [{"username": "Ann"}]}, ("session", ACCOUNTS)),
        ({"accounts": [{"username": "A:n", "password": "x"}]}, ("session", ACCOUNTS)),
        ({"accounts": [{"username": "", "password": "x"}]}, ("session", ACCOUNTS)),
        ({"accounts": [{"username": "A", "password": "x", "a": 1}]}, ("session", ACCOUNTS)),
        ({"readings": {"a": 5}}, ("reading", READINGS)),
        ({"readings": False}, ("reading", READINGS)),
        ({"readings": ["a"]}, ("reading", READINGS)),
        ({"readings": [{"name": [], "value": "a"}]}, ("reading", READINGS)),
        ({"readings": {"a": "b"}}, ("reading", 'no reading "a"; known: ')),
        ([], ("body", "the body is not a JSON object")),
    ],
)
def test_a_session_that_cannot_be_is_a_problem_and_leaves_none(
    toys: Toys, given: Any, expected: tuple[str, str]
) -> None:
    assert refused(toys, given) == expected
    assert listed(toys) == {"default": 0}


@pytest.mark.parametrize(
    ("method", "path", "headers"),
    [
        ("POST", "/__session/a%20b/toy/north/letters", {}),
        ("POST", "/toy/north/letters", {"Emulator-Session": "a b"}),
        ("GET", "/__session/a%20b/__admin/messages", {}),
        ("GET", "/__admin/messages", {"Emulator-Session": "a b"}),
        ("GET", "/__session/a%20b/nowhere", {}),
    ],
)
def test_a_name_that_is_none_is_a_problem_wherever_it_stands(
    toys: Toys, method: str, path: str, headers: dict[str, str]
) -> None:
    response = toys.client.request(method, path, headers={**RIGHT, **headers})

    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": f'"a b" {NO_NAME}',
        "code": "session",
    }
    assert listed(toys) == {"default": 0}


@pytest.mark.parametrize("path", ["/__session/", "/__session//x", "/__session", "/__session/t1"])
def test_a_prefix_without_more_does_no_harm(toys: Toys, path: str) -> None:
    response = toys.client.get(path)

    assert response.status_code in (400, 404)
    assert response.headers["content-type"] == "application/problem+json"


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch, toys: Toys) -> Toys:
    """An emulator that keeps two sessions besides the default one."""
    monkeypatch.setattr(sessions, "MOST_SESSIONS", 3)
    return toys


def test_a_look_up_in_an_evicted_session_says_so(few: Toys) -> None:
    for session in ("one", "one", "two", "three"):
        post(few, f"/__session/{session}")

    for way in (
        few.client.get("/__session/one/__admin/messages"),
        few.client.get("/__admin/requests", headers={"Emulator-Session": "one"}),
    ):
        assert (way.status_code, way.json()["code"]) == (410, "session-evicted")
        assert way.json()["detail"] == (
            'session "one" was idle and had to make place, with its 2 requests, when there were'
            " more than 5000 sessions; a call or change begins it anew"
        )
    assert listed(few) == {"default": 0, "two": 1, "three": 1}
    assert few.told("sessions")["evicted"] == 1


@pytest.mark.parametrize("anew", ["call", "change", "create"])
def test_an_evicted_session_begins_anew_with_a_call_or_a_change(few: Toys, anew: str) -> None:
    for session in ("one", "one", "two", "three"):
        post(few, f"/__session/{session}")

    match anew:
        case "call":
            post(few, "/__session/one")
        case "change":
            few.client.delete("/__session/one/__admin/rules")
        case _:
            create(few, {"name": "one"})

    page = few.client.get("/__session/one/__admin/requests").json()
    assert (page["total"], page["evicted"]) == (1 if anew == "call" else 0, 2)
