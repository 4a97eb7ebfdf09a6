"""One isolated world, as a test sees it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Unpack
from urllib.parse import quote

from emulator.client.api import AdminApi, open_api
from emulator.client.callbacks import Callbacks
from emulator.client.clock import Clock
from emulator.client.conversation import Conversation
from emulator.client.messages import Messages
from emulator.client.readings import Readings
from emulator.client.records import Account
from emulator.client.requests import Requests
from emulator.client.rules import Delay, Matching, Outcome, Rule, install
from emulator.client.scenarios import Scenario
from emulator.core.errors import EmulatorError

__tracebackhide__ = True  # by pytest: what a test did wrong is in the test


class Session:
    """A session: where to send and as whom, what was sent, and what shall happen.

    Everything but the `wait…` and `never…` methods takes a moment only, so that it may be called
    from a coroutine too.
    """

    def __init__(
        self, api: AdminApi, record: Mapping[str, Any], account: tuple[str, str] | None = None
    ) -> None:
        self._api = api
        self.session: str = record["name"]
        self.accounts = {
            provider: Account(own["username"], own["password"])
            for provider, own in record["accounts"].items()
        }
        self._account = Account(*account) if account else next(iter(self.accounts.values()))
        self.messages = Messages(self._api)
        self.requests = Requests(self._api)
        self.callbacks = Callbacks(self._api)
        self.clock = Clock(self._api)
        self.readings = Readings(self._api)
        self._conversations: dict[str, Conversation] = {}

    def __repr__(self) -> str:
        return f"<session {self.session} at {self.url}>"

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def url(self) -> str:
        """What goes where the provider's base URL goes."""
        return self._api.url

    @property
    def username(self) -> str:
        """A user that may send to every provider."""
        return self._account.username

    @property
    def password(self) -> str:
        """That user's password."""
        return self._account.password

    @property
    def rules(self) -> list[Rule]:
        """The rules, in the order in which they are tried: newest first."""
        return [Rule(self._api, record) for record in self._api.get("rules")["rules"]]

    def rule(self, *outcomes: Outcome, **match: Unpack[Matching]) -> Rule:
        """Decide calls: the nth one that matches gets the nth outcome, those after it the last.

        An outcome is `{"accept": {…}}`, `{"refuse": name}`, `{"answer": {…}}` or `{"fault": name}`.
        """
        return install(self._api, outcomes, **match)

    def refuse(
        self,
        rejection: str,
        *,
        retry_after: int | None = None,
        delay: Delay | None = None,
        **match: Unpack[Matching],
    ) -> Rule:
        """Refuse calls as the provider would: `too-many-requests`, `unavailable` and the like."""
        return self.rule(_outcome(refuse=rejection, retry_after=retry_after, delay=delay), **match)

    def fail(self, fault: str, *, delay: Delay | None = None, **match: Unpack[Matching]) -> Rule:
        """Break connections: `reset`, `empty`, `truncated`, `malformed`, `dribble` or `hang`."""
        return self.rule(_outcome(fault=fault, delay=delay), **match)

    def delay(self, seconds: Delay, **match: Unpack[Matching]) -> Rule:
        """Accept calls, but later."""
        return self.rule(_outcome(accept={}, delay=seconds), **match)

    def scenarios(self, *scenarios: Scenario) -> None:
        """Try messages over the channels of these scenarios and of no others."""
        body = {"scenarios": [scenario.record() for scenario in scenarios]}
        self._api.call("PUT", "scenarios", body=body)

    def conversation(self, recipient: str) -> Conversation:
        """What this recipient got, and what they do: see, tap and write."""
        if recipient not in self._conversations:
            self._conversations[recipient] = Conversation(self._api, recipient, self.username)
        return self._conversations[recipient]

    def reset(self) -> None:
        """Forget everything of this session, rules and counters included."""
        self._api.call("POST", "reset")
        self._conversations.clear()

    def new_session(
        self,
        name: str | None = None,
        *,
        strict: bool | None = None,
        readings: Mapping[str, str] | None = None,
        accounts: Iterable[tuple[str, str]] = (),
    ) -> Session:
        """Another session of the same emulator; a `with` block deletes it at the end."""
        pairs = [pair(account) for account in accounts]
        told = {
            "name": name,
            "strict": strict,
            "readings": readings and dict(readings),
            "accounts": [{"username": pair[0], "password": pair[1]} for pair in pairs],
        }
        record = self._api.root.call("POST", "sessions", body=told)
        return Session(self._api.at(record["base_url"]), record, next(iter(pairs), None))

    def close(self) -> None:
        """Delete the session with everything in it."""
        self._api.root.call("DELETE", f"sessions/{quote(self.session, safe='')}")

    def bugs(self) -> list[str]:
        """The tracebacks of requests that met a bug of the emulator."""
        return [request.error for request in self.requests.all(status=500) if request.error]


@contextlib.contextmanager
def connect(url: str, admin_token: str | None = None) -> Iterator[Session]:
    """The default session of an emulator that runs already, for as long as a `with` block lasts."""
    with open_api(url, admin_token) as api:
        record = api.call("POST", "sessions", body={"name": "default"})
        if "base_url" not in (record or ()):
            raise EmulatorError(f"{url} is answered by something that is no emulator")
        yield Session(api, record)


def pair(account: Any) -> tuple[str, str]:
    """A user and a password; raises EmulatorError for what is no such pair."""
    match account:
        case (str(username), str(password)):
            return username, password
    raise EmulatorError(f"an account is a pair of user and password, not {account!r}")


def _outcome(**members: Any) -> Outcome:
    return {member: value for member, value in members.items() if value is not None}
