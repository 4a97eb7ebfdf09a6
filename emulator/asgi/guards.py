"""Who may use the emulator's own pages: checks of `Host`, `Origin` and the admin token.

The emulated endpoints are not guarded: a client may reach them by the provider's real host name.
"""

from __future__ import annotations

import hmac
import re

import orjson
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from emulator.core.routes import RESERVED

_LOOPBACK = re.compile(r"(.+\.)?localhost|127(\.[0-9]{1,3}){3}|\[::1\]")
# Names and addresses that no page on the web can be served from under a name of its own: a foreign
# page that rebinds its name to this address still sends that name, which has a public suffix.
_PRIVATE = re.compile(
    r"[^.:]+|[0-9]{1,3}(\.[0-9]{1,3}){3}|\[[0-9a-f:.]+\]|.+\.(localhost|local|internal|test)",
    re.IGNORECASE,
)


class Guards:
    """Refuses foreign hosts and origins on `/__` paths, and unauthorised changes when exposed."""

    def __init__(self, app: ASGIApp, exposed: bool, token: str) -> None:
        self._app = app
        self._hosts = _PRIVATE if exposed else _LOOPBACK
        self._token = token if exposed else ""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a call on, or refuse it."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if scope["type"] == "http" and path.startswith(RESERVED):
            problem = self._problem(scope["method"], Headers(scope=scope))
            if problem is not None:
                await _refuse(*problem, send)
                return
        await self._app(scope, receive, send)

    def _problem(self, method: str, headers: Headers) -> tuple[int, str, str] | None:
        host = headers.get("host", "")
        if not self._hosts.fullmatch(re.sub(r":[0-9]*$", "", host).lower()):
            return 403, "host", f'Host "{host}" is foreign; call the emulator by its own address'
        origin = headers.get("origin")
        if origin is not None and origin.partition("://")[2] != host:
            return 403, "origin", f'pages of "{origin}" may not call the emulator; its own may'
        if self._token and method not in ("GET", "HEAD", "OPTIONS"):
            given = headers.get("authorization", "").removeprefix("Bearer ")
            if not hmac.compare_digest(given.encode(), self._token.encode()):
                detail = "changes need the header Authorization: Bearer <admin token>"
                return 401, "token", f"{detail}; the start banner shows the token"
        return None


async def _refuse(status: int, code: str, detail: str, send: Send) -> None:
    title = {401: "Unauthorized", 403: "Forbidden"}[status]
    problem = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "code": code,
    }
    headers = [(b"content-type", b"application/problem+json")]
    if status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": orjson.dumps(problem)})
