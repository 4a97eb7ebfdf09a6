"""The emulated endpoints as ASGI: an application that answers the providers' paths itself.

Starlette's request and response objects cost more than all of the emulator's own work, so the
providers' paths are answered in front of its router; what belongs to no provider passes through.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emulator.asgi.faults import CONNECTION, misbehave
from emulator.core import pipeline
from emulator.core.exchange import Call, Exchange, Sent
from emulator.core.routes import Routes, Target
from emulator.core.session import Session
from emulator.core.sessions import PREFIX, NotOne, Sessions

BODY_LIMIT = 1024 * 1024
"""The most bytes of a body that are read."""

_OWN_HEADERS = b"Emulator-Request, Emulator-Rejection, Emulator-Warning, Emulator-Error"

KEPT_OF_OVERSIZE = 64 * 1024
"""The bytes of a longer body that the journal keeps."""

Log = Callable[[Exchange, Session], None]


class EmulatedEndpoints:
    """Answers the providers' paths and hands everything else on."""

    def __init__(self, app: ASGIApp, responder: Responder) -> None:
        self._app = app
        self._find = responder.routes.find
        self._respond = responder.respond

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if path.startswith(PREFIX):
            scope, path = _within(scope)
        target = self._find(path)
        if target is None:
            await self._app(scope, receive, send)
            return
        origin, preflight = _origin(scope) if scope["method"] == "OPTIONS" else (None, False)
        if preflight and origin is not None:
            await _send_preflight(origin, target, send)
            return
        await self._respond(scope, receive, send, path, target)


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
        headers = _headers(scope["headers"])
        auth = target.provider.auth if target is not None else None
        try:
            name = self._sessions.chosen(scope.get("root_path", ""), headers, auth)
        except NotOne as error:
            await _send_problem(str(error), send)
            return
        session = self._sessions.default
        if name is not None:
            session = (await self._sessions.open(name)).session
        call = await read_call(scope, receive, session, headers, path, target)
        if call is None:
            return
        session.in_flight += 1
        try:
            try:
                if target is not None and target.endpoint is not None:
                    exchange = await pipeline.answer(
                        call, target.endpoint, target.provider, session
                    )
                else:
                    provider = target.provider if target is not None else None
                    near = self.routes.near_misses(path)
                    exchange = await pipeline.miss(call, provider, near, session)
            except Exception as error:
                trace = traceback.format_exc()
                exchange = await pipeline.failure(call, error, trace, session)
            self._log(exchange, session)
            sent: Sent | None = exchange.sent
            if exchange.delay or exchange.fault is not None:
                sent = await misbehave(exchange, session, scope, receive, send)
            if sent is not None:
                await _send(sent, headers.get("origin"), scope, send)
        finally:
            session.leave()


async def read_call(
    scope: Scope,
    receive: Receive,
    session: Session,
    headers: Mapping[str, str],
    path: str,
    target: Target | None,
) -> Call | None:
    """Read a call from the wire, or give None if the client went away before it was complete."""
    started = session.entropy.timer()
    announced = int(headers.get("content-length", "0"))
    size = announced if announced > BODY_LIMIT else None
    body = b""
    if size is None:
        chunks, read, more = [], 0, True
        while more:
            event: Message = await receive()
            if event["type"] == "http.disconnect":
                return None
            chunk = event.get("body", b"")
            read += len(chunk)
            if read > BODY_LIMIT:
                size = read
                break
            chunks.append(chunk)
            more = event.get("more_body", False)
        body = chunks[0] if len(chunks) == 1 else b"".join(chunks)
        if size is not None:
            body = body[:KEPT_OF_OVERSIZE]
    return Call(
        method=scope["method"],
        path=path,
        headers=headers,
        body=body,
        received_at=session.entropy.now(),
        started=started,
        path_params=target.params if target else {},
        suffix=target.suffix if target else None,
        query=scope["query_string"].decode("latin-1"),
        scheme=scope["scheme"],
        root_path=scope.get("root_path", ""),
        size=size,
    )


async def _send(sent: Sent, origin: str | None, scope: Scope, send: Send) -> None:
    headers = [(_raw(name), value.encode("latin-1")) for name, value in sent.headers]
    headers.append((b"content-length", b"%d" % len(sent.body)))
    if origin:
        headers += _cross_origin(origin)
    extensions = scope.get("extensions")
    if extensions and CONNECTION in extensions:
        answer = extensions[CONNECTION]["answer"]
        if answer(scope, sent.status, headers, sent.body):
            return
    await send({"type": "http.response.start", "status": sent.status, "headers": headers})
    await send({"type": "http.response.body", "body": sent.body})


@lru_cache(maxsize=1024)
def _text(raw: bytes) -> str:
    """A header's name or value; most come again and again, and the journal keeps them."""
    return raw.decode("latin-1")


def _within(scope: Scope) -> tuple[Scope, str]:
    """The scope with the session's prefix in its root path, and the path below that."""
    name, slash, rest = scope["path"].removeprefix(PREFIX).partition("/")
    scope = {**scope, "root_path": f"{PREFIX}{name}"}
    if not slash:
        # As Starlette's routing sees it, such a path is empty.
        scope["path"] += "/"
    return scope, f"/{rest}"


def _headers(raw: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    headers = {_text(name): _text(value) for name, value in raw}
    return headers if len(headers) == len(raw) else _joined(raw)


def _joined(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers where some stand more than once."""
    headers: dict[str, str] = {}
    for name, value in ((_text(name), _text(value)) for name, value in raw):
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


@lru_cache(maxsize=64)
def _raw(name: str) -> bytes:
    return name.lower().encode()


def _origin(scope: Scope) -> tuple[str | None, bool]:
    headers = dict(scope["headers"])
    origin = headers.get(b"origin")
    asks = b"access-control-request-method" in headers
    return (origin.decode("latin-1") if origin else None), asks


def _cross_origin(origin: str) -> list[tuple[bytes, bytes]]:
    """What lets a page of another origin read the answer, as browser code of integrations needs."""
    return [
        (b"access-control-allow-origin", origin.encode("latin-1")),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", _OWN_HEADERS),
        (b"vary", b"Origin"),
    ]


async def _send_problem(detail: str, send: Send) -> None:
    problem = {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": detail,
        "code": "session",
    }
    headers = [(b"content-type", b"application/problem+json")]
    await send({"type": "http.response.start", "status": 400, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps(problem)})


async def _send_preflight(origin: str, target: Target, send: Send) -> None:
    method = target.endpoint.method if target.endpoint is not None else "POST"
    allowed = b"authorization, auth-username, auth-password, content-type, accept, emulator-session"
    headers = [
        *_cross_origin(origin),
        (b"access-control-allow-methods", method.encode()),
        (b"access-control-allow-headers", allowed),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
