"""Writes the README's tables from the data that they show: `python -m tests.readme_tables`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click

from emulator import providers, resources
from emulator.cli.serve import serve
from emulator.core.contract import Contract

README = Path(__file__).parent.parent / "README.md"
_TABLE = re.compile(r"(<!-- table: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def renewed(text: str) -> str:
    """The README's text with each table as the data says."""
    return _TABLE.sub(lambda match: f"{match[1]}{_TABLES[match[2]]()}{match[4]}", text)


def _endpoints() -> str:
    rows = [
        (
            f"`{endpoint.name}`",
            "<br>".join(f"`{endpoint.method} {path}`" for path in endpoint.paths),
            ", ".join(codec.name.upper() for codec in endpoint.codecs),
            provider.auth.description,
            endpoint.fidelity,
        )
        for provider in providers.installed()
        for endpoint in provider.endpoints
    ]
    return _table(("endpoint", "paths", "formats", "authentication", "fidelity"), rows)


def _refusals() -> str:
    infobip, konnek = (
        resources.fixture(f"{name}/request-errors.json")["rejections"]
        for name in ("infobip", "konnek")
    )
    rows = [
        (
            str(canned["status"]),
            name,
            canned["document"]["requestError"]["serviceException"]["messageId"],
            canned["fidelity"],
            konnek[name]["document"]["meta"]["message"],
            konnek[name]["fidelity"],
        )
        for name, canned in infobip.items()
    ]
    return _table(("status", "refusal", "Infobip says", "", "Konnek says", ""), rows)


def _recipients() -> str:
    listed = resources.fixture("infobip/magic-recipients.json")["recipients"]
    return _table(
        ("recipient", "outcome"),
        [(f"`{entry['recipient']}`", entry["meaning"]) for entry in listed],
    )


def _readings() -> str:
    rows = [
        (
            f"`{reading.name}`",
            "; ".join(
                f"`{name}`: {reading.values[name].meaning}"
                for name in sorted(reading.values, key=lambda name: name != reading.default)
            ),
        )
        for provider in providers.installed()
        for reading in provider.readings
    ]
    return _table(("reading", "values"), rows)


def _rules() -> str:
    rows = [
        (
            f"`{rule.code}`",
            " ".join(f"`{part}`" for part in (_short(rule.endpoint), rule.pointer) if part)
            or "any call",
            _text(rule.expected, 100),
            rule.severity,
            _text(_stated(rule.source or {}), 100),
        )
        for rule in Contract(providers.installed()).rules.values()
    ]
    return _table(("code", "where", "expects", "severity", "stated by"), rows)


def _short(endpoint: str | None) -> str:
    """An endpoint's name without its provider's."""
    return (endpoint or "").partition(".")[2]


def _stated(source: Mapping[str, Any]) -> str:
    """A source with its document's number in place of the file's name."""
    if "because" in source:
        return str(source["because"])
    document = re.sub(r"^([0-9]{3})_.*", r"\1", source["document"])
    return f"{document}: {source['row']}"


def _text(text: str, most: int) -> str:
    """A text for a cell, shortened, with nothing in it that Markdown would take for more."""
    shown = text if len(text) <= most else f"{text[: most - 3].rstrip()}..."
    return re.sub(r"([\\|`*_~\[\]])", r"\\\1", shown).replace("<", "&lt;")


def _options() -> str:
    rows = [
        (f"`{option.opts[0]}`", f"`{option.envvar}`", (option.help or "").replace("|", "\\|"))
        for option in serve.params
        if isinstance(option, click.Option)
    ]
    return _table(("option", "variable", "meaning"), rows)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    columns = [*head]
    lines = [columns, ["---"] * len(columns), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


_TABLES = {
    "endpoints": _endpoints,
    "refusals": _refusals,
    "recipients": _recipients,
    "readings": _readings,
    "rules": _rules,
    "options": _options,
}

if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
