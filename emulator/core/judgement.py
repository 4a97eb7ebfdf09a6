"""What a provider thinks of a body: its document, what it breaks and what is to be warned of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from emulator.core.codecs import Codec
from emulator.core.exchange import Call, Document, Finding, Violation
from emulator.core.provider import Endpoint, Provider
from emulator.core.readings import Choice
from emulator.core.rejections import Invalid, Rejection


def judge(
    call: Call, reads: Codec, endpoint: Endpoint, provider: Provider, chosen: Choice
) -> tuple[Document, Sequence[Violation]]:
    """Give the body's document and its warnings; raise Malformed or Invalid."""
    document = reads.decode(call.body)
    findings: list[Finding] = []
    if endpoint.prepare is not None:
        document, found = endpoint.prepare(document)
        findings += found
    if call.query:
        findings += _unknown_parameters(call.query)
    try:
        warnings = endpoint.request.check(document, chosen.severities)
    except Invalid as broken:
        told = [provider.violation(finding, chosen) for finding in findings]
        raise Invalid(violations=[*broken.violations, *told]) from None
    if endpoint.advice is not None:
        findings += endpoint.advice(call, document)
    if findings:
        warnings = [*warnings, *judged(findings, provider, chosen, Invalid, warnings)]
    return document, warnings


def judged(
    findings: Iterable[Finding],
    provider: Provider,
    chosen: Choice,
    refusal: type[Rejection],
    beside: Sequence[Violation] = (),
) -> Sequence[Violation]:
    """The warnings among the findings; raise the refusal if one is worse than a warning.

    The refusal tells the warnings `beside` the findings too.
    """
    violations = [provider.violation(finding, chosen) for finding in findings]
    if any(violation.severity == "refuse" for violation in violations):
        raise refusal(violations=[*violations, *beside])
    return [violation for violation in violations if violation.severity == "warn"]


def _unknown_parameters(query: str) -> list[Finding]:
    names = dict.fromkeys(part.partition("=")[0] for part in query.split("&"))
    return [
        Finding("query-parameter-unknown", f'no parameter "{name[:40]}" is read', value=name[:80])
        for name in names
    ]
