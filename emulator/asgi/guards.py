"""Who may use the emulator's own pages: checks of `Host`, `Origin` and the admin token.

The emulated endpoints are not guarded: a client may reach them by the provider's real host name.
"""

from __future__ import annotations

import hmac
import re
from collections import Counter
from collections.abc import Sequence

import orjson
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from emulator.core.routes import INVITES, RESERVED

READS = ("/__admin/requests/find", "/__admin/requests/count")
"""What is asked by POST and changes nothing."""

_LOOPBACK = re.compile(r"(.+\.)?localhost|127(\.[0-9]{1,3}){3}|\[::1\]")
# Names and addresses that no page on the web can be served from under a name of its own: a foreign
# page that rebinds its name to this address still sends that name, which has a public suffix.
_PRIVATE = re.compile(
    r"[\w-]+|[0-9]{1,3}(\.[0-9]{1,3}){3}|\[[0-9a-f:.]+\]|.+\.(localhost|local|internal|test)",
    re.IGNORECASE,
)


class Guards:
    """Refuses foreign hosts and origins on `/__` paths, and changes without the token."""

    def __init__(
        self,
        app: ASGIApp,
        exposed: bool,
        token: str,
        names: Sequence[str],
        refused: Counter[str],
    ) -> None:
        self._app = app
        self._hosts = _PRIVATE if exposed else _LOOPBACK
        self._token = token
        self._names = {name.lower() for name in names}
        self._refused = refused

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a call on, or refuse it."""
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if scope["type"] == "http" and path.startswith(RESERVED):
            send = _secured(send)
            # The recipient of an invite follows its link by whatever name the provider has.
            invited = path.startswith(INVITES)
            problem = None if invited else self._problem(scope, path, Headers(scope=scope))
            if problem is not None:
                self._refused[problem[1]] += 1
                await _refuse(*problem, send)
                return
        await self._app(scope, receive, send)

    def _problem(self, scope: Scope, path: str, headers: Headers) -> tuple[int, str, str] | None:
        host = ", ".join(headers.getlist("host"))
        name = re.sub(r":[0-9]*$", "", host).lower()
        # Who calls the application in its own process chooses the server's name.
        server = scope.get("server") or ("", None)
        if not (self._hosts.fullmatch(name) or name in self._names or name == server[0]):
            return 403, "host", f'Host "{host}" is foreign; call the emulator by its own address'
        origin = ", ".join(headers.getlist("origin"))
        if "origin" in headers and origin.partition("://")[2] != host:
            return 403, "origin", f'pages of "{origin}" may not call the emulator; its own may'
        if self._token and scope["method"] not in ("GET", "HEAD", "OPTIONS") and path not in READS:
            given = re.sub("^bearer +", "", headers.get("authorization", ""), flags=re.IGNORECASE)
            if not hmac.compare_digest(given.encode(), self._token.encode()):
                detail = (
                    "changes need the header Authorization: Bearer <admin token>; the token is that"
                    " of --admin-token or EMULATOR_ADMIN_TOKEN, or else the start banner shows it"
                )
                return 401, "token", detail
        return None


_SECURITY = {
    b"content-security-policy": (
        b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
        b" connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
}
"""What keeps a browser from mixing the emulator's own pages with others."""


def _secured(send: Send) -> Send:
    """Add the headers to an answer that has none of that name of its own."""

    async def secured(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = list(message.get("headers", ()))
            names = {name.lower() for name, _ in given}
            more = [(name, value) for name, value in _SECURITY.items() if name not in names]
            message = {**message, "headers": given + more}
        await send(message)

    return secured


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
