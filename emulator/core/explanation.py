"""A broken constraint in words: which rule, where, what was expected and what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from emulator.core.exchange import Violation
from emulator.core.words import meant

Rule = Mapping[str, Any]
Source = Callable[[Rule], Mapping[str, Any] | None]


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
    rule = broken.schema["x-rules"][broken.keyword]
    match broken.keyword:
        case "required":
            assert broken.absent is not None
            expected = f'member "{broken.absent}"'
            path = (*broken.path, broken.absent)
            yield _violation(rule[broken.absent], source, path, expected, "none")
        case "additionalProperties":
            known = [*broken.schema["properties"]]
            for name in broken.instance:
                if name not in known:
                    yield _violation(
                        rule,
                        source,
                        (*broken.path, name),
                        f"only the members {', '.join(known)}",
                        f'"{name}"',
                        suggestion=rule.get("suggestions", {}).get(name) or meant(name, known),
                    )
        case keyword:
            expected, found = _expectation(keyword, broken.limit, broken.instance)
            suggestion = None
            if keyword == "enum":
                suggestion = meant(str(broken.instance), broken.limit)
            value = shortened(broken.instance)
            yield _violation(rule, source, broken.path, expected, found, value, suggestion)


def _violation(
    rule: Rule,
    source: Source,
    path: tuple[str | int, ...],
    expected: str,
    found: str,
    value: str | None = None,
    suggestion: str | None = None,
) -> Violation:
    expected = rule.get("expected", expected)
    return Violation(
        code=rule["code"],
        pointer="".join(f"/{_escaped(str(part))}" for part in path),
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


def _expectation(keyword: str, limit: Any, instance: Any) -> tuple[str, str]:
    """What a keyword expects, and what was found instead."""
    match keyword:
        case "type":
            return _TYPES[limit], _kind(instance)
        case "enum":
            return f"one of {', '.join(map(str, limit))}", shortened(instance)
        case "minLength" if limit == 1:
            return "a non-empty string", "an empty one"
        case "minLength":
            return f"at least {limit} characters (code points)", str(len(instance))
        case "maxLength":
            return f"at most {limit} characters (code points)", str(len(instance))
        case "minItems":
            return f"at least {limit} item{'s' * (limit > 1)}", str(len(instance))
        case "maxItems":
            return f"at most {limit} item{'s' * (limit > 1)}", str(len(instance))
        case "minimum":
            return f"at least {limit}", shortened(instance)
        case "maximum":
            return f"at most {limit}", shortened(instance)
    return f"{keyword} {shortened(limit)}", shortened(instance)


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


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")
