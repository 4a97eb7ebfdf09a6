"""What one recipient got, and what they do about it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from emulator.client import live, records
from emulator.client.api import AdminApi
from emulator.client.live import Inbound, Tap
from emulator.client.messages import Messages
from emulator.client.records import Message
from emulator.core.errors import EmulatorError


class Conversation:
    """All messages with one recipient; what the recipient does is about the last one."""

    def __init__(self, api: AdminApi, recipient: str) -> None:
        self._api = api
        self._messages = Messages(api)
        self.recipient = recipient

    @property
    def messages(self) -> list[Message]:
        """What the recipient got, oldest first."""
        return self._messages.all(recipient=self.recipient)

    @property
    def last(self) -> Message:
        """The newest message; raises Unmet if there is none."""
        __tracebackhide__ = True
        messages = self.messages
        return messages[-1] if messages else self._messages.one(recipient=self.recipient)

    def tap(self, button: str | int) -> Tap:
        """Tap a button by its title, or by its number from 0."""
        __tracebackhide__ = True
        return live.tap(self._do("tap", {"button": button}))

    def see(self) -> Message:
        """See it, and before that get it."""
        __tracebackhide__ = True
        return records.message(self._do("seen"))

    def move(self, status: str) -> Message:
        """Give it a status, such as `DELIVERED_TO_HANDSET`."""
        __tracebackhide__ = True
        return records.message(self._do("status", {"status": status}))

    def reply(self, text: str, to: str | None = None, endpoint: str | None = None) -> Inbound:
        """Write to the last message's sender, or `to` another one."""
        __tracebackhide__ = True
        if to is None:
            last = self.last
            to, endpoint = last.sender, endpoint or last.endpoint
        if to is None:
            raise EmulatorError("the last message tells no sender to reply to; name one with to=…")
        written = {"endpoint": endpoint, "sender": self.recipient, "recipient": to, "text": text}
        return live.inbound(self._api.call("POST", "inbound", body=written))

    def _do(self, what: str, body: Any = None) -> Any:
        __tracebackhide__ = True
        return self._api.call("POST", f"messages/{quote(self.last.id, safe='')}/{what}", body=body)
