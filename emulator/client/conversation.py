"""What one recipient got, and what they do about it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from emulator.client import live, records
from emulator.client.api import AdminApi
from emulator.client.callbacks import Callbacks
from emulator.client.filters import message_differences
from emulator.client.journal import absence, unaccepted
from emulator.client.lines import message_line
from emulator.client.live import Inbound, Tap
from emulator.client.messages import Messages
from emulator.client.records import Message
from emulator.client.unmet import Evidence, Unmet

__tracebackhide__ = True  # by pytest: what a test did wrong is in the test


class Conversation:
    """All messages with one recipient; what the recipient does is about the last one."""

    def __init__(self, api: AdminApi, recipient: str, application: str) -> None:
        self._api = api
        self._messages = Messages(api)
        self._known: str | None = None
        self.recipient = recipient
        self._application = application

    @property
    def messages(self) -> list[Message]:
        """What the recipient got, oldest first."""
        return self._messages.all(recipient=self.recipient)

    @property
    def last(self) -> Message:
        """The newest message; raises Unmet if there is none."""
        messages = self.messages
        return messages[-1] if messages else self._messages.one(recipient=self.recipient)

    def tap(self, button: str | int) -> Tap:
        """Tap a button by its title, or by its number from 0."""
        return live.tap(self._do("tap", {"button": button}))

    def see(self) -> Message:
        """See it, and before that get it."""
        return records.message(self._do("seen"))

    def move(self, status: str) -> Message:
        """Give it a status, such as `DELIVERED_TO_HANDSET`."""
        return records.message(self._do("status", {"status": status}))

    def reply(self, text: str, to: str | None = None, endpoint: str | None = None) -> Inbound:
        """Write to the last message's sender, or `to` another one, who need not have written.

        Where no message tells its sender, that is the user of the account.
        """
        if messages := self.messages:
            last = messages[-1]
            self._known = last.id
            if to is None:
                to, endpoint = last.sender, endpoint or last.endpoint
        written = {
            "endpoint": endpoint,
            "sender": self.recipient,
            "recipient": to or self._application,
            "text": text,
        }
        return live.inbound(self._api.call("POST", "inbound", body=written))

    def await_reply(self, timeout: float = 5) -> Message:
        """The application's next message, after what the recipient did last or awaited last.

        Raises Unmet after `timeout` seconds, at most 60, with what did arrive. It holds up its
        thread: `await_reply_async` is for a test that shares its loop with the application.
        """
        return self._next(self._api.get("messages", self._query(timeout)), timeout)

    async def await_reply_async(
        self,
        timeout: float = 5,  # noqa: ASYNC109 (the emulator keeps the time)
    ) -> Message:
        """As `await_reply`, while the event loop goes on."""
        return self._next(await self._api.get_async("messages", self._query(timeout)), timeout)

    def _do(self, what: str, body: Any = None) -> Any:
        last = self.last
        self._known = last.id
        return self._api.call("POST", f"messages/{quote(last.id, safe='')}/{what}", body=body)

    def _query(self, timeout: float) -> dict[str, Any]:
        query = {"recipient": self.recipient, "wait": timeout, "limit": 1}
        return query if self._known is None else {**query, "after": self._known}

    def _next(self, answer: Any, timeout: float) -> Message:
        if not answer["messages"]:
            raise self._unmet(timeout)
        message = records.message(answer["messages"][0])
        self._known = message.id
        return message

    def _unmet(self, timeout: float) -> Unmet:
        sought = {"recipient": self.recipient}
        others = [
            (message, message_differences(message, sought)) for message in self._messages.all()
        ]
        untold = [one for one in Callbacks(self._api).all() if one.state != "delivered"]
        after = f" after {self._known}" if self._known is not None else ""
        expected = f'a message to "{self.recipient}"{after} within {timeout:g} s'
        return Evidence(
            [],
            lambda message: [message_line(message)],
            others,
            unaccepted(self._api),
            absence(self._api),
            untold,
        ).unmet(expected)
