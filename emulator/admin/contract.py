"""The rules of the emulated providers: where they come from, and which of them requests tried."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any, get_args

from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.calls import AdminCall, Parameter
from emulator.admin.problems import Problem
from emulator.admin.world import World, answer, query, world
from emulator.core.contract import Contract, Rule
from emulator.core.coverage import Coverage
from emulator.core.exchange import Severity
from emulator.core.provider import Fidelity
from emulator.core.specimens import example
from emulator.core.words import meant, unknown

_SEVERITIES = get_args(Severity)
_FIDELITIES = get_args(Fidelity)
_SWITCH = ("true", "false")
PARAMETERS = (
    Parameter("provider", "The provider's name"),
    Parameter("endpoint", "The endpoint's name"),
    Parameter("severity", "What breaking a rule leads to", {"enum": [*_SEVERITIES]}),
    Parameter("fidelity", "How true a rule is to the provider", {"enum": [*_FIDELITIES]}),
    Parameter(
        "coverage",
        "Whether to count the requests of the session that came to each rule and broke it",
        {"enum": [*_SWITCH], "default": "false"},
    ),
)
CODE = Parameter("code", "The rule's code, such as an `Emulator-Rejection` header tells")

_PAGE = 20
"""How many requests are taken out of the journal at a time."""

_TURN = 0.01
"""The seconds after which other calls to the emulator get their turn."""


async def list_rules(request: Request) -> Response:
    """`GET /__admin/contract`: the rules, with `coverage=true` how often requests tried them.

    The numbers count the requests that the session's journal keeps: `touched` those that came to
    where the rule applies, `satisfied` and `broken` how they fared there. A protocol rule is
    touched by each request that got as far as the step that looks at it. What breaks a rule that is
    allowed leaves no trace, and counts as satisfied.
    """
    here = await world(request)
    filters = query(request, [parameter.name for parameter in PARAMETERS])
    covered = filters.pop("coverage", "false")
    _check("coverage", covered, _SWITCH)
    contract = Contract(here.providers)
    listed = [_described(rule, here) for rule in _filtered(contract, filters, here)]
    if covered == "false":
        return answer({"contract": listed})
    coverage = await _coverage(contract, here)
    for record in listed:
        touched, broken = (n[record["code"]] for n in (coverage.touched, coverage.broken))
        record |= {"touched": touched, "satisfied": touched - broken, "broken": broken}
    summary = {
        "rules": len(listed),
        "touched": sum(record["touched"] > 0 for record in listed),
        "broken": sum(record["broken"] > 0 for record in listed),
    }
    return answer({"contract": listed, "coverage": summary})


async def show_rule(request: Request) -> Response:
    """`GET /__admin/contract/{code}`: one rule, with an example of it kept and one of it broken.

    An example of a rule about the body is a document, of one about the path its parameters, of a
    protocol rule a request.
    """
    here, code = await world(request), request.path_params["code"]
    contract = Contract(here.providers)
    rule = contract.rules.get(code)
    if rule is None:
        hint = meant(code, contract.rules) or "GET /__admin/contract lists them"
        raise Problem(404, "rule", f'no rule "{code}"; {hint}')
    return answer({**_described(rule, here), "example": _example(rule, here)})


def _filtered(contract: Contract, filters: Mapping[str, str], here: World) -> list[Rule]:
    known: Mapping[str, Collection[str]] = {
        "provider": [provider.name for provider in here.providers],
        "endpoint": here.endpoints,
        "severity": _SEVERITIES,
        "fidelity": _FIDELITIES,
    }
    for name, value in filters.items():
        _check(name, value, known[name])

    def wanted(rule: Rule) -> bool:
        own = {"severity": _severity(rule, here)}
        return all(own.get(name, getattr(rule, name)) == v for name, v in filters.items())

    return [rule for rule in contract.rules.values() if wanted(rule)]


def _check(name: str, value: str, known: Collection[str]) -> None:
    if value not in known:
        raise Problem(400, "parameter", unknown(name, value, known))


def _described(rule: Rule, here: World) -> dict[str, Any]:
    record = {
        "code": rule.code,
        "provider": rule.provider,
        "endpoint": rule.endpoint,
        "place": rule.place,
        "pointer": rule.pointer,
        "keyword": rule.keyword,
        "limit": rule.limit,
        "unit": rule.unit,
        "severity": _severity(rule, here),
        "fidelity": rule.fidelity,
        "expected": rule.expected,
        "source": rule.source,
    }
    return record if rule.because is None else {**record, "because": rule.because}


def _severity(rule: Rule, here: World) -> Severity:
    """The rule's severity in the session, which may be strict or read the documents otherwise."""
    return here.session.readings.chosen.severity(rule.code, rule.severity)


def _example(rule: Rule, here: World) -> Mapping[str, Any] | None:
    provider = next(provider for provider in here.providers if provider.name == rule.provider)
    if rule.place == "protocol":
        found: Mapping[str, Any] | None = rule.told.get("example")
        return found
    if provider.specimens is None:
        return None
    endpoint = next(e for e in provider.endpoints if e.name == rule.endpoint)
    return example(rule, endpoint, provider.specimens(endpoint.name))


async def _coverage(contract: Contract, here: World) -> Coverage:
    """Go through the journal, and let other calls be answered in between."""
    coverage = Coverage(here.providers, contract)
    journal, timer = here.session.journal, here.session.entropy.timer
    after: str | None = None
    while True:
        page = await journal.requests({}, after, _PAGE)
        turn = timer()
        for record in page.records:
            for _ in coverage.add(record):
                if timer() - turn > _TURN:
                    await asyncio.sleep(0)
                    turn = timer()
        await asyncio.sleep(0)
        if page.next is None:
            return coverage
        after = page.next


CALLS = (
    AdminCall(
        "GET",
        "/contract",
        list_rules,
        "Every rule that a call can break, with its source; how much of them was tried",
        gives="contract",
        parameters=PARAMETERS,
        problems=(400,),
    ),
    AdminCall(
        "GET",
        "/contract/{code}",
        show_rule,
        "One rule, with an example that keeps it and one that breaks it",
        gives="contract-rule",
        parameters=(CODE,),
        problems=(404,),
    ),
)
