"""The inbox by keyboard, for screen readers, on a phone, in the dark, and in time."""

from __future__ import annotations

from typing import Literal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.inbox.letters import ANNA, BEA, CARL, Letters, everything, yes_or_no
from tests.inbox.looking import Inbox, bubbles, details, row, rows, thread
from tests.processes import free_port, serving

PLACES = {
    "list": "",
    "conversation": f"?c={CARL}",
    "shop": f"?c={BEA}",
    "requests": "?view=requests",
    "refused": "?view=requests&outcome=refused",
    "scene": "?view=scene",
}


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_axe_finds_nothing_serious(
    scheme: Literal["light", "dark"], width: int, inbox: Inbox, page: Page, letters: Letters
) -> None:
    everything(letters)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    found = []

    for place, query in PLACES.items():
        inbox(query)
        if place == "refused":
            page.get_by_role("list", name="Requests").get_by_role("link").first.click()
            expect(details(page)).to_contain_text("Why it was refused")
        if place == "conversation":
            expect(bubbles(page)).to_have_count(7)
        for violation in Axe().run(page).response["violations"]:
            if violation["impact"] in ("serious", "critical"):
                nodes = [node["html"][:200] for node in violation["nodes"]]
                found.append((place, violation["id"], nodes))

    assert found == []


def test_everything_is_done_by_keyboard(inbox: Inbox, letters: Letters) -> None:
    letters.omni("First")
    letters.omnichat(yes_or_no(), "U1")
    page = inbox()
    press = page.keyboard.press

    press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    press("ArrowDown")
    expect(row(page, "U1")).to_be_focused()
    press("ArrowDown")
    expect(row(page, ANNA)).to_be_focused()
    press("Home")
    press("Enter")
    expect(bubbles(page)).to_contain_text("Do you want to subscribe")
    expect(row(page, "U1")).to_be_focused()
    press("Tab")
    expect(page.get_by_label("Conversation with U1").locator("..")).to_be_focused()
    press("Tab")
    expect(page.get_by_role("button", name="Yes")).to_be_focused()
    press("Enter")
    expect(bubbles(page)).to_have_count(2)
    page.get_by_role("button", name="Status").focus()
    expect(page.get_by_role("tooltip")).to_be_visible()
    press("Escape")
    expect(thread(page)).to_have_count(0)
    expect(rows(page).first).to_be_focused()


def test_a_live_message_does_not_take_the_keyboard_away(inbox: Inbox, letters: Letters) -> None:
    letters.omni("First")
    page = inbox(f"?c={ANNA}")
    row(page, ANNA).focus()

    letters.konnek("text", {"text": "Hello"})
    letters.omni("Second")

    expect(rows(page)).to_have_count(2)
    expect(row(page, ANNA)).to_contain_text("Second")
    expect(row(page, ANNA)).to_be_focused()
    page.get_by_label("Reply as the user").fill("I am writ")
    letters.omni("Third")
    expect(bubbles(page)).to_have_count(3)
    page.keyboard.type("ing")
    expect(page.get_by_label("Reply as the user")).to_have_value("I am writing")


def test_a_phone_shows_one_thing_at_a_time(inbox: Inbox, page: Page, letters: Letters) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    everything(letters)
    inbox()
    expect(page.get_by_role("searchbox")).to_be_visible()

    row(page, CARL).click()
    expect(thread(page)).to_be_visible()
    expect(page.get_by_role("searchbox")).to_be_hidden()
    bubbles(page).last.get_by_role("link", name="Details").click()
    expect(details(page)).to_be_visible()
    expect(thread(page)).to_be_hidden()
    page.go_back()
    page.get_by_role("link", name="Back to the list").click()

    expect(rows(page).first).to_be_visible()
    for query in PLACES.values():
        inbox(query)
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        for part in ("banner", "main"):
            box = page.get_by_role(part, include_hidden=True).bounding_box()
            assert box is not None
            assert box["width"] == 360
        beyond = page.evaluate(
            """() => [...document.querySelectorAll('.bar *, .card *, .bubble')]
                .filter((node) => node.checkVisibility())
                .filter((node) => node.getBoundingClientRect().right > 361)
                .map((node) => node.outerHTML.slice(0, 120))"""
        )
        assert beyond == []


def test_the_first_sight_comes_at_once(inbox: Inbox, letters: Letters) -> None:
    everything(letters)
    page = inbox()
    page.reload()
    expect(rows(page).first).to_be_visible()

    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime")

    # It takes about 100 ms; the bound leaves room for a busy machine.
    assert painted < 1500


def test_a_restarted_emulator_is_found_again(
    page: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    port = str(free_port())
    with serving(tmp_path_factory.mktemp("first"), "--port", port) as running:
        letters = Letters(running.url)
        letters.omni("Before")
        page.goto(f"{running.url}/__inbox")
        expect(row(page, ANNA)).to_contain_text("Before")
        letters.close()
        running.end()
    expect(page.get_by_text("Reconnecting")).to_be_visible()

    with serving(tmp_path_factory.mktemp("second"), "--port", port) as running:
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        expect(rows(page)).to_have_count(0)
        letters = Letters(running.url)
        letters.konnek("text", {"text": "After"})

        expect(row(page, BEA)).to_contain_text("After")
        letters.close()


def test_an_exposed_emulator_asks_for_its_token(
    browser: Browser, page: Page, tmp_path_factory: pytest.TempPathFactory
) -> None:
    options = ("--expose", "--admin-token", "s3cr3t")
    with serving(tmp_path_factory.mktemp("exposed"), *options) as running:
        page.goto(f"{running.url}/__inbox?view=scene")

        page.get_by_role("button", name="Freeze").click()
        dialog = page.get_by_role("dialog", name="Admin token")
        dialog.get_by_label("Admin token", exact=True).last.fill("s3cr3t")
        dialog.get_by_role("button", name="Go on").click()

        expect(page.get_by_text("The clock stands still")).to_be_visible()
        page.get_by_role("button", name="Let it run").click()
        expect(page.get_by_text("The clock runs")).to_be_visible()
