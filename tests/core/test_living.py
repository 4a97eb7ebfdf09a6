"""What a message can become, stage by stage, and the life that is planned for it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest

from emulator.core.errors import EmulatorError
from emulator.core.living import Kept, Living, check_order
from emulator.core.message import Status, Step
from tests.core.living import ARRIVED, LIVELY, POSTED, READ, STATUSES, TORN
from tests.core.toy import CALL, LETTERS, NOW, SENT, answered

FOLLOWERS: dict[str, set[str]] = {
    "SENT": {"WAITING", "POSTED", "ARRIVED", "LOST", "TORN"},
    "WAITING": {"SENT", "POSTED", "ARRIVED", "LOST", "TORN"},
    "POSTED": {"ARRIVED", "LOST", "TORN"},
    "ARRIVED": {"READ"},
    "READ": set(),
    "TORN": set(),
    "LOST": set(),
}


def a_living(
    status: Status = SENT, plan: Sequence[Step] | None = None, channels: Sequence[str] = ()
) -> Living:
    exchange = answered(CALL, endpoint=LETTERS, provider=LIVELY)
    (message,) = exchange.messages
    flow = [(f"{channel} shop", channel) for channel in channels]
    changed = message._replace(status=status, plan=plan, flow=flow)
    return Living(changed, Kept(exchange, LIVELY, "toy"), LIVELY)


def planned(living: Living) -> list[tuple[float, str, str | None, bool]]:
    """When, what, on which channel, and whether it is the message's own status."""
    return [
        (round(due - NOW, 6), step.status, step.channel, step.final) for due, step in living.plan()
    ]


@pytest.mark.parametrize(("before", "after"), [*product(STATUSES, STATUSES)])
def test_a_message_moves_forward_only(before: str, after: str) -> None:
    living = a_living(STATUSES[before])
    is_allowed = after in FOLLOWERS[before]

    if is_allowed:
        moment = living.move(NOW + 5, Step(0, after))
        assert (moment.at, living.status.name, living.life) == (NOW + 5, after, [moment])
    else:
        with pytest.raises(EmulatorError, match=f'"{before}" cannot become "{after}"'):
            living.move(NOW + 5, Step(0, after))
        assert (living.status.name, living.life) == (before, [])


@pytest.mark.parametrize("status", STATUSES)
def test_a_message_tells_what_it_can_become(status: str) -> None:
    living = a_living(STATUSES[status])

    assert set(living.allowed()) == FOLLOWERS[status]


def test_a_move_that_cannot_be_is_refused_with_those_that_can() -> None:
    delivered, seen = a_living(ARRIVED), a_living(READ)

    with pytest.raises(EmulatorError) as refused:
        delivered.move(NOW, Step(0, "TORN"))
    with pytest.raises(EmulatorError) as final:
        seen.move(NOW, Step(0, "ARRIVED"))

    assert str(refused.value) == (
        'a message that is "ARRIVED" cannot become "TORN"; it can become READ'
    )
    assert str(final.value) == (
        'a message that is "READ" cannot become "ARRIVED"; it can become nothing, this one is final'
    )


def test_a_life_that_nobody_planned_is_the_providers_usual_one() -> None:
    assert planned(a_living()) == [(1, "ARRIVED", None, True)]


@pytest.mark.parametrize("status", [STATUSES["LOST"], TORN, ARRIVED, POSTED])
def test_a_message_that_is_accepted_further_on_has_no_usual_life(status: Status) -> None:
    assert planned(a_living(status)) == []


def test_a_life_is_as_it_was_planned() -> None:
    living = a_living(plan=[Step(5, "POSTED"), Step(7.5, "TORN")])

    assert planned(living) == [(5, "POSTED", None, True), (7.5, "TORN", None, True)]


def test_a_life_in_which_nothing_is_to_happen_is_one() -> None:
    assert planned(a_living(plan=())) == []
    assert planned(a_living(plan=(), channels=("VIBER", "SMS"))) == []


def test_a_message_stays_on_the_first_channel_that_delivers_it() -> None:
    living = a_living(channels=("VIBER", "SMS"))

    assert planned(living) == [(1, "ARRIVED", "VIBER", True)]
    assert (living.channel, living.sender) == ("VIBER", "VIBER shop")


def test_where_a_channel_fails_the_next_is_tried() -> None:
    living = a_living(plan=[Step(3, "TORN", "VIBER")], channels=("VIBER", "SMS"))

    assert planned(living) == [(3, "TORN", "VIBER", False), (4, "ARRIVED", "SMS", True)]


def test_what_is_said_of_no_channel_holds_for_all() -> None:
    living = a_living(plan=[Step(3, "TORN")], channels=("VIBER", "PUSH", "SMS"))

    assert planned(living) == [
        (3, "TORN", "VIBER", False),
        (6, "TORN", "PUSH", False),
        (9, "TORN", "SMS", True),
    ]


def test_each_channel_gets_what_is_said_of_it() -> None:
    plan = [
        Step(1, "POSTED", "VIBER"),
        Step(2, "TORN", "VIBER"),
        Step(2, "ARRIVED", "SMS"),
        Step(9, "READ", "SMS"),
    ]

    living = a_living(plan=plan, channels=("VIBER", "SMS"))

    assert planned(living) == [
        (1, "POSTED", "VIBER", True),
        (2, "TORN", "VIBER", False),
        (4, "ARRIVED", "SMS", True),
        (11, "READ", "SMS", True),
    ]


def test_a_channel_may_be_tried_twice() -> None:
    living = a_living(plan=[Step(3, "TORN")], channels=("SMS", "SMS"))

    assert planned(living) == [(3, "TORN", "SMS", False), (6, "TORN", "SMS", True)]


def test_a_channel_that_failed_leaves_the_message_its_status() -> None:
    living = a_living(channels=("VIBER", "SMS"))

    living.move(NOW + 1, Step(1, "TORN", "VIBER", final=False))
    between = (living.status.name, living.channel, living.sender)
    living.move(NOW + 2, Step(2, "ARRIVED", "SMS"))

    assert between == ("SENT", "SMS", "SMS shop")
    assert (living.status.name, living.channel) == ("ARRIVED", "SMS")


@pytest.mark.parametrize(
    ("first", "steps"),
    [
        (None, [Step(1, "ARRIVED"), Step(2, "READ")]),
        (SENT, [Step(1, "WAITING"), Step(2, "SENT"), Step(3, "TORN")]),
        (None, [Step(1, "TORN", "VIBER"), Step(2, "ARRIVED", "SMS"), Step(3, "READ", "SMS")]),
    ],
)
def test_steps_that_can_follow_each_other_are_in_order(
    first: Status | None, steps: list[Step]
) -> None:
    check_order(first, steps, STATUSES)


@pytest.mark.parametrize(
    ("first", "steps", "told"),
    [
        (
            None,
            [Step(1, "ARRIVED"), Step(2, "READ"), Step(3, "TORN")],
            '"TORN" cannot follow "READ"; what can is nothing: this status is final',
        ),
        (None, [Step(1, "READ")], '"READ" cannot come first; what can is SENT, '),
        (None, [Step(1, "READ", "SMS")], '"READ" cannot come first; what can is SENT, '),
        (STATUSES["LOST"], [Step(1, "READ")], '"READ" cannot follow "LOST"'),
        (SENT, [Step(1, "READ")], '"READ" cannot follow "SENT"'),
        (
            None,
            [Step(1, "TORN", "SMS"), Step(1, "ARRIVED", "VIBER"), Step(2, "READ", "SMS")],
            '"READ" cannot follow "TORN"',
        ),
    ],
)
def test_a_step_that_cannot_follow_is_refused(
    first: Status | None, steps: list[Step], told: str
) -> None:
    with pytest.raises(EmulatorError, match=told):
        check_order(first, steps, STATUSES)
