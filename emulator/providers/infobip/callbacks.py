"""What Infobip tells an application by itself: delivery and seen reports, and what users say."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from emulator import resources
from emulator.core.codec_json import Json
from emulator.core.codec_xml import Xml
from emulator.core.exchange import Document
from emulator.core.living import Living
from emulator.core.message import Moment
from emulator.core.provider import Callbacks, Said

_FIXTURE = resources.fixture("infobip/callbacks.json")
_USER_KEY_DIGITS = _FIXTURE["user_key_digits"]


def _status(living: Living, moment: Moment) -> Document:
    message = living.message
    report: dict[str, Any] = {
        "bulkId": message.bulk_id,
        "messageId": message.id,
        "to": _address(living),
        "sentAt": _time(living.accepted_at),
        "doneAt": _time(moment.at),
        "messageCount": message.segments,
        "price": _FIXTURE["price"],
        "status": moment.status.document,
        "error": _error(moment),
        "channel": living.channel,
    }
    return _results({name: value for name, value in report.items() if value is not None})


def _seen(living: Living, moment: Moment) -> Document:
    message = living.message
    return _results(
        {
            "messageId": message.id,
            "from": living.sender,
            "to": message.recipient,
            "sendAt": _time(living.accepted_at),
            "seenAt": _time(moment.at),
        }
    )


def _inbound(said: Said) -> Document:
    return _said(said, {"type": "TEXT", "text": said.text})


def _postback(said: Said) -> Document:
    return _said(said, {"type": "POSTBACK", "payload": said.payload, "title": said.text})


def _said(said: Said, message: Document) -> Document:
    paired = said.living.message.id if said.living is not None else None
    channel = said.living.channel if said.living is not None else None
    result = {
        "from": said.sender,
        "to": said.recipient,
        "integrationType": channel if channel in _FIXTURE["integration_types"] else "FACEBOOK",
        "receivedAt": _time(said.at),
        "messageId": said.id,
        "pairedMessageId": paired,
        "callbackData": None,
        "message": message,
        "contact": {"name": None},
        "price": _FIXTURE["price"],
    }
    return {**_results(result), "messageCount": 1, "pendingMessageCount": 0}


def _address(living: Living) -> Any:
    """The recipient in the form in which the endpoint names it."""
    destinations = living.message.content.get("destinations")
    return destinations[0]["to"] if destinations else living.message.recipient


def _error(moment: Moment) -> Document:
    errors = _FIXTURE["errors"]
    known: Document = errors.get(moment.status.name) or errors[moment.status.group]
    return known


def _results(result: Document) -> Document:
    return {"results": [result]}


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")[:-6] + "+0000"


def _user_key(living: Living, digits: str) -> str:
    channel = living.exchange.call.path_params["integrationType"].upper()
    return digits[: _USER_KEY_DIGITS.get(channel, _USER_KEY_DIGITS["FACEBOOK"])]


CALLBACKS = Callbacks(
    codecs=(
        Json(),
        Xml(
            request_root="omniReportsResponse",
            root="omniReportsResponse",
            error_root="ApiException",
            lists={"results": "result"},
        ),
    ),
    status=_status,
    seen=_seen,
    inbound=_inbound,
    postback=_postback,
    fidelity=_FIXTURE["fidelity"],
    user_key=_user_key,
)
