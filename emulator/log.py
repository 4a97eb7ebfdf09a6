"""One line a request on standard error, as text or JSON."""

from __future__ import annotations

import asyncio
import atexit
import sys
from collections.abc import Callable
from typing import Literal

import orjson

from emulator.core.exchange import Exchange, Violation
from emulator.core.pipeline import MOST_TOLD
from emulator.core.session import Session

_MOMENT = 0.02
"""Seconds after which a line is written at the latest."""

Log = Callable[[Exchange, Session], None]


def writer(log_format: Literal["text", "json"]) -> Log:
    """The function that writes a line for an exchange.

    Lines of one moment are written together, because a system call for each takes longer than most
    answers.
    """
    line = _json if log_format == "json" else _text
    waiting: list[tuple[Exchange, Session]] = []

    def flush() -> None:
        lines = "".join(line(exchange, session) for exchange, session in waiting)
        waiting.clear()
        sys.stderr.write(lines)

    def write(exchange: Exchange, session: Session) -> None:
        if not waiting:
            asyncio.get_running_loop().call_later(_MOMENT, flush)
        waiting.append((exchange, session))

    atexit.register(flush)
    return write


def silent(exchange: Exchange, session: Session) -> None:
    """Write nothing."""


def _text(exchange: Exchange, session: Session) -> str:
    call = exchange.call
    line = (
        f"{exchange.id} {call.method} {call.path} {exchange.sent.status} {exchange.outcome}"
        f" {exchange.endpoint or '-'} in {session.name} {exchange.duration * 1000:.1f}ms"
    )
    if exchange.violations or exchange.warnings:
        told = (*exchange.violations, *exchange.warnings)
        line += " " + "; ".join(map(_reason, told[:MOST_TOLD]))
        line += f"; and {len(told) - MOST_TOLD} more" if len(told) > MOST_TOLD else ""
    if not line.isprintable():
        line = "".join(c if c.isprintable() else "?" for c in line)
    return f"{line}\n{exchange.error or ''}"


def _reason(violation: Violation) -> str:
    where = f" at {violation.pointer}" if violation.pointer else ""
    return f"{violation.severity} {violation.code}{where}: {violation.message}"


def _json(exchange: Exchange, session: Session) -> str:
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
    return f"{orjson.dumps(record).decode()}\n"
