"""The composition root: settings in, Starlette application out."""

from __future__ import annotations

import secrets
import time

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount
from starlette.types import Receive, Scope, Send

from emulator import __version__, admin, log, providers, resources
from emulator.admin.world import World
from emulator.asgi.endpoints import EmulatedEndpoints, Unmatched
from emulator.asgi.guards import Guards
from emulator.core.auth import Accounts
from emulator.core.entropy import Entropy
from emulator.core.journal import Journal
from emulator.core.routes import Routes
from emulator.core.session import Session
from emulator.settings import Settings
from emulator.stores.memory import MemoryStore


class Application(Starlette):
    """Starlette, with the providers' paths answered in front of its middleware and router."""

    endpoints: EmulatedEndpoints

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a provider's path, or hand it on to Starlette."""
        await self.endpoints(scope, receive, send)


def create_app(settings: Settings | None = None, write_log: log.Log = log.silent) -> Starlette:
    """The emulator as an ASGI application, all of whose state is its own.

    Raises EmulatorError where an installed provider is not in order.
    """
    settings = settings or Settings()
    installed = providers.installed()
    routes = Routes(installed)
    store = MemoryStore(settings.journal_limit)
    session = Session(
        name="default",
        accounts=Accounts(
            frozenset(settings.accounts), frozenset(settings.api_keys), settings.auth == "any"
        ),
        journal=Journal(store, "default"),
        entropy=Entropy(
            settings.seed or secrets.token_hex(8), "default", time.time, time.perf_counter
        ),
        readings=providers.readings(installed, dict(settings.readings), settings.strict),
    )
    app = Application(
        routes=[*admin.ROUTES, Mount("/", Unmatched(routes, session, write_log))],
        middleware=[Middleware(Guards, settings.expose, settings.admin_token)],
        exception_handlers=admin.EXCEPTION_HANDLERS,
    )
    app.endpoints = EmulatedEndpoints(super(Application, app).__call__, routes, session, write_log)
    app.state.world = World(
        __version__, store.name, installed, session, time.perf_counter(), resources.schemas()
    )
    return app
