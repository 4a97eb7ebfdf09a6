"""All isolated worlds of a running emulator: which one a call is addressed to, and their end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice

from emulator.core.auth import Account, AuthScheme
from emulator.core.errors import EmulatorError
from emulator.core.session import Session

PREFIX = "/__session/"
"""What a path starts with that names its session."""
HEADER = "emulator-session"
DEFAULT = "default"
MOST_SESSIONS = 5000
"""How many sessions are kept; of more, those that were idle longest are forgotten."""

_MOST_REMEMBERED = 100_000
_NAME = re.compile("[A-Za-z0-9._-]{1,64}")


@dataclass(slots=True)
class Opened:
    """A session with the accounts that were made for it, by provider, and its last use."""

    session: Session
    minted: Mapping[str, Account]
    used_at: float


class NotOne(EmulatorError):
    """A word that cannot be the name of a session."""


class Sessions:
    """The sessions by name.

    `make` gives a session with that name and those accounts besides the configured ones.
    `providers` names those for which each session has an account of its own, but for the default
    one, which has `account`.
    """

    def __init__(
        self,
        make: Callable[[str, Sequence[Account]], Session],
        providers: Sequence[str],
        account: Account,
        now: Callable[[], float],
    ) -> None:
        self._make = make
        self._providers = providers
        self._now = now
        # In the order of their last use.
        self._opened: dict[str, Opened] = {}
        self._owners: dict[Account, str] = {}
        # With the number of requests that were forgotten with them.
        self._evicted: dict[str, int] = {}
        self._numbers = count(1)
        self.evicted = 0
        self.default = make(DEFAULT, ())
        self._opened[DEFAULT] = Opened(self.default, dict.fromkeys(providers, account), now())

    def __iter__(self) -> Iterator[Opened]:
        """In the order of their last use."""
        return iter([*self._opened.values()])

    def named(self, root_path: str, headers: Mapping[str, str]) -> str | None:
        """The name by which a call chooses its session: prefix, header, host; None for none.

        A host counts only where it is that of a session. Raises NotOne.
        """
        if root_path.startswith(PREFIX):
            return checked(root_path.removeprefix(PREFIX).partition("/")[0])
        if (name := headers.get(HEADER)) is not None:
            return checked(name)
        if len(self._opened) == 1:
            return None
        host, dot, localhost = headers.get("host", "").partition(":")[0].rpartition(".")
        if dot and localhost.lower() == "localhost":
            return next((name for name in self._opened if name.lower() == host.lower()), None)
        return None

    def chosen(
        self, root_path: str, headers: Mapping[str, str], auth: AuthScheme | None
    ) -> str | None:
        """The name of the session that a call is addressed to, by that or else by its account.

        None is the default one. Raises NotOne.
        """
        name = self.named(root_path, headers)
        if name is None and self._owners and auth is not None:
            account = auth.account(headers)
            name = self._owners.get(account) if account is not None else None
        return name

    def get(self, name: str) -> Opened | None:
        """The session of that name, if there is one."""
        return self._opened.get(name)

    def lost(self, name: str) -> int | None:
        """How many requests went with a session that had to make place; None if it had not."""
        return self._evicted.get(name)

    async def open(self, name: str, *more: Account) -> Opened:
        """The session of that name, a new one on first use, in which `more` accounts may send.

        Raises NotOne.
        """
        if self.used(name) is None:
            self._opened[name] = self._new(checked(name), more)
            await self._make_place()
        return self._opened[name]

    def used(self, name: str) -> Session | None:
        """The session of that name, used now, if there is one."""
        known = self._opened.pop(name, None)
        if known is None:
            return None
        known.used_at = self._now()
        self._opened[name] = known
        return known.session

    def free_name(self) -> str:
        """A name that no session has, nor had from here: who still calls the old one is apart."""
        return next(name for n in self._numbers if (name := f"s{n}") not in self._opened)

    async def close(self, name: str) -> None:
        """Forget a session with everything in it."""
        opened = self._opened.pop(name)
        for account in opened.minted.values():
            self._owners.pop(account, None)
        opened.session.close()
        await opened.session.reset()
        await opened.session.journal.drop()

    def close_all(self) -> None:
        """End all waiting for good: the emulator is about to stop."""
        for opened in self:
            opened.session.close()

    def _new(self, name: str, more: Sequence[Account]) -> Opened:
        usernames = {provider: f"{name}.{provider}" for provider in self._providers}
        session = self._make(name, more)
        minted = {
            provider: Account(username, session.entropy.password(username))
            for provider, username in usernames.items()
        }
        session.accounts = session.accounts.with_more(minted.values())
        session.journal.lost = self._evicted.pop(name, 0)
        self._owners |= dict.fromkeys(minted.values(), name)
        return Opened(session, minted, self._now())

    async def _make_place(self) -> None:
        """Forget the sessions that are idle longest, but for the newest, if there are too many."""
        older = [*self._opened.items()][:-1]
        idle = (n for n, opened in older if n != DEFAULT and opened.session.is_idle)
        for name in islice(idle, max(0, len(self._opened) - MOST_SESSIONS)):
            if len(self._evicted) == _MOST_REMEMBERED:
                del self._evicted[next(iter(self._evicted))]
            page = await self._opened[name].session.journal.requests({}, limit=0)
            self._evicted[name] = page.total + page.evicted
            self.evicted += 1
            await self.close(name)


def checked(name: str) -> str:
    """The name of a session; raises NotOne for what can be none."""
    if not _NAME.fullmatch(name):
        raise NotOne(
            f'"{name[:80]}" is no name of a session; it has 1 to 64 letters, digits and . _ -'
        )
    return name
