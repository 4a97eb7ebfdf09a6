"""The time of a session: the machine's, frozen, or moved on by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

Mode: TypeAlias = Literal["real", "frozen"]


def exact(seconds: float) -> float:
    """A time in whole microseconds, so that many small steps come to the same as a large one."""
    return round(seconds, 6)


class Clock:
    """Seconds since the epoch; `machine` gives those of the machine."""

    def __init__(self, machine: Callable[[], float]) -> None:
        self._machine = machine
        self._ahead = 0.0
        self._stands: float | None = None
        self._held: float | None = None

    @property
    def mode(self) -> Mode:
        """Whether time goes by on its own."""
        return "real" if self._stands is None else "frozen"

    def now(self) -> float:
        """The session's time."""
        if self._held is not None:
            return self._held
        return self._machine() + self._ahead if self._stands is None else self._stands

    def freeze(self, at: float | None = None) -> None:
        """Stand still, at a time or at the present one."""
        self._stands = exact(self.now() if at is None else at)

    def run(self, at: float | None = None) -> None:
        """Go on from a time, or with the machine's."""
        self._stands = None
        self._ahead = 0.0 if at is None else at - self._machine()

    def hold(self, at: float | None) -> None:
        """Show a moment while what is due at it happens; None shows the time again."""
        self._held = at

    def set(self, at: float) -> None:
        """Be at a time, and stand still or go on as before."""
        if self._stands is None:
            self.run(at)
        else:
            self._stands = exact(at)
