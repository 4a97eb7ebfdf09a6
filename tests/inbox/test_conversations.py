"""Conversations, as a person finds and reads them."""

from __future__ import annotations

import re
import time
from urllib.parse import quote

import httpx
from playwright.sync_api import expect

from tests.inbox.letters import ANNA, BEA, CARL, USER_KEY, Letters, everything, yes_or_no
from tests.inbox.looking import Inbox, bubbles, details, requests, row, rows, thread

ARRIVAL = """
    (text) => void (window.arrival = new Promise((resolve) => {
        new MutationObserver((_, observer) => {
            if (!document.body.innerText.includes(text)) return;
            observer.disconnect();
            requestAnimationFrame(() => resolve(Date.now()));
        }).observe(document.body, { childList: true, subtree: true, characterData: true });
    }))
"""


def test_a_message_appears_without_reload_at_once(inbox: Inbox, letters: Letters) -> None:
    page = inbox()
    page.evaluate(ARRIVAL, "A long time ago")

    sent = time.time()
    letters.omni("A long time ago")
    arrived = page.evaluate("window.arrival") / 1000

    # It takes about 50 ms; the bound leaves room for a busy machine.
    assert arrived - sent < 1.5
    expect(row(page, ANNA)).to_contain_text("A long time ago")


def test_a_conversation_shows_its_recipient_and_last_text(inbox: Inbox, letters: Letters) -> None:
    letters.omni("First")
    letters.omni("Second")
    letters.konnek("text", {"text": "Third"})

    page = inbox()

    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text(BEA)
    expect(rows(page).first).to_contain_text("Third")
    expect(rows(page).last).to_contain_text(ANNA)
    expect(rows(page).last).to_contain_text("Second")
    expect(page.get_by_text("First")).to_have_count(0)


def test_what_nobody_has_seen_yet_is_counted_as_unread(inbox: Inbox, letters: Letters) -> None:
    letters.omni("First")
    letters.omni("Second")
    page = inbox()
    expect(row(page, ANNA)).to_contain_text("2 unread")
    expect(page).to_have_title(re.compile(r"^\(2\) Inbox"))

    row(page, ANNA).click()
    expect(row(page, ANNA)).not_to_contain_text("unread")
    page.reload()

    expect(row(page, ANNA)).to_be_visible()
    expect(row(page, ANNA)).not_to_contain_text("unread")
    expect(page).to_have_title(re.compile("^Inbox"))


def test_an_open_conversation_goes_on_by_itself(inbox: Inbox, letters: Letters) -> None:
    letters.omni("First")
    page = inbox()
    row(page, ANNA).click()

    letters.omni("Second")

    expect(bubbles(page)).to_have_count(2)
    expect(bubbles(page).last).to_contain_text("Second")
    expect(row(page, ANNA)).not_to_contain_text("unread")


def test_a_message_that_arrives_between_press_and_release_takes_no_click(
    inbox: Inbox, letters: Letters
) -> None:
    letters.omni("Hello")
    page = inbox()
    row(page, ANNA).hover()

    page.mouse.down()
    letters.omni("Good morning")
    page.wait_for_timeout(500)
    expect(row(page, ANNA)).to_contain_text("Hello")
    page.mouse.up()

    expect(thread(page)).to_contain_text("Good morning")
    expect(row(page, ANNA)).to_contain_text("Good morning")


def test_the_search_finds_by_all_that_one_may_remember(inbox: Inbox, letters: Letters) -> None:
    httpx.put(f"{letters.url}/__admin/clock", json={"mode": "frozen"}).raise_for_status()
    everything(letters)
    page = inbox()
    box = page.get_by_role("searchbox")
    found = {
        ANNA: [ANNA],
        "galaxy": [ANNA],
        "TELEGRAM": ["6285550001111"],
        "buttons": [USER_KEY],
        "facebook-text-max": [CARL],
        "lift-7": [BEA, ANNA],
        "blue SHIRT": [CARL],
        "pending_enroute sms": [ANNA],
    }

    for words, recipients in found.items():
        box.fill(words)
        expect(rows(page).filter(has_not_text="refused")).to_have_count(len(recipients))
        for recipient in recipients:
            expect(row(page, recipient)).to_be_visible()
        assert f"q={quote(words, safe='').replace('%20', '+')}" in page.url

    box.fill("nothing like it")
    expect(page.get_by_text("No conversation fits the search.")).to_be_visible()


def test_a_search_and_its_filters_live_in_the_address(inbox: Inbox, letters: Letters) -> None:
    everything(letters)
    page = inbox("?channel=whatsapp")
    expect(rows(page)).to_have_count(1)

    page.locator("summary").filter(has_text="whatsapp").click()
    page.get_by_label("Channel").select_option("VIBER")

    expect(row(page, USER_KEY)).to_be_visible()
    expect(rows(page)).to_have_count(1)
    assert "channel=VIBER" in page.url

    page.get_by_role("button", name="Clear filters").click()
    page.get_by_label("Only").select_option("with a warning")
    expect(rows(page)).to_have_count(2)
    expect(row(page, CARL)).to_be_visible()

    page.go_back()
    expect(row(page, BEA)).to_be_visible()


def test_a_message_searched_for_is_where_the_conversation_opens(
    inbox: Inbox, letters: Letters
) -> None:
    letters.omni("The needle")
    for n in range(200):
        letters.omni(f"Hay {n}")
    page = inbox("?q=needle")

    row(page, ANNA).click()

    expect(thread(page).get_by_text("The needle")).to_be_in_viewport()
    assert thread(page).locator("mark").all_inner_texts() == ["needle"]
    expect(page.get_by_role("button", name="new messages")).to_be_visible()


def test_a_refused_request_is_among_the_conversations(inbox: Inbox, letters: Letters) -> None:
    page = inbox()

    answer = letters.omnichat({**yes_or_no(), "buttons": yes_or_no()["buttons"] * 2})
    page.get_by_text("refused").click()

    expect(details(page)).to_contain_text("infobip.buttons-max")
    expect(details(page)).to_contain_text("/message/buttons")
    expect(details(page)).to_contain_text("000_dce0555c01810a76.txt · Buttons Message")
    expect(details(page)).to_contain_text(
        "buttons | Array of buttons | Yes | Button objects. Max 3."
    )
    expect(details(page)).to_contain_text(answer.headers["emulator-request"])


def test_many_refusals_leave_room_for_conversations(inbox: Inbox, letters: Letters) -> None:
    letters.omni("Hello")
    for _ in range(9):
        letters.post("/omni/1/text", {})
    page = inbox()

    expect(rows(page)).to_have_count(7)
    rows(page).filter(has_text="4 more that reached nobody").click()

    expect(requests(page)).to_have_count(10)


def test_an_empty_inbox_has_a_curl_line_that_works(inbox: Inbox, letters: Letters) -> None:
    page = inbox()
    line = page.get_by_label("A curl line").inner_text()
    assert letters.url in line

    page.get_by_role("button", name="Copy the line").click()
    expect(page.get_by_text("The curl line copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == line
    body = re.search(r"-d '(.*)' \\\n", line)
    assert body is not None
    answer = httpx.post(
        f"{letters.url}/omni/1/text",
        auth=("Aladdin", "open sesame"),
        headers={"Content-Type": "application/json"},
        content=body[1],
    )

    assert answer.status_code == 200
    expect(row(page, ANNA)).to_contain_text("A long time ago...")


def test_another_session_is_another_inbox(inbox: Inbox, letters: Letters) -> None:
    letters.omni("Here")
    elsewhere = Letters(letters.url + "-elsewhere")
    elsewhere.omni("There")
    page = inbox()
    expect(row(page, ANNA)).to_contain_text("Here")

    switch = page.get_by_label("Session")
    switch.hover()
    switch.select_option(elsewhere.url.rpartition("/")[2])

    expect(row(page, ANNA)).to_contain_text("There")
    assert page.url == f"{elsewhere.url}/__inbox"
    elsewhere.close()


def test_a_reset_empties_the_inbox(inbox: Inbox, letters: Letters) -> None:
    letters.omni("Hello")
    page = inbox()
    row(page, ANNA).click()

    letters.reset()

    expect(page.get_by_text("This conversation is no longer kept")).to_be_visible()
    expect(rows(page)).to_have_count(0)
    letters.omni("Hello again")
    expect(bubbles(page)).to_have_count(1)
