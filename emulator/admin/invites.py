"""The page behind the link of an invite: whoever opens it becomes a user of the application."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from emulator.admin.html import element
from emulator.admin.problems import Problem
from emulator.admin.world import world
from emulator.core.living import Followed
from emulator.core.routes import INVITES


async def follow(request: Request) -> HTMLResponse:
    """`GET /__invite/{token}`: record the click and show the user key."""
    session = (await world(request)).session
    token = request.path_params["token"]
    living = await session.journal.living(token, by="link")
    if living is None:
        raise Problem(404, "invite", f'no invite with the link "{token}" is kept in this session')
    callbacks = living.provider.callbacks
    assert callbacks is not None
    assert callbacks.user_key is not None
    clicks = 1 if living.link is None else living.link.clicks + 1
    key = callbacks.user_key(living, session.entropy.key(f"user/{living.message.recipient}"))
    living.link = Followed(clicks, key)
    page = _page(living.message.recipient, living.sender or "", key)
    return HTMLResponse(page, headers={"Content-Security-Policy": "default-src 'none'"})


def _page(recipient: str, application: str, key: str) -> str:
    shown = element(
        "html",
        element("head", element("meta", charset="utf-8"), element("title", "Invitation")),
        element(
            "body",
            element("h1", "You follow the application now"),
            element("p", f"{recipient} follows the application {application}. Its user key is"),
            element("p", element("code", key)),
            element("p", "An application sends to this user by that key as its recipient."),
            element("p", "This is a page of the messaging emulator: nobody was really invited."),
        ),
        lang="en",
    )
    return f"<!doctype html>{shown}"


ROUTES = [Route(f"{INVITES}{{token}}", follow, methods=["GET"])]
