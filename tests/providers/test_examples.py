"""Is every documented example answered exactly as documented?"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from xml.etree import ElementTree

import orjson
import pytest

from emulator import create_app
from emulator.core import pipeline
from emulator.core.entropy import Entropy
from emulator.core.exchange import Call, Exchange
from emulator.core.provider import Endpoint
from emulator.core.routes import Routes
from tests.providers.examples import ENDPOINTS, EXAMPLES, PROVIDERS, Example, example, named


class DocumentedIds:
    """Gives the ids that stand in the documented answer, in order."""

    def __init__(self, ids: Iterator[str]) -> None:
        self._ids = ids

    def uuid(self) -> str:
        return next(self._ids)

    def grouped(self) -> str:
        return next(self._ids)

    def token(self) -> str:
        return "0a1b2c3d"


class DocumentedEntropy(Entropy):
    """A session's entropy whose ids are the documented ones."""

    def __init__(self, ids: Iterator[str]) -> None:
        super().__init__("", "default", lambda: 0.0, lambda: 0.0)
        self._ids = ids

    def ids(self, exchange: int) -> DocumentedIds:
        return DocumentedIds(self._ids)


def answered(example: Example, ids: Iterator[str]) -> Exchange:
    target = Routes(PROVIDERS).find(example.path)
    assert target is not None
    assert target.endpoint is example.endpoint
    call = Call(
        method=example.method,
        path=example.path,
        headers=example.headers,
        body=example.request.encode(),
        received_at=0.0,
        started=0.0,
        path_params=target.params,
        suffix=target.suffix,
    )
    session = create_app().state.world.session
    session.entropy = DocumentedEntropy(ids)
    return asyncio.run(pipeline.answer(call, target.endpoint, target.provider, session))


def canonical(text: str, form: str) -> str:
    """A body less what its format gives no meaning; members stay in order."""
    if form == "xml":
        return ElementTree.canonicalize(text, strip_text=True)
    return orjson.dumps(orjson.loads(text)).decode()


@pytest.mark.parametrize("example", EXAMPLES, ids=named)
def test_an_example_is_answered_as_documented(example: Example) -> None:
    ids = iter(example.ids)

    exchange = answered(example, ids)

    body = exchange.sent.body.decode()
    assert exchange.sent.status == example.status
    assert canonical(body, example.form) == canonical(example.response, example.form)
    assert dict(exchange.sent.headers)["Content-Type"] == (
        f"application/{example.form};charset=UTF-8"
    )
    assert list(ids) == [], "a documented id was not asked for"


@pytest.mark.parametrize("example", [e for e in EXAMPLES if e.form == "json"], ids=named)
def test_an_answer_in_json_is_compact(example: Example) -> None:
    body = answered(example, iter(example.ids)).sent.body

    assert body == orjson.dumps(orjson.loads(body))


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=named)
@pytest.mark.parametrize("form", ["json", "xml"])
def test_an_endpoint_has_an_example_in_each_of_its_formats(endpoint: Endpoint, form: str) -> None:
    written = [codec for codec in endpoint.codecs if codec.name == form]

    shown = [e for e in EXAMPLES if e.endpoint is endpoint and e.form == form and e.status == 200]

    assert bool(shown) == bool(written)


def test_the_documented_401_is_97_bytes() -> None:
    exchange = answered(example("omnichat-message/unauthorized.json"), iter(()))

    assert exchange.sent.body == (
        b'{"requestError":{"serviceException":'
        b'{"messageId":"UNAUTHORIZED","text":"Invalid login details"}}}'
    )
    assert len(exchange.sent.body) == 97
