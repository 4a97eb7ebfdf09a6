"""A provider of two endpoints with schemas of its own: all that the tests of the core know."""

from __future__ import annotations

import asyncio
import base64
from collections import defaultdict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from itertools import count
from typing import Any, TypeVar

from emulator.core import pipeline
from emulator.core.auth import Account, Accounts, AuthorizationHeader
from emulator.core.behaviour import Accept, MagicRecipient, Refuse
from emulator.core.clock import Clock
from emulator.core.codec_json import Json
from emulator.core.codec_xml import Xml
from emulator.core.entropy import Entropy
from emulator.core.exchange import Call, Document, Exchange, Finding, Reply, Violation
from emulator.core.journal import Journal
from emulator.core.message import Message, Status
from emulator.core.outbox import Attempt, Callback, Webhook
from emulator.core.provider import Arrival, Endpoint, Provider
from emulator.core.readings import Readings
from emulator.core.rejections import Rejection
from emulator.core.session import Session
from emulator.core.validation import BASE, Schemas
from emulator.stores.memory import MemoryStore

T = TypeVar("T")

DOCUMENTS: dict[str, dict[str, Any]] = {
    "book": {"file": "toys.txt", "title": "The book of toys"},
    "hearsay": {"file": None, "title": "What one hears"},
}
ANN = Account("Ann", "secret")
BASIC = "Basic " + base64.b64encode(b"Ann:secret").decode()
SENT = Status(1, "SENT", "UNDERWAY", {"name": "SENT"})
LOST = Status(2, "LOST", "FAILED", {"name": "LOST"})


def rule(code: str, **more: Any) -> dict[str, Any]:
    source = {"document": "book", "row": code}
    return {"code": f"toy.{code}", "fidelity": "documented", "source": source, **more}


LETTER: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "$id": f"{BASE}toy/letter.json",
    "type": "object",
    "required": ["to", "text"],
    "additionalProperties": False,
    "x-rules": {
        "type": rule("letter-type"),
        "required": {
            "to": rule("to-required"),
            "text": rule("text-required", severity="warn"),
        },
        "additionalProperties": rule(
            "member-unknown", severity="warn", suggestions={"recipient": "it is called to here"}
        ),
    },
    "properties": {
        "to": {
            "type": "array",
            "minItems": 1,
            "maxItems": 200,
            "items": {
                "type": "string",
                "minLength": 1,
                "x-rules": {"type": rule("recipient-type"), "minLength": rule("recipient-empty")},
            },
            "x-rules": {
                "type": rule("to-type"),
                "minItems": rule("to-min"),
                "maxItems": rule("to-max"),
            },
        },
        "text": {
            "type": "string",
            "maxLength": 20,
            "x-rules": {"type": rule("text-type"), "maxLength": rule("text-max", severity="warn")},
        },
        "colour": {
            "enum": ["red", "green", "blue"],
            "x-rules": {"enum": {**rule("colour-enum"), "source": {"document": "hearsay"}}},
        },
        "stamps": {
            "type": "integer",
            "minimum": 1,
            "maximum": 9,
            "x-rules": {
                "type": rule("stamps-type"),
                "minimum": rule("stamps-min"),
                "maximum": rule("stamps-max"),
            },
        },
        "code": {
            "type": "string",
            "minLength": 2,
            "pattern": "^[A-Z]*$",
            "x-rules": {
                "type": rule("code-type"),
                "minLength": rule("code-min"),
                "pattern": rule("code-pattern", expected="capital letters"),
            },
        },
        "a/b~c": {
            "type": "boolean",
            "x-rules": {
                "type": {
                    "code": "toy.odd-type",
                    "fidelity": "invented",
                    "source": None,
                    "because": "why not",
                }
            },
        },
    },
}
BOX: dict[str, Any] = {
    "$id": f"{BASE}toy/box.json",
    "properties": {
        "box": {"enum": ["north", "south"], "x-rules": {"enum": rule("box-enum")}},
    },
}
SCHEMAS = Schemas(
    {
        "toy/letter.json": LETTER,
        "toy/box.json": BOX,
        "toy/anything.json": {"$id": f"{BASE}toy/anything.json"},
    },
    DOCUMENTS,
)
XML = Xml(
    request_root="post",
    root="answer",
    error_root="sorry",
    lists={"to": "recipient", "letters": "letter"},
)
CODECS = (Json(), XML)


def _letters(arrival: Arrival) -> Sequence[Message]:
    recipients = arrival.document["to"]
    return [
        Message(
            id=arrival.ids.uuid(),
            channel="POST",
            sender=arrival.call.path_params["box"],
            recipient=recipient,
            type="LETTER",
            content=arrival.document,
            status=SENT,
            text=arrival.document.get("text"),
            part=f"/to/{index}" if len(recipients) > 1 else "",
        )
        for index, recipient in enumerate(recipients)
    ]


def _posted(arrival: Arrival, messages: Sequence[Message]) -> Document:
    letters = [
        {"to": message.recipient, "id": message.id, "status": message.status.name}
        for message in messages
    ]
    return {"letters": letters}


def _quietly(call: Call, document: Document) -> Sequence[Finding]:
    text = document.get("text", "")
    return [Finding("shouting", "the text shouts", "/text", value=text)] if text.isupper() else []


LETTERS = Endpoint(
    name="toy.letters",
    summary="Post a letter",
    method="POST",
    paths=("/toy/{box}/letters",),
    request=SCHEMAS["toy/letter.json"],
    response=SCHEMAS["toy/anything.json"],
    codecs=CODECS,
    messages=_letters,
    answer=_posted,
    fidelity="documented",
    path=SCHEMAS["toy/box.json"],
    advice=_quietly,
)
BELL = Endpoint(
    name="toy.bell",
    summary="Ring the bell",
    method="PUT",
    paths=("/toy/bell",),
    request=SCHEMAS["toy/anything.json"],
    response=SCHEMAS["toy/anything.json"],
    codecs=(Json(),),
    messages=lambda arrival: [],
    answer=lambda arrival, messages: {"rung": True},
    fidelity="invented",
)

_STATUS_CODES = {
    "invalid": 400,
    "malformed": 400,
    "bad-request": 400,
    "unauthorized": 401,
    "not-found": 404,
    "method-not-allowed": 405,
    "not-acceptable": 406,
    "too-large": 413,
    "unsupported-media-type": 415,
    "too-many-requests": 429,
}
_WARNING = (
    "auth-scheme-case",
    "basic-padding",
    "content-type-missing",
    "query-parameter-unknown",
    "shouting",
)


def _refuse(
    rejection: Rejection, violations: Sequence[Violation], readings: Mapping[str, str]
) -> Reply:
    return Reply(_STATUS_CODES[rejection.name], {"sorry": rejection.name}, rejection.headers)


def _protocol() -> Mapping[str, Mapping[str, Any]]:
    """Every rule refuses, except for the three that warn."""

    def rule(severity: str) -> dict[str, Any]:
        found = {"expected": "what is right", "severity": severity, "fidelity": "invented"}
        return {**found, "source": None, "because": "toys are like that"}

    return defaultdict(lambda: rule("refuse"), {name: rule("warn") for name in _WARNING})


PROVIDER = Provider(
    name="toy",
    auth=AuthorizationHeader(),
    endpoints=(LETTERS, BELL),
    territory=r"/toy(/|$)",
    refuse=_refuse,
    protocol=_protocol(),
    statuses={"SENT": SENT, "LOST": LOST},
    codecs=CODECS,
    refusals={
        name: {
            "status": status,
            "document": {"sorry": name},
            "fidelity": "invented",
            "source": None,
        }
        for name, status in _STATUS_CODES.items()
    },
    magic_recipients={
        "lost": MagicRecipient("lost", Accept("LOST")),
        "grumpy": MagicRecipient("grumpy", Refuse("bad-request")),
        "busy": MagicRecipient("busy", Refuse("too-many-requests", 7), times=2),
    },
)

NOW = 1_700_000_000.5
"""The time at which everything happens, in seconds since the epoch."""

CALL = Call(
    method="POST",
    path="/toy/north/letters",
    headers={"host": "toys.example", "authorization": BASIC, "content-type": "application/json"},
    body=b'{"to":["Bea"],"text":"Hello"}',
    received_at=NOW,
    started=100.0,
    path_params={"box": "north"},
)
"""A call to `LETTERS` with which everything is right."""


def call(*, headers: Mapping[str, str | None] | None = None, **changes: Any) -> Call:
    """The right call with some things changed; a header of None is left out."""
    changed = {**CALL.headers, **(headers or {})}
    present = {name: value for name, value in changed.items() if value is not None}
    return CALL._replace(headers=present, **changes)


def session(name: str = "toy", seed: str = "seed", limit: int = 1000) -> Session:
    """A session whose timer gives 100.25, 100.5 and so on, and whose clock stands still."""
    ticks = count(start=1)
    return Session(
        name=name,
        accounts=Accounts(frozenset({ANN}), frozenset({"key-1"})),
        journal=Journal(MemoryStore(limit), name),
        entropy=Entropy(seed, name, now=lambda: NOW, timer=lambda: 100 + next(ticks) / 4),
        readings=Readings({}, frozenset()),
        clock=Clock(lambda: NOW),
        send=_unsent,
    )


async def _unsent(webhook: Webhook, callback: Callback, now: Callable[[], float]) -> Attempt:
    return Attempt(now(), 0.0, None, "nobody is there")


def run(awaited: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(awaited)


def answered(
    call: Call,
    within: Session | None = None,
    endpoint: Endpoint = LETTERS,
    provider: Provider = PROVIDER,
) -> Exchange:
    """The exchange that the pipeline makes of a call."""
    return run(pipeline.answer(call, endpoint, provider, within or session()))
