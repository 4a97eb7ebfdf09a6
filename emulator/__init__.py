"""A local stand-in for messaging providers' HTTP APIs."""

from __future__ import annotations

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["Emulator", "Settings", "create_app"]

if TYPE_CHECKING:
    from emulator.app import create_app
    from emulator.local import Emulator
    from emulator.settings import Settings


def __getattr__(name: str) -> object:
    # Loaded on first use, so that the command line's help need not wait for a web framework.
    match name:
        case "create_app":
            from emulator.app import create_app

            return create_app
        case "Emulator":
            from emulator.local import Emulator

            return Emulator
        case "Settings":
            from emulator.settings import Settings

            return Settings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
