"""An emulated endpoint on the page: its paths, credentials, examples, rules and answers."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from emulator.admin.docs_limits import limits, resolved
from emulator.admin.html import Html, element, joined, prose, table
from emulator.admin.openapi_schemas import cited

Operation = Mapping[str, Any]


def fold(summary: str, *content: str, **attributes: str) -> Html:
    """Content that opens on demand."""
    return element("details", element("summary", summary), *content, **attributes)


def mark(word: str) -> Html:
    """A fidelity or severity."""
    return element("span", word, class_=f"mark {word}")


def endpoint(operations: Mapping[str, Operation], document: Mapping[str, Any]) -> Html:
    """An endpoint, from its operations by path; the first is the principal one."""
    path, operation = next(iter(operations.items()))
    name, request = operation["x-endpoint"], operation["requestBody"]["content"]
    rules = [*_rules(operation, document)]
    answers = [*_answers(operation, document)]
    return element(
        "section",
        element("h3", element("code", name), " ", mark(operation["x-fidelity"]), id=name),
        element("p", operation["summary"]),
        element("ul", *(_path(p, op, operation) for p, op in operations.items()), class_="paths"),
        element("p", f"Reads {_forms(request)}. ", _credentials(operation, document)),
        *_examples(path, operation, document),
        fold(f"Rules ({len(rules)})", table(f"Rules of {name}", _RULE, rules)),
        fold(f"Answers ({len(answers)})", table(f"Answers of {name}", _ANSWER, answers)),
        class_="card",
        aria_labelledby=name,
    )


_RULE = ("where", "expected", "otherwise", "rule", "source")
_ANSWER = ("status", "answer", "fidelity", "body", "source")


def rule_cells(rule: Mapping[str, Any], where: str) -> Iterator[str]:
    """A rule as cells of a table."""
    yield prose(where)
    yield rule["expected"]
    yield mark(rule["severity"])
    yield joined([element("code", rule["code"]), " ", mark(rule["fidelity"])])
    yield cited(rule["source"], rule.get("because"))


def _rules(operation: Operation, document: Mapping[str, Any]) -> Iterator[Iterator[str]]:
    for parameter in operation.get("parameters", ()):
        for rule in parameter["schema"].get("x-rules", ()):
            yield rule_cells(rule, f"path: `{parameter['name']}`")
    schema = next(iter(operation["requestBody"]["content"].values()))["schema"]
    for limit in limits(schema, document):
        where = f"`{limit.pointer or '/'}`"
        yield rule_cells(limit.rule, f"{where}, where {limit.when}" if limit.when else where)


def _answers(operation: Operation, document: Mapping[str, Any]) -> Iterator[Sequence[str]]:
    for status, answer in operation["responses"].items():
        if "$ref" not in answer:
            yield status, "accepted", mark(answer["x-fidelity"]), "as the examples show", ""
            continue
        answer = resolved(answer["$ref"], document)
        shown: dict[str, list[Mapping[str, Any]]] = {}
        for content in answer["content"].values():
            for name, example in content.get("examples", {}).items():
                shown.setdefault(name, []).append(example)
        for name, examples in shown.items():
            first = examples[0]
            bodies = joined(element("pre", element("code", _line(e["value"]))) for e in examples)
            yield status, name, mark(first["x-fidelity"]), bodies, first["description"]


def _path(path: str, operation: Operation, principal: Operation) -> Html:
    line = element("code", element("b", "POST"), " ", path)
    written, all_written = (_written(op) for op in (operation, principal))
    return element("li", line, "" if written == all_written else f" answers {_forms(written)}")


def _written(operation: Operation) -> Mapping[str, Any]:
    content: Mapping[str, Any] = operation["responses"]["200"]["content"]
    return content


def _forms(content: Mapping[str, Any]) -> str:
    return " or ".join(media_type.rpartition("/")[2].upper() for media_type in content)


def _credentials(operation: Operation, document: Mapping[str, Any]) -> Html:
    schemes = document["components"]["securitySchemes"]
    ways = [" and ".join(_scheme(schemes[name]) for name in way) for way in operation["security"]]
    return prose(f"Credentials: {', or '.join(ways)}.")


def _scheme(scheme: Mapping[str, Any]) -> str:
    if scheme["type"] == "http":
        return f"`Authorization: {scheme['scheme'].capitalize()} …`"
    return f"`{scheme['name']}: {scheme['x-example']}`"


def _examples(path: str, operation: Operation, document: Mapping[str, Any]) -> Iterator[Html]:
    """Each example as a line for a shell and the answer to it; the first is open."""
    opened = {"open": ""}
    for media_type, content in operation["requestBody"]["content"].items():
        answers = _written(operation)[media_type]["examples"]
        for name, example in content["examples"].items():
            yield fold(
                f"Example: {name}, {_forms({media_type: None})}",
                element("p", example["description"], " ", mark(example["x-fidelity"])),
                element("pre", element("code", _curl(path, operation, media_type, name, document))),
                element("p", "is answered with"),
                element("pre", element("code", _pretty(answers[name]["value"]))),
                **opened,
            )
            opened = {}


def _curl(
    path: str,
    operation: Operation,
    media_type: str,
    name: str,
    document: Mapping[str, Any],
) -> str:
    for parameter in operation.get("parameters", ()):
        path = path.replace(f"{{{parameter['name']}}}", parameter["example"])
    schemes = document["components"]["securitySchemes"]
    lines = ["curl -sS"]
    for scheme in (schemes[scheme] for scheme in operation["security"][0]):
        shown = scheme["x-example"]
        flag = "-u" if scheme["type"] == "http" else "-H"
        given = shown if flag == "-u" else f"{scheme['name']}: {shown}"
        lines[0] += f" {flag} {shlex.quote(given)}"
    body = operation["requestBody"]["content"][media_type]["examples"][name]["value"]
    lines.append(f"-H {shlex.quote(f'Content-Type: {media_type}')}")
    lines.append(f"-d {shlex.quote(_pretty(body))}")
    lines.append(shlex.quote(document["servers"][0]["url"] + path))
    return " \\\n  ".join(lines)


def _pretty(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)


def _line(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
