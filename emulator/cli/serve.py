"""`messaging-emulator serve`."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from emulator.cli.options import (
    AccountType,
    ReadingType,
    RulesType,
    option,
    origins,
    read_config,
    tls_dir,
)
from emulator.core.errors import EmulatorError

if TYPE_CHECKING:
    from emulator.server import Https
    from emulator.settings import Settings


@click.command()
@click.option(
    "--config",
    is_eager=True,
    expose_value=False,
    callback=read_config,
    envvar="EMULATOR_CONFIG",
    metavar="FILE",
    help="Read settings from this TOML file instead of ./emulator.toml.",
)
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
    help='Token for changes when exposed; "" asks for none.  [default: a random one]',
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
    help="Host name or address that the certificate is for besides this machine's; repeatable.",
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
    https = _https(tls_dir, options.pop("tls"), options.pop("tls_port"), options.pop("tls_name"))
    token = options.pop("admin_token")
    settings = settings_of({**options, "admin_token": token})

    def ready(port: int) -> None:
        url = f"http://{reachable(settings.host)}:{port}"
        line = {"event": "ready", "url": url}
        if server.https_port is not None:
            line["tls_url"] = f"https://{reachable(settings.host)}:{server.https_port}"
            line["tls_ca"] = str(tls_dir / "ca.pem")
        # A token that was made up is known to nobody yet.
        if settings.expose and token is None:
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
        # One that an earlier run left behind would tell of readiness too early.
        Path(ready_file).unlink(missing_ok=True)
        if not Path(ready_file).parent.is_dir():
            raise EmulatorError(f"cannot write the ready file {ready_file}: no such folder")
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
    """The settings that the options of `serve` name; raises UsageError."""
    from emulator.core.auth import Account
    from emulator.core.outbox import Webhook
    from emulator.settings import ALADDIN, Settings
    from emulator.webhooks import refusal

    others = dict(options)
    token, webhook = others.pop("admin_token"), others.pop("webhook")
    accounts = tuple(Account(*account) for account in others.pop("account"))
    settings = Settings(
        accounts=accounts or (ALADDIN,),
        api_keys=tuple(others.pop("api_key")),
        rules=tuple(others.pop("rules") or ()),
        webhook=None if webhook is None else Webhook(webhook),
        readings=others.pop("reading"),
        admin_token=secrets.token_urlsafe(16) if token is None else token,
        **others,
    )
    if webhook is not None and (reason := refusal(webhook)) is not None:
        raise click.UsageError(f"--webhook: {reason}")
    if not settings.expose and not _is_loopback(settings.host):
        raise click.UsageError(
            f"--host {settings.host} is reachable from other machines; say --expose if it shall be"
        )
    return settings


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


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that whoever sees it can read all of it."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        part.write_text(f"{text}\n", encoding="utf-8")
        part.replace(path)
    except OSError as error:
        raise EmulatorError(f"cannot write the ready file {path}: {error.strerror}") from None
