"""The providers: whose APIs are emulated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from importlib.metadata import entry_points

from emulator import resources
from emulator.core.behaviour import Accept
from emulator.core.errors import EmulatorError
from emulator.core.provider import Provider
from emulator.core.readings import Readings
from emulator.core.validation import is_strict

BUILT_IN = ("emulator.providers.infobip:PROVIDER", "emulator.providers.konnek:PROVIDER")
"""Where the package's own providers stand, in the form of an entry point."""

GROUP = "emulator.providers"
"""The entry-point group under which other distributions offer a `Provider`."""


def installed() -> list[Provider]:
    """The built-in providers, then those of other distributions; raises EmulatorError."""
    offered = [entry_point.value for entry_point in entry_points(group=GROUP)]
    return [_checked(name, _load(name)) for name in (*BUILT_IN, *offered)]


def readings(installed: Sequence[Provider], values: Mapping[str, str], strict: bool) -> Readings:
    """The readings that the providers know, with these values; raises EmulatorError."""
    strictly = {
        f"{provider.name}.{name}"
        for provider in installed
        for name, rule in provider.protocol.items()
        if is_strict(rule)
    }
    known = {reading.name: reading for provider in installed for reading in provider.readings}
    return Readings(known, resources.schemas().strictly() | strictly, (values, strict))


def _load(name: str) -> object:
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def _checked(name: str, provider: object) -> Provider:
    if not isinstance(provider, Provider):
        raise EmulatorError(f"{name} is no Provider but a {type(provider).__name__}")
    for problem in _problems(provider):
        raise EmulatorError(f"provider {provider.name}: {problem}")
    return provider


def _problems(provider: Provider) -> Iterator[str]:
    for recipient, magic in provider.magic_recipients.items():
        for status in magic.action.statuses if isinstance(magic.action, Accept) else ():
            if status not in provider.statuses:
                yield f'magic recipient {recipient} names an unknown status "{status}"'
