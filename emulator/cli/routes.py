"""`messaging-emulator routes`."""

from __future__ import annotations

import click


@click.command()
@click.option("--answers", is_flag=True, help="List the answers of each endpoint, too.")
def routes(answers: bool) -> None:
    """List what is emulated, and how true it is to the provider."""
    from emulator import providers
    from emulator.core.routes import paths

    for provider in providers.installed():
        for endpoint in provider.endpoints:
            formats = ", ".join(codec.name.upper() for codec in endpoint.codecs)
            click.echo(f"{endpoint.name}  ({endpoint.fidelity})")
            click.echo(f"    {endpoint.summary}")
            for path, _ in paths(endpoint):
                click.echo(f"    {endpoint.method} {path}")
            click.echo(f"    {formats}; {provider.auth.description}")
            for told in provider.answers(endpoint) if answers else ():
                click.echo(f"    {told.status} {told.name}  ({told.fidelity})")
