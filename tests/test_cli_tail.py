"""`tail` in a process of its own, following an emulator."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from emulator import Emulator
from emulator.client import Session
from tests.processes import free_port, refused, serving
from tests.sending import BEA, CY, send
from tests.tailing import tail


@pytest.fixture
def emulator() -> Iterator[Session]:
    with Emulator() as emulator:
        emulator.clock.freeze()  # so that messages stay as they were sent
        yield emulator


def test_a_message_is_shown_as_its_recipient_got_it(emulator: Session) -> None:
    with tail(emulator.url) as following:
        send(emulator, text="Hello\nagain \x1b[31m")
        httpx.post(
            f"{emulator.url}/omnichat/1/applications/app/integrations/FACEBOOK/message",
            auth=(emulator.username, emulator.password),
            json={
                "to": "user",
                "message": {
                    "type": "BUTTONS",
                    "text": "Tea?",
                    "buttons": [
                        {"type": "POSTBACK", "text": "Yes", "payload": "y"},
                        {"type": "URL", "text": "More", "url": "https://example.com/"},
                    ],
                },
            },
        )

        lines = [following.line() for _ in range(6)]

    assert lines == [
        f"TIME  infobip.omni-text  {BEA}  TEXT  PENDING_ENROUTE  ID",
        "              Hello",
        "              again ?[31m",
        "TIME  infobip.omnichat-message  app → user  BUTTONS  PENDING_ENROUTE  ID",
        "              Tea?",
        "              [Yes] [More → https://example.com/]",
    ]


def test_a_request_that_was_not_accepted_is_shown_with_the_reason(emulator: Session) -> None:
    with tail(emulator.url) as following:
        send(emulator, "")
        send(emulator, path="/omni/2/text")

        lines = [following.line() for _ in range(4)]

    assert lines == [
        "TIME  ID  POST /omni/1/text  400 refused",
        "              refuse infobip.phone-number-empty at /destinations/0/to/phoneNumber:"
        " expected a non-empty string, found an empty one",
        "TIME  ID  POST /omni/2/text  404 unmatched",
        '              refuse infobip.path: nothing is at "/omni/2/text";'
        " did you mean POST /omni/1/text?",
    ]


def test_one_session_can_be_followed(emulator: Session) -> None:
    session = emulator.new_session("s")

    with tail(emulator.url, "--session", "s") as following:
        send(emulator, BEA)
        send(session, CY)

        assert f"  {CY}  " in following.line()


def test_events_are_lines_of_json_for_machines(emulator: Session) -> None:
    with tail(emulator.url, "--json") as following:
        send(emulator)

        request, message = (json.loads(following.line()) for _ in range(2))

    assert (request["event"], request["data"]["outcome"]) == ("request", "accepted")
    assert (message["event"], message["data"]["text"]) == ("message", "Hello")
    assert int(request["id"]) < int(message["id"])


def test_it_goes_on_when_the_emulator_is_started_again(tmp_path: Path) -> None:
    port = {"EMULATOR_PORT": str(free_port())}
    body = '{"destinations":[{"to":{"phoneNumber":"%s"}}],"text":"Hello"}'

    with serving(tmp_path, variables=port) as first, tail(first.url) as following:
        first.send(body=body % BEA)
        following.line_with(BEA)
        first.end()
        gone = following.is_following()
        with serving(tmp_path, variables=port) as second:
            again = following.is_following()
            second.send(body=body % CY)
            following.line_with("reset: restarted")
            following.line_with(CY)

    assert gone == f"the emulator at {first.url} went away (the stream has ended); waiting for it\n"
    assert again == f"following {first.url} (Ctrl-C ends)\n"


def test_ctrl_c_ends_it_cleanly(emulator: Session) -> None:
    with tail(emulator.url) as following:
        send(emulator)
        following.line()

        following.process.send_signal(signal.SIGINT)

        assert following.process.wait(10) == 0
        assert following.stderr.read() == ""


def test_it_ends_cleanly_when_nobody_reads_any_more(emulator: Session) -> None:
    with tail(emulator.url) as following:
        send(emulator)
        following.line()

        following.stop_reading()
        send(emulator)

        assert following.process.wait(10) == 0
        assert following.stderr.read() == ""


def test_where_no_emulator_runs_one_line_says_how_to_start_one() -> None:
    url = f"http://127.0.0.1:{free_port()}"

    sentence = refused("tail", url)

    assert sentence.startswith(f"no emulator answers at {url} (")
    assert sentence.endswith("); start one with: messaging-emulator serve")


def test_a_wrong_session_or_address_is_refused_in_a_line(emulator: Session) -> None:
    assert '"a b" is no name of a session' in refused("tail", emulator.url, "--session", "a b")
    assert refused("tail", "here").startswith('"here" is no URL; for example http://127.0.0.1')
