from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from starlette.routing import BaseRoute, Mount, Route

from emulator.admin import table
from tests.processes import environment
from tests.readme_tables import README, renewed
from tests.tailing import plain, tail

TEXT = README.read_text(encoding="utf-8")
SHELL = re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL)
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def test_the_tables_are_what_the_data_says() -> None:
    assert renewed(TEXT) == TEXT, "renew them with: make readme"


def test_the_admin_calls_are_the_ones_that_exist() -> None:
    told = re.findall(r"^\| `(GET|POST|PUT|DELETE) (/__admin\S*)`", TEXT, re.MULTILINE)

    assert sorted(told) == sorted(_calls(table.ROUTES))


@pytest.mark.parametrize("block", [block for block in SHELL if "curl " in block])
def test_the_curl_examples_work(block: str, server_url: str) -> None:
    command = block.replace("http://127.0.0.1:8484", server_url).replace("curl ", "curl -sSf ")

    done = subprocess.run(["bash", "-ec", command], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(('{"messages":[', '{"id":"rule-', '{"mode":"frozen"'))


@pytest.mark.parametrize("block", [block for block in PYTHON if "def test_" not in block])
def test_the_python_examples_run(block: str) -> None:
    exec(compile(block, "README.md", "exec"), {})


def test_the_pytest_examples_pass_and_fail_as_shown(tmp_path: Path) -> None:
    (block,) = [block for block in PYTHON if "def test_sends" in block]
    (shown,) = re.findall(r"```text\n(emulator.client.*?)```", TEXT, re.DOTALL)
    wrong = block.replace('one(recipient="41793026727")', 'one(recipient="41793026728")')
    (tmp_path / "test_right.py").write_text(block)
    (tmp_path / "test_wrong.py").write_text(wrong)

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "emulator.pytest_plugin", "-W", "error"],
        cwd=tmp_path,
        env=environment({"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}),
        capture_output=True,
        text=True,
        check=False,
    )

    assert "1 failed, 3 passed" in done.stdout
    lines = [line.removeprefix("E").strip() for line in done.stdout.splitlines()]
    told = "\n".join(re.sub("[0-9a-f-]{36}", "ID", line) for line in lines)
    expected = [re.sub("[0-9a-f-]{36}", "ID", line.strip()) for line in shown.splitlines()]
    assert "\n".join(expected) in told


def test_tail_shows_what_is_shown(server_url: str) -> None:
    (shown,) = re.findall(r"```console\n\$ messaging-emulator tail \S+\n(.*?)```", TEXT, re.DOTALL)
    (sending,) = [block for block in SHELL if "A long time ago" in block]
    (refused,) = re.findall(r"```console\n\$ (curl -si .*)\n", TEXT)

    world = f"{server_url}/__session/tail"
    httpx.put(f"{world}/__admin/clock", json={"mode": "frozen"}).raise_for_status()

    with tail(world) as following:
        for command in (sending, refused):
            here = command.replace("http://127.0.0.1:8484", world)
            subprocess.run(["bash", "-c", here], capture_output=True, check=True)
        lines = [following.line() for _ in shown.splitlines()]

    assert lines == [plain(line) for line in shown.splitlines()]


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
