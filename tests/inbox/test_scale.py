"""Ten thousand messages, and a tab that stays open."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.inbox.letters import ACCOUNT, ANNA
from tests.inbox.looking import bubbles, row, rows, thread
from tests.processes import Running, serving

MANY = 10_000
PER_REQUEST = 100

LONG_TASKS = """
    () => {
        window.longTasks = [];
        new PerformanceObserver((list) => {
            for (const { duration } of list.getEntries()) window.longTasks.push(duration);
        }).observe({ type: "longtask" });
    }
"""
SCROLL = """
    (box) => new Promise((resolve) => {
        let steps = 0;
        const down = box.scrollTop === 0;
        const step = () => {
            box.scrollTop += down ? 3000 : -3000;
            if (++steps < 60) requestAnimationFrame(step);
            else resolve(box.querySelectorAll(":scope > ul > li, :scope > .log > article").length);
        };
        requestAnimationFrame(step);
    })
"""


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """An emulator with ten thousand messages in a conversation, and as many conversations."""
    options = ("--journal-limit", "300")
    with (
        serving(tmp_path_factory.mktemp("crowded"), *options) as running,
        httpx.Client(base_url=running.url, auth=ACCOUNT) as client,
    ):
        for session in ("deep", "wide"):
            for start in range(0, MANY, PER_REQUEST):
                numbers = range(start, start + PER_REQUEST)
                to = [ANNA if session == "deep" else f"4179{n:07}" for n in numbers]
                body = {
                    "destinations": [{"to": {"phoneNumber": recipient}} for recipient in to],
                    "text": f"Letter {start}",
                }
                client.post(f"/__session/{session}/omni/1/text", json=body).raise_for_status()
        yield running


def scrolled(page: Page, selector: str) -> int:
    """Scroll through a box; gives how many rows are in the document then."""
    page.evaluate(LONG_TASKS)
    count: int = page.locator(selector).evaluate(SCROLL)
    # On a machine of its own no task takes 100 ms; the bound leaves room for a busy one.
    assert [task for task in page.evaluate("window.longTasks") if task > 1000] == []
    return count


def test_ten_thousand_conversations_are_listed(crowded: Running, page: Page) -> None:
    page.goto(f"{crowded.url}/__session/wide/__inbox")

    expect(page).to_have_title("(10000) Inbox · wide", timeout=20_000)
    assert rows(page).count() < 40
    assert scrolled(page, "#rows") < 40
    page.get_by_role("searchbox").fill("41790004321")
    expect(rows(page)).to_have_count(1)


def test_a_conversation_of_ten_thousand_messages_is_read(crowded: Running, page: Page) -> None:
    page.goto(f"{crowded.url}/__session/deep/__inbox")
    expect(page).to_have_title("(10000) Inbox · deep", timeout=20_000)
    row(page, ANNA).click()
    expect(bubbles(page).last).to_contain_text("Letter 9900")

    assert scrolled(page, ".scroller") <= 100

    expect(page.get_by_role("button", name="To the newest")).to_be_visible()
    assert not thread(page).get_by_text("Letter 9900").first.is_visible()
    page.get_by_role("button", name="To the newest").click()
    expect(bubbles(page).last).to_be_in_viewport()


def test_what_the_emulator_forgot_the_page_forgets(page: Page, tmp_path: Path) -> None:
    with serving(tmp_path, "--journal-limit", "20") as running:
        page.goto(f"{running.url}/__inbox?view=requests")
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        with httpx.Client(base_url=running.url, auth=ACCOUNT) as client:

            def send(text: str) -> None:
                body = {"destinations": [{"to": {"phoneNumber": ANNA}}], "text": text}
                client.post("/omni/1/text", json=body).raise_for_status()

            for n in range(60):
                send(f"Letter {n}")
            # It looks for what is gone every few seconds, while something happens.
            kept = page.get_by_role("button", name=re.compile("accepted 2[0-9]$"))
            while not kept.is_visible():
                send("More")
                page.wait_for_timeout(100)
        page.get_by_role("link", name="Conversations").click()
        row(page, ANNA).click()
        assert bubbles(page).count() < 30
