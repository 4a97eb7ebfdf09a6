"""What a user can choose."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any, Literal

from emulator.core.auth import Account
from emulator.core.errors import EmulatorError
from emulator.core.outbox import Webhook
from emulator.core.words import unknown

ALADDIN = Account("Aladdin", "open sesame")
"""The account of the documents' own samples."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the emulator behaves; each has a flag of `serve` and an `EMULATOR_` variable.

    `strict` turns warnings into refusals; `readings` name values for contradictions in the
    documents. `journal_limit` is the number of requests that are kept; `seed` decides all ids, a
    random one if None; `webhook` is where every session's callbacks go unless it chooses another;
    `rules` are those that every session begins with, in JSON's values and the order in which they
    are tried; `admin_token` guards changes through the admin API, a random one those of an exposed
    server if None, while "" means no guard; `names` are those, besides this machine's, by which the
    emulator's own pages may be called.

    Raises EmulatorError for what cannot be.
    """

    host: str = "127.0.0.1"
    port: int = 8484
    accounts: tuple[Account, ...] = field(default=(ALADDIN,))
    api_keys: tuple[str, ...] = ()
    auth: Literal["listed", "any"] = "listed"
    strict: bool = False
    readings: tuple[tuple[str, str], ...] = ()
    journal_limit: int = 10_000
    seed: str | None = None
    webhook: Webhook | None = None
    rules: tuple[Any, ...] = ()
    expose: bool = False
    admin_token: str | None = None
    names: tuple[str, ...] = ()
    log_format: Literal["text", "json"] = "text"

    def __post_init__(self) -> None:
        """Look whether it can be, and make up the token."""
        if not self.accounts:
            raise EmulatorError("accounts names nobody who may send; leave it out for Aladdin")
        if self.auth not in ("listed", "any"):
            raise EmulatorError(unknown("auth", str(self.auth), ("listed", "any")))
        if self.journal_limit < 1:
            raise EmulatorError(f"journal_limit is at least 1, not {self.journal_limit}")
        if not 0 <= self.port <= 65535:
            raise EmulatorError(f"port takes 0 (any free one) to 65535, not {self.port}")
        if not self.expose and not _is_loopback(self.host):
            raise EmulatorError(
                f"host {self.host} is reachable from other machines; if it shall be, say --expose"
                " (expose=True in Python)"
            )
        if self.expose and self.admin_token is None:
            object.__setattr__(self, "admin_token", secrets.token_urlsafe(16))


def _is_loopback(host: str) -> bool:
    if host in ("127.0.0.1", "localhost"):
        return True
    # Few need it.
    from ipaddress import ip_address

    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
