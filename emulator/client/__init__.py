"""A client of the admin API: what a test asks of an emulator, whoever runs it."""

from __future__ import annotations

from emulator.client.callbacks import Callbacks
from emulator.client.clock import Clock
from emulator.client.conversation import Conversation
from emulator.client.filters import CallbackFilters, MessageFilters, RequestFilters
from emulator.client.live import Attempt, Callback, Inbound, Said, Sent, Tap
from emulator.client.messages import Messages
from emulator.client.readings import Readings
from emulator.client.records import (
    Account,
    Button,
    Link,
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
from emulator.client.scenarios import Scenario
from emulator.client.session import Session, connect
from emulator.client.unmet import Unmet

__all__ = [
    "Account",
    "Attempt",
    "Button",
    "Callback",
    "CallbackFilters",
    "Callbacks",
    "Clock",
    "Conversation",
    "Delay",
    "Inbound",
    "Link",
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
    "Said",
    "Scenario",
    "Sent",
    "Session",
    "Source",
    "Status",
    "Step",
    "Tap",
    "Unmet",
    "Violation",
    "connect",
]
