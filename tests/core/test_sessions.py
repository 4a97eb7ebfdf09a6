"""Isolated worlds: which one a call is addressed to, what is apart, and which must make place."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Sequence
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core import sessions as module
from emulator.core.auth import Account
from emulator.core.session import Session
from emulator.core.sessions import NotOne, Sessions
from tests.core.toy import ANN, PROVIDER, answered, call, run, session

NAMES = ["a", "Z9", "t1.x", "a-b_c.d", "...", "x" * 64]
NO_NAMES = ["", " ", "a b", "a/b", "ä", "x" * 65, "a\n", "a:b", "a%20b", "*"]


@pytest.fixture
def sessions() -> Sessions:
    return opened()


def opened() -> Sessions:
    """Only the default session, and a clock that goes a second further with each look."""
    seconds = count()

    def make(name: str, accounts: Sequence[Account]) -> Session:
        made = session(name)
        made.accounts = made.accounts.with_more(accounts)
        return made

    return Sessions(make, ["toy", "bird"], ANN, lambda: float(next(seconds)))


def basic(account: Account) -> str:
    return "Basic " + base64.b64encode(f"{account.username}:{account.password}".encode()).decode()


def chosen(within: Sessions, prefix: str = "", **headers: str) -> str:
    """The name of the session that a call with this prefix and these headers is addressed to."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    name = within.chosen(prefix, named, PROVIDER.auth)
    return within.default.name if name is None else run(within.open(name)).session.name


def names(within: Sessions) -> list[str]:
    return [known.session.name for known in within]


def test_a_call_that_names_no_session_is_the_default_one_s(sessions: Sessions) -> None:
    assert chosen(sessions) == "default"
    assert chosen(sessions, host="localhost:8484") == "default"
    assert chosen(sessions, host="api.example.com", authorization=basic(ANN)) == "default"


def test_path_goes_before_header_before_host_before_account(sessions: Sessions) -> None:
    for name in ("by-path", "by-header", "by-host", "by-account"):
        run(sessions.open(name))
    owner = sessions.get("by-account")
    assert owner is not None
    ways = {
        "prefix": "/__session/by-path",
        "emulator_session": "by-header",
        "host": "by-host.localhost:8484",
        "authorization": basic(owner.minted["toy"]),
    }

    found = []
    while ways:
        found.append(chosen(sessions, **ways))
        del ways[next(iter(ways))]

    assert found == ["by-path", "by-header", "by-host", "by-account"]


def test_a_session_comes_into_being_by_path_or_header_but_not_by_host(sessions: Sessions) -> None:
    assert chosen(sessions, "/__session/one") == "one"
    assert chosen(sessions, emulator_session="two") == "two"
    assert chosen(sessions, host="three.localhost") == "default"
    assert names(sessions) == ["default", "one", "two"]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("t1.localhost", "t1"),
        ("t1.localhost:8484", "t1"),
        ("T1.LOCALHOST", "t1"),
        ("dotted.name.localhost", "dotted.name"),
        ("t1.example.com", "default"),
        ("t1.localhost.example.com", "default"),
        ("localhost", "default"),
        (".localhost", "default"),
        ("", "default"),
        ("[::1]:8484", "default"),
        ("a b.localhost", "default"),
    ],
)
def test_a_host_names_a_session_that_there_is(sessions: Sessions, host: str, expected: str) -> None:
    for name in ("t1", "dotted.name"):
        run(sessions.open(name))

    assert chosen(sessions, host=host) == expected


def test_what_comes_after_the_name_in_the_prefix_does_not_matter(sessions: Sessions) -> None:
    assert chosen(sessions, "/__session/one/more") == "one"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_may_be(sessions: Sessions, name: str) -> None:
    assert chosen(sessions, emulator_session=name) == name
    assert chosen(sessions, f"/__session/{name}") == name


@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_may_not_be(sessions: Sessions, name: str) -> None:
    with pytest.raises(NotOne) as raised:
        chosen(sessions, emulator_session=name)

    assert str(raised.value) == (
        f'"{name}" is no name of a session; it has 1 to 64 letters, digits and . _ -'
    )
    assert names(sessions) == ["default"]


@given(st.text())
def test_a_name_is_one_or_is_not(name: str) -> None:
    within = opened()

    try:
        run(within.open(name))
    except NotOne:
        assert names(within) == ["default"]
    else:
        assert names(within) == ["default", name]


def test_each_session_has_accounts_of_its_own(sessions: Sessions) -> None:
    one, two = run(sessions.open("one")), run(sessions.open("two"))

    accounts = [*one.minted.values(), *two.minted.values()]
    assert len(set(accounts)) == 4
    assert one.minted.keys() == two.minted.keys() == {"toy", "bird"}
    assert [chosen(sessions, authorization=basic(account)) for account in accounts] == [
        *("one", "one"),
        *("two", "two"),
    ]


def test_a_session_s_accounts_may_send_in_it_and_nowhere_else(sessions: Sessions) -> None:
    one, two = run(sessions.open("one")), run(sessions.open("two"))

    def status(account: Account, within: Session) -> int:
        return answered(call(headers={"authorization": basic(account)}), within).sent.status

    for account in one.minted.values():
        assert status(account, one.session) == 200
        assert [status(account, s) for s in (two.session, sessions.default)] == [401, 401]
    assert [status(ANN, s) for s in (one.session, two.session)] == [200, 200]


def test_a_wrong_password_does_not_choose_the_session(sessions: Sessions) -> None:
    one = run(sessions.open("one"))
    wrong = one.minted["toy"]._replace(password="guessed")

    assert chosen(sessions, authorization=basic(wrong)) == "default"


def test_passwords_follow_from_the_seed_and_the_session() -> None:
    one, again = (run(opened().open("one")) for _ in range(2))
    two = run(opened().open("two"))

    assert one.minted == again.minted
    assert one.minted["toy"].password != two.minted["toy"].password


def test_accounts_that_are_given_may_send_in_the_session(sessions: Sessions) -> None:
    bea = Account("Bea", "honey")

    within = run(sessions.open("one", bea)).session

    sent = answered(call(headers={"authorization": basic(bea)}), within)
    assert sent.sent.status == 200
    assert chosen(sessions, authorization=basic(bea)) == "default"


def test_an_open_session_stays_as_it_is(sessions: Sessions) -> None:
    first = run(sessions.open("one"))

    assert run(sessions.open("one", Account("Bea", "honey"))).session is first.session
    assert Account("Bea", "honey") not in first.session.accounts.listed


def test_sessions_are_listed_in_the_order_of_their_last_use(sessions: Sessions) -> None:
    for name in ("one", "two", "three", "one"):
        chosen(sessions, emulator_session=name)

    assert names(sessions) == ["default", "two", "three", "one"]
    assert [known.used_at for known in sessions] == sorted(known.used_at for known in sessions)


def test_a_free_name_is_given_once(sessions: Sessions) -> None:
    run(sessions.open("s2"))
    free = []
    for _ in range(4):
        free.append(sessions.free_name())
        run(sessions.open(free[-1]))
        run(sessions.close(free[-1]))

    assert free == ["s1", "s3", "s4", "s5"]


def test_calls_in_one_session_are_not_seen_in_another(sessions: Sessions) -> None:
    one, two = (run(sessions.open(name)).session for name in ("one", "two"))

    ids = [answered(call(), within).id for within in (one, one, two)]

    assert len(set(ids)) == 3
    assert [run(s.journal.requests({})).total for s in (one, two, sessions.default)] == [2, 1, 0]
    assert run(two.journal.request(ids[0])) is None


def test_a_closed_session_is_gone_with_its_accounts(sessions: Sessions) -> None:
    one = run(sessions.open("one"))
    answered(call(), one.session)

    run(sessions.close("one"))

    assert (names(sessions), sessions.get("one"), sessions.lost("one")) == (["default"], None, None)
    assert chosen(sessions, authorization=basic(one.minted["toy"])) == "default"
    assert run(run(sessions.open("one")).session.journal.requests({})).total == 0


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> Sessions:
    """Sessions of which three are kept besides the default one."""
    monkeypatch.setattr(module, "MOST_SESSIONS", 4)
    return opened()


def test_of_too_many_sessions_the_one_idle_longest_makes_place(few: Sessions) -> None:
    for name in ("one", "two", "three", "one", "four", "five"):
        chosen(few, emulator_session=name)

    assert names(few) == ["default", "one", "four", "five"]
    assert few.evicted == 2


def test_the_default_session_never_makes_place(few: Sessions) -> None:
    for n in range(20):
        chosen(few, emulator_session=f"t{n}")

    assert names(few)[0] == "default"
    assert few.evicted == 17


def test_what_was_lost_with_an_evicted_session_is_told_until_it_begins_anew(few: Sessions) -> None:
    one = run(few.open("one"))
    for _ in range(2):
        answered(call(), one.session)
    for name in ("two", "three", "four", "five"):
        run(few.open(name))
    lost = [few.lost(name) for name in ("one", "two", "three", "never")]

    again = run(few.open("one"))

    page = run(again.session.journal.requests({}))
    assert lost == [2, 0, None, None]
    assert few.lost("one") is None
    assert (page.total, page.evicted) == (0, 2)
    run(again.session.reset())
    assert run(again.session.journal.requests({})).evicted == 0


def test_an_evicted_session_takes_its_accounts_along(few: Sessions) -> None:
    one = run(few.open("one"))
    for name in ("two", "three", "four"):
        run(few.open(name))

    assert few.get("one") is None
    assert chosen(few, authorization=basic(one.minted["toy"])) == "default"


def test_a_session_with_a_call_in_flight_does_not_make_place(few: Sessions) -> None:
    run(few.open("one")).session.in_flight = 1
    for name in ("two", "three", "four"):
        run(few.open(name))

    assert names(few) == ["default", "one", "three", "four"]


def test_a_session_in_which_somebody_waits_does_not_make_place(few: Sessions) -> None:
    async def crowd() -> None:
        one = (await few.open("one")).session
        waiting = asyncio.ensure_future(one.journal.changed(within=10))
        await asyncio.sleep(0)
        for name in ("two", "three", "four"):
            await few.open(name)
        waiting.cancel()

    run(crowd())

    assert names(few) == ["default", "one", "three", "four"]


def test_a_session_never_makes_place_for_itself(
    few: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two", "three"):
        run(few.open(name)).session.in_flight = 1

    opened = run(few.open("four"))

    assert few.get("four") is opened
    assert names(few) == ["default", "one", "two", "three", "four"]


def test_closing_a_session_ends_all_waiting_in_it(sessions: Sessions) -> None:
    async def story() -> list[Any]:
        one = (await sessions.open("one")).session
        waiting = [
            asyncio.ensure_future(one.journal.changed(within=30)),
            asyncio.ensure_future(one.pause(30)),
        ]
        await asyncio.sleep(0)
        await sessions.close("one")
        async with asyncio.timeout(1):
            return await asyncio.gather(*waiting)

    assert run(story()) == [False, True]


def test_a_reset_waits_until_what_is_in_flight_is_settled(sessions: Sessions) -> None:
    within = sessions.default
    order = []

    async def held() -> None:
        within.in_flight += 1
        await within.pause(30)
        await asyncio.sleep(0.01)
        order.append("settled")
        within.leave()

    async def story() -> None:
        holding = asyncio.ensure_future(held())
        await asyncio.sleep(0)
        await within.reset()
        order.append("reset")
        await holding

    run(story())

    assert order == ["settled", "reset"]
