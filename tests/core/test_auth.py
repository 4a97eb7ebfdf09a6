"""Who may call, and how credentials may be spelt."""

from __future__ import annotations

from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.auth import Account, Accounts, AuthorizationHeader, HeaderPair
from emulator.core.exchange import Finding
from emulator.core.rejections import Unauthorized

ALL = (Account("Ann", "secret"), Account("Bob", "pass:word"), Account("Zoë", "héhé"))
ACCOUNTS = Accounts(frozenset(ALL), frozenset({"key-1", "key-2"}))
ANYONE = Accounts(frozenset(), anyone=True)
HEADER = AuthorizationHeader()
PAIR = HeaderPair("auth-username", "auth-password")

NEITHER = "the Authorization header holds neither Basic nor App credentials"


def basic(credentials: str) -> str:
    return f"Basic {b64encode(credentials.encode()).decode()}"


def refused(
    scheme: AuthorizationHeader | HeaderPair, headers: dict[str, str], accounts: Accounts = ACCOUNTS
) -> str:
    with pytest.raises(Unauthorized) as unauthorized:
        scheme.check(headers, accounts)
    (finding,) = unauthorized.value.findings
    assert finding == Finding("credentials", finding.message)
    return finding.message


@pytest.mark.parametrize("account", ALL)
def test_a_listed_account_is_admitted_by_basic(account: Account) -> None:
    headers = {"authorization": basic(":".join(account))}

    assert HEADER.check(headers, ACCOUNTS) == account


@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC", "bAsIc"])
@pytest.mark.parametrize("credentials", ["QW5uOnNlY3JldA==", "QW5uOnNlY3JldA=", "QW5uOnNlY3JldA"])
@pytest.mark.parametrize("space", [" ", "   "])
def test_padding_case_and_spaces_do_not_matter(scheme: str, credentials: str, space: str) -> None:
    headers = {"authorization": f"{scheme}{space}{credentials}"}

    assert HEADER.check(headers, ACCOUNTS) == Account("Ann", "secret")


@given(st.text(min_size=1).filter(lambda user: ":" not in user), st.text(), st.integers(0, 3))
def test_every_pair_is_read_as_it_was_written(user: str, password: str, padding: int) -> None:
    credentials = b64encode(f"{user}:{password}".encode()).decode().rstrip("=") + "=" * padding

    assert HEADER.check({"authorization": f"Basic {credentials}"}, ANYONE) == (user, password)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (basic("Ann:wrong"), 'the password of user "Ann" is another one'),
        (basic("Bob:pass"), 'the password of user "Bob" is another one'),
        (basic("ann:secret"), 'no user "ann"; known: Ann, Bob, Zoë'),
        (basic("Eve:secret"), 'no user "Eve"; known: Ann, Bob, Zoë'),
        (basic(":"), 'no user ""; known: Ann, Bob, Zoë'),
        (basic("Ann"), "the Basic credentials hold no colon between user and password"),
        ("Basic", "the Basic credentials hold no colon between user and password"),
        ("", "no Authorization header"),
        ("Bearer abc", NEITHER),
        ("App", NEITHER),
        ("App  ", NEITHER),
        ("App key-3", "this API key is not configured"),
        ("App KEY-1", "this API key is not configured"),
    ],
)
def test_wrong_credentials_are_refused_with_the_reason(header: str, message: str) -> None:
    assert refused(HEADER, {"authorization": header}) == message


@pytest.mark.parametrize(
    "credentials",
    ["QW5u!OnNlY3JldA==", "QW5uOnNlY3JldA==QQ==", "Q", "QW5u OnNl", "/////w==", "Ünn"],
)
def test_what_is_not_base64_of_utf_8_is_refused(credentials: str) -> None:
    for accounts in (ACCOUNTS, ANYONE):
        message = refused(HEADER, {"authorization": f"Basic {credentials}"}, accounts)

        assert message.startswith("the Basic credentials are not base64 of UTF-8: ")


def test_no_header_is_refused() -> None:
    assert refused(HEADER, {}) == "no Authorization header"


@pytest.mark.parametrize("scheme", ["App", "app", "APP"])
def test_a_configured_api_key_is_admitted(scheme: str) -> None:
    assert HEADER.check({"authorization": f"{scheme} key-2"}, ACCOUNTS) == Account("App", "")


def test_anyone_with_well_formed_credentials_is_admitted_where_all_are() -> None:
    assert HEADER.check({"authorization": basic("Eve:x")}, ANYONE) == Account("Eve", "x")
    assert HEADER.check({"authorization": "App any-key"}, ANYONE) == Account("App", "")
    assert PAIR.check({"auth-username": "Eve", "auth-password": "x"}, ANYONE) == ("Eve", "x")


def test_no_secret_is_told_to_who_was_refused() -> None:
    told = [
        refused(HEADER, {"authorization": basic("Ann:gue55ed")}),
        refused(HEADER, {"authorization": basic("Eve:gue55ed")}),
        refused(HEADER, {"authorization": "App gue55ed"}),
        refused(HEADER, {"authorization": "gue55ed"}),
        refused(HEADER, {"authorization": "gue55ed gue55ed"}),
        refused(HEADER, {"authorization": "Basic gue55ed"}),
        refused(PAIR, {"auth-username": "Ann", "auth-password": "gue55ed"}),
    ]

    assert not any(secret in " ".join(told) for secret in ("gue55ed", "secret", "key-1"))


@pytest.mark.parametrize("account", ALL)
def test_a_listed_account_is_admitted_by_a_pair_of_headers(account: Account) -> None:
    headers = {"auth-username": account.username, "auth-password": account.password}

    assert PAIR.check(headers, ACCOUNTS) == account


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, "no Auth-username header"),
        ({"auth-password": "secret"}, "no Auth-username header"),
        ({"auth-username": "Ann"}, "no Auth-password header"),
        ({"auth-username": "Ann", "auth-password": ""}, "no Auth-password header"),
        ({"authorization": basic("Ann:secret")}, "no Auth-username header"),
        (
            {"auth-username": "Ann", "auth-password": "x"},
            'the password of user "Ann" is another one',
        ),
    ],
)
def test_a_pair_that_is_not_right_is_refused_with_the_reason(
    headers: dict[str, str], message: str
) -> None:
    assert refused(PAIR, headers) == message


def test_a_pair_describes_itself_by_its_headers() -> None:
    assert PAIR.description == "Auth-username and Auth-password headers"
