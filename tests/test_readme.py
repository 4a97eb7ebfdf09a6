from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest
from starlette.routing import BaseRoute, Mount, Route

from emulator import admin
from tests.readme_tables import README, renewed

TEXT = README.read_text(encoding="utf-8")
SHELL = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_the_tables_are_what_the_data_says() -> None:
    assert renewed(TEXT) == TEXT, "renew them with: make readme"


def test_the_admin_calls_are_the_ones_that_exist() -> None:
    told = re.findall(r"^\| `(GET|POST|PUT|DELETE) (/__admin\S*)`", TEXT, re.MULTILINE)

    assert sorted(told) == sorted(_calls(admin.ROUTES))


@pytest.mark.parametrize("block", [block for block in SHELL if "curl " in block])
def test_the_curl_examples_work(block: str, server_url: str) -> None:
    command = block.replace("http://127.0.0.1:8484", server_url).replace("curl ", "curl -sSf ")

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(('{"messages":[', '{"id":"rule-', '{"mode":"frozen"'))


@pytest.mark.parametrize("block", PYTHON)
def test_the_python_examples_run(block: str) -> None:
    exec(compile(block, "README.md", "exec"), {})


def test_the_refusal_shown_is_what_the_emulator_answers(server_url: str) -> None:
    shown = re.search(r"```console\n\$ (curl.*?)\n(.*?)```", TEXT, re.DOTALL)
    assert shown is not None
    command = shown[1].replace("http://127.0.0.1:8484", server_url)

    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)

    answered = done.stdout.replace("\r", "").splitlines()
    expected = [line for line in shown[2].splitlines() if not line.startswith("emulator-request")]
    assert [line for line in expected if line not in answered] == []


def _calls(routes: list[BaseRoute], prefix: str = "") -> Iterator[tuple[str, str]]:
    for route in routes:
        if isinstance(route, Mount):
            yield from _calls(list(route.routes), prefix + route.path)
        elif isinstance(route, Route):
            for method in (route.methods or set()) - {"HEAD"}:
                yield method, prefix + route.path.replace(":path", "")
