"""What a person does in the name of the user, and what the application is told of it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, Route, expect

from tests.inbox.letters import ANNA, BEA, USER_KEY, Letters, yes_or_no
from tests.inbox.looking import Inbox, bubbles, details, row, thread
from tests.inbox.receiver import Application, receiving


@pytest.fixture
def application(letters: Letters) -> Iterator[Application]:
    """An application that the session tells of what happens."""
    with receiving() as application:
        hook = {"url": application.url, "events": ["seen", "inbound", "postback"]}
        httpx.put(f"{letters.url}/__admin/webhook", json=hook).raise_for_status()
        yield application


def tapped(inbox: Inbox, letters: Letters) -> Page:
    """The page on which the user has tapped a button."""
    letters.omnichat(yes_or_no())
    page = inbox(f"?c={USER_KEY}")
    page.get_by_role("button", name="Yes").click()
    return page


def test_a_tapped_button_tells_the_application(
    inbox: Inbox, letters: Letters, application: Application
) -> None:
    page = tapped(inbox, letters)

    expect(bubbles(page).last).to_contain_text("Yes")
    expect(bubbles(page).last).to_contain_text("postback callback delivered · 200")
    told = application.told.get(timeout=5)
    assert told["results"][0]["message"]["payload"] == "userId:abc123"
    expect(row(page, USER_KEY)).to_contain_text("Yes")


def test_a_callback_that_failed_is_redelivered(
    inbox: Inbox, letters: Letters, application: Application
) -> None:
    application.status = 500
    page = tapped(inbox, letters)
    callback = bubbles(page).last.get_by_role("group")
    expect(callback).to_contain_text("pending · 500")
    callback.get_by_text("postback callback").click()
    expect(callback).to_contain_text("1 attempt")
    expect(callback).to_contain_text("noted")
    expect(callback).to_contain_text(application.url)

    application.status = 200
    callback.get_by_role("button", name="Redeliver").click()

    expect(callback).to_contain_text("delivered · 200")
    expect(callback).to_contain_text("2 attempts")
    assert application.told.get(timeout=5) == application.told.get(timeout=5)


def test_an_answer_that_is_older_than_what_was_told_since_changes_nothing(
    inbox: Inbox, letters: Letters, application: Application
) -> None:
    page = tapped(inbox, letters)
    callback = bubbles(page).last.get_by_role("group")
    callback.get_by_text("postback callback").click()
    expect(callback).to_contain_text("1 attempt")
    held: list[Route] = []
    page.route("**/redeliver", lambda route: held.append(route))
    callback.get_by_role("button", name="Redeliver").click()
    while not held:
        page.wait_for_timeout(10)

    answer = held[0].fetch()
    expect(callback).to_contain_text("2 attempts")
    held[0].fulfill(response=answer)

    expect(page.get_by_text("The callback is sent again")).to_be_visible()
    page.wait_for_timeout(200)  # for what it would draw
    assert "2 attempts" in callback.inner_text().lower()
    assert answer.json()["state"] == "delivered"
    assert len(answer.json()["attempts"]) == 1


def test_without_a_webhook_the_callback_says_so(inbox: Inbox, letters: Letters) -> None:
    letters.omnichat(yes_or_no())
    page = inbox(f"?c={USER_KEY}")

    page.get_by_role("button", name="Yes").click()

    expect(bubbles(page).last).to_contain_text("no webhook is set")


def test_a_button_with_an_address_opens_it(inbox: Inbox, letters: Letters) -> None:
    letters.omnichat(yes_or_no())
    page = inbox(f"?c={USER_KEY}")
    page.context.route("http://company.com/**", lambda route: route.fulfill(body="About us"))

    with page.context.expect_page() as opened:
        page.get_by_role("button", name="Learn more").click()

    expect(opened.value).to_have_url("http://company.com/about-service-x")
    assert opened.value.evaluate("window.opener") is None


def test_an_address_that_is_none_of_the_web_is_not_opened(inbox: Inbox, letters: Letters) -> None:
    buttons = [{"type": "URL", "text": "Run", "url": "javascript:alert(1)"}]
    letters.omnichat({"type": "BUTTONS", "text": "Hi", "buttons": buttons})
    page = inbox(f"?c={USER_KEY}")

    page.get_by_role("button", name="Run").click()

    expect(page.get_by_text("which is no address of the web")).to_be_visible()
    assert len(page.context.pages) == 1


def test_an_action_of_a_list_is_picked(
    inbox: Inbox, letters: Letters, application: Application
) -> None:
    actions = [
        {"key": "a", "title": "Blue", "description": "Cotton"},
        {"key": "b", "title": "Red", "description": "Wool"},
    ]
    sections = [
        {"title": "Shirts", "description": "Two are left", "actions": actions},
        {"title": "Hats", "description": "One", "actions": [{**actions[0], "title": "Straw"}]},
    ]
    letters.konnek("list", {"list": {"title": "Choose", "sections": sections}})
    page = inbox(f"?c={BEA}")
    expect(bubbles(page)).to_contain_text("Two are left")

    page.get_by_role("button", name="Red", exact=True).click()

    assert application.told.get(timeout=5)["message"]["postback"] == {"key": "b", "title": "Red"}
    expect(bubbles(page).last).to_contain_text("Red")


def test_the_user_writes_back(inbox: Inbox, letters: Letters, application: Application) -> None:
    letters.konnek("text", {"text": "Your order is on its way."})
    page = inbox(f"?c={BEA}")

    page.get_by_label("Reply as the user").fill("Where is it?\nI wait.")
    page.keyboard.press("Enter")

    expect(bubbles(page).last).to_contain_text("inbound callback delivered")
    expect(page.get_by_label("Reply as the user")).to_have_value("")
    assert application.told.get(timeout=5)["message"]["text"] == "Where is it?\nI wait."
    expect(row(page, BEA)).to_contain_text("Where is it?")
    page.reload()
    expect(bubbles(page).last).to_contain_text("Where is it?")


def test_a_user_who_writes_first_has_a_conversation(
    inbox: Inbox, letters: Letters, application: Application
) -> None:
    said = {
        "endpoint": "konnek.send-message",
        "sender": "6289999999999",
        "recipient": "shop",
        "text": "Are you open?",
    }
    page = inbox()

    httpx.post(f"{letters.url}/__admin/inbound", json=said).raise_for_status()
    row(page, "6289999999999").click()

    expect(thread(page)).to_contain_text("Are you open?")
    page.get_by_label("Reply as the user").fill("Hello?")
    page.get_by_role("button", name="Send the reply").click()
    expect(bubbles(page)).to_have_count(2)


def test_a_message_is_marked_as_seen(
    inbox: Inbox, letters: Letters, application: Application
) -> None:
    letters.konnek("text", {"text": "Hello"})
    page = inbox(f"?c={BEA}")

    bubbles(page).hover()
    page.get_by_role("button", name="Mark as seen").click()

    expect(page.get_by_role("button", name="Status Read")).to_be_visible()
    expect(bubbles(page)).to_contain_text("seen callback delivered · 200")
    page.get_by_role("button", name="Status Read").focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("tooltip")).to_contain_text("Pending")
    expect(page.get_by_role("tooltip")).to_contain_text("Read")


def test_statuses_follow_the_clock(inbox: Inbox, letters: Letters) -> None:
    httpx.put(f"{letters.url}/__admin/clock", json={"mode": "frozen"}).raise_for_status()
    letters.omni("Hello")
    page = inbox(f"?c={ANNA}")
    expect(page.get_by_role("button", name="Status PENDING_ENROUTE")).to_be_visible()

    advance(letters, 3600)

    expect(page.get_by_role("button", name="Status DELIVERED_TO_HANDSET")).to_be_visible()


def test_a_message_is_given_any_status(inbox: Inbox, letters: Letters) -> None:
    httpx.put(f"{letters.url}/__admin/clock", json={"mode": "frozen"}).raise_for_status()
    letters.omni("Hello")
    page = inbox(f"?c={ANNA}")
    bubbles(page).hover()
    bubbles(page).get_by_role("link", name="Details").click()

    details(page).get_by_label("Another status").select_option("REJECTED_DND")
    details(page).get_by_role("button", name="Move there").click()

    expect(page.get_by_role("button", name="Status REJECTED_DND")).to_be_visible()
    expect(details(page)).to_contain_text("REJECTED_DND")
    details(page).get_by_label("Another status").select_option("PENDING_ENROUTE")
    details(page).get_by_role("button", name="Move there").click()
    expect(page.get_by_text('a message that is "REJECTED_DND" cannot become')).to_be_visible()
    page.reload()
    expect(details(page).get_by_label("Another status")).to_have_value("REJECTED_DND")


def test_a_scenario_shows_the_channels_that_were_tried(inbox: Inbox, letters: Letters) -> None:
    flow = [{"from": "Shop", "channel": "VIBER"}, {"from": "Shop", "channel": "SMS"}]
    scenario = {"key": "S1", "name": "both", "flow": flow}
    admin = f"{letters.url}/__admin"
    httpx.put(f"{admin}/scenarios", json={"scenarios": [scenario]}).raise_for_status()
    httpx.put(f"{admin}/clock", json={"mode": "frozen"}).raise_for_status()
    fails = {"after": 1, "status": "UNDELIVERABLE_NOT_DELIVERED", "channel": "VIBER"}
    rule = {"outcomes": [{"accept": {"then": [fails]}}]}
    httpx.post(f"{admin}/rules", json=rule).raise_for_status()
    page = inbox()

    letters.omni("Hello", ANNA, scenarioKey="S1")
    advance(letters, 3600)
    row(page, ANNA).click()
    page.get_by_role("button", name="Status DELIVERED").hover()

    history = page.get_by_role("tooltip")
    expect(history).to_contain_text("UNDELIVERABLE_NOT_DELIVERED by VIBER")
    expect(history).to_contain_text("DELIVERED_TO_HANDSET by SMS")


def test_a_followed_invite_names_its_user(inbox: Inbox, letters: Letters) -> None:
    letters.invite("Follow us at <link>")
    page = inbox(f"?c={ANNA}")

    with page.context.expect_page() as opened:
        thread(page).get_by_role("link", name="__invite").click()
    key = opened.value.locator("code").inner_text()
    bubbles(page).hover()
    bubbles(page).get_by_role("link", name="Details").click()

    expect(thread(page)).to_contain_text(f"Followed once, by the user {key}")


def advance(letters: Letters, seconds: int) -> None:
    url = f"{letters.url}/__admin/clock/advance"
    httpx.post(url, json={"seconds": seconds}).raise_for_status()
