"""Do the requests that the documents print work as they are, only the host changed?"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import httpx
import orjson
import pytest

from emulator import resources
from tests.providers.calls import journalled, told
from tests.providers.examples import EXAMPLES, named
from tests.providers.printed import PRINTED, Printed, curl, printed, send, without_curl

GENERATED_ID = re.compile(
    "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{12}(-[0-9a-f]{4}){2}-[0-9a-f]{16}"
)

ANSWERED = [sample for sample in PRINTED if sample.expect == 200]
REFUSED = [sample for sample in PRINTED if sample.expect != 200]


def canonical(body: str | bytes) -> str:
    """A body less its layout, members in order, with one word in place of every generated id."""
    text = body if isinstance(body, str) else body.decode()
    if text.lstrip().startswith("<"):
        text = ElementTree.canonicalize(text, strip_text=True)
    else:
        text = orjson.dumps(orjson.loads(text)).decode()
    return GENERATED_ID.sub("<generated>", text)


def documented_answer(sample: Printed) -> str:
    """The answer to the example with the same body as this sample."""
    (answer,) = {
        canonical(example.response)
        for example in EXAMPLES
        if example.endpoint.name == sample.endpoint
        and example.status == 200
        and canonical(example.request) == canonical(sample.body)
    }
    return answer


@without_curl
@pytest.mark.parametrize("sample", ANSWERED, ids=named)
def test_a_printed_request_is_answered_as_documented(
    sample: Printed, server: httpx.Client, tmp_path: Path
) -> None:
    answer = curl(server, sample, tmp_path)

    assert answer.status_code == 200
    assert canonical(answer.content) == documented_answer(sample)
    assert journalled(server, answer)["outcome"] == "accepted"


@pytest.mark.parametrize("sample", PRINTED, ids=named)
@pytest.mark.parametrize("host", ["localhost", "api.infobip.com"])
def test_a_printed_request_is_understood_from_its_bare_bytes(
    host: str, sample: Printed, server: httpx.Client
) -> None:
    answer = send(server, sample.wire(host))

    assert answer.status_code == sample.expect
    assert journalled(server, answer)["response"]["body"] == answer.text


REASONS = {
    "omnichat-message-text.http": (
        "infobip.path",
        ["/omnichat/:version/", "did you mean POST /omnichat/1/applications/{applicationKey}/"],
    ),
    "omnichat-message-image.http": (
        "infobip.path",
        ["/omnichat/:version/", "did you mean POST /omnichat/1/applications/{applicationKey}/"],
    ),
    "omnichat-message-buttons.http": (
        "infobip.path",
        ["/omnichat/:version/", "did you mean POST /omnichat/1/applications/{applicationKey}/"],
    ),
    "omni-text-multiple-xml.http": (
        "infobip.xml-malformed",
        ["<destination> of line 10 is closed by </destinations> at line 14", "</destination>?"],
    ),
    "send-message.http": ("konnek.json-malformed", ["JSON has no comments"]),
}
"""Which rule a sample that is broken as printed breaks, and words that say how."""


@without_curl
@pytest.mark.parametrize("sample", REFUSED, ids=named)
def test_a_sample_that_is_broken_as_printed_is_refused_for_what_is_wrong(
    sample: Printed, server: httpx.Client, tmp_path: Path
) -> None:
    code, words = REASONS[sample.name]

    answer = curl(server, sample, tmp_path)

    (reason,) = told(answer, "Emulator-Rejection")
    (violation,) = journalled(server, answer)["rejection"]["violations"]
    assert answer.status_code == sample.expect
    assert (reason.code, reason.pointer) == (code, "")
    assert [word for word in words if word not in reason.message] == []
    assert violation["code"] == code


def test_the_nearest_path_stands_in_the_journal(server: httpx.Client) -> None:
    sample = printed("omnichat-message-text.http")

    answer = send(server, sample.wire("api.infobip.com"))

    record = journalled(server, answer)
    assert record["outcome"] == "unmatched"
    assert record["near_misses"][0] == {
        "endpoint": "infobip.omnichat-message",
        "method": "POST",
        "path": (
            "/omnichat/1/applications/{applicationKey}/integrations/{integrationType}/message"
        ),
        "difference": '":version" stands where "1" is expected',
    }


def test_an_absolute_form_target_is_understood(server: httpx.Client) -> None:
    sample = printed("omni-text-single-json.http")

    request = sample.wire("api.infobip.com", f"http://api.infobip.com{sample.path}")
    answer = send(server, request)

    assert answer.status_code == 200
    assert canonical(answer.content) == documented_answer(sample)
    assert journalled(server, answer)["path"] == sample.path


def test_the_printed_curl_command_is_no_shell_command(tmp_path: Path) -> None:
    command = tmp_path / "printed.sh"
    command.write_text(resources.text("infobip/examples/as-printed/omni-text-curl.txt"))

    checked = subprocess.run(["sh", "-n", command], capture_output=True)

    assert checked.returncode != 0


@without_curl
def test_the_printed_curl_command_works_with_its_two_slips_corrected(server_url: str) -> None:
    command = resources.text("infobip/examples/as-printed/omni-text-curl.txt")
    command = command.replace("curl -X POST \n", "curl -sS -X POST \\\n").rstrip("'")
    command = command.replace("https://api.infobip.com", server_url)

    sent = subprocess.run(["sh", "-c", command], capture_output=True, check=True, timeout=30)

    assert canonical(sent.stdout) == documented_answer(printed("omni-text-curl.http"))
