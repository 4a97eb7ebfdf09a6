from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import openapi_spec_validator
import pytest
from starlette.routing import BaseRoute, Mount, Route

from emulator.admin import openapi_document, table
from emulator.admin.world import World
from emulator.core.provider import Endpoint, Provider
from emulator.core.routes import paths
from tests import xml_bodies
from tests.providers.examples import ENDPOINTS, EXAMPLES, PROVIDER_OF, PROVIDERS, named
from tests.providers.rules import RULES

URI = "https://messaging-emulator.invalid/openapi.json"
PATHS = [(endpoint, path, suffix) for endpoint in ENDPOINTS for path, suffix in paths(endpoint)]


@pytest.fixture
def document(client: httpx.Client) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/__admin/openapi.json").json()
    return found


def operation(document: dict[str, Any], endpoint: Endpoint, path: str) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][path][endpoint.method.lower()]
    return found


def resolved(part: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    for step in part.get("$ref", "").split("/")[1:]:
        document = document[step]
    return document if "$ref" in part else part


def parts(part: Any) -> Iterator[dict[str, Any]]:
    """Every object in a document."""
    if isinstance(part, dict):
        yield part
        part = [*part.values()]
    if isinstance(part, list):
        for item in part:
            yield from parts(item)


def operations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for methods in document["paths"].values() for operation in methods.values()]


def examples(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any], Any]]:
    """Each example's name, media type, schema and value."""
    for operation in operations(document):
        answers = [resolved(answer, document) for answer in operation["responses"].values()]
        for body in [operation.get("requestBody", {}), *answers]:
            for media_type, content in body.get("content", {}).items():
                for name, example in content.get("examples", {}).items():
                    yield name, media_type, content["schema"], example["value"]


def test_it_is_valid(document: dict[str, Any]) -> None:
    openapi_spec_validator.validate(document)

    assert document["openapi"].startswith("3.1.")


def test_its_server_is_the_one_that_was_called(client: httpx.Client) -> None:
    urls = [
        client.get(f"{url}/__admin/openapi.json").json()["servers"]
        for url in ("http://localhost", "http://127.0.0.1:8484")
    ]

    assert urls == [[{"url": "http://localhost"}], [{"url": "http://127.0.0.1:8484"}]]


def test_it_is_put_together_when_it_is_first_asked_for_and_kept(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, make = [], openapi_document.described

    def counted(here: World) -> dict[str, Any]:
        made.append(here)
        return make(here)

    monkeypatch.setattr(openapi_document, "described", counted)

    client.get("/__admin/health")
    assert made == []
    for path in ("openapi.json", "docs", "openapi.json"):
        assert client.get(f"/__admin/{path}").status_code == 200
    assert len(made) == 1


def test_every_operation_has_an_id_of_its_own(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for operation in operations(document)]

    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_an_endpoints_first_path_has_its_name_as_id(
    endpoint: Endpoint, document: dict[str, Any]
) -> None:
    assert operation(document, endpoint, endpoint.paths[0])["operationId"] == endpoint.name


@pytest.mark.parametrize(("endpoint", "path", "suffix"), PATHS, ids=named)
def test_every_path_is_described_with_its_formats_answers_and_fidelity(
    endpoint: Endpoint, path: str, suffix: str | None, document: dict[str, Any]
) -> None:
    described = operation(document, endpoint, path)

    assert described["x-endpoint"] == endpoint.name
    assert described["x-fidelity"] == endpoint.fidelity
    reads = {f"application/{codec.name}" for codec in endpoint.codecs}
    writes = {f"application/{suffix}"} if suffix else reads
    assert described["requestBody"]["content"].keys() == reads
    statuses = {answer.status for answer in PROVIDER_OF[endpoint.name].answers(endpoint)}
    if suffix:
        statuses.discard(406)
    assert {int(status) for status in described["responses"]} == statuses
    for status, answer in described["responses"].items():
        expected = writes | {"application/problem+json"} if status == "500" else writes
        assert resolved(answer, document)["content"].keys() == expected


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_every_canned_answer_is_an_example_with_its_fidelity(
    endpoint: Endpoint, document: dict[str, Any]
) -> None:
    described = operation(document, endpoint, endpoint.paths[0])

    for name, canned in PROVIDER_OF[endpoint.name].refusals.items():
        answer = resolved(described["responses"][str(canned["status"])], document)
        shown = answer["content"]["application/json"]["examples"][name]
        assert shown["value"] == canned["document"]
        assert shown["x-fidelity"] == canned["fidelity"]


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_every_documented_example_is_shown_with_its_answer(
    endpoint: Endpoint, document: dict[str, Any]
) -> None:
    described = operation(document, endpoint, endpoint.paths[0])

    for example in EXAMPLES:
        if example.endpoint is endpoint and example.status == 200 and example.form == "json":
            name = example.name.rpartition("/")[2].removesuffix(".json")
            asked = described["requestBody"]["content"]["application/json"]["examples"][name]
            told = described["responses"]["200"]["content"]["application/json"]["examples"][name]
            assert asked["value"] == json.loads(example.request)
            assert told["value"] == json.loads(example.response)


def test_its_examples_satisfy_its_schemas(document: dict[str, Any]) -> None:
    registry = jsonschema_rs.Registry([(URI, document)])
    shown = [*examples(document)]

    assert {media_type for _, media_type, _, _ in shown} == {"application/json", "application/xml"}
    for name, media_type, schema, value in shown:
        if media_type == "application/xml":
            value = xml_bodies.read(value, schema, document)
        validator = jsonschema_rs.validator_for({"$ref": URI + schema["$ref"]}, registry=registry)
        assert [error.message for error in validator.iter_errors(value)] == [], name


def test_every_rule_is_listed_and_told_with_its_source(document: dict[str, Any]) -> None:
    told = {}
    for part in parts([document["components"]["schemas"], document["paths"]]):
        for rule in part.get("x-rules", ()):
            told[rule["code"]] = rule
            sources = [rule["source"].get(name) for name in ("document", "section", "row")]
            for words in (rule["code"], rule["severity"], *sources, rule.get("because")):
                assert words is None or words in part["description"]
    of_paths = [
        rule["code"]
        for endpoint in ENDPOINTS
        if endpoint.path is not None
        for member in endpoint.path.document["properties"].values()
        if isinstance(member, dict)
        for rule in member["x-rules"].values()
    ]

    assert told.keys() == {rule.code for rule in RULES} | {*of_paths}


def test_the_rules_that_no_schema_expresses_are_listed_by_provider(
    document: dict[str, Any],
) -> None:
    listed = {tag["name"]: [r["code"] for r in tag.get("x-rules", ())] for tag in document["tags"]}

    for provider in PROVIDERS:
        assert listed[provider.name] == [f"{provider.name}.{name}" for name in provider.protocol]


@pytest.mark.parametrize("code", ["infobip.facebook-text-max", "infobip.omni-member-unknown"])
def test_what_is_only_warned_of_is_no_constraint(code: str, document: dict[str, Any]) -> None:
    (part,) = [
        part
        for part in parts(document["components"]["schemas"])
        if code in [rule["code"] for rule in part.get("x-rules", ())]
    ]
    (rule,) = [rule for rule in part["x-rules"] if rule["code"] == code]

    assert rule["severity"] == "warn"
    assert rule["keyword"] not in part


def test_its_schemas_stand_on_their_own(document: dict[str, Any]) -> None:
    for part in parts(document):
        assert "$id" not in part
        assert part.get("$ref", "#/").startswith("#/")


def test_basic_or_a_key_opens_infobip(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]

    described = operation(document, PROVIDERS[0].endpoints[0], PROVIDERS[0].endpoints[0].paths[0])

    assert described["security"] == [{"infobip.basic": []}, {"infobip.app": []}]
    assert schemes["infobip.basic"]["scheme"] == "basic"
    assert schemes["infobip.app"]["name"] == "Authorization"


def test_two_headers_together_open_konnek(document: dict[str, Any]) -> None:
    schemes = document["components"]["securitySchemes"]

    (way,) = document["paths"]["/{channel}/send/{clientID}"]["post"]["security"]

    assert {schemes[name]["name"] for name in way} == {"Auth-username", "Auth-password"}


def test_the_channels_of_konnek_are_listed(document: dict[str, Any]) -> None:
    channel, client_id = document["paths"]["/{channel}/send/{clientID}"]["post"]["parameters"]

    assert channel["schema"]["enum"] == ["whatsapp", "telegram", "line", "facebook", "messenger"]
    assert client_id["name"] == "clientID"


@pytest.mark.parametrize("provider", PROVIDERS, ids=named)
def test_the_headers_of_the_emulator_are_described(
    provider: Provider, document: dict[str, Any]
) -> None:
    described = operation(document, provider.endpoints[0], provider.endpoints[0].paths[0])

    for status, answer in described["responses"].items():
        headers = resolved(answer, document)["headers"]
        assert "Emulator-Request" in headers
        assert "Emulator-Warning" in headers or status == "500"
        assert ("Emulator-Rejection" in headers) == (status != "200")
        assert ("Emulator-Error" in headers) == (status == "500")


def test_the_admin_calls_described_are_the_ones_that_exist(document: dict[str, Any]) -> None:
    described = {
        (method.upper(), path)
        for path, methods in document["paths"].items()
        if path.startswith("/__admin")
        for method in methods
    }

    assert described == {*served(table.ROUTES)}


def served(routes: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, Mount):
            yield from served(list(route.routes), prefix + route.path)
        elif isinstance(route, Route):
            for method in (route.methods or set()) - {"HEAD"}:
                yield method, prefix + route.path.replace(":path", "")
