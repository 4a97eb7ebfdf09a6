"""Setting the scene by hand."""

from __future__ import annotations

import json
import re

import httpx
from playwright.sync_api import expect

from tests.inbox.letters import ANNA, Letters
from tests.inbox.looking import Inbox, card, row, rows

SCENE = "?view=scene"


def test_a_rule_is_added_used_and_removed(inbox: Inbox, letters: Letters) -> None:
    page = inbox(SCENE)
    form, rules = card(page, "Add a rule"), card(page, "Rules")
    expect(rules).to_contain_text("No rules")

    form.locator("[name=refuse]").select_option("too-many-requests")
    form.get_by_label("Recipient").fill("4179*")
    form.get_by_label("How often").fill("2")
    form.get_by_role("button", name="Add the rule").click()
    expect(rules).to_contain_text("refuse: too-many-requests")
    expect(rules).to_contain_text("to 4179*")
    statuses = [letters.omni("Hello").status_code for _ in range(3)]

    assert statuses == [429, 429, 200]
    expect(rules).to_contain_text("2 uses, 0 left")
    rules.get_by_role("button", name="Remove").click()
    expect(rules).to_contain_text("No rules")


def test_a_rule_accepts_with_a_status_after_a_delay(inbox: Inbox, letters: Letters) -> None:
    page = inbox(SCENE)
    form = card(page, "Add a rule")

    form.get_by_label("What happens").select_option("accept it")
    form.get_by_label("With the status").select_option("REJECTED_DND")
    form.get_by_label("Endpoint").select_option("infobip.omni-text")
    form.get_by_label("Delay in seconds").fill("0.2")
    form.get_by_role("button", name="Add the rule").click()
    expect(card(page, "Rules")).to_contain_text("accept as REJECTED_DND after 0.2 s")
    answer = letters.omni("Hello")

    assert answer.json()["messages"][0]["status"]["name"] == "REJECTED_DND"
    assert answer.elapsed.total_seconds() > 0.2


def test_a_rule_that_cannot_be_says_why(inbox: Inbox) -> None:
    page = inbox(SCENE)
    form = card(page, "Add a rule")

    form.get_by_label("What happens").select_option("accept it")
    form.get_by_label("Endpoint").select_option("konnek.send-message")
    form.get_by_label("With the status").select_option("REJECTED_DND")
    form.get_by_role("button", name="Add the rule").click()

    expect(form.get_by_role("alert")).to_contain_text("REJECTED_DND")


def test_the_clock_is_frozen_and_advanced(inbox: Inbox, letters: Letters) -> None:
    page = inbox(SCENE)
    clock = card(page, "Clock")
    admin = f"{letters.url}/__admin/clock"

    clock.get_by_role("button", name="Freeze").click()
    expect(clock).to_contain_text("frozen")
    before = httpx.get(admin).json()
    clock.get_by_label("Advance by").fill("2")
    clock.get_by_role("button", name="Advance").click()
    expect(page.get_by_text("The clock was advanced")).to_be_visible()

    after = httpx.get(admin).json()
    assert (before["mode"], after["mode"]) == ("frozen", "frozen")
    assert hours(after["now"]) - hours(before["now"]) in (2, -22)
    clock.get_by_role("button", name="Let it run").click()
    expect(clock).to_contain_text("running")


def test_the_webhook_is_set_and_removed(inbox: Inbox, letters: Letters) -> None:
    page = inbox(SCENE)
    webhook = card(page, "Webhook")

    webhook.get_by_label("Callbacks go to").fill("http://127.0.0.1:9000/hook")
    webhook.get_by_label("inbound").uncheck()
    webhook.get_by_role("button", name="Set the webhook").click()
    expect(webhook.get_by_role("button", name="Change")).to_be_visible()

    told = httpx.get(f"{letters.url}/__admin/webhook").json()
    assert told["url"] == "http://127.0.0.1:9000/hook"
    assert told["events"] == ["status", "seen", "postback"]
    webhook.get_by_role("button", name="Remove").click()
    expect(webhook.get_by_role("button", name="Set the webhook")).to_be_visible()


def test_readings_and_strictness_are_chosen(inbox: Inbox, letters: Letters) -> None:
    page = inbox(SCENE)
    readings = card(page, "Readings")

    readings.get_by_label("Strict").check()
    readings.get_by_text("contradictions in the documents").click()
    readings.get_by_label("konnek-code-type").select_option("string")
    expect(readings.get_by_label("konnek-code-type")).to_have_value("string")

    answer = letters.konnek("text", {"text": "Hello"})
    assert answer.json()["meta"]["code"] == "200"
    assert httpx.get(f"{letters.url}/__admin/readings").json()["strict"] is True


def test_everything_is_reset_after_a_question(inbox: Inbox, letters: Letters) -> None:
    letters.omni("Hello")
    page = inbox(SCENE)

    page.get_by_role("button", name="Reset everything…").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset everything").click()
    expect(page.get_by_text("The session begins anew")).to_be_visible()
    page.get_by_role("link", name="Conversations").click()

    expect(page.get_by_text("Nothing has arrived yet").first).to_be_visible()
    expect(rows(page)).to_have_count(0)
    assert httpx.get(f"{letters.url}/__admin/requests").json()["total"] == 0


def test_a_new_session_is_made(inbox: Inbox, letters: Letters) -> None:
    letters.omni("Hello")
    page = inbox(SCENE)
    name = letters.url.rpartition("/")[2] + "-new"

    card(page, "Sessions").get_by_label("A new session").fill(name)
    page.get_by_role("button", name="Create and go there").click()

    expect(page).to_have_url(re.compile(f"/__session/{name}/__inbox$"))
    expect(page.get_by_label("Session", exact=True)).to_have_value(name)
    expect(page.get_by_text("Live", exact=True)).to_be_visible()
    expect(row(page, ANNA)).to_have_count(0)


def test_the_session_is_exported(inbox: Inbox, letters: Letters) -> None:
    letters.omni("Hello")
    page = inbox(SCENE)

    with page.expect_download() as saved:
        page.get_by_role("link", name="Export this session").click()

    name = letters.url.rpartition("/")[2]
    assert saved.value.suggested_filename == f"{name}.json"
    bundle = json.loads(saved.value.path().read_text(encoding="utf-8"))
    assert bundle["session"] == name
    assert [message["text"] for message in bundle["messages"]] == ["Hello"]


def hours(at: str) -> int:
    return int(at[11:13])
