"""What holds for every endpoint, whatever its document says: laws, tried on drawn requests."""

from __future__ import annotations

import json
import re
from copy import deepcopy
from functools import cache
from typing import Any, Literal

import httpx
import orjson
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from emulator import resources
from emulator.core import explanation
from emulator.core.exchange import Severity
from emulator.core.provider import Endpoint
from emulator.core.rejections import Invalid
from emulator.core.validation import MOST_EXPLAINED, broken
from tests.providers.calls import journalled, send, told
from tests.providers.examples import ENDPOINTS, PROVIDER_OF, named
from tests.providers.rules import RULES, Rule, breaking, grammar
from tests.strategies import Draw, anything, names

OF_THE_BODY = [rule for rule in RULES if rule.keyword == "type" and not rule.steps]
OF_MEMBERS = [rule for rule in RULES if rule not in OF_THE_BODY]
REFUSING = [rule for rule in OF_MEMBERS if rule.severity == "refuse"]
WARNING = [rule for rule in OF_MEMBERS if rule.severity == "warn"]
SILENT = [rule for rule in OF_MEMBERS if rule.severity == "allow"]


def in_header(answer: httpx.Response, header: str) -> list[tuple[str, str]]:
    return [(one.code, one.pointer) for one in told(answer, header)]


def in_record(violations: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(violation["code"], violation["pointer"]) for violation in violations]


def of_schema(endpoint: Endpoint, warnings: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The warnings that come from the request's schema, and not from the endpoint's advice."""
    codes = {rule.code for rule in RULES if rule.endpoint is endpoint}
    return [(code, pointer) for code, pointer in warnings if code in codes]


def words_of(endpoint: Endpoint) -> list[str]:
    """The names of all members that the endpoint's requests may have."""
    text = orjson.dumps(endpoint.request.document).decode()
    return sorted(set(re.findall(r'"(\w+)":', text)))


@st.composite
def written(draw: Draw, document: Any, words: list[str]) -> bytes:
    """A document's bytes in some spelling of JSON, with null for members that are absent."""

    def with_nulls(value: Any) -> Any:
        if isinstance(value, list):
            return [with_nulls(item) for item in value]
        if not isinstance(value, dict):
            return value
        absent = draw(st.lists(st.sampled_from(words), max_size=2))
        members = {name: with_nulls(item) for name, item in value.items()}
        return {**dict.fromkeys(absent), **members}

    text = json.dumps(
        with_nulls(document),
        ensure_ascii=draw(st.booleans()),
        indent=draw(st.sampled_from([None, 0, "\t"])),
    )
    return text.encode()


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
@settings(max_examples=30)
@given(data=st.data())
def test_a_valid_request_is_answered_200_with_a_valid_answer(
    endpoint: Endpoint, client: httpx.Client, data: st.DataObject
) -> None:
    document = data.draw(grammar(endpoint, strict=False).documents())
    body = data.draw(written(document, words_of(endpoint)))

    answer = send(client, endpoint.name, body)

    assert answer.status_code == 200
    assert endpoint.response.check(answer.json()) == []


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
@settings(max_examples=20)
@given(data=st.data())
def test_a_request_that_breaks_no_rule_is_answered_without_a_warning_of_the_schema(
    endpoint: Endpoint, client: httpx.Client, data: st.DataObject
) -> None:
    document = data.draw(grammar(endpoint, strict=True).documents())
    body = data.draw(written(document, words_of(endpoint)))

    answer = send(client, endpoint.name, body)

    assert answer.status_code == 200
    assert of_schema(endpoint, in_header(answer, "Emulator-Warning")) == []


@pytest.mark.parametrize("rule", REFUSING, ids=named)
@settings(max_examples=6)
@given(data=st.data())
def test_a_request_that_breaks_one_rule_is_refused_for_exactly_that(
    rule: Rule, client: httpx.Client, data: st.DataObject
) -> None:
    broken = data.draw(breaking(rule))

    answer = send(client, rule.endpoint.name, broken.document)

    record = journalled(client, answer)
    assert answer.status_code == 400
    assert in_header(answer, "Emulator-Rejection") == [(rule.code, broken.pointer)]
    assert in_record(record["rejection"]["violations"]) == [(rule.code, broken.pointer)]
    assert record["warnings"] == []


@pytest.mark.parametrize("rule", WARNING, ids=named)
@settings(max_examples=6)
@given(data=st.data())
def test_a_request_that_breaks_one_lenient_rule_is_accepted_with_exactly_that_warning(
    rule: Rule, client: httpx.Client, data: st.DataObject
) -> None:
    broken = data.draw(breaking(rule))

    answer = send(client, rule.endpoint.name, broken.document)

    expected = [(rule.code, broken.pointer)]
    record = journalled(client, answer)
    assert answer.status_code == 200
    assert of_schema(rule.endpoint, in_header(answer, "Emulator-Warning")) == expected
    assert of_schema(rule.endpoint, in_record(record["warnings"])) == expected


@pytest.mark.parametrize("rule", SILENT, ids=named)
@settings(max_examples=6)
@given(data=st.data())
def test_a_request_that_breaks_one_rule_that_is_off_is_accepted_in_silence(
    rule: Rule, client: httpx.Client, data: st.DataObject
) -> None:
    broken = data.draw(breaking(rule))

    answer = send(client, rule.endpoint.name, broken.document)

    assert answer.status_code == 200
    assert of_schema(rule.endpoint, in_header(answer, "Emulator-Warning")) == []


@pytest.mark.parametrize("rule", OF_THE_BODY, ids=named)
@settings(max_examples=20)
@given(data=st.data())
def test_a_document_that_is_no_object_breaks_exactly_that_rule(
    rule: Rule, data: st.DataObject
) -> None:
    broken = data.draw(breaking(rule))

    with pytest.raises(Invalid) as refused:
        rule.endpoint.request.check(broken.document)

    assert [(v.code, v.pointer) for v in refused.value.violations] == [(rule.code, "")]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_every_code_of_a_request_schema_is_tried(endpoint: Endpoint) -> None:
    text = orjson.dumps(endpoint.request.document).decode()

    written_down = re.findall(r'"code":"([^"]+)"', text)

    tried = [rule.code for rule in RULES if rule.endpoint is endpoint]
    assert sorted(tried) == sorted(written_down)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_every_code_starts_with_its_provider(endpoint: Endpoint) -> None:
    codes = {rule.code for rule in RULES if rule.endpoint is endpoint}

    assert {code.partition(".")[0] for code in codes} == {PROVIDER_OF[endpoint.name].name}


def test_a_code_stands_for_one_rule_only() -> None:
    codes = [rule.code for rule in RULES]

    assert [code for code in codes if codes.count(code) > 1] == []


@st.composite
def damaged(draw: Draw, document: Any, words: list[str]) -> Any:
    """A document after one to four accidents, as it would come over the wire."""
    root = {"": deepcopy(document)}
    for _ in range(draw(st.integers(1, 4))):
        containers: list[Any] = [root]
        for container in containers:
            inner = container.values() if isinstance(container, dict) else container
            containers += [item for item in inner if isinstance(item, dict | list) and item]
        container = draw(st.sampled_from(containers))
        keys = [*container] if isinstance(container, dict) else [*range(len(container))]
        key = draw(st.sampled_from(keys))
        match draw(st.sampled_from(["replace", "remove", "add"])):
            case "remove" if container is not root:
                del container[key]
            case "add" if isinstance(container, list):
                container.append(draw(anything | st.sampled_from(container)))
            case "add" if container is not root:
                container[draw(st.sampled_from(words) | names)] = draw(anything)
            case _:
                container[key] = draw(anything)
    return orjson.loads(orjson.dumps(root[""]))


Verdict = Literal["clean", "warned", "refused"]


def decided(endpoint: Endpoint, document: Any) -> Verdict:
    try:
        return "warned" if endpoint.request.check(document) else "clean"
    except Invalid:
        return "refused"


@cache
def explainer(uri: str, severity: Severity) -> Any:
    return resources.schemas().explainer(uri, severity)


def explained(endpoint: Endpoint, document: Any) -> Verdict:
    if explainer(endpoint.request.uri, "warn").is_valid(document):
        return "clean"
    tolerated = explainer(endpoint.request.uri, "refuse").is_valid(document)
    return "warned" if tolerated else "refused"


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
@settings(max_examples=60)
@given(data=st.data())
def test_the_validator_that_decides_agrees_with_the_one_that_explains(
    endpoint: Endpoint, data: st.DataObject
) -> None:
    document = data.draw(grammar(endpoint, strict=data.draw(st.booleans())).documents())
    document = data.draw(damaged(document, words_of(endpoint)))

    assert decided(endpoint, document) == explained(endpoint, document)


def found_by_looking_everywhere(endpoint: Endpoint, document: Any) -> list[str]:
    schemas = resources.schemas()
    errors = explainer(endpoint.request.uri, "warn").iter_errors(document)
    found = [v for e in errors for v in explanation.explained(broken(e), schemas.source)]
    return sorted(f"{violation.code} {violation.pointer}" for violation in found)


def found_by_the_emulator(endpoint: Endpoint, document: Any) -> list[str]:
    try:
        found = endpoint.request.check(document)
    except Invalid as refused:
        found = [*refused.violations]
    return sorted(f"{violation.code} {violation.pointer}" for violation in found)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
@settings(max_examples=60)
@given(data=st.data())
def test_an_explanation_that_is_guided_leaves_nothing_out(
    endpoint: Endpoint, data: st.DataObject
) -> None:
    document = data.draw(grammar(endpoint, strict=True).documents())
    document = data.draw(damaged(document, words_of(endpoint)))

    everything = found_by_looking_everywhere(endpoint, document)

    assume(len(everything) < MOST_EXPLAINED)
    assert found_by_the_emulator(endpoint, document) == everything


FORBIDDEN_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def for_xml(value: Any) -> Any:
    match value:
        case str():
            return FORBIDDEN_IN_XML.sub("?", value)
        case list():
            return [for_xml(item) for item in value]
    return {name: for_xml(item) for name, item in value.items()}


@pytest.mark.parametrize(
    "endpoint", [e for e in ENDPOINTS if any(c.name == "xml" for c in e.codecs)], ids=named
)
@settings(max_examples=30)
@given(data=st.data())
def test_a_request_means_the_same_in_xml_and_in_json(
    endpoint: Endpoint, client: httpx.Client, data: st.DataObject
) -> None:
    document = for_xml(data.draw(grammar(endpoint, strict=True).documents()))
    codec = next(codec for codec in endpoint.codecs if codec.name == "xml")

    answer = send(client, endpoint.name, codec.encode(document), form="xml")

    assert answer.status_code == 200
    assert codec.decode(codec.encode(document)) == document
