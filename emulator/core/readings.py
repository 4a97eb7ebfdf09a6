"""How contradictions in the documents are read, and how strictly: the choices of one session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from emulator.core.errors import EmulatorError
from emulator.core.exchange import Severities, Severity
from emulator.core.words import meant


class Value(NamedTuple):
    """One way to read a contradiction, and the severities of the rules that follow from it."""

    meaning: str
    severities: Mapping[str, Severity]


class Reading(NamedTuple):
    """A contradiction in a provider's documents with its defensible outcomes.

    `when` tells which exchanges it matters to: those with a `format` of the answer, a `rejection`
    by name or a broken rule's `code`; all accepted ones when it is empty; with None those that
    break one of the rules that its values are about.
    """

    name: str
    provider: str
    default: str
    values: Mapping[str, Value]
    reason: str
    sources: Sequence[Mapping[str, Any]]
    endpoint: str | None = None
    when: Mapping[str, str] | None = None

    @property
    def codes(self) -> frozenset[str]:
        """The rules whose severity depends on the reading."""
        return frozenset(code for value in self.values.values() for code in value.severities)


class Choice(NamedTuple):
    """What a session chose: a value for each known reading, and whether warnings are refusals."""

    known: Mapping[str, Reading] = MappingProxyType({})
    values: Mapping[str, str] = MappingProxyType({})
    strict: bool = False
    severities: Severities = frozenset()

    def severity(self, code: str, own: Severity) -> Severity:
        """The severity of a rule whose own severity is `own`."""
        return dict(self.severities).get(code, own) if self.severities else own

    def applied(
        self, endpoint: str | None, media_type: str, rejection: str | None, codes: Iterable[str]
    ) -> dict[str, str]:
        """The readings that mattered to an exchange that broke these rules, with their values."""
        broken = frozenset(codes)
        provider = (endpoint or "").partition(".")[0]

        def matters(reading: Reading) -> bool:
            if reading.provider != provider or reading.endpoint not in (None, endpoint):
                return False
            match reading.when:
                case None:
                    return not broken.isdisjoint(reading.codes)
                case {"format": wanted}:
                    return wanted in media_type
                case {"rejection": wanted}:
                    return wanted == rejection
                case {"code": wanted}:
                    return wanted in broken
            return rejection is None

        return {name: self.values[name] for name, read in self.known.items() if matters(read)}


@dataclass(slots=True)
class Readings:
    """The readings of all providers, and one session's choice among their values.

    `strictly` are the codes of the rules that strict mode refuses, `named` the values that somebody
    chose, `initial` the values and the strictness that a reset goes back to.
    """

    known: Mapping[str, Reading]
    strictly: frozenset[str]
    initial: tuple[Mapping[str, str], bool] = ({}, False)
    chosen: Choice = field(init=False)
    named: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with the initial choice."""
        self.restore()

    def begun(self, values: Mapping[str, str], strict: bool | None = None) -> Readings:
        """Readings of their own that begin with these values besides the initial ones.

        Raises EmulatorError.
        """
        named, strictness = self.initial
        initial = {**named, **values}, strictness if strict is None else strict
        return Readings(self.known, self.strictly, initial)

    def restore(self) -> None:
        """Go back to the initial choice; raises EmulatorError."""
        self.choose(*self.initial)

    def choose(self, values: Mapping[str, str], strict: bool = False) -> None:
        """Take these values, and the default of every other reading; raises EmulatorError."""
        for name, value in values.items():
            self._check(name, value)
        self.named = dict(values)
        taken = {name: values.get(name, reading.default) for name, reading in self.known.items()}
        severities: dict[str, Severity] = dict.fromkeys(self.strictly, "refuse") if strict else {}
        # Strict mode goes before a default, and a value that is named goes before strict mode.
        for name, value in values.items():
            if strict or value != self.known[name].default:
                severities |= self.known[name].values[value].severities
        self.chosen = Choice(self.known, taken, strict, frozenset(severities.items()))

    def _check(self, name: str, value: str) -> None:
        if name not in self.known:
            raise EmulatorError(f'no reading "{name}"; {_hint(name, self.known)}')
        values = self.known[name].values
        if value not in values:
            raise EmulatorError(f'reading "{name}" has no value "{value}"; {_hint(value, values)}')


def _hint(word: str, known: Iterable[str]) -> str:
    names = [*known]
    return meant(word, names) or f"known: {', '.join(names)}"
