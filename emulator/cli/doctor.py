"""`messaging-emulator doctor`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import click

from emulator.cli.options import FILE, origins
from emulator.cli.serve import serve, settings_of
from emulator.core.errors import EmulatorError
from emulator.core.words import meant

_SECRET = ("admin_token", "api_key")
# What settings_of does not take, because it is about the process and not about the emulator.
_OF_THE_PROCESS = ("ready_file", "tls", "tls_port", "tls_dir", "tls_name")


class Found(NamedTuple):
    """What a check found: `ok`, `note` or `problem`, and a sentence."""

    kind: str
    told: str


@click.pass_context
def _examine(ctx: click.Context, /, **options: Any) -> None:
    found_in = origins(ctx)
    click.echo("settings")
    rows = [
        (name.replace("_", "-"), _shown(name, options[name]))
        for name in (parameter.name for parameter in serve.params)
        if name in options
    ]
    width = max(len(value) for _, value in rows)
    for option, value in rows:
        click.echo(f"  {option:<15}{value:<{width}}  {found_in.get(option, 'default')}")
    click.echo("checks")
    found = [*_variables(ctx), *_checks(options)]
    for kind, told in found:
        click.echo(f"  {kind:<9}{told}")
    if any(kind == "problem" for kind, _ in found):
        sys.exit(1)


doctor = click.Command(
    "doctor",
    params=serve.params,
    callback=_examine,
    help="Show what `serve` would do with the same options, where each setting comes from, and what"
    " could go wrong. Exits with 1 if something would.",
    short_help="Show the settings, where they come from, and what could go wrong.",
)


def _shown(name: str, value: Any) -> str:
    if name == "account":
        return ", ".join(username for username, _ in value) or "Aladdin"
    if value in (None, ()):
        return "-"
    if name in _SECRET:
        return "(set)" if value else "(none is asked)"
    if name == "reading":
        return ", ".join("=".join(pair) for pair in value)
    if name == "rules":
        return f"{len(value)} rules"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _checks(options: Mapping[str, Any]) -> Iterator[Found]:
    if not Path(FILE).is_file() and not os.environ.get("EMULATOR_CONFIG"):
        yield Found("note", f"there is no {FILE} in {Path.cwd()}")
    given = {name: value for name, value in options.items() if name not in _OF_THE_PROCESS}
    try:
        _build(given)
        yield Found("ok", "the settings fit together")
    except (EmulatorError, click.UsageError) as error:
        yield Found("problem", str(error))
    if options["expose"] and options["admin_token"] == "":
        yield Found("note", "who can reach the emulator can change everything: no token is asked")
    yield from _ports(options)
    if options["tls"]:
        yield from _certificates(options["tls_dir"], options["tls_name"])
    if (file := options["ready_file"]) and not Path(file).parent.is_dir():
        yield Found("problem", f"cannot write the ready file {file}: no such folder")
    yield from _proxy()


def _proxy() -> Iterator[Found]:
    from urllib.request import getproxies, proxy_bypass

    if "http" in getproxies() and not proxy_bypass("127.0.0.1"):
        told = "clients that heed HTTP_PROXY do not find the emulator; for them set"
        yield Found("note", f"{told} NO_PROXY=127.0.0.1,localhost")


def _build(options: Mapping[str, Any]) -> None:
    from emulator.app import create_app

    create_app(settings_of(options))


def _variables(ctx: click.Context) -> Iterator[Found]:
    """The environment's variables that are meant for the emulator and that nothing reads."""
    known = {"EMULATOR_URL"}  # read by the pytest plugin
    assert ctx.parent is not None
    assert isinstance(ctx.parent.command, click.Group)
    for name in ctx.parent.command.list_commands(ctx):
        command = ctx.parent.command.get_command(ctx, name)
        assert command is not None
        known |= {str(each.envvar) for each in command.params if each.envvar}
    for name in sorted(os.environ):
        if name.startswith("EMULATOR_") and name not in known:
            hint = meant(name, known) or "the README lists them"
            yield Found("problem", f"no setting has the variable {name}; {hint}")


def _ports(options: Mapping[str, Any]) -> Iterator[Found]:
    from emulator.server import listen

    ports = [("port", options["port"])]
    if options["tls"]:
        ports.append(("tls-port", options["tls_port"]))
    for option, port in ports:
        try:
            listen(options["host"], port, f"--{option}").close()
            yield Found("ok", f"{option} {port} is free" if port else f"{option}: any free one")
        except EmulatorError as error:
            yield Found("problem", str(error))


def _certificates(folder: Path, names: tuple[str, ...]) -> Iterator[Found]:
    from emulator import tls

    try:
        tls.context(folder, names)
        yield Found("ok", f"clients of https have to trust {folder / 'ca.pem'}")
    except EmulatorError as error:
        yield Found("problem", str(error))
        return
    for name in ("ca-key.pem", "server.pem"):
        if os.name == "posix" and (folder / name).stat().st_mode & 0o077:
            yield Found("problem", f"others can read the key in {folder / name}: chmod 600 it")
