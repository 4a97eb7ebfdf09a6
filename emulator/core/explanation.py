"""A broken constraint in words: which rule, where, what was expected and what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from emulator.core.exchange import Violation
from emulator.core.words import meant

Rule = Mapping[str, Any]
Source = Callable[[Rule], Mapping[str, Any] | None]


_LONGEST_NAME = 80
"""Characters of a member's name that a pointer keeps."""


class Broken(NamedTuple):
    """A keyword of a schema that an instance breaks; `absent` is the member that is required."""

    keyword: str
    schema: Mapping[str, Any]
    instance: Any
    path: tuple[str | int, ...]
    absent: str | None

    @property
    def limit(self) -> Any:
        """What the keyword is set to."""
        return self.schema[self.keyword]


def explained(broken: Broken, source: Source) -> Iterator[Violation]:
    """The violations behind a broken keyword, by the annotation beside it."""
    keyword, schema, instance = broken.keyword, broken.schema, broken.instance
    rule = annotation(keyword, schema, broken.absent)
    expected = expectation(keyword, schema, broken.absent)
    match keyword:
        case "required":
            assert broken.absent is not None
            yield _violation(rule, source, (*broken.path, broken.absent), expected, "none")
        case "additionalProperties":
            known = [*schema["properties"]]
            for name in instance:
                if name not in known:
                    yield _violation(
                        rule,
                        source,
                        (*broken.path, name),
                        expected,
                        shortened(name),
                        suggestion=rule.get("suggestions", {}).get(name) or meant(name, known),
                    )
        case _:
            found, value = _found(broken), shortened(instance)
            suggestion = meant(str(instance), schema[keyword]) if keyword == "enum" else None
            yield _violation(rule, source, broken.path, expected, found, value, suggestion)


def annotation(keyword: str, schema: Mapping[str, Any], absent: str | None = None) -> Rule:
    """What stands beside a keyword: code, severity, fidelity, source and whatever else helps."""
    found: Rule = schema["x-rules"][keyword]
    return found if absent is None else found[absent]


def expectation(keyword: str, schema: Mapping[str, Any], absent: str | None = None) -> str:
    """What an annotated keyword expects, in words; for `required` the member `absent`."""
    told: str | None = annotation(keyword, schema, absent).get("expected")
    if told is not None:
        return told
    limit = schema[keyword]
    match keyword:
        case "required":
            return f'member "{absent}"'
        case "additionalProperties":
            return f"only the members {', '.join(schema['properties'])}"
        case "type":
            return _TYPES[limit]
        case "enum":
            return f"one of {', '.join(map(str, limit))}"
        case "minLength" if limit == 1:
            return "a non-empty string"
        case "minLength":
            return f"at least {limit} characters (code points)"
        case "maxLength":
            return f"at most {limit} characters (code points)"
        case "minItems":
            return f"at least {limit} item{'s' * (limit > 1)}"
        case "maxItems":
            return f"at most {limit} item{'s' * (limit > 1)}"
        case "minimum":
            return f"at least {limit}"
        case "maximum":
            return f"at most {limit}"
    return f"{keyword} {shortened(limit)}"


def _violation(
    rule: Rule,
    source: Source,
    path: tuple[str | int, ...],
    expected: str,
    found: str,
    value: str | None = None,
    suggestion: str | None = None,
) -> Violation:
    return Violation(
        code=rule["code"],
        pointer=pointer(path),
        message=f"expected {expected}, found {found}",
        expected=expected,
        source=source(rule),
        severity=rule.get("severity", "refuse"),
        fidelity=rule["fidelity"],
        value=value,
        suggestion=suggestion or rule.get("suggestion"),
    )


_TYPES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "object": "an object",
    "array": "an array",
    "boolean": "a boolean",
}


def _found(broken: Broken) -> str:
    """What stands where a keyword expects something else."""
    match broken.keyword:
        case "type":
            return _kind(broken.instance)
        case "minLength" if broken.limit == 1:
            return "an empty one"
        case "minLength" | "maxLength" | "minItems" | "maxItems":
            return str(len(broken.instance))
    return shortened(broken.instance)


def _kind(instance: Any) -> str:
    match instance:
        case bool():
            return "a boolean"
        case str():
            return "a string"
        case int() | float():
            return "a number"
        case list():
            return "an array"
        case None:
            return "null"
    return "an object"


def shortened(instance: Any) -> str:
    """A value as JSON, in 80 characters at most."""
    text = orjson.dumps(instance).decode()
    return text if len(text) <= 80 else f"{text[:77]}..."


def pointer(path: Iterable[str | int]) -> str:
    """The JSON Pointer (RFC 6901) of a path; a name longer than any known one is cut off."""
    return "".join(f"/{_escaped(str(part))}" for part in path)


def _escaped(part: str) -> str:
    part = part if len(part) <= _LONGEST_NAME else f"{part[:_LONGEST_NAME]}…"
    return part.replace("~", "~0").replace("/", "~1")
