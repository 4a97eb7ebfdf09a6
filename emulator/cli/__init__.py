"""The command line: `messaging-emulator`. Commands import what they need when they run."""

from __future__ import annotations

import sys
from importlib import import_module

import click

from emulator import __version__
from emulator.core.errors import EmulatorError

_COMMANDS = ("serve", "wait", "routes", "check", "curl", "tail", "doctor", "ca")


class _Group(click.Group):
    """A group whose command without a name is `serve`; a command is imported when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands."""
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name: the function of that name in the module of that name."""
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"{__name__}.{cmd_name}"), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say which command is nearest to an unknown one."""
        if args and args[0] not in _COMMANDS:
            from emulator.core.words import meant

            hint = meant(args[0], _COMMANDS) or f"commands: {', '.join(_COMMANDS)}"
            raise click.UsageError(f'no command "{args[0]}"; {hint}')
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read `messaging-emulator --port 0` as `messaging-emulator serve --port 0`."""
        if not args or (args[0].startswith("-") and args[0] not in ("--help", "--version")):
            args = ["serve", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_Group, context_settings={"help_option_names": ["--help"]})
@click.version_option(__version__, message="%(version)s")
def cli() -> None:
    """A local stand-in for messaging providers' HTTP APIs.

    Without a command it serves: `messaging-emulator` is `messaging-emulator serve`.
    """


def main() -> None:
    """Run the command line; an error is one sentence on standard error and exit code 1."""
    try:
        cli.main(standalone_mode=False)
    except click.ClickException as error:
        click.echo(f"messaging-emulator: {error.format_message()}", err=True)
        sys.exit(1)
    except EmulatorError as error:
        click.echo(f"messaging-emulator: {error}", err=True)
        sys.exit(1)
    except click.Abort:
        sys.exit(1)
