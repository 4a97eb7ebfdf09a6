"""Who is calling: the ways in which providers take credentials."""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NamedTuple, Protocol

from emulator.core.exchange import Finding
from emulator.core.rejections import Unauthorized


class Account(NamedTuple):
    """A user that may send."""

    username: str
    password: str


class Accounts(NamedTuple):
    """The credentials that count as right; `anyone` takes every well-formed pair."""

    listed: frozenset[Account]
    api_keys: frozenset[str] = frozenset()
    anyone: bool = False

    def with_more(self, accounts: Iterable[Account]) -> Accounts:
        """The same, and these accounts."""
        return self._replace(listed=self.listed.union(accounts))

    def admit(self, account: Account) -> Account:
        """Give the account back if it is right, or raise Unauthorized."""
        if self.anyone or account in self.listed:
            return account
        users = sorted(known.username for known in self.listed)
        message = (
            f'the password of user "{account.username}" is another one'
            if account.username in users
            else f'no user "{account.username[:40]}"; known: {", ".join(users)}'
        )
        raise Unauthorized(Finding("credentials", message))


class AuthScheme(Protocol):
    """A way of reading credentials from a call's headers."""

    @property
    def description(self) -> str:
        """How to authenticate, in a few words."""
        ...

    def check(self, headers: Mapping[str, str], accounts: Accounts) -> Account:
        """Give the caller's account, or raise Unauthorized."""
        ...

    def account(self, headers: Mapping[str, str]) -> Account | None:
        """The account that the headers name, right or wrong, if they can be read."""
        ...

    def slips(self, headers: Mapping[str, str]) -> Sequence[Finding]:
        """What is unusual about credentials that are right."""
        ...


class AuthorizationHeader:
    """`Authorization: Basic …`, padded or not, and `App <key>` for configured keys."""

    description = "Basic, or App with an API key"

    def check(self, headers: Mapping[str, str], accounts: Accounts) -> Account:
        """Give the caller's account, or raise Unauthorized."""
        header = headers.get("authorization")
        if not header:
            raise Unauthorized(Finding("credentials", "no Authorization header"))
        scheme, _, credentials = header.partition(" ")
        match scheme.lower():
            case "basic":
                return accounts.admit(_basic(credentials))
            case "app" if credentials.strip():
                if accounts.anyone or credentials.strip() in accounts.api_keys:
                    return Account("App", "")
                raise Unauthorized(Finding("credentials", "this API key is not configured"))
        raise Unauthorized(
            Finding(
                "credentials", "the Authorization header holds neither Basic nor App credentials"
            )
        )

    def account(self, headers: Mapping[str, str]) -> Account | None:
        """The user and password of Basic credentials."""
        scheme, _, credentials = headers.get("authorization", "").partition(" ")
        try:
            return _basic(credentials) if scheme.lower() == "basic" else None
        except Unauthorized:
            return None

    def slips(self, headers: Mapping[str, str]) -> Sequence[Finding]:
        """A scheme in another case, and Basic without its padding."""
        return _slips(headers.get("authorization", ""))


class HeaderPair(NamedTuple):
    """User and password in a header each; names are lower-case."""

    username: str
    password: str

    @property
    def description(self) -> str:
        """The two headers, as documented."""
        return f"{self.username.capitalize()} and {self.password.capitalize()} headers"

    def check(self, headers: Mapping[str, str], accounts: Accounts) -> Account:
        """Give the caller's account, or raise Unauthorized."""
        username, password = headers.get(self.username), headers.get(self.password)
        if not username or not password:
            absent = self.username if not username else self.password
            raise Unauthorized(Finding("credentials", f"no {absent.capitalize()} header"))
        return accounts.admit(Account(username, password))

    def account(self, headers: Mapping[str, str]) -> Account | None:
        """The user and password of the two headers."""
        username, password = headers.get(self.username), headers.get(self.password)
        return Account(username, password) if username and password else None

    def slips(self, headers: Mapping[str, str]) -> Sequence[Finding]:
        """None: two headers leave nothing to slip on."""
        return ()


@lru_cache(maxsize=256)
def _slips(header: str) -> Sequence[Finding]:
    scheme, _, credentials = header.partition(" ")
    findings = []
    if scheme not in ("Basic", "App"):
        message = f'the scheme is spelt "{scheme}"'
        suggestion = f'did you mean "{scheme.capitalize()}"?'
        findings.append(Finding("auth-scheme-case", message, suggestion=suggestion))
    if scheme.lower() == "basic" and len(credentials.strip()) % 4:
        message = "the Basic credentials lack their padding"
        findings.append(Finding("basic-padding", message, suggestion="add = at the end"))
    return findings


@lru_cache(maxsize=256)
def _basic(credentials: str) -> Account:
    """Read user and password; missing and surplus padding are as good as right padding."""
    bare = credentials.strip().rstrip("=")
    try:
        decoded = binascii.a2b_base64(bare + "=" * (-len(bare) % 4), strict_mode=True)
        username, colon, password = decoded.decode("utf-8").partition(":")
    except ValueError as error:
        raise Unauthorized(
            Finding("credentials", f"the Basic credentials are not base64 of UTF-8: {error}")
        ) from None
    if not colon:
        raise Unauthorized(
            Finding("credentials", "the Basic credentials hold no colon between user and password")
        )
    return Account(username, password)
