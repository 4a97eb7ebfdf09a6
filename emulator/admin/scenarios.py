"""The scenarios over whose channels messages are tried."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.calls import AdminCall
from emulator.admin.problems import Problem
from emulator.admin.world import answer, document, world
from emulator.core import scenarios
from emulator.core.errors import EmulatorError
from emulator.core.session import Session
from emulator.core.words import unknown


async def show(request: Request) -> Response:
    """`GET /__admin/scenarios`."""
    return _shown((await world(request)).session)


async def choose(request: Request) -> Response:
    """`PUT /__admin/scenarios`: these and no others."""
    session = (await world(request)).session
    given = await document(request)
    for name in given:
        if name != "scenarios":
            raise Problem(400, "scenario", unknown("member", name, ["scenarios"]))
    try:
        session.scenarios = scenarios.scenarios(given.get("scenarios"))
    except EmulatorError as error:
        raise Problem(400, "scenario", str(error)) from None
    return _shown(session)


def _shown(session: Session) -> Response:
    return answer({"scenarios": [scenario.record() for scenario in session.scenarios.values()]})


CALLS = (
    AdminCall(
        "GET",
        "/scenarios",
        show,
        "The scenarios over whose channels messages are tried",
        gives="scenarios",
    ),
    AdminCall(
        "PUT",
        "/scenarios",
        choose,
        "These scenarios and no others",
        takes="scenarios",
        gives="scenarios",
        problems=(400,),
    ),
)
