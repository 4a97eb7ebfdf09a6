"""`messaging-emulator curl`."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

import click

from emulator.cli.endpoint import found, offered
from emulator.cli.options import AccountType, config, option, port


@click.command()
@click.argument("endpoint", required=False)
@config
@click.option("--url", metavar="URL", help="Where the emulator runs.")
@port
@option(
    "--account",
    multiple=True,
    type=AccountType(),
    default=["Aladdin:open sesame"],
    show_default=True,
    help="Account that sends, the first of several.",
)
def curl(
    endpoint: str | None, url: str | None, port: int, account: Sequence[tuple[str, str]]
) -> None:
    """Print a curl line for each endpoint, or for ENDPOINT, with its document's own example."""
    address = (url or f"http://127.0.0.1:{port}").rstrip("/")
    for name in [found(endpoint)[0].name] if endpoint else offered():
        click.echo(shlex.join(_line(name, address, account[0])))


def _line(name: str, url: str, account: tuple[str, str]) -> Iterator[str]:
    from emulator import resources

    provider = name.partition(".")[0]
    examples = resources.fixture(f"{provider}/examples/index.json")["examples"]
    example: dict[str, Any] = next(e for e in examples if e["endpoint"] == name)
    yield from ("curl", "-sS", "-X", example["method"])
    if "authorization" in example["headers"]:
        yield from ("-u", ":".join(account))
    else:
        yield from ("-H", f"Auth-username: {account[0]}", "-H", f"Auth-password: {account[1]}")
    yield from ("-H", f"Content-Type: {example['headers']['content-type']}")
    body = resources.text(f"{provider}/examples/{example['request']}")
    yield from ("-d", _compact(body), f"{url}{example['path']}")


def _compact(body: str) -> str:
    import json

    return json.dumps(json.loads(body), ensure_ascii=False, separators=(",", ":"))
