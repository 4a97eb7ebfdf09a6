"""Messages of every kind, to look at in the inbox."""

from __future__ import annotations

import itertools
from typing import Any

import httpx

ACCOUNT = ("Aladdin", "open sesame")
ANNA = "41793026727"
BEA = "6281234567890"
CARL = "9c29bd43-054b-4cfe-a1d4-0b37812b4ed3"
USER_KEY = "37512FEC78DBC1895567B09AE6D9439328C12E83BC83D449BC4A9F32F1AE3C3A"

_APPLICATION = "/omnichat/1/applications/0F3C3F29829FAB88714BA205BEC6D28F/integrations"
_ids = itertools.count(1)


class Letters:
    """Sends messages to an emulator as an application would."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client = httpx.Client(base_url=url, timeout=30)

    def close(self) -> None:
        self._client.close()

    def omni(self, text: str, *recipients: str, **members: Any) -> httpx.Response:
        destinations = [{"to": {"phoneNumber": to}} for to in recipients or (ANNA,)]
        return self.post("/omni/1/text", {"destinations": destinations, "text": text, **members})

    def omnichat(
        self, message: dict[str, Any], to: str = USER_KEY, integration: str = "FACEBOOK"
    ) -> httpx.Response:
        return self.post(f"{_APPLICATION}/{integration}/message", {"to": to, "message": message})

    def invite(self, text: str, to: str = ANNA) -> httpx.Response:
        body = {"to": to, "linkPlaceholder": "<link>", "message": text}
        return self.post(f"{_APPLICATION}/FACEBOOK/invite", body)

    def facebook(self, message: dict[str, Any], to: str = CARL) -> httpx.Response:
        body = {"from": "8F0792F86035A9F4290821F1EE6BC06A", "to": to, "message": message}
        return self.post("/facebook/1/single", body)

    def konnek(
        self, kind: str, body: dict[str, Any], to: str = BEA, channel: str = "whatsapp", **more: Any
    ) -> httpx.Response:
        document = {
            "id": f"order-{next(_ids)}",
            "times": 1699594688,
            "timestamp": "2023-11-10T12:38:08+07:00",
            "recipient": to,
            "type": kind,
            "body": body,
            **more,
        }
        headers = {"Auth-username": ACCOUNT[0], "Auth-password": ACCOUNT[1]}
        return self._client.post(f"/{channel}/send/shop", headers=headers, json=document)

    def reset(self) -> None:
        self._client.post("/__admin/reset").raise_for_status()

    def post(self, path: str, document: Any) -> httpx.Response:
        return self._client.post(path, auth=ACCOUNT, json=document)


def yes_or_no(question: str = "Do you want to subscribe to our service X?") -> dict[str, Any]:
    """An omnichat message with a button of each kind."""
    buttons = [
        {"type": "POSTBACK", "text": "Yes", "payload": "userId:abc123"},
        {"type": "URL", "text": "Learn more", "url": "http://company.com/about-service-x"},
    ]
    return {"type": "BUTTONS", "text": question, "buttons": buttons}


def everything(letters: Letters) -> None:
    """One message of every kind, and some that are refused."""
    letters.invite("Hello, if you'd like to hear more about Foo, follow us at <link>")
    letters.omni("A long time ago in a galaxy far, far away...", mailSubject="A new hope")
    letters.omni("The lift in your building works again.", ANNA, BEA, bulkId="lift-7")
    _facebook(letters)
    _omnichat(letters)
    _shop(letters)
    letters.omni("")
    letters.post("/omni/1/texts", {})
    letters.omnichat({**yes_or_no(), "buttons": yes_or_no()["buttons"] * 3})
    letters.facebook({"type": "TEXT", "text": "Hello"}, "447700900429")


def _facebook(letters: Letters) -> None:
    letters.facebook({"type": "TEXT", "text": "Hello, World!"})
    letters.facebook({"type": "IMAGE", "url": "https://petersapparel.com/img/shirt.png"})
    letters.facebook({"type": "AUDIO", "url": "https://petersapparel.com/sea/waves.mp3"})
    story = "It was a dark and stormy night; the rain fell in torrents. "
    letters.facebook({"type": "TEXT", "text": story * 12})
    letters.facebook({"type": "SENDER_ACTION", "senderAction": "TYPING_ON"})
    template = {
        "type": "BUTTON",
        "text": "Shall we send the blue shirt?",
        "buttons": [
            {"type": "POSTBACK", "title": "Send it", "payload": "send:blue"},
            {"type": "POSTBACK", "title": "Not now", "payload": "later"},
            {"type": "URL", "title": "See it", "url": "https://petersapparel.com/shirts/blue"},
        ],
    }
    letters.facebook({"type": "TEMPLATE", "payload": template})
    letters.facebook({"type": "SENDER_ACTION", "senderAction": "MARK_SEEN"})


def _omnichat(letters: Letters) -> None:
    letters.omnichat({"type": "TEXT", "text": "Hello, World!"}, integration="VIBER")
    picture = "https://petersapparel.com/img/shirt.png"
    letters.omnichat({"type": "IMAGE", "text": "Fresh in", "url": picture}, integration="VIBER")
    letters.omnichat(yes_or_no(), integration="VIBER")


def _shop(letters: Letters) -> None:
    footer = {"title": "Shop", "text": "We are here from 9 to 5."}
    letters.konnek("text", {"text": "Selamat pagi! Your order 7731 is on its way. 🚚"})
    invoice = {"url": "https://shop.example/invoices/7731.pdf", "name": "Invoice 7731.pdf"}
    letters.konnek("document", {"media": invoice})
    clip = {"url": "https://shop.example/unpacking.mp4", "name": "How to unpack it.mp4"}
    letters.konnek("video", {"media": clip})
    letters.konnek("location", {"location": {"latitude": -6.2, "longitude": 106.816667}})
    choice = [{"key": "yes", "title": "Leave it there"}, {"key": "no", "title": "Ring the bell"}]
    header = {"type": "text", "text": "Nobody is in"}
    letters.konnek("button", {"button": choice}, header=header, footer=footer)
    sections = [
        {
            "title": "Today",
            "description": "The van is near you",
            "actions": [
                {"key": "t1", "title": "14 to 16", "description": "three places left"},
                {"key": "t2", "title": "18 to 20", "description": "one place left"},
            ],
        },
        {
            "title": "Tomorrow",
            "description": "Any time you like",
            "actions": [{"key": "m1", "title": "8 to 10", "description": "before work"}],
        },
    ]
    listed = {"title": "When shall we come?", "sections": sections}
    letters.konnek("list", {"list": listed}, footer=footer)
    letters.konnek("text", {"text": "Your code is 493 201"}, "6285550001111", "telegram")
    letters.konnek("text", {"text": "Sampai jumpa!"}, "6285550002222", "line")
