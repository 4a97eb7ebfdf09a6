"""How tests call the emulated endpoints, and what they look at afterwards."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import unquote

import httpx
import orjson

from tests.providers.examples import accepted


class Told(NamedTuple):
    """A violation or warning as a header tells it."""

    code: str
    pointer: str
    message: str


def send(
    client: httpx.Client,
    endpoint: str,
    body: Any,
    headers: Mapping[str, str | None] | None = None,
    *,
    method: str = "POST",
    path: str | None = None,
    form: str = "json",
) -> httpx.Response:
    """Call an endpoint as its example does; a header that is None is left out.

    Bytes and texts are sent as they are, everything else as JSON.
    """
    example = accepted(endpoint, form)
    lower = {name.lower(): value for name, value in (headers or {}).items()}
    chosen = {name: value for name, value in {**example.headers, **lower}.items() if value}
    content = body if isinstance(body, bytes | str) else orjson.dumps(body)
    request = client.build_request(method, path or example.path, content=content, headers=chosen)
    if "accept" not in chosen:
        del request.headers["accept"]
    return client.send(request)


def journalled(client: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    """The record of an answered request."""
    found = client.get(f"/__admin/requests/{answer.headers['Emulator-Request']}")
    record: dict[str, Any] = found.raise_for_status().json()
    return record


def messages(client: httpx.Client) -> list[dict[str, Any]]:
    """All messages that were sent, oldest first."""
    found: list[dict[str, Any]] = client.get("/__admin/messages").json()["messages"]
    return found


def told(answer: httpx.Response, header: str) -> list[Told]:
    """Everything that an answer's header of that name tells."""
    form = re.compile(r'code=([a-z0-9.-]+); pointer=(\S*); message="((?:[^"\\]|\\.)*)"')
    found = [form.fullmatch(value) for value in answer.headers.get_list(header)]
    assert None not in found, answer.headers.get_list(header)
    return [
        Told(match[1], unquote(match[2]), re.sub(r'\\(["\\])', r"\1", match[3]))
        for match in found
        if match
    ]


def rejected(answer: httpx.Response) -> list[str]:
    """The codes of the rules for which a request was refused."""
    return [one.code for one in told(answer, "Emulator-Rejection")]


def warned(answer: httpx.Response) -> list[str]:
    """The codes of the rules that a request was warned of."""
    return [one.code for one in told(answer, "Emulator-Warning")]
