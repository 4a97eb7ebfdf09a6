"""Sends callbacks over HTTP: to the configured address only, following nothing, bounded.

It talks through a socket of its own, because what is called has to be the very address that was
looked at, and because nothing may be left open when a session ends in the middle of a call.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from urllib.parse import quote, urlsplit
from weakref import WeakValueDictionary

from emulator.core.errors import EmulatorError
from emulator.core.outbox import Attempt, Callback, Webhook

TIMEOUT = 10.0
"""Seconds that a receiver is given to answer."""

_SHOWN = 2000
"""The most bytes of an answer's body that are read."""

_UNQUOTED = "%/?:@!$&'()*+,;=~[]"
_AT_ONCE = 32
"""How many callbacks one receiver gets at once; others do not wait for a slow one."""

# Addresses by which clouds tell a machine its secrets, besides those that are link-local.
_METADATA = frozenset(map(ipaddress.ip_address, ("100.100.100.200", "fd00:ec2::254")))


class Webhooks:
    """Sends the callbacks of all sessions."""

    def __init__(self, version: str) -> None:
        self._agent = f"messaging-emulator/{version}"
        self._context: ssl.SSLContext | None = None
        # Those of receivers that something is being sent to.
        self._places: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def send(self, webhook: Webhook, callback: Callback, now: Callable[[], float]) -> Attempt:
        """Try once to deliver a callback; whatever goes wrong is told by the attempt."""
        place = self._places.setdefault(webhook.url, asyncio.Semaphore(_AT_ONCE))
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
        # What it needs takes some time to load, and many sessions have no webhook.
        from emulator.post import exchange

        parts = urlsplit(webhook.url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        named = f"[{host}]" if ":" in host else host.encode("idna").decode()
        target = quote(f"{parts.path or '/'}{'?' * bool(parts.query)}{parts.query}", _UNQUOTED)
        headers = [
            ("Host", named if parts.port is None else f"{named}:{port}"),
            ("Connection", "close"),
            *self._headers(webhook, callback),
        ]
        context = self._trusted() if parts.scheme == "https" else None
        unreached: OSError | None = None
        # The address that was looked at is the one that is called, whatever the name means next.
        for address in await _addresses(host, port):
            try:
                reader, writer = await asyncio.open_connection(
                    address, port, ssl=context, server_hostname=host if context else None
                )
            except OSError as error:
                unreached = error
                continue
            try:
                body = callback.body
                status, told = await exchange(reader, writer, target, headers, body, _SHOWN)
                return status, told.decode("utf-8", "replace")
            finally:
                writer.transport.abort()
        raise unreached or OSError("the host has no address")

    def _headers(self, webhook: Webhook, callback: Callback) -> Iterator[tuple[str, str]]:
        yield "User-Agent", self._agent
        yield "Content-Type", callback.media_type
        yield "Content-Length", str(len(callback.body))
        yield "Emulator-Callback", callback.id
        yield "Emulator-Attempt", str(len(callback.attempts) + 1)
        if webhook.secret:
            digest = hmac.new(webhook.secret.encode(), callback.body, hashlib.sha256).hexdigest()
            yield "Emulator-Signature", f"sha256={digest}"

    def _trusted(self) -> ssl.SSLContext:
        # Reading the certificates takes longer than many callbacks.
        if self._context is None:
            self._context = ssl.create_default_context()
        return self._context


def webhook_to(url: str) -> Webhook:
    """The webhook at an address; raises EmulatorError where callbacks may not go there."""
    if (reason := refusal(url)) is not None:
        raise EmulatorError(f"webhook: {reason}")
    return Webhook(url)


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
