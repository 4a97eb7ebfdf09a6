"""The endpoint that somebody names on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from emulator.core.provider import Endpoint, Provider


def found(name: str) -> tuple[Endpoint, Provider]:
    """The endpoint of that name and its provider, or an error that names the nearest."""
    from emulator.core.words import meant

    known = offered()
    if name not in known:
        hint = meant(name, known) or f"known: {', '.join(known)}"
        raise click.UsageError(f'no endpoint "{name}"; {hint}')
    return known[name]


def offered() -> dict[str, tuple[Endpoint, Provider]]:
    """Every endpoint by name, with its provider."""
    from emulator import providers

    return {e.name: (e, provider) for provider in providers.installed() for e in provider.endpoints}
