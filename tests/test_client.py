"""The client: what a test asks of its session, and what it is told when that did not come true."""

from __future__ import annotations

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from emulator import Emulator, resources
from emulator.client import (
    Account,
    Button,
    Callback,
    Inbound,
    Message,
    NearMiss,
    Request,
    Said,
    Session,
    Source,
    Tap,
    Unmet,
    Violation,
    connect,
    records,
)
from emulator.core.errors import EmulatorError
from tests.processes import free_port
from tests.sending import BEA, CY, send


@pytest.fixture(scope="module")
def server() -> Iterator[Session]:
    with Emulator(seed="client") as server:
        yield server


@pytest.fixture
def session(server: Session) -> Iterator[Session]:
    with server.new_session() as session:
        session.clock.freeze()  # so that messages stay as they were sent
        yield session


def told(unmet: pytest.ExceptionInfo[Unmet]) -> list[str]:
    """The lines of a failure, without what differs from run to run."""
    return [
        re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", line)
        for line in re.sub(r"\b\d+-[0-9a-f]{8}\b", "ID", str(unmet.value)).splitlines()
    ]


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        (Message, "message"),
        (Request, "request"),
        (Violation, "violation"),
        (Source, "source"),
        (NearMiss, "near-miss"),
        (Callback, "callback"),
        (Tap, "tap"),
        (Inbound, "inbound"),
    ],
)
def test_a_value_has_every_member_of_its_record(kind: Any, name: str) -> None:
    schema = json.loads((resources.ROOT / f"schemas/emulator/{name}.json").read_text("utf-8"))

    assert {field.name for field in fields(kind)} == set(schema["properties"])


def test_members_that_a_newer_emulator_may_have_are_left_out(session: Session) -> None:
    send(session)
    record = session._api.get("messages")["messages"][0]

    message = records.message({**record, "mood": "good"})

    assert message == session.messages.one()


def test_a_message_is_read_with_all_its_parts(session: Session) -> None:
    send_buttons(session, "user")

    message = session.messages.one(type="buttons")

    assert (message.sender, message.recipient, message.text) == ("app", "user", "Tea?")
    assert message.buttons == (
        Button("postback", "Yes", payload="y"),
        Button("url", "More", url="https://example.com/"),
    )
    assert [step.status for step in message.history] == [message.status.name]
    assert message.history[0].at == message.received_at
    assert session.requests.one().messages == (message.id,)


def test_messages_are_found_by_each_filter(session: Session) -> None:
    send(session, BEA, "Hello Bea")
    send(session, CY, "Hello Cy")

    found = [
        [message.recipient for message in session.messages.all(**filters)]
        for filters in (
            {},
            {"recipient": CY},
            {"text": "Bea"},
            {"endpoint": "konnek.send-message"},
            {"type": "text", "status": "PENDING_ENROUTE"},
        )
    ]

    assert found == [[BEA, CY], [CY], [BEA], [], [BEA, CY]]
    assert (session.messages.count(), session.messages.count(text="Cy")) == (2, 1)


def test_all_gives_more_than_a_page(session: Session) -> None:
    destinations = [{"to": {"phoneNumber": f"4179302{n:04}"}} for n in range(1500)]
    httpx.post(
        f"{session.url}/omni/1/text",
        auth=(session.username, session.password),
        json={"destinations": destinations, "text": "Hello"},
    )

    assert len(session.messages.all()) == session.messages.count() == 1500


def test_one_shows_the_nearest_messages_and_what_was_not_accepted(session: Session) -> None:
    send(session, BEA, "Hullo")
    send(session, CY, "Hello")
    send(session, "", "Hello")

    with pytest.raises(Unmet) as unmet:
        session.messages.one(recipient=CY, text="Hullo")

    assert told(unmet) == [
        f'expected one message with recipient "{CY}" and text containing "Hullo", found none',
        "nearest, of 2:",
        f'  infobip.omni-text  {BEA}  TEXT "Hullo"  PENDING_ENROUTE  ID',
        f'    recipient: expected "{CY}", found "{BEA}"',
        f'  infobip.omni-text  {CY}  TEXT "Hello"  PENDING_ENROUTE  ID',
        '    text: expected containing "Hullo", found "Hello"',
        "not accepted, newest of 1:",
        "  ID  POST /omni/1/text  400 refused",
        "      refuse infobip.phone-number-empty at /destinations/0/to/phoneNumber:"
        " expected a non-empty string, found an empty one",
    ]


def test_one_shows_all_that_it_found_if_that_was_more(session: Session) -> None:
    send(session, BEA)
    send(session, CY)

    with pytest.raises(Unmet) as unmet:
        session.messages.one(text="Hello")

    assert told(unmet) == [
        'expected one message with text containing "Hello", found 2',
        f'  infobip.omni-text  {BEA}  TEXT "Hello"  PENDING_ENROUTE  ID',
        f'  infobip.omni-text  {CY}  TEXT "Hello"  PENDING_ENROUTE  ID',
    ]


def test_a_failure_has_about_twenty_lines_whatever_happened(session: Session) -> None:
    for n in range(12):
        send(session, f"4179302672{n:02}", "Hello\n" * 40)
        send(session, path=f"/omni/{n + 2}/text")

    with pytest.raises(Unmet) as several:
        session.messages.one()
    with pytest.raises(Unmet) as none:
        session.messages.one(recipient="1", text="Bye", type="IMAGE", sender="Me")

    assert max(len(told(several)), len(told(none))) <= 20
    assert max(map(len, told(none))) < 160


def test_nothing_at_all_says_where_something_arrived_instead(
    server: Session, session: Session
) -> None:
    with pytest.raises(Unmet) as nothing:
        session.messages.one()
    send(server)
    with pytest.raises(Unmet) as elsewhere:
        session.messages.one()
    server.reset()

    assert told(nothing)[1] == f"no request has arrived at {session.url}"
    assert told(elsewhere)[1] == (
        f"no request has arrived at {session.url}, but 1 at {server.url};"
        " does the application use the right one?"
    )


def test_a_refused_request_that_was_asked_for_is_shown_with_its_reason(session: Session) -> None:
    send(session, "")

    with pytest.raises(Unmet) as unmet:
        session.requests.one(status=200, outcome="accepted")

    assert told(unmet) == [
        'expected one request with status 200 and outcome "accepted", found none',
        "nearest, of 1:",
        "  ID  POST /omni/1/text  400 refused",
        "      refuse infobip.phone-number-empty at /destinations/0/to/phoneNumber:"
        " expected a non-empty string, found an empty one",
        "    status: expected 200, found 400",
        '    outcome: expected "accepted", found "refused"',
    ]


def test_requests_are_found_by_each_filter(session: Session) -> None:
    send(session, BEA)
    send(session, "")
    send(session, path="/omni/2/text")

    requests = session.requests

    assert [request.outcome for request in requests.all()] == ["accepted", "refused", "unmatched"]
    assert requests.one(recipient=BEA).endpoint == "infobip.omni-text"
    assert requests.one(status=400) == requests.one(outcome="refused")
    assert [near.endpoint for near in requests.unmatched()[0].near_misses][:1] == [
        "infobip.omni-text"
    ]
    assert requests.count(endpoint="infobip.omni-text") == 2


def test_wait_ends_as_soon_as_enough_arrived(session: Session) -> None:
    later = threading.Timer(0.2, send, (session, CY))
    send(session, BEA)
    later.start()
    began = time.monotonic()

    found = session.messages.wait(count=2, timeout=20)

    assert [message.recipient for message in found] == [BEA, CY]
    assert time.monotonic() - began < 10
    later.join()


def test_wait_says_what_it_waited_for(session: Session) -> None:
    send(session, BEA)

    with pytest.raises(Unmet) as messages:
        session.messages.wait(count=2, timeout=0.01, recipient=BEA)
    with pytest.raises(Unmet) as requests:
        session.requests.wait(timeout=0.01, outcome="broken")

    assert told(messages)[0] == f'expected 2 messages with recipient "{BEA}" within 0.01 s, found 1'
    assert told(requests)[0] == 'expected a request with outcome "broken" within 0.01 s, found none'


def test_never_fails_as_soon_as_something_arrives(session: Session) -> None:
    session.messages.never(within=0.01)
    send(session, BEA)
    session.messages.never(within=0.01, recipient=CY)
    began = time.monotonic()

    with pytest.raises(Unmet) as unmet:
        session.messages.never(within=20, recipient=BEA)

    assert time.monotonic() - began < 10
    assert told(unmet) == [
        f'expected no message with recipient "{BEA}" within 20 s, found 1',
        f'  infobip.omni-text  {BEA}  TEXT "Hello"  PENDING_ENROUTE  ID',
    ]


def test_a_coroutine_waits_while_its_loop_goes_on(session: Session) -> None:
    async def application() -> None:
        await asyncio.to_thread(send, session, BEA)

    async def check() -> list[str]:
        await session.messages.never_async(within=0.01)
        sending = asyncio.create_task(application())
        messages = await session.messages.wait_async(timeout=20)
        requests = await session.requests.wait_async(timeout=20)
        await sending
        with pytest.raises(Unmet):
            await session.messages.never_async(within=20)
        with pytest.raises(Unmet):
            await session.messages.wait_async(count=2, timeout=0.01)
        return [messages[0].recipient, requests[0].outcome]

    assert asyncio.run(check()) == [BEA, "accepted"]


@pytest.mark.parametrize(
    ("filters", "error"),
    [
        ({"recipent": BEA}, 'no filter "recipent"; did you mean "recipient"?'),
        ({"outcome": "refused"}, 'no filter "outcome"; filters: endpoint, recipient, sender, '),
        ({"recipient": None}, "filter recipient=None looks for nothing; leave it out for any"),
        ({"text": ""}, "filter text='' looks for nothing; leave it out for any"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_an_error(
    filters: Any, error: str, session: Session
) -> None:
    with pytest.raises(TypeError, match=re.escape(error)):
        session.messages.one(**filters)


def test_a_problem_of_the_admin_api_is_raised_with_its_detail(session: Session) -> None:
    with pytest.raises(EmulatorError, match="no endpoint"):
        session.messages.all(endpoint="infobip.omni-txt")
    with pytest.raises(EmulatorError, match="60"):
        session.messages.wait(timeout=61)


def test_a_rule_tells_how_often_it_was_used(session: Session) -> None:
    rule = session.rule({"refuse": "unavailable"}, {"accept": {}}, recipient=BEA, times=3)

    statuses = [send(session, to).status_code for to in (BEA, CY, BEA)]

    assert statuses == [503, 200, 200]
    assert (rule.uses, rule.remaining) == (2, 1)
    assert (rule.match, rule.times) == ({"recipient": BEA}, 3)


def test_the_common_rules_are_short_to_say(session: Session) -> None:
    refusing = session.refuse("too-many-requests", retry_after=7, times=1)
    refused = send(session)
    late = session.delay(0.05, times=1, name="slow carrier")
    delayed = send(session)
    failing = session.fail("malformed", times=1, delay=0.01)
    broken = send(session)

    assert (refused.status_code, refused.headers["retry-after"]) == (429, "7")
    assert delayed.elapsed.total_seconds() >= 0.05
    with pytest.raises(ValueError, match="char"):
        broken.json()
    assert [rule.id for rule in session.rules] == [failing.id, late.id, refusing.id]
    assert [rule.uses for rule in session.rules] == [1, 1, 1]
    assert repr(late) == "Rule(slow carrier: {} → [{'accept': {}, 'delay': 0.05}])"


def test_a_rule_that_is_removed_or_reset_has_no_effect(session: Session) -> None:
    session.refuse("forbidden").remove()
    first = send(session)
    session.refuse("forbidden")
    session.reset()

    assert (first.status_code, send(session).status_code) == (200, 200)
    assert (session.rules, session.messages.count()) == ([], 1)


def test_a_rule_that_almost_applied_says_why_not(session: Session) -> None:
    rule = session.refuse("forbidden", recipient=CY)
    id = send(session, BEA).headers["emulator-request"]

    (near,) = rule.near_misses

    assert near["request"] == id
    assert BEA in near["differences"][0]


def test_a_wrong_rule_names_what_would_be_right(session: Session) -> None:
    with pytest.raises(EmulatorError, match='no fault "rest"; did you mean "reset"'):
        session.fail("rest")
    with pytest.raises(EmulatorError, match=r"an outcome is a dict such as .*, not 'reset'"):
        session.rule("reset")  # type: ignore[arg-type] # the mistake that is told
    with pytest.raises(TypeError, match="endpont"):
        session.refuse("forbidden", endpont="any")  # type: ignore[call-arg] # the mistake


def test_readings_are_chosen_by_their_names(session: Session) -> None:
    before = session.readings.all()["facebook-text-limit"]

    session.readings.choose(facebook_text_limit="reject", strict=True)

    assert (before, session.readings.all()["facebook-text-limit"]) == ("truncate", "reject")
    assert session.readings.strict
    with pytest.raises(EmulatorError, match="facebook-text-limit"):
        session.readings.choose(facebook_text_limt="reject")


def test_a_session_can_begin_with_choices(server: Session) -> None:
    account = ("Ann", "open door")
    with server.new_session(
        "choosy", strict=True, readings={"konnek-button": "array"}, accounts=[account]
    ) as session:
        send(session)

        assert (session.session, session.url) == ("choosy", f"{server.url}/__session/choosy")
        assert (session.username, session.password) == account
        assert session.accounts.keys() == {"infobip", "konnek"}
        assert session.readings.strict
        assert session.readings.all()["konnek-button"] == "array"
        assert session.messages.count() == 1


def test_the_accounts_of_a_session_lead_to_it(server: Session, session: Session) -> None:
    httpx.post(
        f"{server.url}/omni/1/text",
        auth=(session.username, session.password),
        json={"destinations": [{"to": {"phoneNumber": BEA}}], "text": "Hello"},
    )

    assert session.messages.one().session == session.session
    assert session.accounts["infobip"] == Account(session.username, session.password)


def test_wrong_choices_for_a_session_are_refused(server: Session) -> None:
    with pytest.raises(EmulatorError, match="a pair of user and password, not 'Ann:secret'"):
        server.new_session(accounts=["Ann:secret"])  # type: ignore[list-item]
    with pytest.raises(EmulatorError, match='"a/b" is no name of a session'):
        server.new_session("a/b")
    with pytest.raises(EmulatorError, match="konnek-button"):
        server.new_session(readings={"konnek-buton": "array"})


def test_a_closed_session_is_forgotten(server: Session) -> None:
    with server.new_session("brief") as session:
        send(session)

    assert session.messages.count() == 0
    session.close()
    with pytest.raises(EmulatorError, match='no session "brief"'):
        session.close()


def test_where_no_emulator_runs_one_line_says_how_to_start_one() -> None:
    url = f"http://127.0.0.1:{free_port()}"

    with pytest.raises(EmulatorError) as error, connect(url):
        pass

    assert str(error.value).startswith(f"no emulator answers at {url} (")
    assert str(error.value).endswith("); start one with: messaging-emulator serve")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("url", ["", "localhost:8484", "ftp://localhost", "http://[::1"])
def test_what_is_no_url_is_said_to_be_none(url: str) -> None:
    with pytest.raises(EmulatorError) as error, connect(url):
        pass

    assert str(error.value) == f'"{url}" is no URL; for example http://127.0.0.1:8484'


@pytest.mark.parametrize("answer", [(404, b"not here"), (200, b"<html>"), (200, b"[]")])
def test_what_is_no_emulator_is_said_to_be_none(answer: tuple[int, bytes]) -> None:
    class Other(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(answer[0])
            self.send_header("Content-Length", str(len(answer[1])))
            self.end_headers()
            self.wfile.write(answer[1])

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Other) as other:
        serving = threading.Thread(target=other.handle_request)
        serving.start()
        url = f"http://127.0.0.1:{other.server_port}"
        with pytest.raises(EmulatorError) as error, connect(url):
            pass
        serving.join()

    assert str(error.value).startswith(url)
    assert str(error.value).endswith("by something that is no emulator")


class Application(BaseHTTPRequestHandler):
    """Is told by callbacks."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append(json.loads(body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def told_to() -> Iterator[tuple[str, list[Any]]]:
    """Where an application listens for callbacks, and what it was told."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Application) as application:
        application.told = []  # type: ignore[attr-defined]
        serving = threading.Thread(target=application.serve_forever)
        serving.start()
        yield f"http://127.0.0.1:{application.server_port}/", application.told  # type: ignore[attr-defined]
        application.shutdown()
        serving.join()


def send_buttons(session: Session, recipient: str) -> None:
    buttons = [
        {"type": "POSTBACK", "text": "Yes", "payload": "y"},
        {"type": "URL", "text": "More", "url": "https://example.com/"},
    ]
    httpx.post(
        f"{session.url}/omnichat/1/applications/app/integrations/FACEBOOK/message",
        auth=(session.username, session.password),
        json={
            "to": recipient,
            "message": {"type": "BUTTONS", "text": "Tea?", "buttons": buttons},
        },
    )


def test_a_recipient_taps_and_writes_in_a_conversation(
    session: Session, told_to: tuple[str, list[Any]]
) -> None:
    url, told = told_to
    session.callbacks.send_to(url)
    send_buttons(session, "user")
    conversation = session.conversation("user")

    tapped = conversation.tap("Yes")
    opened = conversation.tap(1)
    written = conversation.reply("With milk")

    assert [message.text for message in conversation.messages] == ["Tea?"]
    assert (tapped.kind, tapped.payload) == ("postback", "y")
    assert (opened.kind, opened.url) == ("url", "https://example.com/")
    assert (written.sender, written.recipient, written.text) == ("user", "app", "With milk")
    callbacks = session.callbacks.wait(count=2, state="delivered")
    assert [callback.event for callback in callbacks] == ["postback", "inbound"]
    assert [callback.id for callback in callbacks] == [tapped.callback, written.callback]
    assert [callback.said for callback in callbacks] == [
        Said("infobip.omnichat-message", "user", "app", "Yes", "y"),
        Said("infobip.omnichat-message", "user", "app", "With milk", None),
    ]
    assert [json.loads(callback.request.body) for callback in callbacks] == told
    assert [callback.attempts[0].status for callback in callbacks] == [200, 200]


def test_a_button_that_does_not_exist_is_told_with_those_that_do(session: Session) -> None:
    send_buttons(session, "user")

    with pytest.raises(EmulatorError, match=r"no button \"No\"; the message has 0 \"Yes\""):
        session.conversation("user").tap("No")
    with pytest.raises(Unmet, match='expected one message with recipient "nobody"'):
        session.conversation("nobody").tap("Yes")


def test_a_frozen_clock_moves_messages_when_it_is_advanced(session: Session) -> None:
    session.clock.freeze(datetime(2026, 1, 31, 12, tzinfo=UTC))
    send(session, "447700900003")

    before = session.messages.one().status.group
    session.clock.advance(seconds=49 * 3600)

    assert (before, session.messages.one().status.group) == ("PENDING", "EXPIRED")
    assert session.clock.is_frozen
    assert session.clock.now == datetime(2026, 2, 2, 13, tzinfo=UTC)
    session.clock.run()
    assert not session.clock.is_frozen


def test_a_message_is_moved_and_seen(session: Session) -> None:
    send_buttons(session, "user")
    conversation = session.conversation("user")

    seen = conversation.see()

    assert seen == conversation.last
    assert len(seen.history) > 1
    with pytest.raises(EmulatorError, match="status"):
        conversation.move("PENDNG")


def test_a_callback_that_does_not_come_is_explained(session: Session) -> None:
    url = f"http://127.0.0.1:{free_port()}/"
    session.callbacks.send_to(url, events=["inbound"])
    send_buttons(session, "user")
    session.conversation("user").reply("Hello?")

    with pytest.raises(Unmet) as unmet:
        session.callbacks.wait(timeout=0.3, event="inbound", state="delivered")

    lines = told(unmet)
    assert lines[0] == (
        'expected a callback with event "inbound" and state "delivered" within 0.3 s, found none'
    )
    assert "  inbound" in lines[2]
    assert lines[-1] == '    state: expected "delivered", found "pending"'


def test_a_coroutine_waits_for_a_callback_too(
    session: Session, told_to: tuple[str, list[Any]]
) -> None:
    session.callbacks.send_to(told_to[0])
    send_buttons(session, "user")
    session.conversation("user").tap("Yes")

    (callback,) = asyncio.run(session.callbacks.wait_async(state="delivered"))
    again = session.callbacks.redeliver(callback)

    assert again.id == callback.id
    assert session.callbacks.all(message=session.messages.one().id, event="postback")
