"""Every HTTP call that arrived, also those that were refused or reached no endpoint."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Unpack

from emulator.client import records
from emulator.client.api import AdminApi
from emulator.client.filters import RequestFilters, checked, in_words, request_differences
from emulator.client.journal import absence, requests
from emulator.client.lines import request_lines
from emulator.client.records import Request
from emulator.client.unmet import Evidence, Unmet

__tracebackhide__ = True  # by pytest: what a test did wrong is in the test


class Requests:
    """The requests of a session; each method takes the filters of `RequestFilters`."""

    def __init__(self, api: AdminApi) -> None:
        self._api = api

    def all(self, **filters: Unpack[RequestFilters]) -> list[Request]:
        """Every request, oldest first."""
        return requests(self._api, checked(filters, RequestFilters))

    def unmatched(self) -> list[Request]:
        """The requests that reached no endpoint, with their near misses, oldest first."""
        return requests(self._api, {"outcome": "unmatched"})

    def count(self, **filters: Unpack[RequestFilters]) -> int:
        """How many there are."""
        query = {**checked(filters, RequestFilters), "limit": 1}
        total: int = self._api.get("requests", query)["total"]
        return total

    def one(self, **filters: Unpack[RequestFilters]) -> Request:
        """The only request; raises Unmet if there is none or more than one."""
        sought = checked(filters, RequestFilters)
        found = requests(self._api, sought)
        expected = f"one request{in_words(sought)}"
        if not found:
            raise self._unmet(expected, found, sought)
        if len(found) > 1:
            raise Evidence(found, _lines).unmet(expected)
        return found[0]

    def wait(
        self, count: int = 1, timeout: float = 5, **filters: Unpack[RequestFilters]
    ) -> list[Request]:
        """At least `count` requests, waited for; raises Unmet after `timeout` seconds, at most 60.

        It holds up its thread: `wait_async` is for a test that shares its loop with the
        application.
        """
        sought = checked(filters, RequestFilters)
        answer = self._api.get("requests", {**sought, "count": count, "wait": timeout})
        return self._enough(answer, count, timeout, sought)

    async def wait_async(
        self,
        count: int = 1,
        timeout: float = 5,  # noqa: ASYNC109 (the emulator keeps the time)
        **filters: Unpack[RequestFilters],
    ) -> list[Request]:
        """As `wait`, while the event loop goes on."""
        sought = checked(filters, RequestFilters)
        answer = await self._api.get_async("requests", {**sought, "count": count, "wait": timeout})
        return self._enough(answer, count, timeout, sought)

    def _enough(
        self, answer: Any, count: int, timeout: float, filters: Mapping[str, Any]
    ) -> list[Request]:
        found = [records.request(record) for record in answer["requests"]]
        if len(found) < count:
            number = "a request" if count == 1 else f"{count} requests"
            raise self._unmet(f"{number}{in_words(filters)} within {timeout:g} s", found, filters)
        return found

    def _unmet(self, expected: str, found: list[Request], filters: Mapping[str, Any]) -> Unmet:
        ids = {request.id for request in found}
        others = [
            (request, request_differences(request, filters))
            for request in requests(self._api, {})
            if request.id not in ids
        ]
        return Evidence(found, _lines, others, absence=absence(self._api)).unmet(expected)


def _lines(request: Request) -> Iterator[str]:
    return request_lines(request, most=2)
