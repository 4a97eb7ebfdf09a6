"""The session's time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from emulator.admin.calls import AdminCall
from emulator.admin.problems import Problem
from emulator.admin.world import answer, document, world
from emulator.core.session import Session
from emulator.core.words import unknown

_LONGEST = 10 * 366 * 24 * 3600.0
_EARLIEST, _LATEST = (datetime(year, 1, 1, tzinfo=UTC).timestamp() for year in (1970, 9000))
_MODES = ("real", "frozen")


async def show(request: Request) -> Response:
    """`GET /__admin/clock`."""
    return _shown((await world(request)).session)


async def choose(request: Request) -> Response:
    """`PUT /__admin/clock`: `real` or `frozen`, at a time or as it is."""
    session = (await world(request)).session
    given = await document(request)
    _known(given, ("mode", "now"))
    mode = given.get("mode", session.clock.mode)
    if mode not in _MODES:
        raise Problem(400, "clock", unknown("mode", str(mode), _MODES))
    at = _time(given["now"]) if given.get("now") is not None else None
    if mode == "frozen":
        session.clock.freeze(at)
    else:
        session.clock.run(at)
    session.agenda.reset_alarm()
    return _shown(session)


async def advance(request: Request) -> Response:
    """`POST /__admin/clock/advance`: everything that is due on the way happens in its order."""
    session = (await world(request)).session
    given = await document(request)
    _known(given, ("seconds",))
    seconds = given.get("seconds")
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not 0 <= seconds <= _LONGEST
    ):
        raise Problem(
            400, "clock", f'"seconds" takes a number from 0 to {_LONGEST:.0f}, not {seconds!r:.60}'
        )
    if session.clock.now() + seconds > _LATEST:
        raise Problem(400, "clock", "the clock goes no further than the year 9000")
    await session.agenda.advance(float(seconds))
    await session.journal.flush()
    return _shown(session)


def _known(given: dict[str, Any], members: tuple[str, ...]) -> None:
    for name in given:
        if name not in members:
            raise Problem(400, "clock", unknown("member", name, members))


def _time(given: Any) -> float:
    try:
        found = datetime.fromisoformat(given)
        if found.tzinfo is None or not _EARLIEST <= found.timestamp() <= _LATEST:
            raise ValueError
        return found.timestamp()
    except (TypeError, ValueError, OverflowError):
        detail = (
            '"now" takes a time of the years 1970 to 8999, such as 2026-01-31T12:00:00Z,'
            f" not {given!r:.60}"
        )
        raise Problem(400, "clock", detail) from None


def _shown(session: Session) -> Response:
    now = datetime.fromtimestamp(session.clock.now(), UTC)
    return answer({"mode": session.clock.mode, "now": now})


CALLS = (
    AdminCall("GET", "/clock", show, "The session's time", gives="clock"),
    AdminCall(
        "PUT",
        "/clock",
        choose,
        "Freeze the time, or let it run, at a time or as it is",
        takes="clock-given",
        gives="clock",
        problems=(400,),
    ),
    AdminCall(
        "POST",
        "/clock/advance",
        advance,
        "Move the time on; what is due on the way happens in its order",
        takes="advance",
        gives="clock",
        problems=(400,),
    ),
)
