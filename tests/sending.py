"""What an application under test does: it sends."""

from __future__ import annotations

import httpx

from emulator.client import Session

BEA, CY = "41793026727", "41793026728"


def send(
    session: Session, recipient: str = BEA, text: str = "Hello", path: str = "/omni/1/text"
) -> httpx.Response:
    """Send a text to a recipient."""
    return httpx.post(
        session.url + path,
        auth=(session.username, session.password),
        json={"destinations": [{"to": {"phoneNumber": recipient}}], "text": text},
        timeout=30,
    )
