"""pytest fixtures: a session of its own for every test, on a server that all tests share.

pytest imports this module before it measures coverage, so it imports nothing else of the emulator
until a fixture is used.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from emulator.client import Session
    from emulator.local import Emulator
    from emulator.settings import Settings

_SESSION: pytest.StashKey[Session] = pytest.StashKey()
_OWN: pytest.StashKey[Emulator] = pytest.StashKey()
_HAS_FAILED: pytest.StashKey[bool] = pytest.StashKey()
_KEYWORDS = ("strict", "readings", "accounts")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("emulator", "messaging-emulator")
    group.addoption(
        "--emulator-url",
        metavar="URL",
        default=os.environ.get("EMULATOR_URL"),
        help="Use the emulator that runs there, not one in the test process; also EMULATOR_URL."
        " One that is exposed wants its token in EMULATOR_ADMIN_TOKEN.",
    )
    group.addoption(
        "--emulator-strict",
        action="store_true",
        help="Refuse what is otherwise warned of, and fail tests that leave warnings or unused"
        " rules behind.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker."""
    config.addinivalue_line(
        "markers",
        "emulator(strict=…, readings=…, accounts=…): for this test's session of the emulator,"
        " refuse what is otherwise warned of and look for warnings and unused rules at the end;"
        " read contradictions of the documents so; let these (user, password) pairs send.",
    )


@pytest.fixture(scope="session")
def emulator_config() -> Settings | Mapping[str, Any]:
    """Settings of the emulator in the test process, or a dict of some; to be overridden."""
    return {}


@pytest.fixture(scope="session")
def emulator_server(request: pytest.FixtureRequest) -> Iterator[Session]:
    """The emulator that the tests of this process share; `new_session()` gives worlds to others."""
    from emulator.core.errors import EmulatorError

    with contextlib.ExitStack() as opened:
        try:
            session = opened.enter_context(_server(request))
        except EmulatorError as error:
            raise pytest.fail.Exception(str(error), pytrace=False) from None
        yield session


@pytest.fixture
def emulator(request: pytest.FixtureRequest, emulator_server: Session) -> Iterator[Session]:
    """This test's own world in the emulator: where to send, and what was sent."""
    from emulator.core.errors import EmulatorError

    node = request.node
    choices = _choices(node)
    # Legible in addresses, and another one when the test runs again.
    name = re.sub("[^A-Za-z0-9._-]+", "-", node.name)[:50] + "-" + secrets.token_hex(3)
    try:
        session = emulator_server.new_session(name, **choices)
    except EmulatorError as error:
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    node.stash[_SESSION], node.stash[_HAS_FAILED] = session, False
    yield session
    if not node.stash[_HAS_FAILED] and choices["strict"] and (left := _left_behind(session)):
        pytest.fail(left, pytrace=False)
    bugs = _end(session, node.config, is_kept=node.stash[_HAS_FAILED])
    if bugs and not node.stash[_HAS_FAILED]:
        pytest.fail(f"a bug of the emulator: {''.join(bugs)}", pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell in a failed test's report what its session saw; the session stays to be looked at."""
    report = yield
    session = item.stash.get(_SESSION, None)
    if session is not None and report.failed and report.when != "teardown":
        item.stash[_HAS_FAILED] = True
        report.sections.append(("emulator", _story(session)))
    return report


def _server(request: pytest.FixtureRequest) -> contextlib.AbstractContextManager[Session]:
    url = request.config.getoption("--emulator-url")
    if url:
        from emulator.client import connect

        return connect(url, os.environ.get("EMULATOR_ADMIN_TOKEN"))
    own = request.config.stash[_OWN] = _own(request.getfixturevalue("emulator_config"))
    return own


def _own(config: object) -> Emulator:
    from emulator.core.errors import EmulatorError
    from emulator.local import Emulator
    from emulator.settings import Settings

    if isinstance(config, Settings):
        return Emulator(config)
    if isinstance(config, Mapping):
        return Emulator(**config)
    raise EmulatorError(f"the fixture emulator_config gives Settings or a dict, not {config!r}")


def _end(session: Session, config: pytest.Config, is_kept: bool) -> list[str]:
    """Delete the session unless it is kept; give the bugs that its requests met."""
    own = config.stash.get(_OWN, None)
    if own is None:
        bugs = session.bugs()
        if not is_kept:
            session.close()
        return bugs
    # An emulator in this process knows without being asked.
    if not is_kept:
        own.forget(session.session)
    return own.bugs(session.session)


def _choices(node: pytest.Item) -> dict[str, Any]:
    """What the markers say, the nearest last, and the option where they are silent."""
    chosen = {"strict": node.config.getoption("--emulator-strict") or None}
    for marker in reversed([*node.iter_markers("emulator")]):
        if wrong := _wrong(marker):
            pytest.fail(f"{node.nodeid}: {wrong}", pytrace=False)
        chosen |= marker.kwargs
    return chosen


def _wrong(marker: pytest.Mark) -> str | None:
    from emulator.core.words import meant

    if marker.args:
        return f'the marker "emulator" takes keywords only: {", ".join(_KEYWORDS)}'
    for keyword in marker.kwargs:
        if keyword not in _KEYWORDS:
            hint = meant(keyword, _KEYWORDS) or f"it takes {', '.join(_KEYWORDS)}"
            return f'the marker "emulator" has no keyword "{keyword}"; {hint}'
    return None


def _story(session: Session) -> str:
    from emulator.client.story import story
    from emulator.core.errors import EmulatorError

    try:
        return story(session)
    except EmulatorError as error:
        return str(error)


def _left_behind(session: Session) -> str:
    from emulator.client.story import left_behind

    return left_behind(session)
