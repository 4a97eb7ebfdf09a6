"""The JSON form of requests and messages, for stores, the admin API and clients alike."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import orjson

from emulator.core.exchange import UNHEARD, Exchange, Violation
from emulator.core.message import Button, Moment, Status

if TYPE_CHECKING:
    from emulator.core.living import Living
    from emulator.core.outbox import Callback

_SECRETS = re.compile(
    "authorization|password|passwd|secret|token|cookie|credential|signature"
    "|(api|access|subscription|private)[-_]?key|^key$|(^|[-_])(auth|pw|pwd|sig)$",
    re.IGNORECASE,
)
_USER_INFO = re.compile(r"(?<=//)[^/\s@]*:[^/\s@]*@")
_REDACTED = "<redacted>"


def encode_request(exchange: Exchange, session: str) -> bytes:
    """The record of one request as bytes; times are RFC 3339 in UTC."""
    return orjson.dumps(request(exchange, session), option=orjson.OPT_UTC_Z)


def encode_message(living: Living) -> bytes:
    """The record of one message, as it is now, as bytes."""
    return orjson.dumps(message(living), option=orjson.OPT_UTC_Z)


def encode_status(living: Living, moment: Moment) -> bytes:
    """The record of one move of a message as bytes."""
    record = {"message": living.message.id, **_moment(moment), "current": _status(living.status)}
    return orjson.dumps(record, option=orjson.OPT_UTC_Z)


def encode_callback(told: Callback, session: str) -> bytes:
    """The record of one callback, as it is now, as bytes."""
    return orjson.dumps(callback(told, session), option=orjson.OPT_UTC_Z)


def encode_reset(part: str, at: float) -> bytes:
    """The record of a reset as bytes."""
    return orjson.dumps({"at": time(at), "part": part}, option=orjson.OPT_UTC_Z)


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
        "received_at": time(call.received_at),
        "duration_ms": round(exchange.duration * 1000, 3),
        "provider": exchange.provider,
        "endpoint": exchange.endpoint,
        "method": call.method,
        "path": call.path,
        "query": _query(call.query) if call.query else {},
        "headers": {name: _public(name, value) for name, value in call.headers.items()},
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


def message(living: Living) -> dict[str, Any]:
    """The record of one message as it is now."""
    sent, exchange, status = living.message, living.exchange, living.status
    begun = Moment(living.accepted_at, sent.status, sent.flow[0][1] if sent.flow else None)
    record = {
        "id": sent.id,
        "request": exchange.id,
        "session": living.session,
        "provider": exchange.provider,
        "endpoint": exchange.endpoint,
        "channel": living.channel,
        "sender": living.sender,
        "recipient": sent.recipient,
        "bulk_id": sent.bulk_id,
        "type": sent.type,
        "text": sent.text,
        "buttons": [_button(button) for button in sent.buttons],
        "media": sent.media,
        "content": sent.content,
        "segments": sent.segments,
        "status": _status(status),
        "history": [_moment(moment) for moment in (begun, *living.life)],
        "warnings": [violation(w) for w in exchange.warnings if _within(w.pointer, sent.part)],
        "received_at": time(begun.at),
    }
    if living.link is not None:
        record["link"] = living.link._asdict()
    return record


def _status(status: Status) -> dict[str, Any]:
    return {"name": status.name, "group": status.group, "id": status.id}


def _moment(moment: Moment) -> dict[str, Any]:
    record: dict[str, Any] = {"at": time(moment.at), "status": moment.status.name}
    if moment.channel is not None:
        record["channel"] = moment.channel
    return record


def callback(told: Callback, session: str) -> dict[str, Any]:
    """The record of one told."""
    url = told.webhook.url if told.webhook is not None else None
    again = told.next_attempt_at
    return {
        "id": told.id,
        "session": session,
        "event": told.event,
        "message": told.message,
        "said": told.said,
        "url": url,
        "state": told.state,
        "error": told.refusal,
        "request": {"media_type": told.media_type, "body": told.body.decode()},
        "attempts": [
            {
                "at": time(attempt.at),
                "duration_ms": round(attempt.duration * 1000, 3),
                "status": attempt.status,
                "error": attempt.error,
                "response": attempt.response,
            }
            for attempt in told.attempts
        ],
        "next_attempt_at": None if again is None else time(again),
        "created_at": time(told.created_at),
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


def time(seconds: float) -> datetime:
    """A time in seconds since the epoch as a record has it."""
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


def _public(name: str, value: str) -> str:
    """A header's or parameter's value without credentials."""
    if _is_secret(name):
        return _REDACTED
    return _USER_INFO.sub(f"{_REDACTED}@", value) if "@" in value else value


@lru_cache(maxsize=1024)
def _is_secret(name: str) -> bool:
    return _SECRETS.search(name) is not None


def _query(query: str) -> dict[str, str | list[str]]:
    found: dict[str, Any] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        value = _public(name, value)
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
