"""A client of the admin API: what a test asks of an emulator, whoever runs it."""

from __future__ import annotations

from emulator.client.filters import MessageFilters, RequestFilters
from emulator.client.messages import Messages
from emulator.client.readings import Readings
from emulator.client.records import (
    Account,
    Button,
    Media,
    Message,
    NearMiss,
    Rejection,
    Request,
    Response,
    Source,
    Status,
    Step,
    Violation,
)
from emulator.client.requests import Requests
from emulator.client.rules import Delay, Matching, Outcome, Rule
from emulator.client.session import Session, connect
from emulator.client.unmet import Unmet

__all__ = [
    "Account",
    "Button",
    "Delay",
    "Matching",
    "Media",
    "Message",
    "MessageFilters",
    "Messages",
    "NearMiss",
    "Outcome",
    "Readings",
    "Rejection",
    "Request",
    "RequestFilters",
    "Requests",
    "Response",
    "Rule",
    "Session",
    "Source",
    "Status",
    "Step",
    "Unmet",
    "Violation",
    "connect",
]
