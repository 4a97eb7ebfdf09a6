"""The nearest known word, and the question whether it was meant."""

from __future__ import annotations

import pytest

from emulator.core.words import meant, nearest

KNOWN = ("PENDING_ENROUTE", "DELIVERED", "toy.bell")


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("PENDNG_ENROUTE", "PENDING_ENROUTE"),
        ("delivered", "DELIVERED"),
        ("toy.bel", "toy.bell"),
        ("xyz", None),
        ("", None),
    ],
)
def test_the_nearest_word_is_found_whatever_its_letter_case(
    word: str, expected: str | None
) -> None:
    assert nearest(word, KNOWN) == expected
    assert meant(word, KNOWN) == (expected and f'did you mean "{expected}"?')


def test_nothing_is_near_where_nothing_is_known() -> None:
    assert meant("anything", []) is None
