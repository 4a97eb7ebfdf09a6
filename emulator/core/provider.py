"""The vocabulary in which a provider is declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias

from emulator.core.auth import AuthScheme
from emulator.core.behaviour import MagicRecipient
from emulator.core.codecs import Codec
from emulator.core.entropy import Ids
from emulator.core.exchange import Call, Document, Finding, Reply, Violation
from emulator.core.message import Message, Moment, Status, Step
from emulator.core.readings import Choice, Reading
from emulator.core.rejections import Rejection
from emulator.core.scenarios import Scenario
from emulator.core.validation import Schema, severity

if TYPE_CHECKING:
    from emulator.core.living import Living

Fidelity: TypeAlias = Literal["documented", "inferred", "invented"]


class Arrival(NamedTuple):
    """A call that was understood, the ids to use, the answer's format, readings and scenarios."""

    call: Call
    document: Document
    ids: Ids
    writes: str
    readings: Mapping[str, str]
    scenarios: Mapping[str, Scenario] = MappingProxyType({})


class Said(NamedTuple):
    """Something that a user wrote or tapped.

    `sender` is the user, `recipient` the application; `living` the message that it answers, if any,
    `id` the id of what was said, `at` seconds since the epoch.
    """

    id: str
    endpoint: str
    sender: str
    recipient: str
    text: str
    at: float
    living: Living | None = None
    payload: str | None = None

    def record(self) -> dict[str, str | None]:
        """Who said what to whom, whatever the provider makes of it."""
        names = ("endpoint", "sender", "recipient", "text", "payload")
        return {name: getattr(self, name) for name in names}


class Callbacks(NamedTuple):
    """The documents by which a provider tells what happened, and the formats that it offers.

    `user_key` makes the key of a user who followed the link of a message out of enough hex digits.
    """

    codecs: tuple[Codec, ...]
    status: Callable[[Living, Moment], Document]
    seen: Callable[[Living, Moment], Document]
    inbound: Callable[[Said], Document]
    postback: Callable[[Said], Document]
    fidelity: Mapping[str, Fidelity]
    user_key: Callable[[Living, str], str] | None = None


class Endpoint(NamedTuple):
    """One documented operation.

    `paths` are templates with `{parameter}`s; with several codecs, each path is served with the
    suffixes `.json` and `.xml` too. `prepare` brings a document into the form that the schema
    describes. `messages` gives what the recipients would get, `answer` the document of the reply to
    them, `advice` the findings that a schema cannot express.
    """

    name: str
    summary: str
    method: str
    paths: tuple[str, ...]
    request: Schema
    response: Schema
    codecs: tuple[Codec, ...]
    messages: Callable[[Arrival], Sequence[Message]]
    answer: Callable[[Arrival, Sequence[Message]], Document]
    fidelity: Fidelity
    path: Schema | None = None
    prepare: Callable[[Document], tuple[Document, Sequence[Finding]]] | None = None
    advice: Callable[[Call, Document], Sequence[Finding]] | None = None


class Answer(NamedTuple):
    """Something that an endpoint can answer, and how true it is to the provider."""

    status: int
    name: str
    fidelity: Fidelity


class Example(NamedTuple):
    """A request from a provider's document and the answer that it gets, both as text."""

    name: str
    endpoint: str
    path: str
    headers: Mapping[str, str]
    request: str
    response: str
    status: int
    fidelity: Fidelity
    source: Mapping[str, Any]


class Specimens(NamedTuple):
    """Documents of an endpoint with which nothing is wrong, and parameters of its path.

    Together they come to all its rules, so that breaking one of them shows any rule.
    """

    documents: Sequence[Document]
    path: Mapping[str, str]


class Provider(NamedTuple):
    """A vendor: how it authenticates, what it offers, how it refuses.

    `territory` is a regular expression of the paths that the vendor answers for; `protocol` holds
    the rules that no schema can express, by name, their sources resolved. `refusals` holds the
    canned answer to each rejection by the rejection's name, `refusal` is their schema; `examples`
    reads the documents' examples, `specimens` those of an endpoint by its name. `timeline` is the
    usual life of a message that was accepted.
    """

    name: str
    auth: AuthScheme
    endpoints: Sequence[Endpoint]
    territory: str
    refuse: Callable[[Rejection, Sequence[Violation], Mapping[str, str]], Reply]
    protocol: Mapping[str, Mapping[str, Any]]
    statuses: Mapping[str, Status]
    codecs: tuple[Codec, ...]
    magic_recipients: Mapping[str, MagicRecipient] = MappingProxyType({})
    readings: Sequence[Reading] = ()
    refusals: Mapping[str, Mapping[str, Any]] = MappingProxyType({})
    refusal: Schema | None = None
    examples: Callable[[], Sequence[Example]] = tuple
    specimens: Callable[[str], Specimens] | None = None
    timeline: tuple[Step, ...] = ()
    callbacks: Callbacks | None = None

    def answers(self, endpoint: Endpoint) -> list[Answer]:
        """Everything that an endpoint can answer, by status."""
        refused = [
            Answer(canned["status"], name, canned["fidelity"])
            for name, canned in self.refusals.items()
        ]
        accepted = Answer(200, "accepted", endpoint.fidelity)
        return sorted([accepted, *refused], key=lambda answer: answer.status)

    def violation(self, finding: Finding, chosen: Choice) -> Violation:
        """The broken protocol rule with this provider's name and the rule's source."""
        rule = self.protocol[finding.rule]
        code = f"{self.name}.{finding.rule}"
        return Violation(
            code=code,
            pointer=finding.pointer,
            message=finding.message,
            expected=rule["expected"],
            source=rule.get("source"),
            severity=chosen.severity(code, severity(rule)),
            fidelity=rule["fidelity"],
            value=finding.value,
            suggestion=finding.suggestion,
        )
