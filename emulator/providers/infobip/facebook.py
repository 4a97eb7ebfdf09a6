"""Facebook: a single message, sender action or button template (document 002)."""

from __future__ import annotations

from collections.abc import Sequence

from emulator import resources
from emulator.core.codec_json import Json
from emulator.core.exchange import Document
from emulator.core.message import Button, Media, Message
from emulator.core.provider import Arrival, Endpoint
from emulator.providers.infobip.replies import ENROUTE, new_id

_TEXT_LIMIT = resources.schemas().limit("infobip.facebook-text-max")


def _messages(arrival: Arrival) -> Sequence[Message]:
    document = arrival.document
    content = document["message"]
    text, media = None, None
    buttons: tuple[Button, ...] = ()
    match content["type"]:
        case "TEXT":
            text = content["text"][:_TEXT_LIMIT]
        case "TEMPLATE":
            text = content["payload"]["text"]
            buttons = tuple(map(_button, content["payload"]["buttons"]))
        case "SENDER_ACTION":
            pass
        case _:
            media = Media(content["url"])
    return [
        Message(
            id=new_id(arrival),
            channel="FACEBOOK",
            sender=document["from"],
            recipient=document["to"],
            type=content["type"],
            content=content,
            status=ENROUTE,
            text=text,
            buttons=buttons,
            media=media,
        )
    ]


def _button(button: Document) -> Button:
    if button["type"] == "URL":
        return Button("url", button["title"], url=button["url"])
    return Button("postback", button["title"], payload=button["payload"])


def _answer(arrival: Arrival, messages: Sequence[Message]) -> Document:
    """Members in the order of the document's table; it prints no sample."""
    (message,) = messages
    return {
        "to": message.recipient,
        "status": message.status.document,
        "messageCount": message.segments,
        "messageId": message.id,
    }


SINGLE = Endpoint(
    name="infobip.facebook-single",
    summary="Send a single message to a user of a Facebook application",
    method="POST",
    paths=("/facebook/1/single",),
    request=resources.schemas()["infobip/facebook-single.request.json"],
    response=resources.schemas()["infobip/facebook-single.response.json"],
    codecs=(Json(),),
    messages=_messages,
    answer=_answer,
    fidelity="documented",
)
