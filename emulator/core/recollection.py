"""Journaled requests looked at again: their documents, and whether a match is about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emulator.core import codecs
from emulator.core.behaviour import Match
from emulator.core.exchange import Call, Document
from emulator.core.provider import Provider
from emulator.core.rejections import Rejection
from emulator.core.rulebook import Installed

_MOST_NAMED = 3


def document(record: Mapping[str, Any], providers: Sequence[Provider]) -> Document | None:
    """The document of a request's body; None where it could not be read."""
    named = {endpoint.name: endpoint for p in providers for endpoint in p.endpoints}
    endpoint = named.get(record["endpoint"])
    if endpoint is None:
        return None
    call = Call(
        method=record["method"],
        path=record["path"],
        headers=record["headers"],
        body=record["body"].encode(),
        received_at=0,
        started=0,
    )
    try:
        reads, _ = codecs.reader(call, endpoint.codecs)
        found = reads.decode(call.body)
        return endpoint.prepare(found)[0] if endpoint.prepare is not None else found
    except Rejection:
        return None


def meant(match: Match, record: Mapping[str, Any], providers: Sequence[Provider]) -> bool:
    """Whether a match is about a request."""
    return not _differences(match, record, providers)


def near_misses(
    installed: Installed, requests: Iterable[Mapping[str, Any]], providers: Sequence[Provider]
) -> list[dict[str, Any]]:
    """The requests that an unused rule came nearest to, and how they differ."""
    found = []
    for record in requests:
        differences = _differences(installed.rule.match, record, providers)
        if record["rule"] is None and _is_wrong(record):
            status = record["response"]["status"]
            differences.append(f"answer: it was refused with {status} before rules are asked")
        elif not differences:
            differences.append(_passed_over(installed, record))
        found.append({"request": record["id"], "differences": differences})
    return sorted(found, key=lambda miss: len(miss["differences"]))[:_MOST_NAMED]


def _differences(
    match: Match, record: Mapping[str, Any], providers: Sequence[Provider]
) -> list[str]:
    body = document(record, providers) if match.document is not None else None
    return [*match.differences(record["endpoint"], record["recipients"], body)]


def _is_wrong(record: Mapping[str, Any]) -> bool:
    """Whether a request was refused for itself, and not because somebody ordered it."""
    if record["outcome"] == "unmatched":
        return True
    codes = [violation["code"] for violation in (record["rejection"] or {}).get("violations", ())]
    return record["outcome"] == "refused" and not any(code.endswith(".ordered") for code in codes)


def _passed_over(installed: Installed, record: Mapping[str, Any]) -> str:
    if record["rule"] is not None:
        return f'rule: "{record["rule"]}" came first'
    if installed.rule.probability < 1:
        return f"probability: chance passed it over ({installed.rule.probability:g})"
    if record["outcome"] != "accepted":
        return "recipient: another one of the call decided, which needs no rule"
    if not record["recipients"]:
        return "recipient: none, and rules are about messages"
    return "status: the provider has no such status"
