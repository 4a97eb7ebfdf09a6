"""What a failed expectation says: the nearest things, how they differ, and what was refused."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Generic, TypeVar

from emulator.client.filters import Difference, shown, wanted
from emulator.client.lines import callback_lines, request_lines
from emulator.client.live import Callback
from emulator.client.records import Request

T = TypeVar("T")

_MOST_LINES = 20
_MOST_FOUND = 5
_MOST_NEAR = 3


class Unmet(AssertionError):
    """Something that was expected of the emulator's messages or requests did not come true."""


class Evidence(Generic[T]):
    """What there is instead: what was found, and everything else with how it differs."""

    def __init__(
        self,
        found: Sequence[T],
        lines: Callable[[T], Iterable[str]],
        others: Iterable[tuple[T, list[Difference]]] = (),
        unaccepted: Sequence[Request] = (),
        absence: str = "",
        untold: Sequence[Callback] = (),
    ) -> None:
        self._found = found
        self._lines = lines
        self._others = sorted(others, key=lambda other: _distance(other[1]))
        self._unaccepted = unaccepted
        self._absence = absence
        self._untold = untold

    def unmet(self, expected: str) -> Unmet:
        """The error that says what was expected and what there is, in about twenty lines."""
        lines = [f"expected {expected}, found {len(self._found) or 'none'}", *self._told()]
        if len(lines) > _MOST_LINES:
            lines[_MOST_LINES - 1 :] = [f"… and {len(lines) - _MOST_LINES + 1} more lines"]
        return Unmet("\n".join(lines))

    def _told(self) -> Iterator[str]:
        if not self._found and not self._others and not self._unaccepted:
            yield self._absence
        for thing in self._found[:_MOST_FOUND]:
            yield from self._indented(thing)
        if len(self._found) > _MOST_FOUND:
            yield f"  … and {len(self._found) - _MOST_FOUND} more"
        if self._others:
            yield f"nearest, of {len(self._others)}:"
        for thing, differences in self._others[:_MOST_NEAR]:
            yield from self._indented(thing)
            for name, value, there in differences[:_MOST_NEAR]:
                yield f"    {name}: expected {wanted(name, value)}, found {shown(there)}"
        if self._unaccepted:
            yield f"not accepted, newest of {len(self._unaccepted)}:"
        for request in islice(reversed(self._unaccepted), _MOST_NEAR):
            yield from (f"  {line}" for line in request_lines(request, most=2))
        if self._untold:
            yield f"the application was not told, newest of {len(self._untold)}:"
        for callback in islice(reversed(self._untold), _MOST_NEAR):
            yield from (f"  {line}" for line in callback_lines(callback))

    def _indented(self, thing: T) -> Iterator[str]:
        return (f"  {line}" for line in self._lines(thing))


def _distance(differences: Sequence[Difference]) -> tuple[int, float]:
    """Fewer differing members first, among equals the most alike."""
    likeness = sum(
        difflib.SequenceMatcher(None, str(value), str(there)).ratio()
        for _, value, there in differences
    )
    return len(differences), -likeness
