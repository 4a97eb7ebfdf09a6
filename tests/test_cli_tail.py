"""`tail` in a process of its own, following an emulator."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from emulator import Emulator
from emulator.client import Session
from tests.processes import COMMAND, ROOT, environment, free_port, refused, serving
from tests.sending import BEA, CY, send


class Tail:
    """A running `tail`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stdout is not None
        assert process.stderr is not None
        self._stdout, self.stderr = process.stdout, process.stderr

    def line(self) -> str:
        """The next line, ids and times made plain."""
        line = re.sub(r"\d\d:\d\d:\d\d\.\d{3}", "TIME", self._stdout.readline().rstrip("\n"))
        line = re.sub(r"[0-9a-f-]{36,}", "ID", line)
        return re.sub(r"\b\d+-[0-9a-f]{8}\b", "ID", line)

    def is_following(self) -> str:
        """What it says once it follows, after whatever it said before."""
        return self.stderr.readline()

    def stop_reading(self) -> None:
        """Close the pipe that it writes to."""
        self._stdout.close()


@contextmanager
def tail(url: str, *arguments: str) -> Iterator[Tail]:
    """`tail` that follows already."""
    with subprocess.Popen(
        [*COMMAND, "tail", url, *arguments],
        cwd=ROOT,
        env=environment({"PYTHONUNBUFFERED": ""}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        # So that a line that never comes fails its test.
        limit = threading.Timer(30, process.kill)
        limit.start()
        try:
            running = Tail(process)
            assert running.is_following().startswith("following http://")
            yield running
        finally:
            limit.cancel()
            process.kill()


@pytest.fixture
def emulator() -> Iterator[Session]:
    with Emulator() as emulator:
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
        before = [following.line(), following.line()]
        first.end()
        gone = following.is_following()
        with serving(tmp_path, variables=port) as second:
            again = following.is_following()
            second.send(body=body % CY)
            after = [following.line() for _ in range(2)]

    assert BEA in before[0]
    assert gone == f"the emulator at {first.url} went away (the stream has ended); waiting for it\n"
    assert again == f"following {first.url} (Ctrl-C ends)\n"
    assert after[0].strip() == "reset: restarted"
    assert CY in after[1]


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
