"""A request as text to paste: a curl line for a terminal, or a test for pytest.

The journal knows no credentials, so the account of the documents' own samples stands in for them;
where the session does not admit it, the place is left to the variable `EMULATOR_ACCOUNT`.
"""

from __future__ import annotations

import base64
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from emulator.admin.calls import AdminCall
from emulator.admin.journal import REQUEST_ID
from emulator.admin.problems import Problem
from emulator.admin.world import World, world
from emulator.core.auth import Account, HeaderPair
from emulator.core.provider import Provider
from emulator.core.rejections import Unauthorized

_KEPT = ("content-type", "accept")
"""The headers, besides credentials, on which an answer depends."""

_VARIABLE = "EMULATOR_ACCOUNT"
_WRONG = Account("nobody", "wrong")
_ARGUMENT_LIMIT = 100_000
"""The most bytes of a body on a command line; Linux takes 128 KiB an argument."""


class _Pasted(NamedTuple):
    """What of a recorded request is sent again; without `account` it is not known."""

    record: Mapping[str, Any]
    provider: Provider | None
    account: Account | None
    body: bytes

    @property
    def target(self) -> str:
        """The path and query, escaped as they have to be on the wire."""
        path = quote(self.record["path"], safe="/:@!$&'()*+,;=~-._")
        query = urlencode(self.record["query"], doseq=True)
        return f"{path}?{query}" if query else path

    @property
    def headers(self) -> dict[str, str]:
        """The headers that matter, by lower-case name, without credentials."""
        given = self.record["headers"]
        return {name: given[name] for name in _KEPT if given.get(name, "*/*") != "*/*"}

    @property
    def pair(self) -> tuple[str, str] | None:
        """The names of the two headers that took the credentials."""
        match self.provider and self.provider.auth:
            case HeaderPair(username, password):
                return username, password
        return None

    @property
    def gives_credentials(self) -> bool:
        """Whether there were any that could be read."""
        given = self.record["headers"]
        return (
            all(name in given for name in self.pair)
            if self.pair is not None
            else "authorization" in given and self.provider is not None
        )


async def show_curl(request: Request) -> Response:
    """`GET /__admin/requests/{id}/curl`."""
    pasted = await _pasted(request)
    session = pasted.record["session"]
    prefix = "" if session == "default" else f"/__session/{session}"
    address = f"{request.url.scheme}://{request.url.netloc}{prefix}{pasted.target}"
    return PlainTextResponse(_curl(pasted, address))


async def show_pytest(request: Request) -> Response:
    """`GET /__admin/requests/{id}/pytest`."""
    return PlainTextResponse(_pytest(await _pasted(request)))


async def _pasted(request: Request) -> _Pasted:
    here = await world(request)
    id = request.path_params["id"]
    record = await here.session.journal.request(id)
    if record is None:
        raise Problem(
            404, "request", f'no request "{id}" is kept; GET /__admin/requests lists them'
        )
    if (record["rejection"] or {}).get("name") == "too-large":
        detail = f"request {id} was too large, so only the beginning of its body was kept"
        raise Problem(409, "body", detail)
    provider = next((p for p in here.providers if p.name == record["provider"]), None)
    encoded = record.get("body_base64")
    body = base64.b64decode(encoded) if encoded else record["body"].encode()
    return _Pasted(record, provider, _account(record, provider, here), body)


def _account(record: Mapping[str, Any], provider: Provider | None, here: World) -> Account | None:
    """The documents' own account; one that is wrong where the request's was wrong."""
    if (record["rejection"] or {}).get("name") == "unauthorized":
        return _WRONG
    if provider is None:
        return None
    for example in provider.examples():
        try:
            return provider.auth.check(example.headers, here.session.accounts)
        except Unauthorized:
            continue
    return None


def _curl(pasted: _Pasted, address: str) -> str:
    words = ["curl -i"]
    if pasted.record["method"] != ("POST" if pasted.body else "GET"):
        words.append(f"-X {pasted.record['method']}")
    if pasted.gives_credentials:
        words += _credentials(pasted)
    words += [f"-H {shlex.quote(f'{name.title()}: {v}')}" for name, v in pasted.headers.items()]
    if pasted.body and "content-type" not in pasted.record["headers"]:
        words.append("-H Content-Type:")
    words.append(shlex.quote(address))
    if not pasted.body:
        return " \\\n  ".join(words) + "\n"
    if _is_argument(pasted.body):
        words.insert(-1, f"--data-raw {shlex.quote(pasted.body.decode())}")
        return " \\\n  ".join(words) + "\n"
    words.insert(-1, "--data-binary @-")
    encoded = base64.encodebytes(pasted.body).decode()
    return f"base64 -d <<'END' | {' '.join(words)}\n{encoded}END\n"


def _credentials(pasted: _Pasted) -> Iterator[str]:
    account = pasted.account
    if pasted.pair is None:
        yield f"-u {shlex.quote(':'.join(account))}" if account else f'-u "${_VARIABLE}"'
        return
    parts = (f"${{{_VARIABLE}%%:*}}", f"${{{_VARIABLE}#*:}}")
    for name, word, part in zip(pasted.pair, account or parts, parts, strict=True):
        header = f"{name.capitalize()}: {word}"
        yield f"-H {shlex.quote(header)}" if account else f'-H "{name.capitalize()}: {part}"'


def _is_argument(body: bytes) -> bool:
    """Whether a shell can hand the body over as it is."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return len(body) < _ARGUMENT_LIMIT and b"\0" not in body


def _pytest(pasted: _Pasted) -> str:
    record = pasted.record
    arguments = [repr(record["method"]), f'f"{{emulator.url}}{_in_f_string(pasted.target)}"']
    headers = [f"{name.title()!r}: {value!r}" for name, value in pasted.headers.items()]
    account = ["emulator.username", "emulator.password"]
    if pasted.account == _WRONG:
        account = [repr(word) for word in _WRONG]
    if pasted.gives_credentials and pasted.pair is not None:
        named = zip(pasted.pair, account, strict=True)
        headers += [f"{name.capitalize()!r}: {value}" for name, value in named]
    elif pasted.gives_credentials:
        arguments.append(f"auth=({', '.join(account)})")
    if headers:
        arguments.append(f"headers={{{', '.join(headers)}}}")
    if pasted.body:
        is_text = "body_base64" not in record
        arguments.append(f"content={(pasted.body.decode() if is_text else pasted.body)!r}")
    lines = [
        "import httpx",
        "",
        "",
        f"def test_{_name(record)}(emulator):",
        "    answer = httpx.request(",
        *(f"        {argument}," for argument in arguments),
        "    )",
        "",
    ]
    if record["response"] is not None:
        lines.append(f"    assert answer.status_code == {record['response']['status']}")
    broken = (record["rejection"] or {}).get("violations", ())
    lines += [f'    assert "{v["code"]}" in answer.headers["Emulator-Rejection"]' for v in broken]
    if record["messages"]:
        lines.append(f"    assert emulator.messages.count() == {len(record['messages'])}")
    return "\n".join(lines) + "\n"


def _in_f_string(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}").replace('"', "%22")


def _name(record: Mapping[str, Any]) -> str:
    about = record["endpoint"] or record["path"]
    return re.sub(r"\W+", "_", f"{about}_is_{record['outcome']}").strip("_").lower()


CALLS = (
    AdminCall(
        "GET",
        "/requests/{id}/curl",
        show_curl,
        "A curl line that makes the call again",
        parameters=(REQUEST_ID,),
        problems=(404, 409),
        media_type="text/plain",
    ),
    AdminCall(
        "GET",
        "/requests/{id}/pytest",
        show_pytest,
        "A test for pytest that makes the call again",
        parameters=(REQUEST_ID,),
        problems=(404, 409),
        media_type="text/plain",
    ),
)
