"""A real browser that looks at an emulator.

Playwright keeps an event loop running in its thread, in which other tests could not run theirs, so
everything with a page runs in a thread of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.inbox.browser import launch
from tests.inbox.letters import Letters
from tests.processes import serving


@pytest.fixture(scope="session")
def browsing() -> Iterator[ThreadPoolExecutor]:
    """The thread of the browser."""
    with ThreadPoolExecutor(1) as thread:
        yield thread


@pytest.fixture(scope="session")
def browser(browsing: ThreadPoolExecutor) -> Iterator[Browser]:
    """One browser for all tests of a worker."""
    expect.set_options(timeout=10_000)
    stack = ExitStack()
    browser = browsing.submit(lambda: launch(stack.enter_context(sync_playwright()))).result()
    yield browser
    browsing.submit(browser.close).result()
    browsing.submit(stack.close).result()


@pytest.fixture(scope="session")
def emulator_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An emulator for the inbox's tests alone."""
    with serving(tmp_path_factory.mktemp("inbox")) as running:
        yield running.url


@pytest.fixture
def letters(emulator_url: str, request: pytest.FixtureRequest) -> Iterator[Letters]:
    """What sends to a session of this test's own."""
    letters = Letters(f"{emulator_url}/__session/{abs(hash(request.node.nodeid)) % 10**9}")
    yield letters
    letters.close()


@pytest.fixture
def inbox(page: Page, letters: Letters) -> Callable[..., Page]:
    """Open the inbox of the test's session, and give the page once it follows what happens."""

    def open_inbox(query: str = "") -> Page:
        page.goto(f"{letters.url}/__inbox{query}")
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        return page

    return open_inbox


@pytest.fixture
def page(browser: Browser, browsing: ThreadPoolExecutor) -> Iterator[Page]:
    """A page of a browser that remembers nothing; a script that fails fails the test."""
    errors: list[str] = []

    def opened() -> Page:
        context = browser.new_context(locale="en-GB", viewport={"width": 1280, "height": 800})
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console", lambda m: errors.append(m.text) if "Content Security" in m.text else None
        )
        return page

    page = browsing.submit(opened).result()
    yield page
    browsing.submit(page.context.close).result()
    assert errors == []


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test with a page in the browser's thread."""
    names = pyfuncitem.fixturenames
    if "browser" not in names:
        return None
    wanted = {name: pyfuncitem.funcargs[name] for name in pyfuncitem._fixtureinfo.argnames}
    thread: ThreadPoolExecutor = pyfuncitem._request.getfixturevalue("browsing")
    thread.submit(pyfuncitem.obj, **wanted).result(timeout=60)
    return True
