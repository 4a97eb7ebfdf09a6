"""The OpenAPI document written as HTML: no script, nothing from elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from emulator.admin.docs_endpoints import endpoint, fold, rule_cells
from emulator.admin.docs_limits import resolved
from emulator.admin.html import Html, element, joined, prose, table
from emulator.admin.openapi_schemas import cited


def page(document: Mapping[str, Any]) -> str:
    """An OpenAPI document of the emulator as HTML."""
    title = f"{document['info']['title']} {document['info']['version']}"
    *providers, admin = document["tags"]
    return "<!doctype html>\n" + element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="color-scheme", content="light dark"),
            element("title", f"{title}: the API"),
            element("link", rel="stylesheet", href="docs.css"),
        ),
        element(
            "body",
            element("header", element("h1", title), *_introduction(document)),
            element("nav", element("ul", *_contents(document)), aria_label="Contents"),
            element(
                "main",
                *(_provider(tag, document) for tag in providers),
                _admin(admin, document),
            ),
        ),
        lang="en",
    )


def _introduction(document: Mapping[str, Any]) -> Iterator[Html]:
    for paragraph in document["info"]["description"].split("\n\n"):
        yield element("p", prose(paragraph))
    url = element("code", document["servers"][0]["url"])
    machine = element("a", "openapi.json", href="openapi.json")
    yield element("p", "Base URL: ", url, ". For machines: ", machine, ".")


def _contents(document: Mapping[str, Any]) -> Iterator[Html]:
    for tag in document["tags"]:
        names = dict.fromkeys(
            operation["x-endpoint"]
            for _, _, operation in _operations(document, tag["name"])
            if "x-endpoint" in operation
        )
        links = [element("li", _link(name, name)) for name in names]
        below = [element("ul", *links)] if links else []
        yield element("li", _link(tag["name"], tag["name"]), *below)


def _link(text: str, id: str) -> Html:
    return element("a", text, href=f"#{id}")


def _operations(
    document: Mapping[str, Any], tag: str
) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if tag in operation["tags"]:
                yield path, method, operation


def _provider(tag: Mapping[str, Any], document: Mapping[str, Any]) -> Html:
    name = tag["name"]
    endpoints: dict[str, dict[str, Any]] = {}
    for path, _, operation in _operations(document, name):
        endpoints.setdefault(operation["x-endpoint"], {})[path] = operation
    rules = [rule_cells(rule, "request") for rule in tag["x-rules"]]
    head = ("where", "expected", "otherwise", "rule", "source")
    return element(
        "section",
        element("h2", name, id=name),
        *(endpoint(operations, document) for operations in endpoints.values()),
        element(
            "section",
            element("h3", f"All of {name}", id=f"{name}-all"),
            fold(
                f"Rules of every request ({len(rules)})",
                table(f"Rules of every request to {name}", head, rules),
            ),
            *_readings(tag),
            class_="card",
            aria_labelledby=f"{name}-all",
        ),
        aria_labelledby=name,
    )


def _readings(tag: Mapping[str, Any]) -> Iterator[Html]:
    rows = [
        (
            element("code", reading["name"]),
            joined(_values(reading["values"].items(), reading["default"])),
            reading["reason"],
            joined(element("p", cited(source)) for source in reading["sources"]),
        )
        for reading in tag["x-readings"]
    ]
    if rows:
        head = ("reading", "values", "why the default", "sources")
        caption = f"How contradictions in the documents of {tag['name']} are read"
        yield fold(f"Readings ({len(rows)})", table(caption, head, rows))


def _values(values: Iterable[tuple[str, str]], default: str) -> Iterator[Html]:
    for name, meaning in values:
        known = " (default): " if name == default else ": "
        yield element("p", element("code", name), known, meaning)


def _admin(tag: Mapping[str, Any], document: Mapping[str, Any]) -> Html:
    rows = [
        (
            element("code", element("b", method.upper()), " ", path),
            operation["summary"],
            joined(_parameters(operation, document)),
            joined(_gives(operation)),
        )
        for path, method, operation in _operations(document, tag["name"])
    ]
    head = ("call", "does", "parameters", "answers")
    return element(
        "section",
        element("h2", "admin", id="admin"),
        element("p", prose(tag["description"])),
        table("Calls of the admin API", head, rows),
        aria_labelledby="admin",
    )


def _parameters(operation: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[Html]:
    for parameter in operation.get("parameters", ()):
        told = f"`{parameter['name']}`: {parameter['description']}"
        if "enum" in parameter["schema"]:
            told += f" ({', '.join(parameter['schema']['enum'])})"
        yield element("p", prose(told))
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = resolved(content["schema"]["$ref"], document)
        shown = [element("code", json.dumps(example)) for example in schema.get("examples", ())]
        yield element("p", f"body: {schema['title']}", *(p for e in shown for p in (", as ", e)))


def _gives(operation: Mapping[str, Any]) -> Iterator[Html]:
    problems = []
    for status, answer in operation["responses"].items():
        formats = ", ".join(answer.get("content", ()))
        if formats == "application/problem+json":
            problems.append(status)
        else:
            yield element("p", prose(f"{status} `{formats}`" if formats else status))
    yield element("p", f"or a problem: {', '.join(problems)}")
