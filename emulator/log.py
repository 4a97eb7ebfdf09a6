"""One line a request on standard error, as text or JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Literal

import orjson

from emulator.core.exchange import Exchange
from emulator.core.session import Session

Log = Callable[[Exchange, Session], None]


def writer(log_format: Literal["text", "json"]) -> Log:
    """The function that writes a line for an exchange."""
    return _write_json if log_format == "json" else _write_text


def silent(exchange: Exchange, session: Session) -> None:
    """Write nothing."""


def _write_text(exchange: Exchange, session: Session) -> None:
    call = exchange.call
    line = (
        f"{exchange.id} {call.method} {call.path} {exchange.sent.status} {exchange.outcome}"
        f" {exchange.duration * 1000:.1f}ms"
    )
    for violation in (*exchange.violations, *exchange.warnings):
        line += f"\n    {violation.severity} {violation.code} {violation.pointer}: "
        line += violation.message
    printable = "".join(c if c.isprintable() or c == "\n" else "?" for c in line)
    sys.stderr.write(f"{printable}\n")
    if exchange.error is not None:
        sys.stderr.write(exchange.error)


def _write_json(exchange: Exchange, session: Session) -> None:
    record = {
        "event": "request",
        "id": exchange.id,
        "session": session.name,
        "method": exchange.call.method,
        "path": exchange.call.path,
        "endpoint": exchange.endpoint,
        "status": exchange.sent.status,
        "outcome": exchange.outcome,
        "codes": [v.code for v in (*exchange.violations, *exchange.warnings)],
        "duration_ms": round(exchange.duration * 1000, 3),
    }
    if exchange.error is not None:
        record["error"] = exchange.error
    sys.stderr.write(f"{orjson.dumps(record).decode()}\n")
