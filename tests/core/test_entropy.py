"""Ids follow from seed, session and the number of the exchange, and from nothing else."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from itertools import count
from operator import ne

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.entropy import Entropy, Ids

FORMS: dict[str, tuple[Callable[[Ids], str], str]] = {
    "uuid": (
        lambda ids: ids.uuid(),
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    ),
    "grouped": (
        lambda ids: ids.grouped(),
        r"[0-9a-f]{12}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{16}",
    ),
    "token": (lambda ids: ids.token(), r"[0-9a-f]{8}"),
}


def entropy(seed: str = "seed", session: str = "default") -> Entropy:
    return Entropy(seed, session, now=lambda: 1.5, timer=lambda: 2.5)


def sample(ids: Ids) -> list[str]:
    return [ids.uuid(), ids.grouped(), ids.token(), ids.uuid(), ids.grouped(), ids.token()]


@given(st.text(st.characters(codec="utf-8")), st.integers(1, 10**9))
def test_the_same_seed_session_and_number_give_the_same_ids(seed: str, number: int) -> None:

    assert sample(entropy(seed).ids(number)) == sample(entropy(seed).ids(number))


def test_another_seed_session_number_or_turn_gives_other_ids() -> None:
    sources = [
        entropy().ids(1),
        entropy().ids(2),
        entropy().ids(11),
        entropy("other").ids(1),
        entropy(session="other").ids(1),
        entropy("", "seed").ids(1),
    ]

    given_ids = [id for ids in sources for id in sample(ids)]

    assert len(set(given_ids)) == len(given_ids)


def test_a_world_that_is_restarted_has_other_ids_if_its_salt_differs() -> None:
    salts = count()
    salted = Entropy("seed", "default", lambda: 1.5, lambda: 2.5, lambda: str(next(salts)))
    plain = entropy()
    before = [(one.request_id(1), one.ids(1).uuid(), one.chance("a")) for one in (salted, plain)]

    salted.restart()
    plain.restart()

    after = [(one.request_id(1), one.ids(1).uuid(), one.chance("a")) for one in (salted, plain)]
    assert [*map(ne, before[0], after[0])] == [True] * 3
    assert before[1] == after[1]
    assert salted.password("Ann") == plain.password("Ann")


def test_how_many_ids_one_exchange_takes_does_not_change_those_of_the_next() -> None:
    greedy, modest = entropy(), entropy()

    for _ in range(50):
        greedy.ids(1).uuid()
    modest.ids(1).uuid()

    assert sample(greedy.ids(2)) == sample(modest.ids(2))


@pytest.mark.parametrize("form", FORMS)
def test_ids_have_the_documented_form(form: str) -> None:
    next_id, pattern = FORMS[form]

    given_ids = [next_id(entropy().ids(number)) for number in range(1, 300)]

    assert [id for id in given_ids if not re.fullmatch(pattern, id)] == []
    assert len(set(given_ids)) == len(given_ids)


def test_a_uuid_is_a_random_one_of_the_standards_variant() -> None:
    found = {
        (uuid.UUID(id).version, uuid.UUID(id).variant)
        for id in (entropy().ids(number).uuid() for number in range(1, 100))
    }

    assert found == {(4, uuid.RFC_4122)}


def test_every_digit_that_is_free_varies() -> None:
    columns = list(zip(*[entropy().ids(number).uuid() for number in range(1, 400)], strict=True))

    fixed = [index for index, column in enumerate(columns) if len(set(column)) == 1]

    assert fixed == [8, 13, 14, 18, 23]
    assert set(columns[19]) == set("89ab")


def test_time_comes_from_the_clocks_that_were_passed_in() -> None:
    assert (entropy().now(), entropy().timer()) == (1.5, 2.5)
