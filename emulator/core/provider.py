"""The vocabulary in which a provider is declared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, TypeAlias

from emulator.core.auth import AuthScheme
from emulator.core.behaviour import MagicRecipient
from emulator.core.codecs import Codec
from emulator.core.entropy import Ids
from emulator.core.exchange import Call, Document, Finding, Reply, Violation
from emulator.core.message import Message, Status
from emulator.core.rejections import Rejection
from emulator.core.validation import Schema

Fidelity: TypeAlias = Literal["documented", "inferred", "invented"]


class Arrival(NamedTuple):
    """A call that was understood: its document, the ids to use and the answer's format."""

    call: Call
    document: Document
    ids: Ids
    writes: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One documented operation.

    `paths` are templates with `{parameter}`s; with several codecs, each path is served with the
    suffixes `.json` and `.xml` too. `messages` gives what the recipients would get, `answer` the
    document of the reply to them, `advice` the warnings that a schema cannot express.
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
    prepare: Callable[[Document], Document] | None = None
    advice: Callable[[Call, Document], Sequence[Finding]] | None = None


@dataclass(frozen=True, slots=True)
class Provider:
    """A vendor: how it authenticates, what it offers, how it refuses.

    `territory` is a regular expression of the paths that the vendor answers for; `protocol` holds
    the rules that no schema can express, by name, their sources resolved.
    """

    name: str
    auth: AuthScheme
    endpoints: Sequence[Endpoint]
    territory: str
    refuse: Callable[[Rejection, Sequence[Violation]], Reply]
    protocol: Mapping[str, Mapping[str, Any]]
    statuses: Mapping[str, Status]
    codecs: tuple[Codec, ...]
    magic_recipients: Mapping[str, MagicRecipient] = field(default_factory=dict)

    def violation(self, finding: Finding) -> Violation:
        """The broken protocol rule with this provider's name and the rule's source."""
        rule = self.protocol[finding.rule]
        return Violation(
            code=f"{self.name}.{finding.rule}",
            pointer=finding.pointer,
            message=finding.message,
            expected=rule["expected"],
            source=rule.get("source"),
            severity=rule.get("severity", "refuse"),
            fidelity=rule["fidelity"],
            value=finding.value,
            suggestion=finding.suggestion,
        )
