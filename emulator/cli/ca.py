"""`messaging-emulator ca`."""

from __future__ import annotations

from pathlib import Path

import click

from emulator.cli.options import config, tls_dir


@click.command()
@config
@tls_dir
def ca(tls_dir: Path) -> None:
    """Print the path of the certificate that clients of https have to trust.

    It is made if there is none, so that clients can be told before the emulator is started.
    """
    from emulator import tls

    click.echo(tls.authority(tls_dir))
