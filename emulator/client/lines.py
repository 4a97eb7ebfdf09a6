"""Messages and requests in a few lines of text, for failures, reports and terminals."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.client.filters import shown
from emulator.client.live import Callback
from emulator.client.records import Message, Request, Violation


def message_line(message: Message, with_text: bool = True) -> str:
    """A message in one line."""
    way = f"{message.sender} → {message.recipient}" if message.sender else message.recipient
    text = f" {shown(message.text)}" if with_text else ""
    return f"{message.endpoint}  {way}  {message.type}{text}  {message.status.name}  {message.id}"


def request_lines(request: Request, most: int = 100) -> Iterator[str]:
    """A request in one line, and as many more as it takes to say why it was not just accepted."""
    status = request.response.status if request.response else "no answer"
    yield f"{request.id}  {request.method} {request.path}  {status} {request.outcome}"
    reasons = [*_reasons(request)]
    yield from (f"    {reason}" for reason in reasons[:most])
    if len(reasons) > most:
        yield f"    … and {len(reasons) - most} more"


def callback_lines(callback: Callback) -> Iterator[str]:
    """A callback in one line, and one more for each attempt that failed."""
    about = f" of {callback.message}" if callback.message else ""
    yield f"{callback.id}  {callback.event}{about}  {callback.state}  {callback.url or 'nowhere'}"
    if callback.error is not None:
        yield f"    {callback.error}"
    for attempt in callback.attempts:
        if attempt.error is not None:
            yield f"    {attempt.error}"
        elif attempt.status is not None and not 200 <= attempt.status < 300:
            yield f"    answered {attempt.status} {shown(attempt.response)}"


def _reasons(request: Request) -> Iterator[str]:
    if request.rejection is not None:
        if not request.rejection.violations:
            yield f"refuse {request.rejection.name}"
        yield from (_violation("refuse", broken) for broken in request.rejection.violations)
    yield from (_violation("warn", warning) for warning in request.warnings)
    if request.fault is not None:
        yield f"fault {request.fault}"
    if request.rule is not None:
        yield f"decided by rule {request.rule}"
    for near in request.near_misses:
        yield f"near {near.method} {near.path} ({near.endpoint}): {near.difference}"
    if request.error is not None:
        yield f"bug of the emulator: {request.error.strip().splitlines()[-1]}"


def _violation(severity: str, violation: Violation) -> str:
    where = f" at {violation.pointer}" if violation.pointer else ""
    hint = f"; {violation.suggestion}" if violation.suggestion else ""
    return f"{severity} {violation.code}{where}: {violation.message}{hint}"
