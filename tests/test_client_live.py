"""The client's live half: clock, callbacks, conversations and scenarios."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import httpx
import pytest

from emulator import Emulator
from emulator.client import Said, Scenario, Session, Unmet
from emulator.core.errors import EmulatorError
from tests.processes import free_port
from tests.receiver import OK, Received, Receiver
from tests.sending import BEA, CY

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[Session]:
    with Emulator(seed="live") as server:
        yield server


@pytest.fixture
def session(server: Session) -> Iterator[Session]:
    with server.new_session() as session:
        session.clock.freeze(NOON)
        yield session


def ask(session: Session, text: str, recipient: str = "user-1") -> None:
    """What an application does: it asks a question with the buttons Yes and No."""
    buttons = [{"type": "POSTBACK", "text": each, "payload": each} for each in ("Yes", "No")]
    httpx.post(
        f"{session.url}/omnichat/1/applications/app/integrations/FACEBOOK/message",
        auth=(session.username, session.password),
        json={"to": recipient, "message": {"type": "BUTTONS", "text": text, "buttons": buttons}},
    ).raise_for_status()


def omni(session: Session, recipient: str = BEA, **members: str) -> None:
    """Send a text over OMNI."""
    destinations = [{"to": {"phoneNumber": recipient}}]
    httpx.post(
        f"{session.url}/omni/1/text",
        auth=(session.username, session.password),
        json={"destinations": destinations, "text": "Hello", **members},
    ).raise_for_status()


def answering(session: Session, answer: Callable[[str], str | None]) -> Callable[[Received], bytes]:
    """An application that asks back when a user says something."""

    def heard(received: Received) -> bytes:
        for result in received.document["results"]:
            said = result.get("message")
            text = answer(said.get("text") or said["payload"]) if said else None
            if text is not None:
                ask(session, text, result["from"])
        return OK

    return heard


def test_a_conversation_goes_back_and_forth(session: Session, receiver: Receiver) -> None:
    receiver.answer = answering(session, {"Yes": "With milk?", "A little": "Coming!"}.get)
    session.callbacks.send_to(receiver.url)
    ask(session, "Tea?")
    user = session.conversation("user-1")

    user.tap("Yes")
    milk = user.await_reply()
    user.reply("A little")
    coming = user.await_reply()

    assert (milk.text, coming.text) == ("With milk?", "Coming!")
    assert user.last == coming
    assert [message.text for message in user.messages] == ["Tea?", "With milk?", "Coming!"]


def test_an_answer_that_was_quicker_than_the_test_is_not_missed(
    session: Session, receiver: Receiver
) -> None:
    receiver.answer = answering(session, lambda text: f"You said {text}")
    session.callbacks.send_to(receiver.url)
    ask(session, "Tea?")

    session.conversation("user-1").tap("No")
    session.messages.wait(count=2)

    assert session.conversation("user-1").await_reply(timeout=0).text == "You said No"


def test_several_answers_are_awaited_one_after_another(session: Session) -> None:
    for text in ("One", "Two", "Three"):
        ask(session, text)
    user = session.conversation("user-1")

    assert [user.await_reply(timeout=0).text for _ in range(3)] == ["One", "Two", "Three"]


def test_a_coroutine_awaits_an_answer_of_its_own_loop(session: Session) -> None:
    async def test() -> str | None:
        awaited = asyncio.create_task(session.conversation("user-1").await_reply_async())
        await asyncio.to_thread(ask, session, "Tea?")
        return (await awaited).text

    assert asyncio.run(test()) == "Tea?"


def test_an_answer_that_does_not_come_is_explained_by_what_did(
    session: Session, receiver: Receiver
) -> None:
    receiver.answer = b"HTTP/1.1 500 Oh\r\nContent-Length: 4\r\n\r\noops"
    session.callbacks.send_to(receiver.url)
    ask(session, "Tea?")
    ask(session, "Coffee?", recipient="user-2")
    user = session.conversation("user-1")
    asked = user.last.id
    user.tap("Yes")
    session.callbacks.wait(state="pending")
    session.clock.advance(seconds=0)

    with pytest.raises(Unmet) as unmet:
        user.await_reply(timeout=0.05)

    lines = str(unmet.value).splitlines()
    assert lines[0] == (f'expected a message to "user-1" after {asked} within 0.05 s, found none')
    assert lines[1] == "nearest, of 2:"
    assert "Tea?" in lines[2]
    assert '    recipient: expected "user-1", found "user-2"' in lines
    assert "the application was not told, newest of 1:" in lines
    assert lines[-1] == '      answered 500 "oops"'


def test_an_answer_to_an_application_without_a_webhook_cannot_come(session: Session) -> None:
    ask(session, "Tea?")
    session.conversation("user-1").tap("Yes")

    with pytest.raises(Unmet, match="no webhook is set"):
        session.conversation("user-1").await_reply(timeout=0)


def test_a_conversation_begins_anew_after_a_reset(session: Session) -> None:
    ask(session, "Tea?")
    session.conversation("user-1").await_reply(timeout=0)

    session.reset()
    ask(session, "Coffee?")

    assert session.conversation("user-1").await_reply(timeout=0).text == "Coffee?"


def test_a_user_may_write_first(session: Session, receiver: Receiver) -> None:
    session.callbacks.send_to(receiver.url)

    said = session.conversation("user-1").reply(
        "Anybody there?", to="app", endpoint="infobip.omnichat-message"
    )

    assert (said.sender, said.recipient, said.text) == ("user-1", "app", "Anybody there?")
    assert said.received_at == NOON
    (callback,) = session.callbacks.wait(state="delivered", event="inbound")
    assert callback.id == said.callback
    assert callback.said == Said(
        "infobip.omnichat-message", "user-1", "app", "Anybody there?", payload=None
    )


def test_who_got_no_message_with_a_sender_writes_to_the_user_of_the_account(
    session: Session,
) -> None:
    first = session.conversation(BEA).reply("Anybody there?")
    omni(session)
    second = session.conversation(BEA).reply("Hello")
    third = session.conversation(BEA).reply("Hello", to="Shop")

    assert [said.recipient for said in (first, second, third)] == [session.username] * 2 + ["Shop"]
    assert second.endpoint == "infobip.omni-text"


def test_time_goes_by_at_once(session: Session, receiver: Receiver) -> None:
    session.callbacks.send_to(receiver.url, secret="hush", events=["status", "seen"])
    omni(session, "447700900004")

    session.clock.advance(seconds=2)

    message = session.messages.one()
    assert [(step.at - NOON).total_seconds() for step in message.history] == [0, 1, 2]
    assert [step.status for step in message.history][1:] == ["DELIVERED_TO_HANDSET", "SEEN"]
    assert [one.event for one in session.callbacks.all(state="delivered")] == ["status", "seen"]
    assert session.clock.now == datetime(2026, 1, 31, 12, 0, 2, tzinfo=UTC)


def test_an_attempt_that_failed_says_when_it_is_made_again(session: Session) -> None:
    session.callbacks.send_to(f"http://127.0.0.1:{free_port()}/")
    omni(session)

    session.clock.advance(seconds=1)

    (callback,) = session.callbacks.all()
    (attempt,) = callback.attempts
    assert (callback.state, attempt.status) == ("pending", None)
    assert callback.next_attempt_at == datetime(2026, 1, 31, 12, 2, 1, tzinfo=UTC)


def test_callbacks_are_waited_for_by_a_coroutine_too(session: Session, receiver: Receiver) -> None:
    session.callbacks.send_to(receiver.url)
    session.clock.run()
    omni(session)

    (callback,) = asyncio.run(session.callbacks.wait_async(state="delivered"))

    assert callback.message == session.messages.one().id


def test_callbacks_that_do_not_come_are_told_with_those_that_did(
    session: Session, receiver: Receiver
) -> None:
    session.callbacks.send_to(receiver.url)
    omni(session)
    session.clock.advance(seconds=1)

    with pytest.raises(Unmet) as unmet:
        session.callbacks.wait(timeout=0, event="seen")

    lines = str(unmet.value).splitlines()
    assert lines[0] == 'expected a callback with event "seen" within 0 s, found none'
    assert lines[-1] == '    event: expected "seen", found "status"'


def test_scenarios_are_chosen(session: Session) -> None:
    session.scenarios(
        Scenario("K1", ["VIBER", "SMS"], name="Viber, else SMS", sender="Shop"),
        Scenario("K2", ["SMS"], default=True),
    )
    step = {"after": 1, "channel": "VIBER", "status": "UNDELIVERABLE_NOT_DELIVERED"}
    session.rule({"accept": {"then": [step]}})
    omni(session, BEA, scenarioKey="K1")
    omni(session, CY)

    session.clock.advance(seconds=5)

    first, second = session.messages.all()
    assert [(step.status, step.channel) for step in first.history] == [
        ("PENDING_ENROUTE", "VIBER"),
        ("UNDELIVERABLE_NOT_DELIVERED", "VIBER"),
        ("DELIVERED_TO_HANDSET", "SMS"),
    ]
    assert (first.channel, second.channel) == ("SMS", "SMS")


def test_a_wrong_scenario_is_told(session: Session) -> None:
    with pytest.raises(EmulatorError, match="takes a list of steps"):
        session.scenarios(Scenario("K1", []))
