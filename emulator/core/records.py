"""The JSON form of requests and messages, for stores, the admin API and clients alike."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import orjson

from emulator.core.exchange import UNHEARD, Exchange, Violation
from emulator.core.message import Button, Message, Moment

_SECRETS = frozenset({"authorization", "proxy-authorization", "auth-password", "cookie"})


def encode_request(exchange: Exchange, session: str) -> bytes:
    """The record of one request as bytes; times are RFC 3339 in UTC."""
    return orjson.dumps(request(exchange, session), option=orjson.OPT_UTC_Z)


def encode_message(
    sent: Message, exchange: Exchange, session: str, now: Callable[[], float]
) -> bytes:
    """The record of one message, as it is now, as bytes."""
    return orjson.dumps(message(sent, exchange, session, now()), option=orjson.OPT_UTC_Z)


def encode_reset(part: str, at: float) -> bytes:
    """The record of a reset as bytes."""
    return orjson.dumps({"at": _time(at), "part": part}, option=orjson.OPT_UTC_Z)


def decode(record: bytes) -> dict[str, Any]:
    """A record from its bytes."""
    found: dict[str, Any] = orjson.loads(record)
    return found


def request(exchange: Exchange, session: str) -> dict[str, Any]:
    """The record of one request, credentials redacted."""
    call, sent = exchange.call, exchange.sent
    record = {
        "id": exchange.id,
        "session": session,
        "received_at": _time(call.received_at),
        "duration_ms": round(exchange.duration * 1000, 3),
        "provider": exchange.provider,
        "endpoint": exchange.endpoint,
        "method": call.method,
        "path": call.path,
        "query": _query(call.query) if call.query else {},
        "headers": {
            name: "<redacted>" if name in _SECRETS else value
            for name, value in call.headers.items()
        },
        "body": call.body.decode("utf-8", "backslashreplace"),
        "outcome": exchange.outcome,
        "rejection": None,
        "warnings": [violation(warning) for warning in exchange.warnings],
        "rule": exchange.rule,
        "fault": exchange.fault,
        "delay_ms": round(exchange.delay * 1000, 3),
        "readings": _readings(exchange),
        "response": None
        if exchange.fault in UNHEARD
        else {
            "status": sent.status,
            "headers": _headers(sent.headers),
            "body": sent.body.decode("utf-8", "backslashreplace"),
        },
        "recipients": [*dict.fromkeys(m.recipient for m in exchange.messages or exchange.unsent)],
        "messages": [message.id for message in exchange.messages],
    }
    if exchange.rejection is not None:
        record["rejection"] = {
            "name": exchange.rejection.name,
            "violations": [violation(broken) for broken in exchange.violations],
        }
    if exchange.outcome == "unmatched":
        record["near_misses"] = exchange.near_misses
    if exchange.error is not None:
        record["error"] = exchange.error
    if not _is_utf8(call.body):
        record["body_base64"] = base64.b64encode(call.body).decode()
    return record


def message(sent: Message, exchange: Exchange, session: str, now: float) -> dict[str, Any]:
    """The record of one message as it is at a time."""
    begun = Moment(exchange.call.received_at, sent.status)
    history = [begun, *(moment for moment in sent.life if moment.at <= now)]
    status = history[-1].status
    return {
        "id": sent.id,
        "request": exchange.id,
        "session": session,
        "provider": exchange.provider,
        "endpoint": exchange.endpoint,
        "channel": sent.channel,
        "sender": sent.sender,
        "recipient": sent.recipient,
        "bulk_id": sent.bulk_id,
        "type": sent.type,
        "text": sent.text,
        "buttons": [_button(button) for button in sent.buttons],
        "media": sent.media,
        "content": sent.content,
        "segments": sent.segments,
        "status": {"name": status.name, "group": status.group, "id": status.id},
        "history": [{"at": _time(m.at), "status": m.status.name} for m in history],
        "warnings": [violation(w) for w in exchange.warnings if _within(w.pointer, sent.part)],
        "received_at": _time(begun.at),
    }


def violation(broken: Violation) -> dict[str, Any]:
    """The record of one violation or warning."""
    record: dict[str, Any] = {
        "code": broken.code,
        "pointer": broken.pointer,
        "message": broken.message,
        "expected": broken.expected,
        "source": broken.source,
        "fidelity": broken.fidelity,
    }
    for member in ("value", "suggestion", "element"):
        if (known := getattr(broken, member)) is not None:
            record[member] = known
    return record


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _readings(exchange: Exchange) -> dict[str, str]:
    if exchange.chosen is None:
        return {}
    media_type = dict(exchange.sent.headers).get("Content-Type", "")
    codes = [broken.code for broken in (*exchange.violations, *exchange.warnings)]
    rejection = exchange.rejection.name if exchange.rejection is not None else None
    return exchange.chosen.applied(exchange.endpoint, media_type, rejection, codes)


def _within(pointer: str, part: str) -> bool:
    return not part or pointer == part or pointer.startswith(f"{part}/")


def _button(button: Button) -> dict[str, Any]:
    record: dict[str, Any] = {"kind": button.kind, "title": button.title}
    if button.payload is not None:
        record["payload"] = button.payload
    if button.url is not None:
        record["url"] = button.url
    return record


def _query(query: str) -> dict[str, str | list[str]]:
    found: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        known = found.get(name)
        found[name] = (
            value
            if known is None
            else [*known, value]
            if isinstance(known, list)
            else [known, value]
        )
    return found


def _headers(headers: Sequence[tuple[str, str]]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in headers:
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
