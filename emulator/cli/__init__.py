"""The command line: `messaging-emulator`. Commands import what they need when they run."""

from __future__ import annotations

import sys

import click

from emulator import __version__
from emulator.cli.ca import ca
from emulator.cli.check import check
from emulator.cli.curl import curl
from emulator.cli.doctor import doctor
from emulator.cli.routes import routes
from emulator.cli.serve import serve
from emulator.cli.tail import tail
from emulator.cli.wait import wait
from emulator.core.errors import EmulatorError


class _Group(click.Group):
    """A group whose command without a name is `serve`."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Say which command is nearest to an unknown one."""
        if args and self.get_command(ctx, args[0]) is None:
            from emulator.core.words import meant

            hint = meant(args[0], self.commands) or f"commands: {', '.join(self.commands)}"
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


for command in (serve, wait, routes, check, curl, tail, doctor, ca):
    cli.add_command(command)


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
