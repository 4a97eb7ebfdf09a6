"""`messaging-emulator wait`."""

from __future__ import annotations

import time

import click

from emulator.cli.options import config, port
from emulator.core.words import remedy


@click.command()
@click.argument("url", required=False)
@config
@port
@click.option("--timeout", default=30.0, show_default=True, help="Seconds to wait.")
def wait(url: str | None, port: int, timeout: float) -> None:
    """Wait until the emulator at URL is ready: exit 0, or 1 when the time is over."""
    import http.client
    import urllib.request

    address = f"{(url or f'http://127.0.0.1:{port}').rstrip('/')}/__admin/health"
    if not _is_url(address):
        raise click.UsageError(f'"{url}" is no URL; for example http://127.0.0.1:8484')
    # No proxy: the emulator is near.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + timeout
    while True:
        try:
            with opener.open(address, timeout=max(0.1, deadline - time.monotonic())):
                return
        except (http.client.HTTPException, OSError) as error:
            reason = " ".join(str(getattr(error, "reason", error)).split())
        if time.monotonic() >= deadline:
            told = f"no emulator was ready at {address} within {timeout:g} s ({reason})"
            raise click.ClickException(f"{told}; {remedy(reason)}")
        time.sleep(0.05)


def _is_url(address: str) -> bool:
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(address)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
