"""The request behind a message, or one that reached nobody."""

from __future__ import annotations

import subprocess
import time

import httpx
from playwright.sync_api import expect

from tests.inbox.letters import ACCOUNT, ANNA, Letters, yes_or_no
from tests.inbox.looking import Inbox, bubbles, details, requests, row


def test_all_requests_are_listed_and_filtered(inbox: Inbox, letters: Letters) -> None:
    letters.omni("Hello")
    letters.post("/omni/1/text", {"text": "Hello"})
    letters.post("/omni/1/texts", {})
    page = inbox("?view=requests")
    expect(requests(page)).to_have_count(3)

    page.get_by_role("button", name="refused 1").click()

    expect(requests(page)).to_have_count(1)
    expect(requests(page)).to_contain_text('expected member "destinations", found none')
    assert "outcome=refused" in page.url
    page.get_by_role("button", name="all").click()
    page.get_by_role("searchbox").fill("destinations-required")
    expect(requests(page)).to_have_count(1)


def test_the_place_that_breaks_a_rule_is_marked(inbox: Inbox, letters: Letters) -> None:
    letters.omnichat({**yes_or_no(), "buttons": yes_or_no()["buttons"] * 2})
    page = inbox()

    row(page, "refused").click()

    expect(details(page).locator(".line.marked")).to_have_text('    "buttons": [')


def test_a_body_is_laid_out_and_can_be_seen_as_it_came(inbox: Inbox, letters: Letters) -> None:
    body = b'{"destinations":[{"to":{"phoneNumber":"41793026727"}}],"text":"1.0 \\u00e9 {,}"}'
    headers = {"content-type": "application/json"}
    httpx.post(f"{letters.url}/omni/1/text", auth=ACCOUNT, headers=headers, content=body)
    page = inbox()
    row(page, ANNA).click()
    bubbles(page).hover()
    bubbles(page).get_by_role("link", name="Details").click()
    shown = details(page).get_by_label("Request body")

    expect(shown).to_contain_text('  "destinations": [\n    {\n      "to": {\n')
    expect(shown).to_contain_text('  "text": "1.0 \\u00e9 {,}"\n}')
    details(page).get_by_role("button", name="Raw").first.click()

    expect(shown).to_have_text(body.decode())


def test_xml_is_laid_out(inbox: Inbox, letters: Letters) -> None:
    body = (
        "<request><destinations><destination><to><phoneNumber>41793026727</phoneNumber></to>"
        "</destination></destinations><text>Hello</text></request>"
    )
    headers = {"content-type": "application/xml"}
    httpx.post(f"{letters.url}/omni/1/text", auth=ACCOUNT, headers=headers, content=body)
    page = inbox("?view=requests")

    requests(page).click()

    expect(details(page).get_by_label("Request body")).to_contain_text(
        "      <to>\n        <phoneNumber>41793026727</phoneNumber>\n      </to>\n"
    )
    expect(details(page).get_by_label("Response body")).to_contain_text("<omniResponse>\n")


def test_a_request_is_copied_as_a_curl_line_and_as_a_test(inbox: Inbox, letters: Letters) -> None:
    letters.omni("Hello")
    page = inbox("?view=requests")
    requests(page).click()

    details(page).get_by_role("button", name="Copy as pytest").click()
    expect(page.get_by_text("The pytest test copied")).to_be_visible()
    test = page.evaluate("navigator.clipboard.readText()")
    details(page).get_by_role("button", name="Copy as curl").click()
    expect(page.get_by_text("The curl line copied")).to_be_visible()
    line = page.evaluate("navigator.clipboard.readText()")
    subprocess.run(["bash"], input=line, text=True, check=True, capture_output=True)

    assert test.startswith("import httpx\n")
    expect(requests(page)).to_have_count(2)
    expect(requests(page).first).to_contain_text("accepted")


def test_the_rule_that_decided_is_named(inbox: Inbox, letters: Letters) -> None:
    rule = {"name": "carrier flaps", "outcomes": [{"refuse": "unavailable"}]}
    installed = httpx.post(f"{letters.url}/__admin/rules", json=rule).json()
    page = inbox()

    letters.omni("Hello")
    row(page, "refused").click()

    expect(details(page)).to_contain_text(f"Decided by {installed['id']}".replace(" by ", " by"))
    expect(details(page)).to_contain_text("503 in")


def test_a_broken_connection_shows(inbox: Inbox, letters: Letters) -> None:
    page = inbox()

    try:
        letters.omni("Hello", "447700900900")
    except httpx.TransportError:
        time.sleep(0)
    row(page, "broken").click()

    expect(details(page)).to_contain_text("broken off: reset")


def test_an_unmatched_request_shows_the_nearest_endpoints(inbox: Inbox, letters: Letters) -> None:
    page = inbox()

    letters.post("/omni/1/texts", {})
    row(page, "unmatched").click()

    expect(details(page)).to_contain_text("Nearest endpoints")
    expect(details(page)).to_contain_text("POST /omni/1/text")


def test_a_request_that_is_no_longer_kept_says_so(inbox: Inbox, letters: Letters) -> None:
    page = inbox("?r=12-none")

    expect(details(page)).to_contain_text('no request "12-none" is kept')
