"""Pictures of the inbox's main views, to be looked at: `make screenshots`."""

from __future__ import annotations

import base64
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright

from tests.inbox.browser import launch
from tests.inbox.letters import BEA, CARL, USER_KEY, Letters, everything
from tests.inbox.looking import bubbles, requests, row
from tests.inbox.receiver import receiving
from tests.processes import serving

SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 800},
    "phone": {"width": 390, "height": 844},
}


def main(folder: Path) -> None:
    """Draw every view, light and dark, on a desktop and on a phone."""
    folder.mkdir(exist_ok=True)
    with scene() as url, sync_playwright() as playwright:
        browser = launch(playwright)
        draw(browser, url + "-empty", "light", "desktop", folder, ["empty"])
        for scheme in ("light", "dark"):
            for size in SIZES:
                draw(browser, url, scheme, size, folder, VIEWS)
        browser.close()


@contextmanager
def scene() -> Iterator[str]:
    """An emulator with something of everything; gives the address of its session."""
    with ExitStack() as stack:
        work = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        running = stack.enter_context(serving(work))
        application = stack.enter_context(receiving())
        letters = Letters(f"{running.url}/__session/demo")
        stack.callback(letters.close)
        admin = httpx.Client(base_url=f"{letters.url}/__admin")
        stack.callback(admin.close)
        hook = {"url": application.url, "events": ["seen", "inbound", "postback"]}
        admin.put("/webhook", json=hook)
        everything(letters)
        admin.post("/clock/advance", json={"seconds": 5})
        asked = admin.get("/messages", params={"recipient": USER_KEY}).json()["messages"][-1]["id"]
        admin.post(f"/messages/{asked}/seen")
        admin.post(f"/messages/{asked}/tap", json={"button": "Yes"})
        said = {"sender": USER_KEY, "recipient": "0F3C3F29829F", "text": "When does it start?"}
        admin.post("/inbound", json=said)
        flaps = {
            "name": "carrier flaps",
            "match": {"recipient": "4179*"},
            "outcomes": [{"fault": "reset"}, {"refuse": "too-many-requests", "delay": 0.5}],
            "times": 3,
        }
        admin.post("/rules", json=flaps)
        yield letters.url


def draw(
    browser: Browser, url: str, scheme: str, size: str, folder: Path, views: list[str]
) -> None:
    """Draw some views in one look."""
    context = browser.new_context(
        viewport=SIZES[size],
        color_scheme="dark" if scheme == "dark" else "light",
        locale="en-GB",
        has_touch=size == "phone",
    )
    page = context.new_page()
    for view in views:
        show(page, f"{url}/__inbox", view)
        # Playwright itself writes PNG and JPEG only, which take several times the space.
        shot = context.new_cdp_session(page).send(
            "Page.captureScreenshot", {"format": "webp", "quality": 50}
        )
        path = folder / f"{view}-{size}-{scheme}.webp"
        path.write_bytes(base64.b64decode(shot["data"]))
        print(f"{path}  {path.stat().st_size // 1024} KB")
    context.close()


VIEWS = ["list", "facebook", "shop", "conversation", "details", "requests", "refused", "scene"]


def show(page: Page, inbox: str, view: str) -> None:
    """Bring a view before the camera."""
    recipients = {"facebook": CARL, "shop": BEA, "conversation": USER_KEY, "details": USER_KEY}
    queries = {"requests": "?view=requests", "refused": "?view=requests", "scene": "?view=scene"}
    page.goto(inbox + queries.get(view, ""))
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    if view in recipients:
        row(page, recipients[view]).click()
        expect(bubbles(page).last).to_be_in_viewport()
    if view == "details":
        bubbles(page).filter(has_text="subscribe").get_by_role("link", name="Details").click()
        expect(page.get_by_label("Request body")).to_be_visible()
    if view == "refused":
        requests(page).filter(has_text="at most 3 items").click()
        expect(page.get_by_label("Request body")).to_be_visible()
    if view == "scene":
        expect(page.get_by_text("carrier flaps")).to_be_visible()
    page.wait_for_timeout(300)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
