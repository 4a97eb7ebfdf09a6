"""The emulated endpoints as ASGI: an application that answers the providers' paths itself.

Starlette's request and response objects cost more than all of the emulator's own work, so the
providers' paths are answered in front of its router; what belongs to no provider passes through.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Coroutine, Sequence
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import unquote

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.asgi import calls
from emulator.asgi.faults import CONNECTION, misbehave, send_whole
from emulator.core import pipeline
from emulator.core.exchange import Call, Exchange, Sent
from emulator.core.routes import LONG, Routes, Target
from emulator.core.session import Session
from emulator.core.sessions import PREFIX, NotOne, Sessions, checked

_OWN_HEADERS = "Emulator-Request, Emulator-Rejection, Emulator-Warning, Emulator-Error"

Log = Callable[[Exchange, Session], None]


class Place(NamedTuple):
    """An endpoint at an address; `root_path` holds the session's prefix, `query` the rest."""

    path: str
    root_path: str
    query: str
    target: Target


class EmulatedEndpoints:
    """Answers the providers' paths and hands everything else on.

    `at_once` answers what is posted to a place and has arrived whole, as `Responder` says.
    """

    def __init__(self, app: ASGIApp, responder: Responder) -> None:
        self._app = app
        self._find = responder.routes.find
        self._respond = responder.respond
        self._remembered = lru_cache(maxsize=4096)(self._place)
        self.at_once = responder.at_once

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if path.startswith(PREFIX):
            try:
                scope, path = _within(scope)
            except NotOne as error:
                await _send_problem(str(error), send)
                return
        target = self._find(path)
        if target is None:
            await self._app(scope, receive, send)
            return
        origin, preflight = _origin(scope) if scope["method"] == "OPTIONS" else (None, False)
        if preflight and origin is not None:
            await _send_preflight(origin, target, send)
            return
        await self._respond(scope, receive, send, path, target)

    def place(self, url: bytes) -> Place | None:
        """The endpoint at the target of a request line, if that is no longer than usual."""
        return self._remembered(url) if len(url) <= LONG else None

    def _place(self, url: bytes) -> Place | None:
        if not url.startswith(b"/") or b"#" in url:
            return None
        path, _, query = url.decode("latin-1").partition("?")
        path, root_path = unquote(path), ""
        if path.startswith(PREFIX):
            if b"%2f" in url.lower():
                return None
            name, _, rest = path.removeprefix(PREFIX).partition("/")
            path, root_path = f"/{rest}", f"{PREFIX}{name}"
        target = self._find(path)
        if target is None or target.endpoint is None:
            return None
        return Place(path, root_path, query, target)


class Unmatched:
    """Answers calls to no provider and to none of the emulator's own paths."""

    def __init__(self, responder: Responder) -> None:
        self._respond = responder.respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call with a problem document that names the nearest endpoints."""
        path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        await self._respond(scope, receive, send, path, None)


class Responder:
    """Answers calls from the session that each is addressed to."""

    def __init__(self, routes: Routes, sessions: Sessions, log: Log) -> None:
        self.routes = routes
        self._sessions = sessions
        self._log = log

    async def respond(
        self, scope: Scope, receive: Receive, send: Send, path: str, target: Target | None
    ) -> None:
        """Answer one call to an endpoint, to a provider, or to neither."""
        headers = calls.text(scope["headers"])
        auth = target.provider.auth if target is not None else None
        try:
            name = self._sessions.chosen(scope.get("root_path", ""), headers, auth)
        except NotOne as error:
            await _send_problem(str(error), send)
            return
        session = self._sessions.default
        if name is not None:
            session = (await self._sessions.open(name)).session
        call = await calls.read(scope, receive, session, headers, path, target)
        if call is None:
            return
        session.in_flight += 1
        try:
            exchange = await self._answered(call, target, session)
            await _deliver(exchange, session, scope, receive, send)
        finally:
            session.leave()

    def at_once(
        self, place: Place, scheme: str, raw: Sequence[tuple[bytes, bytes]], body: bytes
    ) -> Sent | ASGIApp | None:
        """Answer what was posted to a place without a task of its own, which costs a third more.

        Gives the answer; or, where it is held back or its connection breaks, what delivers it; or
        None where `respond` has to answer. Works as long as nothing in the pipeline waits: the
        store is in memory.
        """
        headers = calls.text(raw)
        if "origin" in headers:
            return None
        path, root_path, query, target = place
        try:
            name = self._sessions.chosen(root_path, headers, target.provider.auth)
        except NotOne:
            return None
        session = self._sessions.default if name is None else self._sessions.used(name)
        if session is None:
            return None
        call = Call(
            "POST",
            path,
            headers,
            body,
            session.entropy.now(),
            session.entropy.timer(),
            target.params,
            target.suffix,
            query,
            scheme,
            root_path,
        )
        exchange = _result(self._answered(call, target, session))
        if not exchange.delay and exchange.fault is None:
            return exchange.sent
        session.in_flight += 1

        async def rest(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await _deliver(exchange, session, scope, receive, send)
            finally:
                session.leave()

        return rest

    async def _answered(self, call: Call, target: Target | None, session: Session) -> Exchange:
        try:
            if target is not None and target.endpoint is not None:
                exchange = await pipeline.answer(call, target.endpoint, target.provider, session)
            else:
                provider = target.provider if target is not None else None
                near = self.routes.near_misses(call.path)
                exchange = await pipeline.miss(call, provider, near, session)
        except Exception as error:
            exchange = await pipeline.failure(call, error, traceback.format_exc(), session)
        self._log(exchange, session)
        return exchange


def _result(coroutine: Coroutine[Any, Any, Exchange]) -> Exchange:
    """What a coroutine gives that never waits."""
    try:
        coroutine.send(None)
    except StopIteration as done:
        exchange: Exchange = done.value
        return exchange
    raise AssertionError("the store waits; nothing can be answered at once")


async def _deliver(
    exchange: Exchange, session: Session, scope: Scope, receive: Receive, send: Send
) -> None:
    """Put the answer on the wire as the exchange says."""
    sent: Sent | None = exchange.sent
    if exchange.delay or exchange.fault is not None:
        sent = await misbehave(exchange, session, scope, receive, send)
    if sent is None:
        return
    origin = exchange.call.headers.get("origin")
    if origin:
        sent = sent._replace(headers=[*sent.headers, *_cross_origin(origin)])
    answer = scope.get("extensions", {}).get(CONNECTION, {}).get("answer")
    if answer is None or not answer(scope, *sent):
        await send_whole(sent, send)


def _within(scope: Scope) -> tuple[Scope, str]:
    """The scope with the session's prefix in its root path, and the path below that.

    Raises NotOne for a name with a slash.
    """
    raw = scope.get("raw_path", b"").removeprefix(PREFIX.encode()).partition(b"/")[0]
    if b"%2f" in raw.lower():
        checked(unquote(raw.decode("latin-1")))
    name, slash, rest = scope["path"].removeprefix(PREFIX).partition("/")
    scope = {**scope, "root_path": f"{PREFIX}{name}"}
    if not slash:
        # As Starlette's routing sees it, such a path is empty.
        scope["path"] += "/"
    return scope, f"/{rest}"


def _origin(scope: Scope) -> tuple[str | None, bool]:
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    asks = b"access-control-request-method" in headers
    return (origin.decode("latin-1") if origin else None), asks


def _cross_origin(origin: str) -> list[tuple[str, str]]:
    """What lets a page of another origin read the answer, as browser code of integrations needs."""
    return [
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Access-Control-Expose-Headers", _OWN_HEADERS),
        ("Vary", "Origin"),
    ]


async def _send_problem(detail: str, send: Send) -> None:
    problem = {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": detail,
        "code": "session",
    }
    headers = [("Content-Type", "application/problem+json")]
    await send_whole(Sent(400, headers, orjson.dumps(problem)), send)


async def _send_preflight(origin: str, target: Target, send: Send) -> None:
    method = target.endpoint.method if target.endpoint is not None else "POST"
    allowed = "authorization, auth-username, auth-password, content-type, accept, emulator-session"
    headers = [
        *_cross_origin(origin),
        ("Access-Control-Allow-Methods", method),
        ("Access-Control-Allow-Headers", allowed),
    ]
    await send_whole(Sent(204, headers, b""), send)
