"""Each rule's own example: what keeps it is accepted, what breaks it is told, and nothing else."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from emulator import Settings
from emulator.core.contract import Contract, Rule
from emulator.core.provider import Endpoint, Provider
from emulator.core.rejections import Invalid
from emulator.core.specimens import example
from tests.conftest import emulator
from tests.providers.calls import journalled, rejected, send, warned
from tests.providers.examples import ENDPOINTS, PROVIDER_OF, PROVIDERS, named

RULES = list(Contract(PROVIDERS).rules.values())
BY_CODE = {rule.code: rule for rule in RULES}
PROTOCOL = [rule for rule in RULES if rule.place == "protocol"]
# A body of a mebibyte is described, because it is too long to show.
SHOWN = [rule for rule in PROTOCOL if not rule.code.endswith(".body-size")]
OF_PATHS = [rule for rule in RULES if rule.place == "path"]
# A body that is no object never reaches its schema: the format's own rule refuses it before.
OF_WHOLE_BODIES = [
    rule for rule in RULES if (rule.place, rule.path) == ("body", ()) and rule.keyword == "type"
]
OF_BODIES = [rule for rule in RULES if rule.place == "body" and rule not in OF_WHOLE_BODIES]
LOUD = [rule for rule in OF_BODIES if rule.severity != "allow"]
SILENT = [rule for rule in OF_BODIES if rule.severity == "allow"]
MEBIBYTE = 1024 * 1024


def coded(rule: Rule) -> str:
    return rule.code


def provider_of(rule: Rule) -> Provider:
    return next(provider for provider in PROVIDERS if provider.name == rule.provider)


def endpoint_of(rule: Rule) -> Endpoint:
    return next(endpoint for endpoint in ENDPOINTS if endpoint.name == rule.endpoint)


def example_of(rule: Rule) -> Mapping[str, Any]:
    if rule.place == "protocol":
        return dict(rule.told["example"])
    specimens = provider_of(rule).specimens
    assert specimens is not None
    found = example(rule, endpoint_of(rule), specimens(str(rule.endpoint)))
    assert found is not None, "no specimen comes to the rule"
    return found


def requested(client: httpx.Client, request: Mapping[str, Any]) -> httpx.Response:
    """The answer to an example of a protocol rule."""
    body = (
        base64.b64decode(request["body_base64"])
        if "body_base64" in request
        else request["body"].encode()
    )
    headers = request["headers"]
    return client.request(request["method"], request["path"], headers=headers, content=body)


def leads_to(rule: Rule, pointer: str) -> bool:
    """Whether a pointer is one that the rule's pointer stands for."""
    pattern = re.escape(rule.pointer).replace(r"\*", "[0-9]+")
    if rule.keyword == "additionalProperties":
        pattern += "/[^/]+"
    return re.fullmatch(pattern, pointer) is not None


def of_schemas(codes: list[str]) -> list[str]:
    """The codes of rules that schemas hold; advice looks at more than one member at a time."""
    return [code for code in codes if BY_CODE[code].place != "protocol"]


def check_told(rule: Rule, client: httpx.Client, answer: httpx.Response) -> None:
    """The rule is the only one of its severity that an answer tells, headers and journal alike."""
    record = journalled(client, answer)
    if rule.severity == "warn":
        codes, violations = warned(answer), record["warnings"]
    else:
        codes, violations = rejected(answer), record["rejection"]["violations"]
    if rule.place != "protocol":
        codes = of_schemas(codes)
        violations = [v for v in violations if BY_CODE[v["code"]].place != "protocol"]
    (violation,) = violations
    assert codes == [violation["code"]] == [rule.code]
    assert (violation["expected"], violation["fidelity"]) == (rule.expected, rule.fidelity)
    assert violation["source"] == rule.source
    assert rule.source is not None
    if rule.keyword is not None:
        assert leads_to(rule, violation["pointer"])


@pytest.mark.parametrize("rule", OF_BODIES, ids=coded)
def test_a_body_on_the_limit_is_accepted_without_a_warning(
    rule: Rule, client: httpx.Client
) -> None:
    answer = send(client, str(rule.endpoint), example_of(rule)["passing"])

    assert (answer.status_code, rejected(answer), of_schemas(warned(answer))) == (200, [], [])


@pytest.mark.parametrize("rule", LOUD, ids=coded)
def test_a_body_past_the_limit_breaks_that_rule_only(rule: Rule, client: httpx.Client) -> None:
    answer = send(client, str(rule.endpoint), example_of(rule)["failing"])

    assert answer.status_code == (400 if rule.severity == "refuse" else 200)
    assert len(rejected(answer)) == (rule.severity == "refuse")
    check_told(rule, client, answer)


@pytest.mark.parametrize("rule", SILENT, ids=coded)
def test_a_rule_that_is_allowed_is_told_once_a_reading_refuses_it(
    rule: Rule, client: httpx.Client
) -> None:
    failing = example_of(rule)["failing"]
    choice = next(
        (reading.name, value)
        for reading in provider_of(rule).readings
        for value, read in reading.values.items()
        if read.severities.get(rule.code) == "refuse"
    )

    silent = send(client, str(rule.endpoint), failing)
    with emulator(Settings(readings=(choice,))) as strict:
        refused = send(strict, str(rule.endpoint), failing)

        assert refused.status_code == 400
        check_told(rule, strict, refused)

    assert (silent.status_code, rejected(silent), warned(silent)) == (200, [], [])


@pytest.mark.parametrize("rule", OF_WHOLE_BODIES, ids=coded)
def test_a_body_that_is_no_object_breaks_the_rule_in_the_schema_and_another_on_the_wire(
    rule: Rule, client: httpx.Client
) -> None:
    examples = example_of(rule)

    with pytest.raises(Invalid) as invalid:
        endpoint_of(rule).request.check(examples["failing"])
    answer = send(client, str(rule.endpoint), examples["failing"])

    assert [(v.code, v.pointer) for v in invalid.value.violations] == [(rule.code, "")]
    assert rejected(answer) == [f"{rule.provider}.body-object"]


@pytest.mark.parametrize("rule", OF_PATHS, ids=coded)
def test_a_path_past_the_limit_breaks_that_rule_only(rule: Rule, client: httpx.Client) -> None:
    endpoint, examples = endpoint_of(rule), example_of(rule)
    specimens = PROVIDER_OF[endpoint.name].specimens
    assert specimens is not None
    body = specimens(endpoint.name).documents[0]

    def called(which: str) -> httpx.Response:
        path = endpoint.paths[0].format(**examples[which])
        return send(client, endpoint.name, body, path=path)

    passing, failing = called("passing"), called("failing")

    assert (passing.status_code, rejected(passing), warned(passing)) == (200, [], [])
    assert failing.status_code == 404
    check_told(rule, client, failing)


@pytest.mark.parametrize("rule", SHOWN, ids=coded)
def test_a_request_on_either_side_of_a_protocol_rule_is_judged_by_it_alone(
    rule: Rule, client: httpx.Client
) -> None:
    examples = example_of(rule)
    if "given" in examples:
        assert requested(client, examples["given"]).status_code == 200

    passing = requested(client, examples["passing"])
    failing = requested(client, examples["failing"])

    assert (passing.status_code, rejected(passing), warned(passing)) == (200, [], [])
    assert (failing.status_code == 200) == (rule.severity == "warn")
    check_told(rule, client, failing)


@pytest.mark.parametrize("provider", PROVIDERS, ids=named)
def test_a_mebibyte_is_read_and_a_byte_more_is_not(
    provider: Provider, client: httpx.Client
) -> None:
    rule = next(rule for rule in PROTOCOL if rule.code == f"{provider.name}.body-size")
    endpoint = provider.endpoints[0].name
    assert provider.specimens is not None
    document = provider.specimens(endpoint).documents[0]
    body = httpx.Request("POST", "http://localhost", json=document).content

    passing = send(client, endpoint, body.ljust(MEBIBYTE))
    failing = send(client, endpoint, body.ljust(MEBIBYTE + 1))

    assert (passing.status_code, rejected(passing), warned(passing)) == (200, [], [])
    assert failing.status_code == 413
    check_told(rule, client, failing)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_the_specimens_have_nothing_wrong_and_come_to_all_rules_but_for_what_they_must_leave_out(
    endpoint: Endpoint,
) -> None:
    contract, specimens = Contract(PROVIDERS), PROVIDER_OF[endpoint.name].specimens
    assert specimens is not None
    documents = specimens(endpoint.name).documents

    reached = {code for d in documents for code in contract.bodies[endpoint.name].reached(d)}

    rules = [r for r in RULES if r.endpoint == endpoint.name and r.place == "body"]
    missed = [rule for rule in rules if rule.code not in reached]
    assert [endpoint.request.check(document) for document in documents] == [[] for _ in documents]
    # Nothing can come to these without breaking them: they are about a member as such.
    assert {rule.pointer for rule in missed if rule.keyword == "not"} == {
        rule.pointer for rule in missed
    }
