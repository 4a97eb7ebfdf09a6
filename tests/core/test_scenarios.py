"""Scenarios as users write them, each mistake told with what would have been right."""

from __future__ import annotations

from typing import Any

import pytest

from emulator.core.errors import EmulatorError
from emulator.core.scenarios import MOST_SCENARIOS, Scenario, scenarios

VIBER = {"from": "Shop", "channel": "VIBER"}
SMS = {"from": "Shop", "channel": "SMS"}


def test_a_scenario_has_its_channels_in_order() -> None:
    given = {"key": "K1", "name": "Viber, else SMS", "flow": [VIBER, SMS], "default": True}

    found = scenarios([given])

    assert found == {
        "K1": Scenario("K1", "Viber, else SMS", (("Shop", "VIBER"), ("Shop", "SMS")), True)
    }
    assert found["K1"].record() == given


def test_a_key_and_a_flow_are_enough() -> None:
    found = scenarios([{"key": "K1", "flow": [{"channel": "SMS"}], "name": None}])

    assert found["K1"].record() == {
        "key": "K1",
        "name": "",
        "flow": [{"from": "", "channel": "SMS"}],
        "default": False,
    }


def test_there_may_be_none() -> None:
    assert scenarios([]) == {}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (None, '"scenarios" takes a list of 1000 scenarios at most'),
        ({}, '"scenarios" takes a list of 1000 scenarios at most'),
        ([{}] * (MOST_SCENARIOS + 1), '"scenarios" takes a list of 1000 scenarios at most'),
        (["K1"], "scenarios[0] takes an object"),
        (
            [{"key": "K1", "flow": [SMS], "defualt": True}],
            'scenarios[0]: no member "defualt"; did you mean "default"?',
        ),
        (
            [{"key": "K1"}],
            "scenarios[0].flow takes a list of steps, such as"
            ' [{"from": "Shop", "channel": "VIBER"}]',
        ),
        (
            [{"key": "K1", "flow": []}],
            "scenarios[0].flow takes a list of steps, such as"
            ' [{"from": "Shop", "channel": "VIBER"}]',
        ),
        ([{"key": "K1", "flow": [SMS, "SMS"]}], "scenarios[0].flow[1] takes an object"),
        ([{"key": "K1", "flow": [{"from": "A"}]}], 'scenarios[0].flow[0] lacks member "channel"'),
        (
            [{"key": "K1", "flow": [{"from": 1, "channel": "SMS"}]}],
            'scenarios[0].flow[0]: "from" takes a text',
        ),
        (
            [{"flow": [SMS]}],
            'scenarios[0]: "key" and "name" take texts, "default" true or false',
        ),
        (
            [{"key": "K1", "flow": [SMS], "default": 1}],
            'scenarios[0]: "key" and "name" take texts, "default" true or false',
        ),
        (
            [{"key": "K1", "flow": [SMS]}, {"key": "K1", "flow": [VIBER]}],
            'scenarios[1]: key "K1" stands twice',
        ),
        (
            [{"key": k, "flow": [SMS], "default": True} for k in ("K1", "K2")],
            "more than one scenario is the default; one can be",
        ),
    ],
)
def test_a_mistake_is_told_with_what_would_have_been_right(given: Any, told: str) -> None:
    with pytest.raises(EmulatorError) as error:
        scenarios(given)

    assert str(error.value) == told
