"""`serve` in a process of its own: its settings, its banner, its log and its end."""

from __future__ import annotations

import json
import signal
import socket
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.processes import Running, refused, serving

LETTER = '{"destinations":[{"to":{"phoneNumber":"41793026727"}}],"text":"Hello"}'


def banner(emulator: Running) -> list[str]:
    return emulator.log.read_text().splitlines()


def test_any_free_port_is_taken_and_told_in_the_ready_file(tmp_path: Path) -> None:
    with serving(tmp_path) as emulator:
        health = httpx.get(f"{emulator.url}/__admin/health")

        told = json.loads((tmp_path / "ready.json").read_text())
    assert (health.status_code, health.json()["status"]) == (200, "ok")
    assert told == {"event": "ready", "url": f"http://127.0.0.1:{emulator.port}"}


def test_the_ready_file_is_whole_whenever_it_is_seen(tmp_path: Path) -> None:
    ready, seen, over = tmp_path / "ready.json", [], threading.Event()

    def watch() -> None:
        while not over.is_set():
            if ready.exists():
                seen.append(ready.read_text())

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with serving(tmp_path) as emulator:
            url = emulator.url
            time.sleep(0.05)
    finally:
        over.set()
        watcher.join()

    assert {json.loads(text)["url"] for text in seen} == {url}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["log.txt", "ready.json"]


def test_the_banner_shows_where_and_as_whom_to_call(tmp_path: Path) -> None:
    with serving(tmp_path) as emulator:
        assert banner(emulator) == [
            f"messaging-emulator is ready at {emulator.url}",
            '  account   user "Aladdin", password "open sesame"',
            f"  inbox     {emulator.url}/__inbox",
            f"  health    {emulator.url}/__admin/health",
            f"  messages  {emulator.url}/__admin/messages",
            f"  docs      {emulator.url}/__admin/docs",
            f"  try it    messaging-emulator curl --url {emulator.url}",
            "  settings  ready-file (flag), port (environment)",
        ]


def test_the_origin_of_every_setting_is_shown(tmp_path: Path) -> None:
    (tmp_path / "emulator.toml").write_text('seed = "s"\njournal-limit = 5\nauth = "any"\n')

    with serving(tmp_path, "--seed", "t", variables={"EMULATOR_AUTH": "listed"}) as emulator:
        origins = set(banner(emulator)[-1].removeprefix("  settings  ").split(", "))

    assert origins == {
        "seed (flag)",
        "ready-file (flag)",
        "port (environment)",
        "auth (environment)",
        "journal-limit (file)",
    }


def test_a_json_log_has_a_ready_line_and_a_line_for_each_request(tmp_path: Path) -> None:
    with serving(tmp_path, "--log-format", "json") as emulator:
        ids = [
            emulator.send(body=LETTER).headers["emulator-request"],
            emulator.send("Eve:x").headers["emulator-request"],
        ]
        emulator.end()

    ready, *lines = map(json.loads, banner(emulator))
    assert ready == {"event": "ready", "url": emulator.url}
    assert [(line["event"], line["id"], line["status"], line["outcome"]) for line in lines] == [
        ("request", ids[0], 200, "accepted"),
        ("request", ids[1], 401, "refused"),
    ]


def test_a_text_log_tells_why_a_request_was_refused_and_no_secret(tmp_path: Path) -> None:
    with serving(tmp_path) as emulator:
        id = emulator.send("Aladdin:gue55ed").headers["emulator-request"]
        emulator.end()

    (line,) = banner(emulator)[8:]
    assert line.startswith(f"{id} POST /omni/1/text 401 refused infobip.omni-text in default ")
    assert line.endswith(
        'ms refuse infobip.credentials: the password of user "Aladdin" is another one'
    )
    assert "gue55ed" not in emulator.log.read_text()


def test_a_line_of_the_log_tells_ten_reasons_and_how_many_there_are_more(tmp_path: Path) -> None:
    body = json.dumps({"text": "Hello", "destinations": [{"to": {"phoneNumber": 5}}] * 12})
    with serving(tmp_path) as emulator:
        emulator.send(body=body)
        emulator.send(body=LETTER)
        emulator.end()

    refused, accepted = banner(emulator)[8:]
    assert refused.count("refuse infobip.phone-number-type at /destinations/") == 10
    assert refused.endswith("; and 2 more")
    assert accepted.endswith("ms")


def test_accounts_come_from_a_variable_a_line_each(tmp_path: Path) -> None:
    variables = {"EMULATOR_ACCOUNT": "eve:secret\nann:open door"}

    with serving(tmp_path, variables=variables) as emulator:
        statuses = [
            emulator.send(account).status_code
            for account in ("eve:secret", "ann:open door", "Aladdin:open sesame")
        ]

    assert statuses == [400, 400, 401]


@pytest.mark.parametrize(
    ("flag", "variable", "file", "expected"),
    [
        (None, None, "file", "file"),
        (None, "variable", "file", "variable"),
        ("flag", "variable", "file", "flag"),
    ],
)
def test_a_flag_goes_before_a_variable_and_a_variable_before_the_file(
    tmp_path: Path, flag: str | None, variable: str | None, file: str, expected: str
) -> None:
    (tmp_path / "emulator.toml").write_text(f'account = ["{file}:x"]\n')
    arguments = ["--account", f"{flag}:x"] if flag else []
    variables = {"EMULATOR_ACCOUNT": f"{variable}:x"} if variable else {}

    with serving(tmp_path, *arguments, variables=variables) as emulator:
        admitted = [
            name
            for name in ("flag", "variable", "file", "Aladdin")
            if emulator.send(f"{name}:x").status_code != 401
        ]

    assert admitted == [expected]


@pytest.mark.parametrize("way", ["flag", "variable"])
def test_another_config_file_can_be_named(tmp_path: Path, way: str) -> None:
    (tmp_path / "emulator.toml").write_text('account = ["wrong:x"]\n')
    (tmp_path / "other.toml").write_text('account = ["right:x"]\nlog_format = "json"\n')
    arguments = ["--config", "other.toml"] if way == "flag" else []
    variables = {"EMULATOR_CONFIG": "other.toml"} if way == "variable" else {}

    with serving(tmp_path, *arguments, variables=variables) as emulator:
        statuses = [emulator.send(f"{name}:x").status_code for name in ("right", "wrong")]

    assert statuses == [400, 401]
    assert json.loads(banner(emulator)[0])["event"] == "ready"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("prot = 1", 'emulator.toml: no key "prot"; did you mean "port"?'),
        ("journal_limt = 1", 'emulator.toml: no key "journal_limt"; did you mean "journal-limit"?'),
        ("[colours]", 'emulator.toml: no key "colours"; known: host, port, '),
        ("port = ", "emulator.toml: "),
        ('port = "x"', "emulator.toml: key port takes a whole number, not 'x'"),
        ("port = 1.5", "emulator.toml: key port takes a whole number, not 1.5"),
        ("port = true", "emulator.toml: key port takes a whole number, not True"),
        ("strict = 1", "emulator.toml: key strict takes true or false, not 1"),
        ("account = [1]", "emulator.toml: key account takes a text, not 1"),
        ('account = "x"', 'emulator.toml: key account: "x" is not USER:PASSWORD'),
        ('auth = "lsited"', "emulator.toml: key auth: 'lsited' is not one of 'listed', 'any'"),
        ("port = 99999", "emulator.toml: key port: 99999 is not in the range 0<=x<=65535"),
    ],
)
def test_a_config_file_that_is_not_understood_is_an_error(
    tmp_path: Path, content: str, told: str
) -> None:
    (tmp_path / "emulator.toml").write_text(content)

    assert refused("serve", cwd=tmp_path).find(told) >= 0


def test_a_list_in_the_config_file_may_be_one_item_without_brackets(tmp_path: Path) -> None:
    (tmp_path / "emulator.toml").write_text('account = "right:x"\n')

    with serving(tmp_path) as emulator:
        statuses = [emulator.send(f"{name}:x").status_code for name in ("right", "wrong")]

    assert statuses == [400, 401]


def test_empty_lines_in_the_variable_of_accounts_do_not_matter(tmp_path: Path) -> None:
    with serving(tmp_path, variables={"EMULATOR_ACCOUNT": "right:x\n\n"}) as emulator:
        assert emulator.send("right:x").status_code == 400


def test_a_ready_file_of_an_earlier_run_is_gone_before_the_next_one_is_ready(
    tmp_path: Path,
) -> None:
    stale = tmp_path / "stale.json"
    stale.write_text("{}")

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused("serve", "--port", port, "--ready-file", str(stale), cwd=tmp_path)

    assert not stale.exists()


def test_the_json_ready_line_tells_a_token_that_was_made_up(tmp_path: Path) -> None:
    arguments = ["--expose", "--host", "0.0.0.0", "--log-format", "json"]

    with serving(tmp_path, *arguments) as emulator:
        token = json.loads(banner(emulator)[0])["admin_token"]
        url = f"{emulator.url}/__admin/reset"
        statuses = [
            httpx.post(url, headers=headers).status_code
            for headers in ({}, {"authorization": f"Bearer {token}"})
        ]

    assert statuses == [401, 204]


def test_a_name_that_only_looks_like_loopback_needs_to_be_exposed(tmp_path: Path) -> None:
    assert "127.example.com is reachable" in refused("serve", "--host", "127.example.com")


def test_a_host_that_others_can_reach_is_refused_unless_exposed(tmp_path: Path) -> None:
    assert refused("serve", "--host", "0.0.0.0", "--port", "0", cwd=tmp_path) == (
        "host 0.0.0.0 is reachable from other machines; if it shall be, say --expose"
        " (expose=True in Python)"
    )


def test_an_exposed_emulator_shows_the_token_that_changes_need(tmp_path: Path) -> None:
    with serving(tmp_path, "--host", "0.0.0.0", "--expose") as emulator:
        (line,) = [line for line in banner(emulator) if line.startswith("  token ")]
        authorization = line.removeprefix("  token     Authorization: ")
        reset = f"{emulator.url}/__admin/reset"
        statuses = [
            httpx.post(reset).status_code,
            httpx.post(reset, headers={"authorization": authorization}).status_code,
        ]

    assert statuses == [401, 204]


@pytest.mark.parametrize(("token", "expected"), [("", [204, 204]), ("mine", [401, 204])])
@pytest.mark.parametrize("way", ["flag", "variable", "file"])
def test_a_token_that_was_chosen_is_not_shown(
    tmp_path: Path, way: str, token: str, expected: list[int]
) -> None:
    arguments = ["--host", "0.0.0.0", "--expose"]
    if way == "flag":
        arguments += ["--admin-token", token]
    if way == "file":
        (tmp_path / "emulator.toml").write_text(f'admin-token = "{token}"\n')
    variables = {"EMULATOR_ADMIN_TOKEN": token} if way == "variable" else {}

    with serving(tmp_path, *arguments, variables=variables) as emulator:
        reset = f"{emulator.url}/__admin/reset"
        statuses = [
            httpx.post(reset).status_code,
            httpx.post(reset, headers={"authorization": "Bearer mine"}).status_code,
        ]

    assert statuses == expected
    assert "mine" not in emulator.log.read_text()


def test_a_port_that_is_taken_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        assert refused("serve", "--port", str(port), cwd=tmp_path) == (
            f"cannot listen on 127.0.0.1:{port}: Address already in use;"
            " another port: --port 0 for any free"
        )


def test_a_ready_file_that_cannot_be_written_is_an_error_in_one_sentence(tmp_path: Path) -> None:
    arguments = ["--port", "0", "--log-format", "json", "--ready-file", "nowhere/ready.json"]

    assert "nowhere/ready.json" in refused("serve", *arguments, cwd=tmp_path)
    assert refused("serve", "--port", "0", "--ready-file", ".", cwd=tmp_path).startswith(
        "cannot write the ready file .: "
    )


def test_the_same_seed_gives_the_same_ids_in_another_process(tmp_path: Path) -> None:
    def story(*arguments: str) -> list[str]:
        with serving(tmp_path, *arguments) as emulator:
            responses = [emulator.send(body=LETTER) for _ in range(2)]
            return [f"{each.headers['emulator-request']} {each.text}" for each in responses]

    one, again, random = story("--seed", "one"), story("--seed", "one"), story()

    assert one == again
    assert len({*one, *random}) == 4


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_idle_emulator_ends_at_once_and_well(tmp_path: Path, number: signal.Signals) -> None:
    with serving(tmp_path) as emulator:
        httpx.get(f"{emulator.url}/__admin/health")
        began = time.monotonic()
        emulator.process.send_signal(number)

        assert emulator.process.wait(timeout=10) == 0
        assert time.monotonic() - began < 3
    assert "Traceback" not in emulator.log.read_text()


def slow_request(emulator: Running) -> socket.socket:
    """A connection on which half of a request was sent."""
    connection = socket.create_connection(("127.0.0.1", emulator.port), timeout=10)
    head = (
        "POST /omni/1/text HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\nAuthorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"
        f"Content-Length: {len(LETTER)}\r\n\r\n"
    )
    connection.sendall(f"{head}{LETTER[:20]}".encode())
    time.sleep(0.2)
    # Whoever answers this has taken what came before it.
    httpx.get(f"{emulator.url}/__admin/health").raise_for_status()
    return connection


def test_a_request_in_flight_is_finished_before_the_end(tmp_path: Path) -> None:
    with serving(tmp_path) as emulator, slow_request(emulator) as connection:
        emulator.process.terminate()
        time.sleep(0.5)
        still_there = emulator.process.poll() is None
        connection.sendall(LETTER[20:].encode())
        answer = connection.makefile("rb").read()

        exit_code = emulator.process.wait(timeout=5)
    assert (still_there, exit_code) == (True, 0)
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert "Traceback" not in emulator.log.read_text()


def test_a_request_that_never_finishes_does_not_keep_the_emulator_from_ending(
    tmp_path: Path,
) -> None:
    with serving(tmp_path) as emulator, slow_request(emulator):
        exit_code, took = emulator.end()

    assert exit_code == 0
    assert 4 < took < 7
    assert "Traceback" not in emulator.log.read_text()
