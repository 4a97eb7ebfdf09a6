"""The admin API over HTTP: one session's calls, on connections that sessions share."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from emulator.core.errors import EmulatorError
from emulator.core.words import remedy

__tracebackhide__ = True  # by pytest: what a test did wrong is in the test

_PATIENCE = 10.0
"""Seconds for an answer, besides those that the call itself asks the emulator to wait."""

_IDLE = 2.0
"""Seconds that a connection stays open; the emulator would close it some seconds later."""

Query = Mapping[str, str | int | float]


class Unreachable(EmulatorError):
    """No answer came, so that it may be worth trying again."""


class AdminApi:
    """Calls to `/__admin` below a session's address; raises EmulatorError with what went wrong."""

    def __init__(
        self, url: str, http: httpx.Client, headers: Mapping[str, str], root: AdminApi | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self.root = root or self
        self._http = http
        self._headers = headers

    def at(self, url: str) -> AdminApi:
        """The same for the session that has this address; `root` stays."""
        return AdminApi(url, self._http, self._headers, self.root)

    def get(self, path: str, query: Query | None = None) -> Any:
        """The document that a GET answers with."""
        return self.call("GET", path, query)

    def call(
        self,
        method: str,
        path: str,
        query: Query | None = None,
        body: Any = None,
        patience: float = _PATIENCE,
    ) -> Any:
        """The document that a call answers with, None where it has no content."""
        with reaching(self.url):
            response = self._http.request(method, **self._told(path, query, body, patience))
        return answered(response)

    async def get_async(self, path: str, query: Query) -> Any:
        """As `get`, without holding up the event loop."""
        with reaching(self.url):
            async with httpx.AsyncClient(**options(self.url)) as http:
                response = await http.get(**self._told(path, query, None))
        return answered(response)

    def _told(
        self, path: str, query: Query | None, body: Any, patience: float = _PATIENCE
    ) -> dict[str, Any]:
        wait = float((query or {}).get("wait", 0))
        told: dict[str, Any] = {
            "url": f"{self.url}/__admin/{path}",
            "params": query,
            "headers": self._headers,
            "timeout": patience + wait,
        }
        return told if body is None else {**told, "json": body}


@contextlib.contextmanager
def open_api(url: str, token: str | None = None) -> Iterator[AdminApi]:
    """The admin API at an address; its connections are closed at the end."""
    with reaching(url):
        http = httpx.Client(**options(url))
    with http:
        yield AdminApi(url, http, {"authorization": f"Bearer {token}"} if token else {})


@contextlib.contextmanager
def reaching(url: str) -> Iterator[None]:
    """Make one sentence of whatever keeps a call from its answer."""
    try:
        yield
    except httpx.ConnectError as error:
        reason = _reason(error)
        told = f"no emulator answers at {url} ({reason}); {remedy(reason)}"
        raise Unreachable(told) from None
    except (httpx.UnsupportedProtocol, httpx.InvalidURL):
        raise EmulatorError(f'"{url}" is no URL; for example http://127.0.0.1:8484') from None
    except httpx.TransportError as error:
        raise Unreachable(f"the emulator at {url} went away ({_reason(error)})") from None


def options(url: str) -> dict[str, Any]:
    """How an HTTP client reaches an emulator there."""
    return {
        # No proxy: the emulator is near.
        "trust_env": False,
        "limits": httpx.Limits(keepalive_expiry=_IDLE),
        # Without TLS nothing is verified, and reading the certificates takes longer than a call.
        "verify": ssl.create_default_context() if url.startswith("https:") else False,
    }


def answered(response: httpx.Response) -> Any:
    """The document of an answer; raises EmulatorError with the detail of a problem."""
    document: Any
    try:
        document = response.json() if response.content else None
        detail = None if response.is_success else f"{document['detail']}"
    except (ValueError, LookupError, TypeError):
        detail = (
            f"{response.request.url} is answered {response.status_code}"
            " by something that is no emulator"
        )
    if detail is not None:
        raise EmulatorError(detail)
    return document


def _reason(error: httpx.TransportError) -> str:
    return " ".join(str(error).split()) or type(error).__name__
