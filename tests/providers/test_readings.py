from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

import httpx
import pytest

from emulator import Settings, create_app, providers
from tests.conftest import AppTransport
from tests.providers.bodies import (
    FACEBOOK,
    INVITE,
    KONNEK,
    OMNI,
    OMNICHAT,
    Way,
    facebook,
    konnek,
    letter,
    omni,
)
from tests.providers.calls import journalled, rejected, send, warned

OLD_FORM = r"[0-9a-f]{12}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{16}"
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
UNPADDED = {"authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ"}
LONG_TEMPLATE = {
    "type": "TEMPLATE",
    "payload": {
        "type": "BUTTON",
        "text": "x" * 321,
        "buttons": [{"type": "POSTBACK", "title": "t" * 21, "payload": "p" * 1001}],
    },
}


Emulate = Callable[..., httpx.Client]


class Case(NamedTuple):
    """A request that a reading matters to, and the status that each value leads to."""

    reading: str
    statuses: Mapping[str, int]
    code: str
    endpoint: str
    body: Any
    headers: Mapping[str, str | None] = {}


FILE = "https://x.example/file"
TEXT = konnek("text", {"text": "Hi"})
BUTTON = konnek("button", {"text": "Hi", "button": {"key": "k", "title": "t"}})

CASES = [
    Case(
        "basic-padding",
        {"optional": 200, "required": 401},
        "infobip.basic-padding",
        OMNI,
        omni("41793026727"),
        UNPADDED,
    ),
    Case(
        "auth-scheme-case",
        {"insensitive": 200, "exact": 401},
        "infobip.auth-scheme-case",
        OMNI,
        omni("41793026727"),
        {"authorization": "basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="},
    ),
    Case(
        "facebook-file",
        {"accept": 200, "refuse": 400},
        "infobip.facebook-file",
        FACEBOOK,
        facebook({"type": "FILE", "url": FILE}),
    ),
    Case(
        "facebook-text-limit",
        {"truncate": 200, "reject": 400},
        "infobip.facebook-text-max",
        FACEBOOK,
        facebook({"type": "TEXT", "text": "x" * 641}),
    ),
    Case(
        "facebook-template-limits",
        {"accept": 200, "reject": 400},
        "infobip.template-text-max",
        FACEBOOK,
        facebook(LONG_TEMPLATE),
    ),
    Case(
        "invite-placeholder",
        {"optional": 200, "required": 400},
        "infobip.link-placeholder",
        INVITE,
        {"to": "41793026727", "message": "Hi"},
    ),
    Case(
        "konnek-timestamp",
        {"either": 200, "timestamp": 400},
        "konnek.timestampt-spelling",
        KONNEK,
        {**TEXT, "timestamp": None, "timestampt": "2023-11-10"},
    ),
    Case(
        "konnek-button",
        {"either": 200, "array": 400},
        "konnek.button-object",
        KONNEK,
        BUTTON,
    ),
    Case(
        "konnek-times",
        {"any": 200, "positive": 400},
        "konnek.times-min",
        KONNEK,
        {**TEXT, "times": 0},
    ),
    Case(
        "konnek-media-types",
        {"all": 200, "type-row": 400},
        "konnek.type-undocumented",
        KONNEK,
        konnek("voice", {"media": {"url": FILE}}),
    ),
]
"""Each reading that decides whether a request is refused, at each of its values."""

ANSWERS = {
    "omni-xml-status",
    "bulk-id-echo",
    "message-id-form",
    "unauthorized-text",
    "konnek-code-type",
}
"""The readings that decide what is answered; each has a test of its own here."""

SILENT = {("facebook-file", "accept"), ("konnek-media-types", "all")}
"""The values with which nothing is said of what the other value refuses."""


@pytest.fixture
def emulate() -> Iterator[Emulate]:
    """Gives a client of an emulator with such settings."""
    with ExitStack() as stack:

        def started(**settings: Any) -> httpx.Client:
            transport = AppTransport(create_app(Settings(seed="tests", **settings)))
            return stack.enter_context(
                httpx.Client(transport=transport, base_url="http://localhost")
            )

        yield started


def choose(client: httpx.Client, name: str, value: str) -> None:
    """Choose a reading through the admin API."""
    chosen = client.put("/__admin/readings", json={name: value})
    assert chosen.status_code == 200, chosen.text


@pytest.mark.parametrize(
    ("case", "value"),
    [(case, value) for case in CASES for value in case.statuses],
    ids=lambda part: part if isinstance(part, str) else part.reading,
)
def test_a_reading_decides_what_comes_of_a_request(
    case: Case, value: str, client: httpx.Client
) -> None:
    choose(client, case.reading, value)

    answer = send(client, case.endpoint, case.body, case.headers)

    assert answer.status_code == case.statuses[value]
    told = warned(answer) if answer.status_code == 200 else rejected(answer)
    if (case.reading, value) in SILENT:
        assert told == []
    else:
        assert case.code in told
        assert journalled(client, answer)["readings"][case.reading] == value


@pytest.mark.parametrize(
    ("value", "status"), [("accepted", "MESSAGE_ACCEPTED"), ("enroute", "PENDING_ENROUTE")]
)
def test_a_reading_decides_the_status_in_xml(value: str, status: str, client: httpx.Client) -> None:
    choose(client, "omni-xml-status", value)

    answer = send(client, OMNI, letter(Way(OMNI, "xml")), form="xml")

    assert f"<name>{status}</name>" in answer.text
    assert journalled(client, answer)["readings"]["omni-xml-status"] == value


@pytest.mark.parametrize(("value", "bulk_id"), [("supplied", "bulk-1"), ("several", None)])
def test_a_reading_decides_whether_one_destination_has_its_bulk_id_back(
    value: str, bulk_id: str | None, client: httpx.Client
) -> None:
    choose(client, "bulk-id-echo", value)

    answer = send(client, OMNI, omni("41793026727", bulkId="bulk-1"))

    assert answer.json().get("bulkId") == bulk_id
    assert journalled(client, answer)["readings"]["bulk-id-echo"] == value


@pytest.mark.parametrize("endpoint", [OMNICHAT, INVITE, FACEBOOK])
@pytest.mark.parametrize(("value", "form"), [("documented", OLD_FORM), ("uuid", UUID)])
def test_a_reading_decides_the_form_of_generated_ids(
    endpoint: str, value: str, form: str, client: httpx.Client
) -> None:
    choose(client, "message-id-form", value)

    answer = send(client, endpoint, letter(Way(endpoint, "json")))

    assert re.fullmatch(form, answer.json()["messageId"])


@pytest.mark.parametrize(
    ("value", "text"),
    [("invalid-login-details", "Invalid login details"), ("unauthorized", "Unauthorized")],
)
def test_a_reading_decides_the_text_of_a_401(value: str, text: str, client: httpx.Client) -> None:
    choose(client, "unauthorized-text", value)

    answer = send(client, OMNI, omni("41793026727"), {"authorization": None})

    assert answer.json()["requestError"]["serviceException"]["text"] == text
    assert journalled(client, answer)["readings"] == {"unauthorized-text": value}


@pytest.mark.parametrize(("value", "codes"), [("integer", (200, 400)), ("string", ("200", "400"))])
def test_a_reading_decides_the_type_of_konneks_code(
    value: str, codes: tuple[object, object], client: httpx.Client
) -> None:
    choose(client, "konnek-code-type", value)

    right = send(client, KONNEK, konnek("text", {"text": "Hi"}))
    wrong = send(client, KONNEK, konnek("text", {}))

    assert (right.json()["meta"]["code"], wrong.json()["meta"]["code"]) == codes


def test_every_value_of_every_reading_is_tested_here() -> None:
    tested = {case.reading: set(case.statuses) for case in CASES}

    known = {
        reading.name: set(reading.values)
        for provider in providers.installed()
        for reading in provider.readings
        if reading.name not in ANSWERS
    }

    assert known == tested


def test_every_rule_that_a_reading_names_exists(client: httpx.Client) -> None:
    contract = client.get("/__admin/contract").json()["contract"]
    codes = {rule["code"] for rule in contract}

    named = {
        code
        for provider in providers.installed()
        for reading in provider.readings
        for code in reading.codes
    }

    assert named - codes == set()


def test_strict_mode_refuses_what_is_otherwise_warned_of(emulate: Emulate) -> None:
    client = emulate(strict=True)
    long = facebook({"type": "TEXT", "text": "x" * 641})
    unknown = omni("41793026727", colour="red")

    answers = [
        send(client, FACEBOOK, long),
        send(client, OMNI, unknown),
        send(client, OMNI, omni("41793026727"), path="/omni/1/text?colour=red"),
        send(client, OMNI, omni("41793026727"), {"content-type": None}),
    ]

    assert [(answer.status_code, rejected(answer)) for answer in answers] == [
        (400, ["infobip.facebook-text-max"]),
        (400, ["infobip.omni-member-unknown"]),
        (400, ["infobip.query-parameter-unknown"]),
        (415, ["infobip.content-type-missing"]),
    ]


def test_strict_mode_forgives_the_slips_of_the_documents_own_samples(emulate: Emulate) -> None:
    client = emulate(strict=True)

    prefixed = send(client, OMNI, omni("41793026727"), UNPADDED, path="/1/omni/1/text")
    masked = konnek("text", {"text": "Hi"}, recipient="628xxxxxxxx", times=0)
    sample = send(client, KONNEK, masked)

    assert (prefixed.status_code, warned(prefixed)) == (
        200,
        ["infobip.basic-padding", "infobip.path-prefix"],
    )
    assert (sample.status_code, sorted(warned(sample))) == (
        200,
        ["konnek.recipient-format", "konnek.times-min"],
    )


def test_a_reading_that_is_named_goes_before_strict_mode(emulate: Emulate) -> None:
    client = emulate(strict=True, readings=(("facebook-text-limit", "truncate"),))

    answer = send(client, FACEBOOK, facebook({"type": "TEXT", "text": "x" * 641}))

    assert (answer.status_code, warned(answer)) == (200, ["infobip.facebook-text-max"])


def test_a_refused_text_is_not_delivered(emulate: Emulate) -> None:
    client = emulate(readings=(("facebook-text-limit", "reject"),))

    send(client, FACEBOOK, facebook({"type": "TEXT", "text": "x" * 641}))

    assert client.get("/__admin/messages").json()["total"] == 0


def test_what_a_refused_body_is_warned_of_besides_is_told(client: httpx.Client) -> None:
    body = konnek("button", {"text": "Hi", "button": {"key": "k"}})
    choose(client, "konnek-button", "array")

    answer = send(client, KONNEK, body, path="/whatsapp/send/client1?colour=red")

    assert sorted(rejected(answer)) == ["konnek.button-object", "konnek.button-title-required"]
    assert warned(answer) == ["konnek.query-parameter-unknown"]
