"""`Emulator`: a real server in a thread, for as long as a block lasts."""

from __future__ import annotations

import asyncio
import gc
import http.client
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any

import httpx
import pytest
import uvicorn

from emulator import Emulator, Settings
from emulator.client import Session
from emulator.core.auth import Account
from emulator.core.errors import EmulatorError
from emulator.core.journal import Journal
from tests.processes import ROOT, environment
from tests.receiver import Receiver
from tests.sending import BEA, send


def emulator_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "emulator"]


def test_an_emulator_runs_as_long_as_its_block_and_leaves_nothing_behind() -> None:
    with Emulator() as emulator:
        send(emulator)
        message = emulator.messages.one()
        url = emulator.url

    assert (message.recipient, message.text) == (BEA, "Hello")
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
    assert emulator_threads() == []
    gc.collect()  # an unclosed socket would warn here, which is an error in these tests


def test_coroutines_can_use_it_too() -> None:
    async def application() -> str | None:
        async with Emulator() as emulator, httpx.AsyncClient() as client:
            await client.post(
                f"{emulator.url}/omni/1/text",
                auth=(emulator.username, emulator.password),
                json={"destinations": [{"to": {"phoneNumber": BEA}}], "text": "Hello"},
            )
            (message,) = await emulator.messages.wait_async()
            return message.text

    assert asyncio.run(application()) == "Hello"


def test_settings_come_as_such_or_by_their_names() -> None:
    ann = Account("Ann", "secret")

    with Emulator(Settings(accounts=(ann,), strict=True)) as emulator:
        assert (emulator.username, emulator.password) == ann
        assert emulator.readings.strict
    with Emulator(accounts=[("Ann", "secret")], readings={"konnek-button": "array"}) as emulator:
        assert (emulator.username, emulator.password) == ann
        assert send(emulator).status_code == 200
        assert emulator.readings.all()["konnek-button"] == "array"


def test_settings_may_be_written_in_plain_values() -> None:
    with (
        Receiver() as receiver,
        Emulator(accounts=[("Ann", "a:b")], api_keys=["key"], webhook=receiver.url) as emulator,
    ):
        key = {"authorization": "App key"}
        assert httpx.post(f"{emulator.url}/omni/1/text", headers=key).status_code == 400
        assert (emulator.username, emulator.password) == ("Ann", "a:b")
        emulator.clock.freeze("2026-01-31T12:00:00Z")
        assert send(emulator).status_code == 200
        emulator.clock.advance(seconds=1)
        assert [told.state for told in emulator.callbacks.all()] == ["delivered"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"strickt": True}, 'no setting "strickt"; did you mean "strict"'),
        ({"auth": "lsited"}, 'no auth "lsited"; did you mean "listed"'),
        ({"journal_limit": 0}, "journal_limit is at least 1, not 0"),
        ({"port": 99999}, r"port takes 0 \(any free one\) to 65535, not 99999"),
        ({"accounts": []}, "accounts names nobody who may send; leave it out for Aladdin"),
        ({"accounts": ["Ann:secret"]}, "an account is a pair of user and password, not 'Ann:se"),
        ({"accounts": [("Ann", "b", "c")]}, "an account is a pair of user and password, not "),
        ({"api_keys": "key"}, "api_keys takes a list of keys, not 'key'"),
        ({"webhook": "ftp://x"}, 'webhook: "ftp://x" is no http or https URL'),
        ({"host": "0.0.0.0"}, "host 0.0.0.0 is reachable from other machines; if it shall be, say"),
    ],
)
def test_a_setting_that_cannot_be_is_an_error(options: dict[str, Any], told: str) -> None:
    with pytest.raises(EmulatorError, match=told):
        Emulator(**options)


def test_one_that_is_exposed_has_a_token_that_its_own_session_knows() -> None:
    with Emulator(host="0.0.0.0", expose=True) as emulator:
        status = httpx.post(f"{emulator.url}/__admin/reset").status_code
        emulator.reset()

    assert status == 401


def test_what_keeps_it_from_starting_is_raised() -> None:
    with Emulator() as emulator:
        port = int(emulator.url.rpartition(":")[2])
        with pytest.raises(EmulatorError, match=f"cannot listen on 127.0.0.1:{port}"):
            Emulator(port=port).__enter__()
    with pytest.raises(EmulatorError, match="konnek-button"):
        Emulator(readings={"konnek-button": "aray"}).__enter__()

    assert emulator_threads() == []


def test_the_same_seed_gives_the_same_ids() -> None:
    ids = []
    for _ in range(2):
        with Emulator(seed="s") as emulator:
            send(emulator)
            ids.append(emulator.messages.one().id)

    assert ids[0] == ids[1]


def test_many_live_side_by_side() -> None:
    with ExitStack() as opened:
        emulators = [opened.enter_context(Emulator()) for _ in range(10)]
        for number, emulator in enumerate(emulators):
            send(emulator, text=f"to {number}")

        texts = [emulator.messages.one().text for emulator in emulators]

    assert texts == [f"to {number}" for number in range(10)]


def hold_a_connection(emulator: Session) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(emulator.url.rpartition(":")[2]))
    connection.request("GET", "/__admin/health")
    connection.getresponse().read()
    connection.sock.recv(1)
    connection.close()


def hold_a_long_poll(emulator: Session) -> None:
    httpx.get(f"{emulator.url}/__admin/messages?wait=30", timeout=40)


def hold_the_events(emulator: Session) -> None:
    httpx.get(f"{emulator.url}/__admin/events", timeout=40)


def hold_a_hung_request(emulator: Session) -> None:
    send(emulator, "447700900905")


def hold_a_late_answer(emulator: Session) -> None:
    emulator.delay(30)
    send(emulator)


@pytest.mark.parametrize(
    "hold",
    [
        hold_a_connection,
        hold_a_long_poll,
        hold_the_events,
        hold_a_hung_request,
        hold_a_late_answer,
    ],
)
def test_it_ends_at_once_and_quietly_whatever_is_open(
    hold: Callable[[Session], None], caplog: pytest.LogCaptureFixture
) -> None:
    def held() -> None:
        with suppress(httpx.TransportError, ConnectionError):
            hold(emulator)

    with caplog.at_level(logging.DEBUG, "uvicorn"), ExitStack() as opened:
        emulator = opened.enter_context(Emulator())
        holding = threading.Thread(target=held)
        holding.start()
        time.sleep(0.1)  # for the request to be held, which nothing tells

        began = time.monotonic()
        opened.close()
        took = time.monotonic() - began

        holding.join(10)
    assert not holding.is_alive()
    assert took < 1
    assert emulator_threads() == []
    assert [record.getMessage() for record in caplog.records if "uvicorn" in record.name] == []


def test_another_uvicorn_server_of_the_process_is_left_alone() -> None:
    log = logging.getLogger("uvicorn.error")
    before = (log.level, [*log.handlers], [*log.filters])

    with Emulator() as emulator:
        send(emulator)

    assert (log.level, log.handlers, log.filters) == before
    assert uvicorn.Config(None).loaded is False  # type: ignore[arg-type]


def break_the_journal(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(self: Journal, name: str) -> int:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Journal, "uses", broken)


def test_a_bug_of_the_emulator_is_raised_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    break_the_journal(monkeypatch)
    emulator = Emulator()
    session = emulator.__enter__()
    answer = send(session.new_session(), "447700900429")

    with pytest.raises(EmulatorError, match=r"a bug of the emulator: (?s:.*)ZeroDivisionError"):
        emulator.__exit__(None, None, None)

    assert answer.headers["emulator-error"] == "ZeroDivisionError"


def test_a_bug_of_the_emulator_is_added_to_the_error_it_caused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    break_the_journal(monkeypatch)

    with pytest.raises(KeyError) as error, Emulator() as emulator:
        send(emulator, "447700900429").json()["bulkId"]

    (note,) = error.value.__notes__
    assert note.startswith("Besides, there was a bug of the emulator: Traceback")


def python(code: str) -> Any:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return done.stdout


def test_importing_the_package_loads_nothing_of_weight() -> None:
    loaded = python(
        "import sys, emulator\n"
        "print([name for name in ('httpx', 'starlette', 'uvicorn', 'jsonschema_rs', 'emulator.app')"
        " if name in sys.modules])"
    )

    assert loaded == "[]\n"


def test_a_process_that_forgets_to_stop_it_ends_all_the_same() -> None:
    told = python("from emulator import Emulator; print(Emulator().__enter__().requests.count())")

    assert told == "0\n"
