"""What a user can choose."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from emulator.core.auth import Account
from emulator.core.outbox import Webhook

ALADDIN = Account("Aladdin", "open sesame")
"""The account of the documents' own samples."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How the emulator behaves; each has a flag of `serve` and an `EMULATOR_` variable.

    `strict` turns warnings into refusals; `readings` name values for contradictions in the
    documents. `journal_limit` is the number of requests that are kept; `seed` decides all ids, a
    random one if None; `webhook` is where every session's callbacks go unless it chooses another;
    `rules` are those that every session begins with, in JSON's values and the order in which they
    are tried; `admin_token` guards changes through the admin API of an exposed server, where ""
    means no guard.
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
    admin_token: str = ""
    log_format: Literal["text", "json"] = "text"
