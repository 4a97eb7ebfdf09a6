"""What Infobip's endpoints have in common: statuses, refusals and the answer to one message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from emulator import resources
from emulator.core.exchange import Document, Reply, Violation
from emulator.core.message import Message, Status
from emulator.core.provider import Arrival
from emulator.core.rejections import Rejection
from emulator.providers import fixtures

_REFUSALS = fixtures.refusals("infobip")


def _status(row: dict[str, Any]) -> Status:
    members = ("groupId", "groupName", "id", "name", "description", "action")
    document = {member: row[member] for member in members if member in row}
    return Status(row["id"], row["name"], row["groupName"], document, row["stage"])


STATUSES = {
    row["name"]: _status(row) for row in resources.fixture("infobip/statuses.json")["statuses"]
}
"""The status table, by name."""

MESSAGE_ID_FORM = "message-id-form"
"""The reading of which form generated message ids have."""


def new_id(arrival: Arrival) -> str:
    """A message id in the older form, or a UUID if the session reads the documents so."""
    ids = arrival.ids
    return ids.uuid() if arrival.readings[MESSAGE_ID_FORM] == "uuid" else ids.grouped()


ENROUTE = STATUSES["PENDING_ENROUTE"]
ACCEPTED = STATUSES["MESSAGE_ACCEPTED"]


def refuse(
    rejection: Rejection, violations: Sequence[Violation], readings: Mapping[str, str]
) -> Reply:
    """The documented error body, which never says why."""
    canned = _REFUSALS[rejection.name]
    if rejection.name == "unauthorized" and readings["unauthorized-text"] == "unauthorized":
        canned = {**canned, "document": canned["variant"]}
    return Reply(canned["status"], canned["document"], rejection.headers)


def sent(arrival: Arrival, messages: Sequence[Message]) -> Document:
    """The answer to one message, members in the order of documents 000 and 003."""
    (message,) = messages
    return {
        "to": message.recipient,
        "messageCount": message.segments,
        "messageId": message.id,
        "status": message.status.document,
    }
