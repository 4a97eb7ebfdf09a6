"""Omnichat: a message to a user key, and an invite by SMS (documents 000 and 003)."""

from __future__ import annotations

from collections.abc import Sequence

from emulator import resources
from emulator.core.codec_json import Json
from emulator.core.exchange import Call, Document, Finding
from emulator.core.message import Button, Media, Message
from emulator.core.provider import Arrival, Endpoint
from emulator.core.routes import INVITES
from emulator.providers.infobip.replies import ENROUTE, new_id, sent
from emulator.providers.infobip.segments import segments

_INTEGRATION = "/omnichat/1/applications/{applicationKey}/integrations/{integrationType}"


def _messages(arrival: Arrival) -> Sequence[Message]:
    content = arrival.document["message"]
    url = content.get("url")
    return [
        Message(
            id=new_id(arrival),
            channel=arrival.call.path_params["integrationType"],
            sender=arrival.call.path_params["applicationKey"],
            recipient=arrival.document["to"],
            type=content["type"],
            content=content,
            status=ENROUTE,
            text=content.get("text"),
            buttons=tuple(map(_button, content["buttons"])) if content["type"] == "BUTTONS" else (),
            media=Media(url) if content["type"] == "IMAGE" else None,
        )
    ]


def _button(button: Document) -> Button:
    if button["type"] == "URL":
        return Button("url", button.get("text"), url=button["url"])
    return Button("postback", button.get("text"), payload=button["payload"])


def _invites(arrival: Arrival) -> Sequence[Message]:
    document, call = arrival.document, arrival.call
    text = document["message"]
    link = None
    if placeholder := document.get("linkPlaceholder"):
        link = arrival.ids.token()
        text = text.replace(placeholder, f"{call.base_url}{INVITES}{link}")
    return [
        Message(
            id=new_id(arrival),
            channel="SMS",
            sender=call.path_params["applicationKey"],
            recipient=document["to"],
            type="INVITE",
            content=document,
            status=ENROUTE,
            text=text,
            segments=segments(text),
            link=link,
        )
    ]


def _invite_advice(call: Call, document: Document) -> Sequence[Finding]:
    placeholder = document.get("linkPlaceholder")
    if placeholder and placeholder in document["message"]:
        return []
    message = f'"{placeholder[:40]}" is not in the message' if placeholder else "no placeholder"
    return [Finding("link-placeholder", f"{message}; no link is sent", "/linkPlaceholder")]


MESSAGE = Endpoint(
    name="infobip.omnichat-message",
    summary="Send a text, an image or buttons to a user of an omnichat application",
    method="POST",
    paths=(f"{_INTEGRATION}/message",),
    request=resources.schemas()["infobip/omnichat-message.request.json"],
    response=resources.schemas()["infobip/omnichat-message.response.json"],
    codecs=(Json(),),
    messages=_messages,
    answer=sent,
    fidelity="documented",
)

INVITE = Endpoint(
    name="infobip.omnichat-invite",
    summary="Invite a phone number by SMS to follow an omnichat application",
    method="POST",
    paths=(f"{_INTEGRATION}/invite",),
    request=resources.schemas()["infobip/omnichat-invite.request.json"],
    response=resources.schemas()["infobip/omnichat-invite.response.json"],
    codecs=(Json(),),
    messages=_invites,
    answer=sent,
    fidelity="documented",
    advice=_invite_advice,
)
