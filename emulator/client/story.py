"""What happened in a session, for those who look at a test that failed."""

from __future__ import annotations

from collections.abc import Iterator

from emulator.client.lines import message_line, request_lines
from emulator.client.rules import Rule
from emulator.client.session import Session

_MOST = 30


def story(session: Session) -> str:
    """The session's requests, newest last, with what each sent or why it was not accepted."""
    requests = session.requests.all()
    messages = {message.id: message for message in session.messages.all()}
    counted = f"{len(requests)} request{'s' * (len(requests) != 1)}"
    lines = [f"session {session.session} at {session.url}: {counted}"]
    if len(requests) > _MOST:
        lines.append(f"… the newest {_MOST} of them:")
    for request in requests[-_MOST:]:
        lines += request_lines(request)
        sent = (messages[id] for id in request.messages if id in messages)
        lines += [f"    sent {message_line(message)}" for message in sent]
        lines += [f"    {line}" for line in (request.error or "").splitlines()]
    return "\n".join(lines)


def left_behind(session: Session) -> str:
    """The rules that were never used and the requests that were warned of, or nothing."""
    lines = [*_unused(session.rules), *_warned(session)]
    return "\n".join(["strict: the test left this behind", *lines]) if lines else ""


def _unused(rules: list[Rule]) -> Iterator[str]:
    for rule in rules:
        if not rule.uses:
            yield f"a rule that was never used: {rule!r}"
            for near in rule.near_misses:
                yield f"    near {near['request']}: {', '.join(near['differences'])}"


def _warned(session: Session) -> Iterator[str]:
    for request in session.requests.all():
        if request.warnings and request.outcome == "accepted":
            yield from request_lines(request)
