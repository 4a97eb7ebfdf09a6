"""What the application is told: delivery, seen, postbacks and what users write."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Unpack
from urllib.parse import quote

from emulator.client import live
from emulator.client.api import AdminApi
from emulator.client.filters import CallbackFilters, callback_differences, checked, in_words
from emulator.client.journal import pages
from emulator.client.lines import callback_lines
from emulator.client.live import Callback
from emulator.client.unmet import Evidence

__tracebackhide__ = True  # by pytest: what a test did wrong is in the test


class Callbacks:
    """The callbacks of a session; the look-ups take the filters of `CallbackFilters`."""

    def __init__(self, api: AdminApi) -> None:
        self._api = api

    def send_to(
        self,
        url: str,
        *,
        secret: str | None = None,
        events: Iterable[str] | None = None,
        format: str | None = None,  # noqa: A002 (the admin API's word)
    ) -> None:
        """Send those of the named events there, all if None; a secret signs them."""
        webhook = {
            "url": url,
            "secret": secret,
            "events": None if events is None else [*events],
            "format": format,
        }
        self._api.call("PUT", "webhook", body=webhook)

    def all(self, **filters: Unpack[CallbackFilters]) -> list[Callback]:
        """Every callback, oldest first."""
        return self._all(checked(filters, CallbackFilters))

    def wait(
        self, count: int = 1, timeout: float = 5, **filters: Unpack[CallbackFilters]
    ) -> list[Callback]:
        """At least `count` callbacks, waited for; raises Unmet after `timeout` seconds, at most 60.

        `state="delivered"` waits until the application has answered.
        """
        sought = checked(filters, CallbackFilters)
        answer = self._api.get("callbacks", {**sought, "count": count, "wait": timeout})
        return self._enough(answer, count, timeout, sought)

    async def wait_async(
        self,
        count: int = 1,
        timeout: float = 5,  # noqa: ASYNC109 (the emulator keeps the time)
        **filters: Unpack[CallbackFilters],
    ) -> list[Callback]:
        """As `wait`, while the event loop goes on."""
        sought = checked(filters, CallbackFilters)
        answer = await self._api.get_async("callbacks", {**sought, "count": count, "wait": timeout})
        return self._enough(answer, count, timeout, sought)

    def redeliver(self, callback: Callback) -> Callback:
        """Send one again."""
        path = f"callbacks/{quote(callback.id, safe='')}/redeliver"
        return live.callback(self._api.call("POST", path))

    def _all(self, filters: Mapping[str, Any]) -> list[Callback]:
        return [live.callback(record) for record in pages(self._api, "callbacks", filters)]

    def _enough(
        self, answer: Any, count: int, timeout: float, filters: Mapping[str, Any]
    ) -> list[Callback]:
        found = [live.callback(record) for record in answer["callbacks"]]
        if len(found) < count:
            others = [
                (callback, callback_differences(callback, filters))
                for callback in self._all({})
                if callback not in found
            ]
            number = "a callback" if count == 1 else f"{count} callbacks"
            evidence = Evidence(
                found, callback_lines, others, absence="there is no callback at all"
            )
            raise evidence.unmet(f"{number}{in_words(filters)} within {timeout:g} s")
        return found
