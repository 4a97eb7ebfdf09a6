"""Sends callbacks over HTTP: to the configured address only, following nothing, bounded."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import socket
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

from emulator.core.outbox import Attempt, Callback, Webhook

if TYPE_CHECKING:
    import httpx

TIMEOUT = 10.0
"""Seconds that a receiver is given to answer."""

_MOST_READ = 64 * 1024
_SHOWN = 2000
_AT_ONCE = 32
"""How many callbacks one receiver gets at once; others do not wait for a slow one."""

# Addresses by which clouds tell a machine its secrets, besides those that are link-local.
_METADATA = frozenset(map(ipaddress.ip_address, ("100.100.100.200", "fd00:ec2::254")))


class Webhooks:
    """Sends the callbacks of all sessions."""

    def __init__(self, version: str) -> None:
        self._agent = f"messaging-emulator/{version}"
        self._transports: dict[str, httpx.AsyncHTTPTransport] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        # Those of receivers that something is being sent to.
        self._places: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def send(self, webhook: Webhook, callback: Callback, now: Callable[[], float]) -> Attempt:
        """Try once to deliver a callback; whatever goes wrong is told by the attempt."""
        receiver = urlsplit(webhook.url).netloc
        place = self._places.setdefault(receiver, asyncio.Semaphore(_AT_ONCE))
        async with place:
            at, started = now(), time.perf_counter()
            status, error, response = None, None, ""
            try:
                async with asyncio.timeout(TIMEOUT):
                    status, response = await self._post(webhook, callback)
            except TimeoutError:
                error = f"no answer within {TIMEOUT:g} s"
            except Exception as failure:  # whatever it is, what waits behind must go on
                error = f"{type(failure).__name__}: {failure}".rstrip(": ")
            return Attempt(at, time.perf_counter() - started, status, error, response)

    async def _post(self, webhook: Webhook, callback: Callback) -> tuple[int, str]:
        import httpx

        parts = urlsplit(webhook.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = parts.hostname or ""
        headers = {"Host": parts.netloc, **self._headers(webhook, callback)}
        unreached: Exception = ValueError("the host has no address")
        # The address that was looked at is the one that is called, whatever the name means next.
        for address in await _addresses(host, port):
            shown = f"[{address}]" if ":" in address else address
            url = parts._replace(netloc=f"{shown}:{port}").geturl()
            extensions = {"sni_hostname": host}
            request = httpx.Request(
                "POST", url, content=callback.body, headers=headers, extensions=extensions
            )
            try:
                return await _answer(self._transport(parts.scheme), request)
            except httpx.ConnectError as error:
                unreached = error
        raise unreached

    def _headers(self, webhook: Webhook, callback: Callback) -> dict[str, str]:
        headers = {
            "Content-Type": callback.media_type,
            "User-Agent": self._agent,
            "Emulator-Callback": callback.id,
            "Emulator-Attempt": str(len(callback.attempts) + 1),
        }
        if webhook.secret:
            digest = hmac.new(webhook.secret.encode(), callback.body, hashlib.sha256).hexdigest()
            headers["Emulator-Signature"] = f"sha256={digest}"
        return headers

    def _transport(self, scheme: str) -> httpx.AsyncHTTPTransport:
        """What sends and does nothing else: no redirects, no cookies, no proxy and no .netrc."""
        import httpx

        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._transports, self._loop = {}, loop
        if scheme not in self._transports:
            self._transports[scheme] = httpx.AsyncHTTPTransport(
                # Reading the certificates takes longer than many callbacks.
                verify=scheme == "https",
                trust_env=False,
                # A receiver that was started anew would be met by an old connection.
                limits=httpx.Limits(max_keepalive_connections=0),
            )
        return self._transports[scheme]


def refusal(url: str) -> str | None:
    """Why callbacks may not go to an address, or None."""
    try:
        parts = urlsplit(url)
        is_http = parts.scheme in ("http", "https") and parts.port != 0
        if not (is_http and parts.hostname and url.isprintable() and " " not in url):
            return f'"{url[:200]}" is no http or https URL, such as http://127.0.0.1:5000/callbacks'
        if parts.username is not None:
            return (
                "a URL with credentials in it would show them; sign callbacks by a secret instead"
            )
        address = ipaddress.ip_address(parts.hostname)
    except ValueError as error:
        # A name is looked up when something is sent.
        named = "does not appear to be an IPv4 or IPv6 address" in str(error)
        return None if named else f'"{url[:200]}" is no URL: {error}'
    return _refused(address)


def _refused(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> str | None:
    mapped = getattr(address, "ipv4_mapped", None) or address
    if mapped.is_link_local or mapped in _METADATA or mapped.is_multicast:
        return f"callbacks never go to {address}: it is link-local, multicast or a cloud's metadata"
    return None


async def _addresses(host: str, port: int) -> Sequence[str]:
    """The addresses of a host; raises ValueError where callbacks may not go to one of them."""
    try:
        addresses = [str(ipaddress.ip_address(host))]
    except ValueError:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = [str(entry[4][0]) for entry in found]
    for address in addresses:
        if (reason := _refused(ipaddress.ip_address(address.partition("%")[0]))) is not None:
            raise ValueError(reason)
    return addresses


async def _answer(transport: httpx.AsyncHTTPTransport, request: httpx.Request) -> tuple[int, str]:
    """The status of an answer and the beginning of its body."""
    response = await transport.handle_async_request(request)
    read = b""
    try:
        async for chunk in response.aiter_raw():
            read += chunk
            if len(read) > _MOST_READ:
                break
    finally:
        await response.aclose()
    return response.status_code, read[:_SHOWN].decode("utf-8", "replace")
