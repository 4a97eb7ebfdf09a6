"""How contradictions in the documents are read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.calls import AdminCall
from emulator.admin.problems import Problem
from emulator.admin.world import answer, document, world
from emulator.core.errors import EmulatorError
from emulator.core.readings import Reading, Readings


async def show(request: Request) -> Response:
    """`GET /__admin/readings`."""
    return _shown((await world(request)).session.readings)


async def choose(request: Request) -> Response:
    """`PUT /__admin/readings`: values by name, and `strict`; what is not named keeps its value.

    Takes `{"facebook-text-limit": "reject", "strict": true}`, the same values as a member
    `readings`, and what `GET` answers.
    """
    given = await document(request)
    readings = (await world(request)).session.readings
    strict = given.pop("strict", readings.chosen.strict)
    if "readings" in given and len(given) > 1:
        detail = f'members beside "readings": {", ".join(sorted({*given} - {"readings"}))}'
        raise Problem(400, "reading", f'{detail}; only "strict" may stand there')
    if not isinstance(strict, bool):
        raise Problem(400, "reading", 'member "strict" takes true or false')
    chosen = values(given.get("readings", given))
    try:
        readings.choose({**readings.named, **chosen}, strict)
    except EmulatorError as error:
        raise Problem(400, "reading", str(error)) from None
    return _shown(readings)


def values(given: Any) -> dict[str, str]:
    """The values by name, from an object or from a list such as `GET` answers."""
    pairs: list[tuple[Any, Any]] = [(None, None)]
    if isinstance(given, Mapping):
        pairs = [*given.items()]
    elif isinstance(given, list) and all(isinstance(item, Mapping) for item in given):
        pairs = [(item.get("name"), item.get("value")) for item in given]
    if not all(isinstance(word, str) for pair in pairs for word in pair):
        detail = (
            'readings are an object of names and values, such as {"facebook-text-limit": "reject"}'
        )
        raise Problem(400, "reading", detail)
    return dict(pairs)


def _shown(readings: Readings) -> Response:
    chosen = readings.chosen
    return answer(
        {
            "readings": [_described(r, chosen.values[r.name]) for r in readings.known.values()],
            "strict": chosen.strict,
        }
    )


def _described(reading: Reading, value: str) -> dict[str, object]:
    return {
        "name": reading.name,
        "provider": reading.provider,
        "endpoint": reading.endpoint,
        "value": value,
        "default": reading.default,
        "values": {name: known.meaning for name, known in reading.values.items()},
        "reason": reading.reason,
        "sources": reading.sources,
        "rules": sorted(reading.codes),
    }


CALLS = (
    AdminCall(
        "GET",
        "/readings",
        show,
        "How contradictions in the documents are read, and how else they could be",
        gives="readings",
    ),
    AdminCall(
        "PUT",
        "/readings",
        choose,
        "Choose readings, and strict mode; what is not named keeps its value",
        takes="choice",
        gives="readings",
        problems=(400,),
    ),
)
