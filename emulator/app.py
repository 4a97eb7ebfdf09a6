"""The composition root: settings in, Starlette application out."""

from __future__ import annotations

import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Receive, Scope, Send

from emulator import __version__, log, providers, resources
from emulator.admin import health
from emulator.admin.problems import Problem, show, show_bug, show_http
from emulator.admin.world import World
from emulator.asgi.endpoints import EmulatedEndpoints, Responder, Unmatched
from emulator.asgi.guards import Guards
from emulator.core import rules
from emulator.core.auth import Account, Accounts
from emulator.core.behaviour import Rule
from emulator.core.clock import Clock
from emulator.core.entropy import Entropy
from emulator.core.errors import EmulatorError
from emulator.core.exchange import Exchange
from emulator.core.journal import Journal
from emulator.core.provider import Provider
from emulator.core.routes import Routes
from emulator.core.rulebook import MOST_RULES
from emulator.core.session import Session
from emulator.core.sessions import Sessions
from emulator.core.tally import Tally
from emulator.settings import Settings
from emulator.stores.memory import MemoryStore
from emulator.webhooks import Webhooks
from emulator.webhooks import refusal as webhook_refusal

_HEALTH = Route(health.CALL.template, health.show)


class Application(Starlette):
    """Starlette, with the providers' paths answered in front of its middleware and router.

    `pages` gives the routes of the emulator's own pages once somebody asks for one other than its
    health: to import them takes as long as all the rest.
    """

    endpoints: EmulatedEndpoints
    pages: Callable[[], Sequence[BaseRoute]] | None = None
    close: Callable[[], None]
    """Lets go of every answer that is held back, and ends all waiting for good."""
    refused: Counter[str]
    """What guards refused, by what they guard; a server adds what it refuses itself."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a provider's path, or hand it on to Starlette."""
        await self.endpoints(scope, receive, send)

    async def own(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a path of no provider."""
        if self.pages is not None and not scope.get("path", "").endswith(_HEALTH.path):
            self.routes.extend(self.pages())
            self.pages = None
        await super().__call__(scope, receive, send)


def create_app(settings: Settings | None = None, write_log: log.Log = log.silent) -> Application:
    """The emulator as an ASGI application, all of whose state is its own.

    Raises EmulatorError where an installed provider is not in order.
    """
    settings = settings or Settings()
    installed = providers.installed()
    routes = Routes(installed)
    store = MemoryStore(settings.journal_limit)
    webhooks = Webhooks(__version__)
    chance = partial(secrets.token_hex, 8)
    seed = settings.seed or chance()
    initial = providers.readings(installed, dict(settings.readings), settings.strict)
    initial_rules = [*_rules(settings.rules, installed)]

    def session(name: str, accounts: Sequence[Account]) -> Session:
        clock = Clock(time.time)
        salt = str if settings.seed else chance
        entropy = Entropy(seed, name, clock.now, time.perf_counter, salt)
        return Session(
            name=name,
            accounts=Accounts(
                frozenset((*settings.accounts, *accounts)),
                frozenset(settings.api_keys),
                settings.auth == "any",
            ),
            journal=Journal(store, name),
            entropy=entropy,
            readings=initial.begun({}),
            clock=clock,
            send=webhooks.send,
            webhook=settings.webhook,
            rules=initial_rules,
        )

    sessions = Sessions(
        session, [provider.name for provider in installed], settings.accounts[0], time.time
    )
    tally = Tally()

    def answered(exchange: Exchange, session: Session) -> None:
        tally.count(exchange)
        write_log(exchange, session)

    responder = Responder(routes, sessions, answered)
    app = Application(
        routes=[_HEALTH],
        middleware=[
            Middleware(
                Guards, settings.expose, settings.admin_token or "", settings.names, tally.refused
            )
        ],
        exception_handlers={Problem: show, HTTPException: show_http, Exception: show_bug},
    )
    app.pages = partial(_pages, responder)
    app.endpoints = EmulatedEndpoints(app.own, responder)
    app.close = sessions.close_all
    app.refused = tally.refused
    app.state.world = World(
        version=__version__,
        store=store.name,
        providers=installed,
        sessions=sessions,
        session=sessions.default,
        started=time.perf_counter(),
        schemas=resources.schemas(),
        refuses=webhook_refusal,
        tally=tally,
    )
    return app


def _pages(responder: Responder) -> Sequence[BaseRoute]:
    from emulator import inbox
    from emulator.admin import invites, table

    return [*table.ROUTES, *inbox.ROUTES, *invites.ROUTES, Mount("/", Unmatched(responder))]


def _rules(given: Sequence[Any], installed: Sequence[Provider]) -> Iterator[Rule]:
    """The rules that every session begins with; raises EmulatorError."""
    if len(given) > MOST_RULES:
        raise EmulatorError(f"{len(given)} rules are too many; a session holds {MOST_RULES}")
    for number, rule in enumerate(given, start=1):
        try:
            yield rules.rule(rule, installed)
        except EmulatorError as error:
            raise EmulatorError(f"rule {number} of those to begin with: {error}") from None
