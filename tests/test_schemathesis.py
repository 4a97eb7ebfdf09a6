from __future__ import annotations

import pytest

from tests.fuzz import fuzzed
from tests.providers.examples import ENDPOINTS, named

# The same requests each time; `make fuzz` sends others, and more of them.
BOUNDED = ("--seed=1", "--max-examples=10", "--continue-on-failure")


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_an_endpoint_answers_whatever_it_is_sent_as_described(endpoint: object) -> None:
    name = named(endpoint).replace(".", r"\.")

    done = fuzzed(rf"--include-operation-id-regex=^{name}(-\d+)?$", *BOUNDED)

    assert done.returncode == 0, done.stdout + done.stderr


def test_the_admin_api_answers_whatever_it_is_sent_as_described() -> None:
    done = fuzzed("--include-tag=admin", "--phases=examples,coverage,fuzzing", *BOUNDED)

    assert done.returncode == 0, done.stdout + done.stderr
