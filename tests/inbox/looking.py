"""What of the inbox's page tests look at."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from playwright.sync_api import Locator, Page

Inbox: TypeAlias = Callable[..., Page]
"""Opens the inbox of the test's session at a place of it, once it follows what happens."""


def rows(page: Page) -> Locator:
    return page.get_by_role("list", name="Conversations").get_by_role("link")


def row(page: Page, text: str) -> Locator:
    return rows(page).filter(has_text=text)


def requests(page: Page) -> Locator:
    return page.get_by_role("list", name="Requests").get_by_role("link")


def thread(page: Page) -> Locator:
    return page.get_by_role("log")


def bubbles(page: Page) -> Locator:
    return thread(page).get_by_role("article")


def details(page: Page) -> Locator:
    return page.get_by_role("complementary", name="Details")


def card(page: Page, title: str) -> Locator:
    return page.locator("section.card").filter(has=page.get_by_role("heading", name=title))
