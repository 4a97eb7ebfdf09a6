"""What an application sent, as its recipients got it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack

from emulator.client import records
from emulator.client.api import AdminApi
from emulator.client.filters import (
    MessageFilters,
    checked,
    in_words,
    message_differences,
)
from emulator.client.journal import absence, pages, unaccepted
from emulator.client.lines import message_line
from emulator.client.records import Message
from emulator.client.unmet import Evidence, Unmet

__tracebackhide__ = True  # by pytest: what a test did wrong is in the test


class Messages:
    """The messages of a session; each method takes the filters of `MessageFilters`."""

    def __init__(self, api: AdminApi) -> None:
        self._api = api

    def all(self, **filters: Unpack[MessageFilters]) -> list[Message]:
        """Every message, oldest first."""
        return self._all(checked(filters, MessageFilters))

    def count(self, **filters: Unpack[MessageFilters]) -> int:
        """How many there are."""
        query = {**checked(filters, MessageFilters), "limit": 1}
        total: int = self._api.get("messages", query)["total"]
        return total

    def one(self, **filters: Unpack[MessageFilters]) -> Message:
        """The only message; raises Unmet if there is none or more than one."""
        sought = checked(filters, MessageFilters)
        found = self._all(sought)
        expected = f"one message{in_words(sought)}"
        if not found:
            raise self._unmet(expected, found, sought)
        if len(found) > 1:
            raise Evidence(found, _lines).unmet(expected)
        return found[0]

    def wait(
        self, count: int = 1, timeout: float = 5, **filters: Unpack[MessageFilters]
    ) -> list[Message]:
        """At least `count` messages, waited for; raises Unmet after `timeout` seconds, at most 60.

        It holds up its thread: `wait_async` is for a test that shares its loop with the
        application.
        """
        sought = checked(filters, MessageFilters)
        answer = self._api.get("messages", {**sought, "count": count, "wait": timeout})
        return self._enough(answer, count, timeout, sought)

    async def wait_async(
        self,
        count: int = 1,
        timeout: float = 5,  # noqa: ASYNC109 (the emulator keeps the time)
        **filters: Unpack[MessageFilters],
    ) -> list[Message]:
        """As `wait`, while the event loop goes on."""
        sought = checked(filters, MessageFilters)
        answer = await self._api.get_async("messages", {**sought, "count": count, "wait": timeout})
        return self._enough(answer, count, timeout, sought)

    def never(self, within: float = 0.2, **filters: Unpack[MessageFilters]) -> None:
        """Nothing, for `within` seconds; raises Unmet as soon as there is a message."""
        sought = checked(filters, MessageFilters)
        self._none(self._api.get("messages", {**sought, "wait": within}), within, sought)

    async def never_async(self, within: float = 0.2, **filters: Unpack[MessageFilters]) -> None:
        """As `never`, while the event loop goes on."""
        sought = checked(filters, MessageFilters)
        answer = await self._api.get_async("messages", {**sought, "wait": within})
        self._none(answer, within, sought)

    def _all(self, filters: Mapping[str, Any]) -> list[Message]:
        return [records.message(record) for record in pages(self._api, "messages", filters)]

    def _enough(
        self, answer: Any, count: int, timeout: float, filters: Mapping[str, Any]
    ) -> list[Message]:
        found = [records.message(record) for record in answer["messages"]]
        if len(found) < count:
            number = "a message" if count == 1 else f"{count} messages"
            raise self._unmet(f"{number}{in_words(filters)} within {timeout:g} s", found, filters)
        return found

    def _none(self, answer: Any, within: float, filters: Mapping[str, Any]) -> None:
        found = [records.message(record) for record in answer["messages"]]
        if found:
            expected = f"no message{in_words(filters)} within {within:g} s"
            raise Evidence(found, _lines).unmet(expected)

    def _unmet(self, expected: str, found: list[Message], filters: Mapping[str, Any]) -> Unmet:
        ids = {message.id for message in found}
        others = [
            (message, message_differences(message, filters))
            for message in self._all({})
            if message.id not in ids
        ]
        evidence = Evidence(found, _lines, others, unaccepted(self._api), absence(self._api))
        return evidence.unmet(expected)


def _lines(message: Message) -> list[str]:
    return [message_line(message)]
