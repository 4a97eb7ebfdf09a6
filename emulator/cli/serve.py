"""`messaging-emulator serve`."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emulator.cli.options import (
    AccountType,
    ReadingType,
    RulesType,
    config,
    option,
    origins,
    tls_dir,
)
from emulator.core.errors import EmulatorError

if TYPE_CHECKING:
    from emulator.server import Https
    from emulator.settings import Settings


@click.command()
@config
@option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@option(
    "--port",
    default=8484,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes any free one.",
)
@option(
    "--account",
    multiple=True,
    type=AccountType(),
    help="Account that may send; repeatable.  [default: Aladdin:open sesame]",
)
@option("--api-key", multiple=True, metavar="KEY", help="Key for 'Authorization: App KEY'.")
@option(
    "--auth",
    default="listed",
    show_default=True,
    type=click.Choice(["listed", "any"]),
    help="Admit the listed accounts, or any well-formed credentials.",
)
@option(
    "--strict",
    is_flag=True,
    help="Refuse what is otherwise warned of, but for slips of the documents' own samples.",
)
@option(
    "--reading",
    multiple=True,
    type=ReadingType(),
    help="How to read a contradiction in the documents; repeatable.",
)
@option("--webhook", metavar="URL", help="Where callbacks of all sessions go.")
@option(
    "--rules",
    type=RulesType(),
    help="JSON file with a list of rules that every session begins with; the first is tried first.",
)
@option(
    "--journal-limit",
    default=10_000,
    show_default=True,
    type=click.IntRange(min=1),
    help="Requests that are kept; older ones are forgotten and counted.",
)
@option("--seed", help="Decides all generated ids: same seed, same calls, same ids.")
@option(
    "--expose",
    is_flag=True,
    help="Allow a host other than loopback. Changes through the admin API then need a token.",
)
@option(
    "--admin-token",
    metavar="TOKEN",
    may_be_empty=True,
    help='Token for changes; "" asks for none.  [default: a random one when exposed]',
)
@option(
    "--log-format",
    default="text",
    show_default=True,
    type=click.Choice(["text", "json"]),
    help="How the ready line and each request are logged.",
)
@option("--ready-file", metavar="FILE", help="Write the ready line's JSON here once ready.")
@option("--tls", is_flag=True, help="Serve https too, with a certificate of the emulator's own.")
@option(
    "--tls-port",
    default=8485,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port for https; 0 takes any free one.",
)
@tls_dir
@option(
    "--tls-name",
    multiple=True,
    metavar="NAME",
    help="Host name or address of the emulator besides this machine's: its certificate is for it,"
    " and its own pages may be called by it. Repeatable.",
)
@click.pass_context
def serve(ctx: click.Context, /, **options: Any) -> None:
    """Run the emulator.

    Every option can also be given by its environment variable, or without its dashes as a key of
    emulator.toml. A flag goes before a variable, a variable before the file.
    """
    from emulator import log
    from emulator.app import create_app
    from emulator.bounds import Bounds
    from emulator.server import Server, most_connections, reachable

    ready_file = options.pop("ready_file")
    tls_dir = options.pop("tls_dir")
    names = options.pop("tls_name")
    https = _https(tls_dir, options.pop("tls"), options.pop("tls_port"), names)
    settings = settings_of({**options, "names": names})

    def ready(port: int) -> None:
        url = f"http://{reachable(settings.host)}:{port}"
        line = {"event": "ready", "url": url}
        if server.https_port is not None:
            line["tls_url"] = f"https://{reachable(settings.host)}:{server.https_port}"
            line["tls_ca"] = str(tls_dir / "ca.pem")
        # A token that was made up is known to nobody yet.
        if options["admin_token"] is None and settings.admin_token is not None:
            line["admin_token"] = settings.admin_token
        told = json.dumps(line)
        if settings.log_format == "json":
            click.echo(told, err=True)
        else:
            click.echo(_banner(settings, line, origins(ctx)), err=True)
        if ready_file:
            _write_whole(Path(ready_file), told)

    app = create_app(settings, log.writer(settings.log_format))
    if ready_file:
        if not Path(ready_file).parent.is_dir():
            raise EmulatorError(f"cannot write the ready file {ready_file}: no such folder")
        # One that an earlier run left behind would tell of readiness too early.
        with _writing(ready_file):
            Path(ready_file).unlink(missing_ok=True)
    server = Server(
        app,
        settings.host,
        settings.port,
        ready,
        app.close,
        https,
        app.refused,
        Bounds(connections=most_connections()),
        app.endpoints,
    )
    server.serve_forever()


def settings_of(options: Mapping[str, Any]) -> Settings:
    """The settings that the options of `serve` name; raises EmulatorError."""
    from emulator.core.auth import Account
    from emulator.settings import ALADDIN, Settings
    from emulator.webhooks import webhook_to

    others = dict(options)
    webhook = others.pop("webhook")
    accounts = tuple(Account(*account) for account in others.pop("account"))
    return Settings(
        accounts=accounts or (ALADDIN,),
        api_keys=tuple(others.pop("api_key")),
        rules=tuple(others.pop("rules") or ()),
        webhook=None if webhook is None else webhook_to(webhook),
        readings=others.pop("reading"),
        **others,
    )


def _https(folder: Path, wanted: bool, port: int, names: tuple[str, ...]) -> Https | None:
    if not wanted:
        if names:
            raise click.UsageError("--tls-name is for a certificate of https; say --tls too")
        return None
    from emulator import tls
    from emulator.server import Https

    return Https(port, tls.context(folder, names))


def _banner(settings: Settings, line: dict[str, str], origins: dict[str, str]) -> str:
    account, url = settings.accounts[0], line["url"]
    lines = [
        f"messaging-emulator is ready at {url}",
        f'  account   user "{account.username}", password "{account.password}"'
        + (", or any other" if settings.auth == "any" else ""),
        f"  inbox     {url}/__inbox",
        f"  health    {url}/__admin/health",
        f"  messages  {url}/__admin/messages",
        f"  docs      {url}/__admin/docs",
        f"  try it    messaging-emulator curl --url {url}",
    ]
    if "tls_url" in line:
        lines.insert(1, f"  https     {line['tls_url']}, for who trusts {line['tls_ca']}")
    if "admin_token" in line:
        lines.append(f"  token     Authorization: Bearer {line['admin_token']}")
    told = ", ".join(f"{name} ({origin})" for name, origin in origins.items())
    lines.append(f"  settings  {told or 'all defaults'}")
    return "\n".join(lines)


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that whoever sees it can read all of it."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    with _writing(path):
        part.write_text(f"{text}\n", encoding="utf-8")
        part.replace(path)


@contextlib.contextmanager
def _writing(ready_file: str | Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        told = f"cannot write the ready file {ready_file}: {error.strerror}"
        raise EmulatorError(told) from None
