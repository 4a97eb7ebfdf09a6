"""Ids, chance, time: all that could differ between two runs, from a seed or passed in."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Protocol


class Ids(Protocol):
    """Gives the ids of one exchange, in the order in which they are asked for."""

    def uuid(self) -> str:
        """A lower-case UUID v4."""
        ...

    def grouped(self) -> str:
        """36 lower-case hex digits in groups of 12-4-4-16, the documents' older form."""
        ...

    def token(self) -> str:
        """Eight lower-case hex digits."""
        ...


_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


class DerivedIds:
    """Ids that follow from a key: the same key gives the same ids."""

    __slots__ = ("_count", "_key")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._count = 0

    def _digits(self) -> str:
        self._count += 1
        return blake2b(b"%b/%d" % (self._key, self._count), digest_size=18).hexdigest()

    def uuid(self) -> str:
        """A lower-case UUID v4."""
        d = self._digits()
        return f"{d[:8]}-{d[8:12]}-4{d[13:16]}-{_VARIANT[d[16]]}{d[17:20]}-{d[20:32]}"

    def grouped(self) -> str:
        """36 lower-case hex digits in groups of 12-4-4-16."""
        digits = self._digits()
        return f"{digits[:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"

    def token(self) -> str:
        """Eight lower-case hex digits."""
        return self._digits()[:8]


class Entropy:
    """The ids, the chance and the clock of one session.

    `now` gives seconds since the epoch; `timer` gives seconds for measuring durations. `salt` gives
    what makes a world differ from the one before a reset; `str` gives nothing that does.
    """

    def __init__(
        self,
        seed: str,
        session: str,
        now: Callable[[], float],
        timer: Callable[[], float],
        salt: Callable[[], str] = str,
    ) -> None:
        self._root = f"{seed}/{session}"
        self._salt = salt
        self.now = now
        self.timer = timer
        self.restart()

    def restart(self) -> None:
        """Begin another world: with the same salt one that is the same."""
        self._key = f"{self._root}{self._salt()}".encode()
        self._mark = DerivedIds(self._key).token()

    def request_id(self, exchange: int) -> str:
        """The id of the session's nth request."""
        return f"{exchange}-{self._mark}"

    def ids(self, exchange: int) -> Ids:
        """The ids of the session's nth exchange."""
        return DerivedIds(b"%b/%d" % (self._key, exchange))

    def chance(self, purpose: str) -> float:
        """A number from 0 to 1, 1 excluded, that looks random and follows from the purpose."""
        digits = blake2b(b"%b/chance/%b" % (self._key, purpose.encode()), digest_size=7).digest()
        return int.from_bytes(digits) / 2**56

    def key(self, purpose: str) -> str:
        """Ninety-six upper-case hex digits that follow from the purpose."""
        key = b"%b/key/%b" % (self._key, purpose.encode())
        return blake2b(key, digest_size=48).hexdigest().upper()

    def password(self, username: str) -> str:
        """A password that nobody guesses who does not know the seed."""
        return DerivedIds(f"{self._root}/account/{username}".encode()).uuid()
