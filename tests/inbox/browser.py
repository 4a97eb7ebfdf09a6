"""This machine's Chromium."""

from __future__ import annotations

import os
import shutil

from playwright.sync_api import Browser, Playwright

_CALLED = ("chromium", "chromium-browser", "google-chrome")


def launch(playwright: Playwright) -> Browser:
    """Start it."""
    chromium = next(filter(None, map(shutil.which, _CALLED)), None)
    assert chromium, "no Chromium on this machine; Debian: apt-get install chromium"
    # The sandbox does not work as root.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    return playwright.chromium.launch(executable_path=chromium, args=sandbox)
