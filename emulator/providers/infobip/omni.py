"""OMNI: one text to one or many destinations, in JSON and XML (document 001)."""

from __future__ import annotations

from collections.abc import Sequence

from emulator import resources
from emulator.core.codec_json import Json
from emulator.core.codec_xml import Xml
from emulator.core.exchange import Call, Document, Finding
from emulator.core.message import Message
from emulator.core.provider import Arrival, Endpoint
from emulator.core.rejections import Invalid
from emulator.providers.infobip.replies import ACCEPTED, ENROUTE, new_id

CODECS = (
    Json(),
    Xml(
        request_root="request",
        root="omniResponse",
        error_root="ApiException",
        lists={"destinations": "destination", "messages": "message"},
    ),
)

_PREFIXED = "/1/omni/1/text"


def _listed(document: Document) -> tuple[Document, Sequence[Finding]]:
    """A single destination object counts as a list of one, as OMNI clients are known to send it."""
    destinations = document.get("destinations")
    if type(destinations) is not dict:
        return document, ()
    found = Finding(
        "destinations-object", "a single object, read as a list of one", "/destinations"
    )
    return {**document, "destinations": [destinations]}, [found]


def _messages(arrival: Arrival) -> Sequence[Message]:
    document, ids = arrival.document, arrival.ids
    destinations = document["destinations"]
    several = len(destinations) > 1
    bulk_id = document.get("bulkId") or (ids.uuid() if several else None)
    # The document answers XML with another status and another form of id than JSON.
    xml = arrival.writes == "xml"
    status = ACCEPTED if xml and arrival.readings["omni-xml-status"] == "accepted" else ENROUTE
    flow = _flow(arrival)
    return [
        Message(
            id=destination.get("messageId") or (new_id(arrival) if xml else ids.uuid()),
            channel="OMNI",
            sender=None,
            recipient=destination["to"]["phoneNumber"],
            type="TEXT",
            content={**document, "destinations": [destination]} if several else document,
            status=status,
            text=document.get("text"),
            bulk_id=bulk_id,
            part=f"/destinations/{index}" if several else "",
            flow=flow,
        )
        for index, destination in enumerate(destinations)
    ]


def _flow(arrival: Arrival) -> Sequence[tuple[str | None, str]]:
    """The steps of the scenario that the call names, or of the default one."""
    known = arrival.scenarios
    if not known:
        # Nobody has said which there are: any key will do.
        return ()
    key = arrival.document.get("scenarioKey")
    if key is None:
        default = (scenario.flow for scenario in known.values() if scenario.default)
        return next(default, ())
    if key not in known:
        message = f'no scenario "{key[:40]}"; known: {", ".join(known)}'
        raise Invalid(Finding("scenario-unknown", message, "/scenarioKey", value=key))
    return known[key].flow


def _answer(arrival: Arrival, messages: Sequence[Message]) -> Document:
    sent = [
        {
            "to": _address(destination["to"]),
            "status": message.status.document,
            "messageId": message.id,
        }
        for destination, message in zip(arrival.document["destinations"], messages, strict=True)
    ]
    bulk_id = messages[0].bulk_id
    if bulk_id is None or (len(sent) == 1 and arrival.readings["bulk-id-echo"] == "several"):
        return {"messages": sent}
    return {"bulkId": bulk_id, "messages": sent}


def _address(to: Document) -> Document:
    if "emailAddress" in to:
        return {"phoneNumber": to["phoneNumber"], "emailAddress": to["emailAddress"]}
    return {"phoneNumber": to["phoneNumber"]}


def _advice(call: Call, document: Document) -> Sequence[Finding]:
    if call.path.startswith(_PREFIXED):
        return [Finding("path-prefix", f"{call.path} is in the code samples only", value=call.path)]
    return []


TEXT = Endpoint(
    name="infobip.omni-text",
    summary="Send a text to one or more destinations over the OMNI channel",
    method="POST",
    paths=("/omni/1/text", _PREFIXED),
    request=resources.schemas()["infobip/omni-text.request.json"],
    response=resources.schemas()["infobip/omni-text.response.json"],
    codecs=CODECS,
    messages=_messages,
    answer=_answer,
    fidelity="documented",
    prepare=_listed,
    advice=_advice,
)
