"""The one-way path of a call: authenticate, negotiate, decode, validate, decide, reply, journal.

Each step receives what the steps before it made and gives one thing more; the exchange is put
together once, at the end. A step that cannot go on raises a Rejection, and one `except` turns it
into the provider's reply.
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

import orjson

from emulator.core import codecs
from emulator.core.behaviour import Answer, Break
from emulator.core.codecs import Codec
from emulator.core.decision import CONSENT, Decision, any_magic, decide
from emulator.core.exchange import (
    UNHEARD,
    Call,
    Exchange,
    FaultName,
    Finding,
    NearMiss,
    OutcomeName,
    Reply,
    Sent,
    Violation,
)
from emulator.core.judgement import judge, judged
from emulator.core.message import Message
from emulator.core.provider import Arrival, Endpoint, Provider
from emulator.core.rejections import (
    Invalid,
    MethodNotAllowed,
    NotFound,
    Rejection,
    TooLarge,
    Unauthorized,
    UnsupportedMediaType,
)
from emulator.core.session import Session

MOST_TOLD = 10
"""How many violations are told in headers and in a line of the log; the journal has the rest."""


async def answer(call: Call, endpoint: Endpoint, provider: Provider, session: Session) -> Exchange:
    """Answer a call to an endpoint, and journal the exchange."""
    number = await session.journal.number()
    ids = session.entropy.ids(number)
    id = session.entropy.request_id(number)
    writes = reads = None
    messages: Sequence[Message] = ()
    unsent: Sequence[Message] = ()
    slipped: Sequence[Violation] = ()
    warnings: Sequence[Violation] = ()
    broken: Sequence[Violation] = ()
    rejection: Rejection | None = None
    decision = CONSENT
    chosen = session.readings.chosen
    try:
        _address(call, endpoint)
        provider.auth.check(call.headers, session.accounts)
        if slips := provider.auth.slips(call.headers):
            slipped = judged(slips, provider, chosen, Unauthorized)
        _size(call)
        reads, guessed = codecs.reader(call, endpoint.codecs)
        if guessed is not None:
            slipped = [*slipped, *judged([guessed], provider, chosen, UnsupportedMediaType)]
        writes = codecs.writer(call, endpoint.codecs, reads)
        document, warnings = judge(call, reads, endpoint, provider, chosen)
        if slipped:
            warnings = [*slipped, *warnings]
        arrival = Arrival(call, document, ids, writes.name, chosen.values, session.scenarios)
        messages = endpoint.messages(arrival)
        if session.rules or any_magic(messages, provider):
            decision = await decide(messages, arrival, endpoint, provider, session, id)
            messages = decision.messages
        reply = Reply(200, endpoint.answer(arrival, messages))
    except Rejection as refusal:
        decision = Decision((), None, refusal.delay, refusal.rule)
        rejection, messages, unsent = refusal, (), messages
        told = [provider.violation(finding, chosen) for finding in refusal.findings]
        # Warnings that came before an ordered refusal are told with it.
        violations = [*told, *refusal.violations, *(warnings or slipped)]
        broken = [v for v in violations if v.severity == "refuse"]
        warnings = [v for v in violations if v.severity == "warn"]
        reply = provider.refuse(refusal, broken, chosen.values)
        writes = writes or codecs.fallback(call, endpoint.codecs)
    if reads is not None and (broken or warnings):
        broken, warnings = _located(broken, reads), _located(warnings, reads)
    outcome: OutcomeName = "accepted" if rejection is None else "refused"
    fault: FaultName | None = None
    match decision.action:
        case None:
            sent = _sent(id, writes, reply, broken, warnings, rejection)
        case Answer(status, headers, content):
            outcome, messages, unsent = "answered", (), messages
            sent = Sent(status, (*headers, ("Emulator-Request", id)), content)
        case Break(fault):
            outcome = "broken"
            sent = _sent(id, writes, reply, broken, warnings, rejection)
            if fault in UNHEARD:
                messages, unsent = (), messages
    # By position, which takes half the time.
    exchange = Exchange(
        id,
        call,
        outcome,
        sent,
        provider.name,
        endpoint.name,
        messages,
        rejection,
        broken,
        warnings,
        (),
        None,
        chosen,
        session.entropy.timer() - call.started,
        decision.rule,
        fault,
        decision.delay,
        unsent,
    )
    await session.keep(exchange, provider)
    return exchange


async def miss(
    call: Call, provider: Provider | None, near: Sequence[NearMiss], session: Session
) -> Exchange:
    """Answer a call to no endpoint: as the path's provider would, else by a problem document."""
    id = await _id(session)
    nearest = [f"{miss.method} {miss.path}" for miss in near]
    if provider is not None:
        finding = Finding(
            "path", f'nothing is at "{call.path[:200]}"', suggestion=f"did you mean {nearest[0]}?"
        )
        rejection = NotFound(finding)
        chosen = session.readings.chosen
        broken = [provider.violation(finding, chosen)]
        reply = provider.refuse(rejection, broken, chosen.values)
        writes = codecs.fallback(call, provider.codecs)
        return await _kept(
            Exchange(
                id=id,
                call=call,
                outcome="unmatched",
                sent=_sent(id, writes, reply, broken, (), rejection),
                provider=provider.name,
                rejection=rejection,
                violations=broken,
                near_misses=near,
            ),
            session,
        )
    problem = {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": f'no provider has "{call.path[:200]}"; the nearest are {", ".join(nearest)};'
        " /__admin/docs describes them",
        "code": "unmatched",
        "nearest": near,
    }
    sent = Sent(404, _plain_headers(id), orjson.dumps(problem))
    exchange = Exchange(id=id, call=call, outcome="unmatched", sent=sent, near_misses=near)
    return await _kept(exchange, session)


async def failure(call: Call, error: Exception, trace: str, session: Session) -> Exchange:
    """Answer a call that a bug of ours kept from its answer: 500, and no vendor's body."""
    id = await _id(session)
    problem = {
        "type": "about:blank",
        "title": "Internal Server Error",
        "status": 500,
        "detail": "a bug of the emulator, not an emulated answer; the journal has the traceback",
        "code": "emulator-error",
        "request": id,
    }
    headers = (*_plain_headers(id), ("Emulator-Error", type(error).__name__))
    sent = Sent(500, headers, orjson.dumps(problem))
    exchange = Exchange(id=id, call=call, outcome="broken", sent=sent, error=trace)
    return await _kept(exchange, session)


def _address(call: Call, endpoint: Endpoint) -> None:
    if endpoint.path is not None:
        try:
            endpoint.path.check(call.path_params)
        except Invalid as broken:
            raise NotFound(violations=broken.violations) from None
    if call.method != endpoint.method:
        message = f"{call.method} is not offered here, {endpoint.method} is"
        raise MethodNotAllowed(
            Finding("method", message, value=call.method),
            headers=(("Allow", endpoint.method),),
        )


def _size(call: Call) -> None:
    if call.size is not None:
        message = f"the body has {call.size} bytes or more; {len(call.body)} were read"
        raise TooLarge(Finding("body-size", message))


def _located(violations: Sequence[Violation], reads: Codec) -> list[Violation]:
    return [v._replace(element=reads.element(v.pointer)) for v in violations]


def _sent(
    id: str,
    writes: Codec,
    reply: Reply,
    broken: Sequence[Violation],
    warnings: Sequence[Violation],
    rejection: Rejection | None,
) -> Sent:
    body = writes.encode(reply.document, refused=rejection is not None)
    return Sent(reply.status, _headers(id, writes, reply, broken, warnings), body)


def _headers(
    id: str,
    writes: Codec,
    reply: Reply,
    broken: Sequence[Violation],
    warnings: Sequence[Violation],
) -> list[tuple[str, str]]:
    headers = [("Content-Type", writes.media_type), ("Emulator-Request", id), *reply.headers]
    if broken:
        headers += [("Emulator-Rejection", _told(violation)) for violation in broken[:MOST_TOLD]]
    if warnings:
        headers += [("Emulator-Warning", _told(warning)) for warning in warnings[:MOST_TOLD]]
    return headers


def _plain_headers(id: str) -> tuple[tuple[str, str], ...]:
    return (("Content-Type", "application/problem+json"), ("Emulator-Request", id))


def _told(violation: Violation) -> str:
    """One violation as a header's value, in visible ASCII."""
    text = violation.message
    if violation.suggestion:
        text += f"; {violation.suggestion}"
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    text = text.encode("ascii", "backslashreplace").decode()
    text = "".join(c if c.isprintable() else " " for c in text)
    return f'code={violation.code}; pointer={quote(violation.pointer, safe="/~")}; message="{text}"'


async def _id(session: Session) -> str:
    return session.entropy.request_id(await session.journal.number())


async def _kept(exchange: Exchange, session: Session) -> Exchange:
    exchange = exchange._replace(duration=session.entropy.timer() - exchange.call.started)
    await session.keep(exchange)
    return exchange
