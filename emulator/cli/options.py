"""Options with values from a flag, a variable, the config file or a default, in this order."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from emulator.core.words import meant

F = TypeVar("F", bound=Callable[..., Any])

FILE = "emulator.toml"
"""The config file that is read from the working directory if it is there."""


class _MayBeEmpty(click.Option):
    """An option whose variable says something when it is empty, too."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """The variable's value if it is set."""
        return os.environ.get(str(self.envvar))


def option(flag: str, *, may_be_empty: bool = False, **attributes: Any) -> Callable[[F], F]:
    """An option that also reads its variable: `--admin-token` has `EMULATOR_ADMIN_TOKEN`.

    A variable that is empty is as good as none, unless it `may_be_empty`.
    """
    variable = "EMULATOR_" + flag.removeprefix("--").replace("-", "_").upper()
    kind = _MayBeEmpty if may_be_empty else click.Option
    return click.option(flag, cls=kind, envvar=variable, show_envvar=True, **attributes)


def port(command: F) -> F:
    """The option `--port` of the commands that call a running emulator."""
    made = option(
        "--port",
        default=8484,
        show_default=True,
        help="Port on this machine, when no URL is given.",
    )
    return made(command)


def tls_dir(command: F) -> F:
    """The option `--tls-dir`, whose default is a folder of the user's own."""
    made = option(
        "--tls-dir",
        default=lambda: str(Path(click.get_app_dir("messaging-emulator")) / "tls"),
        show_default="a folder of the user's",
        callback=lambda ctx, param, value: Path(value).absolute(),
        metavar="FOLDER",
        help="Folder for the certificate authority and the server's certificate.",
    )
    return made(command)


class AccountType(click.ParamType[tuple[str, str]]):
    """`USER:PASSWORD`; several in a variable stand on a line each."""

    name = "USER:PASSWORD"

    def split_envvar_value(self, rv: str) -> list[str]:
        """The lines, empty ones left out."""
        return [line for line in rv.split("\n") if line.strip()]

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Split at the first colon."""
        username, colon, password = str(value).partition(":")
        if not (username and colon and password):
            self.fail(f'"{value}" is not USER:PASSWORD', param, ctx)
        return username, password


class ReadingType(click.ParamType[tuple[str, str]]):
    """`NAME=VALUE`; several in a variable are parted by white space."""

    name = "NAME=VALUE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Split at the first equals sign."""
        name, equals, chosen = str(value).partition("=")
        if not (name and equals and chosen):
            self.fail(f'"{value}" is not NAME=VALUE', param, ctx)
        return name, chosen


class RulesType(click.ParamType[list[Any]]):
    """A file with a JSON list of rules."""

    name = "FILE"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> list[Any]:
        """Read the list."""
        try:
            found = json.loads(Path(value).read_text(encoding="utf-8"))
        except OSError as error:
            self.fail(f"cannot read {value}: {error.strerror}", param, ctx)
        except ValueError as error:
            self.fail(f"{value} is not JSON: {error}", param, ctx)
        if not isinstance(found, list):
            self.fail(f"{value} does not hold a list of rules", param, ctx)
        return found


def config(command: F) -> F:
    """The option `--config`: the file, of `serve`'s settings, from which others take defaults."""
    made = click.option(
        "--config",
        is_eager=True,
        expose_value=False,
        callback=_read_config,
        envvar="EMULATOR_CONFIG",
        metavar="FILE",
        help="Read settings from this TOML file instead of ./emulator.toml.",
    )
    return made(command)


def _read_config(ctx: click.Context, param: click.Parameter, value: str | None) -> None:
    path = Path(value or FILE)
    if not path.is_file():
        if value is not None:
            raise click.UsageError(f"no config file {path}")
        return
    import tomllib

    from emulator.cli.serve import serve

    try:
        found = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{path}: {error}") from None
    known = {
        option.name: option for option in serve.params if option.name and option.name != "config"
    }
    ctx.default_map = {
        parameter: _value(item, known[parameter], path)
        for parameter, item in ((_known(name, known, path), item) for name, item in found.items())
    }


def _value(item: Any, parameter: click.Parameter, path: Path) -> Any:
    """A value of the file in the type of its option; a list may hold one item without brackets."""
    multiple = bool(getattr(parameter, "multiple", False))
    items = item if multiple and isinstance(item, list) else [item]
    wanted = bool if getattr(parameter, "is_flag", False) else _TYPES.get(parameter.type.name, str)
    key = (parameter.name or "").replace("_", "-")
    for one in items:
        if type(one) is not wanted:
            raise click.UsageError(f"{path}: key {key} takes {_NAMES[wanted]}, not {one!r:.60}")
        try:
            parameter.type.convert(one, parameter, None)
        except click.BadParameter as error:
            raise click.UsageError(f"{path}: key {key}: {error.message}") from None
    return items if multiple else item


_TYPES: Mapping[str, type] = {"integer range": int, "integer": int, "float": float}
_NAMES: Mapping[type, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
}


def _known(name: str, known: Mapping[str, object], path: Path) -> str:
    parameter = name.replace("-", "_")
    if parameter not in known:
        keys = [key.replace("_", "-") for key in known]
        hint = meant(name, keys) or f"known: {', '.join(keys)}"
        raise click.UsageError(f'{path}: no key "{name}"; {hint}')
    return parameter


def origins(ctx: click.Context) -> dict[str, str]:
    """Where each option's value came from, defaults left out."""
    words = {
        ParameterSource.COMMANDLINE: "flag",
        ParameterSource.ENVIRONMENT: "environment",
        ParameterSource.DEFAULT_MAP: "file",
    }
    found: dict[str, str] = {}
    for name in ctx.params:
        source = ctx.get_parameter_source(name)
        if source in words:
            found[name.replace("_", "-")] = words[source]
    return found
