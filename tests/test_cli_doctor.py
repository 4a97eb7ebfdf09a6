"""`doctor`: what is set, who set it, and what could go wrong."""

from __future__ import annotations

import socket
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.processes import free_port, refused, run


def examined(
    folder: Path, *arguments: str, variables: Mapping[str, str] | None = None
) -> tuple[int, list[str], list[str]]:
    """Exit code, the lines about settings and those about checks."""
    bare = {"EMULATOR_PORT": str(free_port()), "http_proxy": "", "HTTP_PROXY": ""}
    done = run("doctor", *arguments, cwd=folder, variables=bare | dict(variables or {}))
    assert done.stderr == ""
    settings, _, checks = done.stdout.removeprefix("settings\n").partition("checks\n")
    lines = [[" ".join(line.split()) for line in part.splitlines()] for part in (settings, checks)]
    return done.returncode, lines[0], lines[1]


def test_every_setting_is_shown_with_its_origin(tmp_path: Path) -> None:
    (tmp_path / "emulator.toml").write_text('journal-limit = 5\naccount = "ann:open door"\n')

    code, settings, checks = examined(
        tmp_path, "--seed", "s", "--api-key", "k3y", variables={"EMULATOR_AUTH": "any"}
    )

    assert code == 0
    assert {
        "seed s flag",
        "auth any environment",
        "journal-limit 5 file",
        "account ann file",
        "api-key (set) flag",
        "host 127.0.0.1 default",
        "webhook - default",
    } <= set(settings)
    assert not any("open door" in line or "k3y" in line for line in settings)
    assert {check.split()[0] for check in checks} == {"ok"}


@pytest.mark.parametrize(
    ("arguments", "variables", "told"),
    [
        (["--host", "0.0.0.0"], {}, "problem host 0.0.0.0 is reachable from other machines"),
        (["--reading", "x=y"], {}, 'problem no reading "x"'),
        (["--ready-file", "no/where"], {}, "problem cannot write the ready file no/where"),
        ([], {"EMULATOR_PROT": "1"}, "problem no setting has the variable EMULATOR_PROT; did you"),
        (["--webhook", "ftp://x"], {}, "problem webhook: "),
        (["--tls", "--tls-dir", "emulator.toml/x"], {}, "problem cannot keep certificates in "),
    ],
)
def test_what_would_go_wrong_is_a_problem(
    arguments: list[str], variables: dict[str, str], told: str, tmp_path: Path
) -> None:
    (tmp_path / "emulator.toml").touch()

    code, _, checks = examined(tmp_path, *arguments, variables=variables)

    assert code == 1
    assert [check for check in checks if check.startswith(told)], checks


def test_a_port_that_is_taken_is_a_problem(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        code, _, checks = examined(tmp_path, "--port", str(taken.getsockname()[1]))

    assert code == 1
    assert any("Address already in use" in check for check in checks)


@pytest.mark.parametrize(
    ("arguments", "variables", "told"),
    [
        (["--expose", "--admin-token", ""], {}, "note who can reach the emulator can change"),
        ([], {"http_proxy": "http://proxy:3128"}, "note clients that heed HTTP_PROXY"),
        ([], {}, "note there is no emulator.toml in "),
    ],
)
def test_what_is_worth_knowing_is_a_note(
    arguments: list[str], variables: dict[str, str], told: str, tmp_path: Path
) -> None:
    code, _, checks = examined(tmp_path, *arguments, variables=variables)

    assert code == 0
    assert [check for check in checks if check.startswith(told)], checks


def test_a_key_that_others_can_read_is_a_problem(tmp_path: Path) -> None:
    https = ["--tls", "--tls-port", "0", "--tls-dir", str(tmp_path)]
    first = examined(tmp_path, *https)
    (tmp_path / "ca-key.pem").chmod(0o644)

    second = examined(tmp_path, *https)

    assert f"ok clients of https have to trust {tmp_path}/ca.pem" in first[2]
    assert (first[0], second[0]) == (0, 1)
    assert any("chmod 600" in check for check in second[2])


def test_a_wrong_option_is_an_error_as_in_serve(tmp_path: Path) -> None:
    assert "--port" in refused("doctor", "--prot", "1", cwd=tmp_path)
