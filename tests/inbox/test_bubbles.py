"""Messages, drawn as their recipients see them."""

from __future__ import annotations

import base64

import httpx
import pytest
from playwright.sync_api import Route, expect

from tests.inbox.letters import ANNA, BEA, CARL, USER_KEY, Letters, everything
from tests.inbox.looking import Inbox, bubbles, details, row, thread

PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)


def test_every_kind_of_message_shows_what_it_carries(inbox: Inbox, letters: Letters) -> None:
    everything(letters)
    page = inbox()
    shown = {
        CARL: [
            "Hello, World!",
            "Load the picture shirt.png petersapparel.com",
            "Audio waves.mp3 petersapparel.com",
            "68 more characters were cut off",
            "The application is typing",
            "Shall we send the blue shirt?",
            "The application has seen the conversation",
        ],
        BEA: [
            "The lift in your building works again.",
            "Your order 7731 is on its way. 🚚",
            "Document Invoice 7731.pdf shop.example",
            "Video How to unpack it.mp4 shop.example",
            "Location -6.2, 106.816667 Open the map",
            "Nobody is in Shop We are here from 9 to 5.",
            "When shall we come? Today The van is near you 14 to 16 three places left",
        ],
        ANNA: ["follow us at http://", "A new hope", "The lift in your building", "no text"],
        USER_KEY: ["Hello, World!", "Fresh in", "Do you want to subscribe to our service X?"],
    }

    for recipient, texts in shown.items():
        row(page, recipient).click()
        expect(bubbles(page)).to_have_count(len(texts))
        for bubble, text in zip(bubbles(page).all(), texts, strict=True):
            assert text in " ".join(bubble.inner_text().split())


def test_what_was_cut_off_can_be_read_and_stays(inbox: Inbox, letters: Letters) -> None:
    admin = f"{letters.url}/__admin"
    httpx.put(f"{admin}/clock", json={"mode": "frozen"}).raise_for_status()
    letters.facebook({"type": "TEXT", "text": "x" * 640 + "the end"})
    page = inbox(f"?c={CARL}")

    expect(thread(page).get_by_text("the end")).to_be_hidden()
    thread(page).get_by_text("7 more characters were cut off").click()

    expect(thread(page).get_by_text("the end")).to_be_visible()
    httpx.post(f"{admin}/clock/advance", json={"seconds": 60}).raise_for_status()
    expect(page.get_by_role("button", name="Status DELIVERED_TO_HANDSET")).to_be_visible()
    expect(thread(page).get_by_text("the end")).to_be_visible()


def test_of_a_very_long_text_the_beginning_is_shown_first(inbox: Inbox, letters: Letters) -> None:
    letters.konnek("text", {"text": "long " * 100_000 + "the end"})
    page = inbox(f"?c={BEA}")
    expect(thread(page).get_by_text("the end")).to_have_count(0)

    page.get_by_role("button", name="Show all 500,007 characters").click()

    expect(thread(page).get_by_text("the end")).to_be_visible()


def test_a_picture_is_loaded_when_asked_for_only(inbox: Inbox, letters: Letters) -> None:
    letters.facebook({"type": "IMAGE", "url": "http://pictures.example/shirt.png"})
    page = inbox()
    asked: list[str | None] = []

    def picture(route: Route) -> None:
        asked.append(route.request.header_value("referer"))
        route.fulfill(body=PIXEL, content_type="image/png")

    page.context.route("http://pictures.example/**", picture)
    row(page, CARL).click()
    load = page.get_by_role("button", name="Load the picture")
    expect(load).to_be_visible()
    assert asked == []

    load.click()

    loaded = thread(page).get_by_role("img", name="Picture of the message")
    expect(loaded).to_be_visible()
    assert asked == [None]
    letters.facebook({"type": "TEXT", "text": "Like it?"}, CARL)
    expect(bubbles(page)).to_have_count(2)
    expect(loaded).to_be_visible()


def test_a_picture_that_cannot_be_loaded_says_so(inbox: Inbox, letters: Letters) -> None:
    letters.facebook({"type": "IMAGE", "url": "http://pictures.example/shirt.png"})
    page = inbox(f"?c={CARL}")
    page.context.route("http://pictures.example/**", lambda route: route.abort())

    page.get_by_role("button", name="Load the picture").click()

    expect(thread(page).get_by_text("The picture could not be loaded.")).to_be_visible()


EVIL = (
    '<img src=x onerror="window.ran=1"><script>window.ran=1</script>'
    "<svg onload=window.ran=1></svg></p><u>under</u> javascript:window.ran=1 {{7*7}} &amp;"
)


@pytest.mark.parametrize("place", ["text", "recipient", "sender", "title", "refused"])
def test_html_and_script_stay_text(place: str, inbox: Inbox, letters: Letters) -> None:
    recipient = CARL
    match place:
        case "text":
            letters.facebook({"type": "TEXT", "text": EVIL})
        case "recipient":
            recipient = EVIL
            letters.facebook({"type": "TEXT", "text": "Hello"}, EVIL)
        case "sender":
            message = {"type": "TEXT", "text": "Hello"}
            letters.post("/facebook/1/single", {"from": EVIL, "to": CARL, "message": message})
        case "title":
            recipient = BEA
            footer = {"title": EVIL, "text": EVIL}
            header = {"type": "text", "text": EVIL}
            button = [{"key": EVIL, "title": EVIL}]
            letters.konnek("button", {"button": button}, header=header, footer=footer)
        case "refused":
            letters.post("/facebook/1/single", {"from": EVIL, EVIL: EVIL})
    page = inbox()

    if place == "refused":
        page.get_by_text("refused").click()
        expect(details(page)).to_contain_text("<svg onload=window.ran=1>")
    else:
        row(page, recipient[:20]).click()
        bubbles(page).hover()
        bubbles(page).get_by_role("link", name="Details").click()
        expect(page.locator("body")).to_contain_text(EVIL)

    assert page.evaluate("window.ran") is None
    assert page.locator("u, img, body script").count() == 0
    assert page.locator("a[href^='javascript']").count() == 0


def test_making_html_of_text_is_forbidden(inbox: Inbox) -> None:
    page = inbox()

    # Evaluated by the test's own power; even so the policy keeps a string from becoming HTML.
    refused = page.evaluate(
        "() => { try { document.body.innerHTML = '<b>x</b>'; } catch (e) { return e.name; } }"
    )

    assert refused == "TypeError"


def test_a_bulk_leads_to_its_other_messages(inbox: Inbox, letters: Letters) -> None:
    letters.omni("The lift works again.", ANNA, BEA, bulkId="lift-7")
    letters.omni("Something else", ANNA)
    page = inbox(f"?c={ANNA}")

    bubbles(page).first.hover()
    bubbles(page).first.get_by_role("link", name="Details").click()
    expect(details(page)).to_contain_text("Bulk of 2 messages")
    details(page).get_by_role("link").filter(has_text=BEA).click()

    expect(thread(page)).to_have_accessible_name(f"Conversation with {BEA}")
    expect(details(page)).to_contain_text("Bulk of 2 messages")
