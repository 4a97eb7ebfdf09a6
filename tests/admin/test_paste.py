"""A request as text to paste makes the same call again."""

from __future__ import annotations

import subprocess
import textwrap
from typing import Any

import httpx
import pytest

from emulator import Settings
from emulator.client import connect
from emulator.core.auth import Account
from tests.conftest import emulator
from tests.providers.examples import EXAMPLES, Example, accepted, named

BASIC = httpx.BasicAuth("Aladdin", "open sesame")


def journalled(client: httpx.Client) -> dict[str, Any]:
    """The newest request, without what differs each time."""
    record: dict[str, Any] = client.get("/__admin/requests").json()["requests"][-1]
    kept = ("method", "path", "query", "body", "outcome", "rejection", "warnings")
    return {name: record[name] for name in kept} | {"status": record["response"]["status"]}


def pasted(client: httpx.Client, form: str) -> str:
    """The newest request as text."""
    id = client.get("/__admin/requests").json()["requests"][-1]["id"]
    answer = client.get(f"/__admin/requests/{id}/{form}")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    return answer.text


def run(line: str) -> str:
    done = subprocess.run(["bash"], input=line, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    return done.stdout


def run_test(text: str, client: httpx.Client) -> None:
    """Run a pasted test as it would run with the fixture, in the default session."""
    names: dict[str, Any] = {}
    exec(compile(text, "pasted", "exec"), names)
    (test,) = (value for name, value in names.items() if name.startswith("test_"))
    with connect(str(client.base_url)) as session:
        test(session)


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_the_curl_line_makes_the_same_call_again(example: Example, server: httpx.Client) -> None:
    server.request(
        example.method, example.path, headers=example.headers, content=example.request.encode()
    )
    before = journalled(server)

    printed = run(pasted(server, "curl").replace("curl -i", "curl -sS -i"))

    assert journalled(server) == before
    assert f" {before['status']} " in printed.splitlines()[0]


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_the_test_makes_the_same_call_again(example: Example, server: httpx.Client) -> None:
    server.post("/__admin/reset")
    server.request(
        example.method, example.path, headers=example.headers, content=example.request.encode()
    )
    before = journalled(server)
    text = pasted(server, "pytest")
    server.post("/__admin/reset")

    run_test(text, server)

    assert journalled(server) == before


@pytest.mark.parametrize(
    ("path", "body", "headers"),
    [
        ("/omni/1/text", b'{"text": "it\'s \\"$HOME\\" `x` \\\\ \n"}', {"accept": "text/xml"}),
        ("/omni/1/text?a=1&a=2&b=%26+x", b"@file", {"content-type": "application/json"}),
        ("/omni/1/text", b"\xff\x00{", {"content-type": "application/json"}),
        ("/omni/1/text", b'{"text": "%s"}' % (b"x" * 200_000), {}),
        ("/no%20such/path'%22", b"{}", {}),
        ("/omni/1/text", b"", {}),
    ],
    ids=["quotes", "query", "bytes", "long", "path", "empty"],
)
def test_odd_calls_are_made_again_too(
    path: str, body: bytes, headers: dict[str, str], server: httpx.Client
) -> None:
    server.post("/__admin/reset")
    server.post(path, auth=BASIC, headers=headers, content=body)
    before = journalled(server)
    line, test = pasted(server, "curl"), pasted(server, "pytest")

    run(line)
    after_curl = journalled(server)
    run_test(test, server)

    assert (after_curl, journalled(server)) == (before, before)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/omni/1/text", {}),
        ("/omni/1/text", {"authorization": "Basic bWFsbG9yeTpzM2NyM3Q="}),
        ("/whatsapp/send/shop", {"auth-username": "mallory", "auth-password": "s3cr3t"}),
    ],
    ids=["none", "basic", "pair"],
)
def test_a_call_without_right_credentials_stays_one(
    path: str, headers: dict[str, str], server: httpx.Client
) -> None:
    server.post("/__admin/reset")
    server.post(path, headers=headers, json={})
    line, test = pasted(server, "curl"), pasted(server, "pytest")

    run(line)
    run_test(test, server)

    records = server.get("/__admin/requests").json()["requests"]
    assert [record["rejection"]["name"] for record in records] == ["unauthorized"] * 3
    for text in (line, test):
        assert "s3cr3t" not in text
        assert "sesame" not in text


def test_the_curl_line_leaves_a_configured_account_to_a_variable() -> None:
    settings = Settings(accounts=(Account("ann", "s3cr3t"),))
    omni, konnek = accepted("infobip.omni-text"), accepted("konnek.send-message")
    with emulator(settings) as client:
        client.post(omni.path, auth=("ann", "s3cr3t"), content=omni.request)
        basic = pasted(client, "curl")
        given = {**konnek.headers, "auth-username": "ann", "auth-password": "s3cr3t"}
        client.post(konnek.path, headers=given, content=konnek.request)
        pair = pasted(client, "curl")

    assert '-u "$EMULATOR_ACCOUNT"' in basic
    assert '-H "Auth-username: ${EMULATOR_ACCOUNT%%:*}"' in pair
    assert '-H "Auth-password: ${EMULATOR_ACCOUNT#*:}"' in pair
    assert "s3cr3t" not in basic + pair


def test_a_call_of_which_only_the_beginning_was_kept_is_not_made_again(
    client: httpx.Client,
) -> None:
    client.post("/omni/1/text", auth=BASIC, content=b"x" * (1024 * 1024 + 1))
    id = client.get("/__admin/requests").json()["requests"][-1]["id"]

    for form in ("curl", "pytest"):
        answer = client.get(f"/__admin/requests/{id}/{form}")
        assert (answer.status_code, answer.json()["code"]) == (409, "body")


def test_a_call_that_is_not_kept_is_a_problem(client: httpx.Client) -> None:
    for form in ("curl", "pytest"):
        answer = client.get(f"/__admin/requests/none/{form}")
        assert (answer.status_code, answer.json()["code"]) == (404, "request")


def test_the_test_reads_as_if_written_by_hand(client: httpx.Client) -> None:
    client.post("/omni/1/text", auth=BASIC, content=b'{"text": "Hi"}')

    assert pasted(client, "pytest") == textwrap.dedent(
        """\
        import httpx


        def test_infobip_omni_text_is_refused(emulator):
            answer = httpx.request(
                'POST',
                f"{emulator.url}/omni/1/text",
                auth=(emulator.username, emulator.password),
                content='{"text": "Hi"}',
            )

            assert answer.status_code == 400
            assert "infobip.destinations-required" in answer.headers["Emulator-Rejection"]
        """
    )
