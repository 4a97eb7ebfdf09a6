"""Callbacks: told in order, tried again until they arrive, bounded, and never lost unseen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from itertools import count

import pytest

from emulator.core import outbox
from emulator.core.behaviour import Accept, Match, Outcome, Rule
from emulator.core.message import Step
from emulator.core.outbox import Attempt, Callback, Outbox, Webhook
from tests.core.living import World
from tests.core.toy import NOW, run

SEEN_ONLY = Webhook("http://127.0.0.1:9", events=["seen"])


def then(world: World, *steps: Step, recipient: str | None = None) -> None:
    """Let messages go through these steps."""
    outcome = Outcome(Accept(None, steps))
    world.session.rules.add(Rule(Match(recipient=recipient), (outcome,), {}), 0)


def tell(world: World, message: str | None, user: str | None = None) -> Callback:
    """Post a callback."""
    now, said = world.clock.now(), {"sender": user} if user is not None else None
    return world.outbox.post("status", message, "application/json", b'"told"', now, said=said)


def told(world: World) -> list[str]:
    """The ids of the callbacks that the receiver got, in their order."""
    return [id for _, id, _ in world.sent]


def test_a_callback_is_tried_after_2_5_10_17_and_26_minutes_and_then_given_up() -> None:
    async def test() -> tuple[list[float], Callback]:
        world = World(lambda _: 503)
        callback = tell(world, "m")
        await world.advance(24 * 3600)
        return [at for at, _, _ in world.sent], callback

    times, callback = run(test())

    minutes = [0, 2, 7, 17, 34, 60]
    assert times == [60 * minute for minute in minutes]
    assert [attempt.at for attempt in callback.attempts] == [NOW + at for at in times]
    assert [attempt.status for attempt in callback.attempts] == [503] * 6
    assert (callback.state, callback.next_attempt_at) == ("failed", None)


def test_a_callback_that_waits_says_when_it_is_tried_again() -> None:
    async def test() -> Callback:
        world = World(lambda _: None)
        callback = tell(world, "m")
        await world.advance(0)
        return callback

    callback = run(test())

    assert (callback.state, callback.next_attempt_at) == ("pending", NOW + 120)
    assert callback.attempts == [Attempt(NOW, 0.0, None, "nobody is there")]


@pytest.mark.parametrize("status", [200, 201, 204, 299])
def test_any_2xx_takes_a_callback(status: int) -> None:
    async def test() -> Callback:
        world = World(lambda _: status)
        callback = tell(world, "m")
        await world.advance(3600)
        return callback

    callback = run(test())

    assert (callback.state, len(callback.attempts)) == ("delivered", 1)


@pytest.mark.parametrize("status", [100, 199, 301, 302, 400, 404, 500])
def test_nothing_else_takes_a_callback(status: int) -> None:
    async def test() -> Callback:
        world = World(lambda _: status)
        callback = tell(world, "m")
        await world.advance(0)
        return callback

    assert run(test()).state == "pending"


def test_those_of_one_message_arrive_in_order_though_the_first_is_refused() -> None:
    async def test() -> list[str]:
        calls = count(1)
        world = World(lambda _: 500 if next(calls) <= 2 else 200)
        for _ in range(3):
            tell(world, "m")
        await world.advance(3600)
        return told(world)

    assert run(test()) == ["callback-1", "callback-1", "callback-1", "callback-2", "callback-3"]


def test_those_of_other_messages_do_not_wait() -> None:
    async def test() -> tuple[list[str], list[str]]:
        world = World(lambda callback: 500 if callback.message == "m" else 200)
        for message in ("m", "m", "n"):
            tell(world, message)
        await world.advance(0)
        waiting = [one.id for one in world.outbox if one.next_attempt_at is None]
        return told(world), waiting

    sent, without_time = run(test())

    assert sent == ["callback-1", "callback-3"]
    assert without_time == ["callback-2", "callback-3"]


def test_those_after_one_that_was_given_up_go_on() -> None:
    async def test() -> list[str]:
        world = World(lambda callback: 500 if callback.id == "callback-1" else 200)
        first, second = tell(world, "m"), tell(world, "m")
        await world.advance(24 * 3600)
        return [first.state, second.state]

    assert run(test()) == ["failed", "delivered"]


def test_what_a_user_says_arrives_in_order_without_a_message_too() -> None:
    async def test() -> list[str]:
        calls = count(1)
        world = World(lambda _: 500 if next(calls) == 1 else 200)
        tell(world, None, user="Bea")
        tell(world, None, user="Bea")
        await world.advance(120)
        return told(world)

    assert run(test()) == ["callback-1", "callback-1", "callback-2"]


def test_what_is_late_comes_later_and_out_of_order() -> None:
    async def test() -> list[tuple[float, str]]:
        world = World()
        then(world, Step(1, "ARRIVED", late=30), Step(2, "READ"))
        await world.post()
        await world.advance(60)
        return [(at, document["is"]) for at, _, document in world.sent]

    assert run(test()) == [(2, "READ"), (31, "ARRIVED")]


@pytest.mark.parametrize("copies", [0, 1, 3])
def test_as_many_copies_are_told_as_a_rule_says(copies: int) -> None:
    async def test() -> list[str]:
        world = World()
        then(world, Step(1, "ARRIVED", copies=copies))
        await world.post()
        await world.advance(60)
        return [document["is"] for _, _, document in world.sent]

    assert run(test()) == ["ARRIVED"] * copies


def test_a_receiver_is_told_of_what_it_wants_only() -> None:
    async def test() -> tuple[list[str], int]:
        world = World()
        world.outbox.webhook = SEEN_ONLY
        then(world, Step(1, "ARRIVED"), Step(2, "READ"))
        await world.post()
        await world.advance(60)
        return [document["is"] for _, _, document in world.sent], len([*world.outbox])

    assert run(test()) == (["READ"], 1)


def test_what_is_underway_and_what_failed_on_a_channel_is_not_told() -> None:
    async def test() -> list[str]:
        world = World()
        then(world, Step(1, "WAITING"), Step(2, "POSTED"), Step(3, "TORN"))
        await world.post()
        await world.advance(60)
        return [document["is"] for _, _, document in world.sent]

    assert run(test()) == ["POSTED", "TORN"]


@pytest.mark.parametrize(
    ("webhook", "reason"),
    [
        (None, "no webhook is set; PUT /__admin/webhook sets one"),
        (
            SEEN_ONLY,
            "the webhook does not want such events; PUT /__admin/webhook sets one",
        ),
    ],
)
def test_what_nobody_wants_is_refused_and_says_why(webhook: Webhook | None, reason: str) -> None:
    async def test() -> tuple[Callback, list[str]]:
        world = World()
        world.outbox.webhook = webhook
        callback = tell(world, "m")
        await world.advance(60)
        return callback, told(world)

    callback, sent = run(test())

    assert (callback.state, callback.refusal, sent) == ("refused", reason, [])


def test_beyond_ten_thousand_on_their_way_more_are_refused_and_visible() -> None:
    async def test() -> tuple[list[Callback], int, Callback]:
        world = World()
        world.held = asyncio.Event()
        callbacks = [tell(world, f"m{n}") for n in range(10_003)]
        refused = world.outbox.refused
        world.held.set()
        await world.advance(0)
        return callbacks, refused, tell(world, "later")

    callbacks, refused, later = run(test())

    assert refused == 3
    assert [one.state for one in callbacks] == ["delivered"] * 10_000 + ["refused"] * 3
    assert callbacks[-1].refusal == "10000 callbacks are on their way already"
    assert later.state == "pending"


def test_those_that_came_to_an_end_are_forgotten_beyond_a_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def test() -> tuple[list[str], int]:
        world = World(lambda callback: 500 if callback.id == "callback-1" else 200)
        for n in range(10):
            tell(world, f"m{n}")
            await world.advance(0)
        return [one.id for one in world.outbox], world.outbox.evicted

    monkeypatch.setattr(outbox, "MOST_PENDING", 2)
    monkeypatch.setattr(outbox, "MOST_KEPT", 2)

    kept, evicted = run(test())

    assert kept == ["callback-1", "callback-8", "callback-9", "callback-10"]
    assert evicted == 6


def test_one_that_arrived_is_delivered_again_by_hand() -> None:
    async def test() -> tuple[list[str], Callback]:
        world = World()
        callback = tell(world, "m")
        await world.advance(0)
        world.outbox.redeliver(callback)
        await world.advance(3600)
        return told(world), callback

    sent, callback = run(test())

    assert sent == ["callback-1", "callback-1"]
    assert (callback.state, len(callback.attempts)) == ("delivered", 2)


def test_one_that_was_given_up_is_delivered_by_hand() -> None:
    async def test() -> Callback:
        world = World(lambda _: 500)
        callback = tell(world, "m")
        await world.advance(24 * 3600)
        world.answer = lambda _: 200
        world.outbox.redeliver(callback)
        await world.advance(0)
        return callback

    callback = run(test())

    assert (callback.state, len(callback.attempts)) == ("delivered", 7)


def test_one_that_failed_again_by_hand_keeps_its_state_and_its_next_time() -> None:
    async def test() -> Callback:
        world = World(lambda _: 500)
        callback = tell(world, "m")
        await world.advance(30)
        world.outbox.redeliver(callback)
        await world.advance(0)
        return callback

    callback = run(test())

    assert (callback.state, callback.next_attempt_at) == ("pending", NOW + 120)
    assert len(callback.attempts) == 2


def test_one_that_arrived_by_hand_is_not_tried_again() -> None:
    async def test() -> list[str]:
        calls = count(1)
        world = World(lambda _: 500 if next(calls) == 1 else 200)
        callback = tell(world, "m")
        await world.advance(0)
        world.outbox.redeliver(callback)
        await world.advance(24 * 3600)
        return told(world)

    assert run(test()) == ["callback-1", "callback-1"]


def test_one_that_arrived_by_hand_out_of_turn_holds_up_nothing() -> None:
    async def test() -> tuple[list[str], list[str]]:
        world = World(lambda callback: 500 if callback.id == "callback-1" else 200)
        first, second, third = (tell(world, "m") for _ in range(3))
        await world.advance(0)
        world.outbox.redeliver(second)
        await world.advance(0)
        world.answer = lambda _: 200
        await world.advance(120)
        return told(world), [first.state, second.state, third.state]

    sent, states = run(test())

    assert sent == ["callback-1", "callback-2", "callback-1", "callback-3"]
    assert states == ["delivered"] * 3


def test_one_that_is_late_and_arrived_by_hand_is_not_told_again() -> None:
    async def test() -> list[str]:
        world = World()
        late = world.outbox.post("status", "m", "text/plain", b"1", NOW, late=30)
        world.outbox.redeliver(late)
        await world.advance(3600)
        return told(world)

    assert run(test()) == ["callback-1"]


def test_a_retry_goes_to_the_webhook_that_is_set_by_then() -> None:
    async def test() -> list[str]:
        urls: list[str] = []
        world = World()

        async def send(webhook: Webhook, callback: Callback, now: Callable[[], float]) -> Attempt:
            urls.append(webhook.url)
            return Attempt(now(), 0.0, 200 if webhook.url == "http://new" else 500)

        box = Outbox(send, world.clock, lambda _: None, Webhook("http://old"))
        box.post("status", "m", "text/plain", b"1", NOW)
        await box.agenda.advance(60)
        box.webhook = Webhook("http://new")
        await box.agenda.advance(60)
        return urls

    assert run(test()) == ["http://old", "http://new"]


def test_what_is_on_its_way_is_refused_once_there_is_no_webhook() -> None:
    async def test() -> tuple[list[Callback], list[str]]:
        calls = count(1)
        world = World(lambda _: 500 if next(calls) == 1 else 200)
        tell(world, "m")
        tell(world, "m")
        await world.advance(60)
        webhook, world.outbox.webhook = world.outbox.webhook, None
        await world.advance(60)
        refused = [replace(one) for one in world.outbox]
        world.outbox.webhook = webhook
        for one in world.outbox:
            world.outbox.redeliver(one)
        await world.outbox.settled()
        return refused, [one.state for one in world.outbox]

    refused, at_last = run(test())

    assert [(one.state, one.refusal, one.next_attempt_at) for one in refused] == [
        ("refused", "the webhook was removed; PUT /__admin/webhook sets one", None)
    ] * 2
    assert at_last == ["delivered", "delivered"]


def test_a_reset_of_callbacks_forgets_also_what_is_late_and_what_is_tried_again() -> None:
    async def test() -> tuple[list[str], list[Callback]]:
        world = World(lambda _: 500)
        tell(world, "m")
        world.outbox.post("status", "n", "text/plain", b"1", NOW, late=30)
        await world.advance(0)
        await world.session.reset_part("callbacks")
        await world.advance(24 * 3600)
        return told(world), [*world.outbox]

    assert run(test()) == (["callback-1"], [])


def test_a_reset_ends_what_is_being_sent() -> None:
    async def test() -> tuple[list[str], list[Callback]]:
        world = World()
        world.held = asyncio.Event()
        tell(world, "m")
        await asyncio.sleep(0)
        await world.session.reset()
        world.held.set()
        await world.advance(3600)
        return told(world), [*world.outbox]

    assert run(test()) == ([], [])


def test_ids_start_again_after_a_reset() -> None:
    async def test() -> str:
        world = World()
        tell(world, "m")
        await world.session.reset()
        return tell(world, "m").id

    assert run(test()) == "callback-1"


def test_every_change_of_a_callback_is_an_event() -> None:
    async def test() -> list[tuple[str, int]]:
        calls = count(1)
        world = World(lambda _: 500 if next(calls) == 1 else 200)
        tell(world, "m")
        await world.advance(3600)
        events = [record for kind, record in await world.events() if kind == "callback"]
        return [(record["state"], len(record["attempts"])) for record in events]

    assert run(test()) == [("pending", 0), ("pending", 1), ("delivered", 2)]
