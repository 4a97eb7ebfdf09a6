"""`messaging-emulator check`."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from emulator.cli.endpoint import found
from emulator.cli.options import ReadingType

if TYPE_CHECKING:
    from emulator.core.exchange import Violation
    from emulator.core.provider import Endpoint, Provider
    from emulator.core.readings import Choice

REFUSED = 2
"""The exit code for a body that the provider would refuse."""

_COLOURS = {"refuse": "red", "warn": "yellow"}


class _Verdict(NamedTuple):
    violations: Sequence[Violation]
    warnings: Sequence[Violation]


@click.command()
@click.argument("endpoint")
@click.argument("file", required=False)
@click.option("--json", "as_json", is_flag=True, help="Write the verdict in JSON.")
@click.option("--strict", is_flag=True, help="Refuse what is otherwise warned of.")
@click.option(
    "--reading",
    multiple=True,
    type=ReadingType(),
    help="How to read a contradiction in the documents; repeatable.",
)
def check(
    endpoint: str,
    file: str | None,
    as_json: bool,
    strict: bool,
    reading: tuple[tuple[str, str], ...],
) -> None:
    """Hold a body against the rules of ENDPOINT, without a server.

    The body comes from FILE, or from standard input without one or with "-". It is JSON, or XML
    where the endpoint reads XML and the body starts with "<". The exit code is 0 if the provider
    would accept the body, with warnings or without, 2 if it would refuse it.
    """
    from emulator.providers import installed, readings

    known, provider = found(endpoint)
    chosen = readings(installed(), dict(reading), strict).chosen
    verdict = _judged(_read(file), known, provider, chosen)
    if as_json:
        _write_json(endpoint, verdict)
    else:
        _write_text(verdict)
    if verdict.violations:
        sys.exit(REFUSED)


def _read(file: str | None) -> bytes:
    if file is None or file == "-":
        return sys.stdin.buffer.read()
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise click.UsageError(
            f'cannot read "{file}": {error.strerror}; "-" is standard input'
        ) from None


def _judged(body: bytes, endpoint: Endpoint, provider: Provider, chosen: Choice) -> _Verdict:
    """What the server would say of the body, were everything else right."""
    from emulator.asgi.calls import BODY_LIMIT
    from emulator.core import codecs
    from emulator.core.exchange import Call, Finding
    from emulator.core.judgement import judge
    from emulator.core.rejections import Rejection, TooLarge

    call = Call(endpoint.method, endpoint.paths[0], {}, body, received_at=0, started=0)
    reads, _ = codecs.reader(call, endpoint.codecs)
    try:
        if len(body) > BODY_LIMIT:
            raise TooLarge(Finding("body-size", f"the body has {len(body)} bytes"))
        _, told = judge(call, reads, endpoint, provider, chosen)
    except Rejection as refusal:
        findings = [provider.violation(finding, chosen) for finding in refusal.findings]
        told = [*findings, *refusal.violations]
    told = [violation._replace(element=reads.element(violation.pointer)) for violation in told]
    return _Verdict(
        violations=[violation for violation in told if violation.severity == "refuse"],
        warnings=[violation for violation in told if violation.severity == "warn"],
    )


def _write_json(endpoint: str, verdict: _Verdict) -> None:
    import orjson

    from emulator.core import records

    document = {
        "endpoint": endpoint,
        "accepted": not verdict.violations,
        "violations": [records.violation(violation) for violation in verdict.violations],
        "warnings": [records.violation(warning) for warning in verdict.warnings],
    }
    click.echo(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def _write_text(verdict: _Verdict) -> None:
    violations, warnings = verdict
    for violation in (*violations, *warnings):
        for line in _told(violation):
            click.echo(line)
        click.echo()
    counted = [
        f"{len(found)} {word}{'s' * (len(found) > 1)}"
        for found, word in ((violations, "violation"), (warnings, "warning"))
        if found
    ]
    word, colour = ("refused", "red") if violations else ("accepted", "green")
    click.echo(
        click.style(word, fg=colour, bold=True) + (f": {', '.join(counted)}" * bool(counted))
    )


def _told(violation: Violation) -> Iterator[str]:
    """A violation's lines: which rule and where, what was found, what may be meant, who says so."""
    severity = click.style(f"{violation.severity:<6}", fg=_COLOURS[violation.severity], bold=True)
    where = f"  at {violation.pointer}" if violation.pointer else ""
    if where and violation.element:
        where += f" ({violation.element})"
    yield f"{severity}  {violation.code}{_printable(where)}"
    message, expected = violation.message, violation.expected
    yield _line(message if expected in message else f"expected {expected}: {message}")
    if violation.suggestion:
        yield _line(violation.suggestion)
    if source := violation.source:
        members = ("document", "section", "row", "because")
        yield _line(" · ".join(filter(None, map(source.get, members))))


def _line(text: str) -> str:
    return f"        {_printable(text)}"


def _printable(text: str) -> str:
    """The text with nothing that a terminal would take for a command or cannot show."""
    encoding = sys.stdout.encoding or "utf-8"
    shown = "".join(c if c.isprintable() else "?" for c in text)
    return shown.encode(encoding, "replace").decode(encoding)
