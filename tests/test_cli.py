"""The commands that end by themselves: help, `routes`, `curl` and `wait`."""

from __future__ import annotations

import json
import shlex
import shutil
import socket
import subprocess
import threading
from pathlib import Path

import httpx
import pytest

import emulator
from emulator import providers
from tests.processes import COMMAND, ROOT, environment, free_port, refused, run, serving

ENDPOINTS = [endpoint.name for each in providers.installed() for endpoint in each.endpoints]


def test_help_names_every_command() -> None:
    ended = run("--help")

    assert (ended.returncode, ended.stderr) == (0, "")
    assert [word for word in ("serve", "wait", "routes", "curl") if word not in ended.stdout] == []


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("serve", ["--port", "EMULATOR_PORT", "EMULATOR_ADMIN_TOKEN", "8484", "emulator.toml"]),
        ("wait", ["--timeout", "[URL]"]),
        ("routes", ["List what is emulated"]),
        ("curl", ["[ENDPOINT]", "--url"]),
    ],
)
def test_every_command_has_its_help(command: str, words: list[str]) -> None:
    ended = run(command, "--help")

    assert ended.returncode == 0
    assert [word for word in words if word not in ended.stdout] == []


def test_the_version_is_the_packages() -> None:
    ended = run("--version")

    assert (ended.returncode, ended.stdout) == (0, f"{emulator.__version__}\n")


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (["serv"], '"serve"'),
        (["rotues"], '"routes"'),
        (["serve", "--prot", "1"], "--port"),
        (["--prot", "1"], "--port"),
        (["wait", "--timout", "1"], "--timeout"),
        (["curl", "infobip.omni-txt"], '"infobip.omni-text"'),
    ],
)
def test_an_unknown_word_is_an_error_that_names_the_nearest(
    arguments: list[str], nearest: str
) -> None:
    assert nearest in refused(*arguments)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["xyz"], 'no command "xyz"; commands: serve, wait, routes, '),
        (["serve", "--port", "x"], "--port"),
        (["serve", "--port", "65536"], "--port"),
        (["serve", "--account", "nocolon"], '"nocolon" is not USER:PASSWORD'),
        (["serve", "--log-format", "xml"], "'text', 'json'"),
        (["serve", "--config", "nothing.toml"], "no config file nothing.toml"),
        (["curl", "xyz"], "known: infobip."),
        (["wait", "localhost:8484"], '"localhost:8484" is no URL'),
        (["wait", "http://127.0.0.1:abc", "--timeout", "0.1"], "http://127.0.0.1:abc"),
        (["wait", "http://[::1", "--timeout", "0.1"], "http://[::1"),
    ],
)
def test_what_cannot_be_done_is_told_in_one_sentence(arguments: list[str], told: str) -> None:
    assert told in refused(*arguments)


def test_the_command_line_itself_loads_nothing_heavy() -> None:
    heavy = ["starlette", "uvicorn", "jsonschema", "jsonschema_rs", "orjson", "httpx", "asyncio"]
    code = f"import sys, emulator.cli; print([name for name in {heavy} if name in sys.modules])"

    loaded = subprocess.check_output([COMMAND[0], "-c", code], env=environment(), text=True)

    assert loaded == "[]\n"


def test_an_application_loads_what_explains_refusals_only_for_the_first_refusal() -> None:
    code = "import sys, emulator; emulator.create_app(); print('jsonschema' in sys.modules)"

    loaded = subprocess.check_output([COMMAND[0], "-c", code], env=environment(), text=True)

    assert loaded == "False\n"


def test_routes_lists_every_endpoint_with_its_paths_and_fidelity(server_url: str) -> None:
    told = run("routes").stdout

    described = httpx.get(f"{server_url}/__admin/endpoints").json()["endpoints"]
    expected = [
        line
        for endpoint in described
        for line in (
            f"{endpoint['name']}  ({endpoint['fidelity']})",
            *(f"    {endpoint['method']} {path}" for path in endpoint["paths"]),
        )
    ]
    assert [endpoint["name"] for endpoint in described] == ENDPOINTS
    assert [line for line in expected if line not in told.splitlines()] == []


def test_curl_prints_a_line_for_each_endpoint_or_for_one() -> None:
    lines = run("curl").stdout.splitlines()

    assert len(lines) == len(ENDPOINTS)
    assert run("curl", ENDPOINTS[-1]).stdout == f"{lines[-1]}\n"


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_every_line_of_curl_works_against_a_running_emulator(
    server_url: str, endpoint: str
) -> None:
    line = run("curl", endpoint, "--url", server_url).stdout.strip()

    shown = subprocess.check_output(["bash", "-c", f"{line} -w '\\n%{{http_code}}'"], text=True)

    body, _, status = shown.rpartition("\n")
    assert status == "200", shown
    assert json.loads(body)


@pytest.mark.skipif(not shutil.which("curl"), reason="curl is not installed")
def test_a_line_of_curl_carries_any_account(tmp_path: Path) -> None:
    account = 'o\'Brien:$HOME "x"'
    with serving(tmp_path, "--account", account) as emulator:
        told = run("curl", "--url", f"{emulator.url}/", "--account", account).stdout

        statuses = [
            subprocess.check_output(
                ["bash", "-c", f"{line} -o /dev/null -w '%{{http_code}}'"], text=True
            )
            for line in told.splitlines()
        ]

    assert statuses == ["200"] * len(ENDPOINTS)


@pytest.mark.parametrize("way", ["variable", "file", "another file"])
def test_settings_of_the_emulator_hold_for_the_commands_beside_it(tmp_path: Path, way: str) -> None:
    variables = {}
    if way == "variable":
        variables = {"EMULATOR_ACCOUNT": "me:secret\nyou:x", "EMULATOR_PORT": "9205"}
        variables |= {"EMULATOR_TLS_DIR": "kept"}
    else:
        file = tmp_path / ("emulator.toml" if way == "file" else "other.toml")
        file.write_text('account = ["me:secret", "you:x"]\nport = 9205\ntls-dir = "kept"\n')
    named = ["--config", "other.toml"] if way == "another file" else []

    told = run("curl", ENDPOINTS[0], *named, cwd=tmp_path, variables=variables).stdout
    ca = run("ca", *named, cwd=tmp_path, variables=variables).stdout
    waited = refused("wait", "--timeout", "0", *named, cwd=tmp_path, variables=variables)

    assert "-u me:secret " in told
    assert " http://127.0.0.1:9205/" in told
    assert ca == f"{tmp_path / 'kept' / 'ca.pem'}\n"
    assert "http://127.0.0.1:9205/" in waited


def test_a_file_that_is_not_understood_is_an_error_for_the_commands_beside_it_too(
    tmp_path: Path,
) -> None:
    (tmp_path / "emulator.toml").write_text("prot = 1\n")

    for command in ("curl", "ca", "wait", "tail"):
        assert refused(command, cwd=tmp_path) == (
            'emulator.toml: no key "prot"; did you mean "port"?'
        )


def test_a_line_of_curl_is_one_that_any_shell_splits() -> None:
    for line in run("curl").stdout.splitlines():
        words = shlex.split(line)

        assert words[0] == "curl"
        assert words[-1].startswith("http://127.0.0.1:8484/")


@pytest.mark.parametrize("way", ["url", "slash", "port", "variable"])
def test_wait_ends_well_once_an_emulator_is_ready(server_url: str, way: str) -> None:
    port = server_url.rpartition(":")[2]
    arguments = {"url": [server_url], "slash": [f"{server_url}/"], "port": ["--port", port]}
    variables = {"EMULATOR_PORT": port} if way == "variable" else {}

    ended = run("wait", *arguments.get(way, []), "--timeout", "5", variables=variables)

    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_wait_waits_for_an_emulator_that_is_still_to_come(tmp_path: Path) -> None:
    port = str(free_port())
    waiting = subprocess.Popen(
        [*COMMAND, "wait", "--port", port, "--timeout", "20"], env=environment(), cwd=ROOT
    )
    try:
        with serving(tmp_path, "--port", port):
            assert waiting.wait(timeout=20) == 0
    finally:
        waiting.kill()
        waiting.wait()


def test_wait_ignores_a_proxy(server_url: str) -> None:
    proxy = {"http_proxy": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}

    assert run("wait", server_url, "--timeout", "5", variables=proxy).returncode == 0


def test_wait_gives_up_with_a_sentence_that_helps() -> None:
    url = f"http://127.0.0.1:{free_port()}"

    sentence = refused("wait", url, "--timeout", "0.3")

    assert sentence.startswith(f"no emulator was ready at {url}/__admin/health within 0.3 s (")
    assert sentence.endswith("; start one with: messaging-emulator serve")


def test_wait_gives_up_on_something_that_is_no_emulator() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def babble() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1024)
                    connection.sendall(b"220 mail.example ESMTP\r\n\r\n")

        thread = threading.Thread(target=babble, daemon=True)
        thread.start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}"

        sentence = refused("wait", url, "--timeout", "0.3")
        server.shutdown(socket.SHUT_RDWR)
        thread.join(timeout=5)

    assert sentence.startswith(f"no emulator was ready at {url}/__admin/health within 0.3 s (")
