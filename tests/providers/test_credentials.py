"""Whose credentials are right, and do all others get the documented 401?"""

from __future__ import annotations

from base64 import b64encode

import httpx
import pytest

from emulator import Settings
from emulator.core.auth import Account
from tests.conftest import emulator
from tests.providers.bodies import KONNEK, OMNICHAT, Way, assert_refused, letter
from tests.providers.calls import journalled, rejected, send, told

INFOBIP = Way(OMNICHAT, "json")
BY_HEADERS = Way(KONNEK, "json")


def basic(credentials: str) -> str:
    return f"Basic {b64encode(credentials.encode()).decode()}"


@pytest.mark.parametrize(
    "authorization",
    [
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=",
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ",
        "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ====",
        "basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
        "BASIC QWxhZGRpbjpvcGVuIHNlc2FtZQ",
        "Basic  QWxhZGRpbjpvcGVuIHNlc2FtZQ==",
    ],
)
def test_the_documents_account_may_send_however_its_credentials_are_padded(
    authorization: str, client: httpx.Client
) -> None:
    answer = send(client, OMNICHAT, letter(INFOBIP), {"Authorization": authorization})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("authorization", "reason"),
    [
        (None, "no Authorization header"),
        ("Basic", "no colon"),
        ("Basic QWxhZGRpbg==", "no colon"),
        ("Basic ???", "not base64"),
        ("Basic /w==", "not base64 of UTF-8"),
        ("Basic Aladdin:open sesame", "not base64"),
        ("Aladdin:open sesame", "App"),
        ("QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "App"),
        ("Bearer QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "App"),
        ("App", "App"),
        ("App 0123", "API key is not configured"),
        (basic("Aladdin:open sesam"), 'the password of user "Aladdin" is another one'),
        (basic("Aladdin:"), 'the password of user "Aladdin" is another one'),
        (basic("aladdin:open sesame"), 'no user "aladdin"; known: Aladdin'),
        (basic(":"), 'no user ""'),
    ],
)
def test_missing_malformed_and_wrong_credentials_get_the_documented_401(
    authorization: str | None, reason: str, client: httpx.Client
) -> None:
    answer = send(client, OMNICHAT, letter(INFOBIP), {"Authorization": authorization})

    (why,) = told(answer, "Emulator-Rejection")
    assert_refused(answer, INFOBIP, 401)
    assert len(answer.content) == 97
    assert why.code == "infobip.credentials"
    assert reason in why.message


def test_a_password_may_hold_colons_and_letters_of_any_alphabet() -> None:
    account = Account("Zoë", "søk:op:dør 🚪")

    with emulator(Settings(accounts=(account,))) as client:
        headers = {"Authorization": basic("Zoë:søk:op:dør 🚪")}
        answer = send(client, OMNICHAT, letter(INFOBIP), headers)

    assert answer.status_code == 200


@pytest.mark.parametrize("authorization", ["App 0123-abcd", "app 0123-abcd", "APP  0123-abcd"])
def test_a_configured_key_may_send(authorization: str) -> None:
    with emulator(Settings(api_keys=("0123-abcd",))) as client:
        answer = send(client, OMNICHAT, letter(INFOBIP), {"Authorization": authorization})

    assert answer.status_code == 200


@pytest.mark.parametrize("authorization", ["App 0123-abc", "App", "Basic 0123-abcd"])
def test_another_key_may_not_send(authorization: str) -> None:
    with emulator(Settings(api_keys=("0123-abcd",))) as client:
        answer = send(client, OMNICHAT, letter(INFOBIP), {"Authorization": authorization})

    assert_refused(answer, INFOBIP, 401)


@pytest.mark.parametrize(
    ("headers", "reason"),
    [
        ({"Auth-username": None}, "no Auth-username header"),
        ({"Auth-password": None}, "no Auth-password header"),
        ({"Auth-username": None, "Auth-password": None}, "no Auth-username header"),
        ({"Auth-username": "Aladin"}, 'no user "Aladin"; known: Aladdin'),
        ({"Auth-password": "sesame"}, 'the password of user "Aladdin" is another one'),
        (
            {"Auth-username": None, "Auth-password": None, "Authorization": basic("Aladdin:x")},
            "no Auth-username header",
        ),
    ],
)
def test_konnek_needs_both_its_headers_to_be_right(
    headers: dict[str, str | None], reason: str, client: httpx.Client
) -> None:
    answer = send(client, KONNEK, letter(BY_HEADERS), headers)

    (why,) = told(answer, "Emulator-Rejection")
    assert_refused(answer, BY_HEADERS, 401)
    assert (why.code, why.message) == ("konnek.credentials", reason)


@pytest.mark.parametrize("empty", ["auth-username", "auth-password"])
def test_an_empty_header_is_no_better_than_none(empty: str, client: httpx.Client) -> None:
    headers = {"auth-username": "Aladdin", "auth-password": "open sesame", empty: ""}

    answer = client.post("/whatsapp/send/client1", json=letter(BY_HEADERS), headers=headers)

    assert_refused(answer, BY_HEADERS, 401)


def test_konnek_s_headers_may_be_written_in_any_case(client: httpx.Client) -> None:
    headers = {"AUTH-USERNAME": "Aladdin", "Auth-Password": "open sesame"}

    answer = client.post("/whatsapp/send/client1", json=letter(BY_HEADERS), headers=headers)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("way", "headers"),
    [
        (INFOBIP, {"Authorization": basic("anyone:anything")}),
        (INFOBIP, {"Authorization": "App any-key"}),
        (BY_HEADERS, {"Auth-username": "anyone", "Auth-password": "anything"}),
    ],
)
def test_any_well_formed_credentials_may_send_where_that_is_set(
    way: Way, headers: dict[str, str]
) -> None:
    with emulator(Settings(auth="any")) as client:
        answer = send(client, way.endpoint, letter(way), headers)

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("way", "headers"),
    [
        (INFOBIP, {"Authorization": "Basic ???"}),
        (INFOBIP, {"Authorization": None}),
        (BY_HEADERS, {"Auth-password": None}),
    ],
)
def test_malformed_credentials_may_not_send_even_there(
    way: Way, headers: dict[str, str | None]
) -> None:
    with emulator(Settings(auth="any")) as client:
        answer = send(client, way.endpoint, letter(way), headers)

    assert_refused(answer, way, 401)
    assert rejected(answer) == [f"{way.endpoint.partition('.')[0]}.credentials"]


@pytest.mark.parametrize(
    ("way", "headers"),
    [
        (INFOBIP, {}),
        (INFOBIP, {"Authorization": "QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}),
        (INFOBIP, {"Authorization": "Aladdin:open sesame"}),
        (INFOBIP, {"Authorization": "Basic Aladdin:open sesame"}),
        (INFOBIP, {"Authorization": "App open sesame"}),
        (INFOBIP, {"Authorization": basic("open sesame")}),
        (BY_HEADERS, {}),
        (BY_HEADERS, {"Auth-username": "Ali Baba"}),
    ],
)
def test_credentials_are_told_and_written_down_nowhere(
    way: Way, headers: dict[str, str], client: httpx.Client
) -> None:
    answer = send(client, way.endpoint, letter(way), headers)

    told = f"{answer.headers}{answer.text}{journalled(client, answer)}"
    assert "QWxhZGRpbjpvcGVuIHNlc2FtZQ" not in told
    assert "open sesame" not in told
    assert "<redacted>" in told
