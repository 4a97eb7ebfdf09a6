"""The image's description and the examples around it: well-formed, and true to the emulator."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import click
import pytest
import yaml

from emulator import __version__
from emulator.cli.serve import serve
from tests.processes import ROOT

COMPOSE = sorted((ROOT / "examples").glob("compose*.yaml"))
WORKFLOWS = [ROOT / "examples/github-actions.yml", *(ROOT / ".github/workflows").glob("*.yml")]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
VARIABLES = {str(option.envvar) for option in serve.params if isinstance(option, click.Option)}


def emulators() -> list[Any]:
    """The emulator as a service in every example."""
    services = [yaml.safe_load(path.read_text())["services"] for path in COMPOSE]
    services.append(yaml.safe_load(WORKFLOWS[0].read_text())["jobs"]["test"]["services"])
    return [
        pytest.param(each["emulator"], id=path.name)
        for each, path in zip(services, [*COMPOSE, WORKFLOWS[0]], strict=True)
    ]


@pytest.mark.parametrize(
    ("schema", "paths"), [("compose-spec", COMPOSE), ("github-workflows", WORKFLOWS)]
)
def test_what_engines_read_is_well_formed(schema: str, paths: list[Any]) -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}"]

    done = subprocess.run([*command, *map(str, paths)], capture_output=True, text=True)

    assert len(paths) == 2
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("service", emulators())
def test_an_example_names_settings_that_exist(service: Any) -> None:
    given = service.get("environment") or service.get("env") or {}

    assert set(given) <= VARIABLES
    serve.make_context("serve", list(service.get("command", [])))


@pytest.mark.parametrize("service", emulators())
def test_an_example_opens_nothing_to_the_network(service: Any) -> None:
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


@pytest.mark.parametrize("path", COMPOSE, ids=lambda path: path.name)
def test_an_application_starts_when_the_emulator_is_healthy(path: Any) -> None:
    app = yaml.safe_load(path.read_text())["services"]["app"]

    assert app["depends_on"] == {"emulator": {"condition": "service_healthy"}}


def test_the_images_settings_exist() -> None:
    given = set(re.findall(r"\b(EMULATOR_\w+)=", DOCKERFILE))

    assert {"EMULATOR_HOST", "EMULATOR_EXPOSE", "EMULATOR_TLS_DIR"} <= given <= VARIABLES


def test_the_images_label_is_the_version() -> None:
    assert f'image.version="{__version__}"' in DOCKERFILE
