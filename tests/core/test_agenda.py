"""What is due happens at its time and in its order, however the clock is moved on."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.agenda import Agenda
from emulator.core.behaviour import Accept, Match, Outcome, Rule
from emulator.core.clock import Clock
from emulator.core.message import Step
from emulator.core.outbox import Callback
from tests.core.living import World
from tests.core.toy import NOW, run


async def _nothing() -> None:
    """What there is to wait for if acts begin nothing."""


def agenda_of(clock: Clock) -> Agenda:
    return Agenda(clock, _nothing)


def test_what_is_due_happens_in_the_order_of_its_time_and_then_of_its_coming() -> None:
    def note(name: str, at: float) -> None:
        happened.append((at, name))

    async def test() -> None:
        agenda = agenda_of(clock)
        for due, name in ((3.0, "c"), (1.0, "a"), (3.0, "d"), (2.0, "b")):
            agenda.at(due, note, name)

        await agenda.advance(10)

    clock = Clock(lambda: 0.0)
    happened: list[tuple[float, str]] = []
    run(test())

    assert happened == [(1.0, "a"), (2.0, "b"), (3.0, "c"), (3.0, "d")]
    assert clock.now() == 10.0


def test_what_happens_sees_the_time_at_which_it_was_due() -> None:
    async def test() -> None:
        agenda = agenda_of(clock)
        agenda.at(4.0, lambda _, __: seen.append(clock.now()), None)

        await agenda.advance(10)

    clock = Clock(lambda: 0.0)
    seen: list[float] = []
    run(test())

    assert seen == [4.0]


def test_what_comes_up_on_the_way_happens_too() -> None:
    async def test() -> None:
        agenda = agenda_of(clock)

        def again(subject: None, at: float) -> None:
            happened.append(at)
            agenda.at(at + 2, again, subject)

        agenda.at(2.0, again, None)

        await agenda.advance(7)

    clock = Clock(lambda: 0.0)
    happened: list[float] = []
    run(test())

    assert happened == [2.0, 4.0, 6.0]


def test_on_a_running_clock_things_happen_by_themselves() -> None:
    async def test() -> float:
        agenda = agenda_of(Clock(time.time))
        happened = asyncio.get_running_loop().create_future()
        agenda.at(time.time() + 60, lambda _, __: None, None)
        agenda.at(time.time() + 0.05, lambda _, at: happened.set_result(at), None)

        async with asyncio.timeout(5):
            due: float = await happened
        return time.time() - due

    assert 0 <= run(test()) < 2


def test_two_who_advance_at_once_take_turns() -> None:
    async def test() -> None:
        agenda = Agenda(clock, lambda: asyncio.sleep(0))
        for due in range(1, 11):
            agenda.at(due, lambda _, at: happened.append((at, clock.now())), None)

        await asyncio.gather(agenda.advance(4), agenda.advance(6))

    clock = Clock(lambda: 0.0)
    happened: list[tuple[float, float]] = []
    run(test())

    assert happened == [(due, due) for due in range(1, 11)]
    assert clock.now() == 10.0


def test_what_was_forgotten_does_not_happen() -> None:
    async def test() -> None:
        agenda = agenda_of(Clock(lambda: 0.0))
        agenda.at(1.0, lambda _, at: happened.append(at), None)

        agenda.clear()
        await agenda.advance(10)

    happened: list[float] = []
    run(test())

    assert happened == []


LIVES = st.lists(
    st.tuples(
        st.integers(0, 5000),
        st.sampled_from(["POSTED", "ARRIVED", "READ", "TORN"]),
        st.sampled_from([0, 0, 700, 90_000]),
        st.integers(0, 2),
    ),
    max_size=4,
)


@settings(max_examples=60)
@given(
    lives=st.lists(LIVES, min_size=1, max_size=3),
    answers=st.lists(st.sampled_from([200, 500, None]), max_size=12),
    steps=st.lists(st.integers(1, 100_000), min_size=1, max_size=12),
)
def test_a_time_gone_in_one_or_in_many_steps_brings_the_same(
    lives: list[list[tuple[int, str, int, int]]], answers: list[int | None], steps: list[int]
) -> None:
    """Times are in milliseconds; the steps come to their sum, whatever they are."""

    async def live(*steps: int) -> tuple[list[Any], list[Any]]:
        coming = iter(answers)

        def answer(_: Callback) -> int | None:
            return next(coming, 200)

        world = World(answer)
        for number, life in enumerate(lives):
            then = tuple(
                Step(after / 1000, status, late=late / 1000, copies=copies)
                for after, status, late, copies in sorted(life)
            )
            outcome = Outcome(Accept(None, then))
            rule = Rule(Match(recipient=f"r{number}"), (outcome,), {})
            world.session.rules.add(rule, 0)
            await world.post(f"r{number}")
        for step in steps:
            await world.advance(step / 1000)
        return world.sent, await world.events()

    assert run(live(sum(steps))) == run(live(*steps))


def test_two_days_with_five_retries_go_by_in_no_time() -> None:
    async def test() -> tuple[float, list[float]]:
        world = World(lambda _: 500)
        await world.post()
        began = time.perf_counter()

        await world.advance(48 * 3600)

        return time.perf_counter() - began, [at for at, _, _ in world.sent]

    took, attempts = run(test())

    assert attempts == pytest.approx([1, 121, 421, 1021, 2041, 3601])
    assert took < 0.1


def test_a_step_of_a_second_is_as_long_as_ten_of_a_tenth() -> None:
    async def test() -> list[str]:
        world = World()
        world.clock.freeze(NOW + 0.217639)
        (living,) = await world.post()
        for _ in range(10):
            await world.advance(0.1)
        return [moment.status.name for moment in living.life]

    assert run(test()) == ["ARRIVED"]
