"""What Konnek tells an application by itself: statuses, and what end users say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from emulator import resources
from emulator.core.codec_json import Json
from emulator.core.exchange import Document
from emulator.core.living import Living
from emulator.core.message import Moment
from emulator.core.provider import Callbacks, Said

_JAKARTA = timezone(timedelta(hours=7))


def _status(living: Living, moment: Moment) -> Document:
    message = living.message
    return {
        "status": {
            "message_id": message.id,
            "provider_message_id": message.reference,
            "recipient_id": message.recipient,
            "status": moment.status.id,
            "tid": message.reference,
            "times": 1,
            "timestamp": _time(moment.at),
        }
    }


def _inbound(said: Said) -> Document:
    return _said(said, {"id": said.id, "text": said.text})


def _postback(said: Said) -> Document:
    return _said(said, {"id": said.id, "postback": {"key": said.payload, "title": said.text}})


def _said(said: Said, message: Document) -> Document:
    sender = {
        "avatar": "",
        "description": "",
        "name": said.sender,
        "username": said.sender,
    }
    return {"from": sender, "message": message}


def _time(seconds: float) -> str:
    moment = datetime.fromtimestamp(seconds, UTC).astimezone(_JAKARTA)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond:06}000+07:00"


CALLBACKS = Callbacks(
    codecs=(Json(),),
    status=_status,
    seen=_status,
    inbound=_inbound,
    postback=_postback,
    fidelity=resources.fixture("konnek/callbacks.json")["fidelity"],
)
