"""The time of a session: the machine's, frozen, or moved on by hand."""

from __future__ import annotations

import pytest

from emulator.core.clock import Clock


class Machine:
    """A machine whose time the test sets."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
def clock(machine: Machine) -> Clock:
    return Clock(machine)


def test_a_clock_goes_with_the_machine_at_first(machine: Machine, clock: Clock) -> None:
    machine.time += 5

    assert (clock.mode, clock.now()) == ("real", 1005.0)


def test_a_frozen_clock_stands_still(machine: Machine, clock: Clock) -> None:
    clock.freeze()
    machine.time += 5

    assert (clock.mode, clock.now()) == ("frozen", 1000.0)


def test_a_clock_is_frozen_at_a_time(clock: Clock) -> None:
    clock.freeze(at=77.25)

    assert clock.now() == 77.25


def test_a_clock_runs_on_from_a_time(machine: Machine, clock: Clock) -> None:
    clock.run(at=50.0)
    machine.time += 5

    assert (clock.mode, clock.now()) == ("real", 55.0)


def test_a_clock_that_runs_again_goes_with_the_machine(machine: Machine, clock: Clock) -> None:
    clock.freeze(at=50.0)
    machine.time += 5

    clock.run()

    assert clock.now() == 1005.0


def test_a_clock_is_set_and_stands_or_goes_on_as_before(machine: Machine, clock: Clock) -> None:
    clock.set(2000.0)
    machine.time += 5
    running = (clock.mode, clock.now())
    clock.freeze()
    clock.set(3000.0)
    machine.time += 5

    assert running == ("real", 2005.0)
    assert (clock.mode, clock.now()) == ("frozen", 3000.0)


def test_a_clock_shows_the_moment_that_it_is_held_at(machine: Machine, clock: Clock) -> None:
    clock.hold(1234.0)
    held = clock.now()
    clock.hold(None)

    assert (held, clock.now()) == (1234.0, 1000.0)


def test_many_small_steps_come_to_the_same_as_a_large_one(clock: Clock) -> None:
    clock.freeze(at=1_753_876_543.217639)

    for _ in range(1000):
        clock.set(clock.now() + 0.001)

    assert clock.now() == 1_753_876_544.217639
