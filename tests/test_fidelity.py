"""How true the emulator is to the providers comes from one source of data, wherever it is told."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from emulator import resources
from emulator.cli import cli
from emulator.core.provider import Endpoint
from tests.providers.examples import ENDPOINTS, PROVIDER_OF, PROVIDERS, named
from tests.readme_tables import README

FIDELITIES = {"documented", "inferred", "invented"}


def canned(endpoint: Endpoint) -> set[tuple[int, str, str]]:
    """Status, name and fidelity of each answer, as the data files have them."""
    file = f"{PROVIDER_OF[endpoint.name].name}/request-errors.json"
    rejections = resources.fixture(file)["rejections"]
    refused = {(told["status"], name, told["fidelity"]) for name, told in rejections.items()}
    return refused | {(200, "accepted", endpoint.fidelity)}


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_every_answer_has_one(endpoint: Endpoint) -> None:
    assert {fidelity for _, _, fidelity in canned(endpoint)} <= FIDELITIES


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_the_endpoints_list_their_answers_by_status(
    endpoint: Endpoint, client: httpx.Client
) -> None:
    listed = client.get("/__admin/endpoints").json()["endpoints"]

    (answers,) = [told["answers"] for told in listed if told["name"] == endpoint.name]

    assert {(told["status"], told["name"], told["fidelity"]) for told in answers} == canned(
        endpoint
    )
    assert answers == sorted(answers, key=lambda told: int(told["status"]))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_openapi_tells_the_same(endpoint: Endpoint, client: httpx.Client) -> None:
    document: dict[str, Any] = client.get("/__admin/openapi.json").json()

    operation = document["paths"][endpoint.paths[0]][endpoint.method.lower()]

    told = {(200, "accepted", operation["responses"].pop("200")["x-fidelity"])}
    for status, answer in operation["responses"].items():
        name = answer["$ref"].rpartition("/")[2]
        content = document["components"]["responses"][name]["content"]["application/json"]
        for name, example in content["examples"].items():
            told.add((int(status), name, example["x-fidelity"]))
    assert told == canned(endpoint)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_routes_tells_the_same_when_asked_to(endpoint: Endpoint) -> None:
    told = CliRunner().invoke(cli, ["routes", "--answers"]).output

    (section,) = re.findall(rf"^{re.escape(endpoint.name)} .*\n(?: .*\n)+", told, re.MULTILINE)
    lines = re.findall(r"^ {4}(\d{3}) (\S+)  \((\w+)\)$", section, re.MULTILINE)
    assert {(int(status), name, fidelity) for status, name, fidelity in lines} == canned(endpoint)


def test_routes_is_brief_unless_asked() -> None:
    assert "unauthorized" not in CliRunner().invoke(cli, ["routes"]).output


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
def test_the_readme_tells_the_same(endpoint: Endpoint) -> None:
    text = README.read_text(encoding="utf-8")
    column = PROVIDERS.index(PROVIDER_OF[endpoint.name])

    rows = re.findall(r"^\| (\d{3}) \| ([a-z-]+) \| (.*) \|$", text, re.MULTILINE)

    told = {(int(status), name, cells.split(" | ")[1 + 2 * column]) for status, name, cells in rows}
    assert told == canned(endpoint) - {(200, "accepted", endpoint.fidelity)}
