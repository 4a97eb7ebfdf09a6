"""Reads the journal: all pages of a list, and what explains that something is not there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from emulator.client import records
from emulator.client.api import AdminApi
from emulator.client.records import Request

__tracebackhide__ = True  # by pytest: what a test did wrong is in the test


def pages(api: AdminApi, name: str, filters: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The records of a list, oldest first."""
    query = dict(filters)
    while True:
        page = api.get(name, query)
        yield from page[name]
        if page["next"] is None:
            return
        query["after"] = page["next"]


def requests(api: AdminApi, filters: Mapping[str, Any]) -> list[Request]:
    """The requests, oldest first."""
    return [records.request(record) for record in pages(api, "requests", filters)]


def unaccepted(api: AdminApi) -> list[Request]:
    """The requests that sent nothing, oldest first."""
    return [request for request in requests(api, {}) if request.outcome != "accepted"]


def absence(api: AdminApi) -> str:
    """The sentence that nothing arrived, and where else something did."""
    told = f"no request has arrived at {api.url}"
    if api is not api.root:
        elsewhere = api.root.get("requests", {"limit": 1})["total"]
        if elsewhere:
            told += f", but {elsewhere} at {api.root.url}; does the application use the right one?"
    return told
