"""Lists: page by page, and waited for until there is enough of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping

from starlette.responses import Response

from emulator.admin.calls import Parameter
from emulator.admin.problems import Problem
from emulator.admin.world import answer, number, whole_number
from emulator.core.errors import EmulatorError
from emulator.core.journal import Journal, Page
from emulator.core.words import unknown

_DEFAULT_LIMIT = 1000
_MOST = 10_000

LONGEST_WAIT = 60
"""The most seconds that a look-up waits."""

_MOMENT = 0.005

PAGING = (
    Parameter("after", "An id, or `next` of another page: what follows it"),
    Parameter(
        "limit",
        "The most that are given",
        {"type": "integer", "minimum": 1, "maximum": _MOST, "default": _DEFAULT_LIMIT},
    ),
    Parameter(
        "wait",
        "Seconds to wait until there are as many as `count` says",
        {"type": "number", "minimum": 0, "maximum": LONGEST_WAIT, "default": 0},
    ),
    Parameter(
        "count",
        "How many to wait for",
        {"type": "integer", "minimum": 1, "maximum": _MOST, "default": 1},
    ),
)
Look = Callable[[Mapping[str, str], str | None, int], Awaitable[Page]]


async def listed(name: str, journal: Journal, look: Look, filters: dict[str, str]) -> Response:
    """A page of what the filters ask for, once there is enough of it."""
    after = filters.pop("after", None)
    limit = whole_number("limit", filters.pop("limit", str(_DEFAULT_LIMIT)), 1, _MOST)
    seconds = number("wait", filters.pop("wait", "0"), 0, LONGEST_WAIT)
    wanted = whole_number("count", filters.pop("count", "1"), 1, _MOST)
    loop = asyncio.get_running_loop()
    over = loop.time() + seconds
    endings = journal.endings
    try:
        while True:
            page = await look(filters, after, limit)
            left = over - loop.time()
            found = len(page.records) if after else page.total
            ended = journal.closed or journal.endings > endings
            if found >= min(wanted, limit) or left <= 0 or ended:
                return shown(name, page)
            if await journal.changed(within=left):
                # What arrives in one moment is looked at together.
                await asyncio.sleep(_MOMENT)
    except EmulatorError as error:
        raise Problem(400, "parameter", str(error)) from None


def known(name: str, filters: dict[str, str], words: Collection[str]) -> None:
    """Make a problem of a filter whose value is none of these words."""
    if name in filters and filters[name] not in words:
        raise Problem(400, "parameter", unknown(name, filters[name], words))


def shown(name: str, page: Page) -> Response:
    """A page of a list as an answer."""
    return answer(
        {name: page.records, "total": page.total, "evicted": page.evicted, "next": page.next}
    )
