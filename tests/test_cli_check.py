"""`messaging-emulator check`: a body held against an endpoint's rules, without a server."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click
import httpx
import pytest

from emulator import cli, resources
from emulator.asgi.calls import BODY_LIMIT
from emulator.cli.check import check as command
from tests.providers.calls import journalled, send
from tests.providers.examples import EXAMPLES, Example, named
from tests.readme_tables import README

RIGHT = '{"destinations": [{"to": {"phoneNumber": "41793026727"}}], "text": "Hello"}'
RISKY = RIGHT.replace("41793026727", "0041 79")
WRONG = '{"text": "Hello", "to": "41793026727"}'
RISKY_XML = (
    "<request><destinations><destination><to><phoneNumber>0041 79</phoneNumber></to></destination>"
    "</destinations><text>Hello</text></request>"
)


class Ran(NamedTuple):
    """What a run of the command line left behind."""

    code: int
    out: str
    err: str

    @property
    def verdict(self) -> Any:
        return json.loads(self.out)


Check = Callable[..., Ran]


@pytest.fixture
def check(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Check:
    """Runs the command with these arguments and this standard input."""

    def run(*arguments: str, stdin: str | bytes = "") -> Ran:
        body = stdin.encode() if isinstance(stdin, str) else stdin
        monkeypatch.setattr(sys, "argv", ["messaging-emulator", "check", *arguments])
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(body)))
        try:
            cli.main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        return Ran(code, *capsys.readouterr())

    return run


def codes(violations: list[dict[str, Any]]) -> list[str]:
    return [violation["code"] for violation in violations]


def test_a_right_body_is_accepted(check: Check) -> None:
    assert check("infobip.omni-text", stdin=RIGHT) == Ran(0, "accepted\n", "")


def test_a_wrong_body_is_refused_and_each_violation_told_with_its_source(check: Check) -> None:
    ran = check("infobip.omni-text", stdin=WRONG)

    assert (ran.code, ran.err) == (2, "")
    assert ran.out == (
        "refuse  infobip.destinations-required  at /destinations\n"
        '        expected member "destinations", found none\n'
        '        001_aca2c14fcf8c8572.txt · Request Example · "destinations":[\n'
        "\n"
        "warn    infobip.omni-member-unknown  at /to\n"
        "        expected only the members destinations, bulkId, scenarioKey, text, mailSubject,"
        ' found "to"\n'
        "        the recipient belongs into destinations here\n"
        "        The document does not list the member, and the provider ignores members it does"
        " not know.\n"
        "\n"
        "refused: 1 violation, 1 warning\n"
    )


def test_a_risky_body_is_accepted_with_its_warnings(check: Check) -> None:
    ran = check("infobip.omni-text", stdin=RISKY)

    assert ran.code == 0
    assert "warn    infobip.phone-number-format  at /destinations/0/to/phoneNumber\n" in ran.out
    assert ran.out.endswith("\naccepted: 1 warning\n")


def test_xml_is_known_by_its_content_and_told_by_its_elements(check: Check) -> None:
    ran = check("infobip.omni-text", stdin=f"\n  {RISKY_XML}")

    pointer = "/destinations/0/to/phoneNumber"
    assert ran.code == 0
    assert f"at {pointer} (/request/destinations/destination[1]/to/phoneNumber)\n" in ran.out


@pytest.mark.parametrize(
    ("endpoint", "body", "code"),
    [
        ("infobip.omni-text", "", "infobip.body-empty"),
        ("infobip.omni-text", "{", "infobip.json-malformed"),
        ("infobip.omni-text", "[]", "infobip.body-object"),
        ("infobip.omni-text", b'{"text": "\xff"}', "infobip.encoding"),
        ("infobip.omni-text", "<request>", "infobip.xml-malformed"),
        ("infobip.facebook-single", "<request/>", "infobip.json-malformed"),
        ("infobip.omni-text", RIGHT.ljust(BODY_LIMIT + 1), "infobip.body-size"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_by_the_servers_codes(
    check: Check, endpoint: str, body: str | bytes, code: str
) -> None:
    ran = check(endpoint, "--json", stdin=body)

    assert (ran.code, codes(ran.verdict["violations"])) == (2, [code])


def test_what_was_expected_is_told_of_a_body_that_cannot_be_read(check: Check) -> None:
    ran = check("infobip.omni-text", stdin="<request>")

    assert "expected well-formed XML: no element found at line 1, column 10\n" in ran.out


def test_the_body_is_read_from_a_file(check: Check, tmp_path: Path) -> None:
    file = tmp_path / "body.json"
    file.write_text(WRONG, encoding="utf-8")

    assert check("infobip.omni-text", str(file)).code == 2
    assert check("infobip.omni-text", "-", stdin=RIGHT).code == 0


def test_the_verdict_comes_in_json_for_machines(check: Check) -> None:
    ran = check("infobip.omni-text", "--json", stdin=WRONG)

    assert ran.code == 2
    assert list(ran.verdict) == ["endpoint", "accepted", "violations", "warnings"]
    assert (ran.verdict["endpoint"], ran.verdict["accepted"]) == ("infobip.omni-text", False)
    assert ran.verdict["violations"] == [
        {
            "code": "infobip.destinations-required",
            "pointer": "/destinations",
            "message": 'expected member "destinations", found none',
            "expected": 'member "destinations"',
            "source": {
                "document": "001_aca2c14fcf8c8572.txt",
                "section": "Request Example",
                "row": '"destinations":[',
            },
            "fidelity": "inferred",
        }
    ]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["infobip.omni-txt"], 'no endpoint "infobip.omni-txt"; did you mean "infobip.omni-text"?'),
        (["x"], 'no endpoint "x"; known: infobip.omnichat-message, '),
        (["infobip.omni-text", "/nowhere/b.json"], 'cannot read "/nowhere/b.json": No such file'),
        ([], "Missing argument 'ENDPOINT'."),
    ],
)
def test_a_mistake_of_the_caller_is_one_sentence_and_exit_code_1(
    check: Check, arguments: list[str], error: str
) -> None:
    ran = check(*arguments)

    assert (ran.code, ran.out) == (1, "")
    assert ran.err.startswith(f"messaging-emulator: {error}")
    assert ran.err.count("\n") == 1


def test_nothing_in_a_body_can_command_the_terminal(check: Check) -> None:
    ran = check("infobip.omni-text", stdin='{"a\\u001b[31m\\u009b\\u202e": 1}')

    assert all(character.isprintable() or character == "\n" for character in ran.out)
    assert "\x1b" not in ran.out


def test_colours_are_for_terminals_only(check: Check, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = check("infobip.omni-text", stdin=WRONG).out
    monkeypatch.setattr("click.utils.should_strip_ansi", lambda *_: False)
    coloured = check("infobip.omni-text", stdin=WRONG).out

    assert "\x1b[" not in plain
    assert click.unstyle(coloured) == plain
    assert "\x1b[31m\x1b[1mrefuse" in coloured


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_every_documented_body_is_judged_as_the_server_judges_it(
    check: Check, example: Example, client: httpx.Client
) -> None:
    answer = send(client, example.endpoint.name, example.request, form=example.form)
    record = journalled(client, answer)

    verdict = check(example.endpoint.name, "--json", stdin=example.request).verdict

    told = record["rejection"]["violations"] if record["rejection"] else []
    assert verdict["accepted"] == (answer.status_code == 200)
    assert verdict["violations"] == told
    assert verdict["warnings"] == record["warnings"]


@pytest.mark.parametrize("endpoint", sorted({example.endpoint.name for example in EXAMPLES}))
def test_the_specimens_are_accepted_without_a_warning(check: Check, endpoint: str) -> None:
    provider, _, name = endpoint.partition(".")
    for document in resources.fixture(f"{provider}/specimens/{name}.json")["specimens"]:
        assert check(endpoint, stdin=json.dumps(document)) == Ran(0, "accepted\n", "")


def test_the_readme_shows_what_the_command_prints(check: Check) -> None:
    shown = re.search(
        r"^\$ echo '(.*)' \| messaging-emulator check (\S+)\n(.*?)```",
        README.read_text(encoding="utf-8"),
        re.DOTALL | re.MULTILINE,
    )
    assert shown is not None

    assert check(shown[2], stdin=shown[1]).out == shown[3]


def test_the_command_says_what_it_takes() -> None:
    help_text = command.get_help(click.Context(command, info_name="check"))

    assert "Hold a body against the rules of ENDPOINT" in help_text
    assert "--json" in help_text


def test_strict_mode_refuses_what_is_otherwise_warned_of(check: Check) -> None:
    ran = check("infobip.omni-text", "--json", "--strict", stdin=RISKY)

    assert (ran.code, codes(ran.verdict["violations"])) == (2, ["infobip.phone-number-format"])


@pytest.mark.parametrize(("value", "code"), [("truncate", 0), ("reject", 2)])
def test_a_reading_decides_the_verdict(value: str, code: int, check: Check) -> None:
    message = {"type": "TEXT", "text": "x" * 641}
    body = json.dumps({"from": "a", "to": "b", "message": message})

    ran = check("infobip.facebook-single", "--reading", f"facebook-text-limit={value}", stdin=body)

    assert ran.code == code


def test_an_unknown_reading_is_told_with_the_nearest(check: Check) -> None:
    ran = check("infobip.omni-text", "--reading", "bulk-id-ecko=supplied", stdin=RIGHT)

    assert (ran.code, 'did you mean "bulk-id-echo"?' in ran.err) == (1, True)
