"""A file with the rules that every session begins with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.processes import refused, serving

LETTER = '{"destinations":[{"to":{"phoneNumber":"41793026727"}}],"text":"Hello"}'
BUSY = {"name": "busy", "outcomes": [{"refuse": "too-many-requests"}], "times": 1}
DOWN = {"name": "down", "outcomes": [{"refuse": "unavailable"}]}


def written(folder: Path, *rules: Any) -> str:
    path = folder / "rules.json"
    path.write_text(json.dumps(rules))
    return str(path)


def test_every_session_begins_with_the_rules_and_tries_the_first_one_first(tmp_path: Path) -> None:
    with serving(tmp_path, "--rules", written(tmp_path, BUSY, DOWN)) as emulator:
        headers = {"authorization": "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="}
        statuses = [
            httpx.post(f"{emulator.url}{session}/omni/1/text", content=LETTER, headers=headers)
            for session in ("", "", "/__session/t1", "/__session/t1")
        ]
        listed = httpx.get(f"{emulator.url}/__session/t2/__admin/rules").json()["rules"]

    assert [answer.status_code for answer in statuses] == [429, 503, 429, 503]
    assert [rule["name"] for rule in listed] == ["busy", "down"]


def test_a_reset_goes_back_to_them_and_a_deletion_does_not(tmp_path: Path) -> None:
    variables = {"EMULATOR_RULES": written(tmp_path, BUSY)}

    with serving(tmp_path, variables=variables) as emulator:
        statuses = [emulator.send(body=LETTER).status_code for _ in range(2)]
        for part in ("/reset", "/reset/rules"):
            httpx.post(f"{emulator.url}/__admin{part}")
            statuses.append(emulator.send(body=LETTER).status_code)
        httpx.post(f"{emulator.url}/__admin/reset")
        httpx.delete(f"{emulator.url}/__admin/rules")
        statuses.append(emulator.send(body=LETTER).status_code)

    assert statuses == [429, 200, 429, 429, 200]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("[", "rules.json is not JSON: "),
        ("{}", "rules.json does not hold a list of rules"),
        ('[{"outcomes": []}]', 'rule 1 of those to begin with: member "outcomes" takes a list'),
        (json.dumps([BUSY, {"outcomes": [{"refuse": "unavailble"}]}]), "rule 2 of those"),
        (json.dumps([BUSY] * 1001), "1001 rules are too many; a session holds 1000"),
        (None, "cannot read rules.json: No such file"),
    ],
)
def test_a_file_that_is_not_understood_is_an_error(
    content: str | None, told: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "rules.json").write_text(content)

    assert told in refused("serve", "--port", "0", "--rules", "rules.json", cwd=tmp_path)


def test_the_config_file_can_name_it(tmp_path: Path) -> None:
    written(tmp_path, DOWN)
    (tmp_path / "emulator.toml").write_text('rules = "rules.json"\n')

    with serving(tmp_path) as emulator:
        assert emulator.send(body=LETTER).status_code == 503
