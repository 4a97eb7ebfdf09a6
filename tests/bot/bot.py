"""A tea shop's bot: an example application that talks to its guests over five endpoints.

It knows nothing of the emulator: a base URL, a user and a password are all that it is told.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

SHOP = "7F1B3D9A5C2E4F608192A3B4C5D6E7F8"
"""The application key of the shop's page."""

_PAGE = f"/omnichat/1/applications/{SHOP}/integrations/FACEBOOK"

_QUESTION = {
    "type": "BUTTONS",
    "text": "Shall we tell you of new teas?",
    "buttons": [
        {"type": "POSTBACK", "text": "Yes", "payload": "news:yes"},
        {"type": "POSTBACK", "text": "No", "payload": "news:no"},
        {"type": "URL", "text": "Our teas", "url": "https://tea.example/"},
    ],
}


class Bot:
    """Who wants news, and what became of every message."""

    def __init__(self, base_url: str, username: str, password: str) -> None:
        self._base_url = base_url
        self._account = (username, password)
        self._numbers = count(1)
        self.subscribers: set[str] = set()
        self.reports: dict[str, str | int] = {}
        self.app = Starlette(
            routes=[
                Route("/guests", self._invite, methods=["POST"]),
                Route("/news", self._publish, methods=["POST"]),
                Route("/callbacks", self._hear, methods=["POST"]),
            ],
            lifespan=self._connected,
        )

    @contextlib.asynccontextmanager
    async def _connected(self, _: Starlette) -> AsyncIterator[None]:
        username, password = self._account
        async with httpx.AsyncClient(
            auth=self._account,
            headers={"Auth-username": username, "Auth-password": password},
        ) as self._http:
            yield

    async def _invite(self, request: Request) -> Response:
        """Invite a guest by SMS."""
        guest = await request.json()
        invite = {"to": guest["phone"], "message": "Follow us: <link>", "linkPlaceholder": "<link>"}
        answer = await self._post(f"{_PAGE}/invite", invite)
        return JSONResponse({"message": answer["messageId"]}, 202)

    async def _publish(self, request: Request) -> Response:
        """Tell the subscribers on the shop's page, and the others as they are known."""
        news = await request.json()
        text = news["text"]
        for user in self.subscribers:
            await self._say(user, {"type": "TEXT", "text": text})
        button = {"type": "URL", "title": "Our teas", "url": "https://tea.example/"}
        template = {"type": "BUTTON", "text": text, "buttons": [button]}
        for user in news["facebook"]:
            message = {"type": "TEMPLATE", "payload": template}
            await self._post("/facebook/1/single", {"from": SHOP, "to": user, "message": message})
        destinations = [{"to": {"phoneNumber": phone}} for phone in news["phones"]]
        await self._post("/omni/1/text", {"destinations": destinations, "text": text})
        for phone in news["whatsapp"]:
            await self._post("/whatsapp/send/tea-shop", self._whatsapp(phone, text))
        return Response(status_code=202)

    async def _hear(self, request: Request) -> Response:
        """Take a callback of either provider."""
        told = await request.json()
        if "status" in told:
            self.reports[told["status"]["message_id"]] = told["status"]["status"]
        for result in told.get("results", ()):
            if "seenAt" in result:
                self.reports[result["messageId"]] = "SEEN"
            elif "status" in result:
                self.reports[result["messageId"]] = result["status"]["name"]
            else:
                await self._answer(result["from"], result["message"])
        return Response(status_code=200)

    async def _answer(self, user: str, said: dict[str, str]) -> None:
        match said:
            case {"type": "POSTBACK", "payload": "news:yes"}:
                self.subscribers.add(user)
                await self._say(user, {"type": "TEXT", "text": "You will hear of them."})
            case {"type": "POSTBACK", "payload": "news:no"}:
                await self._say(user, {"type": "TEXT", "text": "As you like."})
            case {"type": "TEXT", "text": "stop"}:
                self.subscribers.discard(user)
                await self._say(user, {"type": "TEXT", "text": "We keep quiet."})
            case _:
                await self._say(user, _QUESTION)

    async def _say(self, user: str, message: dict[str, Any]) -> None:
        await self._post(f"{_PAGE}/message", {"to": user, "message": message})

    def _whatsapp(self, phone: str, text: str) -> dict[str, Any]:
        return {
            "id": f"news-{next(self._numbers)}",
            "times": 1,
            "timestamp": "2026-01-31T12:00:00+07:00",
            "recipient": phone,
            "type": "text",
            "body": {"text": text},
        }

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        answer = await self._http.post(f"{self._base_url}{path}", json=body)
        answer.raise_for_status()
        return answer.json()
