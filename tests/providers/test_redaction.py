"""No credential is kept: not in the journal, not in the log."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.processes import serving
from tests.providers.calls import journalled
from tests.providers.examples import accepted

OMNI = accepted("infobip.omni-text")
SECRET = "s3cr3t"

HEADERS = [
    "Authorization",
    "Proxy-Authorization",
    "Auth-password",
    "Cookie",
    "X-Api-Key",
    "Apikey",
    "X-Auth-Token",
    "X-Webhook-Signature",
    "Ocp-Apim-Subscription-Key",
]
PARAMETERS = ["access_token", "token", "apiKey", "api_key", "key", "password", "sig", "X-Signature"]


@pytest.mark.parametrize("name", HEADERS)
def test_a_header_with_a_secret_is_named_but_not_kept(name: str, client: httpx.Client) -> None:
    answer = client.post("/omni/1/text", content=OMNI.request, headers={name: SECRET})

    record = journalled(client, answer)
    assert record["headers"][name.lower()] == "<redacted>"
    assert SECRET not in str(record)


@pytest.mark.parametrize("scheme", ["Basic", "App", "IBSSO", "Bearer", "ibsso", ""])
def test_no_scheme_of_authorization_shows_its_secret(scheme: str, client: httpx.Client) -> None:
    headers = {"Authorization": f"{scheme} {SECRET}".strip()}

    answer = client.post("/omni/1/text", content=OMNI.request, headers=headers)

    assert SECRET not in client.get("/__admin/requests").text
    assert SECRET not in str(answer.headers) + answer.text


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_parameter_with_a_secret_is_named_but_not_kept(name: str, client: httpx.Client) -> None:
    answer = client.post(f"/omni/1/text?{name}={SECRET}&colour=red", headers=OMNI.headers)

    record = journalled(client, answer)
    assert record["query"] == {name: "<redacted>", "colour": "red"}
    assert SECRET not in str(record) + str(answer.headers)


def test_credentials_in_an_address_are_not_kept(client: httpx.Client) -> None:
    url = f"https://ann:{SECRET}@shop.example/path?x=1@2"
    headers = {**OMNI.headers, "Referer": url}

    answer = client.post("/omni/1/text", params={"back": url}, headers=headers)

    record = journalled(client, answer)
    shown = "https://<redacted>@shop.example/path?x=1@2"
    assert (record["headers"]["referer"], record["query"]["back"]) == (shown, shown)


@pytest.mark.parametrize("name", ["Idempotency-Key", "X-Request-Id", "Author", "Auth-Username"])
def test_what_only_looks_like_a_secret_is_kept(name: str, client: httpx.Client) -> None:
    answer = client.post("/omni/1/text", content=OMNI.request, headers={name: "visible"})

    assert journalled(client, answer)["headers"][name.lower()] == "visible"


def test_the_trace_that_a_call_belongs_to_is_kept(client: httpx.Client) -> None:
    trace = {
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "tracestate": "vendor=opaque",
    }

    answer = client.post("/omni/1/text", content=OMNI.request, headers={**OMNI.headers, **trace})

    assert journalled(client, answer)["headers"].items() >= trace.items()


@pytest.mark.parametrize("log_format", ["text", "json"])
def test_the_log_has_no_secret_either(log_format: str, tmp_path: Path) -> None:
    with serving(tmp_path, "--log-format", log_format) as running:
        for name in HEADERS:
            url = f"{running.url}/omni/1/text?token={SECRET}"
            httpx.post(url, content=OMNI.request, headers={name: SECRET})
        running.end()

        log = running.log.read_text()
    assert log.count("/omni/1/text") == len(HEADERS)
    assert SECRET not in log
