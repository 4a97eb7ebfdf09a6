"""What shall happen to a call: whom a match is about, and how long an answer is held back."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.behaviour import (
    LONGEST_DELAY,
    Accept,
    Break,
    Lognormal,
    Match,
    Outcome,
    Refuse,
    Rule,
    Uniform,
    fits,
)
from emulator.core.matcher import Matcher
from emulator.core.message import Step

ALIKE = st.text(alphabet="ab*.\n", max_size=6)
CHANCES = st.floats(0, 1, exclude_max=True)
SECONDS = st.floats(0, LONGEST_DELAY)


def means(glob: str, word: str) -> bool:
    """Whether a word is what a pattern means, in the words of its definition."""
    if not glob or not word:
        return glob.strip("*") == word
    if glob[0] == "*":
        return means(glob[1:], word) or means(glob, word[1:])
    return glob[0] == word[0] and means(glob[1:], word[1:])


@pytest.mark.parametrize(
    ("glob", "word", "expected"),
    [
        ("4179*", "41793026727", True),
        ("4179*", "4179", True),
        ("4179*", "14179", False),
        ("*727", "41793026727", True),
        ("4*9*7", "41793026727", True),
        ("*", "", True),
        ("", "", True),
        ("", "x", False),
        ("infobip.omni-*", "infobip.omni-text", True),
        ("infobip.omni-*", "infobip-omni-text", False),
        ("a.c", "abc", False),
        ("[ab]", "a", False),
        ("?", "a", False),
        ("Bea", "bea", False),
        ("*", "several\nlines", True),
    ],
)
def test_a_star_stands_for_any_characters_and_all_else_for_itself(
    glob: str, word: str, expected: bool
) -> None:
    assert fits(glob, word) == expected


@given(glob=ALIKE, word=ALIKE)
def test_a_pattern_means_what_its_definition_says(glob: str, word: str) -> None:
    assert fits(glob, word) == means(glob, word)


@given(st.text(), st.text())
def test_every_word_fits_itself_and_itself_with_stars(word: str, rest: str) -> None:
    assert fits(word, word)
    assert fits(f"{word}*", word + rest)
    assert fits(f"*{rest}", word + rest)


@pytest.mark.parametrize(
    ("pattern", "recipient", "expected"),
    [
        ("41793026727", "+41793026727", True),
        ("+41793026727", "+41793026727", True),
        ("4179*", "+41793026727", True),
        ("+4179*", "41793026727", False),
        ("41793026727", "++41793026727", False),
    ],
)
def test_a_recipient_is_meant_with_or_without_its_plus(
    pattern: str, recipient: str, expected: bool
) -> None:
    assert Match(recipient=pattern).fits_recipient(recipient) == expected


def test_an_empty_match_is_about_everything() -> None:
    everything = Match()

    assert everything.fits_endpoint("toy.letters")
    assert everything.fits_endpoint(None)
    assert everything.fits_recipient("")
    assert everything.fits_document({})
    assert [*everything.differences(None, [], None)] == []


def test_a_call_to_no_endpoint_is_not_meant_by_an_endpoint() -> None:
    assert not Match(endpoint="*").fits_endpoint(None)


MATCH = Match("toy.l*", "B*", Matcher({"required": ["colour"]}))


@pytest.mark.parametrize(
    ("endpoint", "recipients", "document", "expected"),
    [
        ("toy.letters", ["Bea"], {"colour": "red"}, []),
        ("toy.letters", ["Cy", "Bea"], {"colour": "red"}, []),
        (
            "toy.bell",
            ["Bea"],
            {"colour": "red"},
            ['endpoint: "toy.bell" does not match "toy.l*"'],
        ),
        (
            "toy.letters",
            ["Cy", "Di", "Ed", "Flo"],
            {"colour": "red"},
            ['recipient: "Cy", "Di", "Ed" does not match "B*"'],
        ),
        (
            "toy.letters",
            [],
            {"colour": "red"},
            ['recipient: none does not match "B*"'],
        ),
        (
            "toy.letters",
            ["Bea"],
            {"text": "Hello"},
            ['document: "colour" is a required property'],
        ),
        (
            "toy.letters",
            ["Bea"],
            None,
            ["document: the body could not be read"],
        ),
        (
            None,
            ["Cy"],
            None,
            [
                'endpoint: none does not match "toy.l*"',
                'recipient: "Cy" does not match "B*"',
                "document: the body could not be read",
            ],
        ),
    ],
)
def test_how_a_call_differs_from_a_match_is_told_in_sentences(
    endpoint: str | None,
    recipients: list[str],
    document: Mapping[str, Any] | None,
    expected: list[str],
) -> None:
    assert [*MATCH.differences(endpoint, recipients, document)] == expected


def test_a_difference_of_a_document_names_its_place() -> None:
    match = Match(document=Matcher({"properties": {"to": {"items": {"const": "Bea"}}}}))

    differences = [*match.differences(None, [], {"to": ["Bea", "Cy"]})]

    assert differences == ['document/to/1: "Bea" was expected']


def test_three_differences_of_a_document_are_told_at_most() -> None:
    match = Match(document=Matcher({"required": ["a", "b", "c", "d", "e"]}))

    assert len([*match.differences(None, [], {})]) == 3


@given(least=SECONDS, more=SECONDS, chance=CHANCES)
def test_a_uniform_delay_is_within_its_bounds(least: float, more: float, chance: float) -> None:
    most = max(least, more)

    assert least <= Uniform(least, most).seconds(chance) <= most + 1e-9


@given(median=SECONDS, sigma=st.floats(0, 10), chance=CHANCES)
def test_a_lognormal_delay_is_never_below_zero_nor_above_the_longest(
    median: float, sigma: float, chance: float
) -> None:
    assert 0 <= Lognormal(median, sigma).seconds(chance) <= LONGEST_DELAY


@given(sigma=st.floats(0, 10), one=CHANCES, other=CHANCES)
def test_a_delay_grows_with_its_chance(sigma: float, one: float, other: float) -> None:
    low, high = sorted((one, other))

    for delay in (Lognormal(0.2, sigma), Uniform(0.1, 2)):
        assert delay.seconds(low) <= delay.seconds(high)


def test_delays_are_distributed_as_they_are_called() -> None:
    chances = [(n + 0.5) / 1000 for n in range(1000)]

    uniform = [Uniform(1, 3).seconds(chance) for chance in chances]
    lognormal = [Lognormal(0.2, 1).seconds(chance) for chance in chances]

    assert median(uniform) == pytest.approx(2, rel=0.01)
    assert sum(delay < 1.5 for delay in uniform) == 250
    assert median(lognormal) == pytest.approx(0.2, rel=0.01)
    # One standard deviation: 68 of 100 lie within a factor of e.
    assert sum(0.2 / 2.71828 < delay < 0.2 * 2.71828 for delay in lognormal) in range(680, 686)


@pytest.mark.parametrize("delay", [Lognormal(0, 5), Uniform(0, 0)])
def test_no_delay_is_none(delay: Uniform | Lognormal) -> None:
    assert [delay.seconds(chance) for chance in (0, 0.5, 0.999)] == [0, 0, 0]


def test_a_lognormal_delay_without_a_spread_is_its_median() -> None:
    assert [Lognormal(0.3, 0).seconds(chance) for chance in (0, 0.5, 0.999)] == [0.3] * 3


@given(st.integers(1, 5), st.integers(1, 50))
def test_the_nth_use_takes_the_nth_outcome_and_then_the_last(outcomes: int, use: int) -> None:
    listed = tuple(Outcome(Refuse("bad-request", n)) for n in range(1, outcomes + 1))

    outcome = Rule(Match(), listed, {}).outcome(use)

    assert outcome == listed[use - 1 if use <= outcomes else -1]


def test_a_rule_knows_the_statuses_that_it_gives() -> None:
    outcomes = (
        Outcome(Accept("LOST", (Step(1, "SENT"), Step(2, "SEEN")))),
        Outcome(Accept()),
        Outcome(Break("reset")),
    )

    assert Rule(Match(), outcomes, {}).statuses == {"LOST", "SENT", "SEEN"}
