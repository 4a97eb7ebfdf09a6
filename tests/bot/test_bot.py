"""The example application from end to end, over real sockets: a dialogue, news, and reports."""

from __future__ import annotations

import re
import time
from typing import Any

import httpx
import pytest

from emulator.client import Conversation, Session
from tests.admin.live import unlike_its_schema
from tests.bot.bot import SHOP, Bot
from tests.bot.conftest import served
from tests.readme_tables import README

TEXT = README.read_text(encoding="utf-8")
OMNICHAT = "infobip.omnichat-message"


def test_the_tutorial_runs(emulator: Session, bot: Bot, bot_url: str) -> None:
    blocks = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    (tutorial,) = [block for block in blocks if "bot_url" in block]
    names: dict[str, Any] = {}

    exec(compile(tutorial, "README.md", "exec"), names)

    (test,) = [thing for name, thing in names.items() if name.startswith("test_")]
    test(emulator, bot, bot_url)


def dialogue(emulator: Session, bot: Bot, bot_url: str) -> None:
    """A guest is invited, subscribes, reads the news with others, and has enough."""
    emulator.clock.freeze()
    emulator.callbacks.send_to(f"{bot_url}/callbacks")

    httpx.post(f"{bot_url}/guests", json={"phone": "41793026727"}).raise_for_status()
    invite = emulator.conversation("41793026727").await_reply()
    user = follow(emulator)
    user.reply("Hello", to=SHOP, endpoint=OMNICHAT)
    question = user.await_reply()
    opened = user.tap("Our teas")
    user.tap("Yes")
    thanks = user.await_reply()

    assert [button.title for button in question.buttons] == ["Yes", "No", "Our teas"]
    assert opened.url == "https://tea.example/"
    assert thanks.text == "You will hear of them."
    assert bot.subscribers == {user.recipient}

    news = {
        "text": "Darjeeling is in",
        "facebook": ["9c29bd43-054b-4cfe-a1d4-0b37812b4ed3"],
        "phones": ["41793026731", "447700900002"],
        "whatsapp": ["628123456789"],
    }
    httpx.post(f"{bot_url}/news", json=news).raise_for_status()
    emulator.clock.advance(seconds=1)
    user.see()
    emulator.clock.advance(seconds=0)

    sent = {message.id: message for message in emulator.messages.all()}
    reported = [(sent[id].endpoint, sent[id].recipient, told) for id, told in bot.reports.items()]
    delivered = "DELIVERED_TO_HANDSET"
    assert bot.reports.keys() == sent.keys()
    assert sorted(reported) == sorted(
        [
            ("infobip.omnichat-invite", "41793026727", delivered),
            (OMNICHAT, user.recipient, delivered),
            (OMNICHAT, user.recipient, delivered),
            (OMNICHAT, user.recipient, "SEEN"),
            ("infobip.facebook-single", "9c29bd43-054b-4cfe-a1d4-0b37812b4ed3", delivered),
            ("infobip.omni-text", "41793026731", delivered),
            ("infobip.omni-text", "447700900002", "UNDELIVERABLE_NOT_DELIVERED"),
            ("konnek.send-message", "628123456789", 2),
        ]
    )
    assert bot.reports[invite.id] == delivered
    assert user.last.text == "Darjeeling is in"

    user.reply("stop")
    assert user.await_reply().text == "We keep quiet."
    assert bot.subscribers == set()


def follow(emulator: Session) -> Conversation:
    """The guest opens the link of the invite, and is a user from then on."""
    text = emulator.messages.one(type="INVITE").text or ""
    (link,) = re.findall("http[^ ]+", text)
    assert httpx.get(link).status_code == 200
    followed = emulator.messages.one(type="INVITE").link
    assert followed is not None
    return emulator.conversation(followed.user_key)


def test_the_whole_dialogue_takes_less_than_a_second(
    emulator: Session, bot: Bot, bot_url: str
) -> None:
    # Of this process, in which all three work; what else the machine does is not counted.
    began = time.process_time()

    dialogue(emulator, bot, bot_url)

    assert time.process_time() - began < 1
    emulator.clock.advance(seconds=0)  # waits for the answers to what is on its way
    assert {callback.state for callback in emulator.callbacks.all()} == {"delivered"}


def test_every_callback_of_the_dialogue_has_its_shape(
    emulator: Session, bot: Bot, bot_url: str
) -> None:
    dialogue(emulator, bot, bot_url)

    for callback in emulator.callbacks.all():
        document = httpx.Response(200, content=callback.request.body).json()
        provider = "infobip" if "results" in document else "konnek"
        assert unlike_its_schema(callback.event, provider, document) == []


def test_a_bot_that_was_down_hears_everything_once_it_is_back(emulator: Session, bot: Bot) -> None:
    with served(bot.app) as url:
        emulator.clock.freeze()
        emulator.callbacks.send_to(f"{url}/callbacks")
    for text in ("Hello", "stop"):
        emulator.conversation("guest").reply(text, to=SHOP, endpoint=OMNICHAT)
    emulator.clock.advance(seconds=30)
    before = {callback.state for callback in emulator.callbacks.all()}

    with served(bot.app) as url:
        emulator.callbacks.send_to(f"{url}/callbacks")
        emulator.clock.advance(seconds=120)

    assert before == {"pending"}
    assert [message.type for message in emulator.conversation("guest").messages] == [
        "BUTTONS",
        "TEXT",
    ]


@pytest.mark.parametrize("outcome", [{"refuse": "too-many-requests"}, {"fault": "reset"}])
def test_a_callback_that_the_bot_fails_at_comes_again(
    outcome: dict[str, str], emulator: Session, bot: Bot, bot_url: str
) -> None:
    emulator.clock.freeze()
    emulator.callbacks.send_to(f"{bot_url}/callbacks")
    emulator.rule(outcome, endpoint=OMNICHAT, times=1)
    guest = emulator.conversation("guest")
    guest.reply("Hello", to=SHOP, endpoint=OMNICHAT)

    emulator.clock.advance(seconds=120)

    assert guest.await_reply().text == "Shall we tell you of new teas?"
    (callback,) = emulator.callbacks.all(event="inbound")
    assert [attempt.status for attempt in callback.attempts] == [500, 200]
