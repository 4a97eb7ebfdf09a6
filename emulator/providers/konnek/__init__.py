"""Konnek: a message over WhatsApp, Telegram, LINE or Facebook Messenger (document 004)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from emulator import resources
from emulator.core.auth import HeaderPair
from emulator.core.codec_json import Json
from emulator.core.exchange import Document, Finding, Reply, Violation
from emulator.core.message import Button, Media, Message, Status
from emulator.core.provider import Arrival, Endpoint, Provider
from emulator.core.rejections import Rejection
from emulator.providers import fixtures
from emulator.providers.konnek.callbacks import CALLBACKS

_REFUSALS = fixtures.refusals("konnek")

_STATUSES = {
    row["name"]: Status(row["id"], row["name"], row["group"], {}, row["stage"])
    for row in resources.fixture("konnek/statuses.json")["statuses"]
}


def _listed(document: Document) -> tuple[Document, Sequence[Finding]]:
    """A single button object counts as a list of one: the table says object, the sample array."""
    body = document.get("body")
    if document.get("type") != "button" or type(body) is not dict:
        return document, ()
    if type(body.get("button")) is dict:
        found = Finding("button-object", "a single object, read as a list of one", "/body/button")
        return {**document, "body": {**body, "button": [body["button"]]}}, [found]
    return document, ()


def _messages(arrival: Arrival) -> Sequence[Message]:
    document, call = arrival.document, arrival.call
    kind, body = document["type"], document["body"]
    text, media = body.get("text"), None
    buttons: Sequence[Document] = ()
    match kind:
        case "image" | "video" | "audio" | "voice" | "document":
            media = Media(body["media"]["url"], body["media"].get("name"))
        case "button":
            buttons = body["button"]
        case "list":
            buttons = [a for section in body["list"]["sections"] for a in section["actions"]]
    return [
        Message(
            id=document["id"],
            channel=call.path_params["channel"],
            sender=call.path_params["clientID"],
            recipient=document["recipient"],
            type=kind,
            content={name: document[name] for name in _CONTENT if name in document},
            status=_STATUSES["Pending"],
            # Only the type that needs a text has it checked.
            text=text if isinstance(text, str) else None,
            buttons=tuple(Button("postback", b["title"], payload=b["key"]) for b in buttons),
            media=media,
            reference=arrival.ids.uuid(),
        )
    ]


_CONTENT = ("type", "body", "header", "footer")


def _answer(arrival: Arrival, messages: Sequence[Message]) -> Document:
    (message,) = messages
    return {
        "meta": {
            "status": True,
            "code": _code(200, arrival.readings),
            "message": "OK",
            "errors": None,
        },
        "data": {
            "message_id": message.id,
            "status": message.status.id,
            "tid": message.reference,
        },
    }


def _code(status: int, readings: Mapping[str, str]) -> int | str:
    return str(status) if readings["konnek-code-type"] == "string" else status


def _refuse(
    rejection: Rejection, violations: Sequence[Violation], readings: Mapping[str, str]
) -> Reply:
    """The success's envelope, its `errors` telling what was wrong; no refusal is documented."""
    canned = _REFUSALS[rejection.name]
    meta = {**canned["document"]["meta"], "code": _code(canned["status"], readings)}
    if violations:
        told = "; ".join(f"{v.pointer or 'request'}: {v.message}" for v in violations[:10])
        meta = {**meta, "errors": told}
    return Reply(canned["status"], {**canned["document"], "meta": meta}, rejection.headers)


SEND = Endpoint(
    name="konnek.send-message",
    summary="Send a message to an end user over one of the supported channels",
    method="POST",
    paths=("/{channel}/send/{clientID}",),
    request=resources.schemas()["konnek/send-message.request.json"],
    response=resources.schemas()["konnek/send-message.response.json"],
    codecs=(Json(),),
    messages=_messages,
    answer=_answer,
    fidelity="documented",
    path=resources.schemas()["konnek/send-message.path.json"],
    prepare=_listed,
)

PROVIDER = Provider(
    name="konnek",
    auth=HeaderPair("auth-username", "auth-password"),
    endpoints=(SEND,),
    territory=r"/[^/]+/send(/|$)",
    refuse=_refuse,
    protocol=fixtures.protocol("konnek"),
    statuses=_STATUSES,
    codecs=SEND.codecs,
    magic_recipients=fixtures.magic_recipients("konnek"),
    readings=fixtures.readings("konnek"),
    refusals=_REFUSALS,
    refusal=resources.schemas()["konnek/refusal.json"],
    examples=partial(fixtures.examples, "konnek"),
    specimens=fixtures.specimens,
    timeline=fixtures.timeline("konnek"),
    callbacks=CALLBACKS,
)
